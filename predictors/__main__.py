"""`python -m predictors`: see `predictors.cli.main`."""

import sys

from data.command_output import until_reader_leaves
from data.one_thread import use_one_thread

if __name__ == "__main__":
    use_one_thread()
    from predictors.cli.main import main

    sys.exit(until_reader_leaves(main))
