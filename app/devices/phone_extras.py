"""Below one phone: what its figures mean in daily use, its labels, and scores with other weights."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Final

import pandas as pd
import streamlit as st

from app import bundle_cache
from app.i18n.formats import capital, energy, power
from app.i18n.messages import tell
from app.i18n.texts import mark, t
from app.label.gather import device_names, phone_standings, phones, score_facts
from app.label.view import show_label
from app.measurements.phone_scores import PhoneScores
from app.memo import keeping
from app.ui.boundary import boundary, worded
from app.ui.meaning import Use, battery_mah, show_meaning
from app.ui.print_view import show_data
from app.ui.target_names import DELEGATE_NAMES, delegate_name, network_name
from app.url_state import widgets
from data.errors import JouleLensError
from scoring.candidates import SCORE_NAMES, ScoreName
from scoring.ranking import ranks_of
from scoring.weighting import Weights, what_if

LARGEST: Final = 10.0  # a weight of ten against ones already decides a score
PREFIX: Final = "w_"
_COLUMNS: Final = (
    mark("{score}, what-if"),
    mark("{score} rank, what-if"),
    mark("{score}, official"),
    mark("{score} rank, official"),
)


def show_what_if() -> None:
    """Show the weights, and every phone's scores under them beside the official ones."""
    st.markdown(
        t(
            "The official scores count every row once. Here you may let delegates and applications count "
            "more, or leave them out with 0. What comes out is **not the official score**, and stands on no "
            "label."
        )
    )
    weights = _weights()
    if weights.is_official:
        st.caption(t("All weights are 1: these are the official scores."))
    else:
        st.warning(t("What-if: not the official scores."), icon=":material/science:")
        st.button(t("Back to the official weights"), on_click=reset_weights, icon=":material/restart_alt:")
    try:
        table = what_if_table(weights)
    except JouleLensError as error:
        code, message = worded(error)
        st.info(t("{message}  \nCode: `{code}`", message=message, code=code))
        return
    alt = t("Scores and ranks of the phones under these weights, beside the official ones")
    show_data(table, alt)


def what_if_table(weights: Weights) -> pd.DataFrame:
    """Return device, and per score: what-if value and rank, official value and rank; best what-if PCS first.

    Raises ScoringError `NOTHING_WEIGHS`.
    """
    columns: dict[str, list[object]] = {t("Device"): [device_names()[phone.device_id] for phone in phones()]}
    for name in SCORE_NAMES:
        columns |= _score_columns(name, weights)
    by_pcs = t("{score} rank, what-if", score=SCORE_NAMES[0])
    return pd.DataFrame(columns).sort_values(by_pcs, kind="stable", ignore_index=True)


def _score_columns(name: ScoreName, weights: Weights) -> dict[str, list[object]]:
    found = {phone.device_id: what_if(phone, name, weights) for phone in phones()}
    ranks = ranks_of({device_id: each.value for device_id, each in found.items()})
    official = {standing.device_id: standing.rank for standing in phone_standings(name)}
    cells: tuple[Sequence[object], ...] = (
        [each.value for each in found.values()],
        [ranks[device_id] for device_id in found],
        [each.official for each in found.values()],
        [official[device_id] for device_id in found],
    )
    return {t(column, score=name): list(values) for column, values in zip(_COLUMNS, cells, strict=True)}


def _weights() -> Weights:
    delegates = _inputs({f"{PREFIX}{key}": (key, t(name)) for key, name in DELEGATE_NAMES.items()})
    applications = applications_of()
    by_application = _inputs(
        {
            f"{PREFIX}{slug(name)}": (name, capital(tell(name)))
            for name in dict.fromkeys(applications.values())
        }
    )
    networks = {network: by_application[name] for network, name in applications.items()}
    return Weights(delegates, networks)


def _inputs(fields: dict[str, tuple[str, str]]) -> dict[str, float]:
    with st.container(horizontal=True):
        return {
            name: float(
                st.number_input(
                    label,
                    min_value=0.0,
                    max_value=LARGEST,
                    value=1.0,
                    step=0.5,
                    key=key,
                    bind="query-params",
                    width=150,
                )
            )
            for key, (name, label) in fields.items()
        }


def applications_of() -> dict[str, str]:
    """Return network -> application of the reference networks."""
    dnns = bundle_cache.reference_dnns()
    return dict(zip(dnns["dnn_id"], dnns["application"], strict=True))


def slug(name: str) -> str:
    """Return a name for an address: "object detection" -> "object-detection"."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")


def reset_weights() -> None:
    """Put every weight back to 1."""
    for key in list(st.session_state):
        if str(key).startswith(PREFIX):
            st.session_state[key] = 1.0


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
