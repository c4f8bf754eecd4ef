"""Gets ready what the first visitor needs, while the visitor's browser is still loading the page's own code.

Nothing waits for it: a page that comes earlier does the same work itself, and finds what is done already.
"""

from __future__ import annotations

import threading
from importlib import import_module
from typing import Final

from app.log import defect, timed

FIRST_PAGE: Final = (
    "pandas",
    "app.shell",
    "app.device_list",
    "app.device_view",
    "app.phone_overview",
    "app.phone_view",
    "plotly.io",
)
"""What the first page imports, in the order in which it does."""


def warm_up_aside() -> threading.Thread:
    """Start getting ready in a thread that does not keep the process alive; returns the thread."""
    thread = threading.Thread(target=_warm_up, name="warm-up", daemon=True)
    thread.start()
    return thread


def _warm_up() -> None:
    try:
        with timed("warm"):
            for name in FIRST_PAGE:
                import_module(name)
            _compute()
    except Exception as error:  # the page that needs it will say what is wrong, in words
        defect("warm-up", error)


def _compute() -> None:
    """What is computed once per process: the bundle checked, ranks among the phones."""
    from app.label.gather import phone_standings
    from data import open_bundle

    if not open_bundle().only_licensed:
        phone_standings("PCS")
        phone_standings("IECS")
