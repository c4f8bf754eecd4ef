"""Compare as a person uses it: words first, by address, by keyboard, in German, on paper, as a file."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from app.ui.print_view import SHEET_PX
from browser_support import Visit

pytestmark = pytest.mark.browser

VisitMaker = Callable[..., Visit]
TABLE = '[data-testid="stTable"]'
DIGITS = re.compile(r"\d+(?:[.,]\d+)*")
PHONES = "devices=huawei-p40-pro&devices=xiaomi-redmi-note8"
MEASURED = "view=limits&among=DNN7&among=DNN8"
"""Networks that were measured on the phones: nothing has to be estimated for them."""


def opened(visit: VisitMaker, query: str = PHONES, **window: object) -> Visit:
    tab = visit(**window)
    tab.open("compare", query)
    return tab


def tables(tab: Visit) -> list[str]:
    """What stands in the tables, a text each."""
    return tab.page.locator(TABLE).all_inner_texts()


def answer(tab: Visit) -> str:
    """The first sentence under the choices."""
    paragraphs = tab.page.locator('[data-testid="stMarkdown"] p:has(strong)').all_inner_texts()
    return paragraphs[0]


def query_of(tab: Visit) -> str:
    return tab.page.url.partition("?")[2]


def test_a_copied_address_shows_the_same_digits_to_somebody_else(visit: VisitMaker) -> None:
    tab = opened(visit)
    tab.page.get_by_role("combobox", name="Compared with").click()
    tab.page.get_by_role("option", name="Redmi Note8").click()
    tab.wait_until_idle(after_start=True)
    assert "P40 Pro is 1.6 times thriftier and 2.1 times faster than Redmi Note8, surely." in answer(tab)
    assert "base=xiaomi-redmi-note8" in query_of(tab)
    other = opened(visit, query_of(tab))
    assert answer(other) == answer(tab)
    assert tables(other) == tables(tab)
    assert (other.complaints, other.alarms(), other.outside) == ([], [], [])


@pytest.mark.long
def test_german_has_the_same_digits(visit: VisitMaker) -> None:
    english, german = opened(visit), opened(visit, f"{PHONES}&lang=de")
    for tab, title in ((english, "The same as a table"), (german, "Dasselbe als Tabelle")):
        tab.page.get_by_text(title, exact=True).click()
        tab.wait_until_idle(after_start=True)
    assert "wie P40 Pro, sicher." in answer(german)
    assert "nicht zu unterscheiden" in german.text()
    swapped = str.maketrans(",.", ".,")
    for ours, theirs in zip(tables(english), tables(german), strict=True):
        assert sorted(DIGITS.findall(theirs)) == sorted(
            each.translate(swapped) for each in DIGITS.findall(ours)
        )


def test_the_file_holds_the_cells_of_the_view(visit: VisitMaker) -> None:
    tab = opened(visit, f"{PHONES}&part=gpu&lang=de")
    with tab.page.expect_download() as waiting:
        tab.page.get_by_role("button", name="Als CSV herunterladen").first.click()
    rows = list(csv.DictReader(io.StringIO(Path(waiting.value.path()).read_text(encoding="utf-8"))))
    assert {row["device_id"] for row in rows} == {"huawei-p40-pro", "xiaomi-redmi-note8"}
    assert {(row["delegate"], row["delegate_name"]) for row in rows} == {("gpu", "GPU")}
    assert all(float(row["energy_mj"]) > 0 and row["source_id"] for row in rows)


def test_limits_are_set_and_a_choice_looked_at_by_keyboard(visit: VisitMaker) -> None:
    tab = opened(visit, MEASURED)
    assert "without any limit: 45.7 mJ" in answer(tab)
    tab.page.get_by_role("spinbutton", name="At most (ms)").focus()
    tab.page.keyboard.type("10")
    tab.page.keyboard.press("Enter")
    tab.wait_until_idle(after_start=True)
    assert answer(tab).startswith("Nothing fits 10.0 ms.")
    assert "ms=10" in query_of(tab)
    choice = tab.page.get_by_role("combobox", name="Look at")
    choice.focus()
    choice.press("ArrowDown")
    choice.press("ArrowDown")
    choice.press("Enter")
    tab.wait_until_idle(after_start=True)
    assert "choice=DNN" in query_of(tab)


def test_limits_are_dragged_as_a_box_over_the_picture(visit: VisitMaker) -> None:
    tab = opened(visit, MEASURED)
    tab.page.get_by_text("Drag limits").click()
    tab.wait_until_idle(after_start=True)
    box = tab.page.locator('[data-testid="stPlotlyChart"] .nsewdrag').first.bounding_box()
    assert box is not None
    middle = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    axes = tab.page.evaluate(
        "() => { const layout = document.querySelector('.js-plotly-plot')._fullLayout;"
        " return [layout.xaxis.range, layout.yaxis.range] }"
    )
    tab.page.mouse.move(box["x"] + 10, box["y"] + box["height"] - 10)
    tab.page.mouse.down()
    tab.page.mouse.move(*middle, steps=8)
    tab.page.mouse.up()
    tab.wait_until_idle(after_start=True)
    asked = dict(part.split("=") for part in query_of(tab).split("&") if part.startswith(("ms=", "mj=")))
    for key, (low, high) in zip(("ms", "mj"), axes, strict=True):
        assert float(asked[key]) == pytest.approx(10 ** ((low + high) / 2), rel=0.03)
    assert (tab.complaints, tab.outside) == ([], [])


def test_a_device_that_is_gone_is_named_and_the_page_invites(visit: VisitMaker) -> None:
    tab = opened(visit, "devices=huawei-p40-pro&devices=gone")
    assert "UNKNOWN_ADDRESS_VALUE" in tab.text()
    assert "Choose one more device" in tab.text()
    tab.page.get_by_role("button", name="Two boards").click()
    tab.wait_until_idle(after_start=True)
    assert "the same networks on the boards" in tab.text()
    assert (tab.complaints, tab.outside) == ([], [])


def test_the_view_for_printing_fits_on_a_sheet(visit: VisitMaker) -> None:
    tab = opened(visit, f"{PHONES}&devices=huawei-p40-lite&print=true&lang=de")
    tab.page.emulate_media(media="print")
    widths = tab.page.eval_on_selector_all(
        f'[data-testid="stPlotlyChart"], {TABLE} table', "all => all.map(e => e.scrollWidth)"
    )
    assert max(widths) <= SHEET_PX
    assert tab.page.locator("[data-testid=stDataFrame]").count() == 0
    cells = [text for text in tables(tab) if "MobileBERT" in text]
    assert cells, "the whole table of cells, not a window onto it"


def test_a_small_phone_needs_no_sideways_scrolling(visit: VisitMaker) -> None:
    tab = opened(visit, f"{PHONES}&lang=de", width=320, height=700)
    for query in (f"{MEASURED}&lang=de", "view=models&lang=de"):
        assert tab.overflow_px() == 0
        tab.go("compare", query)
    assert tab.overflow_px() == 0
    assert (tab.complaints, tab.outside) == ([], [])
