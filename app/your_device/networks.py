"""The networks to measure on one's own device, each a file to download."""

from __future__ import annotations

from typing import Final

import streamlit as st

from app.i18n.texts import mark, t
from app.memo import keeping

FIRST_THREE: Final = {
    "mobilenet-v2-0.35-96": mark("tiny"),
    "mobilenet-v2-0.75-160": mark("middle"),
    "mobilenet-v1-1.0-224": mark("large"),
}
"""The first three of the standard order: with them the ranges of all other networks are narrowest."""


def show_networks(precision: str) -> None:
    """Show the three networks to begin with, as files in one precision."""
    columns = st.columns(len(FIRST_THREE))
    for column, (name, size) in zip(columns, FIRST_THREE.items(), strict=True):
        with column:
            offer_network(name, precision, t("{network} ({size})", network=name, size=t(size)))


def offer_network(name: str, precision: str, label: str, *, place: str = "first") -> None:
    """Show the button that hands over one network as ONNX; `place` tells buttons of one file apart."""
    st.download_button(
        label,
        lambda: _file(name, precision),
        file_name=f"{name}-{precision}.onnx",
        mime="application/octet-stream",
        icon=":material/download:",
        on_click="ignore",
        key=f"network-{place}-{name}-{precision}",
        width="stretch" if place == "first" else "content",
    )


@keeping
def _file(name: str, precision: str) -> bytes:
    from predictors.energy.calibrated.calibration import network_file

    return network_file(name, precision)
