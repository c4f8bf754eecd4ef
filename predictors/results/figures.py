"""The figures an estimate consists of, and what each of them is the energy of."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from data.messages import Message
from predictors.results.frames import rounded


class Scope(StrEnum):
    """What an energy is the energy of. Figures of two scopes are never ranked or compared with each other."""

    KERNELS = "kernels"
    """The kernels alone, each measured on its own and added up."""
    APPLICATION = "application"
    """The running application on the whole phone, screen and other cores included."""
    BOARD_WALL = "board-wall"
    """A whole board at the wall socket, adapter and idle included."""
    BOARD_INPUT = "board-input"
    """A whole board at its DC input, idle included."""
    RAIL = "rail"
    """One or some supply rails of a module."""
    PACKAGE = "package"
    """A processor package, without board and screen."""
    WHOLE_DEVICE = "whole-device"
    """A whole device from its battery, screen and idle included."""


METER_SCOPES: Final = {
    Scope.BOARD_WALL: Message("whole board at the wall socket, adapter and idle included"),
    Scope.BOARD_INPUT: Message("whole board at its DC input, idle included"),
    Scope.RAIL: Message("some supply rails of the board"),
    Scope.PACKAGE: Message("processor package (RAPL), without board and screen"),
    Scope.WHOLE_DEVICE: Message("whole device from its battery, screen and idle included"),
}
"""What a meter at a device of one's own may have seen. A sensor of the machine has one of these, too."""


@dataclass(frozen=True, slots=True)
class Spread:
    """A figure with the ends of its 80 % interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class KernelSum:
    """The kernels alone: energy (mJ) and latency (ms) of all, each with its interval."""

    energy_mj: float
    energy_mj_low: float
    energy_mj_high: float
    latency_ms: float
    latency_ms_low: float
    latency_ms_high: float

    def as_dict(self) -> dict[str, float]:
        """Its energy as plain data (mJ)."""
        return {
            name: rounded(getattr(self, name)) for name in ("energy_mj", "energy_mj_low", "energy_mj_high")
        }


@dataclass(frozen=True, slots=True)
class Application:
    """The running application on the whole phone: energy (mJ), latency (ms) and mean power (W) per inference.

    `factor`: energy over the sum of the kernels on the P40 Pro's CPU, fitted to `networks` reference networks
    that were measured as applications.
    """

    energy: Spread
    latency: Spread
    power: Spread
    factor: float
    networks: int

    def as_dict(self) -> dict[str, Any]:
        """The figures as plain data (mJ, ms, W), each with the ends of its interval."""
        quantities = {"energy_mj": self.energy, "latency_ms": self.latency, "avg_power_w": self.power}
        ends: dict[str, Any] = {}
        for name, spread in quantities.items():
            ends[name] = rounded(spread.value)
            ends[f"{name}_low"], ends[f"{name}_high"] = rounded(spread.low), rounded(spread.high)
        return ends | {"factor": rounded(self.factor), "networks": self.networks}


@dataclass(frozen=True, slots=True)
class MeasuredFigure:
    """What was measured of this very network on this device, delegate and precision: mJ, ms, W per inference.

    `latency_ms` and `avg_power_w` are None where they were not measured. `software` as the source names it.
    """

    energy_mj: float
    latency_ms: float | None
    avg_power_w: float | None
    scope: Scope
    source_id: str
    software: str

    def as_dict(self) -> dict[str, Any]:
        """The figure as plain data (mJ, ms, W)."""
        return {
            "energy_mj": rounded(self.energy_mj),
            "latency_ms": None if self.latency_ms is None else rounded(self.latency_ms),
            "avg_power_w": None if self.avg_power_w is None else rounded(self.avg_power_w),
            "scope": self.scope.value,
            "source_id": self.source_id,
            "software": self.software,
        }
