"""`make bench`: measure accuracy and speed, print the tables, and store them in docs/bench/."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from bench import accuracy, estimating, families, serving
from bench.tables import Table, store

FOLDER: Final = Path(__file__).resolve().parents[2] / "docs" / "bench"

# In this order: the times of an estimate have to come before anything else fits the predictors.
PARTS: Final[dict[str, Callable[[], list[Table]]]] = {
    "estimates": estimating.tables,
    "app": serving.tables,
    "accuracy": accuracy.tables,
    "families": families.tables,
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the parts that were asked for, all of them by default."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--only", choices=PARTS, help="measure one part, print it, and store nothing")
    only = parser.parse_args(arguments).only
    if only is not None:
        store(PARTS[only](), None)
        return 0
    store([table for measure in PARTS.values() for table in measure()], FOLDER)
    return 0


if __name__ == "__main__":
    sys.exit(main())
