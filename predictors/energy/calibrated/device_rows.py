"""The table of measured networks of one's own device: a row per network and precision, checked row by row.

It has `model` (a sample's or a board network's name, a path, or a name of one's own), `precision`,
`energy_mj`, and where known `latency_ms`, `energy_sd_mj` and more. The columns that begin with `amount_` hold
what the network amounts to (`predictors.energy.boards.features.TERMS`), so that a model of one's own is not
needed again to read the file.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from data.messages import Message
from predictors.energy.boards.features import TERMS
from predictors.energy.calibrated.table_cells import Line, positive, table_lines
from predictors.errors import InputError, printable

PRECISIONS: Final = ("fp32", "int8")
OTHER_PRECISIONS: Final[Mapping[str, str]] = {"float32": "fp32", "f32": "fp32", "float": "fp32", "i8": "int8"}
"""How runtimes spell the same."""
NUMBERS: Final = (
    "energy_mj", "latency_ms", "energy_sd_mj", "energy_above_idle_mj", "avg_power_w", "idle_power_w",
    "latency_p90_ms", "energy_above_idle_low_mj", "energy_above_idle_high_mj",
)  # fmt: skip
AMOUNTS: Final = tuple(f"amount_{term}" for term in TERMS)
COLUMNS: Final = ("model", "precision", *NUMBERS, "n", *AMOUNTS)
MOST_ROWS: Final = 2_000
"""More rows than anybody measures by hand; it keeps a wrong file from holding the program."""
MOST_SHOWN: Final = 20
"""Problems listed in one message; the rest is counted."""
SAME_WITHIN: Final = 0.02
"""Two values of one network within 2 % are one measurement taken twice; boards repeat within 1 to 3 %."""
FIGURES: Final = re.compile(r"(energy|latency)\b", re.IGNORECASE)
"""A heading that begins so holds figures of ours: left out in silence, a device would lack them."""
LOOSE: Final = 0.05
"""Figures of one row that bound each other may miss by 5 %: drift of the power is taken out of some only."""
POWER_WITHIN: Final = math.log(30.0)
"""Energy is mean power times mean time, and the latency a median, on a busy machine far below the mean.
Beyond a factor of 30 another unit is the likelier story."""


@dataclass(frozen=True, slots=True)
class MeasuredNetwork:
    """One measured network; None where a figure was not measured. `amounts` in the order of TERMS."""

    model: str
    precision: str
    energy_mj: float | None = None
    latency_ms: float | None = None
    energy_sd_mj: float | None = None
    energy_above_idle_mj: float | None = None
    avg_power_w: float | None = None
    idle_power_w: float | None = None
    latency_p90_ms: float | None = None
    energy_above_idle_low_mj: float | None = None
    energy_above_idle_high_mj: float | None = None
    n: int | None = None
    amounts: tuple[float, ...] = ()
    line: int = field(default=0, compare=False)
    """Where the row stands in what it was read from; 0 if it was not read."""


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with the row of this line; the text names it, and other rows that it contradicts."""

    line: int
    text: Message


@dataclass(frozen=True, slots=True)
class MeasuredTable:
    """The rows of a table as far as they can be read, what is wrong with them, and headings not read.

    Of a row with a problem, the figures without one are there: everything else of it can be checked, too.
    """

    rows: tuple[MeasuredNetwork, ...]
    problems: tuple[Problem, ...] = ()
    unread: tuple[str, ...] = ()


def read_table(csv_text: str, *, first_line: int = 1, latency_alone: bool = False) -> MeasuredTable:
    """Measured networks from a table whose heading is the line `first_line` of what people see.

    `latency_alone`: rows without an energy are taken, as `measure` writes them without a sensor.

    Raises InputError INPUT_COLUMNS, INPUT_EMPTY, INPUT_NOT_CSV, and CALIBRATION_ROWS for too many rows.
    """
    headings, lines = table_lines(csv_text, COLUMNS)
    _check_headings(headings)
    latency_alone = latency_alone or "energy_mj" not in headings
    rows, problems = list[MeasuredNetwork](), list[Problem]()
    for line in lines:
        if len(rows) >= MOST_ROWS:
            raise InputError(
                "CALIBRATION_ROWS",
                "The table has more than {limit:,} rows. Keep one row per network and precision.",
                limit=MOST_ROWS,
            )
        row, wrong = _row(line, latency_alone)
        number = line.number - 1 + first_line
        problems += [in_row(number, each) for each in wrong]
        rows.append(replace(row, line=number))
    if not rows:
        raise InputError("INPUT_EMPTY", "The table has no rows. Add a row per measured network.")
    unread = tuple(heading for heading in headings if heading and heading not in COLUMNS)
    return MeasuredTable(tuple(rows), tuple(problems), unread)


def sound_rows(table: MeasuredTable) -> tuple[MeasuredNetwork, ...]:
    """The rows, each network once. Raises InputError CALIBRATION_ROWS."""
    problems = [*table.problems, *contradictions(table.rows)]
    if problems:
        raise rows_error(problems)
    return without_repeats(table.rows)


def in_row(line: int, what: Message) -> Problem:
    """A problem of one row."""
    return Problem(line, Message("Row {number}: {problem}", number=line, problem=what))


def rows_error(problems: Sequence[Problem]) -> InputError:
    """The error that lists what is wrong, row by row."""
    return InputError(
        "CALIBRATION_ROWS",
        "The measurements can't be used as they are:\n{problems}\nMend these rows; the others are fine.",
        problems=listed(problems),
    )


def listed(problems: Sequence[Problem]) -> Message:
    """Problems by row, one a line: a message of messages, each told in the reader's words."""
    ordered = sorted(problems, key=lambda problem: problem.line)
    shown: dict[str, Message] = {f"p{at}": each.text for at, each in enumerate(ordered[:MOST_SHOWN])}
    if len(ordered) > MOST_SHOWN:
        shown["more"] = Message("and {count:,} more", count=len(ordered) - MOST_SHOWN)
    lines = "\n".join(f"- {{{name}}}" for name in shown)
    return Message(lines, **shown)


def _check_headings(headings: Sequence[str]) -> None:
    lacking = [column for column in ("model", "precision") if column not in headings]
    if lacking or not {"energy_mj", "latency_ms"} & set(headings):
        raise InputError(
            "INPUT_COLUMNS",
            "The table needs the columns model, precision and energy_mj (latency_ms and energy_sd_mj are "
            "welcome); it has {headings}. Name the columns so, with commas between.",
            headings=printable(", ".join(headings) or "none", 200),
        )
    of_no_unit = next((each for each in headings if each not in COLUMNS and FIGURES.match(each)), None)
    if of_no_unit is not None:
        raise InputError(
            "INPUT_COLUMNS",
            "The column {column} is none that is read: its unit is missing or unknown. Name it energy_mj or "
            "latency_ms (energy_j and latency_s are converted), or another way if it is neither.",
            column=printable(of_no_unit, 60),
        )


def _row(line: Line, latency_alone: bool) -> tuple[MeasuredNetwork, list[Message]]:
    """The row without the figures that are wrong, and what is wrong."""
    cells, problems = line.cells, list[Message]()
    model, given = cells.get("model", ""), cells.get("precision", "").lower()
    precision = OTHER_PRECISIONS.get(given, given)
    if line.problem is not None:  # which figure stands in which column can't be told
        return MeasuredNetwork(model, precision), [line.problem]
    numbers = {column: positive(cells, column, problems) for column in NUMBERS}
    if not model:
        problems.append(Message("model is empty. Name a sample, or give the path of a file."))
    if precision not in PRECISIONS:
        problems.append(Message("precision is {given!r}; it has to be fp32 or int8.", given=printable(given)))
    if not cells.get("energy_mj") and not (latency_alone and cells.get("latency_ms")):
        problems.append(_without_energy(cells))
    problems += _against_itself(numbers)
    count, amounts = _count(cells, problems), _amounts(cells, problems)
    known: dict[str, Any] = {name: numbers[name] for name in NUMBERS}
    return MeasuredNetwork(model, precision, n=count, amounts=amounts, **known), problems


def _without_energy(cells: Mapping[str, str]) -> Message:
    if cells.get("latency_ms"):
        return Message("there is a latency but no energy. Give both, or leave the row out.")
    return Message("energy_mj is empty. Give the energy of one inference in millijoules.")


def _against_itself(numbers: Mapping[str, float | None]) -> list[Message]:
    """Figures of one row that can't all be true: a part above the whole, power that is not energy by time."""
    problems = []
    for less, more in (
        ("energy_above_idle_mj", "energy_mj"),
        ("energy_above_idle_low_mj", "energy_above_idle_high_mj"),
        ("latency_ms", "latency_p90_ms"),
    ):
        one, two = numbers[less], numbers[more]
        if one is not None and two is not None and one > (1.0 + LOOSE) * two:
            problems.append(
                Message(
                    "{less} ({one:g}) is above {more} ({two:g}), which can't be. Check both.",
                    less=less, one=one, more=more, two=two,
                )
            )  # fmt: skip
    energy_mj, power_w, latency_ms = (numbers[name] for name in ("energy_mj", "avg_power_w", "latency_ms"))
    if (
        energy_mj
        and power_w
        and latency_ms
        and abs(math.log(energy_mj / (power_w * latency_ms))) > POWER_WITHIN
    ):
        problems.append(
            Message(
                "energy_mj is {energy:g}, but avg_power_w times latency_ms is {product:g}. Check all three.",
                energy=energy_mj,
                product=power_w * latency_ms,
            )
        )
    return problems


def _count(cells: Mapping[str, str], problems: list[Message]) -> int | None:
    count = positive(cells, "n", problems)
    if count is not None and not count.is_integer():
        problems.append(Message("n is {given:g}; inferences are counted in whole numbers.", given=count))
    return None if count is None else int(count)


def _amounts(cells: Mapping[str, str], problems: list[Message]) -> tuple[float, ...]:
    texts = [cells.get(column, "") for column in AMOUNTS]
    if not any(texts):
        return ()
    try:
        amounts = tuple(float(text) for text in texts)
    except ValueError:
        amounts = (math.nan,)
    if all(math.isfinite(amount) and 0.0 <= amount < 1e9 for amount in amounts) and any(amounts):
        return amounts
    problems.append(
        Message("the amount_ columns hold no numbers from 0 on. Empty them, or take the file as written.")
    )
    return ()


def contradictions(rows: Sequence[MeasuredNetwork]) -> list[Problem]:
    """The same network twice with different values."""
    first: dict[tuple[str, str], MeasuredNetwork] = {}
    problems = []
    for row in rows:
        known = first.setdefault((row.model, row.precision), row)
        for column in ("energy_mj", "latency_ms"):
            one, two = getattr(known, column), getattr(row, column)
            if one is not None and two is not None and abs(math.log(one / two)) > SAME_WITHIN:
                text = Message(
                    "Rows {first} and {second}: {model} ({precision}) stands twice, with {column} "
                    "{one:g} and {two:g}. Keep one.",
                    first=known.line,
                    second=row.line,
                    model=printable(row.model),
                    precision=row.precision,
                    column=column,
                    one=one,
                    two=two,
                )
                problems.append(Problem(row.line, text))
    return problems


def without_repeats(rows: Sequence[MeasuredNetwork]) -> tuple[MeasuredNetwork, ...]:
    """Each network and precision once, as it stands first."""
    return tuple({(row.model, row.precision): row for row in reversed(rows)}.values())[::-1]


def with_amounts(row: MeasuredNetwork, amounts: Sequence[float]) -> MeasuredNetwork:
    """The row with its network's amounts of work."""
    return replace(row, amounts=tuple(float(amount) for amount in amounts))
