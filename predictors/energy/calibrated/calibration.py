"""Calibrate a device from measured networks: names to amounts, what is odd, and what to measure next."""

from __future__ import annotations

import math
import os
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from data.messages import Message
from predictors.energy.boards.data import network_amounts
from predictors.energy.boards.features import network_terms
from predictors.energy.calibrated.conditioning import (
    Measured,
    condition,
    interval_factor,
    standard_order,
)
from predictors.energy.calibrated.device_file import OwnDevice
from predictors.energy.calibrated.device_rows import PRECISIONS, MeasuredNetwork
from predictors.energy.calibrated.names import unknown_network
from predictors.energy.calibrated.predictor import RUNTIME, CalibratedPredictor, Total, measured_of
from predictors.energy.calibrated.prior import Prior, known_prior, reference_networks
from predictors.errors import printable
from predictors.fusing import fuse
from predictors.model.kernels import FusedModel

Floats: TypeAlias = NDArray[np.float64]

Read: TypeAlias = Callable[[str, str], Sequence[float]]
"""Returns the amounts of work of a model that is not a sample: name and precision in."""


def amounts_of(row: MeasuredNetwork, read: Read | None) -> Sequence[float]:
    """The amounts of work of the row's network. Raises InputError or ModelError."""
    known = network_amounts().get((row.model, row.precision, RUNTIME))
    if known is not None:
        return tuple(known.terms.tolist())
    from predictors.samples import SAMPLES, sample_bytes

    if row.model in SAMPLES:
        from predictors.reading import read_model

        kernels = fuse(read_model(sample_bytes(row.model)), RUNTIME).kernels
        return tuple(network_terms(kernels, row.precision).tolist())
    if read is None:
        what = Message(
            "{model} is neither a sample nor a network of the bundle. Name one of those, or give its file.",
            model=printable(row.model),
        )
        raise unknown_network(row.model, row.precision, what)
    return read(row.model, row.precision)


def amounts_of_file(model: str, precision: str) -> Sequence[float]:
    """The amounts of a model file, by its path. Raises ModelError, and InputError where there is none."""
    from predictors.reading import read_isolated

    if not os.path.exists(model):  # noqa: PTH110 (pathlib raises where a name is too long for a path)
        what = Message(
            "{model} is neither the name of a sample or of a network to measure, nor the path of a model "
            "file. Give one of them.",
            model=printable(model),
        )
        raise unknown_network(model, precision, what)
    kernels = fuse(read_isolated(Path(model)), RUNTIME).kernels
    return tuple(network_terms(kernels, precision).tolist())


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
    scale = predictor.misfit
    now = _half_width_percent(prior, measured, terms, predictor.precision, scale)
    widths = {
        name: _half_width_percent(
            prior, _with(measured, name, predictor.precision), terms, predictor.precision, scale
        )
        for name in standard_order(predictor.precision)
        if name not in taken and (name, predictor.precision, RUNTIME) in network_amounts()
    }
    best = min(widths, key=lambda name: widths[name], default="")
    return Next(best, now, widths.get(best, now))


def _reference_terms(precision: str) -> Floats:
    names = reference_networks(precision)
    return np.array([network_amounts()[name, precision, RUNTIME].terms for name in names])


def _with(measured: Measured, name: str, precision: str) -> Measured:
    """The measurements and one more network, of value 0: what the prior leaves open does not depend on it."""
    terms = network_amounts()[name, precision, RUNTIME].terms
    return Measured(np.vstack([measured.terms, terms]), np.append(measured.log_values, 0.0))


def _half_width_percent(
    prior: Prior, measured: Measured, terms: Floats, precision: str, scale: float | None = None
) -> float:
    """Of a typical network; `scale` is that of the misfit, by default the one of these measurements."""
    if not len(measured.log_values):
        return math.inf
    found = condition(prior, measured, terms)
    sd = found.prior_sd * (found.scale if scale is None else scale)
    factor = interval_factor(precision, "energy", min(len(measured.log_values), 10))
    return float(100.0 * np.expm1(min(factor * np.median(sd), MOST_LOG)))


MOST_LOG: Final = math.log(1e6)
"""Half-widths end at a factor of a million: beyond it the figure says nothing, and exp may overflow."""
ROWS_NAMED: Final = 12
"""Rows that a note lists by number."""


def mixed_precisions(device: OwnDevice) -> Message | None:
    """A note that rows have several precisions, and which; None where all have one."""
    numbers = [[row.line for row in device.of(precision)] for precision in PRECISIONS]
    if not all(numbers):
        return None
    floating, integer = (", ".join(map(str, rows[:ROWS_NAMED])) for rows in numbers)
    return Message(
        "Precisions are mixed: rows {floating} in fp32, rows {integer} in int8. Each precision is "
        "calibrated by its own rows alone.",
        floating=floating,
        integer=integer,
    )


MORE_EVERYWHERE: Final = math.log(1.2)
"""A network is large beside another one if every known system's law gives it 1.2 times the energy or more:
beyond the scatter of a law (5 %) and of a measurement (3 %)."""


ORDERS_NAMED: Final = 5
"""One wrong figure stands against many others: the worst pairs lead to it, all of them hide it."""


def order_warnings(predictor: CalibratedPredictor) -> list[Message]:
    """Large networks that are said to take less energy than small ones, worded for people, worst first.

    The worst are those furthest below what the known boards say (least ratio of any law against their own).
    Equal figures of unequal networks are told after them.
    """
    rows = [row for row in predictor.rows if row.energy_mj is not None and row.amounts]
    equal = list(predictor.equal)
    if len(rows) < 2:
        return equal
    off = _against_the_order(predictor)
    pairs = np.argwhere(off > 0.0)
    worst = pairs[np.argsort(-off[tuple(pairs.T)], kind="stable")]
    said = [_order_warning(rows[large], rows[small]) for large, small in worst[:ORDERS_NAMED].tolist()]
    if len(worst) > ORDERS_NAMED:
        more = Message(
            "{pairs:,} more pairs of rows contradict the known boards.", pairs=len(worst) - ORDERS_NAMED
        )
        return [*said, more, *equal]
    return [*said, *equal]


def _against_the_order(predictor: CalibratedPredictor) -> Floats:
    """By how much (ln) each network (row) lies below each other one (column) against every law; 0 if not."""
    measured = predictor.energy
    laws = known_prior(predictor.precision, "energy").asked_laws(measured.terms)
    least = np.full((laws.shape[1], laws.shape[1]), np.inf)
    for law in laws:  # one law at a time: all laws by all pairs would be hundreds of megabytes
        least = np.minimum(least, law[:, None] - law[None, :])
    own = measured.log_values[:, None] - measured.log_values[None, :]
    off: Floats = np.where((own < 0.0) & (least > MORE_EVERYWHERE), least - own, 0.0)
    return off


def _order_warning(large: MeasuredNetwork, small: MeasuredNetwork) -> Message:
    return Message(
        "Rows {large_row} and {small_row}: {large} takes more energy than {small} on every known board, "
        "yet less on yours ({low:g} against {high:g} mJ). Check both.",
        large_row=large.line,
        small_row=small.line,
        large=printable(large.model),
        small=printable(small.model),
        low=large.energy_mj,
        high=small.energy_mj,
    )


def network_file(name: str, precision: str) -> bytes:
    """The ONNX file of a network of `STANDARD_ORDER`, to be measured. Raises InputError OPTION_VALUE."""
    from predictors.samples import board_network

    match = re.fullmatch(r"(mobilenet-v3-(?:large|small))-(\d\.\d+)-(\d+)", name)
    # MobileNetV3 is spelled in another order in the published table of board networks.
    spelled = f"{match[1]}_{match[3]}_{match[2]}_float" if match else name
    return board_network(spelled, "int8" if precision == "int8" else "fp32")


def narrowing_percent(predictor: CalibratedPredictor) -> list[float]:
    """The half-width (%) of a typical network's range after each number of one's own, first to last."""
    rows = [row for row in predictor.rows if row.energy_mj is not None and row.amounts]
    prior, terms = known_prior(predictor.precision, "energy"), _reference_terms(predictor.precision)
    return [
        _half_width_percent(prior, measured_of(rows[:count], "energy"), terms, predictor.precision)
        for count in range(1, len(rows) + 1)
    ]


@lru_cache(maxsize=64)
def fused_sample(sample_id: str, runtime: str = RUNTIME) -> FusedModel:
    """A sample network, fused as a device's runtime does. Raises InputError OPTION_VALUE."""
    from predictors.reading import read_model
    from predictors.samples import sample_bytes

    return fuse(read_model(sample_bytes(sample_id)), runtime)


def sample_totals(predictor: CalibratedPredictor) -> dict[str, Total]:
    """Every sample network on the device: sample id -> energy (mJ) and latency (ms) with 80 % ranges."""
    from predictors.samples import SAMPLES

    runtime = predictor.target.runtime
    return dict(
        zip(
            SAMPLES,
            predictor.totals([fused_sample(sample_id, runtime) for sample_id in SAMPLES]),
            strict=True,
        )
    )


def known_figures(
    device_id: str, networks: Sequence[str], precision: str = "fp32"
) -> list[tuple[str, float, float]]:
    """Network, energy (mJ) and latency (ms) as measured on one of the known boards; [] if unknown."""
    for system in known_prior(precision, "energy").systems:
        if system.device_id == device_id:
            rows = system.fitted.rows
            figures = zip(
                rows.networks,
                rows.measured("energy").tolist(),
                rows.measured("latency").tolist(),
                strict=True,
            )
            found = {name: (name, energy_mj, latency_ms) for name, energy_mj, latency_ms in figures}
            return [found[name] for name in networks if name in found]
    return []
