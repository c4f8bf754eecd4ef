"""The compare page as a whole: what is compared, and the view of it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

import streamlit as st

from app.compare_address import Asked, accept
from app.compare_devices import SHOWN, show_devices
from app.compare_limits import EVIDENCE, show_limits
from app.compare_meters import KINDS
from app.compare_models import show_models
from app.compare_options import PRECISIONS, model_labels, reference_labels
from app.errors import boundary
from app.estimate_targets import device_labels
from app.target_names import short_device_name

VIEWS: Final[dict[str, tuple[str, Callable[[], None]]]] = {
    "devices": ("Devices", show_devices),
    "models": ("Models on one device", show_models),
    "limits": ("Best choice within limits", show_limits),
}
"""View id -> its name on screen and in the address, and what shows it."""


def show_compare(page_file: Path) -> None:
    """Show the choice of view and the chosen view."""
    accept_address(page_file)
    view = st.segmented_control(
        "What to compare",
        list(VIEWS),
        format_func=lambda each: VIEWS[each][0],
        default="devices",
        required=True,
        wrap=True,
        key="view",
        bind="query-params",
        label_visibility="collapsed",
    )
    name, show = VIEWS[view]
    with boundary(f"compare, {name}"):
        show()


def accept_address(page_file: Path) -> None:
    """Translate ids in the address, and say what of it does not exist (any more)."""
    devices = device_labels()
    models = model_labels()
    accept(
        (
            Asked("view", {each: name for each, (name, _) in VIEWS.items()}, "view"),
            Asked("devices", devices, "device"),
            Asked("base", {each: short_device_name(name) for each, name in devices.items()}, "device"),
            Asked("models", models, "model"),
            Asked("model", models, "model"),
            Asked("show", SHOWN, "quantity"),
            Asked("among", {**models, **reference_labels()}, "model"),
            Asked("on", devices, "device"),
            Asked("device", devices, "device"),
            Asked("precisions", {each: each for each in PRECISIONS}, "precision"),
            Asked("obtained", {each: each for each in EVIDENCE}, "way of obtaining"),
            Asked("meters", {each: each for each in KINDS}, "kind of meter"),
        ),
        page_file,
    )
