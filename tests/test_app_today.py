"""What stands beside a device's own measurements, and that edge systems are on the screen."""

from __future__ import annotations

from typing import Final

import pytest
from streamlit.testing.v1 import AppTest

from app.devices import cells
from app.devices.facts import comparable, compare
from app.devices.operators import operator_rows
from app.devices.today import clock_rows
from app.i18n.formats import number
from app.measurements.levels import LEVELS
from app.measurements.rows import bundled_rows
from app.paths import ROOT
from predictors.samples import sample_bytes


def test_a_pixel_has_its_own_clocks_and_a_oneplus_those_of_its_chip() -> None:
    own = clock_rows("google-pixel-8-pro")
    assert set(own["device_id"]) == {"google-pixel-8-pro"}
    assert set(own["first_core"]) == {1, 4, 8}
    chip = clock_rows("oneplus-8-pro")
    assert set(chip["soc"]) == {"Snapdragon 865"}
    assert set(chip["phone"]) == {"Xiaomi Mi 10T Pro"}
    assert clock_rows("jetson-tx2").empty
    assert clock_rows("iphone-17-pro").empty


def figures(device_id: str, network: str, scenario: str) -> dict[str, float]:
    rows = bundled_rows("edge")
    own = rows[(rows["device_id"] == device_id) & (rows["network"] == network)]
    own = own[own["scenario"] == scenario]
    return dict(zip(own["setup"], own["energy_mj"], strict=True))


@pytest.mark.parametrize(
    ("network", "scenario", "energy_mj"),
    [
        ("resnet50", "single-stream", 19.4), ("resnet50", "offline", 8.9),
        ("bert-99", "single-stream", 211), ("bert-99", "offline", 125),
    ],
)  # fmt: skip
def test_orin_nx_in_maxq(network: str, scenario: str, energy_mj: float) -> None:
    found = figures("jetson-orin-nx", network, scenario)
    assert list(found.values()) == [pytest.approx(energy_mj, rel=0.003)]
    assert all("TensorRT" in setup and "MaxQ" in setup for setup in found)


def test_a_comparison_of_devices_says_when_it_was_measured() -> None:
    assert "Measured in 20" in compare("jetson-orin-nx", *comparable("jetson-orin-nx")["resnet50"]).sentence


def test_the_three_ways_of_a_snapdragon_are_three_systems() -> None:
    found = figures("thundercomm-eb6-qrb5165", "resnet50", "single-stream")
    by_way = {setup.split(", ")[1]: round(energy, 1) for setup, energy in found.items()}
    assert by_way == {"snpe-aip": 91.8, "snpe-dsp": 118.5, "snpe-gpu": 655.6}


def test_orin_nano_at_its_dc_input() -> None:
    rows = bundled_rows("edge")
    own = rows[(rows["device_id"] == "jetson-orin-nano") & (rows["network"] == "resnet50")]
    own = own[~own["pruned"].astype(bool)]
    medians = own.groupby(["delegate", "precision"])["energy_mj"].median().round(1).to_dict()
    assert medians["gpu", "fp32"] == 97.8
    assert medians["gpu", "int8"] == 30.0
    assert round(medians["cpu", "fp32"]) == 1109
    assert set(own["meter_scope"]) == {"board-supply"}


def test_a_board_is_compared_by_system_and_within_one_meter() -> None:
    level, subject = comparable("jetson-orin-nx")["resnet50"]
    assert level == LEVELS["edge"]
    comparison = compare("jetson-orin-nx", level, subject)
    assert comparison.meters == ("ac-wall",)
    assert "jetson-orin-nano" not in set(comparison.groups["device_id"])
    assert comparison.groups["label"].str.contains("CTuning, v3.1").any()


def test_every_row_of_the_new_levels_has_a_year_or_says_nothing() -> None:
    for level in ("token", "edge", "cell"):
        rows = bundled_rows(level)
        assert rows["setup"].str.len().gt(0).all()
    assert set(bundled_rows("token")["measured_in"].dropna()) == {"2025", "2026"}
    assert "2023 to 2025" in set(bundled_rows("edge")["measured_in"])


MINI_PC: Final = "trigkey-mini-pc-ryzen-5-5560u"


def explored(**query: str) -> AppTest:
    app = AppTest.from_file(str(ROOT / "app" / "main.py"), default_timeout=60)
    for key, value in query.items():
        app.query_params[key.replace("_", "-")] = value
    app.query_params["level"] = "edge"
    app.switch_page(str(ROOT / "pages" / "explore.py"))
    app.run()
    assert not app.exception
    return app


def shown(app: AppTest, column: str) -> set[str]:
    """The figures of a column as they stand on the screen, with three digits."""
    table = app.dataframe[0].value
    name = next(each for each in table if str(each).startswith(column))
    return {number(float(value)) for value in table[name].dropna()}


def test_edge_systems_are_on_the_screen_with_energy_and_latency() -> None:
    app = explored(edge_device="thundercomm-eb6-qrb5165")
    assert "Measured in 2023" in "\n".join(str(each.value) for each in app.caption)
    assert {number(each) for each in (91.8, 118.5, 655.6)} <= shown(app, "Energy per")
    assert {number(each) for each in (7.8, 9.5, 47.7)} <= {
        number(round(float(each), 1)) for each in shown(app, "Time of a query")
    }


@pytest.mark.slow
@pytest.mark.parametrize(
    ("query", "figures"),
    [
        ({"edge_device": "jetson-orin-nano"}, ("97.8", "30.0", "1,110")),
        ({"edge_device": "jetson-orin-nx", "edge_scenario": "single-stream"}, ("19.4",)),
        ({"edge_device": "jetson-orin-nx", "edge_scenario": "offline"}, ("8.89",)),
        (
            {"edge_device": "jetson-orin-nx", "edge_scenario": "single-stream", "edge_network": "bert-99"},
            ("211",),
        ),
        ({"edge_device": "jetson-orin-nx", "edge_scenario": "offline", "edge_network": "bert-99"}, ("125",)),
        ({"edge_device": MINI_PC, "edge_network": "mobilenet-v1-1.0-224"}, ("329",)),
    ],
)
def test_newer_systems_are_on_the_screen(query: dict[str, str], figures: tuple[str, ...]) -> None:
    assert set(figures) <= shown(explored(**query), "Energy per")


def test_the_power_modes_of_a_board_stand_on_its_page() -> None:
    app = AppTest.from_file(str(ROOT / "app" / "main.py"), default_timeout=60)
    app.query_params["device"] = "jetson-orin-nano"
    app.run()
    assert not app.exception
    said = "\n".join(str(each.value) for each in app.caption)
    assert "15W × 1.04 (0.96 to 1.07)" in said
    assert "MAXN × 1.12 (1.09 to 1.23)" in said
    assert "7W × 1.11" in said
    assert "The meter saw: one supply rail" in said
    assert any("Measured in 2026" in str(each.value) for each in app.markdown)


def unfolded(device: str, *sections: str) -> AppTest:
    app = AppTest.from_file(str(ROOT / "app" / "main.py"), default_timeout=120)
    app.query_params["device"] = device
    for section in sections:
        app.session_state[section] = True
    app.run()
    assert not app.exception
    assert not app.error
    return app


@pytest.mark.slow
def test_a_cell_is_asked_on_the_page_of_its_board(monkeypatch: pytest.MonkeyPatch) -> None:
    app = unfolded("raspberry-pi-5", "cells")
    assert any("Torch Mobile" in table.value.to_string() for table in app.table)
    said = [str(each.value) for each in app.markdown]
    assert any("per inference on one core" in each and "3.2 % off" in each for each in said)
    assert any(each.startswith("The source gives no date. Source: [") for each in said)
    app.text_input(key="cell_text").set_value("no cell").run()
    assert "CELL_TEXT" in app.error[0].value
    app.button_group(key="cell_way").set_value("counted").run()
    assert any("cells with these operators" in str(each.value) for each in app.markdown)
    # A file is read once, however often the page is made anew.
    read: list[str] = []
    reading = cells.read_upload
    monkeypatch.setattr(
        cells, "read_upload", lambda name, *more: (read.append(name), reading(name, *more))[1]
    )
    app.button_group(key="cell_way").set_value("file").run()
    app.file_uploader[0].upload("cell.onnx", sample_bytes("squeezenet-1.1")).run()
    for _ in range(2):
        assert "CELL_FILE" in app.error[0].value
        app.run()
    assert read == ["cell.onnx"]


def test_neural_operators_stand_on_the_page_of_their_board() -> None:
    app = unfolded("jetson-orin-nano", "operators")
    said = "\n".join(str(each.value) for each in (*app.markdown, *app.caption))
    assert "no image networks" in said
    assert "bf16_autocast ×" in said
    rows = operator_rows("jetson-orin-nano")
    assert rows["runs"].sum() == 264
    assert set(rows["family"]) == {"DeepONet", "FNO", "WNO"}
    # Three runs of 21.4, 19.8 and 19.6 mJ or so: the first is the source's first row.
    first = rows[(rows["network"] == "burgers_base") & (rows["precision"] == "bf16_autocast")].iloc[0]
    assert first["low_mj"] < first["energy_mj"] < first["high_mj"] == pytest.approx(21.3587)
    assert operator_rows("raspberry-pi-5").empty
