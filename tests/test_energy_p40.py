"""The P40 Pro's predictors: close to the measurements, parts that add up, intervals in order, named laws."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from data import open_bundle, queries
from predictors.energy.fitting.gaussian_process import Z_80, log_interval, sum_log_sd
from predictors.energy.kernels.fit import fit_squeeze, measured_kernels, squeeze_terms
from predictors.energy.kernels.surrogate_laws import law_of
from predictors.energy.p40.cpu import APPLICATION_OVER_KERNELS, cpu_models
from predictors.energy.p40.gpu import p40_predictor, p40_target, published_ranges
from predictors.fusing import fuse
from predictors.model.kernel_rows import kernel_from_row
from predictors.model.kernels import FusedModel, Kernel, KernelConfig, KernelKind
from predictors.reading import read_model
from predictors.results.estimates import Estimate, Evidence
from predictors.samples import sample_bytes
from predictors.training.kernels import factor_of

DEVICE = "huawei-p40-pro"
CPU_KINDS = {kind for kind in KernelKind if kind in list(KernelKind)[:16]}


def conv(**change: object) -> Kernel:
    row = {"kernel": "conv", "input_hw": 28, "c_in": 128, "c_out": 128, "kernel_size": 3, "stride": 1}
    return kernel_from_row({**row, **change})


@pytest.fixture(scope="module")
def mobilenet() -> FusedModel:
    return fuse(read_model(sample_bytes("mobilenet-v1")), "tflite-cpu")


def estimate(model: FusedModel, delegate: str = "cpu") -> Estimate:
    return p40_predictor(p40_target(delegate)).estimate(model)


def test_every_measured_kernel_type_has_a_model() -> None:
    assert set(cpu_models()) == CPU_KINDS


def test_measured_convolutions_come_out_close() -> None:
    rows = measured_kernels(DEVICE, "cpu")[KernelKind.CONV]
    parts = p40_predictor(p40_target("cpu")).estimate_kernels(rows.kernels)
    errors = np.abs(np.array([part.energy_mj for part in parts]) / rows.energy_mj - 1.0)
    assert np.median(errors) < 0.02
    assert np.mean(errors <= 0.1) > 0.95
    assert all(part.evidence is Evidence.PREDICTED and part.in_range for part in parts)


def test_left_out_convolutions_come_out_close() -> None:
    from predictors.evaluation.p40 import predict_ours

    rows = measured_kernels(DEVICE, "cpu")[KernelKind.CONV]
    places = np.arange(len(rows.kernels))
    test = places[places % 10 == 3]
    prediction = predict_ours(rows, np.setdiff1d(places, test), rows.select(test).kernels, "energy_mj")
    errors = np.abs(np.exp(prediction.mean) / rows.energy_mj[test] - 1.0)
    assert errors.mean() < 0.10
    inside = np.abs(np.log(rows.energy_mj[test]) - prediction.mean) <= Z_80 * prediction.sd
    assert 0.6 < inside.mean() <= 1.0


@pytest.mark.parametrize("delegate", ["cpu", "gpu"])
def test_parts_add_up_to_the_total(mobilenet: FusedModel, delegate: str) -> None:
    result = estimate(mobilenet, delegate)
    assert result.energy_mj == pytest.approx(math.fsum(part.energy_mj for part in result.kernels))
    assert result.latency_ms == pytest.approx(math.fsum(part.latency_ms for part in result.kernels))
    assert result.energy_mj_low < result.energy_mj < result.energy_mj_high
    assert result.avg_power_w == pytest.approx(result.energy_mj / result.latency_ms)
    for part in result.kernels:
        assert part.energy_mj_low <= part.energy_mj <= part.energy_mj_high
        assert part.power_mw == pytest.approx(1000 * part.energy_mj / part.latency_ms)


def test_mobilenet_lies_in_its_familys_published_range(mobilenet: FusedModel) -> None:
    assert 53.59 < estimate(mobilenet).energy_mj < 136.79


def test_energy_grows_with_work() -> None:
    predictor = p40_predictor(p40_target("cpu"))
    for name, values in {"c_out": (32, 64, 128, 256, 512), "input_hw": (7, 14, 28, 56)}.items():
        parts = predictor.estimate_kernels([conv(**{name: value}) for value in values])
        energies = [part.energy_mj for part in parts]
        assert energies == sorted(energies)


def test_outside_the_measured_range_is_marked_and_wider() -> None:
    inside, outside = p40_predictor(p40_target("cpu")).estimate_kernels([conv(), conv(input_hw=640)])
    assert inside.in_range
    assert not outside.in_range
    assert outside.energy_mj_high / outside.energy_mj_low > inside.energy_mj_high / inside.energy_mj_low


def test_unsupported_kernels_count_and_are_named(mobilenet: FusedModel) -> None:
    stranger = replace(mobilenet.kernels[0], kind=KernelKind.UNSUPPORTED, ops=("Teleport",), name="t")
    result = estimate(replace(mobilenet, kernels=(*mobilenet.kernels, stranger)))
    assert result.coverage.unsupported == 1
    note = next(note for note in result.warnings if note.code == "KERNELS_UNSUPPORTED")
    assert "Teleport (1)" in note.message
    assert result.energy_mj == pytest.approx(estimate(mobilenet).energy_mj)


def test_no_kernels_give_an_empty_estimate() -> None:
    result = estimate(FusedModel("tflite-cpu", ()))
    assert (result.energy_mj, result.latency_ms, result.avg_power_w) == (0.0, 0.0, 0.0)


def test_batch_is_one_run_per_picture() -> None:
    single = conv()
    four = replace(single, config=replace(single.config, batch=4), macs=4 * single.macs)
    one, many = p40_predictor(p40_target("cpu")).estimate_kernels([single, four])
    assert many.energy_mj == pytest.approx(4 * one.energy_mj)
    assert many.evidence is Evidence.APPROXIMATED


def test_groups_run_one_after_the_other() -> None:
    config = KernelConfig(14, 14, 64, 64, 3, 3, out_h=14, out_w=14, groups=4)
    law = law_of(Kernel(0, "g", KernelKind.GROUPED_CONV, config))
    assert law is not None
    assert law.surrogates[0].times == 4
    assert (law.surrogates[0].kernel.config.c_in, law.surrogates[0].kernel.config.c_out) == (16, 16)


@pytest.mark.parametrize("kind", [kind for kind in KernelKind if kind is not KernelKind.UNSUPPORTED])
def test_every_kernel_type_gets_a_positive_figure(kind: KernelKind) -> None:
    config = KernelConfig(14, 14, 32, 32, 3, 3, out_h=14, out_w=14, concat_c=(16, 16))
    kernel = Kernel(0, kind.value, kind, config, macs=10**6, input_elements=6272, output_elements=6272)
    for delegate in ("cpu", "gpu"):
        part = p40_predictor(p40_target(delegate)).estimate_kernels([kernel])[0]
        assert part.energy_mj > 0
        assert part.latency_ms > 0
        assert part.evidence in {Evidence.PREDICTED, Evidence.APPROXIMATED}
        assert part.law


@pytest.mark.parametrize("delegate", ["cpu", "gpu"])
def test_the_note_on_applications_holds(delegate: str) -> None:
    """DNN7 is MobileNetV1, DNN5 EfficientNet (Tu et al., table of applications)."""
    frame = queries.application_measurements(open_bundle())
    ratios = []
    for dnn_id, sample in (("DNN7", "mobilenet-v1"), ("DNN5", "efficientnet-lite0")):
        rows = frame[(frame.device_id == DEVICE) & (frame.dnn_id == dnn_id) & (frame.delegate == delegate)]
        model = fuse(read_model(sample_bytes(sample)), p40_predictor(p40_target(delegate)).target.runtime)
        result = estimate(model, delegate)
        ratios.append(float(rows.energy_mj.iloc[0]) / result.energy_mj)
        assert any(note.code == "KERNELS_ONLY" for note in result.warnings)
    assert math.sqrt(math.prod(ratios)) == pytest.approx(APPLICATION_OVER_KERNELS[delegate], rel=0.03)


def test_kernels_of_one_type_share_errors() -> None:
    """Two alike kernels: the relative spread of their sum is hardly below that of one."""
    kernels = [conv(), replace(conv(), index=1)]
    from predictors.energy.kernels.composition import predict_kernels

    figures = predict_kernels(cpu_models(), kernels)
    spread = sum_log_sd(figures.energy.amounts, figures.energy.log_covariance, 0.0)
    independent = figures.energy.log_sd[0] / math.sqrt(2)
    assert spread > independent * 1.05


def test_kernels_predicted_together_and_alone_get_the_same_figures() -> None:
    kernels = [
        conv(), conv(c_out=64), kernel_from_row({"kernel": "se", "input_hw": 14, "c_in": 96}), conv(),
        Kernel(4, "a", KernelKind.ATTENTION, KernelConfig(32, 32, 16, 16, batch=4), macs=65_536),
    ]  # fmt: skip
    predictor = p40_predictor(p40_target("cpu"))
    together = predictor.estimate_kernels(kernels)
    for kernel, part in zip(kernels, together, strict=True):
        (alone,) = predictor.estimate_kernels([kernel])
        assert part.energy_mj == pytest.approx(alone.energy_mj)
        assert part.energy_mj_low == pytest.approx(alone.energy_mj_low)
        assert part.latency_ms == pytest.approx(alone.latency_ms)


def test_intervals_by_hand() -> None:
    low, high = log_interval(10.0, 0.1)
    assert low == pytest.approx(10 * math.exp(-0.12815515655))
    assert high == pytest.approx(10 * math.exp(0.12815515655))
    covariance = np.array([[0.04, 0.0], [0.0, 0.01]])
    assert sum_log_sd(np.array([3.0, 1.0]), covariance, 0.0) == pytest.approx(math.sqrt(9 * 0.04 + 0.01) / 4)


def test_gpu_kernels_without_measurements_stay_in_the_published_range() -> None:
    published = published_ranges()["maxpool"]
    kernels = measured_kernels(DEVICE, "cpu")[KernelKind.MAXPOOL].kernels
    for part in p40_predictor(p40_target("gpu")).estimate_kernels(kernels):
        assert published.gpu_low_mj <= part.energy_mj <= published.gpu_high_mj
        assert part.evidence is Evidence.APPROXIMATED


def test_depthwise_on_the_gpu_is_raised_and_not_cut_off_at_the_published_end() -> None:
    rows = measured_kernels(DEVICE, "cpu")[KernelKind.DWCONV]
    published = published_ranges()["dwconv-bn-relu"]
    parts = p40_predictor(p40_target("gpu")).estimate_kernels(rows.kernels)
    assert max(part.energy_mj for part in parts) > published.gpu_high_mj
    low_mj, high_mj = float(rows.energy_mj.min()), float(rows.energy_mj.max())
    steps = math.log(published.gpu_high_mj / published.gpu_low_mj) / math.log(high_mj / low_mj)
    for part, on_cpu in zip(
        parts, p40_predictor(p40_target("cpu")).estimate_kernels(rows.kernels), strict=True
    ):
        expected_mj = 2.2 * published.gpu_low_mj * (on_cpu.energy_mj / low_mj) ** steps
        assert part.energy_mj == pytest.approx(expected_mj, rel=1e-6)
        assert part.energy_mj_high > 1.25 * part.energy_mj


def test_squeeze_law_finds_its_own_coefficients() -> None:
    rows = measured_kernels(DEVICE, "cpu")[KernelKind.SE]
    truth = np.array([0.01, 1e-6, 2e-7])
    found = fit_squeeze(rows.kernels, squeeze_terms(rows.kernels) @ truth)
    np.testing.assert_allclose(found, truth, rtol=1e-4)


def test_factors_count_the_new_case_beside_the_held_out_ones() -> None:
    scores = np.arange(1.0, 101.0)
    assert factor_of(scores, 100) == pytest.approx(81.0 / Z_80)  # 0.808 of the way from 1 to 100
    assert factor_of(-scores, 10) == pytest.approx(89.0 / Z_80)  # 0.88: ten sizes of ten rows each
    assert factor_of(scores, 2) == pytest.approx(100.0 / Z_80)  # so few that none may lie outside
