"""Jetson Xavier NX: the TX2 GPU law carried over by the ratio of the networks measured on both."""

from __future__ import annotations

import math

import numpy as np
import pytest

from predictors.energy.tx2.predictor import tx2_predictor, tx2_target
from predictors.energy.xavier_nx.anchors import ANCHORS, PUBLISHED_GMACS
from predictors.energy.xavier_nx.predictor import (
    leave_one_out_errors,
    log_ratio,
    nx_fit,
    xavier_nx_predictor,
    xavier_nx_targets,
)
from predictors.evaluation.xavier_nx import BEST, MACS_ONLY, TIMES, evaluate
from predictors.model.kernels import FusedModel, Kernel, KernelConfig, KernelKind
from predictors.results.estimates import Evidence


def network(name: str) -> FusedModel:
    return FusedModel("tensorrt", tuple(ANCHORS[name]()))


@pytest.mark.parametrize("name", list(ANCHORS))
def test_anchor_architectures_have_the_published_macs(name: str) -> None:
    assert network(name).macs / 1e9 == pytest.approx(PUBLISHED_GMACS[name], rel=0.005)


def test_ratio_by_hand() -> None:
    ratio = log_ratio([2.0, 8.0], [1.0, 1.0])
    assert ratio.value == pytest.approx(4.0)
    # Student's t, one degree of freedom, 90 % quantile 3.0777; deviation of (ln 2, ln 8) is ln(4)/sqrt(2).
    assert ratio.half_width == pytest.approx(3.0777 * math.log(4) / math.sqrt(2) * math.sqrt(1.5), rel=1e-4)


def test_leave_one_out_by_hand() -> None:
    errors = leave_one_out_errors([1.0, 2.0, 4.0], [1.0, 1.0, 1.0])
    assert errors.tolist() == pytest.approx([math.sqrt(8) - 1, 2 / 2 - 1, math.sqrt(2) / 4 - 1])


def test_estimate_is_the_tx2_energy_times_the_ratios() -> None:
    model = network("resnet50")
    found, source = (
        xavier_nx_predictor(xavier_nx_targets()[0]).estimate(model),
        tx2_predictor(tx2_target("gpu")).estimate(model),
    )
    ratios = nx_fit().ratios
    assert found.energy_mj == pytest.approx(source.energy_mj * ratios["energy"].value)
    assert found.latency_ms == pytest.approx(source.energy_mj * ratios["latency"].value)
    assert found.latency_ms == pytest.approx(sum(part.latency_ms for part in found.kernels), rel=1e-9)
    assert found.latency_ms_low < found.latency_ms < found.latency_ms_high
    assert found.energy_mj == pytest.approx(sum(part.energy_mj for part in found.kernels), rel=1e-9)
    assert found.energy_mj_low < found.energy_mj < found.energy_mj_high
    assert found.evidence is Evidence.TRANSFERRED
    assert 0 < found.idle_energy_mj < found.energy_mj


def test_anchors_lie_in_their_own_intervals() -> None:
    for anchor in nx_fit().anchors:
        estimate = xavier_nx_predictor(xavier_nx_targets()[0]).estimate(network(anchor.network))
        assert estimate.energy_mj_low <= anchor.energy_mj <= estimate.energy_mj_high
        assert estimate.latency_ms_low <= anchor.latency_ms <= estimate.latency_ms_high
        assert anchor.runs == 3


def test_power_is_that_of_the_measured_networks_for_any_network() -> None:
    # The logs have 10.4 to 14.0 W in the three networks, and never more than 21 W on this board.
    measured = [anchor.energy_mj / anchor.latency_ms for anchor in nx_fit().anchors]
    small = FusedModel("tensorrt", (next(iter(ANCHORS["ssd-mobilenet"]())),))
    for model in (small, network("ssd-mobilenet"), network("ssd-resnet34")):
        estimate = xavier_nx_predictor(xavier_nx_targets()[0]).estimate(model)
        assert min(measured) < estimate.avg_power_w < max(measured)


def test_time_from_energy_is_better_than_from_the_time_of_the_tx2() -> None:
    rows = {row.method: row for row in evaluate() if row.quantity == "latency"}
    assert rows[BEST].mape_percent < 0.6 * rows[TIMES].mape_percent
    assert (rows[BEST].used, rows[TIMES].used) == (True, False)


def test_law_of_the_tx2_carries_over_better_than_macs() -> None:
    rows = {(row.quantity, row.method): row.mape_percent for row in evaluate()}
    for quantity in ("energy", "latency"):
        assert rows[quantity, BEST] < rows[quantity, MACS_ONLY]


def test_few_anchors_and_wall_power_are_said() -> None:
    estimate = xavier_nx_predictor(xavier_nx_targets()[0]).estimate(network("ssd-mobilenet"))
    notes = {note.code: note.message for note in estimate.warnings}
    assert set(notes) == {"FEW_ANCHORS", "WALL_POWER", "KERNELS_APPROXIMATED"}
    assert "Only 3 networks" in notes["FEW_ANCHORS"]


def test_unsupported_kernels_stay_listed_without_energy() -> None:
    lost = Kernel(0, "lost", KernelKind.UNSUPPORTED, KernelConfig())
    known = next(iter(ANCHORS["resnet50"]()))
    parts = xavier_nx_predictor(xavier_nx_targets()[0]).estimate_kernels([lost, known])
    assert parts[0].evidence is Evidence.UNSUPPORTED
    assert (parts[0].energy_mj, parts[0].energy_mj_low, parts[0].energy_mj_high) == (0.0, 0.0, 0.0)
    assert parts[1].evidence is Evidence.TRANSFERRED


def test_the_target_has_its_held_out_error() -> None:
    target = xavier_nx_targets()[0]
    assert (target.device_id, target.delegate, target.precision) == ("jetson-xavier-nx", "tensorrt", "int8")
    known = nx_fit().anchors
    errors = leave_one_out_errors([a.energy_mj for a in known], [a.tx2_energy_mj for a in known])
    assert target.error_percent == pytest.approx(100 * float(np.median(np.abs(errors))), abs=0.5)
    assert "median over 3 networks" in target.error_basis
