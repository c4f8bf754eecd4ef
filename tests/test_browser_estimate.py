"""The estimate page as a person uses it: a file goes in, figures with intervals come out."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import FilePayload

from app.i18n.formats import energy, latency, power
from app.i18n.texts import in_language
from app.ui.print_view import SHEET_PX
from axe_support import findings
from browser_support import Visit
from estimate_support import model_without_rank, open_model
from predictors import estimate_model
from predictors.results.estimates import Estimate

pytestmark = pytest.mark.browser

VisitMaker = Callable[..., Visit]
ENERGY, LATENCY, POWER = range(3)
MODELS = Path(__file__).parent / "models"


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
    """The text of the file that a download button among the files to take along gives."""
    tab.page.get_by_role("tab", name="Take it along").click()
    tab.wait_until_idle()
    tab.page.get_by_role("radio", name="Files").click()
    tab.wait_until_idle(after_start=True)
    with tab.page.expect_download() as waiting:
        tab.page.get_by_role("button", name=button).first.click()
    return Path(waiting.value.path()).read_text(encoding="utf-8")


@pytest.fixture
def tab(visit: VisitMaker) -> Visit:
    """The estimate page, just opened."""
    opened = visit()
    opened.open("estimate")
    return opened


def test_an_upload_has_the_figures_of_the_core_stays_in_its_session_and_can_be_cleared(
    tab: Visit, visit: VisitMaker
) -> None:
    content = light_model("squeezenet")
    before = headline(tab)
    upload(tab, "only-mine.onnx", content)
    figures = expected(content)
    shown = [energy(figures.energy_mj), latency(figures.latency_ms), power(figures.avg_power_w)]
    assert headline(tab) == shown != before
    assert "8 in 10 times" in tab.text()
    assert f"of {len(figures.kernels)} kernels" in tab.text()
    other = visit()
    other.open("estimate")
    assert headline(other) == before
    assert "only-mine" not in other.text()
    check_exports(tab, figures)
    tab.page.get_by_role("button", name="Clear").first.click()
    tab.wait_until_idle()
    assert headline(tab) == before
    assert "only-mine" not in tab.text()
    assert (tab.complaints, tab.alarms(), tab.outside) == ([], [], [])


def check_exports(tab: Visit, figures: Estimate) -> None:
    """The files to take along hold what the page shows."""
    rows = list(csv.DictReader(io.StringIO(download(tab, "CSV"))))
    assert len(rows) == len(figures.kernels)
    assert sum(float(row["energy_mj"]) for row in rows) == pytest.approx(figures.kernel_sum.energy_mj)
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


def test_an_address_to_a_file_that_is_not_here_asks_for_it_and_keeps_the_rest(visit: VisitMaker) -> None:
    tab = visit()
    query = "device=raspberry-pi-4&file=own&precision=int8&view=take&view_take=export"
    tab.open("estimate", query)
    assert headline(tab) == []
    assert "OWN_FILE_GONE" in tab.text()
    content = light_model("squeezenet")
    upload(tab, "mine.onnx", content)
    made = estimate_model(content, device="raspberry-pi-4", delegate="tflite-ruy", precision="int8")
    assert headline(tab)[ENERGY] == energy(made.estimates[0].energy_mj)
    assert urlsplit(tab.page.url).query == query
    assert (tab.complaints, tab.alarms()) == ([], [])


def test_a_real_export_keeps_its_place_when_the_language_changes(tab: Visit) -> None:
    content = (MODELS / "residual-dynamo-20-batch.onnx").read_bytes()
    upload(tab, "residual.onnx", content)
    tab.page.get_by_role("tab", name="Over time").click()
    tab.wait_until_idle(after_start=True)
    figures = expected(content)
    assert headline(tab)[ENERGY] == energy(figures.energy_mj)
    tab.page.get_by_role("button", name="Deutsch").click()
    tab.wait_until_idle(after_start=True)
    with in_language("de"):
        assert headline(tab) == [
            energy(figures.energy_mj),
            latency(figures.latency_ms),
            power(figures.avg_power_w),
        ]
    assert tab.page.get_by_role("tab", selected=True).inner_text() == "Im Zeitverlauf"
    assert "residual.onnx" in tab.text()
    assert "Vorhergesagt, nicht gemessen" in tab.text()
    assert (tab.complaints, tab.alarms(), tab.outside) == ([], [], [])


def test_a_copied_address_shows_the_same_digits_in_another_browser(tab: Visit, visit: VisitMaker) -> None:
    tab.open(
        "estimate", "sample=mobilenet-v1&side=160&device=raspberry-pi-4&delegate=armnn-neon&precision=int8"
    )
    tab.page.get_by_role("tab", name="Everywhere").click()
    tab.wait_until_idle(after_start=True)
    tab.page.get_by_role("button", name="Deutsch").click()
    tab.wait_until_idle(after_start=True)
    other = visit()
    other.page.goto(tab.page.url)
    other.wait_until_idle()
    assert headline(other) == headline(tab)
    assert other.page.get_by_role("tab", selected=True).inner_text() == "Überall"
    assert other.page.url == tab.page.url
    assert other.alarms() == []


def test_open_sizes_and_missing_shapes_have_fields(tab: Visit) -> None:
    upload(tab, "open.onnx", open_model())
    assert "The total is too low: 1 of 2 kernels" in tab.text()
    field = tab.page.get_by_role("spinbutton", name="image, height").first
    before = headline(tab)
    field.fill("64")
    field.press("Enter")
    tab.wait_until_idle(after_start=True)
    assert headline(tab) != before
    tab.page.get_by_role("button", name="Clear").first.click()
    tab.wait_until_idle(after_start=True)
    upload(tab, "norank.onnx", model_without_rank())
    assert any("MODEL_SHAPE_NEEDED" in alarm for alarm in tab.alarms())
    shapes = tab.page.get_by_role("textbox", name="Shapes of the inputs")
    shapes.fill("image=1,3,32,32")
    shapes.press("Enter")
    tab.wait_until_idle(after_start=True)
    assert len(headline(tab)) == 3


def test_thin_evidence_is_refused_and_something_else_offered(tab: Visit) -> None:
    tab.go("estimate", "delegate=gpu&precision=int8")
    assert "EVIDENCE_TOO_THIN" in tab.text()
    assert findings(tab.page) == []
    tab.page.get_by_role("button", name="GPU, fp32").click()
    tab.wait_until_idle(after_start=True)
    assert len(headline(tab)) == 3
    assert "precision" not in tab.page.url


@pytest.mark.parametrize("scheme", ["light", pytest.param("dark", marks=pytest.mark.long)])
def test_every_section_opens_at_a_click_and_leaves_nobody_out(visit: VisitMaker, scheme: str) -> None:
    tab = visit(scheme=scheme)
    tab.open("estimate", "lang=de")
    for name, slug in (
        ("Mitnehmen", "take"),
        ("Im Zeitverlauf", "time"),
        ("Ändern", "change"),
        ("Wohin sie geht", ""),
    ):
        tab.page.get_by_role("tab", name=name).click()
        tab.wait_until_idle(after_start=True)
        assert tab.page.get_by_role("tab", selected=True).inner_text() == name
        assert tab.page.url.partition("view=")[2] == slug
        if slug:  # the first one is looked at in `test_browser_pages.py`
            assert findings(tab.page) == []
    upload(tab, "open.onnx", open_model())
    assert findings(tab.page) == []
    assert tab.complaints == []


def test_a_narrow_window_needs_no_sideways_scrolling(visit: VisitMaker) -> None:
    tab = visit(width=320, height=800)
    tab.open("estimate", "lang=de&delegate=gpu&precision=int8")
    assert tab.overflow_px() == 0
    tab.go("estimate", "lang=de&view=meaning")
    assert tab.overflow_px() == 0


def test_a_kernel_is_selected_without_a_mouse(tab: Visit) -> None:
    tab.page.locator('[data-testid="stTab"]').first.focus()
    for _ in range(30):
        tab.page.keyboard.press("Tab")
        if tab.page.evaluate("document.activeElement.tagName") == "CANVAS":
            break
    tab.page.wait_for_timeout(500)  # the table is drawn a moment after it can have the focus
    tab.page.keyboard.press("ArrowDown")
    tab.page.keyboard.press("Shift+Space")
    tab.page.get_by_text(re.compile(r"^Kernel \d+, ")).wait_for()


def test_the_view_for_printing_fits_on_a_sheet(tab: Visit) -> None:
    tab.page.get_by_text("View for printing").click()
    tab.wait_until_idle(after_start=True)
    tab.page.emulate_media(media="print")
    widths = tab.page.eval_on_selector_all(
        '[data-testid="stPlotlyChart"], [data-testid="stTable"] table', "all => all.map(e => e.scrollWidth)"
    )
    assert widths
    assert max(widths) <= SHEET_PX
    rows = tab.page.locator('[data-testid="stTable"] tbody tr').count()
    assert rows == len(expected_sample().kernels)


def expected_sample() -> Estimate:
    """What the core says about the sample that the page starts with."""
    from predictors.samples import sample_bytes

    return expected(sample_bytes("mobilenet-v2"))
