"""Files of the reader's own in the address: a session without the file says so, with nothing in its place.

A fresh session with the address that another one was left with is what a reader has after the server was
started again, after a long sleep of the laptop, and with a copied address.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import onnx
import pytest
from streamlit.testing.v1 import AppTest

from app.models.model import UPLOAD
from app.models.upload import read_upload
from app.paths import ROOT
from app.timelines.sample import LOG_NAME, TRACE_NAME, sample_inferences, sample_trace
from data.contribution.schema import template

ENTRY = str(ROOT / "app" / "main.py")
MODEL = Path(onnx.__file__).parent / "backend" / "test" / "data" / "light" / "light_squeezenet.onnx"
TABLE = ROOT / "docs" / "examples" / "huawei-p40-lite.csv"
GONE = "`OWN_FILE_GONE`"


def opened(page: str, query: Mapping[str, str | list[str]] | None = None) -> AppTest:
    """A page in a fresh session, at an address."""
    app = AppTest.from_file(ENTRY, default_timeout=180)
    for key, value in (query or {}).items():
        app.query_params[key] = value
    app.switch_page(str(ROOT / "pages" / f"{page}.py"))
    return app.run()


def address(app: AppTest) -> dict[str, str | list[str]]:
    """What the address of a page holds."""
    found: dict[str, str | list[str]] = {}
    for key, value in app.query_params.items():
        values = [value] if isinstance(value, str) else list(value)
        found[key] = values[0] if len(values) == 1 else values
    return found


def warned(app: AppTest) -> str:
    assert not app.exception
    return "\n".join(each.value for each in app.warning)


def press(app: AppTest, label: str) -> AppTest:
    return next(each for each in app.button if each.label == label).click().run()


def give_model(app: AppTest) -> AppTest:
    app.file_uploader[0].upload(MODEL.name, MODEL.read_bytes())
    return app.run()


def test_the_address_says_that_the_model_is_a_file_and_only_then() -> None:
    app = opened("estimate")
    assert "file" not in address(app)
    give_model(app)
    assert address(app)["file"] == "own"
    app.button(key="clear").click().run()
    assert "file" not in address(app)
    assert warned(app) == ""
    assert "MobileNetV2" in "".join(each.value for each in app.markdown)


def test_without_its_file_the_estimate_shows_no_figures_and_the_address_stays() -> None:
    asked = {"file": "own", "device": "raspberry-pi-4", "delegate": "tflite-xnnpack", "precision": "int8"}
    app = opened("estimate", asked | {"view": "export"})
    assert "a model file of your own" in warned(app)
    assert GONE in warned(app)
    assert not app.metric and not app.get("plotly_chart") and not app.dataframe
    assert address(app) == asked | {"view": "export"}


def test_given_again_the_model_stands_where_it_stood() -> None:
    first = opened("estimate", {"device": "raspberry-pi-4"})
    give_model(first)
    first.selectbox(key="precision").select("int8").run()
    app = opened("estimate", address(first))
    assert not app.metric
    give_model(app)
    assert warned(app) == warned(first)
    assert address(app) == address(first)
    assert app.session_state["precision"] == "int8", "not the precision that a new file would start with"
    assert [each.value for each in app.metric] == [each.value for each in first.metric]


def test_going_on_with_a_sample_is_the_readers_own_choice() -> None:
    app = opened("estimate", {"file": "own", "sample": "resnet-18", "device": "raspberry-pi-4"})
    press(app, "Go on with a sample model")
    assert app.metric
    assert app.selectbox(key="sample").value == "resnet-18"
    assert address(app) == {"sample": "resnet-18", "device": "raspberry-pi-4"}
    app.selectbox(key="device").select("jetson-agx-orin").run()
    assert GONE not in warned(app)


def test_an_address_reached_by_the_browsers_way_back_is_read_like_a_new_one() -> None:
    app = opened("estimate")
    assert app.metric
    app.query_params["file"] = "own"
    app.run()
    assert GONE in warned(app)
    assert not app.metric
    app.run()
    assert GONE in warned(app), "until the reader decides"


def test_an_unknown_file_in_the_address_is_named() -> None:
    app = opened("estimate", {"file": "theirs"})
    assert "“theirs” (file of your own)" in warned(app)
    assert app.metric


def test_a_bad_file_given_again_is_refused_like_any_other() -> None:
    app = opened("estimate", {"file": "own"})
    app.file_uploader[0].upload("notes.onnx", b"no model")
    app.run()
    assert "Code:" in app.error[0].value
    assert not app.metric


def test_model_b_that_is_gone_is_said_and_given_again() -> None:
    asked = {"view": "change", "view_change": "two", "b_sample": "own-file", "device": "raspberry-pi-4"}
    asked["b_precision"] = "int8"
    app = opened("estimate", asked)
    assert "Model B was **a file of your own**" in warned(app)
    assert "before and after" in "".join(each.value for each in app.markdown)
    next(each for each in app.file_uploader if str(each.key).startswith("b_file")).upload(
        MODEL.name, MODEL.read_bytes()
    ).run()
    assert GONE not in warned(app)
    assert app.selectbox(key="b_precision").value == "int8"
    assert {key: address(app)[key] for key in asked} == asked


def test_to_choose_a_file_for_model_b_is_no_loss() -> None:
    app = opened("estimate", {"view": "two"})
    app.selectbox(key="b_sample").select("own-file").run()
    assert GONE not in warned(app)
    app.selectbox(key="b_sample").select("resnet-18").run()
    assert GONE not in warned(app)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("query", "widget"),
    [
        ({"view": "models", "models": ["upload", "mobilenet-v1"], "model": "upload"}, "models"),
        ({"view": "limits", "among": "upload", "on": "raspberry-pi-4"}, "among"),
    ],
)
def test_comparisons_with_a_model_that_is_gone_wait_for_it(
    query: dict[str, str | list[str]], widget: str
) -> None:
    app = opened("compare", query)
    assert "This comparison held **a model file of your own**" in warned(app)
    assert GONE in warned(app)
    assert "UNKNOWN_ADDRESS_VALUE" not in warned(app)
    assert not app.table and not app.get("plotly_chart") and not app.metric
    assert address(app) == query
    give_model(app)
    assert GONE not in warned(app)
    assert "upload" in app.session_state[widget]
    assert {key: address(app).get(key) for key in (widget, "on")} == {
        key: query.get(key) for key in (widget, "on")
    }


def test_a_comparison_goes_on_without_the_model_that_is_gone() -> None:
    models = ["upload", "mobilenet-v1", "resnet-18"]
    app = opened(
        "compare", {"view": "models", "models": models, "model": "upload", "device": "raspberry-pi-4"}
    )
    press(app, "Go on without it")
    assert warned(app) == ""
    assert app.session_state["models"] == ["mobilenet-v1", "resnet-18"]
    assert address(app) == {
        "view": "models",
        "models": ["mobilenet-v1", "resnet-18"],
        "device": "raspberry-pi-4",
    }


def test_a_file_that_cannot_be_read_says_so_in_the_comparison() -> None:
    app = opened("compare", {"view": "limits", "among": "upload"})
    app.file_uploader[0].upload("notes.onnx", b"no model")
    app.run()
    assert "MODEL_NOT_ONNX" in app.error[0].value
    assert len(app.file_uploader) == 1


def test_within_limits_the_address_names_a_model_of_ones_own() -> None:
    app = AppTest.from_file(ENTRY, default_timeout=180)
    app.session_state[UPLOAD] = read_upload(MODEL.name, memoryview(MODEL.read_bytes()))
    app.query_params["view"] = "limits"
    app.switch_page(str(ROOT / "pages" / "compare.py"))
    app.run()
    assert app.session_state["among"] == ["upload"]
    assert address(app)["among"] == "upload"


@pytest.mark.slow
def test_a_recording_that_is_gone_is_said_and_its_range_stays() -> None:
    app = opened("timelines", {"source": "own", "from": "1.5", "to": "2.5", "phases": "idle*0*1"})
    assert "a recording of your own" in warned(app)
    assert GONE in warned(app)
    assert not app.metric
    app.file_uploader[0].upload(TRACE_NAME, sample_trace(), "text/csv").run()
    app.file_uploader[1].upload(LOG_NAME, sample_inferences(), "text/csv").run()
    assert GONE not in warned(app)
    assert (app.number_input(key="from").value, app.number_input(key="to").value) == (1.5, 2.5)
    assert address(app)["phases"] == "idle*0*1"
    app.file_uploader[0].upload("another.csv", sample_trace(), "text/csv").run()
    assert app.number_input(key="from").value is None, "a range of one recording is none of another"


def test_the_bundled_recordings_take_over_when_asked_to() -> None:
    app = opened("timelines", {"source": "own", "from": "1.5", "to": "2.5", "phases": "idle*0*1"})
    press(app, "Go on with the bundled recordings")
    assert GONE not in warned(app)
    assert app.metric
    assert address(app) == {}
    app.segmented_control(key="source").select("own").run()
    assert GONE not in warned(app)


def test_a_file_widget_that_the_browser_still_shows_as_filled_is_not_taken_up_again() -> None:
    asked = {"source": "own"}
    one, other = opened("timelines", asked), opened("timelines", asked)
    assert one.file_uploader[0].key != other.file_uploader[0].key
    before = one.file_uploader[0].key
    assert one.run().file_uploader[0].key == before, "or a file that is just chosen would be lost"


def test_to_choose_ones_own_recordings_is_no_loss() -> None:
    app = opened("timelines")
    app.segmented_control(key="source").select("own").run()
    assert GONE not in warned(app)


def brought(level: str) -> AppTest:
    app = opened("explore", {"section": "yours", "bring": level})
    app.file_uploader[0].upload("mine.csv", template(level).encode(), "text/csv")
    return app.run()


@pytest.mark.slow
def test_own_rows_that_are_gone_leave_their_level_without_figures() -> None:
    first = brought("board")
    assert address(first)["own"] == "board"
    first.button(key="look-board").click().run()
    assert (address(first)["own"], address(first)["level"]) == ("board", "board")
    app = opened("explore", address(first) | {"board-device": "raspberry-pi-4"})
    assert "**Measurements of your own** stood here" in warned(app)
    assert not app.get("plotly_chart")
    assert "rows" not in "".join(each.value for each in app.caption)
    press(app, "Bring them again")
    assert "**Measurements of your own** (" in warned(app)
    app.file_uploader[0].upload("mine.csv", template("board").encode(), "text/csv")
    app.run()
    assert GONE not in warned(app)
    assert address(app)["own"] == "board"


def test_own_rows_can_be_brought_again_where_the_address_leads() -> None:
    app = opened("explore", {"section": "yours", "bring": "kernel", "own": ["kernel", "board"]})
    assert GONE in warned(app)
    app.file_uploader[0].upload("mine.csv", template("kernel").encode(), "text/csv")
    app.run()
    assert app.success
    assert GONE in warned(app), "those of boards are still gone"
    assert set(address(app)["own"]) == {"kernel", "board"}
    press(app, "Go on with the bundle’s alone")
    assert address(app)["own"] == "kernel"


def test_other_levels_are_whole_and_keep_the_mark() -> None:
    app = opened("explore", {"own": "board", "level": "kernel"})
    assert warned(app) == ""
    assert app.get("plotly_chart")
    assert address(app)["own"] == "board"
    app.segmented_control(key="level").select("model").run()
    assert GONE in warned(app), "board results of known work stand among the models"


@pytest.mark.slow
def test_a_reader_may_go_on_with_the_bundles_rows_alone() -> None:
    app = opened("explore", {"own": "board", "level": "board"})
    press(app, "Go on with the bundle’s alone")
    assert warned(app) == ""
    assert app.get("plotly_chart")
    assert address(app) == {"level": "board"}


def test_cleared_rows_are_no_loss() -> None:
    app = brought("board")
    app.button(key="clear-board").click().run()
    assert warned(app) == ""
    assert "own" not in address(app)


@pytest.mark.slow
def test_a_table_of_ones_device_that_is_gone_is_said() -> None:
    first = opened("your_device", {"own_name": "Mine", "own_tdp": "5"})
    first.file_uploader[0].upload(TABLE.name, TABLE.read_bytes(), "text/csv").run()
    assert address(first)["table"] == "own"
    app = opened("your_device", address(first))
    assert "**figures of your device**" in warned(app)
    assert GONE in warned(app)
    assert not app.metric
    app.file_uploader[0].upload(TABLE.name, TABLE.read_bytes(), "text/csv").run()
    assert GONE not in warned(app)
    assert address(app) == address(first)
    assert [each.value for each in app.metric] == [each.value for each in first.metric]


def test_an_empty_table_is_a_choice() -> None:
    app = opened("your_device", {"table": "own", "own_name": "Mine"})
    press(app, "Go on with an empty table")
    assert warned(app) == ""
    assert address(app) == {"own_name": "Mine"}


def test_the_message_is_in_the_readers_language() -> None:
    app = opened("estimate", {"file": "own", "lang": "de"})
    assert "eine eigene Modelldatei" in warned(app)
    assert "wird nie gespeichert" in warned(app)
    assert GONE in warned(app)
