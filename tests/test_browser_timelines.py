"""Timelines in a real browser: drag a range, press a phase, open the address elsewhere, bring a file."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import parse_qsl, urlsplit

import pandas as pd
import pytest
from playwright.sync_api import Locator

from app.i18n.formats import number
from app.timelines.sample import sample_inferences, sample_trace
from browser_support import Visit
from data import open_bundle, queries
from data.tracing import Recording

pytestmark = pytest.mark.browser

VisitMaker = Callable[..., Visit]
PHONE = "pixel8pro-norm-energynet-uid8723"
"""The recording that the page opens with."""


def strip(tab: Visit) -> dict[str, str]:
    """Figures of the strip: label -> value."""
    parts = [each.split("\n") for each in tab.page.get_by_test_id("stMetric").all_inner_texts()]
    return {words[0]: words[-1] for words in parts}


def picture(tab: Visit) -> Locator:
    return tab.page.locator(".js-plotly-plot .nsewdrag").first


def drag(tab: Visit, begin: float, end: float) -> None:
    """Drag across the picture between two shares of its width."""
    picture(tab).scroll_into_view_if_needed()
    box = picture(tab).bounding_box()
    assert box is not None
    tab.page.mouse.move(box["x"] + begin * box["width"], box["y"] + 0.4 * box["height"])
    tab.page.mouse.down()
    tab.page.mouse.move(box["x"] + end * box["width"], box["y"] + 0.5 * box["height"], steps=6)
    tab.page.mouse.up()
    tab.wait_until_idle()


def integral_j(begin_s: float, end_s: float) -> float:
    """Energy (J) of a range of the recording that the page opens with, straight from the data layer."""
    samples = queries.trace_samples(open_bundle(), PHONE)
    recording = Recording.of(samples["time_s"].to_numpy(float), samples["power_w"].to_numpy(float))
    return float(recording.span(begin_s, end_s).energy_j)


def asked(tab: Visit) -> dict[str, str]:
    """What stands in the address."""
    return dict(parse_qsl(urlsplit(tab.page.url).query))


def test_a_drag_reads_the_range_and_its_address_shows_the_same(visit: VisitMaker) -> None:
    tab = visit()
    tab.open("timelines", f"trace={PHONE}")
    whole = strip(tab)
    drag(tab, 0.4, 0.6)
    part = strip(tab)
    samples = [int(each["Samples"].replace(",", "")) for each in (whole, part)]
    assert 0.17 < samples[1] / samples[0] < 0.23
    assert 0 < int(part["Inferences"]) < int(whole["Inferences"])
    begin_s, end_s = (float(asked(tab)[name]) for name in ("from", "to"))
    assert part["Energy"] == f"{number(integral_j(begin_s, end_s))} J"
    other = visit()
    other.open("timelines", tab.page.url.partition("?")[2])
    assert strip(other) == part
    drag(other, 0.5, 0.8)  # a second drag replaces the first
    assert strip(other)["Samples"] != part["Samples"]
    assert tab.alarms() == other.alarms() == tab.complaints == other.complaints == []


@pytest.mark.long
def test_german_shows_the_same_digits(visit: VisitMaker) -> None:
    english, german = visit(), visit()
    english.open("timelines", f"trace={PHONE}&from=1&to=2")
    german.open("timelines", f"trace={PHONE}&from=1&to=2&lang=de")
    swapped = str.maketrans(".,", ",.")
    assert [each.translate(swapped) for each in strip(german).values()] == list(strip(english).values())
    assert "Mittlere Leistung" in strip(german)
    assert german.page.locator("html").get_attribute("lang") == "de"
    german.page.get_by_role("button", name="English").press("Enter")
    german.wait_until_idle(after_start=True)
    assert strip(german) == strip(english)


def test_a_phase_is_chosen_then_two_times_typed_and_the_figures_are_taken_along(visit: VisitMaker) -> None:
    tab = visit()
    tab.open("timelines", f"trace={PHONE}")
    tab.page.get_by_role("button", name="Inference 1").press("Enter")
    tab.wait_until_idle(after_start=True)
    assert strip(tab)["Inferences"] == "200"
    for label, seconds in (("From (s)", "1.5"), ("To (s)", "2.5")):
        field = tab.page.get_by_label(label, exact=True)
        field.focus()
        field.select_text()
        tab.page.keyboard.type(seconds)
        tab.page.keyboard.press("Enter")
        tab.wait_until_idle(after_start=True)
    energy_j = integral_j(1.5, 2.5)
    assert strip(tab)["Energy"] == f"{number(energy_j)} J"
    tab.page.locator("summary", has_text="The same as a table").press("Enter")
    with tab.page.expect_download() as waiting:
        tab.page.get_by_role("button", name="Download CSV").press("Enter")
    table = pd.read_csv(waiting.value.path())
    chosen = table[table["part"] == "range"].iloc[0]
    assert chosen["energy_mj"] == pytest.approx(1000 * energy_j, rel=1e-9)
    assert tab.alarms() == tab.complaints == []


def test_a_file_of_ones_own_is_read(visit: VisitMaker) -> None:
    tab = visit()
    tab.open("timelines", "source=own")
    files = tab.page.locator('input[type="file"]')
    files.nth(0).set_input_files({"name": "a.csv", "mimeType": "text/csv", "buffer": sample_trace()})
    tab.page.get_by_test_id("stMetric").first.wait_for()
    files.nth(1).set_input_files({"name": "b.csv", "mimeType": "text/csv", "buffer": sample_inferences()})
    tab.page.get_by_text("Each inference").first.wait_for()
    tab.wait_until_idle()
    assert strip(tab)["Inferences"] == "40"
    assert tab.complaints == []
    assert tab.outside == []
