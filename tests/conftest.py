"""What all tests share: no connection to other machines, repeatable property tests, the running app."""

from __future__ import annotations

import ipaddress
import os
import re
import socket
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from playwright.sync_api import Browser

import browser_support as support
from app_server import RunningApp, running_app
from data.workers import calls
from worker_support import WorkerHere

# Slow machines must not turn a slow example into a failure, and CI must find the same thing twice.
# `make fuzz` tries many more.
settings.register_profile(
    "house", max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile("ci", settings.get_profile("house"), derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "house")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave slow and long tests out unless the expression given with `-m` speaks of them."""
    left_out = {"slow", "long"} - set(re.findall(r"\w+", str(config.getoption("markexpr"))))
    rest = [item for item in items if not any(mark.name in left_out for mark in item.iter_markers())]
    config.hook.pytest_deselected(items=[item for item in items if item not in set(rest)])
    # Files of few and long tests come first, so that no worker is left with one of them at the end.
    items[:] = sorted(rest, key=lambda item: item.path.name not in LONG_FILES)


LONG_FILES = frozenset({
    "test_app_licensed.py", "test_app_measure.py", "test_boards_evaluation.py",
    "test_evaluation_calibration.py", "test_house_docs.py", "test_house_network.py",
    "test_house_readme.py", "test_measuring_walk.py",
    "test_operations.py", "test_own_kernels.py",
})  # fmt: skip


class OutsideConnection(AssertionError):
    """A test, or the code it ran, tried to reach another machine."""


def _is_this_machine(address: object) -> bool:
    if not isinstance(address, tuple):
        return True  # a path of the local file system
    host = str(address[0])
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _guarded(connect: Callable[..., Any]) -> Callable[..., Any]:
    def guarded(self: socket.socket, address: object) -> Any:
        if not _is_this_machine(address):
            raise OutsideConnection(f"connection to {address!r}")
        return connect(self, address)

    return guarded


@pytest.fixture(scope="session", autouse=True)
def no_outside_connection() -> Iterator[None]:
    """Every connection that leaves this machine fails the test that made it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", _guarded(socket.socket.connect))
        patch.setattr(socket.socket, "connect_ex", _guarded(socket.socket.connect_ex))
        yield


@pytest.fixture(autouse=True)
def jobs_in_this_process(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Jobs of the workers start no process, except in tests that ask for one with `real_workers`."""
    if "real_workers" not in request.keywords:
        monkeypatch.setattr(calls, "WorkerProcess", WorkerHere)


@pytest.fixture(scope="session")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningApp]:
    """The app, started once from a folder that is not the project's."""
    with running_app(tmp_path_factory.mktemp("elsewhere")) as running:
        yield running


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One Chromium for all browser tests."""
    with support.chromium() as started:
        yield started


@pytest.fixture(scope="session")
def profiles(browser: Browser) -> Iterator[support.Profiles]:
    """The browser profiles of all tests, used again and emptied in between."""
    made = support.Profiles(browser)
    yield made
    made.close()


VisitMaker = Callable[..., support.Visit]


@pytest.fixture
def visit(app: RunningApp, profiles: support.Profiles) -> Iterator[VisitMaker]:
    """Makes tabs, each in a profile of its own: `visit(width=390, height=844, scheme="dark")`."""

    def make(width: int = 1366, height: int = 768, scheme: str = "light") -> support.Visit:
        return support.Visit(app, profiles.new_page(width=width, height=height, scheme=scheme))

    yield make
    profiles.empty()
