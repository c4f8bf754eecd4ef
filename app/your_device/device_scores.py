"""PCS and IECS of a device of one's own, from its measured and estimated reference networks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from app.i18n.formats import count, literal, number, percent
from app.i18n.messages import tell
from app.i18n.texts import t
from app.ui.glossary import explain
from app.ui.lazy_section import folded
from app.ui.print_view import show_data
from data.errors import JouleLensError
from scoring import MeasuredRow, Score, iecs, pcs

if TYPE_CHECKING:
    from predictors.energy.calibrated.device_file import OwnDevice
    from predictors.energy.calibrated.reference_rows import ReferenceRow


def show_device_scores(device: OwnDevice) -> None:
    """Show a closed section with both scores; the reference networks are only estimated when it is opened."""
    folded(t("PCS and IECS of your device"), "cal_scores", lambda: _show(device), icon=":material/speed:")


def _show(device: OwnDevice) -> None:
    from predictors.energy.calibrated.reference_rows import reference_rows

    with st.spinner(t("Estimating the reference networks on your device …")):
        rows = reference_rows(device)
    if not rows:
        st.info(t("There is no figure for any reference network yet."), icon=":material/edit_note:")
        return
    tdp_w = st.number_input(
        t("TDP of its chip (W)"), value=None, key="cal_tdp", help=explain("TDP"), step=0.5
    )
    columns = st.columns(2)
    with columns[0]:
        _power_score(rows, None if tdp_w is None else float(tdp_w))
    with columns[1]:
        _energy_score(rows)
    measured = sum(row.is_measured for row in rows)
    st.caption(
        t(
            "From {all} reference networks, {measured} of them measured ({share}), the others calibrated. "
            "They ran on one delegate, so a phone's scores over all its delegates are another figure: "
            "yours has no rank among them.",
            all=count(len(rows)),
            measured=count(measured),
            share=percent(measured / len(rows)),
        )
    )
    table = pd.DataFrame(
        {
            t("Number"): [row.dnn_id for row in rows],
            t("Network"): [row.sample_id for row in rows],
            t("Precision"): [row.precision for row in rows],
            t("Power (W)"): [row.avg_power_w for row in rows],
            t("Energy (mJ)"): [row.energy_mj for row in rows],
            t("from (mJ)"): [row.energy_mj_low for row in rows],
            t("to (mJ)"): [row.energy_mj_high for row in rows],
            t("Source of the figure"): [
                t("measured") if row.is_measured else t("calibrated") for row in rows
            ],
        }
    )
    show_data(table, t("Reference networks on your device"))


def _power_score(rows: Sequence[ReferenceRow], tdp_w: float | None) -> None:
    if tdp_w is None:
        st.metric("PCS", t("none"), help=explain("PCS"))
        st.caption(t("PCS divides by the thermal design power (TDP). Give it in watts."))
        return
    try:
        _metric("PCS", pcs(_measured_rows(rows, [row.energy_mj for row in rows]), tdp_w))
    except JouleLensError as error:
        st.metric("PCS", t("none"), help=explain("PCS"))
        st.markdown(t("{message}  \nCode: `{code}`", message=literal(tell(error.message)), code=error.code))


def _energy_score(rows: Sequence[ReferenceRow]) -> None:
    _metric("IECS", iecs(_measured_rows(rows, [row.energy_mj for row in rows])))
    least = iecs(_measured_rows(rows, [row.energy_mj_high for row in rows])).value
    most = iecs(_measured_rows(rows, [row.energy_mj_low for row in rows])).value
    st.caption(
        t(
            "From {low} to {high} if every estimate lay at the same end of its range.",
            low=number(least),
            high=number(most),
        )
    )


def _metric(name: str, score: Score) -> None:
    st.metric(name, number(score.value), help=explain(name))
    st.caption(
        t(
            "higher is better · {used} of {possible} rows ({share})",
            used=count(score.rows_used),
            possible=score.rows_possible,
            share=percent(score.coverage),
        )
    )


def _measured_rows(rows: Sequence[ReferenceRow], energies_mj: Sequence[float]) -> tuple[MeasuredRow, ...]:
    return tuple(
        MeasuredRow(row.dnn_id, "CPU1", row.avg_power_w, energy_mj / 1000.0)
        for row, energy_mj in zip(rows, energies_mj, strict=True)
    )
