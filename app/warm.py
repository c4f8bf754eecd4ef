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
    "pandas.io.formats.style",
    "plotly.graph_objs._figure",
    "plotly.tools",
)
"""What the first page imports, in the order in which it does."""

OTHER_PAGES: Final = (
    "app.estimate_view",
    "app.compare_view",
    "app.explore_view",
    "app.explore_sql",
    "app.timeline_view",
    "app.bench_results",
    "app.methods_view",
    "app.label_page",
    "predictors.estimate",
)
"""What the other pages import, the likeliest first."""

NAME: Final = "warm-up"
OF_PAGES: Final = "streamlit.runtime.scriptrunner_utils.script_run_context"
"""Streamlit's logger of what has to do with the page that a thread belongs to."""

LATEST_S: Final = 5.0
"""Without a visitor, the other pages are got ready after this time."""

DRAWING_S: Final = 4.0
"""Time that a browser on the same machine needs the processors for itself to draw a page."""

_first_page_sent = threading.Event()


def warm_up_aside() -> threading.Thread:
    """Start getting ready in a thread that does not keep the process alive; returns the thread."""
    # What pages keep is made here without a page, which Streamlit would mention in the log.
    logging.getLogger(OF_PAGES).addFilter(lambda record: record.threadName != NAME)
    thread = threading.Thread(target=_warm_up, name=NAME, daemon=True)
    thread.start()
    return thread


def page_was_sent() -> None:
    """Note that a visitor has a page: from now on there is time for the others."""
    _first_page_sent.set()


def _warm_up() -> None:
    try:
        with timed("warm"):
            for name in FIRST_PAGE:
                import_module(name)
            _compute()
        _first_page_sent.wait(LATEST_S)
        time.sleep(DRAWING_S)
        with timed("warm-others"):
            for name in OTHER_PAGES:
                import_module(name)
            _fit()
        _settle()
    except Exception as error:  # the page that needs it will say what is wrong, in words
        defect("warm-up", error)


def _compute() -> None:
    """What is computed once per process: the bundle checked, what is known of devices, scores and ranks."""
    from app import doors
    from app.device_facts import catalogue
    from app.kept import kept
    from app.label.gather import phone_standings
    from app.phone_scores import score_phones

    catalogue()
    doors.sources()
    kept(score_phones, doors.devices(), doors.application_measurements(), doors.published_scores())
    if not doors.bundle().only_licensed:
        phone_standings("PCS")
        phone_standings("IECS")


def _fit() -> None:
    """The estimate that its page starts with, which fits a predictor, and the list of all targets."""
    from app.estimate_model import DEFAULT_SAMPLE, report_for, sample_model
    from app.estimate_targets import DEFAULT, target_of

    if target_of(DEFAULT) is not None:
        report_for(sample_model(DEFAULT_SAMPLE, None, 1, 1.0), DEFAULT)


def _settle() -> None:
    """Take what is there for good out of the garbage collector's rounds, which then take no time."""
    gc.collect()
    gc.freeze()


def let_go() -> None:
    """Give everything back to the collector: at the end, libraries complain about what is left over."""
    gc.unfreeze()
