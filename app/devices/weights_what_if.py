"""What if some rows counted more? Scores under other weights, visibly not the official ones, with a reset."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

import pandas as pd
import streamlit as st

from app import bundle_cache
from app.devices.phone_cells import DELEGATE_NAMES, capital
from app.i18n.messages import tell
from app.i18n.texts import mark, t
from app.label.gather import device_names, phone_standings, phones
from app.ui.boundary import worded
from app.ui.tables import readable
from data.errors import JouleLensError
from scoring.candidates import SCORE_NAMES, ScoreName
from scoring.ranking import ranks_of
from scoring.weighting import Weights, what_if

LARGEST: Final = 10.0
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
    st.dataframe(
        readable(table),
        hide_index=True,
        alt=t("Scores and ranks of the phones under these weights, beside the official ones"),
    )


def what_if_table(weights: Weights) -> pd.DataFrame:
    """Return device, and per score: what-if value and rank, official value and rank; best what-if PCS first.

    Raises ScoringError `nothing-weighs`.
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
