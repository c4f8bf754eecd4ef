"""Phones among one's own devices: how far off they were on the eight measured ones, and what is refused."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from data import open_bundle, queries
from data.contribution.check import check_csv
from predictors.cli.main import main
from predictors.energy.boards.features import network_terms
from predictors.energy.calibrated.calibration import fused_sample, known_figures
from predictors.energy.calibrated.checked import resolved
from predictors.energy.calibrated.conditioning import Measured, condition, interval_factor
from predictors.energy.calibrated.contribution import board_contribution
from predictors.energy.calibrated.device_file import OwnDevice, check_delegate, read_device, written
from predictors.energy.calibrated.device_rows import read_table, sound_rows
from predictors.energy.calibrated.predictor import PHONE_FACTOR, CalibratedPredictor
from predictors.energy.calibrated.prior import known_prior
from predictors.energy.calibrated.reference_rows import NOT_BUILT, reference_rows
from predictors.errors import InputError
from predictors.model.reference_networks import REFERENCE_DNNS

THREE = ["mobilenet-v2-0.35-96", "mobilenet-v2-0.75-160", "mobilenet-v1-1.0-224"]
TABLE = "model,precision,energy_mj,latency_ms\n" + "".join(
    f"{model},fp32,{energy},{latency}\n" for model, energy, latency in known_figures("raspberry-pi-4", THREE)
)
MEASURED_ON = {"fp32": ("DNN7", "DNN5", "DNN1"), "int8": ("DNN8", "DNN6", "DNN2")}
WITHOUT_SOUND = NOT_BUILT | {
    "DNN12"
}  # its application waits for the sound, so its energy is not the network's


def code_of(ask: Callable[[], object]) -> str:
    with pytest.raises(InputError) as caught:
        ask()
    return caught.value.code


def phone_z(precision: str, quantity: str, count: int) -> list[float]:
    """|ln error| over the stated spread of the phones' other reference networks, calibrated on `count`."""
    terms = {
        dnn_id: network_terms(fused_sample(sample_id).kernels, of_precision)
        for dnn_id, (sample_id, of_precision) in REFERENCE_DNNS.items()
        if of_precision == precision and dnn_id not in WITHOUT_SOUND
    }
    rows = queries.application_measurements(open_bundle())
    column = "energy_mj" if quantity == "energy" else "latency_ms"
    rows = rows[(rows["delegate"] == "cpu") & rows["dnn_id"].isin(terms)].dropna(subset=[column])
    found = []
    for _, of_phone in rows.groupby("device_id"):
        logs = dict(zip(of_phone["dnn_id"], np.log(of_phone[column].to_numpy()), strict=True))
        used = [dnn_id for dnn_id in MEASURED_ON[precision] if dnn_id in logs][:count]
        others = [dnn_id for dnn_id in logs if dnn_id not in used]
        if len(used) < count or not others:
            continue
        measured = Measured(np.array([terms[each] for each in used]), np.array([logs[each] for each in used]))
        said = condition(
            known_prior(precision, quantity), measured, np.array([terms[each] for each in others])
        )
        found += (np.abs(said.mean - np.array([logs[each] for each in others])) / said.sd).tolist()
    return found


@pytest.mark.long
@pytest.mark.parametrize(("precision", "quantity"), list(PHONE_FACTOR))
def test_the_factors_of_phones_are_those_of_the_measured_phones(precision: str, quantity: str) -> None:
    quantiles = [float(np.quantile(phone_z(precision, quantity, count), 0.8)) for count in (1, 2, 3)]
    assert PHONE_FACTOR[precision, quantity] == pytest.approx(quantiles, rel=0.05)


def test_a_phone_has_a_wider_range_than_a_board_and_says_why() -> None:
    rows = sound_rows(read_table(TABLE))
    model = fused_sample("resnet-50")
    [board] = CalibratedPredictor(resolved(OwnDevice("x", "x", rows=rows)), "fp32").totals([model])
    phone = CalibratedPredictor(resolved(OwnDevice("x", "x", kind="phone", rows=rows)), "fp32")
    [wide] = phone.totals([model])
    assert wide.energy.value == pytest.approx(board.energy.value)
    ratio = PHONE_FACTOR["fp32", "energy"][2] / interval_factor("fp32", "energy", 3)
    assert ratio > 1.4
    assert wide.energy.half_width == pytest.approx(ratio * board.energy.half_width)
    assert "CALIBRATION_PHONE" in {note.code for note in phone.notes()}


@pytest.mark.parametrize("runtime", ["NNAPI", "tflite-gpu", "Hexagon DSP"])
def test_other_delegates_of_a_phone_are_refused(runtime: str) -> None:
    assert code_of(lambda: check_delegate("phone", runtime)) == "CALIBRATION_DELEGATE"
    check_delegate("board", runtime)
    toml, table = written(
        OwnDevice("x", "x", kind="phone", runtime=runtime, rows=sound_rows(read_table(TABLE)))
    )
    assert code_of(lambda: read_device(toml, table)) == "CALIBRATION_DELEGATE"


def test_the_command_refuses_them_and_writes_nothing(tmp_path: Path) -> None:
    measured = tmp_path / "m.csv"
    measured.write_text(TABLE, encoding="utf-8")
    options = ["--name", "My phone", "--out", str(tmp_path / "d"), "--kind", "phone", "--runtime", "nnapi"]
    assert main(["calibrate", str(measured), *options]) == 2
    assert not (tmp_path / "d").exists()


def test_a_contribution_passes_the_check() -> None:
    device = resolved(OwnDevice("my-board", "My board", runtime="tflite", rows=sound_rows(read_table(TABLE))))
    checked = check_csv(board_contribution(device).encode(), "board", "mine")
    assert (checked.accepted, checked.rows_read) == (True, 3)
    assert {row["meter_scope"] for row in checked.rows} == {"ac-wall"}
    package = OwnDevice("x", "x", scope="package", rows=device.rows)
    assert code_of(lambda: board_contribution(package)) == "CALIBRATION_NOT_HANDED_IN"


def test_reference_networks_are_measured_where_they_were_and_calibrated_elsewhere() -> None:
    device = resolved(OwnDevice("my-board", "My board", rows=sound_rows(read_table(TABLE))))
    rows = {row.dnn_id: row for row in reference_rows(device)}
    assert set(rows) == {"DNN1", "DNN3", "DNN5", "DNN7", "DNN10", "DNN11", "DNN12"}
    assert [dnn_id for dnn_id, row in rows.items() if row.is_measured] == ["DNN7"]
    [(_, energy_mj, latency_ms)] = known_figures("raspberry-pi-4", ["mobilenet-v1-1.0-224"])
    assert rows["DNN7"].energy_mj == energy_mj
    assert rows["DNN7"].avg_power_w == pytest.approx(energy_mj / latency_ms)
    assert rows["DNN5"].energy_mj_low < rows["DNN5"].energy_mj < rows["DNN5"].energy_mj_high
