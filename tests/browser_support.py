"""Drives the real app in Chromium; used by the browser tests, the bench and the screenshots."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, sync_playwright
from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import TimeoutError as PlaywrightTimeout

from app.frame.navigation import PAGES
from app_server import RunningApp
from app_server import running_app as running_app  # whoever drives the app also starts it

IDLE_LIMIT_MS = 30_000
START_OF_SCRIPT_LIMIT_MS = 3_000

# Slug of each page -> its address: Streamlit serves the first page at the root, and there only.
ADDRESSES = {entry.slug: "" if entry is PAGES[0] else entry.slug for entry in PAGES}

# Chromium's own housekeeping looks for hosts outside; the app must not, and is watched for it.
CHROMIUM_ARGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]

# Opened below the root, Streamlit first asks for its server there and gets a 404, which it expects.
BASE_PATH_PROBE = re.compile(r"^http://127\.0\.0\.1:\d+/[\w-]+/_stcore/(health|host-config)$")

# Streamlit writes the state of the script on its root element. A page is idle when the script has ended,
# nothing on it is left from an earlier run, and nothing is a placeholder for what is still to come.
IDLE = """() => {
    const app = document.querySelector('[data-testid="stApp"]');
    return app !== null
        && app.dataset.testScriptState === 'notRunning'
        && app.dataset.testConnectionState === 'CONNECTED'
        && document.querySelector('[data-testid="stMain"] [data-testid="stElementContainer"]') !== null
        && document.querySelector('[data-stale="true"], [data-testid="stSkeleton"]') === null;
}"""

GO = """address => {
    history.pushState({}, '', address);
    window.dispatchEvent(new PopStateEvent('popstate'));
}"""
RUNNING = "() => document.querySelector('[data-testid=\"stApp\"]')?.dataset.testScriptState === 'running'"
ALARMS = '[data-testid="stException"], [data-testid="stAlertContentError"], [role="dialog"]'


def chromium_path() -> str | None:
    """The Chromium to drive: JOULELENS_CHROMIUM if it is set, else the one that is installed."""
    names = [os.environ.get("JOULELENS_CHROMIUM", ""), "chromium", "chromium-browser", "google-chrome"]
    return next((found for name in names if name and (found := shutil.which(name))), None)


@contextmanager
def chromium() -> Iterator[Browser]:
    """A headless Chromium. Raises FileNotFoundError, with what to do, when none is installed."""
    path = chromium_path()
    if path is None:
        raise FileNotFoundError("No Chromium found: install `chromium` or set JOULELENS_CHROMIUM.")
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=path, args=CHROMIUM_ARGS)
        try:
            yield browser
        finally:
            browser.close()


@dataclass  # no slots: playwright keeps its wrapper of `_watch` on the instance
class Visit:
    """One tab on the app, with everything that went wrong in it so far."""

    app: RunningApp
    page: Page
    complaints: list[str] = field(default_factory=list)
    outside: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("pageerror", lambda error: self.complaints.append(f"page error: {error}"))
        self.page.on("console", self._hear)
        self.page.on("request", self._watch)

    def _hear(self, line: ConsoleMessage) -> None:
        if line.type == "error" and not BASE_PATH_PROBE.search(line.location.get("url", "")):
            self.complaints.append(f"console: {line.text}")

    def _watch(self, request: Request) -> None:
        address, home = urlsplit(request.url), urlsplit(self.app.url)
        if address.scheme in {"http", "https", "ws", "wss"} and address.netloc != home.netloc:
            self.outside.append(request.url)

    def open(self, slug: str = "", query: str = "") -> None:
        """Open a page by its address and wait until it stands still; `query` without its question mark."""
        self.page.goto(f"{self.app.url}/{slug}{'?' + query if query else ''}")
        self.wait_until_idle()

    def go(self, slug: str = "", query: str = "") -> None:
        """Show an address as the browser's way back does: the session goes on, and no code is loaded again.

        For states that are only looked at: loading the app's code takes a browser most of the time of `open`.
        """
        self.page.evaluate(GO, f"/{slug}{'?' + query if query else ''}")
        self.wait_until_idle(after_start=True)

    def wait_until_idle(self, *, after_start: bool = False) -> None:
        """Wait until the script has ended and its result is drawn; raises playwright's TimeoutError.

        `after_start`: the script is about to start, so first wait a while for it to do so.
        """
        if after_start:
            with suppress(PlaywrightTimeout):  # it may have ended between two looks
                self.page.wait_for_function(RUNNING, timeout=START_OF_SCRIPT_LIMIT_MS)
        for _ in range(2):  # an action may take a moment to start the script: it has to be idle twice
            self.page.wait_for_function(IDLE, timeout=IDLE_LIMIT_MS)
            self.page.wait_for_timeout(120)
        self.page.wait_for_function(IDLE, timeout=IDLE_LIMIT_MS)

    def text(self) -> str:
        """The words on the page, without navigation and menus."""
        return self.page.locator('[data-testid="stMain"]').inner_text()

    def alarms(self) -> list[str]:
        """Words of every exception, error box and dialog on the page."""
        return self.page.locator(ALARMS).all_inner_texts()

    def overflow_px(self) -> int:
        """How far the page reaches beyond the width of its window (px); 0 when it fits."""
        width = "Math.max(document.documentElement.scrollWidth, document.body.scrollWidth,"
        main = "document.querySelector('[data-testid=\"stMain\"]').scrollWidth) - window.innerWidth"
        return max(0, int(self.page.evaluate(f"{width} {main}")))


def new_context(browser: Browser, *, width: int, height: int, scheme: str) -> BrowserContext:
    """A browser profile of its own, with a window of this size (px) and `scheme` light or dark."""
    return browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme="dark" if scheme == "dark" else "light",
        reduced_motion="reduce",
        accept_downloads=True,
    )


@dataclass
class Profiles:
    """Browser profiles by window and theme. Within a test every page has a profile that no other page has.

    A later test gets the profiles of an earlier one, emptied of what a site stores. What stays is the cache
    of the app's own code: a new profile fetches and compiles 10 MB of scripts at its first page.
    """

    browser: Browser
    idle: dict[tuple[int, int, str], list[BrowserContext]] = field(default_factory=dict)
    used: list[tuple[tuple[int, int, str], BrowserContext]] = field(default_factory=list)

    def new_page(self, *, width: int, height: int, scheme: str) -> Page:
        """An empty page in a profile that no other page of this test has."""
        window = width, height, scheme
        waiting = self.idle.setdefault(window, [])
        context = (
            waiting.pop() if waiting else new_context(self.browser, width=width, height=height, scheme=scheme)
        )
        self.used.append((window, context))
        return context.new_page()

    def empty(self) -> None:
        """Close every page, forget what it stored, and keep its profile for the next test."""
        while self.used:
            window, context = self.used.pop()
            for page in context.pages:
                with suppress(PlaywrightError):  # an error page has no storage
                    page.evaluate("localStorage.clear()")
                page.close()
            context.clear_cookies()
            self.idle[window].append(context)

    def close(self) -> None:
        """Close every profile."""
        self.empty()
        for contexts in self.idle.values():
            for context in contexts:
                context.close()
