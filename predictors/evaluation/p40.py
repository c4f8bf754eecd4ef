"""How well the P40 Pro's kernels are predicted: random folds, whole input sizes, and larger ones left out."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from predictors.energy.fitting.features import Floats, anchor_macs, weight_elements
from predictors.energy.fitting.gaussian_process import Z_80, sum_log_sd
from predictors.energy.kernels.fit import MeasuredKernels, fit_kind, measured_kernels
from predictors.energy.kernels.kernel_model import LogPrediction
from predictors.energy.p40.cpu import DEVICE_ID, kind_settings
from predictors.evaluation.rows import PROTOCOLS, EvaluationRow, Fold, Places, random_folds
from predictors.model.kernels import Kernel, KernelKind

OURS = "Gaussian process on logs"
MACS_ONLY = "baseline: MACs only"
FOREST = "baseline: random forest, published features"
POOLED_KERNELS = "all kernel types"
PSEUDO_NETWORKS = "sums of 20 held-out kernels"
NETWORK_SIZE = 20
NETWORKS_PER_FOLD = 30
RANDOM, SIZES_OUT = "10-fold", "whole input sizes left out"
NETWORK_PROTOCOLS = (RANDOM, SIZES_OUT)

Method = Callable[[MeasuredKernels, Places, Sequence[Kernel], str], LogPrediction | Floats]


def evaluate() -> list[EvaluationRow]:
    """Rows for convolutions under every protocol with both baselines, for all kernel types together, and for
    sums of held-out kernels (the check of model intervals). Energy on CPU and GPU, latency on the CPU."""
    rows: list[EvaluationRow] = []
    for delegate, quantities in (("cpu", ("energy_mj", "latency_ms")), ("gpu", ("energy_mj",))):
        by_kind = measured_kernels(DEVICE_ID, delegate)
        for quantity in quantities:
            rows += _convolutions(by_kind[KernelKind.CONV], delegate, quantity)
            rows += _networks(by_kind[KernelKind.CONV], delegate, quantity)
    rows += _every_kind(measured_kernels(DEVICE_ID, "cpu"))
    return rows


def predict_ours(
    rows: MeasuredKernels, train: Places, kernels: Sequence[Kernel], quantity: str, delegate: str = "cpu"
) -> LogPrediction:
    """Our prediction for kernels left out, from the rows kept."""
    model = fit_kind(rows.select(train), kind_settings(delegate).get(rows.kind))
    part = model.energy if quantity == "energy_mj" else model.latency
    if part is None:
        raise ValueError(f"{rows.kind} on {delegate} has no measured {quantity}")
    return part.predict(kernels)


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
    """Measured values (mJ or ms) of what was left out, mean and standard deviation of the predicted logs."""

    measured: Floats
    log_mean: Floats
    log_sd: Floats

    def covered(self, z: float) -> Floats:
        """1 for each case within `z` standard deviations of its prediction, else 0."""
        return np.asarray(np.abs(np.log(self.measured) - self.log_mean) <= z * self.log_sd, dtype=np.float64)


def held_out_kernels(
    rows: MeasuredKernels, delegate: str, quantity: str, cases: Sequence[Fold]
) -> HeldOutCases:
    """Kernels of one type, each predicted without its fold. `quantity`: "energy_mj" or "latency_ms"."""
    tested = np.concatenate([test for _, test in cases])
    mean, sd = _ours(rows, cases, quantity, delegate)
    return HeldOutCases(_values(rows, quantity)[tested], mean, sd)


def _convolutions(rows: MeasuredKernels, delegate: str, quantity: str) -> list[EvaluationRow]:
    result = []
    values = _values(rows, quantity)
    for protocol, folds in PROTOCOLS.items():
        cases = list(folds(rows.kernels))
        held_out = held_out_kernels(rows, delegate, quantity, cases)
        row = _Rows(delegate, "convolutions, " + quantity.rsplit("_", 1)[0], protocol, held_out.measured)
        result.append(row.ours(held_out))
        for name, predict in ((MACS_ONLY, predict_macs_only), (FOREST, predict_forest)):
            parts = [
                predict(values[train], rows.select(train).kernels, rows.select(test).kernels)
                for train, test in cases
            ]
            result.append(row.make(name, np.concatenate(parts), None))
    return result


def _ours(
    rows: MeasuredKernels, cases: Iterable[Fold], quantity: str, delegate: str
) -> tuple[Floats, Floats]:
    predictions = [
        predict_ours(rows, train, rows.select(test).kernels, quantity, delegate) for train, test in cases
    ]
    mean = np.concatenate([prediction.mean for prediction in predictions])
    return mean, np.concatenate([prediction.sd for prediction in predictions])


def _every_kind(by_kind: Mapping[KernelKind, MeasuredKernels]) -> list[EvaluationRow]:
    """Each kernel type of the CPU, ten folds or one kernel at a time, and all types together."""
    result, parts = [], []
    for kind, rows in by_kind.items():
        held_out = held_out_kernels(rows, "cpu", "energy_mj", list(random_folds(rows.kernels)))
        parts.append(held_out)
        result.append(_Rows("cpu", f"{kind.value}, energy", "10-fold", held_out.measured).ours(held_out))
    pooled = HeldOutCases(
        np.concatenate([part.measured for part in parts]),
        np.concatenate([part.log_mean for part in parts]),
        np.concatenate([part.log_sd for part in parts]),
    )
    return [*result, _Rows("cpu", f"{POOLED_KERNELS}, energy", "10-fold", pooled.measured).ours(pooled)]


def _networks(rows: MeasuredKernels, delegate: str, quantity: str) -> list[EvaluationRow]:
    """Sums of held-out kernels against their predicted sums: do intervals hold when errors add up?"""
    name = f"{PSEUDO_NETWORKS}, {quantity.rsplit('_', 1)[0]}"
    return [
        _Rows(delegate, name, protocol, held_out.measured).ours(held_out)
        for protocol, held_out in held_out_networks(rows, delegate, quantity).items()
    ]


def held_out_networks(rows: MeasuredKernels, delegate: str, quantity: str) -> dict[str, HeldOutCases]:
    """Protocol -> sums of kernels drawn from what one fold left out, with their joint predictions.

    Sums of one fold share its fit and many kernels, so they miss or hold together. Of whole sizes, five have
    enough kernels to draw from; on the CPU all sums of one of them (images of 1x1, unlike all others) miss.
    """
    generator = np.random.default_rng(0)
    return {
        protocol: _drawn_sums(rows, delegate, quantity, PROTOCOLS[protocol](rows.kernels), generator)
        for protocol in NETWORK_PROTOCOLS
    }


def _drawn_sums(
    rows: MeasuredKernels, delegate: str, quantity: str, folds: Iterable[Fold], generator: np.random.Generator
) -> HeldOutCases:
    values, sums, means, sds = _values(rows, quantity), [], [], []
    for train, test in folds:
        prediction = predict_ours(rows, train, rows.select(test).kernels, quantity, delegate)
        for _ in range(NETWORKS_PER_FOLD if len(test) >= NETWORK_SIZE else 0):
            chosen = generator.choice(len(test), NETWORK_SIZE, replace=False)
            parts = np.exp(prediction.mean[chosen])
            block = prediction.covariance[np.ix_(chosen, chosen)]
            sums.append(float(values[test[chosen]].sum()))
            means.append(math.log(float(parts.sum())))
            sds.append(sum_log_sd(parts, block, 0.0))
    return HeldOutCases(np.array(sums), np.array(means), np.array(sds))


class _Rows:
    """Makes evaluation rows of one delegate, quantity and protocol against the same measured values."""

    def __init__(self, delegate: str, quantity: str, protocol: str, measured: Floats) -> None:
        self._delegate, self._quantity, self._protocol = delegate, quantity, protocol
        self._measured = measured

    def ours(self, held_out: HeldOutCases) -> EvaluationRow:
        """The row of our own method, with the coverage of its intervals."""
        return self.make(OURS, held_out.log_mean, float(100.0 * held_out.covered(Z_80).mean()))

    def make(self, method: str, log_mean: Floats, coverage_percent: float | None) -> EvaluationRow:
        """The row of a method that predicted these logs."""
        return EvaluationRow.from_errors(
            100.0 * np.abs(np.exp(log_mean) / self._measured - 1.0),
            coverage_percent,
            device_id=DEVICE_ID,
            delegate=self._delegate,
            precision="fp32",
            quantity=self._quantity,
            method=method,
            protocol=self._protocol,
            used=method == OURS,
        )
