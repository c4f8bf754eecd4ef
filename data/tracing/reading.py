"""From a file to a recording: recognised, read in blocks, its clock put right, its problems counted."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import IO

from data.messages import Message
from data.tracing.blocks import Source, backwards, blocks, head_lines, opened
from data.tracing.collecting import Absurd, Collector, Options
from data.tracing.doubts import Judged, judged
from data.tracing.errors import Problem, Problems, TraceError
from data.tracing.foreign import translated
from data.tracing.layout import Layout, Rail
from data.tracing.parsing import Parser
from data.tracing.recipe import Recipe, layout_by
from data.tracing.recognise import Given, recognise
from data.tracing.recording import Recording
from data.tracing.store import MEMORY_BYTES


@dataclass(frozen=True, slots=True)
class Reading:
    """A file that was read: its recording, how it was laid out, which rails were added, what was wrong with
    it.

    `clock_note` says how sample times were obtained; `notes` what has to be known of the result; `doubts`
    what has to be confirmed, with the energy of either reading.
    """

    recording: Recording
    layout: Layout
    rails: tuple[str, ...]
    problems: tuple[Problem, ...]
    skipped_lines: int
    clock_note: str
    device: str | None
    notes: tuple[Message, ...] = ()
    doubts: tuple[Judged, ...] = ()


@contextmanager
def _as_table(source: Source) -> Iterator[tuple[IO[bytes], str | None]]:
    with opened(source) as stream:
        yield translated(stream)


def open_trace(
    source: Source,
    name: str = "the file",
    *,
    rate_hz: float | None = None,
    voltage_v: float | None = None,
    recipe: Recipe | None = None,
) -> Layout:
    """Recognise a file from its beginning, without reading the rest; raises TraceError.

    `rate_hz` (samples per second) and `voltage_v` stand in for columns that the file lacks; `recipe` says
    what its columns are, and then nothing is guessed.
    """
    with _as_table(source) as (stream, format_id):
        if recipe is not None:
            return layout_by(head_lines(stream, name), recipe, name)
        return recognise(head_lines(stream, name), name, Given(rate_hz, voltage_v), format_id)


def read_trace(
    source: Source,
    *,
    name: str = "the file",
    layout: Layout | None = None,
    rails: tuple[str, ...] = (),
    rate_hz: float | None = None,
    device: str | None = None,
    memory_bytes: int = MEMORY_BYTES,
    keep_absurd: bool = False,
) -> Reading:
    """Read a recording in blocks: the power of `rails` added up, by default of the whole device.

    `rate_hz` overrides the stamps: samples are taken as evenly spaced. `device` chooses one of several
    devices of a file. Up to `memory_bytes` of samples stay in memory, more go to a temporary file.
    `keep_absurd` keeps single samples that no device can draw. Raises TraceError when nothing can be read,
    `UNKNOWN_RAIL`, or `RAILS_OVERLAP`.
    """
    known = layout or open_trace(source, name, rate_hz=rate_hz)
    chosen = rails or known.whole
    problems = Problems()
    parser = Parser(replace(known, device=device or known.device), _rails(known, chosen), problems)
    options = Options(rate_hz, keep_absurd, memory_bytes)
    collector = Collector(known, parser.counts_energy, problems, options)
    with _as_table(source) as (stream, _):
        found = blocks(stream, problems)
        for block in backwards(found, known.first_line, name) if known.descending else found:
            collector.add(parser.rows(block))
    collector.add(parser.rest())
    recording = collector.recording(name)
    return Reading(
        recording,
        known,
        tuple(chosen),
        problems.listed(),
        problems.skipped,
        collector.note,
        parser.device,
        _noted(collector.absurd),
        judged(known, chosen, recording),
    )


def _noted(absurd: Absurd) -> tuple[Message, ...]:
    if not absurd.count:
        return ()
    note = Message(
        "Line {line:,}: a sample of {power:,.4g} W was left out ({count:,} in all), since no device draws "
        "that for "
        "one sample. Such samples can be kept.",
        line=absurd.line,
        power=absurd.power_w,
        count=absurd.count,
    )
    return (note,)


def _rails(layout: Layout, names: tuple[str, ...]) -> tuple[Rail, ...]:
    unknown = [name for name in names if name not in layout.names]
    if unknown:
        raise TraceError(
            "UNKNOWN_RAIL",
            "the file has no rail {rail}. It has: {rails}.",
            rail=unknown[0],
            rails=", ".join(layout.names),
        )
    chosen = tuple(layout.rail(name) for name in names)
    for at, rail in enumerate(chosen):
        twin = next((each for each in chosen[:at] if rail.supply and each.supply == rail.supply), None)
        if twin is not None:
            raise TraceError(
                "RAILS_OVERLAP",
                "{first} and {second} are columns of one supply, so adding them counts it twice. Choose one.",
                first=twin.name,
                second=rail.name,
            )
    kinds = {rail.energy is not None for rail in chosen}
    if len(kinds) > 1:
        raise TraceError(
            "RAILS_OVERLAP", "energy and power columns cannot be added up. Choose columns of one kind."
        )
    return chosen
