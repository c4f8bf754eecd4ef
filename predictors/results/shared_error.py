"""What parts of a network, or two networks, have in common in their errors.

An estimate says how wide the interval of each kernel is (w, mJ to one side) and that of the total (S). From
these three sizes follow:

- rho, the correlation between the errors of kernels: S^2 = rho (sum w)^2 + (1 - rho) sum w^2;
- n, an error of the network as a whole, where S is wider than even fully correlated kernels explain
  (caches, clocks, the ratio that carries a phone over to another one): n^2 = S^2 - (sum w)^2.

The formulas are those of the variance of a sum of equally correlated terms; every width is taken as the same
multiple of a standard deviation. Low and high sides are treated on their own, but for differences.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Literal

from predictors.results.estimates import Estimate, Evidence, KernelEstimate
from predictors.results.figures import Scope

Side = Literal["low", "high", "half"]
"""Which width is meant: to the lower end, to the upper end, or half of the interval."""


@dataclass(frozen=True, slots=True)
class SharedError:
    """`correlation` (0 to 1) between errors of kernels; `network_mj`, the error they all share besides."""

    correlation: float
    network_mj: float


def width_mj(part: KernelEstimate | Estimate, side: Side) -> float:
    """Distance (mJ) from the figure to the low or high end of its interval, or half its length."""
    if side == "half":
        return (part.energy_mj_high - part.energy_mj_low) / 2.0
    end = part.energy_mj_low if side == "low" else part.energy_mj_high
    return abs(end - part.energy_mj)


def shared_error(estimate: Estimate, side: Side) -> SharedError:
    """The correlation and network error that make the total's interval out of the kernels' intervals."""
    widths = [width_mj(part, side) for part in estimate.kernels]
    total, together, alone = width_mj(estimate, side) ** 2, sum(widths) ** 2, _squares(widths)
    if total >= together:
        return SharedError(1.0, math.sqrt(total - together))
    if together <= alone:
        return SharedError(0.0, 0.0)
    return SharedError(max((total - alone) / (together - alone), 0.0), 0.0)


class RunErrors:
    """How far the sum of any run of consecutive kernels of an estimate may be off, without adding it up anew.

    The network's error is taken by the share of energy in these kernels; all of them give the total's.
    """

    def __init__(self, estimate: Estimate, side: Side) -> None:
        widths = [width_mj(part, side) for part in estimate.kernels]
        self._total_mj = width_mj(estimate, side)
        self._shared = shared_error(estimate, side)
        self._widths = _running(widths)
        self._squares = _running([width * width for width in widths])
        self._energies = _running([part.energy_mj for part in estimate.kernels])
        self._energy_mj = estimate.energy_mj

    def width_mj(self, start: int, stop: int) -> float:
        """Width (mJ) of the interval of the sum of the kernels from place `start` up to, without, `stop`."""
        if (start, stop) == (0, len(self._widths) - 1):
            return self._total_mj
        net, squares, energy = (
            sums[stop] - sums[start] for sums in (self._widths, self._squares, self._energies)
        )
        share = energy / self._energy_mj if self._energy_mj > 0 else 0.0
        kernels = _correlated(net, max(squares, 0.0), self._shared.correlation)
        return math.sqrt(kernels + (share * self._shared.network_mj) ** 2)


def _running(figures: Sequence[float]) -> list[float]:
    """Sums of the first 0, 1, 2, ... figures."""
    return list(accumulate(figures, initial=0.0))


@dataclass(frozen=True, slots=True)
class Compared:
    """One of two estimates that are compared: `changed`, its kernels that the other one has not exactly."""

    estimate: Estimate
    changed: tuple[KernelEstimate, ...]


def difference_width_mj(a: Compared, b: Compared) -> float:
    """Half the length (mJ) of the interval of b minus a.

    On one device, delegate and precision: kernels that both have err alike and cancel; the errors of the
    others are correlated as within a network (the smaller of both correlations); the network errors are
    correlated by the share of energy in kernels that both have. On anything else nothing is shared. Both
    sides are taken as equally wide: an error that both share moves them to the same side.

    What lies between kernels and an application, and between one phone and another, is the network's own:
    over 454 pairs of measured networks on one phone such errors go together by -0.10. It cancels only in
    kernels that both have.
    """
    if _target(a.estimate) != _target(b.estimate):
        return math.hypot(width_mj(b.estimate, "half"), width_mj(a.estimate, "half"))
    if _is_network_level(a.estimate) or _is_network_level(b.estimate):
        return math.hypot(*(width_mj(each.estimate, "half") * _changed_share(each) for each in (a, b)))
    error_a, error_b = shared_error(a.estimate, "half"), shared_error(b.estimate, "half")
    widths_a = [width_mj(part, "half") for part in a.changed]
    widths_b = [width_mj(part, "half") for part in b.changed]
    correlation = min(error_a.correlation, error_b.correlation)
    kernels = _correlated(sum(widths_b) - sum(widths_a), _squares(widths_a) + _squares(widths_b), correlation)
    product = error_a.network_mj * error_b.network_mj
    network = error_a.network_mj**2 + error_b.network_mj**2 - 2.0 * _common_share(a, b) * product
    return math.sqrt(kernels + max(network, 0.0))


def _is_network_level(estimate: Estimate) -> bool:
    """Whether most of the error belongs to the network as a whole, not to its kernels."""
    return estimate.scope is Scope.APPLICATION or estimate.evidence is Evidence.TRANSFERRED


def _target(estimate: Estimate) -> tuple[str, str, str]:
    return estimate.device_id, estimate.delegate, estimate.precision


def _common_share(a: Compared, b: Compared) -> float:
    """Energy in kernels that both have, as a share of the larger total."""
    larger = max(a.estimate.energy_mj, b.estimate.energy_mj)
    own = sum(part.energy_mj for part in b.changed)
    return min(max((b.estimate.energy_mj - own) / larger, 0.0), 1.0) if larger > 0 else 1.0


def _changed_share(compared: Compared) -> float:
    """Energy in kernels that the other one has not, as a share of all kernels."""
    total = compared.estimate.kernel_sum.energy_mj
    return min(sum(part.energy_mj for part in compared.changed) / total, 1.0) if total > 0 else 0.0


def _correlated(net: float, squares: float, correlation: float) -> float:
    return correlation * net**2 + (1.0 - correlation) * squares


def _squares(widths: Sequence[float]) -> float:
    return sum(width * width for width in widths)
