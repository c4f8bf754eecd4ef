"""Gets ready what the first visitors need, while a visitor's browser is still loading the page's own code.

Nothing waits for it: a page that comes earlier does the same work itself, and finds what is done already.
First comes what the first page shows. What the other pages need follows when that page has been sent, so that
it takes no time from it.
"""

from __future__ import annotations

import gc
import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Final

from app.log import defect, timed

FIRST_PAGE: Final = (
    "pandas",
    "app.frame.shell",
    "app.devices.list",
    "app.devices.detail",
    "app.devices.phone_overview",
    "app.devices.phone_detail",
    "pandas.io.formats.style",
    "plotly.graph_objs._figure",
    "plotly.tools",
)
"""What the first page imports, in the order in which it does."""

OTHER_PAGES: Final = (
    "app.estimate.page",
    "app.compare.page",
    "app.explore.page",
    "app.explore.sql",
    "app.timelines.page",
    "app.methods.bench_results",
    "app.methods.page",
    "app.label.page",
    "predictors.estimate",
)
"""What the other pages import, the likeliest first."""

NAME: Final = "warm-up"
OF_PAGES: Final = "streamlit.runtime.scriptrunner_utils.script_run_context"
"""Streamlit's logger of what has to do with the page that a thread belongs to."""

DRAWING_S: Final = 4.0
"""Time that a browser on the same machine needs the processors for itself to draw the first page."""
QUIET_S: Final = 0.5
"""Time without any page after which there is time for the next step."""
LATEST_S: Final = 5.0
"""A step waits no longer than this for a first visitor, or for a busy server to be quiet."""

_change = threading.Condition()
_pages: Final[dict[str, float]] = {"running": 0.0, "sent": 0.0, "last_s": 0.0}


def warm_up_aside() -> threading.Thread:
    """Start getting ready in a thread that does not keep the process alive; returns the thread."""
    # What pages keep is made here without a page, which Streamlit would mention in the log.
    logging.getLogger(OF_PAGES).addFilter(lambda record: record.threadName != NAME)
    thread = threading.Thread(target=_warm_up, name=NAME, daemon=True)
    thread.start()
    return thread


@contextmanager
def a_page() -> Iterator[None]:
    """Note that a page is made for a visitor: getting ready others can wait."""
    with _change:
        _pages["running"] += 1
    try:
        yield
    finally:
        with _change:
            _pages["running"] -= 1
            _pages["sent"] += 1
            _pages["last_s"] = time.monotonic()
            _change.notify_all()


def _wait_for_quiet(quiet_s: float) -> None:
    """Return when the last page was sent `quiet_s` ago and none is being made, or after LATEST_S."""
    with _change:
        _change.wait_for(lambda: _pages["sent"] > 0, timeout=LATEST_S)
    end = time.monotonic() + LATEST_S
    while (now := time.monotonic()) < end:
        if not _pages["running"] and now - _pages["last_s"] >= quiet_s:
            return
        time.sleep(min(0.05, quiet_s))


def _warm_up() -> None:
    try:
        with timed("warm"):
            for name in FIRST_PAGE:
                import_module(name)
            _compute()
        _wait_for_quiet(DRAWING_S)
        with timed("warm-others"):
            for name in OTHER_PAGES:
                import_module(name)
                _wait_for_quiet(QUIET_S)
            _fit()
        _settle()
    except Exception as error:  # the page that needs it will say what is wrong, in words
        defect("warm-up", error)


def _compute() -> None:
    """What is computed once per process: the bundle checked, what is known of devices, scores and ranks."""
    from app import bundle_cache
    from app.devices.known_phones import known_phones
    from app.label.gather import phone_standings

    bundle_cache.sources()
    known_phones()
    if not bundle_cache.bundle().only_licensed:
        phone_standings("PCS")
        phone_standings("IECS")


def _fit() -> None:
    """The estimate that its page starts with, which fits a predictor, and the list of all targets."""
    from app.estimate.model import DEFAULT_SAMPLE, report_for, sample_model
    from app.estimate.targets import DEFAULT, target_of

    has_default = target_of(DEFAULT) is not None
    _wait_for_quiet(QUIET_S)
    if has_default:
        report_for(sample_model(DEFAULT_SAMPLE, None, 1, 1.0), DEFAULT)


def _settle() -> None:
    """Take what is there for good out of the garbage collector's rounds, which then take no time."""
    gc.collect()
    gc.freeze()


def let_go() -> None:
    """Give everything back to the collector: at the end, libraries complain about what is left over."""
    gc.unfreeze()
