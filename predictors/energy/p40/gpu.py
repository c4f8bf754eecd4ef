"""Huawei P40 Pro, GPU (TensorFlow Lite): convolutions from measured kernels, the rest from published ranges.

Only convolutions were measured on the GPU. For other kernel types DeepEn2023 publishes the lowest and highest
energy on CPU and GPU; the CPU prediction is carried over by the straight line, on logarithms, that takes
the CPU range to the GPU range, and stays inside it. The CPU range is that of the kernels whose configuration
is known: the published one of depthwise convolutions reaches 75 times further than any of them.

Latency was not measured on the GPU: it is the energy over the mean power of the whole phone in the reference
networks run on the GPU.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from data import kept_bundle, queries
from data.messages import Message
from predictors.energy.assemble import assemble_estimate, kernel_estimates
from predictors.energy.fitting.features import Floats
from predictors.energy.fitting.gaussian_process import Z_80
from predictors.energy.kernels.composition import MachineFigures, QuantityFigures, predict_energy
from predictors.energy.kernels.fit import KIND_CLASSES, fit_kind, measured_kernels
from predictors.energy.kernels.kernel_model import KindModel, LogPrediction
from predictors.energy.kernels.transformers import attention_notes, composition_sd_of
from predictors.energy.p40.cpu import (
    CPU_FAMILY,
    CPU_TARGET,
    DEVICE_ID,
    P40CpuPredictor,
    cpu_models,
    kernels_only_note,
    kind_settings,
)
from predictors.energy.stored.store import fitted, is_stored
from predictors.errors import InputError
from predictors.model.kernels import FusedModel, Kernel, KernelKind
from predictors.results.estimates import LATENCY_FROM_POWER, Estimate, Evidence, KernelEstimate, Note
from predictors.results.targets import DevicePredictor, Target

GPU_TARGET = Target(
    device_id=DEVICE_ID,
    delegate="gpu",
    precision="fp32",
    runtime="tflite-gpu",
    evidence=Evidence.PREDICTED,
    error_percent=8.8,
    error_basis=Message(
        "median over {count} measured convolution kernels, 10-fold; sums over a whole network were not "
        "measured",
        count=512,
    ),
    error_high_percent=21.8,
    error_count=512,
    source_ids=("platformx", "deepen2023-readme", "tu-2023-sec"),
    meter=Message("power monitor at the battery connector (whole phone), idle not subtracted"),
)
RANGE_LAW = Message("CPU prediction carried into the published GPU range")
DENSE_LAW = Message("1x1 convolution over one position")
GPU_COMPOSITION_SD = 0.15
"""COMPOSITION_SD of the GPU: the middles of eight published ranges and of our variants differ by 0.17."""
POWER_OUTLIER_W = 1.0
"""Reference networks below this power are left out of the mean: DNN9 is printed with 0.45 W on this GPU (0.36
to 0.64 W on seven of the eight phones), a sixth of the others, as if the GPU waited most of the time."""
PUBLISHED_KINDS = frozenset(
    {KernelKind.DWCONV, KernelKind.BN_RELU, KernelKind.RELU, KernelKind.AVGPOOL, KernelKind.MAXPOOL,
     KernelKind.CONCAT}
)  # fmt: skip


DEPTHWISE_LAW = Message("CPU prediction on the line to the published GPU range, times 2.2")
DEPTHWISE_FACTOR = 2.2
"""Depthwise convolutions on the GPU against the published line. Published model families of depthwise
convolutions fall short by 16 to 26 % on this line, one without them does not: that implies 2.6, 1.9 and 2.3.
The published upper end of 0.658 mJ, beside 222.6 mJ on the CPU, is implausible, so it cuts nothing off."""
DEPTHWISE_LOG_SD = math.log(1.25) / Z_80
"""In 8 of 10 cases that factor is right within 25 % (our reading of the three implied factors)."""


@dataclass(frozen=True, slots=True)
class PublishedRange:
    """Lowest and highest energy (mJ) published for one kernel type on CPU and GPU."""

    cpu_low_mj: float
    cpu_high_mj: float
    gpu_low_mj: float
    gpu_high_mj: float

    def line(self, log_cpu: Floats) -> Floats:
        """Log GPU energy on the line, on logarithms, from the CPU's range to the GPU's."""
        low, high = np.log(self.cpu_low_mj), np.log(self.cpu_high_mj)
        gpu_low, gpu_high = np.log(self.gpu_low_mj), np.log(self.gpu_high_mj)
        return np.asarray(gpu_low + (log_cpu - low) * (gpu_high - gpu_low) / (high - low))

    def carry(self, log_cpu: Floats) -> Floats:
        """The same, cut off at the GPU's ends."""
        return np.asarray(np.clip(self.line(log_cpu), np.log(self.gpu_low_mj), np.log(self.gpu_high_mj)))


@dataclass(frozen=True, slots=True)
class RangeModel:
    """Energy of a kernel type from its CPU model and its published range; errors shared in full."""

    kind: KernelKind
    published: PublishedRange
    log_sd: float

    def predict(self, kernels: Sequence[Kernel]) -> LogPrediction:
        """Logarithm of the energy, with one common error of `log_sd`."""
        log_cpu = cpu_models()[self.kind].energy.predict(kernels).mean
        is_depthwise = self.kind is KernelKind.DWCONV
        above = self.published.line(log_cpu) + math.log(DEPTHWISE_FACTOR)
        mean = above if is_depthwise else self.published.carry(log_cpu)
        return LogPrediction(mean, np.full((len(kernels), len(kernels)), self.log_sd**2))


def published_ranges() -> dict[str, PublishedRange]:
    """The published ranges that exist for both CPU and GPU, by kernel type ("others" included)."""
    frame = queries.kernel_ranges(kept_bundle())
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


@dataclass(frozen=True, slots=True)
class GpuFit:
    """Energy models of every kernel type, and the mean power (W) of the whole phone in networks."""

    models: Mapping[KernelKind, KindModel]
    power_w: float


GPU_FAMILY = "p40-gpu"
GPU_CLASSES = (*KIND_CLASSES, GpuFit, RangeModel, PublishedRange)
"""Where the fit of this delegate is stored, and what it is made of."""


def fit_gpu() -> GpuFit:
    """Convolutions fitted, fully connected layers as 1x1 convolutions, the rest from published ranges."""
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
    return GpuFit(models, _mean_power_w())


@lru_cache(maxsize=1)
def gpu_fit() -> GpuFit:
    """The stored fit, else a new one."""
    return fitted(GPU_FAMILY, GPU_CLASSES, fit_gpu)


def _range_kind(cpu: KindModel, published: PublishedRange, log_sd: float) -> KindModel:
    is_depthwise = cpu.kind is KernelKind.DWCONV
    spread = math.hypot(log_sd, DEPTHWISE_LOG_SD) if is_depthwise else log_sd
    law = DEPTHWISE_LAW if is_depthwise else RANGE_LAW
    energy = RangeModel(cpu.kind, published, spread)
    return KindModel(cpu.kind, 0, energy, None, cpu.lows, cpu.highs, cpu.range_features, law)


def _mean_power_w() -> float:
    """Geometric mean of the power (W) of the whole phone in networks on the GPU."""
    frame = queries.application_measurements(kept_bundle())
    chosen = frame[(frame["device_id"] == DEVICE_ID) & (frame["delegate"] == "gpu")]
    power = chosen["avg_power_w"].dropna().to_numpy(dtype=np.float64)
    return float(np.exp(np.log(power[power > POWER_OUTLIER_W]).mean()))


POWER_LOG_SD = 0.25
"""Log spread of that power. Assumed: two reference networks are too few to find it (they differ by 7 %)."""


@dataclass(frozen=True, slots=True)
class P40GpuPredictor:
    """Predictor of the P40 Pro's GPU; models are fitted at first use."""

    target: Target = GPU_TARGET

    def estimate(self, model: FusedModel) -> Estimate:
        """Estimate a whole network from its kernels."""
        figures = gpu_figures(model.kernels)
        notes = (*_notes(), *attention_notes(model.kernels, "gpu"))
        composition_sd = composition_sd_of(model.kernels, "gpu", GPU_COMPOSITION_SD)
        return assemble_estimate(self.target, model.kernels, figures, notes, composition_sd)

    def estimate_kernels(self, kernels: Sequence[Kernel]) -> list[KernelEstimate]:
        """Estimate kernels on their own, in the order given."""
        return list(kernel_estimates(kernels, gpu_figures(kernels)))


def gpu_figures(kernels: Sequence[Kernel]) -> MachineFigures:
    """Energy from the models, latency as energy over the GPU's mean power."""
    return predict_energy(gpu_fit().models, kernels, _latency)


def _latency(energy: QuantityFigures) -> QuantityFigures:
    covariance = energy.log_covariance + POWER_LOG_SD**2
    log_sds = np.sqrt(np.diag(covariance))[energy.places]
    return QuantityFigures(energy.values / gpu_fit().power_w, log_sds, covariance, energy.places)


def _notes() -> tuple[Note, ...]:
    return (
        kernels_only_note("gpu"),
        Note(
            LATENCY_FROM_POWER,
            Message(
                "Latency was not measured on this GPU. It is the energy divided by {power_w:.2f} W, "
                "the phone's mean power in the reference networks run on the GPU, without the one "
                "below {power_outlier_w:.0f} W.",
                power_w=gpu_fit().power_w,
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
    if is_stored(CPU_FAMILY) and is_stored(GPU_FAMILY):
        return target
    if measured_kernels(DEVICE_ID, target.delegate) and measured_kernels(DEVICE_ID, CPU_TARGET.delegate):
        return target
    return replace(target, evidence=Evidence.UNSUPPORTED, error_percent=None, error_basis=NO_DATA)


NO_DATA = Message(
    "this data bundle leaves out the kernel measurements of the Huawei P40 Pro (no stated licence)"
)


def p40_target(delegate: str) -> Target:
    """The P40 Pro's own target on `cpu` or `gpu`."""
    return next(target for target in p40_targets() if target.delegate == delegate)


def p40_predictor(target: Target) -> DevicePredictor:
    """The P40 Pro's own predictor for `cpu` or `gpu` in fp32. Raises InputError EVIDENCE_TOO_THIN."""
    target = p40_target(target.delegate)  # as its kernels are estimated, without an application around them
    if target.evidence is Evidence.UNSUPPORTED:
        message = Message(
            "No figure for the P40 Pro's {delegate}: {error_basis}. Choose another delegate.",
            delegate=target.delegate,
            error_basis=target.error_basis,
        )
        raise InputError("EVIDENCE_TOO_THIN", message)
    return P40CpuPredictor(target) if target.delegate == CPU_TARGET.delegate else P40GpuPredictor(target)
