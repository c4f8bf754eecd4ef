"""How well the P40 Pro's kernels are predicted: folds, whole sizes, other channels, larger ones left out."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from data.messages import Message, joined
from predictors.energy.fitting.features import Floats, anchor_macs, weight_elements
from predictors.energy.fitting.gaussian_process import COMPOSITION_SD, Z_80, sum_log_sd
from predictors.energy.kernels.fit import MeasuredKernels, fit_kind, measured_kernels
from predictors.energy.kernels.kernel_model import LogPrediction, fit_quantity
from predictors.energy.p40.cpu import DEVICE_ID, kind_settings
from predictors.evaluation.rows import PROTOCOLS, EvaluationRow, Places, has_odd_channels
from predictors.model.kernels import Kernel, KernelKind
from predictors.training.kernels import CLASS_EDGES
from predictors.training.p40 import trained

Mask: TypeAlias = NDArray[np.bool_]

MULTIPLES, OTHERS = "channels in multiples of 4", "other channels"
OURS = "Gaussian process on logs"
MACS_ONLY = "baseline: MACs only"
FOREST = "baseline: random forest, published features"
POOLED_KERNELS = "all kernel types"
PSEUDO_NETWORKS = Message("sums of {n} held-out kernels", n=20)
NETWORK_SIZE = 20  # kernels; small networks have about 20 costly ones
NETWORKS_PER_FOLD = 30  # sums per fold, so that a percentile hardly depends on the draw
RANDOM, SIZES_OUT = "10-fold", "whole input sizes left out"
NETWORK_PROTOCOLS = (RANDOM, SIZES_OUT)


def evaluate() -> list[EvaluationRow]:
    """Rows for convolutions under every protocol, by channels and size, with both baselines; for all kernel
    types; and for sums of held-out kernels. Energy on CPU and GPU, latency on the CPU.

    Hyper-parameters and interval factors are found anew in every fold, from its training rows alone, so this
    takes minutes.
    """
    rows: list[EvaluationRow] = []
    for delegate, quantities in (("cpu", ("energy_mj", "latency_ms")), ("gpu", ("energy_mj",))):
        for quantity in quantities:
            rows += _convolutions(delegate, quantity)
            rows += _networks(delegate, quantity)
    return rows + _every_kind(measured_kernels(DEVICE_ID, "cpu"))


def predict_ours(
    rows: MeasuredKernels,
    train: Places,
    kernels: Sequence[Kernel],
    quantity: str,
    delegate: str = "cpu",
    *,
    nested: bool = False,
) -> LogPrediction:
    """Our prediction for kernels left out, from the rows kept; `nested`: with settings found on these alone,
    else with those in use."""
    kept = rows.select(train)
    settings = kind_settings(delegate).get(rows.kind)
    if settings is None:  # a law without hyper-parameters
        part = fit_kind(kept, None)
        model = part.energy if quantity == "energy_mj" else part.latency
        if model is None:
            raise ValueError(f"{rows.kind} on {delegate} has no measured {quantity}")
        return model.predict(kernels)
    values = _values(kept, quantity)
    chosen = trained(delegate, quantity, kept, values) if nested else settings[quantity]
    return fit_quantity(chosen, kept.kernels, values).predict(kernels)


@lru_cache(maxsize=64)
def held_out_folds(
    delegate: str, kind: KernelKind, quantity: str, protocol: str
) -> tuple[tuple[Places, LogPrediction], ...]:
    """Places of each fold of a protocol, and what nested settings predict for them without it."""
    rows = measured_kernels(DEVICE_ID, delegate)[kind]
    return tuple(
        (test, predict_ours(rows, train, rows.select(test).kernels, quantity, delegate, nested=True))
        for train, test in PROTOCOLS[protocol](rows.kernels)
    )


def predict_macs_only(values: Floats, kernels: Sequence[Kernel], left_out: Sequence[Kernel]) -> Floats:
    """Logarithm of a constant per multiply-accumulate, the median over the kept kernels."""
    per_mac = float(np.median(values / np.array([anchor_macs(kernel) for kernel in kernels])))
    return np.log([per_mac * anchor_macs(kernel) for kernel in left_out])


def predict_forest(values: Floats, kernels: Sequence[Kernel], left_out: Sequence[Kernel]) -> Floats:
    """Logarithm of a random forest's prediction on the features that DeepEn2023 publishes for it."""
    from sklearn.ensemble import RandomForestRegressor

    forest = RandomForestRegressor(n_estimators=100, random_state=0)
    forest.fit(_published_features(kernels), values)
    return np.asarray(np.log(forest.predict(_published_features(left_out))))


def _published_features(kernels: Sequence[Kernel]) -> Floats:
    """(HW, C_in, C_out, kernel size, stride, MACs, parameters) of each kernel."""
    rows = [
        (
            kernel.config.input_h, kernel.config.c_in, kernel.config.c_out, kernel.config.kernel_h,
            kernel.config.stride_h, anchor_macs(kernel), weight_elements(kernel),
        )
        for kernel in kernels
    ]  # fmt: skip
    return np.array(rows, dtype=np.float64)


def _values(rows: MeasuredKernels, quantity: str) -> Floats:
    values = rows.energy_mj if quantity == "energy_mj" else rows.latency_ms
    if values is None:
        raise ValueError(f"{rows.kind} has no measured {quantity}")
    return values


@dataclass(frozen=True, slots=True)
class HeldOutCases:
    """Measured values (mJ or ms) of what was left out, mean and standard deviation of the predicted logs.

    `folds`: of cases that share a fold's fit and many kernels, how many folds there were; 0 if each case
    stands for itself.
    """

    measured: Floats
    log_mean: Floats
    log_sd: Floats
    folds: int = 0

    @property
    def count(self) -> int:
        """How many tests these are."""
        return self.folds or len(self.measured)

    def covered(self, z: float) -> Floats:
        """1 for each case within `z` standard deviations of its prediction, else 0."""
        return np.asarray(np.abs(np.log(self.measured) - self.log_mean) <= z * self.log_sd, dtype=np.float64)


def held_out_kernels(delegate: str, kind: KernelKind, quantity: str, protocol: str) -> HeldOutCases:
    """Kernels of one type, each predicted without its fold. `quantity`: "energy_mj" or "latency_ms"."""
    folds = held_out_folds(delegate, kind, quantity, protocol)
    values = _values(measured_kernels(DEVICE_ID, delegate)[kind], quantity)
    return HeldOutCases(
        np.concatenate([values[test] for test, _ in folds]),
        np.concatenate([prediction.mean for _, prediction in folds]),
        np.concatenate([prediction.sd for _, prediction in folds]),
    )


def _convolutions(delegate: str, quantity: str) -> list[EvaluationRow]:
    rows = measured_kernels(DEVICE_ID, delegate)[KernelKind.CONV]
    values, result = _values(rows, quantity), []
    for protocol, folds in PROTOCOLS.items():
        cases = list(folds(rows.kernels))
        kernels = [rows.kernels[int(place)] for _, test in cases for place in test]
        held_out = held_out_kernels(delegate, KernelKind.CONV, quantity, protocol)
        row = _Rows(delegate, "convolutions, " + quantity.rsplit("_", 1)[0], protocol, held_out.measured)
        for stratum, mask in strata(kernels, held_out.measured, quantity).items():
            result.append(row.ours(held_out, stratum, mask))
        for name, predict in ((MACS_ONLY, predict_macs_only), (FOREST, predict_forest)):
            parts = [
                predict(values[train], rows.select(train).kernels, rows.select(test).kernels)
                for train, test in cases
            ]
            result.append(row.make(name, np.concatenate(parts), None))
    return result


def strata(kernels: Sequence[Kernel], measured: Floats, quantity: str) -> dict[str, Mask]:
    """Which kernels belong to each stratum with rows in it: channels x size class, sums of these first.

    `measured` (n,) in mJ or ms, as `quantity` says.
    """
    unit = quantity.rsplit("_", 1)[1].replace("mj", "mJ")
    edges = CLASS_EDGES[quantity]
    odd, classes = np.array([has_odd_channels(k) for k in kernels]), np.digitize(measured, edges)
    ends = [Message("under {limit:g} {unit}", limit=edges[0], unit=unit)]
    ends += [
        Message("{low:g} to {high:g} {unit}", low=low, high=high, unit=unit) for low, high in pairwise(edges)
    ]
    ends += [_and_more(edges[-1], unit)]
    sizes: dict[str, Mask] = {"": measured >= 0.0, _and_more(edges[0], unit): measured >= edges[0]}
    sizes |= {name: classes == place for place, name in enumerate(ends)}
    channels = {"": odd | True, MULTIPLES: ~odd, OTHERS: odd}
    found = {
        joined(filter(None, (channel, size))): of_channel & of_size
        for channel, of_channel in channels.items()
        for size, of_size in sizes.items()
    }
    return {name: mask for name, mask in found.items() if mask.any()}


def _and_more(limit: float, unit: str) -> Message:
    return Message("{limit:g} {unit} and more", limit=limit, unit=unit)


def _every_kind(by_kind: Mapping[KernelKind, MeasuredKernels]) -> list[EvaluationRow]:
    """Each kernel type of the CPU, ten folds or one kernel at a time, and all types together."""
    result, parts = [], []
    for kind in by_kind:
        held_out = held_out_kernels("cpu", kind, "energy_mj", RANDOM)
        parts.append(held_out)
        result.append(_Rows("cpu", joined((kind.value, "energy")), RANDOM, held_out.measured).ours(held_out))
    pooled = HeldOutCases(
        np.concatenate([part.measured for part in parts]),
        np.concatenate([part.log_mean for part in parts]),
        np.concatenate([part.log_sd for part in parts]),
    )
    return [*result, _Rows("cpu", joined((POOLED_KERNELS, "energy")), RANDOM, pooled.measured).ours(pooled)]


def _networks(delegate: str, quantity: str) -> list[EvaluationRow]:
    """Sums of held-out kernels against their predicted sums: do intervals hold when errors add up?"""
    name = joined((PSEUDO_NETWORKS, quantity.rsplit("_", 1)[0]))
    return [
        _Rows(delegate, name, protocol, held_out.measured).ours(held_out)
        for protocol, held_out in held_out_networks(delegate, quantity).items()
    ]


def held_out_networks(delegate: str, quantity: str) -> dict[str, HeldOutCases]:
    """Protocol -> sums of convolutions drawn from what one fold left out, with the interval that is shown.

    Sums of one fold share its fit and many kernels, so they miss or hold together: this is no test of
    networks, whose kernels also meet caches and clocks that single kernels do not.
    """
    generator = np.random.default_rng(0)
    return {protocol: _drawn_sums(delegate, quantity, protocol, generator) for protocol in NETWORK_PROTOCOLS}


def _drawn_sums(delegate: str, quantity: str, protocol: str, generator: np.random.Generator) -> HeldOutCases:
    values = _values(measured_kernels(DEVICE_ID, delegate)[KernelKind.CONV], quantity)
    sums, means, sds, folds = [], [], [], 0
    for test, prediction in held_out_folds(delegate, KernelKind.CONV, quantity, protocol):
        if len(test) < NETWORK_SIZE:
            continue
        folds += 1
        for _ in range(NETWORKS_PER_FOLD):
            chosen = generator.choice(len(test), NETWORK_SIZE, replace=False)
            parts = np.exp(prediction.mean[chosen])
            block = prediction.covariance[np.ix_(chosen, chosen)]
            sums.append(float(values[test[chosen]].sum()))
            means.append(math.log(float(parts.sum())))
            sds.append(sum_log_sd(parts, block, COMPOSITION_SD))
    return HeldOutCases(np.array(sums), np.array(means), np.array(sds), folds)


class _Rows:
    """Makes evaluation rows of one delegate, quantity and protocol against the same measured values."""

    def __init__(self, delegate: str, quantity: str, protocol: str, measured: Floats) -> None:
        self._delegate, self._quantity, self._protocol = delegate, quantity, protocol
        self._measured = measured

    def ours(self, held_out: HeldOutCases, stratum: str = "", mask: Mask | None = None) -> EvaluationRow:
        """The row of our own method on the cases of a stratum, with the coverage of its intervals."""
        chosen = np.ones(len(held_out.measured), dtype=np.bool_) if mask is None else mask
        covered = float(100.0 * held_out.covered(Z_80)[chosen].mean())
        row = self.make(OURS, held_out.log_mean, covered, stratum, chosen)
        return replace(row, n=held_out.folds) if held_out.folds else row

    def make(
        self,
        method: str,
        log_mean: Floats,
        coverage_percent: float | None,
        stratum: str = "",
        mask: Mask | None = None,
    ) -> EvaluationRow:
        """The row of a method that predicted these logs, of the cases of a stratum or of all."""
        chosen = np.ones(len(log_mean), dtype=np.bool_) if mask is None else mask
        return EvaluationRow.from_errors(
            100.0 * np.abs(np.exp(log_mean) / self._measured - 1.0)[chosen],
            coverage_percent,
            device_id=DEVICE_ID,
            delegate=self._delegate,
            precision="fp32",
            quantity=self._quantity,
            method=method,
            protocol=self._protocol,
            used=method == OURS,
            stratum=stratum,
        )
