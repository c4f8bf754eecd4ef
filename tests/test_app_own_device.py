"""One's own device from a few numbers on the page: a device like any other, for its session only."""

from __future__ import annotations

from collections.abc import Sequence
from types import SimpleNamespace

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from app.i18n.formats import energy, plain
from app.models.shelf import SHELF, Shelved
from app.models.upload import Upload
from app.own_devices import DEVICES
from app.paths import ROOT
from app.your_device import own_models
from app.your_device.networks import first_three
from app.your_device.typed_table import (
    BASE,
    COLUMNS,
    ENERGY,
    LATENCY,
    MODEL,
    PRECISION,
    TYPED,
    VERSION,
    as_typed,
)  # fmt: skip
from predictors.energy.boards.data import network_amounts
from predictors.energy.calibrated.calibration import known_figures, network_file
from predictors.energy.calibrated.conditioning import STANDARD_ORDER
from predictors.energy.calibrated.device_file import OwnDevice, read_device, written
from predictors.energy.calibrated.device_rows import MeasuredNetwork, read_table, sound_rows
from predictors.energy.calibrated.own_devices import own_devices
from predictors.estimate import estimate_model
from predictors.fusing.network import Network
from predictors.reading import read_model
from predictors.samples import sample_bytes

THREE = ["mobilenet-v2-0.35-96", "mobilenet-v2-0.75-160", "mobilenet-v1-1.0-224"]
FIGURES = known_figures("raspberry-pi-4", THREE)


def opened(slug: str = "your_device", **query: str) -> AppTest:
    app = AppTest.from_file(str(ROOT / "app" / "main.py"), default_timeout=120)
    for key, value in query.items():
        app.query_params[key] = value
    app.switch_page(str(ROOT / "pages" / f"{slug}.py"))
    return app.run()


def typed(
    app: AppTest,
    figures: Sequence[tuple[str, float | str | None, float | str | None]],
    name: str = "My board",
    precision: str = "fp32",
) -> AppTest:
    """What the page shows after these rows were typed; a script can't type into the editor itself."""
    table = pd.DataFrame(figures, columns=[MODEL, ENERGY, LATENCY]).assign(**{PRECISION: precision})
    app.session_state[BASE] = as_typed(table[list(COLUMNS)])
    app.session_state[VERSION] = app.session_state[VERSION] + 1
    app.text_input(key="cal_name").set_value(name)
    return app.run()


def words(app: AppTest) -> str:
    return "\n".join(str(each.value) for each in (*app.markdown, *app.caption, *app.error, *app.warning))


def press(app: AppTest, start: str) -> AppTest:
    return next(button for button in app.button if button.label.startswith(start)).click().run()


@pytest.mark.slow
def test_three_numbers_make_a_device_in_this_session_only() -> None:
    app = typed(opened(), FIGURES)
    assert not app.exception and not app.error
    assert app.metric[0].label == "Typical range of a network"
    assert "Measure next" in words(app)
    app = press(app, "Add a row")
    assert len(app.session_state[TYPED]) == 4 and not app.error
    device = app.session_state[DEVICES]["my-board"]
    assert (device.name, len(device.rows)) == ("My board", 3)
    assert own_devices() == ()  # outside the session, nobody has it
    other = opened("estimate")
    assert not any("My board" in option for option in other.selectbox(key="device").options)


def turned(app: AppTest, slug: str, **query: str | list[str]) -> str:
    """Turn to another page in the same session; everything that can be read there."""
    for key in list(app.query_params):
        del app.query_params[key]
    for key, value in query.items():
        app.query_params[key] = value
    app.switch_page(str(ROOT / "pages" / f"{slug}.py"))
    app.run()
    assert not app.exception and not app.error
    frames = [each.value for each in app.dataframe]
    cells = [f"{list(frame.columns)} {list(frame.index)} {frame.to_string()}" for frame in frames]
    return "\n".join([words(app), *cells])


@pytest.mark.long
def test_it_is_a_device_like_any_other_everywhere() -> None:
    """A model of the shelf has the same figure on every page, marked as the reader's and as calibrated."""
    upload = Upload("mine.onnx", 10, "ab" * 32, network=Network(read_model(sample_bytes("squeezenet-1.1"))))
    app = opened()
    app.session_state[SHELF] = (Shelved("shelf-abababababab", "mine", upload),)
    app.selectbox(key="cal_scope").set_value("package")
    app = typed(app, FIGURES)
    frame = next(each.value for each in app.dataframe if "to (ms)" in each.value.columns)
    mine = frame.set_index("Network").loc["mine (yours)"]
    assert mine["from (mJ)"] < mine["Energy (mJ)"] < mine["to (mJ)"]
    assert mine["from (ms)"] < mine["Latency (ms)"] < mine["to (ms)"]
    assert mine["Source of the figure"] == "calibrated"
    shown = energy(float(mine["Energy (mJ)"]))
    text = turned(app, "estimate", device="my-board", sample="squeezenet-1.1")
    assert "Calibrated" in text and "processor package" in text
    assert app.metric[0].value == shown
    assert "--devices DIR --device my-board" in "".join(each.value for each in app.code)
    apart = turned(app, "compare", devices=["my-board", "raspberry-pi-4"])
    assert "not compared" in apart and "My board \\(yours\\) (processor package)" in apart
    assert "My board \\(yours\\)" in turned(app, "compare", view="models", device="my-board")
    matrix = turned(app, "compare", view="shelf")
    assert "My board (yours)" in matrix and shown.split()[0] in matrix
    limits = turned(app, "compare", view="limits", scope="package", among=["squeezenet-1.1"])
    assert "My board (yours)" in limits and shown in limits
    label = turned(app, "label", sample="squeezenet-1.1", device="my-board", delegate="own", precision="fp32")
    assert "Computed again just now" in "".join(each.value for each in app.success), label


@pytest.mark.slow
def test_a_number_more_narrows_the_range() -> None:
    widths = []
    for count in (1, 2, 3):
        app = typed(opened(), FIGURES[:count])
        widths.append(float(app.metric[0].value.strip("± %")))
    assert widths == sorted(widths, reverse=True)
    assert widths[-1] < 15.0


def test_what_is_wrong_is_told_by_row_and_nothing_is_lost() -> None:
    app = opened()
    wrong: list[tuple[list[tuple[str, float | None, float | None]], str]] = [
        ([(THREE[0], 0.0, None)], "Row 1"),
        ([(THREE[0], 1.0, 2.0), (THREE[0], 2.0, 2.0)], "Rows 1 and 2"),
        ([(THREE[0], 10.0, 2.0), (THREE[1], None, 2.0)], "Row 2"),
        ([FIGURES[0], (THREE[1], None, None), (THREE[2], -3.0, None)], "Row 3"),
    ]
    for figures, row in wrong:
        app = typed(app, figures)
        assert not app.exception
        assert row in app.error[0].value and "CALIBRATION_ROWS" in app.error[0].value
        assert len(app.session_state[TYPED]) == len(figures)
    # Cells stay as they were typed, those that are no number as well as those spelled with comma or unit.
    app = typed(app, [(THREE[0], "60 W", "3,4"), (THREE[1], "1,234", None)])
    told = plain(app.error[0].value)
    assert "Row 1: energy_mj is '60 W'" in told and "Row 2: energy_mj is '1,234'" in told
    assert app.session_state[TYPED][ENERGY].tolist() == ["60 W", "1,234"]
    app = typed(app, [(THREE[0], "14,5", "3,4"), (THREE[1], "60 mJ", None), (THREE[2], " 2.5e2 ", None)])
    rows = app.session_state[DEVICES]["my-board"].rows
    assert [(row.energy_mj, row.latency_ms) for row in rows] == [(14.5, 3.4), (60.0, None), (250.0, None)]
    pasted = f"| Network | Precision | Energy (mJ) |\n|---|---|---|\n| {THREE[0]} | fp32 | 15,5 |\n"
    app.text_area(key="cal_pasted").set_value(pasted.replace("0.35-96", "0.35-97")).run()
    assert plain(app.error[0].value).startswith("This table is not used")
    assert f"Names like it: {THREE[0]}" in plain(app.error[0].value) and app.text_area(key="cal_pasted").value
    assert app.session_state[TYPED][ENERGY].tolist()[0] == "14,5"
    app.text_area(key="cal_pasted").set_value(pasted).run()
    assert not app.error and app.session_state[TYPED][ENERGY].tolist() == ["15.5"]
    # A table that was taken away and pasted again counts once more.
    app = typed(app, [(THREE[0], "17", None)])
    app.text_area(key="cal_pasted").set_value("").run()
    assert app.session_state[TYPED][ENERGY].tolist() == ["17"]
    app.text_area(key="cal_pasted").set_value(pasted).run()
    assert app.session_state[TYPED][ENERGY].tolist() == ["15.5"]
    # A large network that takes less than a small one is no error of form: it is pointed at.
    app = typed(app, [(THREE[0], 40.0, None), (THREE[2], 30.0, None)])
    assert not app.error and "Rows 2 and 1" in app.warning[0].value


def test_joules_are_asked_about_and_converted() -> None:
    app = typed(opened(), [(model, energy / 1000.0, latency) for model, energy, latency in FIGURES])
    assert "CALIBRATION_UNIT" in app.error[0].value
    app = press(app, "These are joules")
    assert not app.error
    assert [float(each) for each in app.session_state[TYPED][ENERGY]] == pytest.approx(
        [energy for _, energy, _ in FIGURES]
    )


@pytest.mark.slow
@pytest.mark.parametrize("odd", [0, 1, 2])
def test_one_row_in_joules_is_converted_alone(odd: int) -> None:
    figures = [(model, mj / 1000.0 if at == odd else mj, ms) for at, (model, mj, ms) in enumerate(FIGURES)]
    app = press(typed(opened(), figures), "These are joules")
    assert not app.error
    assert [float(each) for each in app.session_state[TYPED][ENERGY]] == pytest.approx(
        [energy for _, energy, _ in FIGURES]
    )


@pytest.mark.parametrize(
    ("name", "code"), [("Raspberry Pi 4", "DEVICE_FILE_ID"), ("???", "DEVICE_FILE_NAME")]
)
def test_a_name_that_cannot_be_is_told(name: str, code: str) -> None:
    app = typed(opened(), FIGURES, name)
    assert code in app.error[0].value


@pytest.mark.slow
def test_the_files_open_again_and_a_damaged_one_leaves_all_as_it_was() -> None:
    table = "model,precision,energy_mj,energy_sd_mj\n"
    table += "".join(f"{model},fp32,{mj},0.5\n" for model, mj, _ in FIGURES)
    amounts = network_amounts()[THREE[1], "int8", "tflite-cpu"].terms.tolist()
    own = MeasuredNetwork("my-own-net", "int8", FIGURES[1][1], amounts=tuple(amounts))
    bench = OwnDevice(
        "bench", "Bench", meter="wall meter", licence="CC0-1.0", rows=(*sound_rows(read_table(table)), own)
    )
    toml, rows = written(bench)
    app = opened()
    app.file_uploader[0].upload("bench.toml", toml.encode(), "text/plain")
    app.file_uploader[0].upload("bench.csv", rows.encode(), "text/csv")
    app.run()
    assert not app.exception
    assert app.text_input(key="cal_name").value == "Bench"
    assert [float(each) for each in app.session_state[BASE][ENERGY][:3]] == [mj for _, mj, _ in FIGURES]
    # What the page has no field for stays with the device, as long as a row is as it was.
    device = app.session_state[DEVICES]["bench"]
    assert [row.energy_sd_mj for row in device.of("fp32")] == [0.5] * 3
    assert (device.licence, device.of("int8")[0].model) == ("CC0-1.0", "my-own-net")
    # Under another name it is another device: what a network amounts to holds there, how it was measured not.
    app.text_input(key="cal_name").set_value("Other").run()
    other = app.session_state[DEVICES]["other"]
    assert (other.licence, other.of("int8")[0].amounts) == ("", tuple(amounts))
    assert [row.energy_sd_mj for row in other.of("fp32")] == [None] * 3
    app.text_input(key="cal_name").set_value("Bench").run()
    assert app.session_state[DEVICES]["bench"].licence == "CC0-1.0"
    app.segmented_control(key="cal_precision").set_value("int8").run()
    table = app.session_state[TYPED]
    assert table[PRECISION].tolist() == ["fp32"] * 3 + ["int8"] * 4
    assert table[MODEL].tolist()[4:] == list(first_three("int8"))
    app.file_uploader[0].upload("other.csv", b"\xff\xfe\x00", "text/csv")
    app.run()
    assert not app.exception
    assert app.text_input(key="cal_name").value == "Bench"
    app = press(typed(app, [(THREE[0], None, None)], "Bench"), "Try it with example")
    copy = app.session_state[DEVICES]["copy-of-raspberry-pi-4"]
    assert (copy.meter, copy.licence) == ("", "")


def test_two_models_of_one_name_stay_two(monkeypatch: pytest.MonkeyPatch) -> None:
    both = {"shelf-a": SimpleNamespace(title="net"), "upload": SimpleNamespace(title="net")}
    monkeypatch.setattr(own_models, "own_models", lambda: both)
    monkeypatch.setattr(own_models, "shelf_names", lambda: {"shelf-a": "net"})
    assert own_models.own_names() == ["net", "net (2)"]
    assert own_models._named()["net (2)"] is both["upload"]


@pytest.mark.slow
def test_the_networks_to_measure_are_files_of_their_names() -> None:
    for name in STANDARD_ORDER:
        for precision in ("fp32", "int8"):
            assert read_model(network_file(name, precision)).precision == precision


def test_forgetting_takes_the_device_away() -> None:
    # Under another name it is another device; the earlier one can be opened again, and forgotten.
    app = typed(typed(opened(), FIGURES[:1], "Old"), FIGURES)
    app = press(app, "Open")
    assert app.text_input(key="cal_name").value == "Old" and len(app.session_state[BASE]) == 1
    app = press(app, "Forget")
    assert not app.exception and list(app.session_state[DEVICES]) == ["old"]
    app = press(app, "Forget Old")
    assert not app.exception and not app.session_state[DEVICES]


@pytest.mark.slow
@pytest.mark.parametrize("door", ["numbers", "meter", "recording", "scores"])
@pytest.mark.parametrize("language", ["en", "de"])
def test_every_door_opens(door: str, language: str) -> None:
    app = opened(door=door, lang=language)
    assert not app.exception and not app.error


def test_a_device_read_again_is_the_same_and_nobody_has_it() -> None:
    table = "model,precision,energy_mj\n" + "".join(f"{model},fp32,{mj}\n" for model, mj, _ in FIGURES)
    device = OwnDevice("bench", "Bench", rows=sound_rows(read_table(table)))
    assert read_device(*written(device)).rows == device.rows
    with pytest.raises(Exception, match="There is no device"):
        estimate_model(network_file(THREE[0], "fp32"), device="bench", isolated=False)


@pytest.mark.slow
def test_names_of_the_readers_own_are_no_markdown_anywhere() -> None:
    """A link in the name of an own device or model is shown as its letters, wherever Markdown is written."""
    link = "[mend here](https://evil.example)"
    upload = Upload(f"mine {link}.onnx", 10, "ab" * 32, network=Network(read_model(sample_bytes("vgg-16"))))
    app = opened()
    app.session_state[SHELF] = (Shelved("shelf-abababababab", f"mine {link}", upload),)
    app = typed(app, FIGURES, f"Pi** {link} **")
    seen = {"your_device": marked_up(app)}
    device = next(iter(app.session_state[DEVICES]))
    for slug, query in (
        ("estimate", {"device": device, "sample": "squeezenet-1.1"}),
        ("compare", {"devices": [device, "raspberry-pi-4"]}),
        ("compare", {"devices": [device, "huawei-p40-pro"]}),
        ("compare", {"view": "models", "models": ["shelf-abababababab", "vgg-16"], "device": device}),
        ("compare", {"view": "limits", "among": ["shelf-abababababab", "squeezenet-1.1"]}),
        ("compare", {"view": "shelf"}),
        ("label", {"sample": "vgg-16", "device": device, "delegate": "own", "precision": "fp32"}),
        ("timelines", {"network": "shelf-abababababab", "on": device, "via": "own"}),
    ):
        turned(app, slug, **query)
        seen[f"{slug} {query}"] = marked_up(app)
    assert "mend here" in "".join(seen.values())
    assert {page: text for page, text in seen.items() if "[mend here](" in text} == {}


def marked_up(app: AppTest) -> str:
    """Everything on a page that is read as Markdown: text, and labels of what can be pressed or opened."""
    bodies = [each.value for kind in ("markdown", "caption", "info", "warning", "success", "error", "header")
              for each in app.get(kind)]  # fmt: skip
    labels = [each.proto.label for kind in ("button", "page_link", "expander", "metric", "download_button")
              for each in app.get(kind) if hasattr(each.proto, "label")]  # fmt: skip
    return "\n".join(str(each) for each in (*bodies, *labels))
