"""Whether intervals hold what they say at every level, not only at the 80 % that estimates are given with.

For nominal levels of 10 to 90 %: the share of left-out measurements inside the interval of that level. A
perfect predictor lies on the diagonal. Held out as in the accuracy tables, by the same functions, so the
value at 80 % is the coverage that stands there. How each family makes an interval of another level:

- P40 Pro: the same log-normal distribution, cut at another quantile z of the normal distribution.
- Boards and phones: other quantiles of the same residuals. Their settings leave out `tail` at either end for
  80 %, which is not always 10 % (boards: 8.5 %, because few runs make quantiles too narrow). At other
  levels the share between the quantiles keeps the same proportion to the level (`tail_at`); that is this
  module's choice, nothing was fitted at other levels. An interval never leaves its own estimate out, so at
  small levels a biased method shows more inside than it should.
- Jetson TX2: the conformal factor of that level, from the other folds' residuals. For sums the share that
  layers err in common is the one found for 80 %.

Sums of left-out kernels or layers stand for networks where no whole network was measured: they show whether
errors add up as assumed, not the step from kernels to a network.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial

import numpy as np
from scipy import special

from predictors.energy.p40.cpu import DEVICE_ID as P40_PRO
from predictors.energy.tx2.layers import DEVICE_ID as TX2
from predictors.energy.tx2.layers import MeasuredLayers
from predictors.evaluation import boards, p40, phones, tx2, tx2_held_out
from predictors.evaluation.rows import KERNELS, NETWORKS, SUMS, CalibrationRow
from predictors.evaluation.tx2_held_out import (
    C_OUT_LEFT_OUT,
    FIVE_FOLD,
    SUMS_LEFT_OUT,
    HeldOutLayers,
    forest_fitter,
    hold_out,
    protocols,
)
from predictors.results.estimates import INTERVAL_LEVEL

LEVELS = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, INTERVAL_LEVEL, 0.9)
"""Nominal shares; the one of the estimates among them."""


def _rows(
    series: Callable[[float, float], CalibrationRow], share_inside: Callable[[float], float]
) -> Iterator[CalibrationRow]:
    """A line of the picture, a row per level; `share_inside` gives the observed share (0 to 1) at a level."""
    for level in LEVELS:
        yield series(round(100.0 * level, 6), 100.0 * share_inside(level))


def calibrate_all() -> list[CalibrationRow]:
    """Every family's rows, in the order of the accuracy tables (about a minute and a half)."""
    return [row for part in calibrations().values() for row in part()]


def calibrations() -> Mapping[str, Callable[[], list[CalibrationRow]]]:
    """Title of each family -> what measures its calibration."""
    return {
        "Huawei P40 Pro": lambda: list(_p40()),
        "Other phones": lambda: list(_phones()),
        "Boards": lambda: list(_boards()),
        "Jetson TX2": lambda: list(_tx2()),
    }


def z_at(level: float) -> float:
    """Standard normal quantile that holds the share `level` between minus and plus itself."""
    return float(special.ndtri(0.5 + level / 2.0))


def tail_at(level: float, tail: float) -> float:
    """Share of residuals to leave out at either end for `level`, given the one for `INTERVAL_LEVEL`."""
    inside = (1.0 - 2.0 * tail) * level / INTERVAL_LEVEL
    return max(0.0, (1.0 - inside) / 2.0)


def _p40() -> Iterator[CalibrationRow]:
    from predictors.model.kernels import KernelKind

    for delegate, quantities in (("cpu", ("energy_mj", "latency_ms")), ("gpu", ("energy_mj",))):
        for quantity in quantities:
            for protocol in p40.NETWORK_PROTOCOLS:
                held_out = p40.held_out_kernels(delegate, KernelKind.CONV, quantity, protocol)
                yield from _log_normal(held_out, delegate, quantity, KERNELS, protocol)
            for protocol, sums in p40.held_out_networks(delegate, quantity).items():
                yield from _log_normal(sums, delegate, quantity, SUMS, protocol)


def _log_normal(
    held_out: p40.HeldOutCases, delegate: str, quantity: str, what: str, protocol: str
) -> Iterator[CalibrationRow]:
    name, cases = quantity.rsplit("_", 1)[0], held_out.count
    series = partial(CalibrationRow, P40_PRO, delegate, "fp32", name, what, protocol, cases)
    return _rows(series, lambda level: float(held_out.covered(z_at(level)).mean()))


def _phones() -> Iterator[CalibrationRow]:
    from data import open_bundle, queries
    from predictors.energy.phones.evidence import QUANTITIES, phone_settings

    applications, settings = queries.application_measurements(open_bundle()), phone_settings()
    for quantity in QUANTITIES:
        supported: list[phones.Case] = []
        for delegate in settings.pools:
            cases = phones.held_out_cases(applications, quantity, delegate, settings)
            others = [case for case in cases if case.cell.device_id != settings.source_device_id]
            yield from _transferred(others, delegate, quantity, settings.tail)
            supported += phones.with_a_figure(cases, settings)
        yield from _transferred(supported, phones.ALL_DELEGATES, quantity, settings.tail)


def _transferred(
    cases: list[phones.Case], delegate: str, quantity: str, tail: float
) -> Iterator[CalibrationRow]:
    target = (phones.ALL_PHONES, delegate, "all")
    series = partial(CalibrationRow, *target, quantity, NETWORKS, phones.PROTOCOL, len(cases))
    return _rows(series, lambda level: float(np.mean([case.covered(tail_at(level, tail)) for case in cases])))


def _boards() -> Iterator[CalibrationRow]:
    from predictors.energy.boards.data import board_settings, bundled_system_rows

    settings, systems = board_settings(), bundled_system_rows().values()
    for quantity in ("energy", "latency"):
        for protocol in (boards.FIVE_FOLD, boards.FAMILY_OUT):
            held_out = [
                boards.hold_out_system(rows, quantity, boards.protocol_masks(rows)[protocol], settings)
                for rows in systems
            ]
            yield from _mean_of_systems(held_out, quantity, protocol, settings.tail)


def _mean_of_systems(
    held_out: list[boards.HeldOutSystem], quantity: str, protocol: str, tail: float
) -> Iterator[CalibrationRow]:
    """Mean over the systems of each one's share, as in the accuracy table; `n` counts runs."""
    runs = sum(int(system.tested.sum()) for system in held_out)
    series = partial(CalibrationRow, boards.ALL_BOARDS, "all", "all", quantity, NETWORKS, protocol, runs)
    return _rows(
        series,
        lambda level: float(np.mean([system.covered(tail_at(level, tail)).mean() for system in held_out])),
    )


def _tx2() -> Iterator[CalibrationRow]:
    from predictors.energy.tx2.intervals import tx2_settings
    from predictors.energy.tx2.layers import DELEGATES, measured_layers

    for delegate in DELEGATES:
        layers = measured_layers(delegate)
        fitter = forest_fitter(tx2_settings(delegate).forest)
        for protocol in (FIVE_FOLD, C_OUT_LEFT_OUT):
            held_out = hold_out(layers, protocols(layers.table)[protocol], fitter)
            yield from _single_layers(held_out, delegate, protocol)
            if protocol == C_OUT_LEFT_OUT:
                yield from _sums_of_layers(layers, held_out, delegate)


def _single_layers(held_out: HeldOutLayers, delegate: str, protocol: str) -> Iterator[CalibrationRow]:
    cases = len(held_out.rows)
    for quantity in ("energy", "latency"):
        series = partial(CalibrationRow, TX2, delegate, "fp32", quantity, KERNELS, protocol, cases)
        yield from _rows(series, partial(_share_of_layers, held_out, quantity))


def _share_of_layers(held_out: HeldOutLayers, quantity: str, level: float) -> float:
    return float(np.mean(tx2.covered_layers(held_out, quantity, level)))


def _sums_of_layers(
    layers: MeasuredLayers, held_out: HeldOutLayers, delegate: str
) -> Iterator[CalibrationRow]:
    target, cases = (TX2, delegate, "fp32"), tx2_held_out.NETWORKS
    series = partial(CalibrationRow, *target, "energy", SUMS, SUMS_LEFT_OUT, cases)
    return _rows(series, lambda level: float(np.mean(tx2.covered_sums(delegate, layers, held_out, level))))
