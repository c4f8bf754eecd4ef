"""Entry of `python -m scoring`."""

import sys

from data.command_output import until_reader_leaves
from scoring.cli import main

if __name__ == "__main__":
    sys.exit(until_reader_leaves(main))
