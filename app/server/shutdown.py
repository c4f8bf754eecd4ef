"""Ends the server the way its operator expects: told to stop, it finishes and exits with code 0."""

from __future__ import annotations

import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from types import FrameType
from typing import Any, Final

from app.log import event
from app.server.warmup import let_go, warm_up_aside
from data.version import DATA_VERSION
from predictors.version import METHOD_VERSION

SIGNALS: Final = (signal.SIGTERM, signal.SIGINT)


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
    event("start", process=os.getpid(), data_version=DATA_VERSION, method_version=METHOD_VERSION)
    warm_up_aside()
    yield {}
    let_go()
    event("stop")


def _stopper(server: Any) -> Any:
    def stop(number: int, _frame: FrameType | None) -> None:
        # Asked a second time from the keyboard, it does not wait for open connections.
        server.force_exit = server.should_exit and number == signal.SIGINT
        server.should_exit = True

    return stop
