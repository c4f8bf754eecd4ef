"""How long the app takes: from the command to the first page, and from one page to the next."""

from __future__ import annotations

import statistics
import tempfile
import time
from pathlib import Path

from playwright.sync_api import Browser, Page

from app.frame.navigation import PAGES
from app.methods.bench_words import APP_TIMES, SWITCH
from app_server import ENTRY
from bench.tables import Cell, Table, titled
from browser_support import IDLE, IDLE_LIMIT_MS, chromium, chromium_path, new_context, running_app
from data.messages import Message

VISIBLE = [entry for entry in PAGES if not entry.hidden]
STARTS = 3
ROUNDS = 5
HEADING = "() => document.querySelector('h1') !== null"

# Measured within the page: a driver's own time, for finding and pressing a link and for asking whether the
# page stands, would be counted too. The clock starts with the click and stops at the frame after the one that
# found the page finished, so that it has been painted.
SWITCH_CLOCK = """() => {
    const idle = {idle};
    const heading = () => document.querySelector('h1')?.textContent;
    window.switched = null;
    addEventListener('click', (click) => {
        const old = heading();
        const since = () => performance.now() - click.timeStamp;
        let headingMs = null;
        const look = () => {
            const there = heading();
            if (headingMs === null && there && there !== old) headingMs = since();
            if (headingMs === null || !idle()) return void requestAnimationFrame(look);
            requestAnimationFrame(() => { window.switched = [headingMs, since()]; });
        };
        requestAnimationFrame(look);
    }, {capture: true, once: true});
}""".replace("{idle}", IDLE)
SWITCHED = "() => window.switched"

COLUMNS = ("step", "heading_median_s", "heading_worst_s", "finished_median_s", "finished_worst_s")


def start_times_s(browser: Browser, script: Path = ENTRY) -> tuple[float, float]:
    """Seconds from the command to the first heading, and to the finished first page of an app."""
    context = new_context(browser, width=1366, height=768, scheme="light")
    with tempfile.TemporaryDirectory() as folder:
        page = context.new_page()
        begin = time.perf_counter()
        with running_app(Path(folder), script=script) as app:
            page.goto(app.url)
            page.wait_for_function(HEADING, timeout=IDLE_LIMIT_MS)
            heading_s = time.perf_counter() - begin
            page.wait_for_function(IDLE, timeout=IDLE_LIMIT_MS)
            complete_s = time.perf_counter() - begin
    context.close()
    return heading_s, complete_s


def _switch(page: Page, title: str) -> tuple[float, float]:
    """Seconds from the click on a navigation entry to the new heading, and to the finished page."""
    page.evaluate(SWITCH_CLOCK)
    page.get_by_role("link", name=title).first.click()
    switched = page.wait_for_function(SWITCHED, timeout=IDLE_LIMIT_MS, polling=50)
    heading_ms, finished_ms = switched.json_value()
    return heading_ms / 1000.0, finished_ms / 1000.0


def _switch_times_s(browser: Browser) -> dict[str, list[tuple[float, float]]]:
    """Title of each page -> seconds of each switch to it (see `_switch`), the first visit left out."""
    times: dict[str, list[tuple[float, float]]] = {entry.title: [] for entry in VISIBLE}
    with tempfile.TemporaryDirectory() as folder, running_app(Path(folder)) as app:
        context = new_context(browser, width=1366, height=768, scheme="light")
        page = context.new_page()
        page.goto(app.url)
        page.wait_for_function(IDLE, timeout=IDLE_LIMIT_MS)
        for _ in range(ROUNDS + 1):
            for entry in [*VISIBLE[1:], VISIBLE[0]]:
                times[entry.title].append(_switch(page, entry.title))
        context.close()
    return {title: seconds[1:] for title, seconds in times.items()}


def row_of(step: str, times: list[tuple[float, float]]) -> tuple[Cell, ...]:
    """A row of the table: median and worst until the heading, and until the page is finished."""
    headings_s, finished_s = zip(*times, strict=True)
    return step, *(of(seconds) for seconds in (headings_s, finished_s) for of in (statistics.median, max))


def _measured_rows() -> list[tuple[Cell, ...]]:
    with chromium() as browser:
        starts = [start_times_s(browser) for _ in range(STARTS)]
        switches = _switch_times_s(browser)
    every = [both for times in switches.values() for both in times]
    pages = [row_of(Message(SWITCH, page=Message(page)), times) for page, times in switches.items()]
    return [row_of("start", starts), *pages, row_of("switch to any page", every)]


def tables() -> list[Table]:
    """The times of the app; without a Chromium the table says that nothing was measured."""
    found = chromium_path() is not None
    nothing: list[tuple[Cell, ...]] = [("start and page switches", None, None, None, None)]
    rows = _measured_rows() if found else nothing
    note = Message(APP_TIMES, starts=STARTS, switches=ROUNDS)
    return [titled("app-times", note, COLUMNS, tuple(rows))]
