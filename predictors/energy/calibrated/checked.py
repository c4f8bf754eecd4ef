"""Every check of measured networks at once: whatever is wrong is told in one message, row by row.

Rows are checked apart from each other (`device_rows`), by their models (known, or a file that can be read),
against each other (one network twice, a large one below a small one) and against the known boards (units).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from data.messages import Message
from predictors.energy.boards.data import network_amounts
from predictors.energy.boards.features import TERMS
from predictors.energy.calibrated.calibration import amounts_of, mixed_precisions, order_warnings
from predictors.energy.calibrated.device_file import OwnDevice
from predictors.energy.calibrated.device_rows import (
    MOST_ROWS,
    PRECISIONS,
    MeasuredNetwork,
    MeasuredTable,
    Problem,
    contradictions,
    in_row,
    listed,
    rows_error,
    with_amounts,
    without_repeats,
)
from predictors.energy.calibrated.names import meant
from predictors.energy.calibrated.predictor import RUNTIME, CalibratedPredictor, measured_of
from predictors.energy.calibrated.prior import Prior, known_prior
from predictors.errors import CodedError, InputError, printable

Floats: TypeAlias = NDArray[np.float64]
Read: TypeAlias = Callable[[str, str], Sequence[float]]
"""Returns the amounts of work of a model that is not a sample: name and precision in."""
UNIT_MARGIN: Final = math.log(20.0)
"""How far beyond the dearest and cheapest known system a new device may lie before a factor of 1,000 is the
likelier story: 20 times, since the known boards themselves span a factor of 20."""
UNIT_STEP: Final = math.log(1000.0)
AMOUNTS_WITHIN: Final = math.log(1.5)
"""Counting of operators may change a little between versions; half as much again is another network."""
IDLE_ABOVE: Final = 1.5
"""Idle and networks measured on different days differ by less than half."""
_MACS: Final = np.array([term.endswith("macs_m") for term in TERMS])
UNIT_WORDS: Final[dict[str, tuple[Message, Message]]] = {
    "energy_mj": (Message("joules"), Message("microjoules")),
    "latency_ms": (Message("seconds"), Message("microseconds")),
}
"""Column -> the unit a thousand times larger than its own, and the one a thousand times smaller."""


ONE_ODD: Final = Message(
    "Row {number}: {model} is given {value:g} {sign}, {times:,.0f} times {way} is to be expected. In {unit} "
    "it would be {other:g} {sign}."
)
ALL_ODD: Final = Message(
    "Row {number} and all others in {precision}: {model} is given {value:g} {sign}, {times:,.0f} times {way} "
    "is to be expected. In {unit} it would be {other:g} {sign}."
)


@dataclass(frozen=True, slots=True)
class UnitSlip:
    """A figure that looks like one in another unit; `factor` (1000 or 0.001) would bring it to the column's.

    `times`: how far it lies from what is expected. `every`: whether all figures of its precision look so.
    """

    row: MeasuredNetwork
    column: str
    factor: float
    times: float
    every: bool

    @property
    def unit(self) -> Message:
        """The unit that the figure looks like."""
        return UNIT_WORDS[self.column][0 if self.factor > 1.0 else 1]


def checked(
    device: OwnDevice, table: MeasuredTable, read: Read | None = None, *, units_are_right: bool = False
) -> OwnDevice:
    """The device with the rows of a table, each with its network's amounts of work.

    `read(model, precision)` gives that of a model that is no sample (`amounts_of_file` reads a path).
    Raises InputError CALIBRATION_ROWS with every problem of every row, and where units alone are odd
    CALIBRATION_UNIT, unless `units_are_right`.
    """
    rows, problems = list[MeasuredNetwork](), list(table.problems)
    for row in table.rows:
        if not row.model:
            continue
        try:
            rows.append(_counted(row, read))
        except CodedError as error:
            problems.append(in_row(row.line, error.message))
    problems += [*contradictions(rows), *_foreign_amounts(rows)]
    known = replace(device, rows=without_repeats([row for row in rows if row.precision in PRECISIONS]))
    slips = [] if units_are_right else unit_slips(known)
    problems += [] if slips else _idle(device, rows)  # in another unit, powers are as far off as energies
    if problems:
        raise rows_error([*problems, *_slip_problems(slips), *_orders(known, slips)])
    if slips:
        raise _unit_error([*_slip_problems(slips), *_orders(known, slips)])
    return known


def _counted(row: MeasuredNetwork, read: Read | None) -> MeasuredNetwork:
    """The row with its network's amounts of work, under the network's usual name."""
    if row.amounts:
        return row
    # A row whose precision is wrong is asked in fp32, so that a wrong model in it is told as well.
    asked = row if row.precision in PRECISIONS else replace(row, precision=PRECISIONS[0])
    try:
        return with_amounts(row, amounts_of(asked, read))
    except CodedError:
        name = meant(row.model, asked.precision)
        if name is None or name == row.model:
            raise
        return with_amounts(replace(row, model=name), amounts_of(replace(asked, model=name), None))


def _foreign_amounts(rows: Sequence[MeasuredNetwork]) -> list[Problem]:
    """Rows whose amount_ columns are those of another network than the one they name."""
    problems = []
    for row in rows:
        known = network_amounts().get((row.model, row.precision, RUNTIME))
        if known is None or not row.amounts:
            continue
        own, true = (float(np.array(each)[_MACS].sum()) for each in (row.amounts, known.terms))
        if abs(math.log(max(own, 1e-9) / true)) > AMOUNTS_WITHIN:
            text = Message(
                "the amount_ columns are not those of {model}. Empty them, or name the network that they are "
                "of.",
                model=printable(row.model),
            )
            problems.append(in_row(row.line, text))
    return problems


def _idle(device: OwnDevice, rows: Sequence[MeasuredNetwork]) -> list[Problem]:
    """An idle power above what the device draws in every network."""
    powers = [row.energy_mj / row.latency_ms for row in rows if row.energy_mj and row.latency_ms]
    if not powers or not device.idle_power_w or device.idle_power_w <= IDLE_ABOVE * max(powers):
        return []
    text = Message(
        "The idle power is given as {idle:g} W, but no network draws more than {power:g} W (energy by "
        "latency). Check both; energies include idle.",
        idle=device.idle_power_w,
        power=max(powers),
    )
    return [Problem(0, text)]


def unit_slips(device: OwnDevice) -> list[UnitSlip]:
    """Energies and latencies that look like figures in another unit: in it, all of them would agree."""
    return [
        slip
        for precision in PRECISIONS
        for quantity, column in (("energy", "energy_mj"), ("latency", "latency_ms"))
        for slip in _slips(
            [row for row in device.of(precision) if getattr(row, column) is not None and row.amounts],
            known_prior(precision, quantity),
            column,
        )
    ]


def _slips(rows: Sequence[MeasuredNetwork], prior: Prior, column: str) -> list[UnitSlip]:
    if not rows:
        return []
    measured = measured_of(rows, prior.quantity)
    levels = measured.log_values - prior.asked_laws(measured.terms)
    own = prior.weights @ levels
    # Steps of 1,000 that bring every figure to the one in the middle, then all of them to the known systems.
    among = np.rint((np.sort(own)[len(own) // 2] - own) / UNIT_STEP)
    steps = min((among + whole for whole in (0.0, 1.0, -1.0)), key=lambda each: _doubt(levels, each))
    steps = np.clip(steps, -1.0, 1.0)
    agreed = float(np.median(own + UNIT_STEP * steps))
    every = len(rows) > 1 and bool(np.all(steps == steps[0]))
    # Where all are alike, how far they lie from the known systems is what is left to say.
    off = _off(levels)
    return [
        UnitSlip(row, column, 1000.0**step, math.exp(off if every else abs(level - agreed)), every)
        for row, step, level in zip(rows, steps.tolist(), own.tolist(), strict=True)
        if step
    ]


def _doubt(levels: Floats, steps: Floats) -> tuple[float, int]:
    """How far (ln) a reading is beyond the margin around the known systems; how many figures it changes."""
    return max(0.0, _off(levels + UNIT_STEP * steps) - UNIT_MARGIN), int(np.count_nonzero(steps))


def _off(levels: Floats) -> float:
    """How far (ln) the figures lie, on average, outside the range of the known systems; 0 inside."""
    over = levels.mean(axis=1)  # over each known system: inside their range, some above 0 and some below
    return max(0.0, float(over.min()), -float(over.max()))


def _slip_problems(slips: Sequence[UnitSlip]) -> list[Problem]:
    return [Problem(slip.row.line, _said(slip)) for slip in _told(slips)]


def _told(slips: Sequence[UnitSlip]) -> list[UnitSlip]:
    """Where all figures of a precision look alike, the first stands for them."""
    first = {(slip.row.precision, slip.column): slip for slip in reversed(slips) if slip.every}
    return [*first.values(), *(slip for slip in slips if not slip.every)]


def _said(slip: UnitSlip) -> Message:
    value = float(getattr(slip.row, slip.column))
    return Message(
        ALL_ODD if slip.every else ONE_ODD,
        number=slip.row.line,
        precision=slip.row.precision,
        model=printable(slip.row.model),
        value=value,
        sign="mJ" if slip.column == "energy_mj" else "ms",
        times=slip.times,
        way=Message("less than") if slip.factor > 1.0 else Message("more than"),
        unit=slip.unit,
        other=value * slip.factor,
    )


def _unit_error(problems: Sequence[Problem]) -> InputError:
    return InputError(
        "CALIBRATION_UNIT",
        "These figures look like another unit:\n{problems}\nGive energies in millijoules and latencies in "
        "milliseconds, or confirm them (on the command line: --units-are-right).",
        problems=listed(problems),
    )


def _orders(device: OwnDevice, slips: Sequence[UnitSlip]) -> list[Problem]:
    """Large networks below small ones, those in doubt for their unit left out."""
    odd = {slip.row.line for slip in slips}
    sound = replace(device, rows=tuple(row for row in device.rows if row.line not in odd))
    return [
        Problem(int(text.values.get("large_row", MOST_ROWS)), text)
        for precision in PRECISIONS
        for text in order_warnings(CalibratedPredictor(sound, precision))
    ]


def notes_of(device: OwnDevice, table: MeasuredTable) -> list[Message]:
    """Notes on an accepted table: columns that are not used, and mixed precisions."""
    notes = [] if (mixed := mixed_precisions(device)) is None else [mixed]
    if not any(row.energy_mj is not None for row in device.rows):
        notes.append(Message("No energy was given, so no energy can be estimated. Add the column energy_mj."))
    if table.unread:
        columns = printable(", ".join(table.unread), 200)
        notes.append(Message("Columns that are not used: {columns}.", columns=columns))
    return notes


def resolved(device: OwnDevice, read: Read | None = None) -> OwnDevice:
    """The device with the amounts of work of each of its networks. Raises InputError CALIBRATION_ROWS."""
    return checked(device, MeasuredTable(device.rows), read, units_are_right=True)


def counted_where_known(device: OwnDevice) -> OwnDevice:
    """The device with its networks' amounts of work; unknown networks stay as they are.

    A file that `measure` wrote holds networks as well that run and can't be counted.
    """
    rows = []
    for row in device.rows:
        try:
            rows.append(_counted(row, None))
        except CodedError:
            rows.append(row)
    return replace(device, rows=without_repeats(rows))
