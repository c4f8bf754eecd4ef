"""Every page of the running app in a real browser: it loads, fits, complains of nothing, fetches nothing."""

from __future__ import annotations

from collections.abc import Callable

import pytest

import axe_support
from app.frame.navigation import PAGES
from app_server import RunningApp
from browser_support import ADDRESSES, Visit

pytestmark = pytest.mark.browser

VisitMaker = Callable[..., Visit]


def problems(visit: Visit) -> list[str]:
    """Everything about the page that no reader should meet."""
    text = visit.text()
    found = [*visit.complaints, *visit.alarms(), *(f"request to {address}" for address in visit.outside)]
    return found + [word for word in ("Traceback", "Page not found") if word in text]


@pytest.mark.parametrize("slug", ADDRESSES)
def test_page_loads_leaves_nobody_out_and_fits_a_phone(visit: VisitMaker, slug: str) -> None:
    tab = visit()
    tab.open(ADDRESSES[slug], "device=huawei-p40-pro" if slug == "label" else "")
    assert tab.page.locator("h1").count() == 1
    assert len(tab.text()) > 200, "the page is next to empty"
    assert axe_support.findings(tab.page) == []
    for width in (390, 320):
        tab.page.set_viewport_size({"width": width, "height": 844})
        tab.wait_until_idle()
        assert tab.overflow_px() == 0, width
    assert problems(tab) == []


def test_every_page_loads_in_the_dark_theme(visit: VisitMaker) -> None:
    tab = visit(scheme="dark")
    tab.open()
    for address in ADDRESSES.values():
        tab.go(address)
        assert len(tab.text()) > 200, "the page is next to empty"
        assert problems(tab) == []


def test_navigation_reaches_every_page(visit: VisitMaker) -> None:
    tab = visit()
    tab.open()
    questions, titles = set(), set()
    shown = [entry for entry in PAGES if not entry.hidden]
    assert len(shown) <= 8  # in one line at 1366 px
    for entry in shown:
        tab.page.get_by_role("link", name=entry.title, exact=False).first.click()
        tab.wait_until_idle()
        questions.add(tab.page.locator("h1").inner_text())
        titles.add(tab.page.title())
    assert len(questions) == len(shown)
    assert titles == {f"{entry.title} · JouleLens" for entry in shown}
    assert problems(tab) == []


def test_unknown_address_is_answered_in_words_and_the_guards_see_what_goes_wrong(
    app: RunningApp, visit: VisitMaker
) -> None:
    tab = visit()
    tab.open("no-such-page")
    assert len(tab.alarms()) == 1
    assert "Page not found" in tab.alarms()[0]
    assert "Traceback" not in tab.text()
    assert tab.outside == []
    log = app.log.read_text(encoding="utf-8")
    assert "Traceback" not in log
    assert "usage statistics" not in log.lower()
    tab.page.evaluate("console.error('made by the test'); fetch('http://127.0.0.1:9/x').catch(() => 0)")
    tab.page.evaluate("document.querySelector('[data-testid=\"stMain\"]').style.width = '5000px'")
    tab.page.wait_for_timeout(100)
    assert "console: made by the test" in problems(tab)
    assert tab.outside == ["http://127.0.0.1:9/x"]
    assert tab.overflow_px() > 0
