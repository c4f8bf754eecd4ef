"""Units of time, power, current and voltage: from a heading, from a cell, or guessed from the size."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

UNITS: Final[dict[str, tuple[str, str, float]]] = {
    "s": ("time", "s", 1.0),
    "sec": ("time", "s", 1.0),
    "secs": ("time", "s", 1.0),
    "second": ("time", "s", 1.0),
    "seconds": ("time", "s", 1.0),
    "ms": ("time", "ms", 1e-3),
    "msec": ("time", "ms", 1e-3),
    "milliseconds": ("time", "ms", 1e-3),
    "us": ("time", "us", 1e-6),
    "usec": ("time", "us", 1e-6),
    "microseconds": ("time", "us", 1e-6),
    "ns": ("time", "ns", 1e-9),
    "nsec": ("time", "ns", 1e-9),
    "nanoseconds": ("time", "ns", 1e-9),
    "w": ("power", "W", 1.0),
    "watt": ("power", "W", 1.0),
    "watts": ("power", "W", 1.0),
    "kw": ("power", "kW", 1e3),
    "mw": ("power", "mW", 1e-3),
    "milliwatts": ("power", "mW", 1e-3),
    "uw": ("power", "uW", 1e-6),
    "a": ("current", "A", 1.0),
    "amp": ("current", "A", 1.0),
    "amps": ("current", "A", 1.0),
    "ampere": ("current", "A", 1.0),
    "ma": ("current", "mA", 1e-3),
    "milliamps": ("current", "mA", 1e-3),
    "ua": ("current", "uA", 1e-6),
    "v": ("voltage", "V", 1.0),
    "volt": ("voltage", "V", 1.0),
    "volts": ("voltage", "V", 1.0),
    "mv": ("voltage", "mV", 1e-3),
    "uv": ("voltage", "uV", 1e-6),
}
"""Unit as written, in lower case -> quantity, symbol, factor to s, W, A or V."""

BASE: Final = {"time": "s", "power": "W", "current": "A", "voltage": "V"}
_WORDS: Final = {
    "time": "time timestamp timestamps t elapsed epoch datetime clock receipt uptime",
    "power": "power pow p watt watts",
    "current": "current curr i amp amps ampere",
    "voltage": "voltage volt volts u v vbus",
}
WORDS: Final = {word: quantity for quantity, words in _WORDS.items() for word in words.split()}
OTHER: Final = frozenset(
    [
        "duration",
        "interval",
        "delta",
        "dt",
        "temp",
        "temperature",
        "energy",
        "charge",
        "freq",
        "frequency",
        "percent",
        "util",
        "utilization",
        "memory",
        "ram",
        "shunt",
        "latency",
        "batch",
        "factor",
        "pf",
        "apparent",
        "reactive",
        "accumulated",
        "fan",
        "zone",
        "offset",
        "limit",
        "threshold",
        "resistance",
        "supply_set",
        "setpoint",
        "average_window",
        "mah",
        "mwh",
        "wh",
        "count",
        "index",
        "number",
    ]
)
"""Words of headings that name something else, whatever unit follows."""

AMBIGUOUS: Final = frozenset({"s", "a", "t", "i", "p", "u"})
_SPLIT: Final = re.compile(r"[^a-z0-9]+")
_BRACKET: Final = re.compile(r"[\(\[]\s*([^\)\]]+?)\s*[\)\]]\s*$")
_CELL: Final = re.compile(
    r"^(?:np\.float\d*\()?\s*([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)\s*\)?\s*([a-zA-Zµμ]*)$"
)


@dataclass(frozen=True, slots=True)
class Measure:
    """What a column holds: `quantity` (time, power, current, voltage), `unit`, `factor` to s, W, A, V.

    `stated` is False where the heading names no unit and one has to be assumed.
    """

    quantity: str
    unit: str
    factor: float
    stated: bool


def plain(text: str) -> str:
    """A heading or unit in lower case with µ written as u."""
    return text.strip().strip("\"'").replace("µ", "u").replace("μ", "u").lower()


def words_of(heading: str) -> list[str]:
    """The words of a heading: "Main Avg Current (mA)" -> main, avg, current, ma."""
    return [word for word in _SPLIT.split(plain(heading)) if word]


def measure_of(heading: str) -> Measure | None:
    """What a column holds, from its heading; None when it is neither time nor power, current or voltage."""
    words = words_of(heading)
    if not words or OTHER.intersection(words):
        return None
    named = next((WORDS[word] for word in words if word in WORDS), None)
    bracket = _BRACKET.search(plain(heading))
    unit = UNITS.get(bracket.group(1)) if bracket else UNITS.get(words[-1])
    if unit and not bracket and words[-1] in AMBIGUOUS and len(words) > 1 and named != unit[0]:
        unit = None  # "rail_a" is a name, "current_a" is not
    if unit:
        return Measure(*unit, stated=True)
    single = len(words) > 1 and words[0] not in WORDS and named and set(words) & AMBIGUOUS == set(words[1:])
    return None if named is None or single else Measure(named, BASE[named], 1.0, stated=False)


def cell_value(cell: str, decimal: str = ".") -> tuple[float, str] | None:
    """Number and unit (lower case, "" if none) of a cell; NaN for an empty one, None for anything else.

    Understands "1.2", "1200 mW" and "np.float64(1.2)", which some scripts write.
    """
    text = cell.strip().strip("\"'").strip()
    if text.lower() in {"", "nan", "na", "n/a", "null", "none", "-", "--"}:
        return float("nan"), ""
    match = _CELL.match(text.replace(",", ".") if decimal == "," else text)
    return None if match is None else (float(match.group(1)), plain(match.group(2)))


def guessed(quantity: str, typical: float, step: float = 0.0) -> tuple[str, float]:
    """Unit and factor for a column whose heading names none, from its typical size.

    `typical` is the median of its values; `step` the median difference between stamps (time only). Times
    that look like seconds since 1970 in some unit are taken as such; other times as seconds. More than 200
    W, 20 A or 400 V are taken as thousandths: no edge device draws that.
    """
    if quantity == "time":
        for unit, factor in (("s", 1.0), ("ms", 1e-3), ("us", 1e-6), ("ns", 1e-9)):
            if 1e9 <= typical * factor < 4e9:
                return unit, factor
        return "s", 1.0
    limit = {"power": 200.0, "current": 20.0, "voltage": 400.0}[quantity]
    return (f"m{BASE[quantity]}", 1e-3) if abs(typical) > limit else (BASE[quantity], 1.0)
