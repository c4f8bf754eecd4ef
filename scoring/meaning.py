"""What an energy per inference means: inferences per charge, minutes of use, joules per thousand, CO2.

One small function per equation; every assumption is an argument, and its usual value a named constant.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

from data.messages import Message
from scoring.errors import ScoringError

NOMINAL_VOLTAGE_V: Final = 3.85
"""Assumed nominal voltage (V) of a phone's battery. Makers print 3.8 to 3.87 V on lithium-ion cells charged
to 4.35 or 4.4 V; the source of the phones' figures gives only the capacity in mAh."""

SECONDS_PER_HOUR: Final = 3600.0
J_PER_KWH: Final = 3.6e6


@dataclass(frozen=True, slots=True)
class Grid:
    """Greenhouse gas (g) per kilowatt-hour of electricity, for a place and a year, with its source."""

    id: str
    name: str
    g_per_kwh: float
    year: int
    basis: str
    source: str
    url: str


WORLD_GRID: Final = Grid(
    "world",
    Message("World, 2025"),
    458.0,
    2025,
    Message("grams of CO2 equivalent over the life cycle, per kWh generated"),
    Message(
        "Ember, Global Electricity Review 2026 (Fulghum, Altieri, Rangelova, Suarez, 21 April 2026), "
        "chapter Electricity demand and supply trends"
    ),
    "https://ember-energy.org/latest-insights/global-electricity-review-2026/"
    "electricity-demand-and-supply-trends/",
)
GERMAN_GRID: Final = Grid(
    "germany",
    Message("Germany, 2024"),
    363.0,
    2024,
    Message("grams of CO2 from the power stations alone, per kWh (estimate)"),
    Message(
        "Umweltbundesamt, Entwicklung der spezifischen Treibhausgas-Emissionen des deutschen Strommix "
        "in den Jahren 1990 - 2024 (Climate Change 13/2025, page 21)"
    ),
    "https://www.umweltbundesamt.de",
)
GRIDS: Final = (WORLD_GRID, GERMAN_GRID)
"""Grids to choose from; the first one is the default. Any other intensity may be given as a number."""


def battery_energy_j(capacity_mah: float, voltage_v: float = NOMINAL_VOLTAGE_V) -> float:
    """Return the energy (J) of a full battery: capacity (mAh) / 1000 * 3600 s * voltage (V).

    Raises ScoringError `INVALID_BATTERY`, `INVALID_VOLTAGE`.
    """
    _positive("BATTERY", Message("capacity of the battery"), capacity_mah, "mAh")
    _positive("VOLTAGE", Message("voltage of the battery"), voltage_v, "V")
    return capacity_mah / 1000.0 * SECONDS_PER_HOUR * voltage_v


def inferences_per_charge(energy_j: float, battery_j: float) -> float:
    """Return how many inferences (of `energy_j` each) a full battery (J) pays for: battery / energy."""
    _positive("ENERGY", Message("energy per inference"), energy_j, "J")
    return battery_j / energy_j


def inferences_per_percent(energy_j: float, battery_j: float) -> float:
    """Return how many inferences one per cent of the battery (J) pays for."""
    return inferences_per_charge(energy_j, battery_j) / 100.0


def continuous_use_min(avg_power_w: float, battery_j: float) -> float:
    """Return how long (minutes) a full battery (J) lasts at this power (W): battery / power / 60."""
    _positive("POWER", "average power", avg_power_w, "W")
    return battery_j / avg_power_w / 60.0


def charge_share_per_hour(energy_j: float, rate_per_s: float, battery_j: float) -> float:
    """Return the share of a full battery (J) that an hour of inferences (J each) at a rate (per s) takes.

    energy * rate * 3600 s / battery; above 1 the battery is empty before the hour is over. What the device
    draws between two inferences is not in it.
    """
    _positive("ENERGY", Message("energy per inference"), energy_j, "J")
    _positive("RATE", Message("inferences a second"), rate_per_s, "/s")
    return energy_j * rate_per_s * SECONDS_PER_HOUR / battery_j


def joules_per_thousand(energy_j: float) -> float:
    """Return the energy (J) of 1,000 inferences."""
    _positive("ENERGY", Message("energy per inference"), energy_j, "J")
    return 1000.0 * energy_j


def co2_g_per_million(energy_j: float, intensity_g_per_kwh: float = WORLD_GRID.g_per_kwh) -> float:
    """Return the greenhouse gas (g) of a million inferences: 1e6 * energy (J) / 3.6e6 * intensity (g/kWh).

    Losses of the charger and of the battery are not in it. Raises ScoringError `INVALID_INTENSITY` for an
    intensity that is negative or not a number.
    """
    _positive("ENERGY", Message("energy per inference"), energy_j, "J")
    if not math.isfinite(intensity_g_per_kwh) or intensity_g_per_kwh < 0:
        raise ScoringError(
            "INVALID_INTENSITY",
            "A grid intensity of {intensity_g_per_kwh:g} g per kWh is not possible. Give 0 or more.",
            intensity_g_per_kwh=intensity_g_per_kwh,
        )
    return 1e6 * energy_j / J_PER_KWH * intensity_g_per_kwh


@dataclass(frozen=True, slots=True)
class Meaning:
    """What one inference means. Figures of the battery are None where its capacity is not known.

    `per_charge`, `per_percent`: inferences; `continuous_min`: minutes; `j_per_thousand`: J;
    `co2_g_per_million`: g.
    """

    per_charge: float | None
    per_percent: float | None
    continuous_min: float | None
    j_per_thousand: float
    co2_g_per_million: float


def meaning(
    energy_j: float,
    avg_power_w: float | None,
    *,
    capacity_mah: float | None = None,
    voltage_v: float = NOMINAL_VOLTAGE_V,
    intensity_g_per_kwh: float = WORLD_GRID.g_per_kwh,
) -> Meaning:
    """Return what an inference of `energy_j` (J) at `avg_power_w` (W) means. Raises ScoringError."""
    battery_j = None if capacity_mah is None else battery_energy_j(capacity_mah, voltage_v)
    return Meaning(
        None if battery_j is None else inferences_per_charge(energy_j, battery_j),
        None if battery_j is None else inferences_per_percent(energy_j, battery_j),
        None if battery_j is None or avg_power_w is None else continuous_use_min(avg_power_w, battery_j),
        joules_per_thousand(energy_j),
        co2_g_per_million(energy_j, intensity_g_per_kwh),
    )


def _positive(code: str, quantity: str, value: float, unit: str) -> None:
    if not math.isfinite(value) or value <= 0:
        raise ScoringError(
            f"INVALID_{code}",
            "The {quantity} is {value:g} {unit}. It has to be a number above 0 {unit}.",
            quantity=quantity,
            value=value,
            unit=unit,
        )
