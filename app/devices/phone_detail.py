"""One phone: its scores as badges, every cell of the table, the conditions, the figures as a file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Final

import pandas as pd
import streamlit as st

from app import bundle_cache
from app.charts.base import CONFIG
from app.charts.cells import MARK, measurement_cells
from app.devices.phone_extras import show_phone_extras
from app.i18n.formats import capital, count, energy, listing, number, percent, plain, power
from app.i18n.messages import tell
from app.i18n.texts import mark, t, tn, verbatim
from app.label.content import certainty_line
from app.label.gather import score_facts
from app.label.grade_strip import score_badge as grade_badge
from app.label.grade_strip import show_badges
from app.measurements.phone_scores import PhoneScores
from app.memo import keeping, kept_under
from app.ui.glossary import explain
from app.ui.lazy_section import folded
from app.ui.print_view import on_paper, picture_width, print_table
from app.ui.tables import offer_csv
from app.ui.target_names import delegate_name, network_name
from app.url_state import widgets
from data.inert_csv import frame_csv
from predictors.version import METHOD_VERSION
from scoring import DELEGATES, PUBLISHED_CELLS, PrintedComparison


@dataclass(frozen=True, slots=True)
class Oddity:
    """What is known to be odd about a figure: the column it stands in ("" for the row) and why."""

    column: str
    reason: str


MISSING: Final = mark("printed without a figure")
NO_CELL: Final = mark("not in the source's table")


def device_cells(
    measurements: pd.DataFrame, dnns: pd.DataFrame, oddities: Mapping[str, Oddity]
) -> pd.DataFrame:
    """Return the full grid of one phone, 12 networks by 4 delegates, in the order of `dnns` and DELEGATES.

    `measurements`: rows of one device (dnn_id, delegate, avg_power_w, energy_mj, correction_ids). `dnns`:
    dnn_id, application, model, precision, input_pixels. `oddities`: by correction id.

    Columns: dnn_id, application, model, precision, network (label), delegate, delegate_name, avg_power_w (W),
    energy_mj (mJ; both NaN where not measured), odd_columns (names of the figures that are known to be odd),
    note (words, "" if there is nothing to say).
    """
    grid = dnns.drop(columns="source_id", errors="ignore").merge(
        pd.DataFrame({"delegate": list(DELEGATES)}), how="cross"
    )
    figures = measurements[["dnn_id", "delegate", "avg_power_w", "energy_mj", "correction_ids"]]
    cells = grid.drop(columns="correction_ids", errors="ignore").merge(
        figures, on=["dnn_id", "delegate"], how="left"
    )
    cells["network"] = [network_label(dnn) for dnn in cells.to_dict("records")]
    cells["delegate_name"] = cells["delegate"].map(delegate_name)
    found = [oddities_of(ids, oddities) for ids in cells["correction_ids"]]
    cells["odd_columns"] = [frozenset(oddity.column for oddity in of_cell) for of_cell in found]
    cells["note"] = [
        " ".join(t(oddity.reason) for oddity in of_cell)
        or _absence((cell.dnn_id, cell.delegate), cell.energy_mj)
        for of_cell, cell in zip(found, cells.itertuples(), strict=True)
    ]
    return cells.drop(columns="correction_ids")


def oddities_by_id(corrections: pd.DataFrame) -> dict[str, Oddity]:
    """Return what is odd by correction id (columns correction_id, column_name, reason)."""
    return {
        str(row["correction_id"]): Oddity(
            "" if pd.isna(row["column_name"]) else str(row["column_name"]), str(row["reason"])
        )
        for row in corrections.to_dict("records")
    }


def oddities_of(correction_ids: object, oddities: Mapping[str, Oddity]) -> list[Oddity]:
    """Return the oddities a row names in its `correction_ids` (separated by commas, may be empty)."""
    ids = correction_ids.split(",") if isinstance(correction_ids, str) else []
    return [oddities[name.strip()] for name in ids if name.strip()]


def network_label(dnn: Mapping[str, object]) -> str:
    """Return a reference network as three short lines: application, model, then input side and precision."""
    variant = network_name(dnn).removeprefix(str(dnn["model"])).strip()
    return f"{capital(tell(str(dnn['application'])))}<br>{dnn['model']}<br>{variant}"


def cells_sentence(cells: pd.DataFrame, quantity: str) -> str:
    """Return what the grid shows, in one computed sentence. `quantity` is "energy" or "power"."""
    column, written = ("energy_mj", energy) if quantity == "energy" else ("avg_power_w", power)
    measured = cells.dropna(subset=[column])
    if measured.empty:
        return t("No cell of this phone was measured.")
    least, most = measured.loc[measured[column].idxmin()], measured.loc[measured[column].idxmax()]
    ends = {
        "least": _cell_name(least),
        "low": written(least[column]),
        "most": _cell_name(most),
        "high": written(most[column]),
        "factor": number(most[column] / least[column]),
    }
    if quantity == "energy":
        span = t(
            "{least} takes the least energy with {low}, {most} the most with {high}, {factor} times as much.",
            **ends,
        )
    else:
        span = t(
            "{least} takes the least power with {low}, {most} the most with {high}, {factor} times as much.",
            **ends,
        )
    amount = t(
        "{measured} of {possible} cells were measured.", measured=len(measured), possible=len(PUBLISHED_CELLS)
    )
    return f"{span} {_best_delegates(measured, column)} {amount}"


def _best_delegates(measured: pd.DataFrame, column: str) -> str:
    winners = measured.loc[measured.groupby("dnn_id")[column].idxmin(), "delegate_name"].value_counts()
    named = [t("{delegate} for {times}", delegate=name, times=times) for name, times in winners.items()]
    return tn(
        "The delegate that takes least is {delegates} of the {n} network.",
        "The delegate that takes least is {delegates} of the {n} networks.",
        measured["dnn_id"].nunique(),
        delegates=listing(named),
    )


def _cell_name(cell: pd.Series) -> str:
    return t("{network} on {delegate}", network=network_name(cell.to_dict()), delegate=cell["delegate_name"])


def _absence(place: tuple[str, str], energy_mj: float) -> str:
    if not pd.isna(energy_mj):
        return ""
    return t(MISSING) if place in PUBLISHED_CELLS else t(NO_CELL)


_UNITS = {"PCS": mark("points of 100"), "IECS": mark("inferences per joule, summed")}


def score_badge(comparison: PrintedComparison, scope: str, trust: str = "") -> None:
    """Show one score as a badge: the recomputed number large, the printed one beside it.

    `scope` says among whom it is comparable ("among 8 phones, 12 reference networks"), `trust` how far it can
    be trusted (see `app.label.content`).
    """
    score = comparison.recomputed
    with st.container(border=True):
        st.metric(score.name, number(score.value), help=explain(score.name))
        show_badges([grade_badge(score)])
        st.caption(badge_text(comparison, scope))
        if trust:
            st.caption(trust)


def badge_text(comparison: PrintedComparison, scope: str) -> str:
    """Return what stands under the number: unit, direction, printed score, coverage, scope."""
    score = comparison.recomputed
    printed = (
        t("not printed")
        if comparison.printed is None
        else t("printed: {printed}", printed=comparison.printed)
    )
    rows = t(
        "{used} of {possible} rows ({share})",
        used=score.rows_used,
        possible=score.rows_possible,
        share=percent(score.coverage),
    )
    return " · ".join([t(_UNITS[score.name]), t("higher is better"), f"**{printed}**", rows, scope])


SHOWN: Final = {"energy": mark("Energy per inference"), "power": mark("Average power")}


def show_phone(phone: PhoneScores, scope: str) -> None:
    """Show one phone below the overview. `scope` says among whom its scores are comparable."""
    st.header(phone.name, anchor=False)
    card, picture = (st.container(), st.container()) if on_paper() else st.columns([1, 2], gap="large")
    with card:
        _scores(phone, scope)
        _conditions(phone.device_id)
    with picture:
        _cells(phone)
    show_phone_extras(phone)


def _scores(phone: PhoneScores, scope: str) -> None:
    score_badge(phone.pcs, scope, certainty_line(score_facts(phone.device_id, "PCS")))
    score_badge(phone.iecs, scope, certainty_line(score_facts(phone.device_id, "IECS")))
    with st.expander(t("Why the printed scores differ"), expanded=on_paper()):
        pcs, iecs = tell(phone.pcs.reason.text), tell(phone.iecs.reason.text)
        st.markdown(f"**PCS.** {pcs}\n\n**IECS.** {iecs}")
    for note in dict.fromkeys((*phone.pcs.recomputed.notes, *phone.iecs.recomputed.notes)):
        st.warning(
            t("{message}  \nCode: `{code}`", message=tell(note.message), code=note.code),
            icon=":material/warning:",
        )


def _conditions(device_id: str) -> None:
    facts, source, licence = conditions_texts(device_id)
    st.subheader(t("Measured how"), anchor=False)
    st.markdown(facts)
    st.markdown(source)
    st.caption(licence)


@keeping
def conditions_texts(device_id: str) -> tuple[str, str, str]:
    """Return the conditions of a phone's measurements as a list in Markdown, their source, their licence."""
    device = bundle_cache.devices().set_index("device_id").loc[device_id]
    source = bundle_cache.sources().set_index("source_id").loc[str(device["source_id"])]
    facts = {
        t("Chip"): f"{device['soc']} ({device['soc_vendor']})",
        verbatim("CPU"): t(
            "{cores}, {amount} cores, {clock} GHz",
            cores=device["cpu_cores"],
            amount=device["cpu_core_count"],
            clock=number(device["cpu_max_ghz"]),
        ),
        verbatim("GPU"): device["gpu"],
        t("Accelerator"): device["ai_accelerator"],
        verbatim("TDP"): t("{power} W, as printed", power=number(device["tdp_w"], 2)),
        t("Battery"): f"{count(device['battery_mah'])} mAh",
        t("System"): verbatim("Android {version}").format(version=device["android_version"]),
        t("Meter"): tell(str(source["method"])),
    }
    none = t("none")
    return (
        "\n".join(f"- **{name}:** {none if pd.isna(fact) else fact}" for name, fact in facts.items()),
        t("Source: [{title}]({url}), {venue}.",
          title=source["source_title"], url=source["url"], venue=source["venue"]),
        t("Licence: {licence}.", licence=tell(str(source["licence"]))),
    )  # fmt: skip


@keeping
def cells_of(device_id: str) -> pd.DataFrame:
    """Return the grid of a phone's measurements (see `device_cells`)."""
    rows = bundle_cache.application_measurements()
    own = rows[rows["device_id"] == device_id]
    return device_cells(own, bundle_cache.reference_dnns(), oddities_by_id(bundle_cache.corrections()))


def _cells(phone: PhoneScores) -> None:
    cells = cells_of(phone.device_id)
    shown = {quantity: t(words) for quantity, words in SHOWN.items()}
    quantity = widgets.segmented_control(
        t("Show"),
        shown,
        "show",
        wrap=True,
        help=explain("energy per inference", "average power", "delegate", "NNAPI"),
    )
    sentence = kept_under((phone.device_id, quantity), cells_sentence, cells, quantity)
    st.markdown(sentence)
    st.plotly_chart(
        kept_under((phone.device_id, quantity), measurement_cells, cells, quantity),
        width=picture_width(),
        config=CONFIG,
        key="cells",
        alt=t(
            "{quantity} of {phone} by reference network and delegate. {sentence}",
            quantity=shown[quantity],
            phone=phone.name,
            sentence=plain(sentence),
        ),
    )
    st.caption(t("Lighter is more. “Not measured”: the source prints no figure there."))
    notes = kept_under(phone.device_id, _notes, cells)
    if notes:
        st.markdown(notes)
    folded(t("The same as a table"), "cells-table", lambda: _table(cells))
    offer_csv(
        t("Download as CSV"),
        partial(csv_of, cells, phone),
        f"joulelens-{phone.device_id}.csv",
        help=t("Full precision, with source and versions."),
    )


def _notes(cells: pd.DataFrame) -> str:
    odd = cells[cells["odd_columns"].map(bool)]
    if odd.empty:
        return ""
    lines = [
        f"- **{cell.model} {cell.precision}, {cell.delegate_name}:** {cell.note}" for cell in odd.itertuples()
    ]
    return t("{mark} Doubtful, shown as printed:", mark=MARK) + "\n" + "\n".join(lines)


def _table(cells: pd.DataFrame) -> None:
    shown = pd.DataFrame(
        {
            t("Network"): cells["dnn_id"],
            t("Application"): cells["application"].map(tell),
            t("Model"): cells["model"],
            t("Precision"): cells["precision"],
            t("Delegate"): cells["delegate_name"],
            t("Energy per inference"): cells["energy_mj"].map(energy),
            t("Average power"): cells["avg_power_w"].map(power),
            t("Note"): cells["note"],
        }
    )
    alt = t("Energy and power of every cell of this phone")
    if on_paper():
        print_table(shown, alt, [name for name in shown if name != t("Application")])
        return
    st.dataframe(shown, hide_index=True, placeholder="", alt=alt)


def csv_of(cells: pd.DataFrame, phone: PhoneScores) -> str:
    """Return the cells as CSV, unrounded, with device, evidence, source and versions on every row."""
    table = cells.drop(columns=["network", "delegate_name", "odd_columns"])
    table = table.assign(
        device_id=phone.device_id,
        evidence=["" if pd.isna(value) else "measured" for value in table["energy_mj"]],
        source_id=str(bundle_cache.devices().set_index("device_id").loc[phone.device_id, "source_id"]),
        data_version=bundle_cache.data_version(),
        method_version=METHOD_VERSION,
    )
    return frame_csv(table)
