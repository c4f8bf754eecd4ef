"""The compare page as a whole: what is compared, and the view of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from app.compare.devices import show_devices
from app.compare.limits import show_limits
from app.compare.models import show_models
from app.compare.shelf import show_shelf
from app.i18n.texts import mark, t
from app.ui.boundary import boundary
from app.url_state import widgets

VIEWS: Final[dict[str, tuple[str, Callable[[], None]]]] = {
    "devices": (mark("Devices"), show_devices),
    "models": (mark("Models on one device"), show_models),
    "shelf": (mark("My models"), show_shelf),
    "limits": (mark("Best choice within limits"), show_limits),
}
"""View id, as in the address -> its name on screen, and what shows it."""


def show_compare() -> None:
    """Show the choice of view and the chosen view."""
    view = widgets.segmented_control(
        t("What to compare"),
        {each: t(name) for each, (name, _) in VIEWS.items()},
        "view",
        noun=t("view"),
        wrap=True,
        label_visibility="collapsed",
    )
    with boundary(f"compare-{view}"):
        VIEWS[view][1]()
