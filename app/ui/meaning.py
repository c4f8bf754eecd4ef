"""Shows what an energy means: inferences per charge, minutes, joules, CO2, with its assumptions to change."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import pandas as pd
import streamlit as st

from app import bundle_cache
from app.i18n.formats import energy, number
from app.i18n.messages import tell
from app.i18n.texts import t
from app.memo import keeping
from app.url_state import widgets
from scoring.meaning import GRIDS, NOMINAL_VOLTAGE_V, WORLD_GRID, Grid, Meaning, meaning


@dataclass(frozen=True, slots=True)
class Saying:
    """One figure: what it is, the figure with its unit, and its range ("" where there is none)."""

    title: str
    figure: str
    span: str = ""


def sayings(middle: Meaning, low: Meaning | None = None, high: Meaning | None = None) -> list[Saying]:
    """Return what an energy means; `low` and `high` are the meanings of the ends of its interval.

    Figures of a battery that is not known are left out.
    """

    def span(of_low: str, of_high: str) -> str:
        if not (low and high):
            return ""
        return t("8 in 10 times {low} to {high}", low=of_low, high=of_high)

    # More energy means fewer inferences, so the ends change places.
    few, many = (high or middle), (low or middle)
    found = []
    if middle.per_charge is not None and few.per_charge is not None and many.per_charge is not None:
        found.append(
            Saying(
                t("Inferences per charge"),
                number(middle.per_charge),
                span(number(few.per_charge), number(many.per_charge)),
            )
        )
        found.append(
            Saying(
                t("Per 1 % of the battery"),
                number(middle.per_percent),
                span(number(few.per_percent), number(many.per_percent)),
            )
        )
    if middle.continuous_min is not None:
        known = few.continuous_min is not None and many.continuous_min is not None
        ends = [duration(each.continuous_min or 0.0) for each in (few, many)]
        found.append(
            Saying(t("Continuous use"), duration(middle.continuous_min), span(*ends) if known else "")
        )
    thousand = [energy(1000.0 * each.j_per_thousand) for each in (many, middle, few)]
    co2 = [grams(each.co2_g_per_million) for each in (many, middle, few)]
    found.append(Saying(t("1,000 inferences"), thousand[1], span(thousand[0], thousand[2])))
    spread = span(co2[0], co2[2])
    of_energy = t("{range}, of the energy only", range=spread) if spread else ""
    found.append(Saying(t("CO2 of a million"), co2[1], of_energy))
    return found


def duration(minutes: float) -> str:
    """Return a time (minutes) with its unit: 48.0 min, 530 min."""
    return t("{minutes} min", minutes=number(minutes))


def grams(mass_g: float) -> str:
    """Return a mass (g) with its unit: 640 mg, 12.3 g, 1.20 kg."""
    if mass_g == 0:
        return t("{mass} g", mass="0")
    if mass_g < 1:
        return t("{mass} mg", mass=number(1000.0 * mass_g))
    if mass_g < 1000:
        return t("{mass} g", mass=number(mass_g))
    return t("{mass} kg", mass=number(mass_g / 1000.0))


def grid_words(grid: Grid) -> str:
    """Return a grid's intensity with its basis and source, as Markdown."""
    return t(
        "{intensity} g per kWh ({name}; {basis}). Source: [{source}]({url}).",
        intensity=number(grid.g_per_kwh),
        name=tell(grid.name),
        basis=tell(grid.basis),
        source=grid.source,
        url=grid.url,
    )


OWN_GRID: Final = "own"
PRINTED_V: Final = (3.8, 3.87)
"""Nominal voltages (V) that makers print on such cells, see `scoring.meaning.NOMINAL_VOLTAGE_V`."""
IN_A_ROW: Final = 3  # figures side by side; more are cut at 1366 px
GRID_KEY, INTENSITY_KEY, VOLTAGE_KEY = "grid", "g_per_kwh", "battery_v"


@dataclass(frozen=True, slots=True)
class Use:
    """What is used: energy of an inference (mJ), its interval (mJ) or None, average power (W) or None, and
    the ends of the interval of that power (W)."""

    energy_mj: float
    interval_mj: tuple[float, float] | None
    avg_power_w: float | None
    power_ends_w: tuple[float | None, float | None] = (None, None)


@dataclass(frozen=True, slots=True)
class Assumptions:
    """What has to be assumed: voltage of the battery (V) and greenhouse gas of the electricity (g/kWh)."""

    voltage_v: float
    intensity_g_per_kwh: float


@keeping
def battery_mah(device_id: str) -> float | None:
    """Return the capacity of a device's battery (mAh), None where it is not known."""
    devices = bundle_cache.devices().set_index("device_id")
    if device_id not in devices.index:
        return None
    capacity = devices.loc[device_id, "battery_mah"]
    return None if pd.isna(capacity) else float(capacity)


def show_meaning(
    use: Use, capacity_mah: float | None, first: Callable[[float], Saying | None] = lambda _: None
) -> None:
    """Show the figures and, one click away, the assumptions behind them. Once per page.

    `first` makes the first figure of the battery's voltage (V).
    """
    figures = st.container()
    with st.popover(t("Assumptions"), icon=":material/tune:"):
        assumed = _assumptions(capacity_mah)
    leading = first(assumed.voltage_v)
    with figures:
        _cards([*([leading] if leading else []), *_sayings(use, capacity_mah, assumed)])


def _cards(shown: list[Saying]) -> None:
    """Show figures on cards, three in a row as in the headline of an estimate."""
    for start in range(0, len(shown), IN_A_ROW):
        columns = st.columns(IN_A_ROW, gap="small")
        for place, saying in zip(columns, shown[start : start + IN_A_ROW], strict=False):
            with place.container(border=True, height="stretch"):
                st.metric(saying.title, saying.figure)
                if saying.span:
                    st.caption(saying.span)


def _sayings(use: Use, capacity_mah: float | None, assumed: Assumptions) -> list[Saying]:
    def of(energy_mj: float, power_w: float | None = None) -> Meaning:
        return meaning(
            energy_mj / 1000.0,
            power_w,
            capacity_mah=capacity_mah,
            voltage_v=assumed.voltage_v,
            intensity_g_per_kwh=assumed.intensity_g_per_kwh,
        )

    middle = of(use.energy_mj, use.avg_power_w)
    if use.interval_mj is None:
        return sayings(middle)
    low, high = (of(*ends) for ends in zip(use.interval_mj, use.power_ends_w, strict=True))
    return sayings(middle, low, high)


def _assumptions(capacity_mah: float | None) -> Assumptions:
    voltage_v = NOMINAL_VOLTAGE_V
    if capacity_mah is not None:
        voltage_v = st.number_input(
            t("Voltage of the battery (V)"),
            min_value=1.0,
            max_value=20.0,
            value=NOMINAL_VOLTAGE_V,
            step=0.05,
            key=VOLTAGE_KEY,
            bind="query-params",
        )
        st.caption(
            t(
                "Capacity {capacity} mAh as printed by the source, which gives no voltage. {voltage} V is "
                "assumed: makers print {low} to {high} V on such cells. The whole charge is used, nothing "
                "else runs, the battery is new.",
                capacity=number(capacity_mah, 4),
                voltage=number(NOMINAL_VOLTAGE_V),
                low=number(PRINTED_V[0], 2),
                high=number(PRINTED_V[1]),
            )
        )
    else:
        st.caption(t("No battery is known for this device, so there are no figures per charge."))
    return Assumptions(voltage_v, _intensity())


def _intensity() -> float:
    names = {grid.id: tell(grid.name) for grid in GRIDS} | {OWN_GRID: t("a figure of my own")}
    chosen = widgets.selectbox(t("Electricity from"), names, GRID_KEY)
    if chosen == OWN_GRID:
        return float(
            st.number_input(
                t("Greenhouse gas (g per kWh)"),
                min_value=0.0,
                max_value=5000.0,
                value=WORLD_GRID.g_per_kwh,
                key=INTENSITY_KEY,
                bind="query-params",
            )
        )
    grid = next(grid for grid in GRIDS if grid.id == chosen)
    # Not a caption: a link in its faded text would be too faint to read.
    st.markdown(t("{intensity} Losses of the charger are not counted.", intensity=grid_words(grid)))
    return grid.g_per_kwh
