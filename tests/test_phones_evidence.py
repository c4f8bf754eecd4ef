"""Transfer to the other phones on the measured applications: targets, errors, coverage, refusals."""

from __future__ import annotations

import numpy as np
import pytest

from data import open_bundle, queries
from data.messages import Message
from predictors.energy.p40.gpu import p40_predictor, p40_target
from predictors.energy.phones.evidence import phone_evidence, phone_settings, ratio_cells
from predictors.energy.phones.predictor import phone_predictor, phone_targets
from predictors.errors import InputError
from predictors.evaluation.phones import ALL_DELEGATES, ALL_PHONES, evaluate_phones
from predictors.evaluation.rows import EvaluationRow
from predictors.fusing import fuse
from predictors.reading import read_model
from predictors.registry import find_targets
from predictors.results.estimates import Evidence
from predictors.results.targets import DevicePredictor
from predictors.samples import board_network


@pytest.fixture(scope="module")
def rows() -> list[EvaluationRow]:
    return evaluate_phones(queries.application_measurements(open_bundle()))


def overall(
    rows: list[EvaluationRow], delegate: str, quantity: str = "energy", *, used: bool = True
) -> EvaluationRow:
    key = (ALL_PHONES, delegate, "all", quantity, used)
    (found,) = (r for r in rows if (r.device_id, r.delegate, r.precision, r.quantity, r.used) == key)
    return found


def never(delegate: str) -> DevicePredictor:
    raise AssertionError(f"the base for {delegate} must not be asked for")


@pytest.mark.slow
@pytest.mark.parametrize("delegate", ["cpu", "cpu4"])
def test_cpu_transfer_meets_the_stated_limit(rows: list[EvaluationRow], delegate: str) -> None:
    assert overall(rows, delegate).median_ape_percent <= 14.0


@pytest.mark.parametrize("quantity", ["energy", "latency"])
@pytest.mark.parametrize("delegate", ["cpu", "cpu4", "gpu", "nnapi"])
def test_the_better_of_the_two_methods_is_the_one_in_use(
    rows: list[EvaluationRow], delegate: str, quantity: str
) -> None:
    used, other = (overall(rows, delegate, quantity, used=which) for which in (True, False))
    assert used.median_ape_percent < other.median_ape_percent
    assert other.method.startswith(("baseline: ", "not used: "))


@pytest.mark.parametrize("quantity", ["energy", "latency"])
def test_intervals_of_supported_targets_hold_about_four_fifths(
    rows: list[EvaluationRow], quantity: str
) -> None:
    """All delegates together: single ones rest on three to eleven networks."""
    assert 75.0 <= (overall(rows, ALL_DELEGATES, quantity).coverage_percent or 0.0) <= 85.0


def test_a_target_without_a_figure_is_not_in_the_overall_row(rows: list[EvaluationRow]) -> None:
    listed = [r for r in rows if r.device_id == ALL_PHONES and r.quantity == "energy" and r.used]
    given = [r.n for r in listed if r.precision != "all" and (r.delegate, r.precision) != ("nnapi", "int8")]
    assert overall(rows, ALL_DELEGATES).n == sum(given)


def test_latency_on_the_gpu_is_carried_over_by_the_median_with_its_own_residuals() -> None:
    evidence = phone_evidence()
    fit = evidence.pools["latency", "gpu"]
    own = [cell.log_ratio for cell in fit.cells if cell.device_id == "oneplus-8-pro"]
    assert fit.model.log_ratio("oneplus-8-pro", "gpu", 1.0) == pytest.approx(np.median(own))
    assert len(own) == 3
    left_out = fit.held_out[0]
    others = [
        cell.log_ratio
        for cell in fit.cells
        if cell.device_id == left_out.cell.device_id and cell.dnn_id != left_out.cell.dnn_id
    ]
    assert left_out.residual_log == pytest.approx(left_out.cell.log_ratio - np.median(others))


def test_every_phone_delegate_and_precision_is_listed_with_a_figure_or_a_reason() -> None:
    targets = phone_targets()
    assert len({target.device_id for target in targets}) == 8
    assert len(targets) == 8 * 4 * 2 - 2
    for target in targets:
        if target.evidence is Evidence.UNSUPPORTED:
            assert target.error_percent is None
            assert "too thin" in target.error_basis
        else:
            assert target.evidence is Evidence.TRANSFERRED
            assert target.error_percent is not None


def test_the_network_that_keeps_a_figure_back_is_named() -> None:
    why = phone_evidence().why_thin("huawei-p40-pro", "nnapi", "int8")
    assert isinstance(why, Message)
    assert why.values["far"].values["network"] == "efficientnet-lite0"
    assert why.values["far"].values["low"] > 10.0


def test_what_nobody_measured_is_refused() -> None:
    unsupported = {
        (target.delegate, target.precision)
        for target in phone_targets()
        if target.evidence is Evidence.UNSUPPORTED
    }
    assert unsupported == {("gpu", "int8"), ("nnapi", "int8")}
    with pytest.raises(InputError) as caught:
        phone_predictor(*find_targets("oneplus-8-pro", "gpu", "int8"), never)
    assert caught.value.code == "EVIDENCE_TOO_THIN"


def test_ratios_are_the_printed_figures_divided() -> None:
    """OnePlus 8 Pro, DNN3: 1.3727 J against 1.2684 J, both printed (Tu et al., SEC 2023)."""
    cells = ratio_cells(queries.application_measurements(open_bundle()), "energy", phone_settings())
    (cell,) = (c for c in cells if (c.device_id, c.delegate, c.dnn_id) == ("oneplus-8-pro", "cpu", "DNN3"))
    assert np.exp(cell.log_ratio) == pytest.approx(1.3727 / 1.2684)


def test_intervals_differ_by_what_is_behind_them() -> None:
    evidence = phone_evidence()
    cpu = evidence.interval("energy", "oneplus-8-pro", "cpu", "fp32").factor
    assert cpu < evidence.interval("energy", "oneplus-8-pro", "cpu", "int8").factor
    assert cpu < evidence.interval("energy", "oneplus-8-pro", "nnapi", "fp32").factor


@pytest.mark.parametrize(
    ("dnn_id", "network"), [("DNN7", "mobilenet-v1-1.0-224"), ("DNN5", "efficientnet-lite0")]
)
def test_applications_take_the_stated_multiple_of_their_kernels(dnn_id: str, network: str) -> None:
    """Checks the factor of the settings against the P40 Pro's own kernel predictor, network by network."""
    model = fuse(read_model(board_network(f"{network}-non-quantized")), "tflite-cpu")
    kernels_mj = p40_predictor(p40_target("cpu")).estimate(model).energy_mj
    table = queries.application_measurements(open_bundle()).set_index(["device_id", "delegate", "dnn_id"])
    application_mj = table.loc[("huawei-p40-pro", "cpu", dnn_id), "energy_mj"]
    assert application_mj / kernels_mj == pytest.approx(phone_settings().application_over_kernels, rel=0.1)
