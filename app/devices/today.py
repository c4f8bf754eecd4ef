"""Figures beside a device's own measurements: the cost of a token, and the CPU's power by clock."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd
import streamlit as st

from app import bundle_cache
from app.charts.base import CONFIG
from app.charts.clocks import clocks
from app.devices.cells import show_cells
from app.devices.facts import source_words
from app.devices.operators import operator_rows, show_operators
from app.frame.navigation import PAGES
from app.i18n.formats import listing, number, plain, power, with_signs
from app.i18n.texts import t
from app.memo import keeping
from app.ui.boundary import boundary
from app.ui.lazy_section import folded
from app.ui.print_view import picture_width
from app.ui.target_names import meter_name
from data import queries


@dataclass(frozen=True, slots=True)
class _Measured:
    """Ids of the devices with figures per token and per cell."""

    tokens: frozenset[str]
    cells: frozenset[str]


@keeping
def _measured_devices() -> _Measured:
    tables = (queries.token_runs(bundle_cache.bundle()), queries.cell_runs(bundle_cache.bundle()))
    return _Measured(*(frozenset(map(str, table["device_id"])) for table in tables))


def show_today(device_id: str) -> None:
    """Show both, each only where there is something to show."""
    if device_id in _measured_devices().tokens:
        entry = next(each for each in PAGES if each.slug == "tokens")
        st.page_link(
            entry.place,
            label=t("What a sentence costs on this device"),
            icon=entry.icon,
            query_params={"llm_device": device_id},
            width="content",
        )
        _show_modes(device_id)
    _show_cells(device_id)
    if not operator_rows(device_id).empty:
        title = t("Neural operators")
        folded(title, "operators", lambda: show_operators(device_id), icon=":material/function:")
    rows = clock_rows(device_id)
    if not rows.empty:
        title = t("CPU power by clock (one core, no network)")
        folded(title, "clocks", lambda: _show_clocks(rows, device_id), icon=":material/speed:")


def _show_modes(device_id: str) -> None:
    """Energy per token in every power mode beside the usual one, in a line."""
    from predictors.tokens.devices import mode_ratios
    from predictors.tokens.rows import token_rows

    ratios = [
        t(
            "{mode} × {ratio} ({low} to {high})",
            mode=each.power_mode,
            ratio=with_signs(f"{each.middle:.2f}"),
            low=with_signs(f"{each.low:.2f}"),
            high=with_signs(f"{each.high:.2f}"),
        )
        for each in mode_ratios(device_id)
    ]
    if not ratios:
        return
    rows = [row for row in token_rows() if row.device_id == device_id]
    st.caption(
        t(
            "Energy per token by power mode, beside 25 W: {modes}. The meter saw: {meter}.",
            modes=listing(ratios),
            meter=listing([meter_name(each) for each in dict.fromkeys(row.scope for row in rows)]),
        )
    )
    # Not in a caption: a link in its faded text would be too faint to read.
    st.markdown(" ".join(source_words(each) for each in dict.fromkeys(row.source_id for row in rows)))


def _show_cells(device_id: str) -> None:
    """The law of cells on one core, by runtime, with its held-out error."""
    if device_id not in _measured_devices().cells:
        return
    folded(t("What an operator costs on one core"), "cells", show_cells, icon=":material/grid_view:")


@keeping
def clock_rows(device_id: str) -> pd.DataFrame:
    """Return the clocks of a device, or else of a phone with the same chip; one set of results."""
    rows = queries.cpu_frequency(bundle_cache.bundle())
    own = rows[rows["device_id"] == device_id]
    if own.empty:
        chips = bundle_cache.devices().set_index("device_id")["soc"]
        chip = chips.get(device_id)
        own = rows[rows["soc"] == chip] if isinstance(chip, str) else own
    return own[own["path"] == own["path"].iloc[0]] if len(own) else own


def _show_clocks(rows: pd.DataFrame, device_id: str) -> None:
    with boundary("clocks"):
        sentence = _sentence(rows)
        st.markdown(sentence)
        st.plotly_chart(
            clocks(rows), width=picture_width(), config=CONFIG, key=f"chart-clocks-{device_id}",
            alt=plain(sentence),
        )  # fmt: skip
        st.caption(_conditions(rows, device_id))


def _sentence(rows: pd.DataFrame) -> str:
    most = rows.loc[rows["avg_power_w"].idxmax()]
    least = rows.assign(cost=rows["run_energy_mj"]).loc[rows["run_energy_mj"].idxmin()]
    return t(
        "One core of {chip} draws **{most}** at {fast} GHz; the same work takes least energy at {slow} GHz "
        "on core {core}.",
        chip=str(most["soc"]),
        most=power(float(most["avg_power_w"])),
        fast=number(float(most["frequency_mhz"]) / 1000),
        slow=number(float(least["frequency_mhz"]) / 1000),
        core=int(least["first_core"]),
    )


def _conditions(rows: pd.DataFrame, device_id: str) -> str:
    first = rows.iloc[0]
    whose = (
        ""
        if first["device_id"] == device_id
        else t("Measured on {phone}, which has the same chip.", phone=str(first["phone"]))
    )
    label = t(
        "CoreMark on one core at a fixed clock, the phone's power at rest taken off: not a network, and not "
        "comparable with the figures above. Accuracy as the source states it: {stated}.",
        stated=str(first["accuracy_stated"]),
    )
    return " ".join(each for each in (whose, label, source_words(str(first["source_id"]))) if each)
