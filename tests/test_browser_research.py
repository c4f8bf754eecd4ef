"""What-if, two models and split as a person uses them: by address, in both languages, with a file to take."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from app.i18n.texts import in_language
from browser_support import Visit
from conftest import VisitMaker
from predictors import estimate_model
from predictors.research.diff import diff_reports
from predictors.samples import sample_bytes

pytestmark = pytest.mark.browser


def headline(tab: Visit) -> list[str]:
    """Energy, latency and power as they stand on the page."""
    return tab.page.locator('[data-testid="stMetricValue"]').all_inner_texts()


def query_of(tab: Visit) -> dict[str, list[str]]:
    """What the address of a tab holds."""
    return parse_qs(urlsplit(tab.page.url).query)


def choose(tab: Visit, label: str, option: str) -> None:
    """Choose an option of a list with nothing but the keyboard."""
    box = tab.page.get_by_role("combobox", name=label)
    box.focus()
    box.fill(option)
    tab.page.keyboard.press("Enter")
    tab.wait_until_idle(after_start=True)


@pytest.mark.long
def test_a_hypothetical_case_is_the_same_in_german_and_has_a_way_back(visit: VisitMaker) -> None:
    english, german = visit(), visit()
    english.open("estimate")
    base = headline(english)
    english.open("estimate", "if_side=160&if_precision=int8")
    german.open("estimate", "if_side=160&if_precision=int8&lang=de")
    shown = headline(english)
    assert shown != base
    assert headline(german) == [each.replace(".", ",") for each in shown]
    assert "Hypothetical: Image side 160 px instead of 224 px" in english.text()
    assert "Hypothetisch: Bildseite 160 px statt 224 px" in german.text()
    english.page.get_by_role("button", name="Reset").click()
    english.wait_until_idle(after_start=True)
    assert headline(english) == base
    assert not {"if_side", "if_precision"} & set(query_of(english))
    assert (english.alarms(), german.alarms(), english.complaints, german.complaints) == ([], [], [], [])


def test_two_models_by_keyboard_then_by_the_copied_address(visit: VisitMaker) -> None:
    tab, other = visit(), visit()
    tab.open("estimate", "view=two")
    choose(tab, "Model B", "SqueezeNet 1.1")
    assert query_of(tab)["b_sample"] == ["squeezenet-1.1"]
    reports = [
        estimate_model(sample_bytes(each), device="huawei-p40-pro", delegate="cpu", precision="fp32")
        for each in ("mobilenet-v2", "squeezenet-1.1")
    ]
    diff = diff_reports(*reports)
    words = {"uses less": "B uses less energy than A", "uses more": "B uses more energy than A"}
    assert words.get(diff.verdict, "A and B cannot be told apart") in tab.text()
    other.open("estimate", urlsplit(tab.page.url).query)
    assert [line for line in other.text().splitlines() if "8 in 10 times between" in line] == [
        line for line in tab.text().splitlines() if "8 in 10 times between" in line
    ]
    with tab.page.expect_download() as waiting:
        tab.page.get_by_test_id("stDownloadButton").get_by_role("button").click()
    rows = list(csv.DictReader(io.StringIO(Path(waiting.value.path()).read_text(encoding="utf-8"))))
    assert len(rows) == len(diff.rows)
    assert sum(float(row["energy_diff_mj"]) for row in rows) == pytest.approx(
        sum(row.energy_diff_mj for row in diff.rows), rel=1e-4
    )
    assert (tab.alarms(), other.alarms(), tab.complaints, other.complaints) == ([], [], [], [])


def test_a_link_for_the_split_is_in_the_address_and_stands_in_german(visit: VisitMaker) -> None:
    tab = visit(width=320, height=700)
    tab.open("estimate", "view=split&link=lte&sample=alexnet&device=raspberry-pi-4&round_trip=20&lang=de")
    text = tab.text()
    with in_language("de"):
        assert "Geringste Energie auf dem Gerät" in text
    assert "LTE" in text
    assert tab.page.get_by_label("Umlaufzeit (ms)").first.input_value() == "20.00"
    assert tab.overflow_px() == 0
    assert query_of(tab)["link"] == ["lte"]
    assert (tab.alarms(), tab.complaints, tab.outside) == ([], [], [])


def test_a_section_of_methods_opens_in_german_from_the_footer_of_another_page(visit: VisitMaker) -> None:
    tab = visit()
    tab.open("estimate", "lang=de")
    tab.page.get_by_role("link", name="Quellen und Lizenzen").click()
    tab.wait_until_idle(after_start=True)
    assert query_of(tab)["section"] == ["sources"]
    assert "Lizenz: Apache-2.0" in tab.text()
    assert (tab.alarms(), tab.complaints) == ([], [])
