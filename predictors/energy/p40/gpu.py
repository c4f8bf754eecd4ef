"""Huawei P40 Pro, GPU (TensorFlow Lite): convolutions from measured kernels, the rest from published ranges.

Only convolutions were measured on the GPU. For other kernel types DeepEn2023 publishes the lowest and highest
energy on CPU and GPU; the CPU prediction is carried over by the straight line, on logarithms, that takes
the CPU range to the GPU range, and stays inside it. The CPU range is that of the kernels whose configuration
is known: the published one of depthwise convolutions reaches 75 times further than any of them.

Latency was not measured on the GPU: it is the energy over the mean power of the whole phone in the reference
networks run on the GPU.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from data import open_bundle, queries
from data.messages import Message
from predictors.energy.assemble import assemble_estimate, kernel_estimates
from predictors.energy.fitting.features import Floats
from predictors.energy.fitting.gaussian_process import Z_80
from predictors.energy.kernels.composition import MachineFigures, QuantityFigures, predict_energy
from predictors.energy.kernels.fit import fit_kind, measured_kernels
from predictors.energy.kernels.kernel_model import KindModel, LogPrediction, Predicts
from predictors.energy.p40.cpu import (
    CPU_TARGET,
    DEVICE_ID,
    P40CpuPredictor,
    cpu_models,
    kernels_only_note,
    kind_settings,
)
from predictors.errors import InputError
from predictors.model.kernels import FusedModel, Kernel, KernelKind
from predictors.results.estimates import Estimate, Evidence, KernelEstimate, Note
from predictors.results.targets import DevicePredictor, Target

GPU_TARGET = Target(
    device_id=DEVICE_ID,
    delegate="gpu",
    precision="fp32",
    runtime="tflite-gpu",
    evidence=Evidence.PREDICTED,
    error_percent=14.7,
    error_basis=Message("mean error over 512 measured convolution kernels, 10-fold"),
    source_ids=("platformx", "deepen2023-readme", "tu-2023-sec"),
    meter=Message("power monitor at the battery connector (whole phone), idle not subtracted"),
)
RANGE_LAW = Message("CPU prediction carried into the published GPU range")
DENSE_LAW = Message("1x1 convolution over one position")
GPU_COMPOSITION_SD = 0.15
"""As COMPOSITION_SD: the middles of eight published GPU ranges and of our variants differ by 0.17."""
POWER_OUTLIER_W = 1.0
"""Reference networks below this power are left out of the mean: DNN9 is printed with 0.45 W on this GPU (0.36
to 0.64 W on seven of the eight phones), a sixth of the others, as if the GPU waited most of the time."""
PUBLISHED_KINDS = frozenset(
    {KernelKind.DWCONV, KernelKind.BN_RELU, KernelKind.RELU, KernelKind.AVGPOOL, KernelKind.MAXPOOL,
     KernelKind.CONCAT}
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class PublishedRange:
    """Lowest and highest energy (mJ) published for one kernel type on CPU and GPU."""

    cpu_low_mj: float
    cpu_high_mj: float
    gpu_low_mj: float
    gpu_high_mj: float

    def carry(self, log_cpu: Floats) -> Floats:
        """Log GPU energy on the line from the CPU's range to the GPU's, cut off at the GPU's ends."""
        low, high = np.log(self.cpu_low_mj), np.log(self.cpu_high_mj)
        gpu_low, gpu_high = np.log(self.gpu_low_mj), np.log(self.gpu_high_mj)
        line = gpu_low + (log_cpu - low) * (gpu_high - gpu_low) / (high - low)
        return np.asarray(np.clip(line, gpu_low, gpu_high))


@dataclass(frozen=True, slots=True)
class RangeModel:
    """Energy of a kernel type from its CPU model and its published range; errors shared in full."""

    cpu: Predicts
    published: PublishedRange
    log_sd: float

    def predict(self, kernels: Sequence[Kernel]) -> LogPrediction:
        """Logarithm of the energy, with one common error of `log_sd`."""
        mean = self.published.carry(self.cpu.predict(kernels).mean)
        return LogPrediction(mean, np.full((len(kernels), len(kernels)), self.log_sd**2))


def published_ranges() -> dict[str, PublishedRange]:
    """The published ranges that exist for both CPU and GPU, by kernel type ("others" included)."""
    frame = queries.kernel_ranges(open_bundle())
    ends: dict[str, dict[str, tuple[float, float]]] = {}
    for row in frame.dropna(subset=["min_energy_mj", "max_energy_mj"]).to_dict("records"):
        pair = (float(row["min_energy_mj"]), float(row["max_energy_mj"]))
        ends.setdefault(str(row["kernel"]), {})[str(row["delegate"])] = pair
    return {
        kernel: PublishedRange(*pairs["cpu"], *pairs["gpu"])
        for kernel, pairs in ends.items()
        if {"cpu", "gpu"} <= pairs.keys()
    }


def _known_range(kind: KernelKind, published: PublishedRange) -> PublishedRange:
    """The published GPU range with the CPU range of the configured kernels of this type."""
    energy_mj = measured_kernels(DEVICE_ID, "cpu")[kind].energy_mj
    return replace(published, cpu_low_mj=float(energy_mj.min()), cpu_high_mj=float(energy_mj.max()))


def carry_log_sd(ranges: Mapping[str, PublishedRange]) -> float:
    """Spread of the carrying-over, found on convolutions, whose energy is measured on the GPU as well."""
    rows = measured_kernels(DEVICE_ID, "gpu")[KernelKind.CONV]
    log_cpu = cpu_models()[KernelKind.CONV].energy.predict(rows.kernels).mean
    known = _known_range(KernelKind.CONV, ranges[KernelKind.CONV.value])
    errors = np.log(rows.energy_mj) - known.carry(log_cpu)
    return float(np.quantile(np.abs(errors), 0.8)) / Z_80


@lru_cache(maxsize=1)
def gpu_models() -> dict[KernelKind, KindModel]:
    """Energy models of every kernel type: convolutions fitted, fully connected layers as 1x1 convolutions,
    the rest from published ranges. Without published ranges only convolutions are there."""
    conv_rows = measured_kernels(DEVICE_ID, "gpu")[KernelKind.CONV]
    conv = fit_kind(conv_rows, kind_settings("gpu")[KernelKind.CONV])
    models = {KernelKind.CONV: conv, KernelKind.FC: replace(conv, law=DENSE_LAW)}
    ranges = published_ranges()
    log_sd = carry_log_sd(ranges)
    for kind, cpu in cpu_models().items():
        if kind not in models:
            known = kind in PUBLISHED_KINDS
            published = _known_range(kind, ranges[kind.value]) if known else ranges["others"]
            models[kind] = _range_kind(cpu, published, log_sd)
    return models


def _range_kind(cpu: KindModel, published: PublishedRange, log_sd: float) -> KindModel:
    energy = RangeModel(cpu.energy, published, log_sd)
    return KindModel(cpu.kind, 0, energy, None, cpu.lows, cpu.highs, cpu.range_features, RANGE_LAW)


@lru_cache(maxsize=1)
def gpu_power() -> tuple[float, float]:
    """Geometric mean of the power (W) of the whole phone in networks on the GPU, and its log spread."""
    frame = queries.application_measurements(open_bundle())
    chosen = frame[(frame["device_id"] == DEVICE_ID) & (frame["delegate"] == "gpu")]
    power = chosen["avg_power_w"].dropna().to_numpy(dtype=np.float64)
    power = power[power > POWER_OUTLIER_W]
    return float(np.exp(np.log(power).mean())), POWER_LOG_SD


POWER_LOG_SD = 0.25
"""Assumed: two reference networks are too few to find a spread (they differ by 7 %)."""


@dataclass(frozen=True, slots=True)
class P40GpuPredictor:
    """Predictor of the P40 Pro's GPU; models are fitted at first use."""

    target: Target = GPU_TARGET

    def estimate(self, model: FusedModel) -> Estimate:
        """Estimate a whole network from its kernels."""
        figures = gpu_figures(model.kernels)
        return assemble_estimate(self.target, model.kernels, figures, _notes(), GPU_COMPOSITION_SD)

    def estimate_kernels(self, kernels: Sequence[Kernel]) -> list[KernelEstimate]:
        """Estimate kernels on their own, in the order given."""
        return list(kernel_estimates(kernels, gpu_figures(kernels)))


def gpu_figures(kernels: Sequence[Kernel]) -> MachineFigures:
    """Energy from the models, latency as energy over the GPU's mean power."""
    return predict_energy(gpu_models(), kernels, _latency)


def _latency(energy: QuantityFigures) -> QuantityFigures:
    power_w, log_sd = gpu_power()
    covariance = energy.log_covariance + log_sd**2
    log_sds = np.sqrt(np.diag(covariance))[energy.places]
    return QuantityFigures(energy.values / power_w, log_sds, covariance, energy.places)


def _notes() -> tuple[Note, ...]:
    power_w, _ = gpu_power()
    return (
        kernels_only_note("gpu"),
        Note(
            "GPU_LATENCY_FROM_POWER",
            Message(
                "Latency was not measured on this GPU. It is the energy divided by {power_w:.2f} W, "
                "the phone's mean power in the reference networks run on the GPU, without the one "
                "below {power_outlier_w:.0f} W.",
                power_w=power_w,
                power_outlier_w=POWER_OUTLIER_W,
            ),
        ),
    )


def p40_targets() -> tuple[Target, ...]:
    """What the P40 Pro's own kernel measurements answer for: CPU and GPU in fp32.

    Empty evidence (a bundle without these measurements) is said as UNSUPPORTED with the reason.
    """
    return tuple(_available(target) for target in (CPU_TARGET, GPU_TARGET))


@lru_cache(maxsize=2)
def _available(target: Target) -> Target:
    if measured_kernels(DEVICE_ID, target.delegate) and measured_kernels(DEVICE_ID, CPU_TARGET.delegate):
        return target
    return replace(target, evidence=Evidence.UNSUPPORTED, error_percent=None, error_basis=NO_DATA)


NO_DATA = Message(
    "this data bundle leaves out the kernel measurements of the Huawei P40 Pro (no stated licence)"
)


def p40_predictor(delegate: str) -> DevicePredictor:
    """The P40 Pro's own predictor for `cpu` or `gpu` in fp32. Raises InputError EVIDENCE_TOO_THIN."""
    target = next(target for target in p40_targets() if target.delegate == delegate)
    if target.evidence is Evidence.UNSUPPORTED:
        message = Message(
            "No figure for the P40 Pro's {delegate}: {error_basis}. Choose another delegate.",
            delegate=delegate,
            error_basis=target.error_basis,
        )
        raise InputError("EVIDENCE_TOO_THIN", message)
    return P40CpuPredictor(target) if delegate == CPU_TARGET.delegate else P40GpuPredictor(target)
