"""The devices page as a person uses it: an answer at once, ways on, a copied address, German, paper."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from app.i18n.texts import in_language, t
from app.ui.print_view import SHEET_PX
from browser_support import Visit
from data import open_bundle, queries

pytestmark = pytest.mark.browser

VisitMaker = Callable[..., Visit]
METRIC = '[data-testid="stMetricValue"]'
CELLS = '[data-testid="stPlotlyChart"] .annotation-text'


def link(page: Page, words: str) -> str:
    """The address that a link on the page leads to."""
    found = page.locator('[data-testid="stPageLink"] a').filter(has_text=words).first
    return str(found.get_attribute("href"))


def digits(text: str) -> list[str]:
    """The numbers in a text, without the signs that differ between languages."""
    return [re.sub(r"[.,]", "", found) for found in re.findall(r"\d[\d.,]*\d|\d", text)]


@pytest.mark.parametrize(("width", "height"), [(1366, 768), (390, 844)])
def test_the_first_screen_answers_a_question_and_shows_where_to_go(
    visit: VisitMaker, width: int, height: int
) -> None:
    tab = visit(width=width, height=height)
    tab.open()
    said = tab.page.get_by_text("of a charge").first
    box = said.bounding_box()
    assert box is not None
    assert box["y"] + box["height"] < height
    expect(tab.page.get_by_role("link", name="Your model on P40 Lite")).to_be_in_viewport()
    assert tab.overflow_px() == 0
    # A term is explained to whoever comes by keyboard.
    tab.page.get_by_role("button", name="Help").first.focus()
    expect(tab.page.get_by_text("Inference Energy Consumption Score").first).to_be_visible()
    assert not tab.complaints
    assert not tab.outside


def test_a_link_takes_the_device_to_the_other_pages(visit: VisitMaker) -> None:
    tab = visit()
    tab.open(query="device=raspberry-pi-4")
    assert link(tab.page, "Compare").startswith("compare?devices=raspberry-pi-4&devices=")
    tab.page.locator('[data-testid="stPageLink"] a').filter(has_text="Your model on").first.click()
    tab.page.wait_for_url("**/estimate?device=raspberry-pi-4")
    tab.wait_until_idle()
    assert tab.page.get_by_label("Device", exact=True).first.input_value() == "Raspberry Pi 4 Model B"
    assert tab.page.url.endswith("estimate?device=raspberry-pi-4")


def test_a_copied_address_shows_another_reader_the_same_digits_in_german(visit: VisitMaker) -> None:
    mine = visit()
    mine.open()
    choice = mine.page.get_by_role("combobox", name="One device in detail")
    choice.click()
    choice.fill("P40 Pro")
    expect(mine.page.get_by_role("option")).to_have_count(1)
    choice.press("Enter")
    mine.wait_until_idle(after_start=True)
    mine.page.get_by_role("radio", name="Average power").click()
    mine.wait_until_idle(after_start=True)
    address = mine.page.url.partition("?")[2]
    assert set(address.split("&")) == {"device=huawei-p40-pro", "show=power"}
    yours = visit()
    yours.open(query=f"{address}&lang=de")
    for place in (METRIC, CELLS):
        shown = [digits(" ".join(tab.page.locator(place).all_text_contents())) for tab in (mine, yours)]
        assert shown[0] == shown[1] != []
    with in_language("de"):
        assert t("How much battery does AI cost on your phone?") in yours.text()
    assert "78,1" in yours.page.locator(METRIC).first.inner_text()
    assert not [*mine.complaints, *yours.complaints]


def test_the_downloaded_rows_are_those_of_the_bundle(visit: VisitMaker) -> None:
    tab = visit()
    tab.open(query="device=xiaomi-redmi-note8")
    with tab.page.expect_download() as waiting:
        tab.page.get_by_role("button", name="Download as CSV", exact=True).click()
    rows = list(csv.DictReader(io.StringIO(Path(waiting.value.path()).read_text(encoding="utf-8"))))
    known = queries.application_measurements(open_bundle())
    known = known[known["device_id"] == "xiaomi-redmi-note8"]["energy_mj"].dropna()
    assert sorted(float(row["energy_mj"]) for row in rows if row["energy_mj"]) == sorted(known)
    assert {row["device_id"] for row in rows} == {"xiaomi-redmi-note8"}


def test_filters_that_nothing_passes_lead_back(visit: VisitMaker) -> None:
    tab = visit()
    tab.open(query="q=zzz&device=gone")
    assert "UNKNOWN_ADDRESS_VALUE" in tab.text()
    tab.page.get_by_role("button", name="Clear the filters").click()
    tab.wait_until_idle(after_start=True)
    assert "16 of 16 devices" in tab.text()


def test_on_paper_nothing_is_wider_than_the_sheet_or_hidden_behind_scrolling(visit: VisitMaker) -> None:
    tab = visit()
    tab.open(query="device=huawei-p40-pro&print=true")
    pictures = tab.page.locator('[data-testid="stPlotlyChart"]')
    assert pictures.count() == 3, "bars, scores with speed, cells"
    widths = [box["width"] for each in pictures.all() if (box := each.bounding_box())]
    assert max(widths) <= SHEET_PX
    assert tab.page.locator('[data-testid="stDataFrame"]').count() == 0
    tab.page.emulate_media(media="print")
    assert len(tab.page.pdf(format="A4")) > 20_000
