"""What an energy means, as headings and figures with their units."""

from __future__ import annotations

from dataclasses import dataclass

from app.i18n.formats import energy, number
from app.i18n.messages import tell
from app.i18n.texts import t
from scoring.meaning import Grid, Meaning


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
        found.append(Saying(t("Continuous use"), duration(middle.continuous_min)))
    thousand = [energy(1000.0 * each.j_per_thousand) for each in (many, middle, few)]
    co2 = [grams(each.co2_g_per_million) for each in (many, middle, few)]
    found.append(Saying(t("1,000 inferences"), thousand[1], span(thousand[0], thousand[2])))
    found.append(Saying(t("CO2 of a million"), co2[1], span(co2[0], co2[2])))
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
