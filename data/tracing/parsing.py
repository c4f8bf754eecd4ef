"""Lines to numbers: whole blocks at once where every line is sound, line by line where one is not."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pyarrow import csv

from data.tracing.blocks import Block
from data.tracing.counters import EnergyColumn
from data.tracing.errors import Problems
from data.tracing.layout import Layout, Rail
from data.tracing.lines import ptdaemon_cells, tegra_cells
from data.tracing.rounds import NO_ROWS, Rounds, Rows
from data.tracing.stamps import seconds_of
from data.tracing.tables import fields
from data.tracing.units import UNITS, cell_value, measure_of, word_set

Floats = NDArray[np.float64]
_NULLS: Final = word_set("nan NaN NAN NA N/A n/a [N/A] null NULL None none - -- unavailable unknown")
"""Cells without a value; home automation writes the last two while a plug is away."""


class Parser:
    """Reads blocks of one file by its layout; `rails` are those to add up."""

    def __init__(self, layout: Layout, rails: tuple[Rail, ...], problems: Problems) -> None:
        """Remember what to read and where to count problems."""
        self.layout, self.rails, self.problems = layout, rails, problems
        self.device = layout.device
        self.ended = False
        channels = [channel for rail in rails for channel in rail.multiplied]
        self.value_columns = tuple(dict.fromkeys(channel.column for channel in channels))
        self.channel_of = {channel.column: channel for channel in channels}
        energies = [(rail.energy, rail.kind, rail.sign) for rail in rails if rail.energy is not None]
        self.kind_of = {each.column: (kind, sign * each.factor) for each, kind, sign in energies}
        self.energy_of: dict[tuple[int, str | None], EnergyColumn] = {}
        added = layout.whole_devices if self.device is None else ()
        self.rounds = Rounds(added, problems, stamped=layout.clock.kind != "none") if added else None

    @property
    def counts_energy(self) -> bool:
        """Whether rows hold joules counted up instead of watts."""
        return bool(self.kind_of)

    def rest(self) -> Rows:
        """The samples still open after the last block: an unfinished round of devices."""
        return NO_ROWS if self.rounds is None else self.rounds.add(NO_ROWS, (), last=True)

    def rows(self, block: Block) -> Rows:
        """The samples of one block; what cannot be used is counted."""
        if self.layout.format_id in {"tegrastats", "ptdaemon"}:
            return self._log(block)
        skip = max(0, self.layout.first_line - block.first_line)
        data = block.data
        for _ in range(skip):
            data = data[data.find(b"\n") + 1 :] if b"\n" in data else b""
        first_line = block.first_line + skip
        if not data:
            return NO_ROWS
        fast = None if self.ended or self.layout.delimiter == " " else self._fast(data, first_line)
        return fast if fast is not None else self._slow(data, first_line, block.is_last)

    def _fast(self, data: bytes, first_line: int) -> Rows | None:
        """All lines at once; None when a line does not fit, so that it has to be found."""
        layout = self.layout
        if data[:1] in b"\r\n" or b"\n\n" in data or b"\n\r\n" in data:
            return None  # empty lines are no samples, but would be read as such
        texts = [] if layout.clock.kind == "number" else list(layout.clock.columns)
        numbers = [*self.value_columns, *(layout.clock.columns if layout.clock.kind == "number" else ())]
        names = [str(at) for at in range(len(layout.columns))]
        types = {str(at): pa.float64() for at in numbers} | {str(at): pa.string() for at in texts}
        if layout.device_column is not None:
            types[str(layout.device_column)] = pa.string()
        try:
            table = csv.read_csv(
                pa.BufferReader(data),
                read_options=csv.ReadOptions(column_names=names, block_size=1 << 20),
                parse_options=csv.ParseOptions(delimiter=layout.delimiter, ignore_empty_lines=False),
                convert_options=csv.ConvertOptions(
                    include_columns=list(types),
                    column_types=types,
                    null_values=["", *_NULLS],
                    decimal_point=layout.decimal,
                ),
            )
        except pa.ArrowInvalid:
            return None
        if table.num_rows != data.count(b"\n") + (not data.endswith(b"\n")):
            return None
        lines = np.arange(first_line, first_line + table.num_rows)
        values = {at: np.asarray(table.column(str(at)), dtype=np.float64) for at in self.value_columns}
        if layout.clock.kind == "number":
            stamps = np.asarray(table.column(str(layout.clock.columns[0])), dtype=np.float64)
        else:
            stamps = self._stamps([table.column(str(at)).to_pylist() for at in texts], table.num_rows)
        owner = layout.device_column
        devices = None if owner is None else table.column(str(owner)).to_pylist()
        rows = Rows(stamps, self._values_of(values, lines, devices), lines)
        return rows if devices is None else self._of_device(rows, devices)

    def _values_of(
        self, values: dict[int, Floats], lines: NDArray[np.int64], devices: list[str | None] | None = None
    ) -> Floats:
        """Sum of the rails: power or current times voltage (W), or energy counted up (J)."""
        total = np.zeros(len(lines))
        for rail in self.rails:
            if rail.energy is not None:
                total += self._counted(rail.energy.column, values[rail.energy.column], lines, devices)
                continue
            fixed = 1.0 if rail.fixed_voltage_v is None else rail.fixed_voltage_v
            power = values[rail.channels[0].column] * (rail.channels[0].factor * fixed * rail.sign)
            for each in rail.multiplied[1:]:
                power *= values[each.column] * each.factor
            total += power
        return total

    def _counted(
        self, column: int, values: Floats, lines: NDArray[np.int64], devices: list[str | None] | None
    ) -> Floats:
        """Joules counted up of an energy column, each device by itself; NaN where the row is of none that is
        read."""
        if devices is None:
            return self._energy_column(column, None).counted(values, lines)
        total = np.full(len(values), np.nan)
        if not len(values):
            return total
        names = np.array([device or "" for device in devices], dtype=object)
        # Only the devices that are read: a counter for every value of the column could be one per row.
        read: Sequence[str] = (str(names[0]) if self.device is None else self.device,)
        if self.rounds is not None:
            names, read = np.array([name.strip() for name in names], dtype=object), self.rounds.devices
        for name in read:
            mine = names == name
            total[mine] = self._energy_column(column, name).counted(values[mine], lines[mine])
        return total

    def _energy_column(self, column: int, device: str | None) -> EnergyColumn:
        kind, factor = self.kind_of[column]
        return self.energy_of.setdefault((column, device), EnergyColumn(kind, factor, self.problems))

    def _stamps(self, columns: list[list[str | None]], count: int) -> Floats:
        """Seconds from the text columns of the clock.

        NaN for lines without; zeros where there is no clock.
        """
        clock = self.layout.clock
        if clock.kind == "none":
            return np.zeros(count)
        cells = [[cell or "" for cell in column] for column in columns]
        if clock.kind == "datetime":
            return seconds_of(cells[0], clock.text_format)
        joined = [f"{date} {time}" for date, time in zip(cells[0], cells[1], strict=True)]
        seconds = seconds_of(joined, clock.text_format)
        if len(cells) > 2:
            thousandths = [value[0] if (value := cell_value(cell)) else np.nan for cell in cells[2]]
            seconds = seconds + np.asarray(thousandths) / 1000.0
        return seconds

    def _of_device(self, rows: Rows, devices: list[str | None]) -> Rows:
        """The lines of one device (asked for, else the first of the file), or the sums of those that are
        added."""
        if self.rounds is not None:
            return self.rounds.add(rows, devices)
        names = np.array([device or "" for device in devices], dtype=object)
        if self.device is None and len(names):
            self.device = str(names[0])
        mine = names == self.device
        if not mine.all():
            self.problems.add("OTHER_DEVICE", int(rows.lines[~mine][0]), int((~mine).sum()))
        return rows.at(mine)

    def _slow(self, data: bytes, first_line: int, is_last: bool) -> Rows:
        """Line by line: bad ones are counted by kind, the others kept."""
        kept: list[list[str]] = []
        values: list[list[float]] = []
        numbers: list[int] = []
        texts = data.split(b"\n")
        last = first_line + len(texts) - 1
        for number, raw in enumerate(texts, start=first_line):
            if self.ended:
                self.problems.add("SECOND_RECORDING", number, count=1 if raw.strip() else 0)
                continue
            cells = self._cells(raw, number, cut=number == last and is_last)
            row = None if cells is None else self._values(cells, number)
            if cells is not None and row is not None:
                kept.append(cells)
                values.append(row)
                numbers.append(number)
        return self._rows(kept, values, numbers)

    def _cells(self, raw: bytes, number: int, cut: bool) -> list[str] | None:
        """The fields of one line; None, and counted, when it has too few, too many or is a heading."""
        text = raw.decode("utf-8", errors="replace").strip("\r")
        if not text.strip():
            return None
        delimiter = self.layout.delimiter
        cells = [cell.strip('"') for cell in fields(text, delimiter)]
        if "\ufffd" in text or "\0" in text:
            self.problems.add("NOT_TEXT", number)
            return None
        if sum(measure_of(cell) is not None and cell_value(cell) is None for cell in cells) >= 2:
            same = _names(cells) == _names(self.layout.columns)
            self.ended = not same
            self.problems.add("REPEATED_HEADING" if same else "SECOND_RECORDING", number)
            return None
        if len(cells) != len(self.layout.columns):
            self.problems.add("TRUNCATED_LAST_LINE" if cut else "WRONG_FIELD_COUNT", number)
            return None
        return cells

    def _values(self, cells: list[str], number: int) -> list[float] | None:
        """Values of the power columns, each in its column's unit.

        None, and counted, when one is no number.
        """
        row = []
        numeric = self.layout.clock.kind == "number"
        for at in (*self.value_columns, *(self.layout.clock.columns if numeric else ())):
            value = cell_value(cells[at], self.layout.decimal)
            if value is None:
                self.problems.add("NOT_A_NUMBER", number)
                return None
            row.append(self._converted(at, *value, number))
        return row

    def _converted(self, at: int, value: float, unit: str, number: int) -> float:
        """A cell's value in its column's unit, where the cell carries a unit of its own."""
        stated = UNITS.get(unit)
        if not unit or stated is None:
            return value
        channel = self.channel_of.get(at)
        quantity, factor = (
            (channel.quantity, channel.factor) if channel else ("time", self.layout.clock.factor)
        )
        if stated[0] != quantity or stated[2] == factor:
            return value
        self.problems.add("MIXED_UNITS", number)
        return value * stated[2] / factor

    def _rows(self, kept: list[list[str]], values: list[list[float]], numbers: list[int]) -> Rows:
        if not kept:
            return NO_ROWS
        table = np.asarray(values, dtype=np.float64)
        columns = {column: table[:, at] for at, column in enumerate(self.value_columns)}
        clock = self.layout.clock
        if clock.kind == "number":
            stamps = table[:, -1]
        else:
            stamps = self._stamps([[cells[at] for cells in kept] for at in clock.columns], len(kept))
        places = np.asarray(numbers)
        owner = self.layout.device_column
        devices: list[str | None] | None = None if owner is None else [cells[owner] for cells in kept]
        rows = Rows(stamps, self._values_of(columns, places, devices), places)
        return rows if devices is None else self._of_device(rows, devices)

    def _log(self, block: Block) -> Rows:
        """Lines of a log: a stamp and the power of each rail."""
        names = self.layout.names
        stamps, table, numbers = [], [], []
        for number, raw in enumerate(block.data.split(b"\n"), start=block.first_line):
            text = raw.decode("utf-8", errors="replace").strip()
            if not text:
                continue
            found = (
                tegra_cells(text, names) if self.layout.format_id == "tegrastats" else ptdaemon_cells(text)
            )
            if found is None:
                self.problems.add("TRUNCATED_LAST_LINE" if block.is_last else "NO_POWER", number)
                continue
            stamps.append(found[0])
            table.append([np.nan if value is None else value for value in found[1]])
            numbers.append(number)
        if not numbers:
            return NO_ROWS
        values = np.asarray(table, dtype=np.float64)
        columns = {at: values[:, at] for at in self.value_columns}
        seconds = self._stamps([list(stamps)], len(stamps))
        places = np.asarray(numbers)
        return Rows(seconds, self._values_of(columns, places), places)


def _names(headings: Sequence[str]) -> list[str]:
    """Headings without the units that stand in a row of their own, so that a repeated one is known again."""
    return [heading.split(" [")[0].lstrip("#").strip().lower() for heading in headings if heading]
