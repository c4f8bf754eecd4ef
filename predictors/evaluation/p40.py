"""How well the P40 Pro's kernels are predicted: random folds, whole input sizes, and larger ones left out."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence

import numpy as np

from predictors.energy.features import Floats, anchor_macs, weight_elements
from predictors.energy.fit import fit_kind
from predictors.energy.intervals import Z_80, sum_log_sd
from predictors.energy.kernel_model import LogPrediction
from predictors.energy.measured import MeasuredKernels, measured_kernels
from predictors.energy.p40_settings import DEVICE_ID, kind_settings
from predictors.evaluation.rows import EvaluationRow
from predictors.kernels import Kernel, KernelKind
from predictors.training.folds import PROTOCOLS, Fold, Places, random_folds

OURS = "Gaussian process on logs"
MACS_ONLY = "baseline: MACs only"
FOREST = "baseline: random forest, published features"
POOLED_KERNELS = "all kernel types"
PSEUDO_NETWORKS = "sums of 20 held-out kernels"
NETWORK_SIZE = 20
NETWORKS_PER_FOLD = 30

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


def _convolutions(rows: MeasuredKernels, delegate: str, quantity: str) -> list[EvaluationRow]:
    result = []
    values = _values(rows, quantity)
    for protocol, folds in PROTOCOLS.items():
        cases = list(folds(rows.kernels))
        tested = np.concatenate([test for _, test in cases])
        measured = values[tested]
        mean, sd = _ours(rows, cases, quantity, delegate)
        row = _Rows(delegate, "convolutions, " + quantity.rsplit("_", 1)[0], protocol, measured)
        result.append(row.make(OURS, mean, sd))
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
    result, means, sds, measured = [], [], [], []
    for kind, rows in by_kind.items():
        cases = list(random_folds(rows.kernels))
        values = rows.energy_mj[np.concatenate([test for _, test in cases])]
        mean, sd = _ours(rows, cases, "energy_mj", "cpu")
        result.append(_Rows("cpu", f"{kind.value}, energy", "10-fold", values).make(OURS, mean, sd))
        means.append(mean)
        sds.append(sd)
        measured.append(values)
    pooled = _Rows("cpu", f"{POOLED_KERNELS}, energy", "10-fold", np.concatenate(measured))
    return [*result, pooled.make(OURS, np.concatenate(means), np.concatenate(sds))]


def _networks(rows: MeasuredKernels, delegate: str, quantity: str) -> list[EvaluationRow]:
    """Sums of held-out kernels against their predicted sums: do intervals hold when errors add up?"""
    values = _values(rows, quantity)
    generator = np.random.default_rng(0)
    result = []
    for protocol in ("10-fold", "whole input sizes left out"):
        sums, means, sds = [], [], []
        for train, test in PROTOCOLS[protocol](rows.kernels):
            prediction = predict_ours(rows, train, rows.select(test).kernels, quantity, delegate)
            for _ in range(NETWORKS_PER_FOLD if len(test) >= NETWORK_SIZE else 0):
                chosen = generator.choice(len(test), NETWORK_SIZE, replace=False)
                parts = np.exp(prediction.mean[chosen])
                block = prediction.covariance[np.ix_(chosen, chosen)]
                sums.append(float(values[test[chosen]].sum()))
                means.append(math.log(float(parts.sum())))
                sds.append(sum_log_sd(parts, block, 0.0))
        name = f"{PSEUDO_NETWORKS}, {quantity.rsplit('_', 1)[0]}"
        row = _Rows(delegate, name, protocol, np.array(sums))
        result.append(row.make(OURS, np.array(means), np.array(sds)))
    return result


class _Rows:
    """Makes evaluation rows of one delegate, quantity and protocol against the same measured values."""

    def __init__(self, delegate: str, quantity: str, protocol: str, measured: Floats) -> None:
        self._delegate, self._quantity, self._protocol = delegate, quantity, protocol
        self._measured = measured

    def make(self, method: str, log_mean: Floats, log_sd: Floats | None) -> EvaluationRow:
        errors = np.abs(np.exp(log_mean) / self._measured - 1.0)
        inside = None
        if log_sd is not None:
            inside = float(100.0 * np.mean(np.abs(np.log(self._measured) - log_mean) <= Z_80 * log_sd))
        return EvaluationRow(
            device_id=DEVICE_ID,
            delegate=self._delegate,
            precision="fp32",
            quantity=self._quantity,
            method=method,
            protocol=self._protocol,
            n=len(self._measured),
            mape_percent=float(100.0 * errors.mean()),
            median_ape_percent=float(100.0 * np.median(errors)),
            within_10_percent=float(100.0 * np.mean(errors <= 0.1)),
            coverage_percent=inside,
            used=method == OURS,
        )
