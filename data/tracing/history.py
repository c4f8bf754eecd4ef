"""Histories of home automation: a row per change, the entity's name says what its state is."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from data.tracing.tables import Table
from data.tracing.turns import Devices
from data.tracing.units import BASE, UNITS, Measure, plain, words_of

_POWER: Final = frozenset({"power", "watt", "watts", "leistung", "apower"})
_ENERGY: Final = frozenset({"energy", "kwh", "wh", "energie"})


_UNIT: Final = frozenset({"unit_of_measurement", "unit"})


def is_history(headings: tuple[str, ...]) -> bool:
    """Whether a table is a history: an entity, its state, and when it changed."""
    names = {plain(heading) for heading in headings}
    return {"entity_id", "state"} <= names and bool({"last_changed", "last_updated"} & names)


def history_measures(table: Table) -> dict[int, Measure]:
    """What the states of a history are, by the names of its entities: power, or else energy; empty for
    neither."""
    names = [plain(heading) for heading in table.headings]
    words = {word for entity in table.column(names.index("entity_id")) for word in words_of(entity)}
    state = names.index("state")
    units = {plain(cell) for at, name in enumerate(names) if name in _UNIT for cell in table.column(at)}
    known = UNITS.get(next(iter(units))) if len(units) == 1 else None
    if known is not None and known[0] in {"power", "energy"}:
        return {state: Measure(*known, stated=True)}
    if _POWER & words:
        return {state: Measure("power", BASE["power"], 1.0, stated=False)}
    if _ENERGY & words:
        return {state: Measure("energy", "kWh", 3.6e6, stated=False)}
    return {}


def entities_of(devices: Devices, measure: Measure | None) -> Devices:
    """Of the entities of a history those whose names say the quantity that is read.

    A voltage beside a power is not added to it.
    """
    wanted = _ENERGY if measure is not None and measure.quantity == "energy" else _POWER
    kept = tuple(each for each in devices.values if wanted & set(words_of(each)))
    return replace(devices, values=kept) if kept else devices
