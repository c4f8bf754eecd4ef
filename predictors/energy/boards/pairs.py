"""Every network measured on the boards of the targets, beside its estimate from fits that never saw it.

`python -m predictors train` writes the table from the bundle; a test compares it with fits made anew.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from functools import lru_cache
from typing import Final

from data.inert_csv import csv_text
from predictors.energy.boards.data import SETTINGS_FOLDER

PAIRS_PATH: Final = SETTINGS_FOLDER / "board_pairs.csv"
NAMES: Final = ("device_id", "delegate", "precision", "network", "source_id")
DIGITS: Final = 6  # in files: more differ between machines


@dataclass(frozen=True, slots=True)
class BoardCase:
    """One pair of network and target.

    `measured`: mJ or ms; `residual`: ln of measured over estimated; the 80 % interval reaches from
    `-below` to `above` (log) around the estimate.
    """

    device_id: str
    delegate: str
    precision: str
    network: str
    source_id: str
    measured: float
    residual: float
    below: float
    above: float

    @property
    def covered(self) -> bool:
        """Whether the measurement lies in the interval."""
        return -self.below <= self.residual <= self.above


COLUMNS: Final = tuple(field.name for field in fields(BoardCase))


@lru_cache(maxsize=1)
def board_cases() -> tuple[BoardCase, ...]:
    """The stored pairs: energy (mJ), each network left out in turn."""
    with PAIRS_PATH.open(encoding="utf-8", newline="") as stream:
        return tuple(map(_case, csv.DictReader(stream)))


def _case(row: dict[str, str]) -> BoardCase:
    return BoardCase(
        row["device_id"],
        row["delegate"],
        row["precision"],
        row["network"],
        row["source_id"],
        *(float(row[name]) for name in COLUMNS[len(NAMES) :]),
    )


def write_board_cases(cases: Sequence[BoardCase]) -> None:
    """Write the table anew."""
    entries = [
        {name: value if name in NAMES else f"{value:.{DIGITS}g}" for name, value in asdict(case).items()}
        for case in cases
    ]
    PAIRS_PATH.write_text(csv_text(COLUMNS, entries), encoding="utf-8", newline="")
    board_cases.cache_clear()
