"""How long the first page takes from the command on, beside a bare Streamlit page, started in turn."""

from __future__ import annotations

import statistics
from pathlib import Path
from typing import Final

from app.methods.bench_words import FIRST_PAGE
from app_server import ENTRY
from bench.serving import row_of, start_times_s
from bench.tables import Cell, Table, titled
from browser_support import chromium, chromium_path
from data.messages import Message

BARE: Final = Path(__file__).resolve().parent / "others" / "bare_page.py"
ROUNDS: Final = 7
"""Odd, so that a median is a start that happened; the first round warms the disk and is left out."""
COLUMNS: Final = ("page", "heading_median_s", "heading_worst_s", "finished_median_s", "finished_worst_s")


def measured_rows() -> list[tuple[Cell, ...]]:
    """Rows of the table: ours, the bare page's, and their ratio."""
    ours: list[tuple[float, float]] = []
    bare: list[tuple[float, float]] = []
    with chromium() as browser:
        for _ in range(1 + ROUNDS):
            ours.append(start_times_s(browser, ENTRY))
            bare.append(start_times_s(browser, BARE))
    return rows_of(ours[1:], bare[1:])


def rows_of(ours: list[tuple[float, float]], bare: list[tuple[float, float]]) -> list[tuple[Cell, ...]]:
    """The same from the times (s) to the heading and to the finished page."""
    ratios: list[Cell] = []
    for own, other in zip(zip(*ours, strict=True), zip(*bare, strict=True), strict=True):
        ratios += [of(own) / of(other) for of in (statistics.median, max)]
    return [row_of("ours", ours), row_of("bare page", bare), ("ours by the bare page's", *ratios)]


def tables() -> list[Table]:
    """The times; without a Chromium the table says that nothing was measured."""
    nothing: list[tuple[Cell, ...]] = [("both", None, None, None, None)]
    rows = measured_rows() if chromium_path() is not None else nothing
    return [titled("first-page", Message(FIRST_PAGE, rounds=ROUNDS), COLUMNS, tuple(rows))]
