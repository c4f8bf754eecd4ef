"""Which kind of recording a file is, from its first lines."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Final

from data.messages import Message
from data.tracing.columns import ClockFound, changes_only, clock_of
from data.tracing.energies import energy_in_doubt, how_counted
from data.tracing.errors import TraceError
from data.tracing.history import entities_of, history_measures, is_history
from data.tracing.layout import ENDED, HELD, LINE, Channel, Clock, Layout, Rail
from data.tracing.lines import PTDAEMON, tegra_rails, tegra_stamp
from data.tracing.plausible import energy_said, settled
from data.tracing.power_factor import apparent, factors_noted, with_factors
from data.tracing.rails import parts_of, total_of, whole_of
from data.tracing.stamps import stamp_format
from data.tracing.supplies import checks_of, rails_at_voltage, rails_of
from data.tracing.tables import Table, must_fit, table_of
from data.tracing.turns import Devices, devices_of, grouped
from data.tracing.units import OTHER, UNITS, Measure, cell_value, file_name, measure_of, plain, words_of

HEAD_LINES: Final = 400  # some loggers write a hundred lines of settings first
LOG_LINES: Final = 50
"""Lines in which a log has to show its first sample."""


@dataclass(frozen=True, slots=True)
class Given:
    """What the reader says about a file that does not: samples per second, supply voltage (V)."""

    rate_hz: float | None = None
    voltage_v: float | None = None


NOTHING: Final = Given()


def recognise(
    head: list[str], name: str = "the file", given: Given = NOTHING, format_id: str | None = None
) -> Layout:
    """Return the layout of a recording from its first lines (a few hundred are enough).

    `format_id` is the format of a log that was translated into a table. Raises TraceError: `EMPTY`,
    `NOT_A_TRACE`, `TOO_MANY_COLUMNS`, `COLUMNS_DO_NOT_FIT`, `RUNS_NOT_SAMPLES`, `NO_TIME_COLUMN`,
    `NO_POWER_COLUMN`, `BATTERY_CHARGES`.
    """
    if format_id is None:
        lines = numbered(head, name)
        if any(tegra_rails(line) for _, line in lines[:LOG_LINES]):
            return _tegrastats(lines)
        if any(PTDAEMON.match(line) for _, line in lines[:LOG_LINES]):
            return _ptdaemon(lines)
    return _from_table(head_table(head, name), given, format_id)


def numbered(head: list[str], name: str) -> list[tuple[int, str]]:
    """The filled lines of a head with their numbers; raises TraceError `EMPTY`."""
    lines = [(number, line) for number, line in enumerate(head[:HEAD_LINES], start=1) if line.strip()]
    if not lines:
        raise TraceError("EMPTY", "{name} holds nothing. Choose another file.", name=name)
    return lines


def head_table(head: list[str], name: str) -> Table:
    """The first lines of a file cut into a table; raises TraceError where they are none."""
    return table_of(numbered(head, name), name)


def _tegrastats(lines: list[tuple[int, str]]) -> Layout:
    names: dict[str, None] = {}
    for _, line in lines:
        names.update(dict.fromkeys(tegra_rails(line)))
    first, line = next((number, line) for number, line in lines if tegra_rails(line))
    rails = tuple(Rail(name, Channel(at, "power", "mW", 1e-3, True, name)) for at, name in enumerate(names))
    stamp = tegra_stamp(line)
    written = stamp_format(stamp) if stamp else None
    if written:
        clock = Clock("datetime", heading=Message("date and time"), text_format=written)
        return Layout("tegrastats", clock, rails, first_line=first, local_time=True)
    note = Message(
        "The log has no time stamps, as older versions of tegrastats write it. One line per second is "
        "assumed, its usual interval: give the rate if it was another."
    )
    clock = Clock("none", stated=False, heading="line", rate_hz=1.0)
    return Layout("tegrastats", clock, rails, first_line=first, notes=(note,))


def _ptdaemon(lines: list[tuple[int, str]]) -> Layout:
    first = next(number for number, line in lines if PTDAEMON.match(line))
    rail = Rail("Watts", Channel(0, "power", "W", 1.0, True, "Watts"))
    clock = Clock("datetime", heading="Time", text_format="month first")
    return Layout("ptdaemon", clock, (rail,), first_line=first)


def _from_table(table: Table, given: Given, known_format: str | None) -> Layout:
    _must_have_headings(table)
    _must_be_samples(table)
    must_fit(table)
    format_id = known_format or _format(table.headings)
    measures = {at: known for at, heading in enumerate(table.headings) if (known := measure_of(heading))}
    if is_history(table.headings):
        measures |= history_measures(table)
    measures |= _powers_by_cells(table, measures)
    _must_tell_minutes(table, measures)
    found = clock_of(table, measures)
    devices = devices_of(table, measures, found.clock if found else Clock("none"))
    owner = devices.column if devices else None
    several = devices is not None and len(devices.values) > 1
    if devices is not None and is_history(table.headings):
        devices = entities_of(devices, measures.get(list(map(plain, table.headings)).index("state")))
    if found is not None and found.descending:
        table = replace(table, rows=table.rows[::-1])  # whether an energy rises shows in the order of time
    rails = _rails(table, measures, format_id, given, owner)
    if found is None or not found.clock.columns:
        found = _without_stamps(table, measures, format_id, rails, given)
    if not rails:
        _must_be_numbers(table, measures, _POWER)
        _no_power(table)
    if format_id == "generic" and is_history(table.headings):
        format_id = "smart-plug"
    layout = _laid_out(table, measures, found, rails, format_id, devices)
    if several and devices is not None and len(devices.values) == 1:
        return replace(layout, device_column=devices.column, device=devices.values[0])
    return layout


def _powers_by_cells(table: Table, measures: dict[int, Measure]) -> dict[int, Measure]:
    """Columns whose heading names no quantity, but whose cells all carry a unit of power ("2.5 kW")."""
    found: dict[int, Measure] = {}
    for at, heading in enumerate(table.headings):
        if at in measures or OTHER.intersection(words_of(heading)):
            continue
        values = [cell_value(cell, table.decimal) for cell in table.column(at)]
        units = {value[1] if value is not None else "" for value in values}
        known = UNITS.get(next(iter(units))) if len(units) == 1 else None
        if known is not None and known[0] == "power":
            found[at] = Measure(*known, stated=True)
    return found


def _rails(
    table: Table, measures: dict[int, Measure], format_id: str, given: Given, owner: int | None
) -> tuple[Rail, ...]:
    rails = rails_of(table, measures, format_id, owner)
    if not rails and given.voltage_v:
        rails = rails_at_voltage(table, measures, given.voltage_v)
    return with_factors(table, rails)


def _laid_out(
    table: Table,
    measures: dict[int, Measure],
    found: ClockFound,
    rails: tuple[Rail, ...],
    format_id: str,
    devices: Devices | None,
) -> Layout:
    """The layout of a table, its units and signs checked against each other."""
    whole = whole_of([rail.name for rail in rails])
    owner = devices.column if devices else None
    checks = with_factors(table, checks_of(table, measures, format_id, owner))
    rails, doubts = settled(table, found.clock, rails, whole, checks, format_id)
    chosen = next(rail for rail in rails if rail.name == whole[0])
    counted = energy_in_doubt(table, [rail for rail in rails if rail.name in whole], owner)
    said = energy_said(table, found.clock, chosen, checks)
    alone = format_id != "smart-plug" and (devices is None or len(devices.values) == 1)
    turns = grouped(table, found.clock, chosen.channels[0].heading) if alone else None
    added = devices is not None and devices.are_parts and len(devices.values) > 1
    rule = _rule(found.clock, rails, whole, format_id)
    notes = [*found.notes, *_choice_noted(rails, whole), *_kind_noted(rails, whole, rule, format_id)]
    notes += factors_noted(rails, whole)
    values = devices.values if devices else ()
    if added:
        listed = ", ".join(values)
        notes.append(Message("The rows of {devices} are added up per stamp.", devices=listed))
    return Layout(
        format_id,
        found.clock,
        rails,
        table.delimiter,
        table.decimal,
        table.headings,
        table.first_line,
        device_column=devices.column if devices and len(values) > 1 else None,
        notes=tuple(notes),
        devices=values,
        whole_devices=_whole_devices(values) if added else (),
        rule=rule,
        descending=found.descending,
        local_time=found.local_time,
        doubts=(
            *found.doubts,
            *doubts,
            *counted,
            *filter(None, (said, turns)),
            *apparent(table, rails, whole),
        ),
    )


def _whole_devices(values: tuple[str, ...]) -> tuple[str, ...]:
    """Devices to add up where rows take turns: the one that is the total, else its parts, else all."""
    total = total_of(list(values))
    if total is not None:
        return (total,)
    known = whole_of(list(values))
    return known if len(known) > 1 and set(known) != set(parts_of(list(values))) else values


def _choice_noted(rails: tuple[Rail, ...], whole: tuple[str, ...]) -> list[Message]:
    """What has to be said where the whole is a sum of parts, or one of several without a name that says
    so."""
    names = [rail.name for rail in rails]
    if len(whole) > 1 and whole == parts_of(names):
        return [
            Message("No column names the whole, so its parts are added: {rails}.", rails=" + ".join(whole))
        ]
    supplies = {rail.supply or rail.name for rail in rails}
    if len(whole) == 1 and len(supplies) > 1 and total_of(names) is None:
        return [
            Message(
                "No column names the whole: “{rail}” alone is read, of {rails}. Choose others if they "
                "belong to it.",
                rail=whole[0],
                rails=", ".join(names),
            )
        ]
    return []


def _kind_noted(rails: tuple[Rail, ...], whole: tuple[str, ...], rule: str, format_id: str) -> list[Message]:
    """Kind of the numbers where they are not samples of power."""
    notes = []
    for rail in rails:
        if rail.energy is None or rail.name not in whole:
            continue
        notes.append(how_counted(rail))
    if rule == HELD:
        notes.append(Message("Rows are written when the value changes: it is held until the next row."))
    if rule == ENDED and not notes:
        notes.append(Message("Each row is a mean over the time that ends with it."))
    if format_id == "pmic":
        notes.append(
            Message(
                "The sum of the supplies that the power chip measures: less than what the board draws, "
                "which also "
                "feeds USB, the 3.3 V of the header and its own losses."
            )
        )
    return notes


def _rule(clock: Clock, rails: tuple[Rail, ...], whole: tuple[str, ...], format_id: str) -> str:
    """How power runs between two samples: LINE, HELD or ENDED."""
    if any(rail.energy is not None for rail in rails if rail.name in whole):
        return ENDED
    if format_id in _MEANS:
        return ENDED
    return HELD if changes_only(clock) else LINE


_MEANS: Final = frozenset({"turbostat", "powermetrics", "perf"})
"""Tools whose rows are means over the time that ends with the row."""


def _must_have_headings(table: Table) -> None:
    if not table.headings:
        raise TraceError(
            "NO_TIME_COLUMN",
            "there is no heading above the samples, so nothing says which column is time and which is power. "
            "Add a line such as `time_s,power_w`, or choose the columns by hand.",
            line=table.first_line,
        )


_RUN_WORDS: Final = frozenset({"run_id", "experiment_id", "emissions", "energy_consumed", "experiment_name"})


def _must_be_samples(table: Table) -> None:
    """Raise TraceError `RUNS_NOT_SAMPLES` for a table with a row per run, as CodeCarbon writes it."""
    names = {plain(heading) for heading in table.headings}
    if len(_RUN_WORDS & names) >= 2 and {"duration", "duration_s", "duration_ms", "runtime"} & names:
        raise TraceError(
            "RUNS_NOT_SAMPLES",
            "each row is a whole run with its duration and energy (as CodeCarbon writes them), not a sample "
            "of power. The energy of a run stands in the file already; a recording has many rows per run.",
            line=table.first_line,
        )


def _without_stamps(
    table: Table, measures: dict[int, Measure], format_id: str, rails: tuple[Rail, ...], given: Given
) -> ClockFound:
    """The clock of a table without one: a given rate, or the usual interval of a known log."""
    if given.rate_hz:
        return ClockFound(Clock("none", heading="line", rate_hz=given.rate_hz))
    if format_id in {"nvidia-smi", "pmic"}:
        note = Message(
            "The log has no time stamps. One reading per second is assumed: give the rate if it was another."
        )
        return ClockFound(Clock("none", stated=False, heading="line", rate_hz=1.0), notes=(note,))
    _must_be_numbers(table, measures, _CLOCK)
    named = ", ".join(heading for heading in table.headings[:6] if heading)
    line = max(1, table.first_line - 1)
    if not rails:
        raise TraceError(
            "NO_TIME_COLUMN",
            "no column is named as time or power ({columns}). Is this a recording? If so, choose its "
            "columns by hand.",
            line=line,
            columns=named,
        )
    raise TraceError(
        "NO_TIME_COLUMN",
        "no column is named as time ({columns}). Name one `time_s`, give the sample rate, or choose the "
        "columns by hand.",
        line=line,
        columns=named,
    )


_CLOCK: Final = frozenset({"time"})
_POWER: Final = frozenset({"power", "energy", "current", "voltage"})


def _must_be_numbers(table: Table, measures: dict[int, Measure], wanted: frozenset[str]) -> None:
    """Raise TraceError `NOT_A_NUMBER` where a column is named rightly and its cells cannot be read."""
    for at, measure in measures.items():
        cells = table.column(at)
        if measure.quantity not in wanted or 2 * len(table.numbers(at)) >= len(cells):
            continue
        values = ((cell, cell_value(cell, table.decimal)) for cell in cells)
        unread = next(cell for cell, value in values if value is None or value[0] != value[0])
        raise TraceError(
            "NOT_A_NUMBER",
            "the column “{heading}” is there, but most of its cells are no numbers that a recording can "
            "have, such as “{cell}”. Write them as 1234.5, or choose another column by hand.",
            heading=table.headings[at],
            cell=unread[:40],
        )


_BARE_PREFIX: Final = re.compile(r"[\d.,]+\s*[mkM]")


def _must_tell_minutes(table: Table, measures: dict[int, Measure]) -> None:
    """Raise TraceError `NOT_A_NUMBER` for times such as "5m": minutes to most writers, else thousandths."""
    for at, measure in measures.items():
        bare = [cell for cell in table.column(at) if _BARE_PREFIX.fullmatch(cell.strip())]
        if measure.quantity == "time" and bare:
            raise TraceError(
                "NOT_A_NUMBER",
                "the times of the column “{heading}”, such as “{cell}”, leave open whether they are minutes "
                "or thousandths. Write the unit (min, s or ms) in the heading, and numbers alone below it.",
                heading=table.headings[at],
                cell=bare[0][:40],
            )


def _no_power(table: Table) -> None:
    raise TraceError(
        "NO_POWER_COLUMN",
        "no column is named as power, as energy, nor as current with a voltage ({columns}). Name "
        "one `power_w`, or `current_a` and `voltage_v`, give the supply's voltage, or choose the columns by "
        "hand.",
        line=max(1, table.first_line - 1),
        columns=", ".join(table.headings[:6]),
    )


def _format(headings: tuple[str, ...]) -> str:
    names = [plain(heading) for heading in headings]
    text = " ".join(names)
    words = {word for heading in headings for word in words_of(heading)}
    if {"current_min", "charge"} <= set(names) and {"current", "voltage"} <= set(names):
        return "joulescope"
    if "main" in words and ("(a)" in text or "main energy" in text):
        return "otii"
    if "energy" in words and re.search(r"current [\[(]na[\])]", text):
        return "energytrace"
    if "d0-d7" in names or {"timestamp(ms)", "current(ua)"} <= set(names):
        return "ppk"
    if "main" in words and ("(ma)" in text or "main avg" in text or "current" in text):
        return "monsoon"
    if any(re.match(r"jetson_clocks|nvp model|power tot\b", name) for name in names):
        return "jtop"
    if any(re.fullmatch(r"[uip][-_ ]?(e\d|sigma.*)", name) for name in names):
        return "yokogawa"
    if {"current_now", "voltage_now"} & set(map(file_name, names)):
        return "android"
    if "power.draw" in text or {"pwr", "gpu"} <= words:
        return "nvidia-smi"
    if {"pkgwatt", "corwatt", "pkg_j", "time_of_day_seconds"} & set(names):
        return "turbostat"
    if ("bus" in words and "shunt" in words) or "ina2" in text or "ina3" in text:
        return "ina"
    return "generic"
