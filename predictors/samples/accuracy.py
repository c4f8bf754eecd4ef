"""Published ImageNet top-1 accuracy of the sample networks, with its source; nothing is computed here.

`top1.csv` has one row per published figure: sample, precision, top-1 (%), which weights it belongs to,
whether it may be shown (not where depth or variant are others or not stated), source, address and note.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

FILE: Final = Path(__file__).with_name("top1.csv")
YES: Final = "yes"


@dataclass(frozen=True, slots=True)
class Top1:
    """One published accuracy: top-1 on ImageNet (%), of which weights, and where it stands."""

    sample_id: str
    precision: str
    top1_percent: float
    weights: str
    source: str
    address: str
    note: str


@cache
def published_top1() -> dict[tuple[str, str], tuple[Top1, ...]]:
    """Return (sample, precision) -> its published figures, the one to show first.

    Of several of one network the first one in the file is shown: that of the repository which defines the
    network, where there is one.
    """
    found: dict[tuple[str, str], tuple[Top1, ...]] = {}
    with FILE.open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            if row["shown"] != YES:
                continue
            key = row["sample"], row["precision"]
            figure = Top1(
                *key, float(row["top1_percent"]), row["weights"], row["source"], row["address"], row["note"]
            )
            found[key] = (*found.get(key, ()), figure)
    return found
