"""Units of time, power, current, voltage and energy: from a heading, from a cell, or guessed from the
size."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from data.tracing.wording import in_english, spelled_out


def word_set(text: str) -> frozenset[str]:
    """The words of a text, for lists that are easier to read as one."""
    return frozenset(text.split())


_PREFIXES: Final = (
    ("n", "nano", 1e-9),
    ("u", "micro", 1e-6),
    ("m", "milli", 1e-3),
    ("", "", 1.0),
    ("k", "kilo", 1e3),
)
_SCALED: Final = (
    ("power", "W", 1.0, ("w", "watt", "watts")),
    ("current", "A", 1.0, ("a", "amp", "amps", "ampere", "amperes")),
    ("voltage", "V", 1.0, ("v", "volt", "volts")),
    ("energy", "J", 1.0, ("j", "joule", "joules", "ws")),
    ("energy", "Wh", 3600.0, ("wh", "watthour", "watthours")),
)
_TIMES: Final = (
    ("s", 1.0, "s sec secs second seconds sekunde sekunden segundos secondes secondi 秒"),
    ("ms", 1e-3, "ms msec msecs millisecond milliseconds millis millisekunden 毫秒"),
    ("us", 1e-6, "us usec usecs microsecond microseconds micros"),
    ("ns", 1e-9, "ns nsec nsecs nanosecond nanoseconds nanos"),
    ("100ns", 1e-7, "100ns filetime"),
    ("min", 60.0, "min mins minute minutes minuten"),
    ("h", 3600.0, "h hr hrs hour hours stunden"),
    ("d", 86_400.0, "d day days tage"),
)
_MEGA: Final = {
    "MW": ("power", "MW", 1e6),
    "MA": ("current", "MA", 1e6),
    "MV": ("voltage", "MV", 1e6),
    "MJ": ("energy", "MJ", 1e6),
}
"""Units whose capital M says mega; only where the rest of the heading is not in capitals, too."""


def _table() -> dict[str, tuple[str, str, float]]:
    units = {word: ("time", symbol, factor) for symbol, factor, words in _TIMES for word in words.split()}
    for quantity, base, size, (short, *long) in _SCALED:
        for letter, spelled, factor in _PREFIXES:
            known = (quantity, letter + base, factor * size)
            units[letter + short] = known
            units.update((prefix + word, known) for word in long for prefix in (spelled, letter))
    units |= {"dw": ("power", "dW", 0.1), "deciwatts": ("power", "dW", 0.1)}  # outlets that answer SNMP
    units |= {"cw": ("power", "cW", 0.01), "centiwatts": ("power", "cW", 0.01)}
    return units | {"mega" + unit[1:].lower(): known for unit, known in _MEGA.items()}


UNITS: Final[dict[str, tuple[str, str, float]]] = _table()
"""Unit as written, in lower case -> quantity, symbol, factor to s, W, A, V or J."""

BASE: Final = {"time": "s", "power": "W", "current": "A", "voltage": "V", "energy": "J"}
_WORDS: Final = {
    "time": "time timestamp timestamps t elapsed epoch unixtime datetime clock receipt uptime ts zeit",
    "power": "power pow p pbus watt watts wattage pwr apower leistung",
    "current": "current curr i ibus amp amps ampere strom",
    "voltage": "voltage volt volts u v vbus spannung",
    "energy": "energy joule joules",
}
WORDS: Final = {word: quantity for quantity, words in _WORDS.items() for word in words.split()}
OTHER: Final = word_set(
    # durations and settings
    "duration interval delta dt latency limit threshold setpoint set cap average_window offset zone tdp "
    "rated target nominal requested saving saved budget "
    # what is said about the supply rather than measured
    "mode source status flag type plan profile state level factor pf apparent reactive "
    # other quantities, by name and by unit
    "temp temperature charge freq frequency percent pct util utilization utilisation usage batch shunt fan "
    "resistance mah ah uah mwhr va kva var hz khz mhz ghz dbm db rpm count index number "
    "rate emissions"
)
"""Words of headings that name something else, whatever unit follows."""

AMBIGUOUS: Final = frozenset({"s", "a", "t", "i", "p", "u", "j", "h", "v", "w", "d"})
_TURBOSTAT: Final = re.compile(r"(pkg|cor|gfx|ram|sys)_j")
_SPLIT: Final = re.compile(r"[^a-z0-9%]+")
_BRACKET: Final = re.compile(r"[\(\[]\s*([^\)\]]+?)\s*[\)\]]\s*$")
_SPELLED: Final = re.compile(r"\b(nano|micro|milli|kilo|mega)[ _-]?(?=watt|amp|volt|joule)")
_HOURS: Final = re.compile(r"watt[ _-]?hours?")
_MICRO: Final = re.compile(r"(?:â|Â)?[µμ]|[^\x00-\x7f](?=[AVWJasvwj]h?(?:[\]\)\s_]|$))")
"""A micro sign, or whatever an encoding made of it right before a unit."""
_CELL: Final = re.compile(
    r"^(?:np\.float\d*\()?\s*([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)\s*\)?\s*([a-zA-Zµμ]*)$"
)
OVERFLOW: Final = 9.0e36
"""Meters write 9.9E37 (SCPI) for a reading beyond their range."""


@dataclass(frozen=True, slots=True)
class Measure:
    """What a column holds: `quantity` (time, power, current, voltage, energy), `unit`, `factor` to s, W, A,
    V, J.

    `stated` is False where the heading names no unit and one has to be assumed.
    """

    quantity: str
    unit: str
    factor: float
    stated: bool


def plain(text: str) -> str:
    """A heading or unit in lower case with µ written as u."""
    return _MICRO.sub("u", text.strip().strip("\"'")).lower()


def words_of(heading: str) -> list[str]:
    """The words of a heading: "Main Avg Current (mA)" -> main, avg, current, ma; "PkgWatt" -> pkg, watt."""
    text = _HOURS.sub("wh", in_english(plain(spelled_out(heading))))
    return [word for word in _SPLIT.split(_SPELLED.sub(r"\1", text)) if word]


_MEASURED: Final = frozenset({"meas", "measured"})
_COUPLINGS: Final = frozenset({"dc", "ac"})
_COUPLED: Final = re.compile(r"(?<=[av])(?:dc|ac)$")
"""What meters write behind volts and amperes: "VDC", "A DC"."""


def _unit_of(heading: str, words: list[str], named: str | None) -> tuple[str, str, float] | None:
    bracket = _BRACKET.search(heading.strip().strip("\"'"))
    word = bracket.group(1) if bracket else re.split(r"[\s_\-.]+", heading.strip().strip("\"'"))[-1]
    rest = heading[: bracket.start()] if bracket else heading.strip()[: -len(word)]
    if word in _MEGA and any(letter.islower() for letter in rest):
        return _MEGA[word]
    if bracket:
        inner = _SPELLED.sub(r"\1", _HOURS.sub("wh", plain(word))).replace(" ", "")
        return UNITS.get(_COUPLED.sub("", inner))
    words = words[:-1] if len(words) > 1 and words[-1] in _COUPLINGS else words
    if words[-1] == "j" and _TURBOSTAT.fullmatch(plain(heading)):
        return UNITS["j"]
    unit = UNITS.get(words[-1])
    bare = words[-1] in AMBIGUOUS and words[-1] not in "wv" and len(words) > 1
    if unit and bare and words[0] not in _MEASURED and named != unit[0]:
        return None  # "rail_a" is a name, "current_a" is not
    return unit


def file_name(heading: str) -> str:
    """A heading without the prefix that `uevent` puts before the files of a battery."""
    return plain(heading).removeprefix("power_supply_")


def measure_of(heading: str) -> Measure | None:
    """What a column holds, from its heading; None when it is none of the quantities of UNITS."""
    name = file_name(heading)
    file = _sysfs(heading) or _KNOWN.get(name)
    if file is not None:
        return file
    heading = spelled_out(heading if name == plain(heading) else name)
    words = words_of(heading)
    other = OTHER.intersection(words)
    if other <= {"usage"} and {"energy", "power"}.intersection(words):
        other = frozenset()  # "power_usage" of amd-smi is the power
    if other <= {"delta", "interval"} and {"energy", "joules"}.intersection(words):
        other = frozenset()  # the energy since the row before
    if other == {"source"} and words[-1] in UNITS and {"voltage", "current", "power"}.intersection(words):
        other = frozenset()  # "source_voltage_mv" is what a source-meter supplies, "power_source" a flag
    if other == {"rate"} and words[-1] in {"w", "watt", "watts", "mw"}:
        other = frozenset()  # the "energy-rate (W)" of upower and Android is a power
    if not words or other or words[-1] == "name" or any("%" in word for word in words):
        return None
    inner = words_of(heading.rpartition(".")[2])  # a key of JSON: ENERGY.Power is a power
    known = inner if set(inner) & set(WORDS) else words
    kinds = [WORDS[bare] for word in known if (bare := _numbered(word)) in WORDS]
    # "Current VDD_IN Power" is the power now, "power energy" an energy.
    named = next((kind for kind in ("energy", "power") if kind in kinds), kinds[0] if kinds else None)
    if "clock" in words and named == "time" and len(kinds) == 1 and _CHIPS.intersection(words):
        return None
    unit = _unit_of(heading, words, named)
    if unit:
        return Measure(*unit, stated=True)
    single = len(words) > 1 and words[0] not in WORDS and named and set(words) & AMBIGUOUS == set(words[1:])
    return None if named is None or single else Measure(named, BASE[named], 1.0, stated=False)


def _numbered(word: str) -> str:
    """A word without the number of its channel: "current3" is a current; single letters stay as they are."""
    bare = word.rstrip("0123456789")
    return bare if len(bare) > 2 else word


_SYSFS: Final = re.compile(
    r"^(?:.*[/.])?(power|curr|in|energy|in_power|in_current|in_voltage)(\d+)_(?:input|average)$"
)
_SYSFS_UNITS: Final = {
    "power": Measure("power", "uW", 1e-6, stated=True),
    "curr": Measure("current", "mA", 1e-3, stated=True),
    "in": Measure("voltage", "mV", 1e-3, stated=True),
    "energy": Measure("energy", "uJ", 1e-6, stated=True),
    "in_power": Measure("power", "mW", 1e-3, stated=True),
    "in_current": Measure("current", "mA", 1e-3, stated=True),
    "in_voltage": Measure("voltage", "mV", 1e-3, stated=True),
}
"""Files of the Linux classes hwmon and iio and their units (kernel documentation, hwmon/sysfs-interface and
testing/sysfs-bus-iio)."""


_KNOWN: Final = {
    "energy_since_boot": Measure("energy", "uJ", 1e-6, stated=True),
    "energy_now": Measure("energy", "uWh", 3.6e-3, stated=True),
}
"""Columns whose unit only their documentation says: the rails of Android (IPowerStats.hal), the energy left
in a battery (kernel documentation, sysfs-class-power)."""


def sysfs_channel(heading: str) -> str | None:
    """The number of a channel of hwmon, which current, voltage and power of one supply share."""
    found = _SYSFS.match(plain(heading))
    return found[2] if found else None


def _sysfs(heading: str) -> Measure | None:
    found = _SYSFS.match(plain(heading))
    return _SYSFS_UNITS[found[1]] if found else None


_CHIPS: Final = frozenset({"gpu", "cpu", "sm", "mem", "memory", "core", "video", "graphics", "npu", "dla"})


def cell_value(cell: str, decimal: str = ".") -> tuple[float, str] | None:
    """Number and unit (lower case, "" if none) of a cell; NaN for an empty one, None for anything else.

    Understands "1.2", "1200 mW", "500m" and "np.float64(1.2)", which some scripts write. An overflow mark
    of a meter is NaN, too.
    """
    text = cell.strip().strip("\"'").strip()
    if text.lower() in {"", "nan", "na", "n/a", "[n/a]", "null", "none", "-", "--", "unavailable", "unknown"}:
        return float("nan"), ""
    match = _CELL.match(_point(text, decimal))
    if match is None:
        return None
    unit = match.group(2)
    value = float(match.group(1)) * _ENGINEERING.get(unit, 1.0)
    return (value if abs(value) < OVERFLOW else float("nan")), "" if unit in _ENGINEERING else plain(unit)


_ENGINEERING: Final = {"n": 1e-9, "u": 1e-6, "µ": 1e-6, "μ": 1e-6, "m": 1e-3, "k": 1e3, "M": 1e6}
"""Prefixes without a unit, as spreadsheets and circuit simulators write them: "500m" stands beside "5"."""
_FULL_WIDTH: Final = {0xFEE0 + code: code for code in range(0x21, 0x7F)}
"""Full-width letters, digits and points of Chinese and Japanese keyboards, and the usual ones."""


_GROUPED: Final = {
    ".": re.compile(r"^([+-]?[1-9](?:\d{0,2}(?:[,'’\s]\d{3})+|\d?(?:,\d{2})+,\d{3}))(\.\d+)?(?=\D*$)"),
    ",": re.compile(r"^([+-]?[1-9]\d{0,2}(?:[.'’\s]\d{3})+)(,\d+)?(?=\D*$)"),
}
"""Numbers whose thousands (in India then hundreds) are set apart, by the sign before their fraction."""
_MARKS: Final = re.compile(r"[.,'’\s]")


def _point(text: str, decimal: str) -> str:
    """A number with a point before its fraction and its thousands not set apart."""
    text = text.replace("\u2212", "-")  # the minus sign of typographers
    text = text if text.isascii() else text.translate(_FULL_WIDTH)
    if not text.isascii() or _MARKS.search(text):
        text = _GROUPED[decimal].sub(lambda m: _MARKS.sub("", m[1]) + (m[2] or ""), text, count=1)
    return text.replace(",", ".") if decimal == "," else text


EPOCH_RANGE_S: Final = (1e9, 4e9)
"""Seconds since 1970 between 2001 and 2096."""


def guessed(quantity: str, typical: float, step: float = 0.0) -> tuple[str, float]:
    """Unit and factor for a column whose heading names none, from its typical size.

    `typical` is the median of its values; `step` the median difference between stamps (time only). Times
    that look like seconds since 1970 in some unit are taken as such; whole numbers 2 to 1,000 apart as
    milliseconds; other times as seconds. More than 200 W, 20 A or 400 V are taken as thousandths: no edge
    device draws that; more than 400 kV or 20,000 A as millionths, as Android writes them.
    """
    if quantity == "time":
        for unit, factor in (("s", 1.0), ("ms", 1e-3), ("us", 1e-6), ("ns", 1e-9)):
            if EPOCH_RANGE_S[0] <= typical * factor < EPOCH_RANGE_S[1]:
                return unit, factor
        if step >= 2.0 and step not in _LOGGER_STEPS:
            return ("ms", 1e-3) if step <= 1000.0 else ("us", 1e-6)
        return "s", 1.0
    base = BASE[quantity]
    if quantity == "energy":
        return base, 1.0
    limit = {"power": 200.0, "current": 20.0, "voltage": 400.0}[quantity]
    if abs(typical) > 1000.0 * limit:
        return f"u{base}", 1e-6
    return (f"m{base}", 1e-3) if abs(typical) > limit else (base, 1.0)


_LOGGER_STEPS: Final = frozenset({15.0, 30.0, 60.0, 120.0, 300.0, 600.0, 900.0, 3600.0})
"""Distances (s) at which slow loggers write; 2, 5 or 10 are rather milliseconds between samples of power."""
