"""A device of one's own: conditioning against hand-made truth, its files, its refusals, its command."""

from __future__ import annotations

import csv
import io
import json
import math
import os
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.models.gists import GISTS
from predictors.cli.main import main
from predictors.energy.boards.data import network_amounts
from predictors.energy.calibrated import predictor
from predictors.energy.calibrated.calibration import ORDERS_NAMED, known_figures, next_network, order_warnings
from predictors.energy.calibrated.checked import checked, resolved
from predictors.energy.calibrated.conditioning import (
    STANDARD_ORDER,
    Measured,
    calibrated_against,
    condition,
    interval_factor,
    misfit_scale,
    moments,
)
from predictors.energy.calibrated.device_file import OwnDevice, device_id_of, read_device, written
from predictors.energy.calibrated.device_rows import MeasuredNetwork, read_table, sound_rows
from predictors.energy.calibrated.predictor import CalibratedPredictor
from predictors.energy.calibrated.prior import known_prior
from predictors.errors import InputError
from predictors.estimate import estimate_model
from predictors.results.estimates import Evidence
from predictors.samples import sample_bytes

THREE = (
    ("mobilenet-v2-0.75-160", 60.0, 14.0),
    ("mobilenet-v2-0.35-96", 14.0, 3.4),
    ("mobilenet-v1-1.0-224", 250.0, 62.0),
)
ONE_IN_JOULES = (*THREE[:2], ("mobilenet-v1-1.0-224", 0.25, 62.0))


def table(rows: tuple[tuple[str, float, float], ...] = THREE, precision: str = "fp32") -> str:
    lines = [f"{model},{precision},{energy},{latency}" for model, energy, latency in rows]
    return "\n".join(["model,precision,energy_mj,latency_ms", *lines]) + "\n"


def device(rows: str = "", name: str = "My board") -> OwnDevice:
    return resolved(OwnDevice("my-board", name, rows=sound_rows(read_table(rows or table()))))


@pytest.fixture(autouse=True)
def _no_devices_left() -> Iterator[None]:
    yield
    os.environ.pop("JOULELENS_DEVICES", None)  # `--devices` sets it for the processes of a batch


def test_moments_are_those_of_a_weighted_sample() -> None:
    mean, covariance = moments(np.array([[1.0, 2.0], [3.0, 6.0]]), np.array([0.25, 0.75]))
    assert mean.tolist() == [2.5, 5.0]
    # By hand: (0.25 * 1.5^2 + 0.75 * 0.5^2) / (1 - 0.0625 - 0.5625) = 0.75 / 0.375 = 2, plus 2^2.
    assert covariance[0, 0] == pytest.approx(6.0)
    assert covariance[0, 1] == pytest.approx(8.0)


@pytest.mark.parametrize("precision", ["fp32", "int8"])
def test_a_known_system_times_a_constant_is_found_again(precision: str) -> None:
    """A board that is exactly a known one at three times its energy: all others within the law's noise."""
    prior = known_prior(precision, "energy")
    names = prior.networks
    truth = prior.laws[0] + math.log(3.0)
    chosen = [names.index(name) for name in STANDARD_ORDER[:5]]
    terms = np.array([network_amounts()[name, precision, "tflite-cpu"].terms for name in names])
    found = condition(prior, Measured(terms[chosen], truth[chosen]), terms)
    assert np.median(np.abs(found.mean - truth)) < math.sqrt(prior.noise_variance)


def test_more_networks_narrow_the_range() -> None:
    prior = known_prior("fp32", "energy")
    terms = np.array([network_amounts()[name, "fp32", "tflite-cpu"].terms for name in STANDARD_ORDER])
    widths = [
        condition(prior, Measured(terms[:count], np.zeros(count)), terms[9:]).prior_sd[0]
        for count in (1, 3, 5, 9)
    ]
    assert widths == sorted(widths, reverse=True)


@pytest.mark.parametrize(
    ("precision", "quantity", "count", "most_percent"),
    [
        ("fp32", "energy", 1, 13.0), ("fp32", "energy", 3, 8.0), ("fp32", "energy", 5, 6.5),
        ("fp32", "energy", 10, 5.7), ("int8", "energy", 1, 16.0), ("int8", "energy", 3, 8.5),
        ("int8", "energy", 5, 6.5), ("int8", "energy", 10, 6.3), ("fp32", "latency", 3, 10.5),
        ("int8", "latency", 3, 10.0),
    ],
)  # fmt: skip
def test_a_board_that_was_never_measured_is_estimated_this_well(
    precision: str, quantity: str, count: int, most_percent: float
) -> None:
    """Each known board forgotten with all its systems; mean absolute error of its other networks.

    One network cannot tell what int8 per channel costs on a board, so one in int8 leaves more than in fp32.
    """
    prior = known_prior(precision, quantity)
    errors = [
        100.0
        * np.abs(
            np.expm1(calibrated_against(prior.without(system.device_id), system, count).error_log)
        ).mean()
        for system in prior.systems
    ]
    assert float(np.mean(errors)) <= most_percent


def test_few_networks_widen_the_range() -> None:
    assert interval_factor("fp32", "energy", 2) > interval_factor("fp32", "energy", 3)


def test_the_file_comes_back_as_it_was() -> None:
    own = device()
    assert read_device(*written(own)) == own


@given(name=st.text(max_size=60), meter=st.text(max_size=60), energy=st.floats(1e-3, 1e6))
def test_any_text_survives_the_file(name: str, meter: str, energy: float) -> None:
    row = MeasuredNetwork("mobilenet-v1-1.0-224", "fp32", energy_mj=energy)
    try:
        own = OwnDevice(device_id_of(name), name, meter=meter, rows=(row,))
        again = read_device(*written(own))
    except InputError as error:
        assert error.code == "DEVICE_FILE_NAME"
        return
    assert again.rows == own.rows
    assert again.meter == "".join(sign if sign.isprintable() else " " for sign in meter)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "INPUT_COLUMNS"),
        ("model,precision\na,fp32\n", "INPUT_COLUMNS"),
        ("model,precision,energy_mj\n", "INPUT_EMPTY"),
        ("model,precision,energy_mj\nmobilenet-v1,fp32,0\n", "CALIBRATION_ROWS"),
        ("model,precision,energy_mj\nmobilenet-v1,fp32,-3\n", "CALIBRATION_ROWS"),
        ("model,precision,energy_mj\nmobilenet-v1,fp32,inf\n", "CALIBRATION_ROWS"),
        ("model,precision,energy_mj\nmobilenet-v1,bf16,3\n", "CALIBRATION_ROWS"),
        ("model,precision,energy_mj,latency_ms\nmobilenet-v1,fp32,,3\n", "CALIBRATION_ROWS"),
        ("model,precision,energy_mj\nmobilenet-v1,fp32,90\nmobilenet-v1,fp32,140\n", "CALIBRATION_ROWS"),
        ("model,precision,energy_mj\nno-such-network,fp32,90\n", "CALIBRATION_ROWS"),
        (table((("mobilenet-v1", 0.25, 60.0), ("mobilenet-v2", 0.12, 40.0))), "CALIBRATION_UNIT"),
        (table(ONE_IN_JOULES), "CALIBRATION_UNIT"),
        ("model,precision,energy_mj,energy_mj\nmobilenet-v1,fp32,90,40\n", "INPUT_COLUMNS"),
        ("model,precision,energy_mj\nmobilenet-v1,fp32,90,5\n", "CALIBRATION_ROWS"),
        ('model,precision,energy_mj\nmobilenet-v1,fp32,"90,5"\n', "CALIBRATION_ROWS"),
        ("model,precision,energy_mj\nmobilenet-v1,fp32,NaN\n", "CALIBRATION_ROWS"),
        ("model,precision,energy_mj\nmobilenet-v1,fp32,1e308\n", "CALIBRATION_ROWS"),
        ("model,precision,energy_mj\nmobilenet-v1,fp32,1e-308\n", "CALIBRATION_ROWS"),
        ("model,precision,energy_mj,latency_ms\nmobilenet-v1,fp32,90,1e308\n", "CALIBRATION_ROWS"),
        ("model,precision,energy_mj\nmobilenet-v1,fp32\n", "CALIBRATION_ROWS"),
    ],
)  # fmt: skip
def test_what_cannot_be_used_is_refused_by_code(text: str, code: str) -> None:
    with pytest.raises(InputError) as caught:
        checked(OwnDevice("my-board", "My board"), read_table(text))
    assert caught.value.code == code


@pytest.mark.parametrize("mark", ["\ufeff", ""])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_what_editors_do_to_a_file_changes_nothing(mark: str, end: str) -> None:
    own = device()
    toml_text, csv_text = written(own)
    if end != "\r":  # TOML knows no such end of a line
        toml_text = toml_text.replace("\n", end)
    headed = csv_text.replace("model,precision", "Model, Precision ", 1).replace("\n", end)
    assert read_device(mark + toml_text, mark + headed) == own


def test_a_date_may_be_written_as_toml_has_them() -> None:
    assert read_device(NAMED + "date = 2026-11-29\n", table()).date == "2026-11-29"


def test_a_file_of_a_newer_version_says_so() -> None:
    toml_text, csv_text = written(device())
    with pytest.raises(InputError) as caught:
        read_device(toml_text.replace("schema_version = 1", "schema_version = 9"), csv_text)
    assert caught.value.code == "DEVICE_FILE_NEWER"


NAMED: Final = 'schema_version = 1\nname = "My board"\n'


@pytest.mark.parametrize(
    "toml_text",
    [
        "", "schema_version = ", "schema_version = 1\nname = 3\n", "[" * 5000, "\x00\x01",
        "schema_version = 0x" + "f" * 6000,
        'schema_version = true\nname = "My board"\n', 'schema_version = 1.5\nname = "My board"\n',
        NAMED + "idle_power_w = -5\n", NAMED + "idle_power_w = nan\n", NAMED + "idle_power_w = 1e308\n",
        NAMED + 'idle_power_w = "2"\n', NAMED + "threads = 2.5\n", NAMED + "threads = true\n",
        NAMED + 'scop = "package"\n', NAMED + "[meter]\n", NAMED + 'scope = "latency-only"\n',
        NAMED + 'scope = "moon"\n', NAMED + 'kind = "car"\n', NAMED + 'id = "raspberry-pi-4"\n', NAMED * 2,
    ],
)  # fmt: skip
def test_a_damaged_file_says_so(toml_text: str) -> None:
    with pytest.raises(InputError) as caught:
        read_device(toml_text, table())
    assert caught.value.code in {"DEVICE_FILE_DAMAGED", "DEVICE_FILE_NAME"}


def test_the_kernels_add_up_to_the_total_of_the_device(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    measured = tmp_path / "m.csv"
    measured.write_text(table(), encoding="utf-8")
    assert main(["calibrate", str(measured), "--name", "My board", "--out", str(tmp_path / "own")]) == 0
    monkeypatch.setenv("JOULELENS_DEVICES", str(tmp_path / "own"))
    (estimate,) = estimate_model(sample_bytes("mobilenet-v2"), device="my-board").estimates
    assert estimate.evidence is Evidence.CALIBRATED
    assert sum(part.energy_mj for part in estimate.kernels) == pytest.approx(estimate.energy_mj)
    assert sum(part.latency_ms for part in estimate.kernels) == pytest.approx(estimate.latency_ms)
    # MobileNetV2 lies between MobileNetV2 0.75-160 (60 mJ) and MobileNetV1 (250 mJ), as on every known board.
    assert 60.0 < estimate.energy_mj_low < estimate.energy_mj < estimate.energy_mj_high < 250.0
    assert {note.code for note in estimate.warnings} >= {"CALIBRATED"}


def test_a_measured_network_comes_back_as_measured(tmp_path: Path) -> None:
    own = CalibratedPredictor(device(), "fp32")
    found = own.conditioned("energy", own.energy.terms)
    assert np.exp(found.mean) == pytest.approx([60.0, 14.0, 250.0], rel=0.12)


def test_figures_that_fit_badly_widen_the_range_by_their_misfit() -> None:
    """A stuck meter, the order reversed, and a device that is one of the known ones at twice the energy."""
    networks = STANDARD_ORDER[:3]
    known = [2.0 * energy for _, energy, _ in known_figures("raspberry-pi-4", networks)]
    sound, stuck, reverse = (
        CalibratedPredictor(resolved(_three(networks, each)), "fp32")
        for each in (known, [30.0] * 3, [600.0, 150.0, 30.0])
    )
    assert sound.misfit < 1.5
    assert not sound.equal
    assert 2.0 < stuck.misfit < reverse.misfit
    half = [next_network(each).range_now_percent for each in (sound, stuck, reverse)]
    assert half[0] < 15.0
    assert half[1] > 25.0
    assert half[2] > 80.0
    # By hand: chi^2 of residuals (-1, 0, 1) with unit variances is 2, over k - 1 = 2 degrees of freedom 1;
    # three times as far, the scale is 3, whatever the level. A good fit narrows nothing.
    residual = np.array([-1.0, 0.0, 1.0])
    assert [
        misfit_scale(np.eye(3), each) for each in (3.0 * residual + 7.0, 0.1 * residual, residual[:1])
    ] == pytest.approx([3.0, 1.0, 1.0])
    (note,) = stuck.equal
    assert (note.values["low"], note.values["high"], round(note.values["times"], 1)) == (30.0, 30.0, 3.3)
    assert "CALIBRATION_EQUAL" in {each.code for each in stuck.notes()}
    assert note in order_warnings(stuck)


def _three(networks: Sequence[str], energies: Sequence[float]) -> OwnDevice:
    rows = [MeasuredNetwork(name, "fp32", each) for name, each in zip(networks, energies, strict=True)]
    return OwnDevice("x", "x", rows=tuple(rows))


def test_the_next_network_narrows_the_range() -> None:
    following = next_network(CalibratedPredictor(device(), "fp32"))
    assert following.network in STANDARD_ORDER
    assert following.range_then_percent < following.range_now_percent


def test_the_command_answers_in_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    measured = tmp_path / "m.csv"
    measured.write_text(table(), encoding="utf-8")
    assert (
        main(["calibrate", str(measured), "--name", "Küche 2", "--out", str(tmp_path), "--format", "json"])
        == 0
    )
    answer = json.loads(capsys.readouterr().out)
    assert answer["device_id"] == "kuche-2"
    (fit,) = answer["fits"]
    assert [row["model"] for row in fit["leave_one_out"]] == [model for model, *_ in THREE]
    rows = list(csv.DictReader(io.StringIO((tmp_path / "kuche-2.csv").read_text(encoding="utf-8"))))
    assert [float(row["energy_mj"]) for row in rows] == [60.0, 14.0, 250.0]


def test_names_of_one_id_are_told_apart_by_nobody_but_the_reader(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A letter with an accent is the letter; a second name of the same id overwrites nothing."""
    ids = {"Bräu-Kiste №2": "brau-kiste-no2", "Straße Ø": "strasse-o", "İstanbul": "istanbul", "板 1": "1"}
    assert {name: device_id_of(name) for name in ids} == ids
    for name in ("板", "ß" * 41, "\N{GRINNING FACE}"):
        with pytest.raises(InputError, match="makes no id"):
            device_id_of(name)
    measured, file = tmp_path / "m.csv", tmp_path / "my-bord.toml"
    measured.write_text(table(), encoding="utf-8")

    def calibrated(name: str) -> int:
        return main(["calibrate", str(measured), "--name", name, "--out", str(tmp_path)])

    assert [calibrated("My Börd"), calibrated("My Börd")] == [0, 0]
    assert 'name = "My Börd"' in file.read_text(encoding="utf-8")
    capsys.readouterr()
    for other in ("My bord", "MY BÖRD", "my *bord*"):
        assert calibrated(other) == 2
        error = capsys.readouterr().err
        assert error.startswith("DEVICE_FILE_ID:") and "My Börd" in error and other in error
    written_before = file.read_text(encoding="utf-8").replace('id = "my-bord"', 'id = "my-b-rd"')
    assert (
        read_device(written_before, file.with_suffix(".csv").read_text(encoding="utf-8")).device_id
        == "my-bord"
    )


def test_the_id_of_a_bundled_device_is_taken(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    measured = tmp_path / "m.csv"
    measured.write_text(table(), encoding="utf-8")
    assert main(["calibrate", str(measured), "--name", "Raspberry Pi 4", "--out", str(tmp_path)]) == 2
    assert capsys.readouterr().err.startswith("DEVICE_FILE_ID:")


@pytest.mark.parametrize("command", ["estimate", "kernels", "diff", "split"])
def test_every_command_takes_the_device(
    command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    measured, model = tmp_path / "m.csv", tmp_path / "net.onnx"
    measured.write_text(table(), encoding="utf-8")
    model.write_bytes(sample_bytes("squeezenet-1.1"))
    assert main(["calibrate", str(measured), "--name", "My board", "--out", str(tmp_path / "own")]) == 0
    files = {"kernels": ["docs/examples/kernels.csv"], "diff": [str(model), str(model)]}
    capsys.readouterr()
    options = ["--devices", str(tmp_path / "own"), "--device", "my-board"]
    assert main([command, *files.get(command, [str(model)]), *options]) == 0, capsys.readouterr().err


def test_one_network_warns_and_latency_may_be_missing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    measured = tmp_path / "m.csv"
    measured.write_text("model,precision,energy_mj\nmobilenet-v2-0.75-160,fp32,60\n", encoding="utf-8")
    assert main(["calibrate", str(measured), "--name", "B", "--out", str(tmp_path), "--format", "json"]) == 0
    (fit,) = json.loads(capsys.readouterr().out)["fits"]
    assert fit["leave_one_out"][0]["error_percent"] is None
    assert len(fit["warnings"]) == 2


def test_every_note_on_ones_own_device_has_its_words() -> None:
    """A note without words is shown by its code, in English whatever the language."""
    source = Path(predictor.__file__).read_text(encoding="utf-8")
    codes = set(re.findall(r'"(CALIBRAT[A-Z_]+)"', source))
    assert {"CALIBRATED", "CALIBRATION_FEW"} <= codes <= set(GISTS)


def test_many_rows_against_the_order_are_told_by_the_worst() -> None:
    """The larger, the less energy: every pair is wrong, the first and the last row most of all."""
    base = network_amounts()[THREE[0][0], "fp32", "tflite-cpu"].terms
    rows = tuple(
        MeasuredNetwork(f"n{at}", "fp32", 1000.0 - at, amounts=tuple((base * 1.25**at).tolist()), line=at + 1)
        for at in range(40)
    )
    told = order_warnings(CalibratedPredictor(OwnDevice("a", "a", rows=rows), "fp32"))
    assert len(told) == ORDERS_NAMED + 2  # the last: all of them are within 5 %
    assert (told[0].values["large_row"], told[0].values["small_row"]) == (40, 1)
    assert told[-2].values["pairs"] == 40 * 39 // 2 - ORDERS_NAMED
    two = order_warnings(CalibratedPredictor(OwnDevice("a", "a", rows=(rows[0], rows[9])), "fp32"))
    assert [each.values["large_row"] for each in two] == [10, 10]
