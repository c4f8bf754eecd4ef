"""Calibrate a device from measured networks: names to amounts, checks, and what to measure next."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from data.messages import Message
from predictors.energy.boards.data import network_amounts
from predictors.energy.boards.features import network_terms
from predictors.energy.calibrated.conditioning import (
    STANDARD_ORDER,
    Measured,
    condition,
    interval_factor,
    leave_one_out,
)
from predictors.energy.calibrated.device_file import MeasuredNetwork, OwnDevice, rows_error, with_amounts
from predictors.energy.calibrated.predictor import RUNTIME, CalibratedPredictor
from predictors.energy.calibrated.prior import Prior, known_prior, reference_networks
from predictors.errors import CodedError, InputError, printable
from predictors.fusing import fuse

Floats: TypeAlias = NDArray[np.float64]

UNIT_MARGIN: Final = math.log(20.0)
"""How far beyond the dearest and cheapest known system a new device may lie before a factor of 1,000 is the
likelier story: 20 times, since the known boards themselves span a factor of 20."""
UNIT_STEP: Final = math.log(1000.0)


def resolved(device: OwnDevice, read: Callable[[str, str], Sequence[float]] | None = None) -> OwnDevice:
    """The device with the amounts of every network.

    `read(model, precision)` gives those of a model that is no sample (`amounts_of_file` reads a path).
    Raises InputError CALIBRATION_ROWS naming the rows whose model is unknown.
    """
    rows, problems = [], []
    for number, row in enumerate(device.rows, start=2):
        try:
            rows.append(row if row.amounts else with_amounts(row, amounts_of(row, read)))
        except CodedError as error:
            problems.append(Message("Row {number}: {problem}", number=number, problem=error.message))
    if problems:
        raise rows_error(problems)
    return replace(device, rows=tuple(rows))


def amounts_of(row: MeasuredNetwork, read: Callable[[str, str], Sequence[float]] | None) -> Sequence[float]:
    """What the row's network amounts to. Raises InputError or ModelError."""
    known = network_amounts().get((row.model, row.precision, RUNTIME))
    if known is not None:
        return tuple(known.terms.tolist())
    from predictors.samples import SAMPLES, sample_bytes

    if row.model in SAMPLES:
        from predictors.reading import read_model

        return tuple(network_terms(fuse(read_model(sample_bytes(row.model)), RUNTIME).kernels).tolist())
    if read is None:
        raise InputError(
            "CALIBRATION_ROWS",
            "{model} is neither a sample nor a network of the bundle. Name one of those, or give its file.",
            model=printable(row.model),
        )
    return read(row.model, row.precision)


def amounts_of_file(model: str, precision: str) -> Sequence[float]:
    """The amounts of a model file, by its path. Raises ModelError."""
    from predictors.reading import read_isolated

    return tuple(network_terms(fuse(read_isolated(Path(model)), RUNTIME).kernels).tolist())


def check_units(device: OwnDevice) -> None:
    """Raise InputError CALIBRATION_UNIT where energies look like joules or microjoules."""
    for precision in {row.precision for row in device.rows}:
        predictor = CalibratedPredictor(device, precision)
        if not len(predictor.energy.log_values):
            continue
        off = _levels_off(known_prior(precision, "energy"), predictor.energy)
        if abs(off) > UNIT_MARGIN and abs(off) > abs(abs(off) - UNIT_STEP):
            row = next(row for row in predictor.rows if row.energy_mj is not None)
            raise _unit_error(row, off)
        _check_single_units(predictor)


def _check_single_units(predictor: CalibratedPredictor) -> None:
    """One network in another unit than the others lies a factor of hundreds from what they foretell."""
    measured, prior = predictor.energy, known_prior(predictor.precision, "energy")
    rows = [row for row in predictor.rows if row.energy_mj is not None and row.amounts]
    if len(rows) < 2:
        return
    for at, row in enumerate(rows):
        off = float(measured.log_values[at] - leave_one_out(prior, measured, at).mean[0])
        # Half of 1,000 on the log scale is nearer to "another unit" than to "as foretold".
        others = [
            abs(float(measured.log_values[other] - leave_one_out(prior, measured, other).mean[0]))
            for other in range(len(rows))
        ]
        if abs(off) > UNIT_STEP / 2.0 and abs(off) >= max(others):
            raise _unit_error(row, off)


def _unit_error(row: MeasuredNetwork, off: float) -> InputError:
    value = row.energy_mj or 0.0
    return InputError(
        "CALIBRATION_UNIT",
        "{model} is given {value:g} mJ, {times:,.0f} times {way} is to be expected. As {unit} it would be "
        "{other:g} mJ. Give the energies in millijoules, or confirm them (`--units-are-right`).",
        model=printable(row.model),
        value=value,
        times=math.exp(abs(off)),
        way=Message("less than") if off < 0 else Message("more than"),
        unit=Message("joules") if off < 0 else Message("microjoules"),
        other=value * (1000.0 if off < 0 else 0.001),
    )


def _levels_off(prior: Prior, measured: Measured) -> float:
    """ln of how far the device lies outside the range of the known systems' levels; 0 inside."""
    levels = (measured.log_values - prior.asked_laws(measured.terms)).mean(axis=1)
    # levels: own over each known system's. Inside the range, some are above 0 and some below.
    if levels.min() > 0.0:
        return float(levels.min())
    return float(levels.max()) if levels.max() < 0.0 else 0.0


@dataclass(frozen=True, slots=True)
class Next:
    """The network to measure next, and the half-width of the range (%) now and after it."""

    network: str
    range_now_percent: float
    range_then_percent: float


def next_network(predictor: CalibratedPredictor) -> Next:
    """The standard network that narrows the ranges of the reference networks most (mean half-width)."""
    measured, prior = predictor.energy, known_prior(predictor.precision, "energy")
    terms = _reference_terms(predictor.precision)
    taken = {row.model for row in predictor.rows}
    now = _half_width_percent(prior, measured, terms, predictor.precision)
    widths = {
        name: _half_width_percent(
            prior, _with(measured, name, predictor.precision), terms, predictor.precision
        )
        for name in STANDARD_ORDER
        if name not in taken and (name, predictor.precision, RUNTIME) in network_amounts()
    }
    best = min(widths, key=lambda name: widths[name], default="")
    return Next(best, now, widths.get(best, now))


def _reference_terms(precision: str) -> Floats:
    names = reference_networks(precision)
    return np.array([network_amounts()[name, precision, RUNTIME].terms for name in names])


def _with(measured: Measured, name: str, precision: str) -> Measured:
    """As if one more network were measured; its value does not matter to the width."""
    terms = network_amounts()[name, precision, RUNTIME].terms
    return Measured(np.vstack([measured.terms, terms]), np.append(measured.log_values, 0.0))


def _half_width_percent(prior: Prior, measured: Measured, terms: Floats, precision: str) -> float:
    if not len(measured.log_values):
        return math.inf
    sd = condition(prior, measured, terms).sd
    factor = interval_factor(precision, "energy", min(len(measured.log_values), 10))
    return float(100.0 * np.expm1(factor * np.median(sd)))


def order_warnings(predictor: CalibratedPredictor) -> list[Message]:
    """Large networks that are said to take less energy than small ones, worded for people."""
    rows = [row for row in predictor.rows if row.energy_mj is not None and row.amounts]
    return [
        Message(
            "{large} does more of everything than {small}, yet takes less energy ({low:g} against {high:g} "
            "mJ). Check both.",
            large=printable(large.model),
            small=printable(small.model),
            low=large.energy_mj,
            high=small.energy_mj,
        )
        for large in rows
        for small in rows
        if _dominates(large, small) and (large.energy_mj or 0.0) < (small.energy_mj or 0.0)
    ]


def _dominates(large: MeasuredNetwork, small: MeasuredNetwork) -> bool:
    """Whether one network amounts to more than another in every term, and clearly in the largest."""
    pairs = list(zip(large.amounts, small.amounts, strict=True))
    return all(a >= b for a, b in pairs) and sum(large.amounts) > 1.2 * sum(small.amounts)
