"""`make bench`: measure accuracy and speed, print the tables, and store them in docs/bench/."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from bench import (
    accuracy,
    calibration,
    end_to_end,
    estimating,
    families,
    first_page,
    serving,
    side_by_side,
    throughput,
    trials,
)
from bench.tables import Table, renew, store

FOLDER: Final = Path(__file__).resolve().parents[2] / "docs" / "bench"

# In this order: the times of an estimate have to come before anything else fits the predictors.
PARTS: Final[dict[str, Callable[[], list[Table]]]] = {
    "estimates": estimating.tables,
    "side-by-side": side_by_side.tables,
    "first-page": first_page.tables,
    "app": serving.tables,
    "batch": throughput.tables,
    "end-to-end": end_to_end.tables,
    "accuracy": accuracy.tables,
    "calibration": calibration.tables,
    "families": families.tables,
    "recordings": trials.tables,
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the parts that were asked for, all of them by default."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--only", choices=PARTS, help="measure one part and print it")
    parser.add_argument("--store", action="store_true", help="with --only: renew its tables in docs/bench/")
    options = parser.parse_args(arguments)
    if options.only is not None:
        tables = PARTS[options.only]()
        if options.store:
            renew(tables, FOLDER)
        else:
            store(tables, None)
        return 0
    store([table for measure in PARTS.values() for table in measure()], FOLDER)
    return 0


if __name__ == "__main__":
    sys.exit(main())
