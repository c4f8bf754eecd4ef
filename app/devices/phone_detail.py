"""One phone in detail: its scores, every cell of the table, the conditions, the figures as a file."""

from __future__ import annotations

from functools import partial
from typing import Final

import pandas as pd
import streamlit as st

from app import bundle_cache
from app.charts.base import CONFIG
from app.charts.cells import MARK, measurement_cells
from app.devices.phone_cells import cells_sentence, device_cells, oddities_by_id
from app.devices.phone_extras import show_phone_extras
from app.devices.phone_scores import PhoneScores
from app.devices.score_certainty import trust_line
from app.i18n.formats import count, energy, number, plain, power
from app.i18n.messages import tell
from app.i18n.texts import mark, t, verbatim
from app.label.gather import score_facts
from app.memo import keeping, kept_under
from app.ui.badges import score_badge
from app.ui.downloads import offer_csv
from app.ui.glossary import explain
from app.ui.lazy_section import folded
from app.ui.print_view import on_paper, picture_width, print_table
from app.url_state import widgets
from data.inert_csv import frame_csv
from predictors.version import METHOD_VERSION

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
    score_badge(phone.pcs, scope, trust_line(score_facts(phone.device_id, "PCS")))
    score_badge(phone.iecs, scope, trust_line(score_facts(phone.device_id, "IECS")))
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
    _notes(cells)
    folded(t("The same as a table"), "cells-table", lambda: _table(cells))
    offer_csv(
        t("Download as CSV"),
        partial(csv_of, cells, phone),
        f"joulelens-{phone.device_id}.csv",
        help=t("Full precision, with source and versions."),
    )


def _notes(cells: pd.DataFrame) -> None:
    odd = cells[cells["odd_columns"].map(bool)]
    if odd.empty:
        return
    lines = [
        f"- **{cell.model} {cell.precision}, {cell.delegate_name}:** {cell.note}" for cell in odd.itertuples()
    ]
    st.markdown(t("{mark} Known to be odd, shown as printed:", mark=MARK) + "\n" + "\n".join(lines))


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
    st.dataframe(shown, hide_index=True, alt=alt)


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
