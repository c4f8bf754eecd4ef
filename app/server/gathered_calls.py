"""Hands the messages of pages to the server's event loop in batches, not one by one.

A page goes out in about a hundred messages. Each by itself wakes the loop's thread, which then takes the
interpreter from the thread that makes the page, and gives it back: a tenth of the processor time of a page.
"""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from contextvars import Context
from typing import Any, Final, TypeAlias

from app.i18n.texts import verbatim

PAGE_THREAD: Final = verbatim("ScriptRunner.scriptThread")
"""Streamlit's name for the threads that make pages. Under another name, calls go as they always did."""
GATHER_S: Final = 0.01
"""Time that a call waits for others; Streamlit sends what there is no more often than that."""

Call: TypeAlias = tuple[asyncio.Handle, Callable[..., object], tuple[Any, ...], Context | None]


def gather_calls(loop: asyncio.AbstractEventLoop, gather_s: float = GATHER_S) -> None:
    """Let calls that page threads make to a loop wait up to `gather_s` seconds for each other.

    They stay in order. Calls of other threads go straight on.
    """
    straight = loop.call_soon_threadsafe
    waiting: deque[Call] = deque()
    change = threading.Lock()

    def hand_over() -> None:
        with change:
            calls = [*waiting]
            waiting.clear()
        for handle, callback, arguments, context in calls:
            if not handle.cancelled():
                loop.call_soon(callback, *arguments, context=context)

    def call(
        callback: Callable[..., object], *arguments: Any, context: Context | None = None
    ) -> asyncio.Handle:
        if threading.current_thread().name != PAGE_THREAD:
            return straight(callback, *arguments, context=context)
        handle = asyncio.Handle(callback, arguments, loop, context)
        with change:
            is_first = not waiting
            waiting.append((handle, callback, arguments, context))
        if is_first:
            straight(loop.call_later, gather_s, hand_over)
        return handle

    with suppress(AttributeError):  # loops that are not written in Python stay as they are
        setattr(loop, straight.__name__, call)
