"""The columns of an estimate and of its kernels, written down once.

Every file, table and frame of estimates reads them: JSON, CSV, Parquet, text, Markdown, LaTeX, the matrix of
models and devices, the result of a batch, the tables of the app. A column says where its value stands in an
estimate, its unit, what it is the energy of, and how it is written.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from operator import attrgetter
from types import MappingProxyType
from typing import Any, Final, Literal

from predictors.results.frames import rounded, rounded_ratio, short

Kind = Literal["text", "count", "figure", "ratio", "range", "words", "shapes", "flag"]
"""What a cell holds: a name; a whole number; a measured or estimated number, seven digits of it in files and
three for people; such a number that readers may divide for themselves; the two ends of a range, for people
only; a list of names; a list of shapes; yes or no."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its name in files, its heading for people, its unit, and what it means.

    `scope` says what an energy or time is that of: "estimate" (the column `scope` says which), "kernels"
    (the kernels alone), "idle" (the idle board); "" for what is neither.
    """

    name: str
    kind: Kind
    read: Callable[[Any], Any]
    heading: str = ""
    unit: str = ""
    scope: str = ""
    meaning: str = ""

    @property
    def title(self) -> str:
        """Heading with the unit: "Energy (mJ)"."""
        return f"{self.heading} ({self.unit})" if self.unit else self.heading

    @property
    def dtype(self) -> str:
        """The type of its column in a frame, whatever its cells hold."""
        return {"count": "Int64", "figure": "float64", "ratio": "float64", "flag": "boolean"}.get(
            self.kind, "string"
        )

    def value(self, of: Any) -> Any:
        """Its value with every digit; the word of an enumeration."""
        value = self.read(of)
        if self.kind == "ratio":
            numerator, denominator = value
            return numerator / denominator if denominator > 0 else 0.0
        return value.value if isinstance(value, Enum) else value

    def plain(self, of: Any) -> Any:
        """Its value as JSON has it; None where there is none."""
        value = self.value(of)
        if value is None:
            return None
        if self.kind == "ratio":
            return rounded_ratio(*self.read(of))
        match self.kind:
            case "figure":
                return rounded(value)
            case "words":
                return list(value)
            case "shapes":
                return [list(shape) for shape in value]
            case "flag":
                return bool(value)
            case _:
                return value

    def cell(self, of: Any) -> Any:
        """Its value as a table file has it: lists as text."""
        value = self.plain(of)
        match self.kind:
            case "words":
                return " ".join(value)
            case "shapes":
                return " ".join("x".join(map(str, shape)) for shape in value)
            case _:
                return value

    def shown(self, of: Any, dash: str = " to ") -> str:
        """Its value for people; `dash` stands between the ends of a range."""
        value = self.value(of)
        if value is None:
            return "–"
        match self.kind:
            case "figure" | "ratio":
                return short(value)
            case "range":
                return dash.join(map(short, value))
            case "count":
                return f"{value:,}"
            case _:
                return str(self.cell(of))


def _at(path: str) -> Callable[[Any], Any]:
    return attrgetter(path)


def _energy_ends(of: Any) -> tuple[float, float]:
    return of.energy_mj_low, of.energy_mj_high


def _latency_low(estimate: Any) -> float | None:
    """None where the interval was never tested, as of a latency that nobody measured."""
    return estimate.latency_ms_low if estimate.has_latency_interval else None


def _latency_high(estimate: Any) -> float | None:
    return estimate.latency_ms_high if estimate.has_latency_interval else None


def _power_w(estimate: Any) -> tuple[float, float]:
    return estimate.energy_mj, estimate.latency_ms


def _power_mw(part: Any) -> tuple[float, float]:
    return 1000.0 * part.energy_mj, part.latency_ms


def _named(*columns: Column) -> Mapping[str, Column]:
    return MappingProxyType({column.name: column for column in columns})


def _warning_codes(estimate: Any) -> tuple[str, ...]:
    return tuple(dict.fromkeys(note.code for note in estimate.warnings))


def _measured_mj(estimate: Any) -> float | None:
    return estimate.measured[0].energy_mj if estimate.measured else None


_END = "end of the interval that holds the true value as often as `interval_level` says"

ESTIMATE: Final = _named(
    Column("device_id", "text", _at("device_id"), "Device"),
    Column("delegate", "text", _at("delegate"), "Delegate", meaning="what the network runs on"),
    Column("precision", "text", _at("precision"), "Precision", meaning="number format of the network"),
    Column("scope", "text", _at("scope"), "Scope", meaning="what the energy is the energy of"),
    Column("energy_mj", "figure", _at("energy_mj"), "Energy", "mJ", "estimate", "energy of one inference"),
    Column("energy_mj_low", "figure", _at("energy_mj_low"), "Energy low", "mJ", "estimate", f"lower {_END}"),
    Column(
        "energy_mj_high", "figure", _at("energy_mj_high"), "Energy high", "mJ", "estimate", f"upper {_END}"
    ),
    Column("energy_range", "range", _energy_ends, "8 in 10 times", "mJ", "estimate"),
    Column("interval_level", "figure", _at("interval_level"), "Interval level"),
    Column("latency_ms", "figure", _at("latency_ms"), "Latency", "ms", "estimate", "time of one inference"),
    Column("latency_ms_low", "figure", _latency_low, "Latency low", "ms", "estimate", f"lower {_END}"),
    Column("latency_ms_high", "figure", _latency_high, "Latency high", "ms", "estimate", f"upper {_END}"),
    Column("avg_power_w", "ratio", _power_w, "Power", "W", "estimate", "energy over time"),
    Column(
        "idle_energy_mj",
        "figure",
        _at("idle_energy_mj"),
        "Idle energy",
        "mJ",
        "idle",
        "part of the energy that the idle board would have used in that time",
    ),
    Column("kernel_sum_mj", "figure", _at("kernel_sum.energy_mj"), "Kernels alone", "mJ", "kernels"),
    Column(
        "kernel_sum_mj_low", "figure", _at("kernel_sum.energy_mj_low"), "", "mJ", "kernels", f"lower {_END}"
    ),
    Column(
        "kernel_sum_mj_high", "figure", _at("kernel_sum.energy_mj_high"), "", "mJ", "kernels", f"upper {_END}"
    ),
    Column("measured_mj", "figure", _measured_mj, "Measured", "mJ", "estimate"),
    Column("evidence", "text", _at("evidence"), "Obtained", meaning="how the figure was obtained"),
    Column("kernels", "count", _at("coverage.kernels"), "Kernels"),
    Column("kernels_predicted", "count", _at("coverage.predicted"), "Kernels predicted"),
    Column("kernels_approximated", "count", _at("coverage.approximated"), "Kernels approximated"),
    Column("kernels_unsupported", "count", _at("coverage.unsupported"), "Kernels without a figure"),
    Column("macs_covered_percent", "figure", _at("coverage.macs_percent"), "MACs with a figure", "%"),
    Column("bytes_covered_percent", "figure", _at("coverage.bytes_percent"), "Bytes with a figure", "%"),
    Column("device_memory_bytes", "count", _at("device_memory_bytes"), "Memory of the device", "bytes"),
    Column("warning_codes", "words", _warning_codes, "Warnings"),
    Column("source_ids", "words", _at("source_ids"), "Sources"),
)
"""Columns of a whole network on one device, delegate and precision: name -> column."""

KERNEL: Final = _named(
    Column("index", "text", _at("kernel.index"), "#", meaning="place in execution order"),
    Column("name", "text", _at("kernel.name"), "Name"),
    Column("kernel", "text", _at("kernel.kind"), "Kernel", meaning="type, as the fusing table names it"),
    Column("ops", "words", _at("kernel.ops"), "Operators"),
    Column("input_shapes", "shapes", _at("kernel.input_shapes"), "Inputs"),
    Column("output_shapes", "shapes", _at("kernel.output_shapes"), "Outputs"),
    Column("macs", "count", _at("kernel.macs"), "MACs", meaning="multiply-accumulates"),
    Column("params", "count", _at("kernel.params"), "Parameters"),
    Column("energy_mj", "figure", _at("energy_mj"), "Energy", "mJ", "kernels"),
    Column("energy_mj_low", "figure", _at("energy_mj_low"), "Energy low", "mJ", "kernels", f"lower {_END}"),
    Column(
        "energy_mj_high", "figure", _at("energy_mj_high"), "Energy high", "mJ", "kernels", f"upper {_END}"
    ),
    Column("energy_range", "range", _energy_ends, "8 in 10 times", "mJ", "kernels"),
    Column("latency_ms", "figure", _at("latency_ms"), "Latency", "ms", "kernels"),
    Column("power_mw", "ratio", _power_mw, "Power", "mW", "kernels", "energy over time"),
    Column("evidence", "text", _at("evidence"), "Obtained", meaning="how the figure was obtained"),
    Column("law", "text", _at("law"), "Law", meaning="the law behind an approximated figure"),
    Column("in_range", "flag", _at("in_range"), "In range", meaning="within the measured configurations"),
)
"""Columns of one kernel of an estimate: name -> column."""

FOR_PEOPLE: Final = (
    "device_id", "delegate", "precision", "scope", "energy_mj", "energy_range", "latency_ms",
    "avg_power_w", "evidence",
)  # fmt: skip
"""Columns of an estimate in text, Markdown and LaTeX."""


FIGURES: Final = ("energy_mj", "energy_range", "latency_ms")
"""Columns of whatever has an energy with its interval and a latency: estimates, cuts, candidates."""


def chosen(columns: Mapping[str, Column], names: Iterable[str]) -> list[Column]:
    """The columns of these names, in this order."""
    return [columns[name] for name in names]


def plain(columns: Mapping[str, Column], of: Any, names: Iterable[str] | None = None) -> dict[str, Any]:
    """Plain data of an estimate or kernel: the columns of these names, or all that files have."""
    return {column.name: column.plain(of) for column in _asked(columns, names)}


def cells(columns: Mapping[str, Column], of: Any, names: Iterable[str] | None = None) -> dict[str, Any]:
    """The same as the cells of a table file."""
    return {column.name: column.cell(of) for column in _asked(columns, names)}


def values(columns: Mapping[str, Column], of: Any, names: Iterable[str]) -> dict[str, Any]:
    """The same with every digit."""
    return {column.name: column.value(of) for column in chosen(columns, names)}


def _asked(columns: Mapping[str, Column], names: Iterable[str] | None) -> list[Column]:
    return chosen(columns, names) if names else [each for each in columns.values() if each.kind != "range"]
