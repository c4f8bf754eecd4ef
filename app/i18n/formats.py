"""How numbers are written on screen: three significant digits, a unit that fits, ranges in words.

Every function takes the unit named in its argument and returns text, with the signs and words of the reader's
language. Full precision stays in the downloads.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Final

import pandas as pd

from app.i18n.texts import SOURCE, decimal_sign, group_sign, grouped, language, mark, t, tn
from predictors.errors import WORD_JOINER, unlinked

DIGITS: Final = 3  # significant digits on the screen; files have seven
NOT_MEASURED: Final = mark("not measured")
LARGEST_IN_FULL: Final = 1e15
SMALLEST_IN_FULL: Final = 1e-9
"""What lies beyond is written as a power of ten. Nothing measured does; figures in files may."""


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit to show a quantity in: shown value = stored value * `factor`."""

    symbol: str
    factor: float


_ENERGY: Final = (Unit("µJ", 1e3), Unit("mJ", 1.0), Unit("J", 1e-3), Unit("kJ", 1e-6))
_POWER: Final = (Unit("mW", 1e3), Unit("W", 1.0), Unit("kW", 1e-3))
_LATENCY: Final = (Unit("µs", 1e3), Unit("ms", 1.0), Unit("s", 1e-3))


def number(value: float | None, digits: int = DIGITS) -> str:
    """Return a number with so many significant digits and thousands separated: 1,230 or 0.0265."""
    if value is None or pd.isna(value):
        return t(NOT_MEASURED)
    if value == 0:
        return "0"
    shown = rounded(value, digits)
    if not SMALLEST_IN_FULL <= abs(shown) < LARGEST_IN_FULL:
        return _power_of_ten(value, digits)
    decimals = digits - 1 - math.floor(math.log10(abs(shown)))
    return with_signs(f"{shown:,.{max(0, decimals)}f}")


def rounded(value: float, digits: int = DIGITS) -> float:
    """Return a value rounded to so many significant digits."""
    if value == 0 or not math.isfinite(value):
        return value
    if abs(value) > LARGEST_IN_FULL:
        return float(f"{value:.{digits - 1}e}")  # `round` overflows where this is infinite
    return round(value, digits - 1 - math.floor(math.log10(abs(value))))


def count(value: float) -> str:
    """Return a whole number with thousands separated: 33,000."""
    return grouped(value) if abs(value) < LARGEST_IN_FULL else number(value)


def _power_of_ten(value: float, digits: int) -> str:
    """Return a number far from 1: 1.00e+300; ∞ for what is infinite."""
    if math.isinf(value):
        return "∞" if value > 0 else "-∞"
    return with_signs(f"{value:.{digits - 1}e}")


def with_signs(written: str) -> str:
    """Return a number written the English way with the signs of the reader's language: 1.230,5."""
    if language() == SOURCE:
        return written
    return written.translate({ord(","): group_sign(), ord("."): decimal_sign()})


def percent(share: float | None, digits: int = DIGITS) -> str:
    """Return a share of 1 in per cent: 0.412 -> 41.2 %."""
    return t(NOT_MEASURED) if share is None or pd.isna(share) else f"{number(100.0 * share, digits)} %"


def energy_unit(energy_mj: float | None) -> Unit:
    """Return the unit (µJ to kJ) in which an energy (mJ) reads best; for charts, give the largest one."""
    return _fitting(energy_mj, _ENERGY, base=1)


def power_unit(power_w: float | None) -> Unit:
    """Return the unit (mW to kW) in which a power (W) reads best."""
    return _fitting(power_w, _POWER, base=1)


def latency_unit(latency_ms: float | None) -> Unit:
    """Return the unit (µs to s) in which a time (ms) reads best."""
    return _fitting(latency_ms, _LATENCY, base=1)


def energy(energy_mj: float | None) -> str:
    """Return an energy (mJ) with its unit: 82.0 mJ, 1.21 J."""
    return _with_unit(energy_mj, energy_unit(energy_mj))


def power(power_w: float | None) -> str:
    """Return a power (W) with its unit: 1.83 W, 640 mW."""
    return _with_unit(power_w, power_unit(power_w))


def latency(latency_ms: float | None) -> str:
    """Return a time (ms) with its unit: 45.0 ms, 1.20 s."""
    return _with_unit(latency_ms, latency_unit(latency_ms))


def energy_range(low_mj: float, high_mj: float) -> str:
    """Return an energy interval (mJ) with one unit: 18.0 to 25.0 mJ."""
    return _range(low_mj, high_mj, energy_unit(high_mj))


def latency_range(low_ms: float, high_ms: float) -> str:
    """Return a time interval (ms) with one unit: 41.0 to 49.0 ms; in words that there is none (NaN)."""
    if math.isnan(low_ms):
        return t("no interval")
    return _range(low_ms, high_ms, latency_unit(high_ms))


def in_words(interval: str, level: float = 0.8) -> str:
    """Return what an interval means: "8 in 10 times between 18.0 and 25.0 mJ".

    `interval` is the text of one of the range functions; `level` is a multiple of a tenth.
    """
    low, high = interval.split(t("{low} to {high}", low="", high=""))
    return t("{tenths} in 10 times between {low} and {high}", tenths=round(10 * level), low=low, high=high)


def listing(items: list[str], joint: str = mark("and")) -> str:
    """Return words as an enumeration: "a, b and c"; `joint` is "and" or "or"."""
    if len(items) < 2:
        return "".join(items)
    return f"{', '.join(items[:-1])} {t(joint)} {items[-1]}"


def quoted(text: str) -> str:
    """Return text between the quotation marks of the reader's language."""
    return t("“{text}”", text=text)


def literal(text: str) -> str:
    """Return text from outside (a file's or model's name) so that it is shown as it is, not as Markdown."""
    signs = unlinked(text)
    return "".join(f"\\{sign}" if sign in "\\`*_{}[]()<>#+-.!|~$:&" else sign for sign in signs)


def lines(text: str) -> str:
    """Return text from outside as `literal` does, each of its lines on a line of its own."""
    return literal(text).replace("\n", "  \n")


def plain(markdown: str) -> str:
    """Return a sentence without its bold marks and escapes, for where Markdown is read out as it is."""
    return re.sub(r"\\([\\`*_{}\[\]()<>#+\-.!|~$:&])|\*\*", r"\1", markdown.replace(WORD_JOINER, ""))


def _fitting(value: float | None, units: tuple[Unit, ...], base: int) -> Unit:
    if value is None or pd.isna(value) or value == 0:
        return units[base]
    size = abs(value)
    return next((unit for unit in reversed(units) if rounded(size * unit.factor) >= 1), units[0])


def _with_unit(value: float | None, unit: Unit) -> str:
    if value is None or pd.isna(value):
        return t(NOT_MEASURED)
    return f"{number(value * unit.factor)} {unit.symbol}"


def _range(low: float, high: float, unit: Unit) -> str:
    high_text = f"{number(high * unit.factor)} {unit.symbol}"
    return t("{low} to {high}", low=number(low * unit.factor), high=high_text)


def capital(text: str) -> str:
    """Return a text with a capital first letter, for the beginning of a sentence."""
    return text[:1].upper() + text[1:]


def megabytes(size_bytes: int) -> str:
    """Return the size of a file: "97.8 MB", "12.3 kB"."""
    if size_bytes < 1000:
        return tn("{n} byte", "{n} bytes", size_bytes)
    power = min(int(math.log10(size_bytes) // 3), 3)
    return f"{number(size_bytes / 1000**power)} {('', 'kB', 'MB', 'GB')[power]}"
