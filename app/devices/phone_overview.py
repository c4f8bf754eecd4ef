"""The phones at a glance: bars of a task's share of a charge, and a table with the scores as badges."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pandas as pd
import streamlit as st

from app import bundle_cache
from app.charts.base import CONFIG
from app.charts.device_bars import charge_bars
from app.charts.score_bubbles import score_bubbles, without_speed
from app.devices.phone_answer import alt_words
from app.i18n.formats import NOT_MEASURED, energy, listing, number, percent, plain, power
from app.i18n.texts import t, verbatim
from app.label.grade_strip import badge_cell, cell_style
from app.measurements.devices import catalogue
from app.measurements.phone_scores import answer, known_phones, short_name
from app.measurements.phone_use import left_out, phone_use
from app.memo import keeping, kept_under
from app.ui.glossary import explain
from app.ui.kept_tables import kept_table
from app.ui.print_view import on_paper, picture_width, print_table
from app.ui.tables import formatted
from app.ui.target_names import delegate_name
from app.url_state.selections import clicked
from scoring.meaning import NOMINAL_VOLTAGE_V

if TYPE_CHECKING:
    from pandas.io.formats.style import Styler

COLUMNS: Final = [
    "name", "pcs", "iecs", "share", "energy_mj", "avg_power_w", "runs_on", "soc", "ai_performance_score",
]  # fmt: skip
PRINTED: Final = ("name", "badges", "share", "energy", "power", "runs_on")
TWO: Final = 2  # significant digits: the ranges are wider than a tenth


@keeping
def all_phones() -> pd.DataFrame:
    """Return a row per phone: the columns of `known_phones`, and below those the phones without scores."""
    scored = known_phones()
    rest = catalogue()
    rest = rest[(rest["kind"] == "phone") & ~rest["device_id"].isin(scored["device_id"])]
    rest = rest.assign(short_name=[short_name(str(name)) for name in rest["name"]])
    return pd.concat([scored, rest[[each for each in rest if each in scored]]], ignore_index=True)


def with_use(phones: pd.DataFrame, dnn_id: str, rate_id: str) -> pd.DataFrame:
    """Return the phones with what a task takes of their charge (columns of `phone_use`), least first.

    Phones that the task was not measured on come last, without figures; `runs_on` is the delegate in words.
    """
    use = phone_use(dnn_id, rate_id)
    use = use.assign(runs_on=[delegate_name(each) for each in use["delegate"]])
    found = use.merge(phones, on="device_id", how="right").set_index("device_id", drop=False)
    order = [*(each for each in use["device_id"] if each in found.index), *found.index]
    return found.loc[list(dict.fromkeys(order))].reset_index(drop=True)


@keeping
def everyone_with_use(task: tuple[str, str]) -> pd.DataFrame:
    """Return every phone with what a task (network and rate) takes of its charge; made once."""
    return with_use(all_phones(), *task)


@keeping
def measured_with_use(task: tuple[str, str]) -> pd.DataFrame:
    """Return every phone with a share of a charge for a task (network and rate); made once."""
    return measured_only(everyone_with_use(task))


def measured_only(phones: pd.DataFrame) -> pd.DataFrame:
    """Return the phones with a share of a charge."""
    return phones.dropna(subset=["share"]).astype({"keeps_up": bool})


def show_overview(phones: pd.DataFrame, chosen: str, task: tuple[str, str]) -> None:
    """Show the phones (`with_use`) as bars and as a table; a click in either selects one."""
    if on_paper():
        _bars(phones, chosen, task)
        _printed_table(phones)
        st.caption(assumption_words(task[0]))
        return
    left, right = st.columns([9, 13], gap="small")
    with left:
        _bars(phones, chosen, task)
    with right:
        _table(phones, chosen, task)
    st.caption(assumption_words(task[0]))


@keeping
def assumption_words(dnn_id: str) -> str:
    """Return what the shares rest on: who measured, what is counted, what is assumed, what was left out."""
    rows = bundle_cache.application_measurements()
    source = bundle_cache.sources().set_index("source_id").loc[rows["source_id"].iloc[0]]
    words = t(
        "Measured on the whole phone in {year} ({venue}); the delegate is the one that takes least. Counted "
        "is the energy of the AI alone, not what the phone draws between two runs; the battery is new and "
        "has {voltage} V (assumed). Thin lines: 80 % range of repeated measuring. Hatched: too slow for this "
        "rate. A click selects.",
        year=source["measured_in"],
        venue=source["venue"],
        voltage=number(NOMINAL_VOLTAGE_V),
    )
    names = bundle_cache.devices().set_index("device_id")["name"]
    doubtful = [
        t("{phone} on {delegate}", phone=names[row.device_id], delegate=delegate_name(row.delegate))
        for row in left_out(dnn_id).itertuples()
    ]
    if not doubtful:
        return words
    return " ".join([words, t("Left out as doubtful: {figures}.", figures=listing(doubtful))])


def _bars(phones: pd.DataFrame, chosen: str, task: tuple[str, str]) -> None:
    shown = kept_under((tuple(phones["device_id"]), task), measured_only, phones)
    if shown.empty:
        st.info(t("None of these phones was measured on this task. A click on one shows what was."))
        return
    ids = list(shown["device_id"])
    key = f"bars-{chosen}"
    st.plotly_chart(
        kept_under((tuple(ids), task, chosen), charge_bars, shown, chosen),
        width=picture_width(),
        config=CONFIG,
        key=key,
        selection_mode="points",
        on_select=lambda: _select(clicked(key, ids)),
        alt=kept_under((tuple(ids), task), alt_words, shown, task),
    )


def _printed_table(phones: pd.DataFrame) -> None:
    headings = {
        "name": t("Device"),
        "badges": verbatim("PCS · IECS"),
        "share": t("Charge per hour"),
        "energy": t("Energy"),
        "power": t("Power"),
        "runs_on": t("Runs on"),
    }
    scored = phones["pcs"].notna()
    table = phones.assign(
        badges=[
            f"{row.pcs_letter} {number(row.pcs)} · {row.iecs_letter} {number(row.iecs)}" if has else ""
            for row, has in zip(phones.itertuples(), scored, strict=True)
        ],
        share=[_text(value, lambda each: percent(each, TWO)) for value in phones["share"]],
        energy=[_text(value, energy) for value in phones["energy_mj"]],
        power=[_text(value, power) for value in phones["avg_power_w"]],
        runs_on=phones["runs_on"].fillna(t(NOT_MEASURED)),
    )
    print_table(table[list(PRINTED)].rename(columns=headings), _alt(), [headings[each] for each in PRINTED])


def _text(value: float, written: Any) -> str:
    return "" if pd.isna(value) else str(written(value))


def _alt() -> str:
    return t("Phones with their scores and what the task takes of a charge, least first")


def _table(phones: pd.DataFrame, chosen: str, task: tuple[str, str]) -> None:
    ids = list(phones["device_id"])
    key = f"table-{chosen}"
    st.dataframe(
        kept_table((tuple(ids), chosen, task), lambda: styled(phones, chosen)),
        hide_index=True,
        key=key,
        on_select=lambda: _select(clicked(key, ids, "cells")),
        selection_mode="single-cell",
        placeholder="",
        alt=_alt(),
        column_config=_column_config(),
    )


def styled(phones: pd.DataFrame, chosen: str = "") -> Styler | pd.DataFrame:
    """Return the table with the scores as badges: colour, letter, place on the scale and figure."""
    table = phones[COLUMNS].assign(
        name=[_marked(row.short_name, row.device_id == chosen) for row in phones.itertuples()],
        share=100.0 * phones["share"],
        runs_on=phones["runs_on"].fillna(t(NOT_MEASURED)),
        ai_performance_score=phones["ai_performance_score"].round().astype(pd.Int64Dtype()),
    )
    style = formatted(table, {"share": TWO})
    if isinstance(style, pd.DataFrame):
        return style
    for column in ("pcs", "iecs"):
        letters = dict(zip(phones[column], phones[f"{column}_letter"], strict=True))
        style = style.format(lambda value, known=letters: _badge(value, known), subset=[column])
        style = style.map(lambda value, known=letters: cell_style(known.get(value, "")), subset=[column])
    return style


def _marked(name: str, is_chosen: bool) -> str:
    return f"▸ {name}" if is_chosen else name


def _badge(value: float, letters: dict[float, str]) -> str:
    return badge_cell(letters[value], number(value)) if value in letters and not pd.isna(value) else ""


def _column_config() -> dict[str, Any]:
    column = st.column_config
    return {
        "name": column.TextColumn(t("Device"), width=140, pinned=True),
        "pcs": column.NumberColumn(verbatim("PCS"), help=explain("PCS", "letter"), width=124),
        "iecs": column.NumberColumn(verbatim("IECS"), help=explain("IECS", "letter"), width=124),
        "share": column.NumberColumn(
            t("% per hour"), help=t("Share of a full charge that an hour of the task takes."), width=92
        ),
        "energy_mj": column.NumberColumn(verbatim("mJ"), help=explain("energy per inference"), width=54),
        "avg_power_w": column.NumberColumn(verbatim("W"), help=explain("average power"), width=52),
        "runs_on": column.TextColumn(t("Runs on"), help=explain("delegate"), width=106),
        "soc": column.TextColumn(t("Chip"), width=118),
        "ai_performance_score": column.NumberColumn(
            t("Speed"), help=explain("AI performance score"), width=60
        ),
    }


def show_bubbles(shown: pd.DataFrame, chosen: str) -> None:
    """Show the phones by speed and both scores; a click selects one."""
    ids = list(shown.dropna(subset=["ai_performance_score"])["device_id"])
    key = f"bubbles-{chosen}"
    st.plotly_chart(
        kept_under((tuple(ids), chosen), score_bubbles, shown, chosen),
        width=picture_width(),
        config=CONFIG,
        key=key,
        selection_mode="points",
        on_select=lambda: _select(clicked(key, ids)),
        alt=t(
            "Phones by speed, PCS and IECS. {answer} The same figures are in the table.",
            answer=plain(answer(shown)),
        ),
    )
    words = [t("Size and number of a bubble: IECS. A click selects the phone.")]
    left_out_names = without_speed(shown)
    if left_out_names:
        words.append(
            t("Without a speed score, so not in the picture: {phones}.", phones=listing(left_out_names))
        )
    st.caption(" ".join(words))


def _select(device_id: str | None) -> None:
    if device_id:
        st.session_state["device"] = device_id
