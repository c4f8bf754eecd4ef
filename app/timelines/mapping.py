"""Columns of a table chosen by hand: which is time, power, current, voltage or energy, and in which unit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import pandas as pd
import streamlit as st

from app.i18n.formats import literal
from app.i18n.texts import mark, t
from data.tracing.head import HeadColumn
from data.tracing.layout import units_of
from data.tracing.recipe import DATE, SUM, Column, RailRecipe, Recipe

POWER, PAIR, AT_VOLTAGE, ENERGY, INTERVALS = "power", "pair", "at-voltage", "energy", "intervals"
KINDS: Final = {
    POWER: mark("Power"),
    PAIR: mark("Current and voltage"),
    AT_VOLTAGE: mark("Current at one voltage"),
    ENERGY: mark("Energy that counts up"),
    INTERVALS: mark("Energy of each row"),
}
"""What a table holds of a device's supply, in English."""
_QUANTITY_OF: Final = {
    POWER: "power", PAIR: "current", AT_VOLTAGE: "current", ENERGY: "energy", INTERVALS: "energy",
}  # fmt: skip
NONE: Final = -1
"""In a list of columns: no column."""


@dataclass(frozen=True)
class Fields:
    """The fields of one file: its columns, and what keys of the widgets end with."""

    columns: Sequence[HeadColumn]
    mark: str

    def key(self, name: str) -> str:
        """Key of a widget."""
        return f"own-by-hand-{name}-{self.mark}"

    def words(self, at: int) -> str:
        """A column in a list: its number, heading and first value."""
        if at == NONE:
            return t("no column")
        column = self.columns[at]
        first = f" ({column.cells[0]})" if column.cells else ""
        return f"{at + 1}: {column.heading}{first}"

    def first(self, *quantities: str) -> int:
        """The first column that seems to hold one of some quantities; NONE without one."""
        return next((at for at, each in enumerate(self.columns) if each.quantity in quantities), NONE)

    def named(self, at: int, unit: str) -> Column:
        """A column for a recipe: by its heading where that is its own, else by its number."""
        heading = self.columns[at].heading
        own = heading and [each.heading for each in self.columns].count(heading) == 1
        return Column(heading if own else at + 1, unit)


def mapped(columns: Sequence[HeadColumn], mark: str) -> Recipe | None:
    """Let the columns of a table be chosen; None until there are enough of them."""
    fields = Fields(columns, mark)
    _show_rows(columns)
    time, rate_hz = _time(fields)
    rails = _rails(fields)
    device, devices = _devices(fields)
    if not rails or (time is None and rate_hz is None):
        st.info(t("Choose a column of time, or a rate, and what the device draws."))
        return None
    return Recipe(rails, time, rate_hz, device, devices)


def _show_rows(columns: Sequence[HeadColumn]) -> None:
    depth = max((len(each.cells) for each in columns), default=0)
    shown = {
        f"{at + 1}: {each.heading}": [*each.cells, *[""] * (depth - len(each.cells))]
        for at, each in enumerate(columns)
    }
    st.dataframe(pd.DataFrame(shown), hide_index=True, placeholder="", alt=t("The first rows of the file"))


def _choice(label: str, fields: Fields, name: str, default: int, *, optional: bool = False) -> int:
    options = [NONE, *range(len(fields.columns))] if optional else list(range(len(fields.columns)))
    at = options.index(default) if default in options else 0
    chosen = st.selectbox(label, options, index=at, key=fields.key(name), format_func=fields.words)
    return NONE if chosen is None else int(chosen)


def _unit(label: str, fields: Fields, name: str, at: int, quantity: str) -> str:
    """The unit of a column: what its heading says, else the base unit."""
    options = [*units_of(quantity), *([DATE] if quantity == "time" else [])]
    known = fields.columns[at].unit
    found = options.index(known) if known in options else 0
    return st.selectbox(
        label, options, index=found, key=fields.key(f"{name}-{at}-{quantity}"), format_func=_unit_words
    )


def _unit_words(unit: str) -> str:
    return t("date or time of day") if unit == DATE else unit


def _time(fields: Fields) -> tuple[Column | None, float | None]:
    left, right = st.columns(2)
    with left:
        at = _choice(t("Time"), fields, "time", fields.first("time"), optional=True)
    with right:
        if at == NONE:
            rate_hz = st.number_input(
                t("Samples per second"), min_value=0.001, max_value=1e7, value=None, key=fields.key("rate")
            )
            return None, rate_hz
        return fields.named(at, _unit(t("Unit of time"), fields, "time-unit", at, "time")), None


def _rails(fields: Fields) -> tuple[RailRecipe, ...]:
    found = next(
        (each.quantity for each in fields.columns if each.quantity in {"power", "energy"}), "current"
    )
    default = {"power": POWER, "energy": ENERGY}.get(found, PAIR)
    kind = st.selectbox(
        t("What the device draws"),
        list(KINDS),
        index=list(KINDS).index(default),
        key=fields.key("kind"),
        format_func=lambda each: t(KINDS[each]),
    )
    sign = -1.0 if st.checkbox(t("What is drawn is written as negative"), key=fields.key("sign")) else 1.0
    if kind in {PAIR, AT_VOLTAGE}:
        return _current_rail(fields, kind, sign)
    return _summed_rails(fields, kind, sign)


def _summed_rails(fields: Fields, kind: str, sign: float) -> tuple[RailRecipe, ...]:
    """One rail for each column of power or energy that is chosen; they are added up."""
    quantity = _QUANTITY_OF[kind]
    first = fields.first(quantity)
    left, right = st.columns(2)
    with left:
        chosen = st.multiselect(
            t("Columns that are added up"),
            list(range(len(fields.columns))),
            default=[] if first == NONE else [first],
            key=fields.key(f"columns-{quantity}"),
            format_func=fields.words,
        )
    if not chosen:
        return ()
    with right:
        unit = _unit(t("Their unit"), fields, "unit", chosen[0], quantity)
    rails = []
    for at in chosen:
        column, name = fields.named(at, unit), fields.columns[at].heading or f"{at + 1}"
        rails.append(
            RailRecipe(name, power=column, sign=sign)
            if quantity == "power"
            else RailRecipe(name, energy=column, counts="interval" if kind == INTERVALS else "up", sign=sign)
        )
    return tuple(rails)


def _current_rail(fields: Fields, kind: str, sign: float) -> tuple[RailRecipe, ...]:
    left, middle = st.columns(2)
    with left:
        at = _choice(t("Current"), fields, "current", fields.first("current"))
    with middle:
        current = fields.named(at, _unit(t("Unit of current"), fields, "current-unit", at, "current"))
    name = fields.columns[at].heading or f"{at + 1}"
    left, middle = st.columns(2)
    if kind == AT_VOLTAGE:
        with left:
            voltage_v = st.number_input(
                t("Voltage (V)"), min_value=0.001, max_value=1000.0, value=None, key=fields.key("volts")
            )
        return (
            () if voltage_v is None else (RailRecipe(name, current=current, voltage_v=voltage_v, sign=sign),)
        )
    with left:
        other = _choice(t("Voltage"), fields, "voltage", fields.first("voltage"))
    with middle:
        voltage = fields.named(other, _unit(t("Unit of voltage"), fields, "voltage-unit", other, "voltage"))
    return (RailRecipe(name, current=current, voltage=voltage, sign=sign),)


def _devices(fields: Fields) -> tuple[str | int | None, str]:
    """The column that says whose row each is, and which rows are read."""
    able = [at for at, each in enumerate(fields.columns) if len(each.values) > 1]
    if not able:
        return None, SUM
    left, right = st.columns(2)
    with left:
        at = st.selectbox(
            t("Whose row each is"), [NONE, *able], key=fields.key("device"), format_func=fields.words
        )
    if at == NONE:
        return None, SUM
    with right:
        chosen = st.selectbox(
            t("Rows that are read"),
            [SUM, *fields.columns[at].values],
            key=fields.key(f"devices-{at}"),
            format_func=lambda each: t("all, added up per stamp") if each == SUM else literal(each),
        )
    return fields.named(at, "").name, chosen
