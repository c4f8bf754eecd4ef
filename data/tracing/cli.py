"""`python -m data trace`: a recording in figures, as text or JSON."""

from __future__ import annotations

import argparse
import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from data.budgets import LOG, RECORDING
from data.command_options import CommandParser, output_file
from data.messages import Message
from data.plain_toml import MOST_CHARACTERS
from data.regular_files import read_small
from data.tracing.doubts import otherwise
from data.tracing.errors import TraceError
from data.tracing.inferences import InferenceLog
from data.tracing.layers import LayerEnergy, layer_energies, layers_json
from data.tracing.layout import Layout
from data.tracing.profiles import Profile
from data.tracing.rails import meaning_of
from data.tracing.reading import Reading
from data.tracing.recipe import LEAST, MOST, Recipe, has_columns, recipe_of, written
from data.tracing.summary import Summary, as_json, summarise
from data.workers import calls

MOST_TIMES: Final = 1_000
"""Largest factor of `--budget`: five hours of processor time, beyond any recording."""


@dataclass(frozen=True, slots=True)
class Measured:
    """What a command line asks for: the recording as read, its log and profile, and the figures."""

    reading: Reading
    log: InferenceLog | None
    profile: Profile | None
    summary: Summary
    layers: tuple[LayerEnergy, ...]

    @property
    def format_id(self) -> str:
        """Which tool the profile is of; "" without one."""
        return self.profile.format_id if self.profile is not None else ""

    @property
    def figures(self) -> dict[str, Any]:
        """The figures as plain values, with how the file was read."""
        found = as_json(self.summary, self.reading.recording) | about(self.reading)
        if self.profile is not None:
            found |= layers_json(self.layers, self.profile)
        if self.log is not None:
            found["inference_log_problems"] = [problem.text for problem in self.log.problems]
        return found


def add_arguments(parser: CommandParser) -> None:
    """Declare the options of the command."""
    add_recording_arguments(parser)
    parser.add_argument("--format", choices=("text", "json"), default="text")


def add_recording_arguments(parser: CommandParser) -> None:
    """Declare the options that say what is read, and how."""
    parser.add_argument("file", type=Path, help="the recording; may be gzipped")
    parser.add_argument(
        "--start", type=_seconds, default=None, metavar="S", help="begin, s from the first sample"
    )
    parser.add_argument(
        "--end", type=_seconds, default=None, metavar="S", help="end, s from the first sample"
    )
    parser.add_argument(
        "--inferences",
        type=Path,
        default=None,
        metavar="FILE",
        help="CSV with inference_index, start_us, end_us, duration_us",
    )
    parser.add_argument(
        "--profile",
        type=Path,
        default=None,
        metavar="FILE",
        help="profiler log (ONNX Runtime, TFLite benchmark_model, trtexec): energy per layer",
    )
    parser.add_argument(
        "--offset",
        type=_seconds,
        default=None,
        metavar="S",
        help="added to the inferences' clock; else found",
    )
    parser.add_argument("--rail", action="append", default=[], help="rail to read; again for a sum")
    parser.add_argument("--device", default=None, help="which device, if the file holds several")
    parser.add_argument(
        "--rate", type=_positive, default=None, metavar="HZ", help="samples per second, overrides stamps"
    )
    parser.add_argument(
        "--voltage", type=_positive, default=None, metavar="V", help="supply voltage, if the file has none"
    )
    parser.add_argument(
        "--unit", action="append", default=[], metavar="HEADING=UNIT", help="unit of a column, if not stated"
    )
    parser.add_argument(
        "--recipe", type=Path, default=None, metavar="FILE", help="which column is what, instead of a guess"
    )
    parser.add_argument(
        "--save-recipe",
        type=output_file,
        default=None,
        metavar="FILE",
        help="write how the columns were read",
    )
    parser.add_argument(
        "--other",
        type=_code,
        action="append",
        default=[],
        metavar="CODE",
        help="take the other reading of a doubt (its code stands under doubts in the JSON)",
    )
    parser.add_argument(
        "--keep-absurd", action="store_true", help="keep single samples that no device can draw"
    )
    parser.add_argument(
        "--budget",
        type=_times,
        default=1,
        metavar="N",
        help="read up to N times as much as the app does (bytes, samples, processor time)",
    )
    parser.idle_without(("inferences", "profile"), "offset")


def _code(text: str) -> str:
    # Codes had small letters and hyphens once; scripts may still hold that spelling.
    return text.upper().replace("-", "_")


def _times(text: str) -> int:
    value = int(text)
    if not 1 <= value <= MOST_TIMES:
        raise argparse.ArgumentTypeError(f"a whole number from 1 to {MOST_TIMES}")
    return value


def _seconds(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise argparse.ArgumentTypeError("a time in seconds is a finite number")
    return value


def _positive(text: str) -> float:
    value = _seconds(text)
    if not LEAST <= value <= MOST:
        raise argparse.ArgumentTypeError(f"a rate or voltage is a number from {LEAST:g} to {MOST:g}")
    return value


def run(chosen: argparse.Namespace) -> int:
    """Read, integrate and print; raises TraceError for what cannot be read."""
    figures = measured(chosen).figures
    print(json.dumps(figures, indent=2) if chosen.format == "json" else as_text(figures))
    return 0


def measured(chosen: argparse.Namespace) -> Measured:
    """Read and integrate what the options ask for; raises TraceError for what cannot be read."""
    reading = _reading(chosen)
    _check_range(chosen, reading.recording.duration_s)
    log = _log(chosen.inferences, chosen.budget) if chosen.inferences else None
    profile = None
    if chosen.profile is not None:
        profile = calls.read_profile(chosen.profile, chosen.profile.name, budget=LOG.times(chosen.budget))
        log = log or _profiled(profile)
    summary = summarise(
        reading.recording, start_s=chosen.start, end_s=chosen.end, log=log, offset_s=chosen.offset
    )
    layers: tuple[LayerEnergy, ...] = ()
    if profile is not None:
        alignment = summary.alignment if log is profile.log else None
        layers = layer_energies(
            profile, reading.recording, alignment, summary.inferences, summary.idle.power_w
        )
    return Measured(reading, log, profile, summary, layers)


def _reading(chosen: argparse.Namespace) -> Reading:
    """The recording, with the other reading of each doubt that was asked for."""
    layout = _confirmed(
        calls.open_trace(
            chosen.file,
            chosen.file.name,
            budget=RECORDING.times(chosen.budget),
            rate_hz=chosen.rate,
            voltage_v=chosen.voltage,
            recipe=_recipe(chosen.recipe) if chosen.recipe else None,
        ),
        chosen.unit,
    )
    reading = _read(chosen, layout)
    for code in chosen.other:
        layout = _otherwise(reading, code)
        reading = _read(chosen, layout)
    if chosen.save_recipe is not None:
        _save_recipe(chosen.save_recipe, layout, reading.rails)
    return reading


def _check_range(chosen: argparse.Namespace, duration_s: float) -> None:
    """Raise TraceError `RANGE_OUTSIDE` or `RANGE_TURNED` for a range (s) that holds nothing."""
    if chosen.start is not None and chosen.start > duration_s:
        message = Message(
            "--start {start:g} lies after the recording's end at {duration_s:g} s. Give an earlier one.",
            start=chosen.start,
            duration_s=duration_s,
        )
        raise TraceError("RANGE_OUTSIDE", message)
    if chosen.start is not None and chosen.end is not None and chosen.end < chosen.start:
        raise TraceError("RANGE_TURNED", "--end lies before --start. Exchange the two.")


def _read(chosen: argparse.Namespace, layout: Layout) -> Reading:
    return calls.read_trace(
        chosen.file,
        budget=RECORDING.times(chosen.budget),
        name=chosen.file.name,
        layout=layout,
        rails=tuple(chosen.rail),
        rate_hz=chosen.rate,
        device=chosen.device,
        keep_absurd=chosen.keep_absurd,
    )


def _otherwise(reading: Reading, code: str) -> Layout:
    """The layout with the other reading of a doubt; raises TraceError `NO_SUCH_DOUBT`."""
    known = [each.doubt for each in reading.doubts if otherwise(reading.layout, each.doubt) is not None]
    doubt = next((each for each in known if each.code == code), None)
    other = None if doubt is None else otherwise(reading.layout, doubt)
    if other is None:
        raise TraceError(
            "NO_SUCH_DOUBT",
            "the file leaves no choice called {code}. Choices: {codes}.",
            code=code,
            codes=", ".join(each.code for each in known) or "-",
        )
    return other


def _recipe(path: Path) -> Recipe:
    try:
        return recipe_of(read_small(path, 4 * MOST_CHARACTERS).decode("utf-8"), path.name)
    except (OSError, UnicodeDecodeError) as problem:
        raise TraceError(
            "RECIPE_UNREADABLE",
            "{name} cannot be read: {problem}. A recipe is a TOML file such as the page saves.",
            name=path.name,
            problem=getattr(problem, "strerror", None) or str(problem),
        ) from None


def _save_recipe(path: Path, layout: Layout, rails: tuple[str, ...]) -> None:
    if not has_columns(layout):
        raise TraceError(
            "RECIPE_NO_TABLE",
            "this log is read by its format and has no columns to choose, so there is no recipe to save. "
            "Leave --save-recipe out.",
        )
    try:
        path.write_text(written(layout, rails), encoding="utf-8")
    except OSError as problem:
        raise TraceError(
            "RECIPE_UNWRITTEN",
            "{name} cannot be written: {problem}. Choose another place.",
            name=path.name,
            problem=problem.strerror or "",
        ) from None


def _log(path: Path, budget: int) -> InferenceLog:
    return calls.read_inferences(path, path.name, budget=LOG.times(budget))


def _profiled(profile: Profile) -> InferenceLog:
    """The inferences of a profile; raises TraceError `PROFILE_WITHOUT_LOG` where it has none."""
    if profile.log is None:
        raise TraceError(
            "PROFILE_WITHOUT_LOG",
            "this profile says how long layers take, but not when they ran. Give the log of the inferences, "
            "too (--inferences).",
        )
    return profile.log


def _confirmed(layout: Layout, units: list[str]) -> Layout:
    pairs = dict(each.rpartition("=")[::2] for each in units)
    if not pairs:
        return layout
    try:
        return layout.with_units(pairs)
    except (KeyError, ValueError) as problem:
        raise TraceError(
            "UNKNOWN_UNIT", "--unit cannot be used: {problem}. Write HEADING=mW, say.", problem=problem
        ) from None


def about(reading: Reading) -> dict[str, Any]:
    """How a file was read: format, rails, clock, assumptions, problems by code."""
    return {
        "format": reading.layout.format_id,
        "rails": list(reading.rails),
        "rails_in_file": {name: meaning_of(name).title or "unknown" for name in reading.layout.names},
        "device": reading.device,
        "clock": reading.clock_note,
        "assumed_units": list(reading.layout.assumed),
        "notes": [*reading.layout.notes, *reading.notes, *(each.text for each in reading.doubts)],
        "doubts": [
            {
                "code": each.doubt.code,
                "taken": each.doubt.chosen,
                "other": each.doubt.other,
                "energy_mj": 1000.0 * each.energy_j,
                "duration_s": each.duration_s,
                "other_energy_mj": 1000.0 * each.other_energy_j,
                "other_duration_s": each.other_duration_s,
            }
            for each in reading.doubts
        ],
        "skipped_lines": reading.skipped_lines,
        "problems": [
            {"code": each.code, "line": each.line, "count": each.count, "message": each.message}
            for each in reading.problems
        ],
    }


def as_text(figures: dict[str, Any]) -> str:
    """The figures for reading, a line each."""
    lines = [
        f"{figures['format']}, rails {' + '.join(figures['rails'])}; {figures['clock']}",
        f"{figures['start_s']:g} s to {figures['end_s']:g} s: {figures['samples']:,} samples, "
        f"{figures['gaps']} gaps ({figures['gap_s']:.3g} s), {figures['skipped_lines']:,} lines left out",
        f"energy {figures['energy_mj']:,.3f} mJ ({figures['integration']})",
        f"mean {figures['avg_power_mw']:,.2f} mW, peak {figures['peak_power_mw']:,.2f} mW, "
        f"idle {figures['idle_power_mw']:,.2f} mW ({figures['idle_method']})",
        f"energy above idle {figures['energy_above_idle_mj']:,.3f} mJ",
    ]
    if figures.get("energy_per_inference_mj") is not None:
        lines += _each(figures)
    lines += _layers(figures)
    lines += figures.get("warnings", [])
    lines += [
        f"{each['name']}: {each['start_s']:.3f} s to {each['end_s']:.3f} s" for each in figures["phases"]
    ]
    lines += [f"assumed: {each}" for each in figures["assumed_units"]]
    lines += [*figures["notes"], *figures.get("inference_log_problems", [])]
    lines += [
        f"line {each['line']:,} ({each['count']:,} in all): {each['message']} [{each['code']}]"
        for each in figures["problems"]
    ]
    return "\n".join(lines)


def _each(figures: dict[str, Any]) -> list[str]:
    """The lines about single inferences."""
    lines = [
        f"{figures['inferences']} inferences, {figures['energy_per_inference_mj']:.3f} mJ each (the mean "
        f"lies "
        f"between {figures['energy_per_inference_mean_low_mj']:.3f} and "
        f"{figures['energy_per_inference_mean_high_mj']:.3f} mJ, 80 %), "
        f"{figures['energy_above_idle_per_inference_mj']:.3f} mJ above idle; "
        f"{figures['energy_per_inference_method']}"
    ]
    if figures["energy_per_inference_low_mj"] is not None:
        lines.append(
            f"8 in 10 inferences between {figures['energy_per_inference_low_mj']:.3f} and "
            f"{figures['energy_per_inference_high_mj']:.3f} mJ"
        )
    lines.append(f"clock offset {figures['clock_offset_s']:.4f} s: {figures['clock_offset_method']}")
    return lines


def _layers(figures: dict[str, Any]) -> list[str]:
    """The layers of a profile, the dearest first."""
    layers = sorted(figures.get("layers", []), key=lambda each: -(each["energy_mj"] or 0.0))
    lines = [
        f"{each['name']} ({each['operator'] or 'layer'}): {each['time_ms']:.4g} ms, "
        + ("no energy" if each["energy_mj"] is None else f"{each['energy_mj']:.4g} mJ ({each['method']})")
        for each in layers
    ]
    return [*lines, *figures.get("layer_notes", [])]
