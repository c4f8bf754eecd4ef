"""Jetson TX2, CPU and GPU rail: single convolutions as measured, and networks without the timing loop.

`estimate_kernels` answers as the published loop measured (its floor of 1.5 to 3 ms, its random inputs and
weights included). `estimate` takes the loop off each kernel, because a network makes no new input and
weights between its layers. See `predictors.energy.tx2.forest` for the convolutions and
`predictors.energy.tx2.other_kernels` for the rest.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from threading import Lock

import numpy as np

from data.messages import Message
from predictors.energy.evidence import overall_evidence, unsupported_note
from predictors.energy.stored.store import fitted
from predictors.energy.tx2 import other_kernels
from predictors.energy.tx2.forest import QUANTITIES, Forest, LayerModel, LayerPrediction, fit_layer_model
from predictors.energy.tx2.intervals import (
    MeasuredSizes,
    Tx2Settings,
    half_widths,
    measured_sizes,
    shared_sum,
    tx2_settings,
    without_loop,
)
from predictors.energy.tx2.law import AdditiveLaw
from predictors.energy.tx2.layer_features import Floats
from predictors.energy.tx2.layers import (
    DELEGATES,
    DEVICE_ID,
    LayerTable,
    layers_of_kernels,
    measured_layers,
    real_inputs,
)
from predictors.model.kernels import FusedModel, Kernel, KernelKind
from predictors.results.estimates import Estimate, Evidence, KernelEstimate, Note
from predictors.results.figures import Scope
from predictors.results.targets import Target

SOURCE_IDS = ("sysidentif-tx2", "lahmer-2022")
FOREST_LAW = Message("additive law in the form of Lahmer et al., corrected by trees")
_FIT_LOCK = Lock()


def tx2_target(delegate: str) -> Target:
    """What can be asked of TX2 on `cpu` or `gpu`."""
    settings = tx2_settings(delegate)
    return Target(
        device_id=DEVICE_ID,
        delegate=delegate,
        precision="fp32",
        runtime="unfused",
        evidence=Evidence.PREDICTED,
        error_percent=settings.errors.median_percent,
        error_basis=(
            Message(
                "median over the energy of {count:,} single convolutions, 5-fold; {percent:.0f} % where "
                "all convolutions of one number of output channels were left out. No whole network was "
                "measured this way: more than half of its energy follows named laws, so take it as good to "
                "about a factor of 2",
                count=settings.errors.count,
                percent=settings.new_c_out_percent,
            )
        ),
        systems=(Message("Jetson TX2, PyTorch"),),
        source_ids=SOURCE_IDS,
        meter=Message(
            "INA3221 sensor on the {rail} rail of the module (not the board)", rail=delegate.upper()
        ),
        idle_included=True,
        scope=Scope.RAIL,
        error_high_percent=settings.errors.high_percent,
        error_count=settings.errors.count,
    )


def tx2_targets() -> tuple[Target, ...]:
    """The two targets of TX2."""
    return tuple(tx2_target(delegate) for delegate in DELEGATES)


def tx2_predictor(target: Target) -> Tx2Predictor:
    """The predictor of one of `tx2_targets`; fitted at the first call."""
    with _FIT_LOCK:
        return _fitted(target)


@lru_cache(maxsize=len(DELEGATES))
def _fitted(target: Target) -> Tx2Predictor:
    delegate = target.delegate
    found = fitted(tx2_family(delegate), TX2_CLASSES, lambda: fit_tx2(delegate))
    return Tx2Predictor(target, tx2_settings(delegate), found.model, found.sizes)


@dataclass(frozen=True, slots=True)
class Tx2Fit:
    """What the measured layers of one delegate come down to."""

    model: LayerModel
    sizes: MeasuredSizes


TX2_CLASSES = (Tx2Fit, LayerModel, AdditiveLaw, Forest, MeasuredSizes)


def tx2_family(delegate: str) -> str:
    """Where the fit of `cpu` or `gpu` is stored."""
    return f"tx2-{delegate}"


def fit_tx2(delegate: str) -> Tx2Fit:
    """Fit laws and trees to the measured layers of `cpu` or `gpu` (a second)."""
    layers = measured_layers(delegate)
    return Tx2Fit(fit_layer_model(layers, tx2_settings(delegate).forest), measured_sizes(layers.table))


@dataclass(frozen=True, slots=True)
class _Figures:
    """Energy (mJ) or latency (ms) of kernels, and half-widths (log) of their intervals."""

    value: Floats
    width: Floats

    @property
    def low(self) -> Floats:
        return self.value * np.exp(-self.width)

    @property
    def high(self) -> Floats:
        return self.value * np.exp(self.width)


@dataclass(frozen=True, slots=True)
class _Known:
    """What of some kernels is the same in a network and alone: energy (mJ) and latency (ms) by their laws;
    of the plain convolutions among them the places, what the trees say about them, and how near they are to
    measured ones (see `REGIMES`)."""

    costs: tuple[Floats, ...]
    rows: list[int]
    kernels: list[Kernel]
    table: LayerTable
    prediction: LayerPrediction
    regime: np.ndarray


@dataclass(frozen=True, slots=True)
class Tx2Predictor:
    """Kernels and networks on one rail of Jetson TX2."""

    target: Target
    settings: Tx2Settings
    model: LayerModel
    sizes: MeasuredSizes

    def estimate(self, model: FusedModel) -> Estimate:
        """A whole network on this rail, with the timing loop taken off every kernel."""
        known = self._known(model.kernels)
        energy, latency = self._figures(model.kernels, known, in_network=True)
        timed, _ = self._figures(model.kernels, known, in_network=False)
        parts = tuple(self._parts(model.kernels, energy, latency))
        is_forest = np.array([kernel.kind is KernelKind.CONV for kernel in model.kernels], dtype=bool)
        energy_low, energy_high = self._interval(energy, is_forest)
        latency_low, latency_high = self._interval(latency, is_forest)
        return Estimate(
            device_id=self.target.device_id,
            delegate=self.target.delegate,
            precision=self.target.precision,
            energy_mj=float(energy.value.sum()),
            energy_mj_low=energy_low,
            energy_mj_high=energy_high,
            latency_ms=float(latency.value.sum()),
            latency_ms_low=latency_low,
            latency_ms_high=latency_high,
            evidence=overall_evidence(parts, self.target.evidence),
            kernels=parts,
            warnings=tuple(self._warnings(parts, float((timed.value - energy.value).sum()))),
            source_ids=self.target.source_ids,
        )

    def estimate_kernels(self, kernels: Sequence[Kernel]) -> list[KernelEstimate]:
        """Kernels on their own, as the published loop would measure them (its floor included)."""
        energy, latency = self._figures(kernels, self._known(kernels), in_network=False)
        return list(self._parts(kernels, energy, latency))

    def _known(self, kernels: Sequence[Kernel]) -> _Known:
        rows = [row for row, kernel in enumerate(kernels) if kernel.kind is KernelKind.CONV]
        chosen = [kernels[row] for row in rows]
        table = layers_of_kernels(chosen)
        nothing = np.zeros((0, len(QUANTITIES)))
        prediction = self.model.predict(table) if rows else LayerPrediction(nothing, nothing)
        costs = tuple(other_kernels.costs(kernels, law) for law in (self.model.energy, self.model.latency))
        return _Known(costs, rows, chosen, table, prediction, self.sizes.regime(table))

    def _figures(
        self, kernels: Sequence[Kernel], known: _Known, in_network: bool
    ) -> tuple[_Figures, _Figures]:
        """Energy (mJ) and latency (ms): of the kernels themselves, or as the loop would time them."""
        energy, latency = (
            self._quantity(kernels, known, column, in_network) for column in range(len(QUANTITIES))
        )
        return energy, latency

    def _quantity(self, kernels: Sequence[Kernel], known: _Known, column: int, in_network: bool) -> _Figures:
        law = (self.model.energy, self.model.latency)[column]
        value = known.costs[column] + (0.0 if in_network else self._loop(kernels, law))
        width = np.full(len(kernels), math.log(self.settings.largest_step))
        convolutions = self._convolutions(known, law, column, in_network)
        value[known.rows], width[known.rows] = convolutions.value, convolutions.width
        return _Figures(value, width)

    def _loop(self, kernels: Sequence[Kernel], law: AdditiveLaw) -> Floats:
        weights = np.array([float(kernel.params) for kernel in kernels])
        supported = np.array([kernel.kind is not KernelKind.UNSUPPORTED for kernel in kernels])
        return np.where(supported, law.loop(real_inputs(kernels), weights), 0.0)

    def _convolutions(self, known: _Known, law: AdditiveLaw, column: int, in_network: bool) -> _Figures:
        settings = self.settings.intervals[QUANTITIES[column]]
        width = half_widths(known.prediction.log_spread[:, column], known.regime, settings.factors)
        measured_kind = law.parts(known.table).sum(axis=1)
        if in_network:
            share = law.layer_only(known.table) / measured_kind
            width = without_loop(width, share, settings.law_error, self.settings.largest_step)
        else:
            share = self._timed(law, known.table, known.kernels) / measured_kind
        return _Figures(np.exp(known.prediction.log_value[:, column]) * share, width)

    @staticmethod
    def _timed(law: AdditiveLaw, table: LayerTable, kernels: Sequence[Kernel]) -> Floats:
        """The law with the inputs that these kernels really read (mJ or ms)."""
        return np.asarray(law.parts(table, real_inputs(kernels)).sum(axis=1))

    def _parts(
        self, kernels: Sequence[Kernel], energy: _Figures, latency: _Figures
    ) -> Iterator[KernelEstimate]:
        columns = energy.value, energy.low, energy.high, latency.value, self._inside(kernels)
        for kernel, middle, low, high, time, is_inside in zip(
            kernels, *(column.tolist() for column in columns), strict=True
        ):
            is_forest = kernel.kind is KernelKind.CONV
            yield KernelEstimate(
                kernel=kernel,
                energy_mj=middle,
                energy_mj_low=low,
                energy_mj_high=high,
                latency_ms=time,
                evidence=_evidence(kernel.kind),
                law=FOREST_LAW if is_forest else other_kernels.law_name(kernel.kind),
                in_range=is_inside and is_forest,
            )

    def _inside(self, kernels: Sequence[Kernel]) -> np.ndarray:
        plain = np.array([max(k.config.stride_h, k.config.stride_w) == 1 for k in kernels], dtype=bool)
        return np.asarray(plain & self.sizes.in_range(layers_of_kernels(kernels)))

    def _interval(self, figures: _Figures, is_forest: np.ndarray) -> tuple[float, float]:
        """Ends of a sum's interval (mJ or ms): convolutions share part of their errors, laws all of it."""
        total = float(figures.value.sum())
        below = self._half_width(figures.value - figures.low, is_forest)
        above = self._half_width(figures.high - figures.value, is_forest)
        return max(total - below, 0.0), total + above

    def _half_width(self, sides: Floats, is_forest: np.ndarray) -> float:
        by_forest = shared_sum(sides[is_forest], self.settings.shared)
        return math.hypot(by_forest, float(sides[~is_forest].sum()))

    def _warnings(self, parts: Sequence[KernelEstimate], loop_mj: float) -> Iterator[Note]:
        rail = self.target.delegate.upper()
        yield Note(
            "RAIL_ONLY",
            Message(
                "This is the {rail} rail of the module alone: memory, the other processor and the "
                "board are left out. Do not compare it with figures of a whole phone or board.",
                rail=rail,
            ),
        )
        yield Note(
            "LOOP_TAKEN_OFF",
            Message(
                "The measurements timed each layer together with making a new input and new weights "
                "and reading the sensor (1.5 to 3 ms a layer and more). {loop_mj:.3g} mJ of that was "
                "taken off by the fitted law; no whole network was measured on these rails to check "
                "the sum.",
                loop_mj=loop_mj,
            ),
        )
        if (unsupported := unsupported_note(parts)) is not None:
            yield unsupported
        approximated = sum(p.energy_mj for p in parts if p.evidence is Evidence.APPROXIMATED)
        total = sum(part.energy_mj for part in parts)
        if approximated > 0.0:
            yield Note(
                "KERNELS_APPROXIMATED",
                Message(
                    "{percent:.0f} % of the energy is of kernel types that were never measured on this "
                    "board; named laws stand in for them (factor {largest_step:g} either way).",
                    percent=100 * approximated / total,
                    largest_step=self.settings.largest_step,
                ),
            )
        outside = sum(1 for p in parts if p.evidence is Evidence.PREDICTED and not p.in_range)
        if outside:
            yield Note(
                "KERNELS_OUT_OF_RANGE",
                Message(
                    "{outside} convolutions lie outside the measured sizes (stride 1, images of 11 to "
                    "100 pixels, 3 to 512 channels in, 1 to 512 out).",
                    outside=outside,
                ),
            )


def _evidence(kind: KernelKind) -> Evidence:
    if kind is KernelKind.CONV:
        return Evidence.PREDICTED
    return Evidence.UNSUPPORTED if kind is KernelKind.UNSUPPORTED else Evidence.APPROXIMATED
