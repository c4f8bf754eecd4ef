"""Where to go from a device: estimate a model on it, set it beside another one, add one of your own."""

from __future__ import annotations

from typing import Final

import pandas as pd
import streamlit as st

from app import bundle_cache
from app.frame.navigation import PAGES, YOUR_DEVICE, Entry
from app.i18n.texts import t
from app.memo import keeping, kept_under
from app.ui.target_names import short_device_name

_BY_SLUG: Final = {entry.slug: entry for entry in PAGES}
_ESTIMATED_FROM: Final = frozenset({"application_measurements", "board_runs", "conv_layers"})
"""Tables that the predictors of phones and boards are fitted on."""


def show_next_steps(device_id: str, ranked: pd.DataFrame) -> None:
    """Show links that take the device in detail along, short enough for a narrow phone.

    `ranked` are the devices on screen (device_id, name), best first: the device is set beside the best other
    one that can be compared.
    """
    devices = bundle_cache.devices()
    name = str(devices.loc[devices["device_id"] == device_id, "name"].iloc[0])
    with st.container(horizontal=True):
        if can_be_estimated(device_id):
            label = t("Your model on {device}", device=short_device_name(name))
            _link(_BY_SLUG["estimate"], label, {"device": device_id})
        other = kept_under((device_id, tuple(ranked["device_id"])), rival, device_id, ranked)
        if other is not None:
            label = t("Compare with {other}", other=short_device_name(str(other["name"])))
            _link(_BY_SLUG["compare"], label, {"devices": [device_id, str(other["device_id"])]})
        _link(YOUR_DEVICE, t("Score a device of your own"), {})


@keeping
def can_be_estimated(device_id: str) -> bool:
    """Whether a model can be estimated on a device, which is also what comparing takes.

    Told by what was measured, since listing the targets takes longer than the rest of the first page.
    """
    if bundle_cache.bundle().only_licensed:
        return any(target.error_percent is not None for target in bundle_cache.targets_of(device_id))
    devices, coverage = bundle_cache.devices(), bundle_cache.device_coverage()
    kinds = set(devices.loc[devices["device_id"] == device_id, "kind"])
    tables = set(coverage.loc[coverage["device_id"] == device_id, "table_name"])
    return bool(kinds & {"phone", "board"} and tables & _ESTIMATED_FROM)


def rival(device_id: str, ranked: pd.DataFrame) -> pd.Series | None:
    """Return the best row of `ranked` (best first) to set beside a device; None if it can't be compared."""
    if not can_be_estimated(device_id):
        return None
    others = (row for _, row in ranked[ranked["device_id"] != device_id].iterrows())
    return next((row for row in others if can_be_estimated(str(row["device_id"]))), None)


def _link(entry: Entry, label: str, query: dict[str, str | list[str]]) -> None:
    st.page_link(entry.place, label=label, icon=entry.icon, query_params=query or None, width="content")
