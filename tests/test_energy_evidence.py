"""What an estimate as a whole rests on: the same words and codes on every device."""

from __future__ import annotations

import numpy as np
import pytest

from predictors.energy.evidence import approximated_note, outside_note, overall_evidence, unsupported_note
from predictors.energy.kernels.fit import measured_kernels
from predictors.evaluation.p40 import predict_ours
from predictors.evaluation.rows import grouped_folds
from predictors.model.kernel_rows import kernel_from_row
from predictors.model.kernels import FusedModel, Kernel, KernelConfig, KernelKind
from predictors.registry import predictor
from predictors.results.estimates import Evidence, KernelEstimate
from predictors.results.targets import HeldOutErrors

CONV = kernel_from_row(
    {"kernel": "conv", "input_hw": 56, "c_in": 64, "c_out": 64, "kernel_size": 3, "stride": 1}
)
SOFTMAX = kernel_from_row({"kernel": "softmax", "input_hw": 56, "c_in": 64})
LOST = Kernel(0, "lost", KernelKind.UNSUPPORTED, KernelConfig(), ("Foo",))
PLACES = [
    ("huawei-p40-pro", "cpu", "fp32"),
    ("huawei-p40-pro", "gpu", "fp32"),
    ("xiaomi-redmi-k30-ultra", "cpu", "fp32"),
    ("raspberry-pi-4", "tflite-ruy", "fp32"),
    ("jetson-tx2", "gpu", "fp32"),
    ("jetson-xavier-nx", "tensorrt", "int8"),
]


def part(energy_mj: float, evidence: Evidence, in_range: bool = True) -> KernelEstimate:
    return KernelEstimate(CONV, energy_mj, energy_mj, energy_mj, energy_mj, evidence, "law", in_range)


def network(*kernels: Kernel) -> FusedModel:
    return FusedModel("any", tuple(kernel.with_index(place) for place, kernel in enumerate(kernels)))


def test_evidence_of_a_sum() -> None:
    known, guessed, lost = (
        part(2.0, Evidence.PREDICTED), part(3.0, Evidence.APPROXIMATED), part(0.0, Evidence.UNSUPPORTED),
    )  # fmt: skip
    assert overall_evidence([known, lost], Evidence.PREDICTED) is Evidence.PREDICTED
    assert overall_evidence([known, known, guessed], Evidence.PREDICTED) is Evidence.PREDICTED
    assert overall_evidence([known, guessed], Evidence.PREDICTED) is Evidence.APPROXIMATED
    assert overall_evidence([known, guessed], Evidence.TRANSFERRED) is Evidence.TRANSFERRED
    assert overall_evidence([lost, lost], Evidence.PREDICTED) is Evidence.UNSUPPORTED
    assert overall_evidence([], Evidence.PREDICTED) is Evidence.UNSUPPORTED


def test_notes_name_counts_and_shares() -> None:
    parts = [part(3.0, Evidence.PREDICTED), part(1.0, Evidence.APPROXIMATED, in_range=False)]
    approximated, outside = approximated_note(parts), outside_note(parts)
    assert approximated is not None
    assert outside is not None
    assert "1 of 2 kernels (25 % of the energy)" in approximated.message
    assert "1 of 2 kernels (25 % of the energy)" in outside.message
    assert unsupported_note(parts) is None


@pytest.mark.parametrize(("device_id", "delegate", "precision"), PLACES)
def test_a_network_without_any_figure_is_unsupported(device_id: str, delegate: str, precision: str) -> None:
    estimate = predictor(device_id, delegate, precision).estimate(network(LOST, LOST))
    assert estimate.evidence is Evidence.UNSUPPORTED
    assert estimate.energy_mj == 0.0
    assert not any(each.in_range or each.law.startswith(",") for each in estimate.kernels)


@pytest.mark.parametrize(("device_id", "delegate", "precision"), PLACES)
def test_kernels_without_a_figure_and_approximated_ones_have_one_code_everywhere(
    device_id: str, delegate: str, precision: str
) -> None:
    estimate = predictor(device_id, delegate, precision).estimate(network(*[CONV] * 30, SOFTMAX, LOST))
    notes = {note.code: note.message for note in estimate.warnings}
    assert "Foo (1)" in notes["KERNELS_UNSUPPORTED"]
    assert "KERNELS_APPROXIMATED" in notes
    assert estimate.coverage.unsupported == 1


@pytest.mark.slow
@pytest.mark.parametrize("delegate", ["cpu", "gpu"])
def test_the_error_that_is_shown_is_the_one_of_ten_folds(delegate: str) -> None:
    rows = measured_kernels("huawei-p40-pro", delegate)[KernelKind.CONV]
    errors = [
        np.abs(np.exp(predict_ours(rows, train, rows.select(test).kernels, "energy_mj", delegate).mean)
               / rows.energy_mj[test] - 1.0)
        for train, test in grouped_folds(rows.kernels)
    ]  # fmt: skip
    target = predictor("huawei-p40-pro", delegate, "fp32").target
    found = HeldOutErrors.of(100 * np.concatenate(errors))
    shown = target.error_count, target.error_percent, target.error_high_percent
    assert shown == pytest.approx((found.count, found.median_percent, found.high_percent), abs=0.06)
    assert target.tested == "kernels"
    assert f"over {len(rows.kernels)} measured" in target.error_basis
