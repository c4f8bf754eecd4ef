"""Every page of the running app in a real browser: it loads, fits, complains of nothing, fetches nothing."""

from __future__ import annotations

from collections.abc import Callable

import pytest

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


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("slug", ADDRESSES)
def test_page_loads_without_a_complaint(visit: VisitMaker, slug: str, scheme: str) -> None:
    tab = visit(scheme=scheme)
    tab.open(ADDRESSES[slug])
    assert tab.page.locator("h1").count() == 1
    assert len(tab.text()) > 200, "the page is next to empty"
    assert problems(tab) == []


@pytest.mark.parametrize("width", [390, 320])
@pytest.mark.parametrize("slug", ADDRESSES)
def test_page_fits_a_phone(visit: VisitMaker, slug: str, width: int) -> None:
    tab = visit(width=width, height=844)
    tab.open(ADDRESSES[slug])
    assert tab.overflow_px() == 0
    assert problems(tab) == []


def test_navigation_reaches_every_page(visit: VisitMaker) -> None:
    tab = visit()
    tab.open()
    titles = set()
    shown = [entry for entry in PAGES if not entry.hidden]
    assert len(shown) <= 8  # in one line at 1366 px
    for entry in shown:
        tab.page.get_by_role("link", name=entry.title, exact=False).first.click()
        tab.wait_until_idle()
        titles.add(tab.page.locator("h1").inner_text())
    assert len(titles) == len(shown)
    assert problems(tab) == []


def test_unknown_address_is_answered_in_words(visit: VisitMaker) -> None:
    tab = visit()
    tab.open("no-such-page")
    assert len(tab.alarms()) == 1
    assert "Page not found" in tab.alarms()[0]
    assert "Traceback" not in tab.text()
    assert tab.outside == []


def test_no_other_host_is_named_in_the_log(app: RunningApp, visit: VisitMaker) -> None:
    tab = visit()
    tab.open()
    log = app.log.read_text(encoding="utf-8")
    assert "Traceback" not in log
    assert "usage statistics" not in log.lower()


def test_the_guards_see_what_goes_wrong(visit: VisitMaker) -> None:
    tab = visit()
    tab.open()
    tab.page.evaluate("console.error('made by the test'); fetch('http://127.0.0.1:9/x').catch(() => 0)")
    tab.page.evaluate("document.querySelector('[data-testid=\"stMain\"]').style.width = '5000px'")
    tab.page.wait_for_timeout(100)
    assert "console: made by the test" in problems(tab)
    assert tab.outside == ["http://127.0.0.1:9/x"]
    assert tab.overflow_px() > 0
