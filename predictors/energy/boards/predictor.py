"""Whole boards at the wall socket: a non-negative sum over kernels for each board, back end and precision.

Energy per inference (mJ, idle included) and latency (ms) are each a sum over kernels of the amounts in
`predictors.energy.boards.features`, with coefficients fitted to one measured system (MLPerf Inference power
logs, source `mlperf-inference-power`; our own computation, not official scores). No coefficient is
negative, so an estimate splits into kernels. The constant per network is spread over them in proportion.
Kernels that a fit gives nothing at all are the matter of `predictors.energy.boards.shares`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from data.messages import Message
from predictors.energy.boards.data import (
    PRECISIONS,
    RUNTIMES,
    BoardSettings,
    SystemRows,
    board_settings,
)
from predictors.energy.boards.features import MILLION, kernel_evidence, kernel_terms
from predictors.energy.boards.fit import QuantityFit, SystemFit, bundled_system_fit, growth
from predictors.energy.boards.later import SOURCE_ID as LATER_SOURCE_ID
from predictors.energy.boards.later import decodes_inside, later_fit, later_fits, later_systems
from predictors.energy.boards.shares import (
    SHARED_OUT,
    judged_alone,
    judged_in_network,
    shared_out,
    shared_out_note,
)
from predictors.energy.evidence import approximated_note, overall_evidence, unsupported_note
from predictors.energy.fitting.transfer import LogInterval
from predictors.model.kernels import FusedModel, Kernel, KernelKind
from predictors.model.shared_work import once
from predictors.results.estimates import Estimate, Evidence, KernelEstimate, Note
from predictors.results.figures import Scope
from predictors.results.targets import Target

Floats: TypeAlias = NDArray[np.float64]
Mask: TypeAlias = NDArray[np.bool_]

SOURCE_ID = "mlperf-inference-power"
METER = Message("AC wall meter at 1 Hz (whole board with its power adapter)")


def board_targets() -> tuple[Target, ...]:
    """One target per board, back end and precision, with its held-out errors and the system behind it."""
    with_logs = (
        _target(bundled_system_fit(system, precision))
        for system in board_settings().systems.values()
        for precision in PRECISIONS
    )
    return (*with_logs, *map(_target, later_fits()))


def source_of(rows: SystemRows) -> str:
    """The source of a system's measurements: logs, or published results without logs."""
    return LATER_SOURCE_ID if (rows.device_id, rows.delegate) in later_systems() else SOURCE_ID


def _target(fitted: SystemFit) -> Target:
    rows, errors, unlike = fitted.rows, fitted.energy.errors, fitted.energy.family_errors
    networks = len({name for name, anchor in zip(rows.networks, rows.anchor, strict=True) if not anchor})
    return Target(
        device_id=rows.device_id,
        delegate=rows.delegate,
        precision=rows.precision,
        runtime=RUNTIMES[rows.delegate],
        evidence=Evidence.PREDICTED,
        error_percent=errors.median_percent,
        error_basis=Message(
            "median over {networks} measured networks (MobileNetV1 to V3, EfficientNet-lite), 5-fold; "
            "{percent:.2g} % with a whole family of them left out, which is what another kind of network "
            "may expect",
            networks=networks,
            percent=unlike.median_percent,
        ),
        systems=(rows.system,),
        source_ids=(source_of(rows),),
        meter=METER,
        idle_included=True,
        scope=Scope.BOARD_WALL,
        tested="networks",
        error_high_percent=errors.high_percent,
        error_count=errors.count,
    )


def board_predictor(target: Target) -> BoardPredictor:
    """The predictor of one of `board_targets`."""
    place = target.device_id, target.delegate
    if place in later_systems():
        fitted = later_fit(*place, target.precision)
    else:
        fitted = bundled_system_fit(board_settings().systems[place], target.precision)
    return BoardPredictor(target, fitted, board_settings())


@dataclass(frozen=True, slots=True)
class _Split:
    """One quantity over the kernels: `parts` (n,) sum to the total, `constant` of it came from the network.

    `interval` is the total's; `below` and `above` (n,) are half-widths (log) of the kernels on their own. The
    fit gives nothing to the `costless` (n,) kernels; `shared` (n,) are those of them that get a share all the
    same.
    """

    parts: Floats
    constant: float
    interval: LogInterval
    below: Floats
    above: Floats
    costless: Mask
    shared: Mask


@dataclass(frozen=True, slots=True)
class _Kernels:
    """What every board needs to know of the same n kernels in one precision.

    `amounts` (n, terms) with a last column of 0 for the constant, how each kernel is `judged`, which are
    `approximated` (n,); millions of multiply-accumulates and of moved elements of each (n,).
    """

    amounts: Floats
    judged: tuple[tuple[Evidence, str], ...]
    approximated: Mask
    macs_m: Floats
    moved_m: Floats

    @classmethod
    def of(cls, kernels: Sequence[Kernel], precision: str, *, dense_measured: bool) -> _Kernels:
        """The kernels as a board sees them, ResNet-50 measured on it or not."""
        amounts = kernel_terms(kernels, precision)
        judged = tuple(kernel_evidence(kernel, dense_measured, precision) for kernel in kernels)
        return cls(
            np.hstack([amounts, np.zeros((len(amounts), 1))]),
            judged,
            np.array([evidence is Evidence.APPROXIMATED for evidence, _ in judged], dtype=np.bool_),
            np.array([kernel.macs for kernel in kernels], dtype=np.float64) / MILLION,
            np.array([k.input_elements + k.output_elements for k in kernels], dtype=np.float64) / MILLION,
        )


@dataclass(frozen=True, slots=True)
class BoardPredictor:
    """Estimates networks and kernels on one board, back end and precision."""

    target: Target
    fitted: SystemFit
    settings: BoardSettings

    def estimate(self, model: FusedModel) -> Estimate:
        """Estimate a whole network (mJ and ms per inference, idle included)."""
        kernels, known = model.kernels, self._known(model.kernels)
        energy = self._split(self.fitted.energy, known, with_constant=True)
        latency = self._split(self.fitted.latency, known, with_constant=True)
        has_total = bool(energy.parts.any() and latency.parts.any())
        judged = judged_in_network(known.judged, energy.shared | latency.shared, has_total=has_total)
        parts = tuple(self._kernel_estimates(kernels, known, judged, energy, latency))
        energy_mj = sum(part.energy_mj for part in parts)
        latency_ms = sum(part.latency_ms for part in parts)
        idle_mj = min(self.fitted.rows.idle_power_w * latency_ms, energy_mj)
        return Estimate(
            device_id=self.target.device_id,
            delegate=self.target.delegate,
            precision=self.target.precision,
            energy_mj=energy_mj,
            energy_mj_low=energy_mj * math.exp(-energy.interval.below),
            energy_mj_high=energy_mj * math.exp(energy.interval.above),
            latency_ms=latency_ms,
            latency_ms_low=latency_ms * math.exp(-latency.interval.below),
            latency_ms_high=latency_ms * math.exp(latency.interval.above),
            evidence=overall_evidence(parts, self.target.evidence),
            kernels=parts,
            warnings=self._warnings(energy, parts),
            idle_energy_mj=idle_mj,
            source_ids=(SOURCE_ID,),
        )

    def estimate_kernels(self, kernels: Sequence[Kernel]) -> list[KernelEstimate]:
        """Estimate kernels on their own, in the order given, without the constant of a network."""
        known = self._known(kernels)
        energy = self._split(self.fitted.energy, known, with_constant=False)
        latency = self._split(self.fitted.latency, known, with_constant=False)
        judged = judged_alone(known.judged, energy.costless | latency.costless)
        return self._kernel_estimates(kernels, known, judged, energy, latency)

    def _known(self, kernels: Sequence[Kernel]) -> _Kernels:
        key = self.target.precision, bool(self.fitted.rows.anchor.any())
        return once(
            "board-kernels", kernels, lambda: _Kernels.of(kernels, key[0], dense_measured=key[1]), key
        )

    def _split(self, quantity: QuantityFit, known: _Kernels, *, with_constant: bool) -> _Split:
        fit, amounts = quantity.fit, known.amounts
        raw = fit.predict(amounts)
        total = float(raw.sum())
        constant = float(fit.coefficients[-1]) if with_constant and total > 0.0 else 0.0
        network = amounts.sum(axis=0)
        network[-1] = 1.0 if with_constant else 0.0
        leverage = float(fit.leverage(network[None, :])[0]) if total > 0.0 else 0.0
        share = float(raw[known.approximated].sum()) / total if total > 0.0 else 0.0
        interval = self._capped(quantity.interval(leverage)).combined(self._approximation(share))
        shares = shared_out(amounts, raw, fit.coefficients) if with_constant and total > 0.0 else raw
        shared = shares > raw
        below, above = self._own_half_widths(quantity, amounts, interval, known.approximated | shared)
        scaled = shares * ((total + constant) / float(shares.sum())) if total > 0.0 else raw
        return _Split(scaled, constant, interval, below, above, raw <= 0.0, shared)

    def _own_half_widths(
        self, quantity: QuantityFit, amounts: Floats, whole: LogInterval, approximated: Mask
    ) -> tuple[Floats, Floats]:
        """Half-widths (log, n) of kernels: the network's, and how badly their shares are known on top."""
        leverage = quantity.fit.leverage(amounts)
        factors = growth(np.where(np.isfinite(leverage), leverage, 0.0), quantity.farthest)
        factors[~np.isfinite(leverage)] = 0.0
        widest = math.log(self.settings.widest_factor)
        rough = np.where(approximated, math.log(self.settings.approximated_factor), 0.0)
        sides = (quantity.spread.below, whole.below), (quantity.spread.above, whole.above)
        below, above = (
            np.hypot(np.hypot(of_whole, np.minimum(spread * factors, widest)), rough)
            for spread, of_whole in sides
        )
        return below, above

    def _approximation(self, share: float) -> LogInterval:
        """If all approximated kernels together (this share of the total) cost a factor more or less."""
        factor = self.settings.approximated_factor
        return LogInterval(
            -math.log(1.0 - share * (1.0 - 1.0 / factor)), math.log(1.0 + share * (factor - 1.0))
        )

    def _capped(self, interval: LogInterval) -> LogInterval:
        widest = math.log(self.settings.widest_factor)
        return LogInterval(min(interval.below, widest), min(interval.above, widest))

    def _kernel_estimates(
        self,
        kernels: Sequence[Kernel],
        known: _Kernels,
        judged: Sequence[tuple[Evidence, str]],
        energy: _Split,
        latency: _Split,
    ) -> list[KernelEstimate]:
        has_figure = [evidence is not Evidence.UNSUPPORTED for evidence, _ in judged]
        energy_mj, latency_ms = (np.where(has_figure, split.parts, 0.0) for split in (energy, latency))
        columns = (
            energy_mj,
            energy_mj * np.exp(-energy.below),
            energy_mj * np.exp(energy.above),
            latency_ms,
            self._no_larger(known),
        )
        figures = zip(kernels, judged, *(column.tolist() for column in columns), strict=True)
        return [
            KernelEstimate(
                kernel=kernel,
                energy_mj=middle,
                energy_mj_low=low,
                energy_mj_high=high,
                latency_ms=time,
                evidence=evidence,
                law=law,
                in_range=is_no_larger and evidence is Evidence.PREDICTED,
            )
            for kernel, (evidence, law), middle, low, high, time, is_no_larger in figures
        ]

    def _no_larger(self, known: _Kernels) -> Mask:
        """Which kernels (n,) are no larger than the largest kernel of the measured networks."""
        macs_m, moved_m = self.fitted.rows.largest
        return np.asarray((known.macs_m <= macs_m) & (known.moved_m <= moved_m))

    def _warnings(self, energy: _Split, parts: Sequence[KernelEstimate]) -> tuple[Note, ...]:
        energy_mj = sum(part.energy_mj for part in parts)
        about_kernels = (
            unsupported_note(parts),
            approximated_note(parts, apart=SHARED_OUT),
            shared_out_note(parts),
        )
        notes = [
            _meter_note(self.target),
            *_published_notes(self.target),
            *(note for note in about_kernels if note is not None),
        ]
        if energy_mj > 0.0 and energy.constant > 0.0:
            message = Message(
                "{percent:.0f} % of the energy is a constant per inference, spread over the kernels in "
                "proportion.",
                percent=100.0 * energy.constant / energy_mj,
            )
            notes.append(Note("BOARD_CONSTANT", message))
        if self.target.precision == "int8" and any(is_assumed_per_channel(part.kernel) for part in parts):
            notes.append(PER_CHANNEL_ASSUMED)
        if energy.interval.factor > self.settings.warn_factor**2:
            notes.append(_far_note(energy.interval))
        return tuple(notes)


PER_CHANNEL_ASSUMED = Note(
    "PER_CHANNEL_ASSUMED",
    Message(
        "The file holds fp32 weights. It is counted as quantised with a scale for every channel, as "
        "converters do today; with one scale for all, its depthwise convolutions take less on some back ends."
    ),
)


def is_assumed_per_channel(kernel: Kernel) -> bool:
    """A depthwise convolution whose quantisation the file does not tell."""
    return kernel.kind is KernelKind.DWCONV and kernel.precision == "fp32"


def _meter_note(target: Target) -> Note:
    return Note(
        "BOARD_WALL_POWER",
        Message(
            "Energy at the wall socket: the whole board and its adapter, idle included (measured "
            "system: {systems}; computed from published logs, not an official score).",
            systems=", ".join(target.systems),
        ),
    )


def _published_notes(target: Target) -> list[Note]:
    """What is different where only published results stand behind a target."""
    system = later_systems().get((target.device_id, target.delegate))
    if system is None:
        return []
    notes = [
        Note(
            "BOARD_LATENCY_P90",
            Message("The latency is the one that nine in ten queries kept, not the mean: that is published."),
        )
    ]
    if decodes_inside(target.device_id, target.delegate, target.precision):
        notes.append(
            Note("BOARD_DECODES_INSIDE", Message("Decoding the JPEG image is part of the measured runs."))
        )
    return notes


def _far_note(interval: LogInterval) -> Note:
    return Note(
        "BOARD_FAR_FROM_MEASURED",
        Message(
            "This network is unlike the measured ones (MobileNetV1 to V3, EfficientNet-lite, and in "
            "fp32 mostly ResNet-50): the interval spans a factor of {factor:.1f}.",
            factor=interval.factor,
        ),
    )
