"""`python -m predictors`: see `predictors.cli.main`."""

import sys

from data.command_output import until_reader_leaves
from predictors.cli.main import main

if __name__ == "__main__":
    sys.exit(until_reader_leaves(main))
