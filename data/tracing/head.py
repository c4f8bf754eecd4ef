"""The first rows of a table as they are, for choosing its columns by hand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from data.tracing.blocks import Source, head_lines, opened
from data.tracing.foreign import translated
from data.tracing.recipe import DATE
from data.tracing.recognise import head_table
from data.tracing.stamps import common_format
from data.tracing.tables import Table
from data.tracing.units import measure_of

ROWS: Final = 5  # of a preview
_CELL: Final = 60
"""Signs of a cell that are shown."""
MAX_VALUES: Final = 64  # different values that a choice of devices can list


@dataclass(frozen=True, slots=True)
class HeadColumn:
    """A column: its heading ("" where it has none), what it seems to hold, in which unit, its first cells.

    `quantity` is time, power, current, voltage, energy, or "" where the heading says none of them; `unit` is
    DATE for times written as text, "" where it is not known. `values` are its different cells, where they are
    few, for a column that says whose row each is.
    """

    heading: str
    quantity: str
    unit: str
    cells: tuple[str, ...]
    values: tuple[str, ...]


def head_of(source: Source, name: str = "the file") -> tuple[HeadColumn, ...]:
    """The columns of a table by its first lines; raises TraceError where it is none."""
    with opened(source) as stream:
        inner, _ = translated(stream)
        table = head_table(head_lines(inner, name), name)
    width = max(len(table.headings), max((len(cells) for cells in table.rows), default=0))
    return tuple(_column(table, at) for at in range(width))


def _column(table: Table, at: int) -> HeadColumn:
    heading = table.headings[at] if at < len(table.headings) else ""
    measure, cells = measure_of(heading), table.column(at)
    dated = bool(cells) and common_format(cells) is not None and 2 * len(table.numbers(at)) < len(cells)
    quantity = "time" if dated else (measure.quantity if measure is not None else "")
    unit = DATE if dated else (measure.unit if measure is not None else "")
    values = tuple(dict.fromkeys(cells))
    return HeadColumn(
        heading,
        quantity,
        unit,
        tuple(cell[:_CELL] for cell in cells[:ROWS]),
        values if len(values) <= MAX_VALUES and 2 * len(values) <= len(cells) else (),
    )
