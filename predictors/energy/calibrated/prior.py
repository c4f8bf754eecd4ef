"""What the known boards say about a network before a new board was measured.

Every known system (board, back end, software) has a fitted law; its logarithm over the reference networks
has a level (how dear the system is) and a profile (which networks are dearer there than elsewhere). The
profiles of all systems give mean and covariance of the profile of a board that nobody measured yet.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from predictors.energy.boards.data import DENSE_NETWORK, RUNTIMES, board_settings, network_amounts
from predictors.energy.boards.data import bundled_system_rows as system_rows
from predictors.energy.boards.fit import QuantityFit, SystemFit, bundled_system_fit

Floats: TypeAlias = NDArray[np.float64]

LEVEL_SD: Final = 2.0
"""Spread of ln(level) of an unknown board: a factor of 7 either way, wider than all known boards (a factor
of 20 from the dearest to the cheapest), so that the measurements decide the level, not the prior."""
QUANTITIES: Final = ("energy", "latency")


@dataclass(frozen=True, slots=True)
class KnownSystem:
    """A measured system with its fit."""

    fitted: SystemFit

    @property
    def device_id(self) -> str:
        """The board it runs on."""
        return self.fitted.rows.device_id

    def quantity(self, name: str) -> QuantityFit:
        """The fit of energy or latency."""
        return self.fitted.energy if name == "energy" else self.fitted.latency


@dataclass(frozen=True, slots=True)
class Prior:
    """Laws of the known systems for one precision and quantity; S systems, R reference networks.

    `laws` (S, R) is the natural log of mJ or ms; `weights` (S,) add up to 1; `noise_variance` is the mean
    square of measured against law, each system's mean removed.
    """

    quantity: str
    networks: tuple[str, ...]
    systems: tuple[KnownSystem, ...]
    laws: Floats
    weights: Floats
    noise_variance: float

    def without(self, device_id: str) -> Prior:
        """The same as if this board had never been measured."""
        keep = [place for place, system in enumerate(self.systems) if system.device_id != device_id]
        return assembled(self.quantity, self.networks, [self.systems[at] for at in keep], self.laws[keep])

    def asked_laws(self, terms: Floats) -> Floats:
        """Every system's law (S, n) for networks with these amounts (n, len(TERMS)), natural log."""
        return log_laws(self.systems, self.quantity, terms)


def log_laws(systems: tuple[KnownSystem, ...] | list[KnownSystem], quantity: str, terms: Floats) -> Floats:
    """ln of each system's law (S, n); amounts that a law gives nothing are floored far below any network."""
    predicted = np.array([system.quantity(quantity).fit.predict(terms) for system in systems])
    # A law may cost a network of unknown kinds nothing; ln(0) would spoil the rest. 1e-6 mJ or ms is far
    # below the smallest measured network (0.7 mJ, 0.3 ms), so such a network comes out as unknown.
    return np.asarray(np.log(np.maximum(predicted, 1e-6)), dtype=np.float64)


def assembled(quantity: str, networks: tuple[str, ...], systems: list[KnownSystem], laws: Floats) -> Prior:
    """A prior from systems and their laws; weights and noise follow from them."""
    counts = Counter(system.device_id for system in systems)
    weights = np.array([1.0 / counts[system.device_id] for system in systems])
    noise = [_law_noise(system, quantity) for system in systems]
    return Prior(quantity, networks, tuple(systems), laws, weights / weights.sum(), float(np.mean(noise)))


def _law_noise(system: KnownSystem, quantity: str) -> float:
    rows = system.fitted.rows
    chosen = ~rows.anchor
    residual = np.log(
        rows.measured(quantity)[chosen] / system.quantity(quantity).fit.predict(rows.terms[chosen])
    )
    return float(np.mean((residual - residual.mean()) ** 2))


@lru_cache(maxsize=4)
def known_prior(precision: str, quantity: str) -> Prior:
    """The prior from every sound system of the bundle in one precision ("fp32" or "int8")."""
    excluded = board_settings().excluded
    chosen = [
        name
        for name, of_precision in sorted(system_rows())
        if of_precision == precision and name not in excluded
    ]
    systems = [KnownSystem(bundled_system_fit(name, precision)) for name in chosen]
    networks = reference_networks(precision)
    terms = np.array([network_amounts()[name, precision, "tflite-cpu"].terms for name in networks])
    return assembled(quantity, networks, systems, log_laws(systems, quantity, terms))


@lru_cache(maxsize=2)
def reference_networks(precision: str) -> tuple[str, ...]:
    """The measured networks whose level defines a system's level, ResNet-50 left out (one run per board)."""
    return tuple(
        sorted(
            name
            for name, of_precision, runtime in network_amounts()
            if of_precision == precision and runtime == RUNTIMES["tflite-ruy"] and name != DENSE_NETWORK
        )
    )
