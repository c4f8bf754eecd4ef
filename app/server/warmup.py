"""Gets ready what the first visitors need, while a visitor's browser is still loading the page's own code.

Nothing waits for it: a page that comes earlier does the same work itself, and finds what is done already.
First comes what the first page shows. What the other pages need follows when that page has been sent, so that
it takes no time from it.
"""

from __future__ import annotations

import asyncio
import ctypes
import gc
import logging
import os
import signal
import sys
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from importlib import import_module
from types import FrameType
from typing import Any, Final

from app.log import defect, event, timed
from app.page_load import wait_for_quiet
from app.server.gathered_calls import gather_calls
from data.version import DATA_VERSION
from predictors.version import METHOD_VERSION

SIGNALS: Final = (signal.SIGTERM, signal.SIGINT)
TURN_S: Final = 0.0005
"""Longest turn of a thread while others wait for theirs. A page goes out in a hundred messages, and the
thread that sends them waits a turn for each while other pages are made: with Python's 5 ms, half a second."""

NEW_OBJECTS: Final = 10_000
"""The collector looks for cycles among so many new objects. A page makes a hundred thousand, and with
Python's 700 looking takes a tenth of it; so many more that wait for it take a few megabytes."""
TIDY_S: Final = 30.0
"""Time between two rounds over everything that came since the start (s). Python puts such a round off until
a quarter more has piled up: with a hundred visitors an hour, 50 MB of sessions that ended long ago. A round
takes some hundredths of a second, which is nothing in so many seconds."""
ARENA_MAX: Final = -8
"""`M_ARENA_MAX` of glibc's `malloc.h`."""
ARENAS: Final = 2  # one for the loop, one for pages: what a thread's own place holds is not given back


@asynccontextmanager
async def orderly_end(_app: object) -> AsyncIterator[dict[str, Any]]:
    """Let a signal stop the server without being raised again once it has stopped.

    Uvicorn does raise it again, so that a stop on request looks like a crash to whoever started the app.
    A server of another kind is left as it is.
    """
    for number in SIGNALS:
        server = getattr(signal.getsignal(number), "__self__", None)
        if hasattr(server, "should_exit") and hasattr(server, "force_exit"):
            signal.signal(number, _stopper(server))
    sys.setswitchinterval(TURN_S)
    gc.set_threshold(NEW_OBJECTS)
    _share_arenas()
    gather_calls(asyncio.get_running_loop())
    event("start", process=os.getpid(), data_version=DATA_VERSION, method_version=METHOD_VERSION)
    warm_up_aside()
    tidying = asyncio.create_task(_tidy_up())
    yield {}
    tidying.cancel()
    let_go()
    event("stop")


def _share_arenas() -> None:
    """Let all threads take memory from a few places: glibc gives each its own, and gives little of it back.

    Every run of a page is a thread. Elsewhere than on glibc nothing happens.
    """
    with suppress(OSError, AttributeError, TypeError):
        ctypes.CDLL(None).mallopt(ARENA_MAX, ARENAS)


def _give_back() -> None:
    """Give memory that nobody uses any more back to the system, where glibc is asked for that."""
    with suppress(OSError, AttributeError, TypeError):
        ctypes.CDLL(None).malloc_trim(0)


async def _tidy_up() -> None:
    """Let go of sessions that have ended, again and again, where anything was made since the last time."""
    while True:
        await asyncio.sleep(TIDY_S)
        if any(gc.get_count()[1:]):
            gc.collect()
            _give_back()


def _stopper(server: Any) -> Any:
    def stop(number: int, _frame: FrameType | None) -> None:
        # Asked a second time from the keyboard, it does not wait for open connections.
        server.force_exit = server.should_exit and number == signal.SIGINT
        server.should_exit = True

    return stop


FIRST_PAGE: Final = (
    "pandas",
    "app.frame.shell",
    "app.devices.list",
    "app.devices.detail",
    "app.devices.phone_overview",
    "app.devices.phone_answer",
    "app.devices.energy_overview",
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
    "app.tokens.page",
    "app.your_device.page",
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
RANK_LATEST_S: Final = 60.0
"""Only one section of one page asks for the ranks, and each takes a second from visitors who are there."""


def warm_up_aside() -> threading.Thread:
    """Start getting ready in a thread that does not keep the process alive; returns the thread."""
    # What pages keep is made here without a page, which Streamlit would mention in the log.
    logging.getLogger(OF_PAGES).addFilter(lambda record: record.threadName != NAME)
    thread = threading.Thread(target=_warm_up, name=NAME, daemon=True)
    thread.start()
    return thread


def _warm_up() -> None:
    try:
        with timed("warm"):
            for name in FIRST_PAGE:
                import_module(name)
            _compute()
        wait_for_quiet(DRAWING_S)
        with timed("warm-others"):
            for name in OTHER_PAGES:
                import_module(name)
                wait_for_quiet(QUIET_S)
            _fit()
        _settle()
    except Exception as error:  # the page that needs it will say what is wrong, in words
        defect("warm-up", error)


def _compute() -> None:
    """What is computed once per process: the bundle checked, what is known of devices, scores and ranks."""
    from app import bundle_cache
    from app.label.gather import phone_standings
    from app.measurements.phone_scores import known_phones

    bundle_cache.sources()
    known_phones()
    if not bundle_cache.bundle().only_licensed:
        phone_standings("PCS")
        phone_standings("IECS")
        _tell_phone()


def _tell_phone() -> None:
    """Compute the figure of the first example: a phone's share of a charge."""
    from app.frame.first_examples import EXAMPLES, tell_figure
    from app.i18n.formats import percent
    from app.i18n.texts import t
    from app.measurements.phone_use import USUAL_TASK, phone_use, usual_rate

    shares = phone_use(USUAL_TASK, usual_rate(USUAL_TASK)).set_index("device_id")["share"].dropna()
    share = shares.get(dict(EXAMPLES[0].query)["device"])
    if share is not None:
        tell_figure(EXAMPLES[0].slug, lambda: t("{share} battery an hour", share=percent(float(share), 2)))


def _tell_run(slug: str, energy_mj: float) -> None:
    """Show the energy of one run (mJ) on another example."""
    from app.frame.first_examples import tell_figure
    from app.i18n.formats import energy
    from app.i18n.texts import t

    tell_figure(slug, lambda: t("{energy} a run", energy=energy(energy_mj)))


def _fit() -> None:
    """Compute what other pages start with: an estimate (this fits a predictor), a recording, the limits."""
    from app.models.model import DEFAULT_SAMPLE, report_for, sample_model
    from app.models.targets import DEFAULT, known_target

    target = known_target(*DEFAULT)
    wait_for_quiet(QUIET_S)
    if target is not None:
        report = report_for(sample_model(DEFAULT_SAMPLE, None, 1, 1.0), target)
        _tell_run("estimate", report.estimates[0].energy_mj)
    wait_for_quiet(QUIET_S)
    _record()
    _rank()


def _record() -> None:
    """The recording that its page starts with."""
    from app.timelines.data import bundled, first_run_mj

    if len(bundled()) and (run_mj := first_run_mj()) is not None:
        _tell_run("timelines", run_mj)


def _rank() -> None:
    """Every model and target among which limits choose at first, one after the other."""
    from app.compare.options import DEFAULT_MODELS, PRECISIONS, estimates_of

    for model_id in DEFAULT_MODELS:
        for precision in PRECISIONS:
            wait_for_quiet(QUIET_S, RANK_LATEST_S)
            estimates_of(model_id, precision)


def _settle() -> None:
    """Freeze long-lived objects so that later passes of the garbage collector skip them (gc.freeze)."""
    gc.collect()
    gc.freeze()
    _give_back()


def let_go() -> None:
    """Unfreeze all objects before the process ends: some libraries complain about objects left over."""
    gc.unfreeze()
