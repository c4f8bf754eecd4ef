"""An own device in a real browser: example, upload, German, label taken away and read again elsewhere."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit
from xml.etree import ElementTree

import pytest

from browser_support import Visit

pytestmark = pytest.mark.browser

VisitMaker = Callable[..., Visit]
TABLE = b"dnn_id,delegate,avg_power_w,energy_per_inference_j\nDNN1,CPU1,2,0.25\nDNN2,CPU1,2.5,0.125\n"


def metrics(tab: Visit) -> dict[str, str]:
    parts = [each.split("\n") for each in tab.page.get_by_test_id("stMetric").all_inner_texts()]
    return {words[0]: words[-1] for words in parts}


def downloaded(tab: Visit, button: str) -> Path:
    with tab.page.expect_download() as waiting:
        tab.page.get_by_test_id("stDownloadButton").filter(has_text=button).first.click()
    return Path(waiting.value.path())


def test_an_example_is_one_key_away_and_its_label_reads_back_elsewhere(visit: VisitMaker) -> None:
    tab = visit()
    tab.open("your_device", "door=scores")
    tab.page.get_by_role("button", name="Start from the figures").first.press("Enter")
    tab.wait_until_idle(after_start=True)
    assert metrics(tab) == {"PCS": "82.8", "IECS": "193"}
    tab.page.locator("summary", has_text="The label").press("Enter")
    tab.wait_until_idle(after_start=True)
    twin = json.loads(downloaded(tab, "JSON").read_text(encoding="utf-8"))
    assert (twin["score"], round(twin["value"], 1), twin["language"]) == ("PCS", 82.8, "en")
    assert ElementTree.parse(downloaded(tab, "SVG")).getroot().tag.endswith("svg")  # noqa: S314
    other = visit()
    other.open("label", urlsplit(twin["permalink"]).query)
    assert "82.8" in (other.page.locator("[data-testid=stImage] img").get_attribute("alt") or "")
    assert "nobody checked" in other.text()
    assert tab.complaints == tab.outside == other.complaints == []


def test_a_table_is_uploaded_and_german_shows_the_same_digits(visit: VisitMaker) -> None:
    shown = []
    for query, heading in (("own_tdp=10", "Upload a table"), ("own_tdp=10&lang=de", "Tabelle hochladen")):
        tab = visit()
        tab.open("your_device", query)
        tab.page.locator("summary", has_text=heading).press("Enter")
        files = tab.page.locator('input[type="file"]')
        files.set_input_files({"name": "mine.csv", "mimeType": "text/csv", "buffer": TABLE})
        tab.page.get_by_test_id("stMetric").first.wait_for()
        tab.wait_until_idle()
        shown.append(metrics(tab))
        assert tab.alarms() == tab.complaints == []
    english, german = shown
    assert english == {"PCS": "77.5", "IECS": "12.0"}
    assert {name: value.replace(",", ".") for name, value in german.items()} == english
