"""One board system's fit: coefficients, held-out residuals, and the interval they give."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from predictors.energy.boards.data import BoardSettings, SystemRows, board_settings, bundled_system_rows
from predictors.energy.boards.joint_fit import fit_jointly, power_range
from predictors.energy.fitting.nonnegative import NonNegativeFit
from predictors.energy.fitting.transfer import LogInterval
from predictors.energy.stored.store import fitted
from predictors.results.targets import HeldOutErrors

Floats: TypeAlias = NDArray[np.float64]
Mask: TypeAlias = NDArray[np.bool_]

FOLDS = 5  # the usual number
LIKE_MEASURED = 0.9
"""Share of the held-out runs whose leverage counts as that of a network like the measured ones."""
UNLIKE_FACTOR = 1.25
"""Own choice. With whole families left out, intervals hold 72 % of the runs in fp32 and 81 % in int8. Found
on the other families alone, the factor would be 1.2 to 2.25 and hold 79 and 91 %: four families are few."""


def fit_rows(rows: SystemRows, quantity: str, chosen: Mask, settings: BoardSettings) -> NonNegativeFit:
    """Fit energy (mJ) or latency (ms) of the chosen runs; ResNet-50 is always among them where measured."""
    return fit_both(rows, chosen, settings)[quantity]


def fit_both(rows: SystemRows, chosen: Mask, settings: BoardSettings) -> dict[str, NonNegativeFit]:
    """The same for "energy" and "latency" at once, as they are fitted."""
    used = chosen | rows.anchor
    energy_mj, latency_ms = rows.energy_mj[used], rows.latency_ms[used]
    power = power_range(energy_mj, latency_ms, rows.idle_power_w)
    return fit_jointly(rows.terms[used], energy_mj, latency_ms, power, settings)


@dataclass(frozen=True, slots=True)
class HeldOutRuns:
    """Runs predicted by fits that did not see their network; arrays have one entry per run, in their order.

    `residual_log` = log(measured / predicted); `leverage` = distance from the runs that were seen.
    """

    residual_log: Floats
    leverage: Floats

    @property
    def ape_percent(self) -> Floats:
        """Absolute errors in per cent of the measured value."""
        return np.asarray(100.0 * np.abs(np.exp(-self.residual_log) - 1.0), dtype=np.float64)


def k_folds(networks: Sequence[str], folds: int = FOLDS, seed: int = 0) -> list[Mask]:
    """Masks of the left-out runs, fold by fold: drawn at random, all runs of a network in one fold."""
    names = sorted(set(networks))
    order = np.random.default_rng(seed).permutation(len(names))
    fold_of = {names[place]: number % folds for number, place in enumerate(order)}
    return [np.array([fold_of[name] == fold for name in networks]) for fold in range(folds)]


def by_value(values: Sequence[str]) -> list[Mask]:
    """Masks that leave out each distinct value in turn (each network, each family)."""
    return [np.array([value == left_out for value in values]) for left_out in dict.fromkeys(values)]


def held_out_runs(
    rows: SystemRows,
    quantity: str,
    left_out: Sequence[Mask],
    settings: BoardSettings,
    within: Mask | None = None,
) -> HeldOutRuns:
    """Predict every left-out run from the others (of `within`, if given); anchors are never left out.

    Runs in no mask have NaN.
    """
    among = np.ones(len(rows.networks), dtype=np.bool_) if within is None else within
    residual, leverage = np.full(len(rows.networks), np.nan), np.full(len(rows.networks), np.nan)
    measured = rows.measured(quantity)
    for mask in left_out:
        tested = mask & among & ~rows.anchor
        seen = among & ~mask
        if not tested.any() or not seen.any():
            continue
        fit = fit_rows(rows, quantity, seen, settings)
        residual[tested] = np.log(measured[tested] / fit.predict(rows.terms[tested]))
        leverage[tested] = fit.leverage(rows.terms[tested])
    return HeldOutRuns(residual, leverage)


def spread_of(held_out: HeldOutRuns, tail: float) -> LogInterval:
    """The interval at leverage 0: quantiles (`tail`, `1 - tail`) of residuals over sqrt(1 + leverage)."""
    scaled = held_out.residual_log / np.sqrt(1.0 + held_out.leverage)
    low, high = np.quantile(scaled[np.isfinite(scaled)], [tail, 1.0 - tail])
    return LogInterval(max(0.0, -float(low)), max(0.0, float(high)))


def farthest_of(held_out: HeldOutRuns) -> float:
    """The leverage that most held-out runs stay within: beyond it, a network is unlike the measured ones."""
    known = held_out.leverage[np.isfinite(held_out.leverage)]
    return float(np.quantile(known, LIKE_MEASURED))


def growth(leverage: Floats, farthest: float) -> Floats:
    """How many times as wide as at leverage 0 intervals are at these leverages."""
    return np.asarray(np.sqrt(1.0 + leverage) * np.where(leverage > farthest, UNLIKE_FACTOR, 1.0))


def grown(spread: LogInterval, leverage: float, farthest: float) -> LogInterval:
    """The interval of a network at this leverage, wider still beyond `farthest`."""
    factor = float(growth(np.array(leverage), farthest))
    return LogInterval(spread.below * factor, spread.above * factor)


@dataclass(frozen=True, slots=True)
class QuantityFit:
    """The fit of one quantity on all runs, its interval at leverage 0, and its 5-fold errors.

    `family_errors`: those with a whole family of networks left out. `farthest`: the leverage beyond which a
    network is unlike the measured ones.
    """

    fit: NonNegativeFit
    spread: LogInterval
    errors: HeldOutErrors
    family_errors: HeldOutErrors
    farthest: float

    def interval(self, leverage: float) -> LogInterval:
        """The interval of a network at this leverage."""
        return grown(self.spread, leverage, self.farthest)


@dataclass(frozen=True, slots=True)
class SystemFit:
    """A system in one precision, fitted."""

    rows: SystemRows
    energy: QuantityFit
    latency: QuantityFit


def fit_system(rows: SystemRows, settings: BoardSettings) -> SystemFit:
    """Fit energy and latency on all runs, with intervals from 5-fold held-out runs."""
    return SystemFit(rows, _fit_quantity(rows, "energy", settings), _fit_quantity(rows, "latency", settings))


def _fit_quantity(rows: SystemRows, quantity: str, settings: BoardSettings) -> QuantityFit:
    held_out = held_out_runs(rows, quantity, k_folds(rows.networks), settings)
    families = held_out_runs(rows, quantity, by_value(rows.families), settings)
    everything = np.ones(len(rows.networks), dtype=np.bool_)
    return QuantityFit(
        fit_rows(rows, quantity, everything, settings),
        spread_of(held_out, settings.tail),
        HeldOutErrors.of(held_out.ape_percent),
        HeldOutErrors.of(families.ape_percent),
        farthest_of(held_out),
    )


BOARDS_FAMILY = "boards"
BOARDS_CLASSES = (SystemFit, SystemRows, QuantityFit, NonNegativeFit, LogInterval, HeldOutErrors)
"""Where the fits of all systems are stored, and what they are made of."""


def fit_boards() -> dict[tuple[str, str], SystemFit]:
    """(system, precision) -> fit, of every system in the bundle (some seconds)."""
    settings = board_settings()
    return {key: fit_system(rows, settings) for key, rows in bundled_system_rows().items()}


def _none_fitted() -> dict[tuple[str, str], SystemFit]:
    return {}


@lru_cache(maxsize=1)
def _stored_fits() -> Mapping[tuple[str, str], SystemFit]:
    return fitted(BOARDS_FAMILY, BOARDS_CLASSES, _none_fitted)


@lru_cache(maxsize=128)
def bundled_system_fit(system: str, precision: str) -> SystemFit:
    """The fit of one of the bundle's systems: the stored one, else made at first use (50 ms)."""
    found = _stored_fits().get((system, precision))
    return found or fit_system(bundled_system_rows()[system, precision], board_settings())
