"""axe-core finds nothing to complain about in the states of pages that are more than their first view.

`test_browser_pages.py` asks the same of every page as it opens.
"""

from __future__ import annotations

import pytest

import axe_support
from app.ui.print_view import SHEET_PX
from conftest import VisitMaker

PLACES = (
    ("", "kind=board"),
    ("", "device=jetson-agx-orin"),
    ("estimate", "view=devices"),
    ("estimate", "view=flame"),
    ("estimate", "view=graph"),
    ("estimate", "view=levers&lever_side=160"),
    ("compare", "view=shelf"),
    ("your_device", "door=meter"),
    ("explore", "section=yours"),
    ("compare", "view=models"),
    ("compare", "view=limits"),
    ("methods", "section=accuracy"),
    ("your_device", "door=scores"),
    ("estimate", "stage=1"),
    ("tokens", "lang=de&print=true"),
    ("", "lang=de&tour=1"),
)
AS_IT_OPENS = ("stage=", "print=", "tour=")
"""What only a page that opens takes from its address."""

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("scheme", ["light", pytest.param("dark", marks=pytest.mark.long)])
def test_axe_finds_nothing(visit: VisitMaker, scheme: str) -> None:
    tab = visit(scheme=scheme)
    found = {}
    tab.open()
    for slug, query in PLACES:
        (tab.open if any(each in query for each in AS_IT_OPENS) else tab.go)(slug, query)
        if complaints := axe_support.findings(tab.page):
            found[f"{slug}?{query}"] = complaints
    assert found == {}


def test_a_picture_without_words_would_be_found(visit: VisitMaker) -> None:
    tab = visit()
    tab.open("methods")
    tab.page.evaluate("document.querySelector('main, [data-testid=stMain]').append(new Image())")
    assert any("image-alt" in each for each in axe_support.findings(tab.page))


CONTROLS = """() => [...document.querySelectorAll('button, input, textarea, select, [role=tab]')]
    .filter(each => each.getBoundingClientRect().width > 0 && getComputedStyle(each).visibility !== 'hidden')
    .map(each => each.outerHTML.slice(0, 120))"""


def test_nothing_that_can_be_pressed_or_typed_is_on_paper(visit: VisitMaker) -> None:
    tab = visit()
    tab.page.emulate_media(media="print")
    for slug in ("tokens", "your_device", "timelines", "explore"):
        tab.open(slug, "print=true")
        assert tab.page.evaluate(CONTROLS) == [], slug
        widths = tab.page.eval_on_selector_all(
            '[data-testid="stPlotlyChart"], [data-testid="stTable"] table',
            "all => all.map(e => e.scrollWidth)",
        )
        assert max(widths, default=0) <= SHEET_PX, slug
