"""What is got ready after the start: the modules exist, and nothing but events of our own is told."""

from __future__ import annotations

import asyncio
import gc
import inspect
import json
import logging
import sys
import threading
import weakref
from importlib.util import find_spec
from typing import Any

import pytest
from streamlit.runtime.scriptrunner import script_runner

from app import page_load
from app.compare import options
from app.frame import first_examples
from app.server import warmup
from app.server.gathered_calls import PAGE_THREAD, gather_calls


@pytest.mark.parametrize("name", [*warmup.FIRST_PAGE, *warmup.OTHER_PAGES])
def test_what_is_loaded_ahead_exists(name: str) -> None:
    assert find_spec(name) is not None


def test_everything_is_got_ready_and_then_left_alone_by_the_collector(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(warmup, "DRAWING_S", 0.0)
    monkeypatch.setattr(warmup, "QUIET_S", 0.0)
    monkeypatch.setattr(options, "DEFAULT_MODELS", ("mobilenet-v2",))  # the others would only take longer
    monkeypatch.setattr(first_examples, "figures", {})
    before = gc.get_freeze_count()
    logging.getLogger("joulelens").propagate = True
    with caplog.at_level(logging.INFO, logger="joulelens"):
        thread = warmup.warm_up_aside()
        with page_load.page_in_progress():
            pass
        thread.join(timeout=120)
    try:
        assert not thread.is_alive()
        told = {record.getMessage(): getattr(record, "facts", {}) for record in caplog.records}
        assert told["warm"]["outcome"] == told["warm-others"]["outcome"] == "ok", json.dumps(told)
        assert "defect" not in told
        assert {slug: words() for slug, words in first_examples.figures.items()} == {
            "devices": "2.9 % battery an hour",
            "estimate": "88.1 mJ a run",
            "timelines": "15.3 mJ a run",
        }
        assert gc.get_freeze_count() > before
    finally:
        warmup.let_go()
    assert gc.get_freeze_count() == 0


def test_the_server_shares_its_time_in_short_turns_and_seldom_looks_for_cycles(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(warmup, "warm_up_aside", lambda: None)
    turn_s, rounds = sys.getswitchinterval(), gc.get_threshold()

    async def run() -> None:
        async with warmup.orderly_end(None):
            assert sys.getswitchinterval() == pytest.approx(warmup.TURN_S)
            assert gc.get_threshold()[0] == warmup.NEW_OBJECTS

    try:
        asyncio.run(run())
        warmup._give_back()
    finally:
        sys.setswitchinterval(turn_s)
        gc.set_threshold(*rounds)


def test_what_ended_is_let_go_again_and_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(warmup, "warm_up_aside", lambda: None)
    monkeypatch.setattr(warmup, "TIDY_S", 0.01)
    turn_s, rounds = sys.getswitchinterval(), gc.get_threshold()

    class Session:
        def __init__(self) -> None:
            self.itself = self

    async def run() -> None:
        async with warmup.orderly_end(None):
            session = Session()
            gc.collect()  # what is alive now is looked at again in a round over everything only
            ended = weakref.ref(session)
            del session
            while ended() is not None:
                await asyncio.sleep(0.01)
                gc.collect(0)

    try:
        asyncio.run(asyncio.wait_for(run(), 20))
    finally:
        sys.setswitchinterval(turn_s)
        gc.set_threshold(*rounds)


def test_calls_of_pages_are_handed_over_in_one_go_in_their_order() -> None:
    told: list[tuple[int, int]] = []
    go_on = threading.Event()

    async def run() -> None:
        loop, done = asyncio.get_running_loop(), asyncio.Event()
        woken: list[object] = []
        straight = loop.call_soon_threadsafe

        def counted(callback: Any, *arguments: Any, context: Any = None) -> asyncio.Handle:
            woken.append(callback)
            return straight(callback, *arguments, context=context)

        counted.__name__ = straight.__name__
        setattr(loop, straight.__name__, counted)
        gather_calls(loop, gather_s=0.2)

        def page() -> None:
            for number in range(50):
                loop.call_soon_threadsafe(told.append, (number, len(woken)))
            loop.call_soon_threadsafe(told.append, (-1, 0)).cancel()
            loop.call_soon_threadsafe(done.set)
            go_on.set()

        threading.Thread(target=page, name=PAGE_THREAD).start()
        go_on.wait(timeout=30)
        assert not told
        await asyncio.wait_for(done.wait(), timeout=30)
        assert len(woken) == 1
        assert await asyncio.to_thread(lambda: "others") == "others"
        assert len(woken) > 1

    asyncio.run(run())
    assert [number for number, _ in told] == list(range(50))


def test_streamlit_names_the_threads_of_pages_as_here() -> None:
    assert f'"{PAGE_THREAD}"' in inspect.getsource(script_runner)


def test_a_fault_while_getting_ready_is_told_and_stops_nothing(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(warmup, "FIRST_PAGE", ("app.there_is_no_such_module",))
    logging.getLogger("joulelens").propagate = True
    with caplog.at_level(logging.INFO, logger="joulelens"):
        thread = warmup.warm_up_aside()
        thread.join(timeout=60)
    assert not thread.is_alive()
    assert "defect" in [record.getMessage() for record in caplog.records]


def test_the_other_pages_wait_while_one_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page_load, "LATEST_S", 60.0)
    waiting = threading.Thread(target=page_load.wait_for_quiet, args=(0.0,), daemon=True)
    with page_load.page_in_progress():
        with page_load.page_in_progress():  # so that a first one has been sent
            pass
        waiting.start()
        waiting.join(timeout=0.3)
        assert waiting.is_alive()
    waiting.join(timeout=30)
    assert not waiting.is_alive()


def test_a_page_that_fails_is_over_too() -> None:
    before = page_load._pages["running"]
    with pytest.raises(ValueError, match="odd"), page_load.page_in_progress():
        raise ValueError("odd")
    assert page_load._pages["running"] == before
