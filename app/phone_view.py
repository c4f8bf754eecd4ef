"""One phone in detail: its scores, every cell of the table, the conditions, the figures as a file."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from app import doors
from app.badges import score_badge
from app.charts.base import CONFIG
from app.charts.cells import MARK, measurement_cells
from app.formats import energy, number, plain, power
from app.glossary import explain
from app.kept import kept
from app.label.gather import score_facts
from app.phone_cells import cells_sentence, device_cells, oddities_by_id
from app.phone_extras import show_phone_extras
from app.phone_scores import PhoneScores
from app.trust import trust_line
from predictors.version import METHOD_VERSION

SHOWN = {"energy": "Energy per inference", "power": "Average power"}


def show_phone(phone: PhoneScores, scope: str) -> None:
    """Show one phone below the overview. `scope` says among whom its scores are comparable."""
    st.header(phone.name, anchor=False)
    card, picture = st.columns([1, 2], gap="large")
    with card:
        _scores(phone, scope)
        _conditions(phone.device_id)
    with picture:
        _cells(phone)
    show_phone_extras(phone)


def _scores(phone: PhoneScores, scope: str) -> None:
    score_badge(phone.pcs, scope, trust_line(score_facts(phone.device_id, "PCS")))
    score_badge(phone.iecs, scope, trust_line(score_facts(phone.device_id, "IECS")))
    with st.expander("Why the printed scores differ"):
        st.markdown(f"**PCS.** {phone.pcs.reason.text}\n\n**IECS.** {phone.iecs.reason.text}")
    for note in dict.fromkeys((*phone.pcs.recomputed.notes, *phone.iecs.recomputed.notes)):
        st.warning(f"{note.message}  \nCode: `{note.code}`", icon=":material/warning:")


def _conditions(device_id: str) -> None:
    device = doors.devices().set_index("device_id").loc[device_id]
    source = doors.sources().set_index("source_id").loc[str(device["source_id"])]
    facts = {
        "Chip": f"{device['soc']} ({device['soc_vendor']})",
        "CPU": f"{device['cpu_cores']}, {device['cpu_core_count']} cores, {number(device['cpu_max_ghz'])} "
        "GHz",
        "GPU": device["gpu"],
        "Accelerator": device["ai_accelerator"],
        "TDP": f"{number(device['tdp_w'], 2)} W, as printed",
        "Battery": f"{device['battery_mah']:,.0f} mAh",
        "System": f"Android {device['android_version']}",
        "Meter": source["method"],
    }
    st.subheader("Measured how", anchor=False)
    st.markdown(
        "\n".join(f"- **{name}:** {'none' if pd.isna(fact) else fact}" for name, fact in facts.items())
    )
    st.markdown(f"Source: [{source['source_title']}]({source['url']}), {source['venue']}.")
    st.caption(f"Licence: {source['licence']}.")


def _cells(phone: PhoneScores) -> None:
    rows = doors.application_measurements()
    cells = kept(
        device_cells,
        rows[rows["device_id"] == phone.device_id],
        doors.reference_dnns(),
        oddities_by_id(doors.corrections()),
    )
    quantity = st.segmented_control(
        "Show",
        list(SHOWN),
        format_func=SHOWN.__getitem__,
        default="energy",
        required=True,
        wrap=True,
        key="show",
        bind="query-params",
        help=explain("energy per inference", "average power", "delegate", "NNAPI"),
    )
    sentence = cells_sentence(cells, quantity)
    st.markdown(sentence)
    st.plotly_chart(
        kept(measurement_cells, cells, quantity),
        config=CONFIG,
        key="cells",
        alt=f"{SHOWN[quantity]} of {phone.name} by reference network and delegate. {plain(sentence)}",
    )
    st.caption("Lighter is more. “Not measured”: the source prints no figure there.")
    _notes(cells)
    with st.expander("The same as a table"):
        _table(cells)
    st.download_button(
        "Download as CSV",
        csv_of(cells, phone),
        file_name=f"joulelens-{phone.device_id}.csv",
        mime="text/csv",
        icon=":material/download:",
        on_click="ignore",
        help="Full precision, with source and versions.",
    )


def _notes(cells: pd.DataFrame) -> None:
    odd = cells[cells["odd_columns"].map(bool)]
    if odd.empty:
        return
    lines = [
        f"- **{cell.model} {cell.precision}, {cell.delegate_name}:** {cell.note}" for cell in odd.itertuples()
    ]
    st.markdown(f"{MARK} Known to be odd, shown as printed:\n" + "\n".join(lines))


def _table(cells: pd.DataFrame) -> None:
    shown = pd.DataFrame(
        {
            "Network": cells["dnn_id"],
            "Application": cells["application"],
            "Model": cells["model"],
            "Precision": cells["precision"],
            "Delegate": cells["delegate_name"],
            "Energy per inference": cells["energy_mj"].map(energy),
            "Average power": cells["avg_power_w"].map(power),
            "Note": cells["note"],
        }
    )
    st.dataframe(shown, hide_index=True, alt="Energy and power of every cell of this phone")


def csv_of(cells: pd.DataFrame, phone: PhoneScores) -> str:
    """Return the cells as CSV, unrounded, with device, evidence, source and versions on every row."""
    table = cells.drop(columns=["network", "delegate_name", "odd_columns"])
    table = table.assign(
        device_id=phone.device_id,
        evidence=["" if pd.isna(value) else "measured" for value in table["energy_mj"]],
        source_id=str(doors.devices().set_index("device_id").loc[phone.device_id, "source_id"]),
        data_version=doors.data_version(),
        method_version=METHOD_VERSION,
    )
    return str(table.to_csv(index=False))
