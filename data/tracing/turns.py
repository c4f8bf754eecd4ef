"""Whose row each is: devices or rails that take turns in the rows of a table."""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass, replace
from typing import Final

from data.messages import Message
from data.tracing.layout import Clock, Doubt
from data.tracing.stamps import seconds_of
from data.tracing.tables import Table
from data.tracing.units import OTHER, Measure, cell_value, plain, word_set, words_of

_DEVICE_WORDS: Final = word_set(
    "device serial host hostname board node gpu gpu_id device_id rail channel sensor name entity cpu uuid "
    "index idx "
    "domain zone id"
)
_NOT_DEVICES: Final = OTHER - {"index", "zone"} | frozenset({"load", "power", "voltage", "current", "clock"})
_ADDED: Final = word_set("gpu rail channel sensor index idx domain zone name id uuid")
"""Words of columns whose values are parts of one set-up, so that their rows are added up per stamp."""
MAX_DEVICES: Final = 64  # that take turns in one file; more are names of something else


@dataclass(frozen=True, slots=True)
class Devices:
    """The column that says whose row it is, its values, and whether rows of one stamp are parts of one
    whole."""

    column: int
    values: tuple[str, ...]
    are_parts: bool


def devices_of(table: Table, measures: dict[int, Measure], clock: Clock) -> Devices | None:
    """The column whose values take turns in the rows; None where each row stands for itself."""
    found = [
        each
        for at, heading in enumerate(table.headings)
        if at not in clock.columns and at not in measures and _names_device(heading)
        if (each := _turns(table, at)) is not None
    ]
    found = [_measured(table, measures, each) for each in found]
    several = [each for each in found if len(each.values) > 1]
    return max(several, key=lambda each: len(each.values)) if several else (found[0] if found else None)


def _measured(table: Table, measures: dict[int, Measure], found: Devices) -> Devices:
    """Without the devices whose rows hold no number: a card that cannot measure its power writes [N/A]."""
    if len(found.values) < 2:
        return found
    columns = [at for at, measure in measures.items() if measure.quantity != "time"]
    known = {
        cells[found.column]
        for cells in table.rows
        if found.column < len(cells)
        and any(at < len(cells) and _is_number(cells[at], table.decimal) for at in columns)
    }
    return replace(found, values=tuple(value for value in found.values if value in known) or found.values)


def _is_number(cell: str, decimal: str) -> bool:
    value = cell_value(cell, decimal)
    return value is not None and value[0] == value[0]


def _names_device(heading: str) -> bool:
    words = words_of(heading)
    if not words or _NOT_DEVICES & (set(words) - {"gpu"}):
        return words[-2:] == ["rail", "name"]  # power_rail_name of Perfetto
    if "gpu" in words or "cpu" in words:
        return len(words) == 1 or bool({"id", "index", "idx", "uuid", "name"} & set(words))
    return bool(_DEVICE_WORDS & {words[-1], words[0], plain(heading)})


def _turns(table: Table, at: int) -> Devices | None:
    cells = table.column(at)
    values = tuple(dict.fromkeys(cells))
    if len(values) > MAX_DEVICES or (len(values) > 1 and 2 * len(values) > len(cells)):
        return None
    if any(re.fullmatch(r"[-+]?\d+\.\d+", value) for value in values):
        return None  # a measured number is no name
    words = set(words_of(table.headings[at]))
    parts = bool(words & _ADDED) or all(_CARD.fullmatch(value) for value in values)
    return Devices(at, values, parts)


_CARD: Final = re.compile(r"(?:card|gpu|npu|tile)[ _-]?\d+", re.IGNORECASE)
"""Names of what several of sit in one computer, as rocm-smi writes them under `device`."""


_MOST_GROUPED: Final = 16  # processors of one computer
_WITHIN: Final = 0.2
"""Rows of one query follow within a fifth of the time to the next query."""


def grouped(table: Table, clock: Clock, heading: str) -> Doubt | None:
    """A doubt where rows come in groups of one size though no column says whose row each is."""
    if clock.kind != "datetime" or not clock.columns:
        return None
    stamps = seconds_of(table.column(clock.columns[0]), clock.text_format).tolist()
    steps = [after - before for before, after in itertools.pairwise(stamps)]
    for size in range(2, min(_MOST_GROUPED, len(steps) // 3) + 1):
        between = steps[size - 1 :: size]
        within = [step for at, step in enumerate(steps, start=1) if at % size]
        if min(between) > 0 and max(within) <= _WITHIN * min(between):
            why = Message(
                "The rows come {size:,} at a time, so “{heading}” may be that of {size:,} devices that take "
                "turns, but no column says which. Their mean is shown; query a column `index` to tell them "
                "apart.",
                size=size,
                heading=heading,
            )
            one, several = Message("one device"), Message("{size:,} devices added", size=size)
            return Doubt("ROWS_IN_GROUPS", why, one, several, float(size))
    return None
