"""Entry of `python -m app.label`."""

import sys

from app.label.cli import main
from data.command_output import until_reader_leaves

if __name__ == "__main__":
    sys.exit(until_reader_leaves(main))
