"""One's own device from a few numbers on the page: a device like any other, for its session only."""

from __future__ import annotations

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from app.own_devices import DEVICES
from app.paths import ROOT
from app.your_device.numbers import BASE, ENERGY, LATENCY, MODEL, TYPED, VERSION
from predictors.energy.calibrated.calibration import known_figures, network_file
from predictors.energy.calibrated.conditioning import STANDARD_ORDER
from predictors.energy.calibrated.device_file import OwnDevice, read_device, read_rows, written
from predictors.energy.calibrated.own_devices import own_devices
from predictors.estimate import estimate_model
from predictors.reading import read_model

THREE = ["mobilenet-v2-0.35-96", "mobilenet-v2-0.75-160", "mobilenet-v1-1.0-224"]
FIGURES = known_figures("raspberry-pi-4", THREE)


def opened(slug: str = "your_device", **query: str) -> AppTest:
    app = AppTest.from_file(str(ROOT / "app" / "main.py"), default_timeout=120)
    for key, value in query.items():
        app.query_params[key] = value
    app.switch_page(str(ROOT / "pages" / f"{slug}.py"))
    return app.run()


def typed(
    app: AppTest, figures: list[tuple[str, float | None, float | None]], name: str = "My board"
) -> AppTest:
    """What the page shows after these rows were typed; a script can't type into the editor itself."""
    table = pd.DataFrame(figures, columns=[MODEL, ENERGY, LATENCY])
    app.session_state[BASE] = table.astype({ENERGY: "float64", LATENCY: "float64"})
    app.session_state[VERSION] = app.session_state[VERSION] + 1
    app.text_input(key="cal_name").set_value(name)
    return app.run()


def words(app: AppTest) -> str:
    return "\n".join(str(each.value) for each in (*app.markdown, *app.caption, *app.error, *app.warning))


def press(app: AppTest, start: str) -> AppTest:
    return next(button for button in app.button if button.label.startswith(start)).click().run()


def test_three_numbers_make_a_device_like_any_other_in_this_session_only() -> None:
    app = typed(opened(), FIGURES)
    assert not app.exception and not app.error
    assert app.metric[0].label == "Typical range of a network"
    assert "Measure next" in words(app)
    app.switch_page(str(ROOT / "pages" / "estimate.py"))
    app.run()
    assert "My board (yours)" in app.selectbox(key="device").options
    app.selectbox(key="device").set_value("my-board").run()
    assert not app.exception and not app.error
    device = app.session_state[DEVICES]["my-board"]
    assert (device.name, len(device.rows)) == ("My board", 3)
    assert own_devices() == ()  # outside the session, nobody has it
    other = opened("estimate")
    assert not any("My board" in option for option in other.selectbox(key="device").options)


def test_a_number_more_narrows_the_range() -> None:
    widths = []
    for count in (1, 2, 3):
        app = typed(opened(), FIGURES[:count])
        widths.append(float(app.metric[0].value.strip("± %")))
    assert widths == sorted(widths, reverse=True)
    assert widths[-1] < 15.0


@pytest.mark.parametrize(
    ("figures", "code"),
    [
        ([(THREE[0], 0.0, None)], "CALIBRATION_ROWS"),
        ([(THREE[0], -1.0, None)], "CALIBRATION_ROWS"),
        ([(THREE[0], 1.0, 2.0), (THREE[0], 2.0, 2.0)], "CALIBRATION_ROWS"),
        ([(THREE[0], 10.0, 2.0), (THREE[1], None, 2.0)], "CALIBRATION_ROWS"),
    ],
)
def test_what_is_wrong_is_told_by_row_and_nothing_is_lost(
    figures: list[tuple[str, float | None, float | None]], code: str
) -> None:
    app = typed(opened(), figures)
    assert not app.exception
    assert code in app.error[0].value
    assert len(app.session_state[TYPED]) == len(figures)


def test_the_row_that_is_told_is_the_row_of_the_table() -> None:
    app = typed(opened(), [FIGURES[0], (THREE[1], None, None), (THREE[2], -3.0, None)])
    assert "Row 3" in app.error[0].value


def test_joules_are_asked_about_and_converted() -> None:
    app = typed(opened(), [(model, energy / 1000.0, latency) for model, energy, latency in FIGURES])
    assert "CALIBRATION_UNIT" in app.error[0].value
    app = press(app, "These are joules")
    assert not app.error
    assert app.session_state[TYPED][ENERGY].tolist() == pytest.approx([energy for _, energy, _ in FIGURES])


@pytest.mark.parametrize("odd", [0, 1, 2])
def test_one_row_in_joules_is_converted_alone(odd: int) -> None:
    figures = [(model, mj / 1000.0 if at == odd else mj, ms) for at, (model, mj, ms) in enumerate(FIGURES)]
    app = press(typed(opened(), figures), "These are joules")
    assert not app.error
    assert app.session_state[TYPED][ENERGY].tolist() == pytest.approx([energy for _, energy, _ in FIGURES])


@pytest.mark.parametrize(
    ("name", "code"), [("Raspberry Pi 4", "DEVICE_FILE_ID"), ("???", "DEVICE_FILE_NAME")]
)
def test_a_name_that_cannot_be_is_told(name: str, code: str) -> None:
    app = typed(opened(), FIGURES, name)
    assert code in app.error[0].value


def test_the_files_open_again_and_a_damaged_one_leaves_all_as_it_was() -> None:
    table = "model,precision,energy_mj\n" + "".join(f"{model},fp32,{mj}\n" for model, mj, _ in FIGURES)
    toml, rows = written(OwnDevice("bench", "Bench", meter="wall meter", rows=read_rows(table)))
    app = opened()
    app.file_uploader[0].upload("bench.toml", toml.encode(), "text/plain")
    app.file_uploader[0].upload("bench.csv", rows.encode(), "text/csv")
    app.run()
    assert not app.exception
    assert app.text_input(key="cal_name").value == "Bench"
    assert app.session_state[BASE][ENERGY].tolist() == pytest.approx([mj for _, mj, _ in FIGURES])
    app.file_uploader[0].upload("other.csv", b"\xff\xfe\x00", "text/csv")
    app.run()
    assert not app.exception
    assert app.text_input(key="cal_name").value == "Bench"


def test_the_networks_to_measure_are_files_of_their_names() -> None:
    for name in STANDARD_ORDER:
        for precision in ("fp32", "int8"):
            assert read_model(network_file(name, precision)).precision == precision


def test_forgetting_takes_the_device_away() -> None:
    app = press(typed(opened(), FIGURES), "Forget My board")
    assert not app.exception
    assert not app.session_state[DEVICES]


@pytest.mark.parametrize("door", ["numbers", "meter", "recording", "scores"])
@pytest.mark.parametrize("language", ["en", "de"])
def test_every_door_opens(door: str, language: str) -> None:
    app = opened(door=door, lang=language)
    assert not app.exception and not app.error


def test_a_device_read_again_is_the_same_and_nobody_has_it() -> None:
    table = "model,precision,energy_mj\n" + "".join(f"{model},fp32,{mj}\n" for model, mj, _ in FIGURES)
    device = OwnDevice("bench", "Bench", rows=read_rows(table))
    assert read_device(*written(device)).rows == device.rows
    with pytest.raises(Exception, match="There is no device"):
        estimate_model(network_file(THREE[0], "fp32"), device="bench", isolated=False)
