"""The predictor of another phone: scaling, sums, intervals, and refusing where the evidence is too thin."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import pandas as pd
import pytest

from predictors.energy.phones.evidence import build_evidence, phone_settings, precision_step, ratio_cells
from predictors.energy.phones.predictor import PhonePredictor
from predictors.errors import InputError
from predictors.model.kernels import FusedModel, Kernel, KernelConfig, KernelKind
from predictors.model.shared_work import shared_work
from predictors.results.estimates import Estimate, Evidence, KernelEstimate, Note
from predictors.results.targets import Target

SOURCE_MJ = {"DNN1": 200.0, "DNN3": 1300.0, "DNN5": 100.0, "DNN7": 125.0, "DNN11": 1800.0}
INT8_SHARE = {"DNN1": 0.6, "DNN3": 0.4, "DNN5": 0.7, "DNN7": 0.65}


def applications() -> pd.DataFrame:
    """A made-up table: phone "b" needs exactly 2 times the energy and 4/3 of the power of the P40 Pro."""
    energies = {dnn: (energy, "fp32") for dnn, energy in SOURCE_MJ.items()}
    int8_of = phone_settings().int8_of
    energies |= {int8_of[dnn]: (SOURCE_MJ[dnn] * share, "int8") for dnn, share in INT8_SHARE.items()}
    rows = []
    for dnn_id, (energy_mj, precision) in energies.items():
        for delegate in ("cpu", "cpu4", "nnapi"):
            rows.append(("huawei-p40-pro", dnn_id, delegate, precision, energy_mj, 3.0))
            rows.append(("b", dnn_id, delegate, precision, 2.0 * energy_mj, 4.0))
    rows += [("huawei-p40-pro", "DNN5", "gpu", "fp32", 90.0, 3.0), ("b", "DNN5", "gpu", "fp32", 95.0, 3.0)]
    rows.append(("b", "DNN10", "cpu", "fp32", None, None))
    columns = ["device_id", "dnn_id", "delegate", "precision", "energy_mj", "avg_power_w"]
    return pd.DataFrame(rows, columns=columns)


@dataclass(frozen=True)
class FakeBase:
    """Two kernels with figures and one nobody knows."""

    energy_mj: float = 300.0

    @property
    def target(self) -> Target:
        return Target("huawei-p40-pro", "cpu", "fp32", "tflite-cpu", Evidence.PREDICTED, 5.0, "made up")

    def estimate_kernels(self, kernels: Sequence[Kernel]) -> list[KernelEstimate]:
        share = {KernelKind.CONV: 0.75, KernelKind.RESIZE: 0.25, KernelKind.UNSUPPORTED: 0.0}
        evidence = {
            KernelKind.CONV: Evidence.PREDICTED,
            KernelKind.RESIZE: Evidence.APPROXIMATED,
            KernelKind.UNSUPPORTED: Evidence.UNSUPPORTED,
        }
        return [
            KernelEstimate(
                kernel=kernel,
                energy_mj=self.energy_mj * share[kernel.kind],
                energy_mj_low=0.5 * self.energy_mj * share[kernel.kind],
                energy_mj_high=2.0 * self.energy_mj * share[kernel.kind],
                latency_ms=0.25 * self.energy_mj * share[kernel.kind],
                evidence=evidence[kernel.kind],
                law="made up",
            )
            for kernel in kernels
        ]

    def estimate(self, model: FusedModel) -> Estimate:
        parts = tuple(self.estimate_kernels(model.kernels))
        return Estimate(
            "huawei-p40-pro", "cpu", "fp32", self.energy_mj, 0.9 * self.energy_mj, 1.1 * self.energy_mj,
            0.25 * self.energy_mj, 0.2 * self.energy_mj, 0.3 * self.energy_mj, Evidence.PREDICTED, parts,
            warnings=(Note("BASE", "kept"),), source_ids=("deepen2023-kernels",),
        )  # fmt: skip


def network() -> FusedModel:
    kinds = (KernelKind.CONV, KernelKind.RESIZE, KernelKind.UNSUPPORTED)
    return FusedModel(
        "tflite-cpu", tuple(Kernel(i, str(kind), kind, KernelConfig()) for i, kind in enumerate(kinds))
    )


def predictor(
    delegate: str, precision: str, energy_mj: float = 300.0, device_id: str = "b"
) -> PhonePredictor:
    evidence = build_evidence(applications(), phone_settings())
    target = Target(device_id, delegate, precision, "tflite-cpu", Evidence.TRANSFERRED, None, "test")
    return PhonePredictor(target, evidence, FakeBase(energy_mj))


def test_cells_are_ratios_to_the_source_and_skip_what_was_not_measured() -> None:
    settings = phone_settings()
    energy = {(c.device_id, c.delegate, c.dnn_id): c for c in ratio_cells(applications(), "energy", settings)}
    latency = {
        (c.device_id, c.delegate, c.dnn_id): c for c in ratio_cells(applications(), "latency", settings)
    }
    assert math.exp(energy["b", "cpu", "DNN3"].log_ratio) == pytest.approx(2.0)
    assert math.exp(latency["b", "cpu", "DNN3"].log_ratio) == pytest.approx(2.0 * 3.0 / 4.0)
    assert math.exp(energy["b", "cpu", "DNN3"].log_source_mj) == pytest.approx(1300.0)
    assert ("b", "cpu", "DNN10") not in energy
    assert ("huawei-p40-pro", "cpu", "DNN3") not in energy


def test_total_is_the_source_times_the_ratio_and_the_sum_of_kernels() -> None:
    estimate = predictor("cpu", "fp32").estimate(network())
    assert estimate.energy_mj == pytest.approx(600.0, rel=0.06)
    assert estimate.latency_ms == pytest.approx(75.0 * 1.5, rel=0.06)
    assert estimate.energy_mj == sum(part.energy_mj for part in estimate.kernels)
    assert estimate.latency_ms == sum(part.latency_ms for part in estimate.kernels)
    assert estimate.avg_power_w == pytest.approx(4.0 * 4.0 / 3.0, rel=0.06)


def test_int8_is_reached_from_fp32_through_the_measured_pairs() -> None:
    step = precision_step(applications(), "energy", phone_settings())
    expected = math.exp(sum(math.log(share) for share in INT8_SHARE.values()) / 4)
    assert math.exp(step.log_ratio) == pytest.approx(expected)
    assert predictor("cpu", "int8").estimate(network()).energy_mj == pytest.approx(600.0 * expected, rel=0.08)
    own = predictor("cpu", "int8", device_id="huawei-p40-pro").estimate(network())
    assert own.energy_mj == pytest.approx(300.0 * expected)


def test_kernels_keep_what_is_known_about_them_and_nothing_is_dropped() -> None:
    estimate = predictor("cpu", "fp32").estimate(network())
    assert [part.evidence for part in estimate.kernels] == [
        Evidence.PREDICTED,
        Evidence.APPROXIMATED,
        Evidence.UNSUPPORTED,
    ]
    assert estimate.evidence is Evidence.TRANSFERRED
    unsupported = estimate.kernels[2]
    assert (unsupported.energy_mj, unsupported.energy_mj_high, unsupported.latency_ms) == (0.0, 0.0, 0.0)
    assert estimate.source_ids == ("deepen2023-kernels", "tu-2023-sec")
    assert [note.code for note in estimate.warnings][:2] == ["BASE", "TRANSFERRED"]


def test_intervals_are_wider_than_the_source_and_kernels_wider_than_the_total() -> None:
    estimate = predictor("cpu", "int8").estimate(network())
    below, above = estimate.energy_mj / estimate.energy_mj_low, estimate.energy_mj_high / estimate.energy_mj
    assert below > 1.0 / 0.9
    assert above > 1.1
    for part in estimate.kernels[:2]:
        assert part.energy_mj / part.energy_mj_low > below
        assert part.energy_mj_high / part.energy_mj > above
    assert estimate.latency_ms_low < estimate.latency_ms < estimate.latency_ms_high


def test_far_from_the_reference_networks_the_interval_grows_and_a_warning_says_so() -> None:
    evidence = build_evidence(_with_slope(), phone_settings())
    target = Target("b", "cpu", "fp32", "tflite-cpu", Evidence.TRANSFERRED, None, "test")
    inside = PhonePredictor(target, evidence, FakeBase(300.0)).estimate(network())
    outside = PhonePredictor(target, evidence, FakeBase(20.0)).estimate(network())
    assert outside.energy_mj_high / outside.energy_mj > inside.energy_mj_high / inside.energy_mj
    assert "TRANSFER_OUT_OF_RANGE" in {note.code for note in outside.warnings}
    assert "TRANSFER_OUT_OF_RANGE" not in {note.code for note in inside.warnings}


def _with_slope() -> pd.DataFrame:
    table = applications()
    other = table["device_id"] == "b"
    table.loc[other, "energy_mj"] = table.loc[other, "energy_mj"] ** 0.8 * 4.0
    return table


def test_kernels_alone_have_an_interval_covering_all_networks() -> None:
    evidence = build_evidence(_with_slope(), phone_settings())
    target = Target("b", "cpu", "fp32", "tflite-cpu", Evidence.TRANSFERRED, None, "test")
    alone = PhonePredictor(target, evidence, FakeBase()).estimate_kernels(network().kernels)
    inside = PhonePredictor(target, evidence, FakeBase()).estimate(network()).kernels
    assert [part.kernel.index for part in alone] == [0, 1, 2]
    assert alone[0].energy_mj_high / alone[0].energy_mj > inside[0].energy_mj_high / inside[0].energy_mj


def test_too_few_networks_or_contradicting_ratios_are_called_thin() -> None:
    table = applications()
    evidence = build_evidence(table, phone_settings())
    assert "1 of the reference networks in fp32" in evidence.why_thin("b", "gpu", "fp32")
    assert "0 of the reference networks in int8" in evidence.why_thin("b", "gpu", "int8")
    assert evidence.why_thin("b", "cpu", "fp32") == ""
    wild = (table["device_id"] == "b") & (table["delegate"] == "nnapi")
    table.loc[wild & table["dnn_id"].isin(["DNN1", "DNN5"]), "energy_mj"] *= 20.0
    table.loc[wild & table["dnn_id"].isin(["DNN3", "DNN7"]), "energy_mj"] /= 20.0
    assert "would span" in build_evidence(table, phone_settings()).why_thin("b", "nnapi", "fp32")


def test_an_estimate_refuses_when_its_interval_would_be_absurd() -> None:
    strict = replace(phone_settings(), widest_factor=1.01)
    evidence = replace(build_evidence(applications(), phone_settings()), settings=strict)
    target = Target("b", "cpu", "int8", "tflite-cpu", Evidence.TRANSFERRED, None, "test")
    with pytest.raises(InputError) as caught:
        PhonePredictor(target, evidence, FakeBase()).estimate(network())
    assert caught.value.code == "EVIDENCE_TOO_THIN"


def test_the_same_network_is_estimated_once_for_all_phones() -> None:
    class CountingBase(FakeBase):
        calls = 0

        def estimate(self, model: FusedModel) -> Estimate:
            CountingBase.calls += 1
            return super().estimate(model)

    evidence, model = build_evidence(applications(), phone_settings()), network()
    base = CountingBase()  # the registry has one for all phones, too
    with shared_work():  # one report
        for delegate in ("cpu", "cpu4"):
            target = Target("b", delegate, "fp32", "tflite-cpu", Evidence.TRANSFERRED, None, "test")
            PhonePredictor(target, evidence, base).estimate(model)
    assert CountingBase.calls == 1
    target = Target("b", "cpu", "fp32", "tflite-cpu", Evidence.TRANSFERRED, None, "test")
    other = PhonePredictor(target, evidence, CountingBase(150.0)).estimate(model)
    assert CountingBase.calls == 2
    assert other.energy_mj < 400.0
