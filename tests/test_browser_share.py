"""The strip and the presenter's view in a real browser: link, picture, citation, keys, no request outside."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from axe_support import findings
from browser_support import ADDRESSES, Visit

VisitMaker = Callable[..., Visit]
pytestmark = pytest.mark.browser
DIALOG = "dialog.joulelens-stage"


@pytest.fixture
def tab(visit: VisitMaker) -> Visit:
    return visit()


def open_strip(tab: Visit) -> None:
    tab.page.get_by_role("button", name="Share").first.click()
    tab.page.get_by_role("button", name="Copy link").wait_for()
    tab.wait_until_idle()


def saved(tab: Visit, button: str) -> bytes:
    with tab.page.expect_download() as waiting:
        tab.page.get_by_role("button", name=button).first.click()
    return Path(waiting.value.path()).read_bytes()


def test_the_picture_is_saved_with_name_title_sentence_and_source(tab: Visit) -> None:
    tab.open("estimate", "view=flame")
    open_strip(tab)
    assert findings(tab.page) == []
    drawing = saved(tab, "Picture as SVG").decode()
    for words in ("JouleLens", "How much energy does your model take?", "Flame graph of the", "method"):
        assert words in drawing
    assert saved(tab, "Picture as PNG").startswith(b"\x89PNG")
    assert saved(tab, "Markdown").decode().startswith("**How much energy does your model take?**")
    assert (tab.complaints, tab.outside) == ([], [])


TAKEN = {
    # Slug: whether it has a picture and a table as it opens.
    "devices": (True, True),
    "estimate": (True, True),
    "your_device": (False, False),
    "compare": (True, True),
    "explore": (True, True),
    "tokens": (True, True),
    "timelines": (True, True),
    "methods": (False, False),
    "label": (True, False),
}


@pytest.mark.long
def test_every_page_can_be_taken_along(tab: Visit) -> None:
    assert set(TAKEN) == set(ADDRESSES)
    for slug, (has_picture, has_table) in TAKEN.items():
        tab.open(ADDRESSES[slug], "device=huawei-p40-pro" if slug == "label" else "")
        question = tab.page.locator("h1").inner_text()
        open_strip(tab)
        assert tab.page.get_by_role("button", name="Cite (BibTeX)").is_enabled()
        assert tab.page.get_by_role("button", name="Picture as SVG").is_enabled() == has_picture, slug
        if has_picture:
            drawing = saved(tab, "Picture as SVG").decode()
            for words in ("JouleLens", question[:12], "method", f"{datetime.now(UTC):%Y-%m-%d}"):
                assert words in drawing, (slug, words)
        assert (tab.page.get_by_role("button", name="LaTeX").count() > 0) == has_table, slug
        if has_table:
            assert b"begin{tabular}" in saved(tab, "LaTeX")
    assert (tab.complaints, tab.outside) == ([], [])


def test_the_presenter_goes_through_a_page_and_on_to_the_next_by_key(tab: Visit) -> None:
    tab.open("estimate", "stage=1")
    tab.page.locator(f"{DIALOG} .figures strong").first.wait_for()
    assert "mJ" in tab.page.locator(f"{DIALOG} .figures").inner_text()
    tab.page.keyboard.press("ArrowRight")
    tab.page.locator(f"{DIALOG} .scene > svg").wait_for()
    assert "kernel" in tab.page.locator(f"{DIALOG} .say").inner_text()
    tab.page.keyboard.press("n")
    tab.page.wait_for_function("!location.pathname.endsWith('estimate')")
    tab.wait_until_idle()
    tab.page.keyboard.press("Escape")
    tab.page.locator(DIALOG).wait_for(state="detached")
    # Ended by key it stays so, whatever is then pressed, dropped or chosen on the page.
    tab.open("estimate", "stage=1")
    tab.page.locator(f"{DIALOG} .figures strong").first.wait_for()
    tab.page.keyboard.press("Escape")
    tab.page.get_by_text("Flame graph").first.click()
    tab.wait_until_idle(after_start=True)
    assert tab.page.locator(DIALOG).count() == 0
    assert (tab.complaints, tab.outside) == ([], [])
