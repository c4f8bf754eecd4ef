"""The estimate page as a person uses it: a file goes in, figures with intervals come out."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import pytest
from playwright.sync_api import FilePayload

from app.formats import energy, latency, power
from browser_support import Visit
from predictors import estimate_model
from predictors.estimates import Estimate

pytestmark = pytest.mark.browser

VisitMaker = Callable[..., Visit]
ENERGY, LATENCY, POWER = range(3)


def light_model(name: str) -> bytes:
    """A small model of the onnx package's own test data."""
    spec = find_spec("onnx")
    assert spec is not None
    assert spec.origin is not None
    return next(Path(spec.origin).parent.rglob(f"light_{name}.onnx")).read_bytes()


def expected(content: bytes) -> Estimate:
    """What the core says about a model on the page's first target."""
    return estimate_model(content, device="huawei-p40-pro", delegate="cpu").estimates[0]


def upload(tab: Visit, name: str, content: bytes) -> None:
    """Give the page a file and wait for its answer."""
    payload: FilePayload = {"name": name, "mimeType": "application/octet-stream", "buffer": content}
    # The file travels before the script starts again, so standing still is not enough.
    with tab.page.expect_response(lambda answer: "/upload_file/" in answer.url):
        tab.page.locator('[data-testid="stFileUploader"] input[type="file"]').set_input_files(payload)
    tab.wait_until_idle(after_start=True)


def headline(tab: Visit) -> list[str]:
    """Energy, latency and power as they stand on the page."""
    return tab.page.locator('[data-testid="stMetricValue"]').all_inner_texts()


def download(tab: Visit, button: str) -> str:
    """The text of the file that a download button of the Export tab gives."""
    tab.page.get_by_role("tab", name="Export").click()
    tab.wait_until_idle()
    with tab.page.expect_download() as waiting:
        tab.page.get_by_role("button", name=button).first.click()
    return Path(waiting.value.path()).read_text(encoding="utf-8")


@pytest.fixture
def tab(visit: VisitMaker) -> Visit:
    """The estimate page, just opened."""
    opened = visit()
    opened.open("estimate")
    return opened


def test_an_uploaded_model_gets_the_figures_of_the_core(tab: Visit) -> None:
    content = light_model("squeezenet")
    before = headline(tab)
    upload(tab, "mine.onnx", content)
    figures = expected(content)
    shown = [energy(figures.energy_mj), latency(figures.latency_ms), power(figures.avg_power_w)]
    assert headline(tab) == shown != before
    assert "8 in 10 times" in tab.text()
    assert f"of {len(figures.kernels)} kernels" in tab.text()
    assert (tab.complaints, tab.alarms(), tab.outside) == ([], [], [])


def test_exports_hold_what_the_page_shows(tab: Visit) -> None:
    content = light_model("squeezenet")
    upload(tab, "mine.onnx", content)
    figures = expected(content)
    rows = list(csv.DictReader(io.StringIO(download(tab, "CSV"))))
    assert len(rows) == len(figures.kernels)
    assert sum(float(row["energy_mj"]) for row in rows) == pytest.approx(figures.energy_mj)
    report = json.loads(download(tab, "JSON"))
    assert report["estimates"][0]["energy_mj"] == pytest.approx(figures.energy_mj)
    assert report["estimates"][0]["energy_mj_low"] <= figures.energy_mj


def test_a_bad_file_is_refused_in_words_and_the_next_one_works(tab: Visit) -> None:
    upload(tab, "notes.onnx", b"this is no model")
    [refusal] = tab.alarms()
    assert "Code:" in refusal
    assert "Traceback" not in tab.text()
    upload(tab, "mine.onnx", light_model("zfnet512"))
    assert tab.alarms() == []
    assert headline(tab)[ENERGY] == energy(expected(light_model("zfnet512")).energy_mj)


def test_clearing_brings_the_sample_back(tab: Visit) -> None:
    before = headline(tab)
    upload(tab, "mine.onnx", light_model("zfnet512"))
    assert headline(tab) != before
    tab.page.get_by_role("button", name="Clear").first.click()
    tab.wait_until_idle()
    assert headline(tab) == before
    assert "mine.onnx" not in tab.text()


def test_an_upload_stays_in_its_own_session(tab: Visit, visit: VisitMaker) -> None:
    before = headline(tab)
    upload(tab, "only-mine.onnx", light_model("zfnet512"))
    other = visit()
    other.open("estimate")
    assert headline(other) == before
    assert "only-mine" not in other.text()
