"""Below one phone's figures: what they mean in daily use, its labels, and the what-if."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd
import streamlit as st

from app import bundle_cache
from app.devices.phone_cells import capital, delegate_name, network_name
from app.devices.phone_scores import PhoneScores
from app.devices.weights_what_if import show_what_if
from app.i18n.formats import energy, power
from app.i18n.messages import tell
from app.i18n.texts import t
from app.label.gather import score_facts
from app.label.view import show_label
from app.memo import keeping
from app.ui.boundary import boundary
from app.ui.meaning import Use, battery_mah, show_meaning
from app.url_state import widgets
from scoring.candidates import SCORE_NAMES, ScoreName

MEDIAN = "median"


def show_phone_extras(phone: PhoneScores) -> None:
    """Show everything that follows from a phone's figures."""
    with boundary("what it means"):
        st.subheader(t("What it means"), anchor=False)
        _meaning(phone.device_id)
    title = t("The label, to print or to share")
    _folded(title, ":material/sell:", "label", lambda: _label(phone.device_id))
    _folded(t("What if some rows counted more?"), ":material/science:", "what_if", show_what_if)


def _folded(title: str, icon: str, key: str, show: Callable[[], None]) -> None:
    """Show a section that is made only once it is opened; whether it is open stands in the address."""
    section = st.expander(title, icon=icon, key=key, on_change="rerun", bind="query-params")
    if section.open:
        with section, boundary(title):
            show()


def _meaning(device_id: str) -> None:
    cells = measured_cells(device_id)
    labels = {MEDIAN: t("the median of all its measured rows")} | dict(
        zip(cells["cell"], cells["label"], strict=True)
    )
    chosen = widgets.selectbox(t("One inference of"), labels, "cell", width=420)
    use = use_of(cells, chosen)
    figures = {"energy": energy(use.energy_mj), "power": power(use.avg_power_w)}
    st.markdown(
        t("Takes {energy} at {power}, measured on this phone (medians of energy and of power).", **figures)
        if chosen == MEDIAN
        else t("Takes {energy} at {power}, measured on this phone.", **figures)
    )
    show_meaning(use, battery_mah(device_id))


@keeping
def measured_cells(device_id: str) -> pd.DataFrame:
    """Return the rows of a phone that have energy and power: cell (id), label, energy_mj, avg_power_w (W)."""
    rows = bundle_cache.application_measurements()
    rows = rows[rows["device_id"] == device_id].dropna(subset=["energy_mj", "avg_power_w"])
    dnns = {dnn["dnn_id"]: dnn for dnn in bundle_cache.reference_dnns().to_dict("records")}
    return pd.DataFrame(
        {
            "cell": [f"{row.dnn_id}-{row.delegate}" for row in rows.itertuples()],
            "label": [
                f"{capital(tell(dnns[row.dnn_id]['application']))}, {network_name(dnns[row.dnn_id])}, "
                f"{delegate_name(row.delegate)}"
                for row in rows.itertuples()
            ],
            "energy_mj": list(rows["energy_mj"]),
            "avg_power_w": list(rows["avg_power_w"]),
        }
    )


def use_of(cells: pd.DataFrame, chosen: str) -> Use:
    """Return energy and power of one cell, or the medians of all."""
    found = cells[cells["cell"] == chosen]
    picked = cells if found.empty else found
    return Use(float(picked["energy_mj"].median()), None, float(picked["avg_power_w"].median()))


def _label(device_id: str) -> None:
    options: dict[str, ScoreName] = {name.lower(): name for name in SCORE_NAMES}
    score = widgets.segmented_control(t("Label of"), options, "label_score")
    show_label(score_facts(device_id, options[score]), "device_label")
