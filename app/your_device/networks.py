"""The networks to measure on one's own device, each a file to download."""

from __future__ import annotations

from typing import Final

import streamlit as st

from app.i18n.texts import mark, t
from app.memo import keeping

SIZES: Final = (mark("tiny"), mark("middle"), mark("large"))


def first_three(precision: str) -> tuple[str, str, str]:
    """Return the networks to begin with, smallest first: with them the ranges of all others are narrowest."""
    from predictors.energy.calibrated.conditioning import standard_order

    middle, tiny, large = standard_order(precision)[:3]
    return tiny, middle, large


def show_networks(precision: str) -> None:
    """Show the three networks to begin with, as files in one precision."""
    three = first_three(precision)
    with st.container(horizontal=True, gap="small"):  # columns would cut the names
        for name, size in zip(three, SIZES, strict=True):
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
        width="content",
    )


@keeping
def _file(name: str, precision: str) -> bytes:
    from predictors.energy.calibrated.calibration import network_file

    return network_file(name, precision)
