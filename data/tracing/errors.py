"""What can be wrong with a recording: errors that end the reading, and problems that are counted."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from data.errors import DataError
from data.messages import Message

CODES: dict[str, str] = {
    "APPARENT_POWER": "volts times amperes may be apparent power",
    "BATTERY_CHARGES": "what is left in a battery rises, so no consumption is known",
    "BROKEN_FILE": "the file is damaged",
    "CLOCKS_CONTRADICT": "two clocks of the file contradict each other",
    "CLOCK_HOURS_OR_MINUTES": "a time of day may be hours and minutes or minutes and seconds",
    "COLUMNS_DO_NOT_FIT": "the chosen columns are not those of the file",
    "EMPTY": "the file has no content",
    "ENERGY_FALLS": "an energy that falls may be what is left in a battery",
    "ENERGY_RISES": "the energy of a battery may be what it is charged with",
    "INFERENCES_COLUMNS": "the log of inferences lacks a column",
    "INFERENCES_EMPTY": "the log of inferences has no rows",
    "INFERENCES_NOT_TEXT": "the log of inferences is not text",
    "NOT_A_TRACE": "the file is no recording that is known",
    "NOT_A_NUMBER": "a column that is named rightly has cells that are no numbers",
    "NOT_FOUND": "the file cannot be opened",
    "NO_POWER_COLUMN": "no column holds power, or current and voltage",
    "NO_SAMPLES": "no line holds a time and a power",
    "NO_SUCH_DOUBT": "the file leaves no choice of that name",
    "NO_TIME_COLUMN": "no column holds the time",
    "POWER_CONTRADICTS_ENERGY": "power and energy of the file contradict each other",
    "POWER_CONTRADICTS_U_I": "power is not voltage times current",
    "POWER_IMPLAUSIBLE": "no device of this kind draws that power",
    "PROFILE_EMPTY": "the profile of layers has no rows",
    "PROFILE_UNKNOWN": "the profile of layers is of a kind that is not read",
    "PROFILE_WITHOUT_LOG": "a profile that says only means needs a log of inferences",
    "RAILS_OVERLAP": "one chosen rail is part of another one",
    "RANGE_OUTSIDE": "the chosen range lies outside of the recording",
    "RANGE_TURNED": "the chosen range ends before it begins",
    "RATE_IMPLAUSIBLE": "no meter samples at that rate",
    "RECIPE_COLUMN": "a recipe names a column that the file lacks",
    "RECIPE_INCOMPLETE": "a recipe lacks a part",
    "RECIPE_KEY": "a recipe has a part that does not exist",
    "RECIPE_NO_TABLE": "a log without columns has no recipe",
    "RECIPE_UNREADABLE": "the recipe cannot be read",
    "RECIPE_UNWRITTEN": "the recipe cannot be written",
    "ROWS_IN_GROUPS": "rows come in groups that have one stamp",
    "RUNS_NOT_SAMPLES": "the rows are runs and not samples",
    "SIGN_TURNED": "the power is negative, so its sign may be turned",
    "TIME_STANDS_STILL": "all stamps are the same",
    "TIME_UNIT_CONTRADICTED": "the stamps contradict the unit in their heading",
    "TIME_UNIT_GUESSED": "the heading names no unit of time",
    "TOO_LARGE_BACKWARDS": "a file that runs backwards is larger than its budget",
    "TOO_MANY_COLUMNS": "the recording has more columns than its budget",
    "TOO_MANY_INFERENCES": "the log has more lines than its budget",
    "TOO_MANY_SAMPLES": "the recording has more samples than its budget",
    "TOO_MUCH_JSON": "the recording holds more JSON than its budget",
    "UNKNOWN_RAIL": "a rail that the file lacks",
    "UNKNOWN_UNIT": "a unit that is not known",
    "UNPACKS_TOO_LARGE": "a compressed recording unpacks to more than its budget",
    "VOLTAGE_IMPLAUSIBLE": "no supply has that voltage",
}
"""Every code of recordings that ends the reading or leaves a doubt, with what it means in a few words."""


class TraceError(DataError):
    """A file cannot be read as a recording. `line` is the first line concerned, where there is one."""

    def __init__(self, code: str, template: str, /, *, line: int | None = None, **values: Any) -> None:
        super().__init__(code, template, **values)
        if line is not None:
            self.message = Message("Line {line:,}: {problem}", line=line, problem=self.message)
        self.line = line

    def __reduce__(self) -> tuple[Any, ...]:
        # The line is already part of the message.
        return type(self), (self.code, self.message), {"line": self.line}


def too_many_samples(most: int) -> TraceError:
    """The error of a recording with more samples than its budget."""
    return TraceError(
        "TOO_MANY_SAMPLES",
        "the recording has more than {most:,} samples. Split it, lower its rate, or read it with the command "
        "line, which can raise its budget.",
        most=most,
    )


def too_much_text(most: int) -> TraceError:
    """The error of a compressed recording that unpacks to more than its budget."""
    return TraceError(
        "UNPACKS_TOO_LARGE",
        "the file unpacks to more than {most_mb:,.0f} MB. Split it, or read it with the command line, which "
        "can raise its budget.",
        most_mb=most / 1e6,
    )


MESSAGES = {
    "WRONG_FIELD_COUNT": Message("The line has more or fewer fields than the heading. It was left out."),
    "NOT_A_NUMBER": Message("A cell that should be a number is not one. The line was left out."),
    "MISSING_VALUE": Message("Time or power is empty. The line was left out."),
    "TRUNCATED_LAST_LINE": Message("The last line ends in the middle. It was left out."),
    "REPEATED_HEADING": Message(
        "The heading comes again, so two recordings seem to be in one file. The line was left out; check "
        "that what follows continues the same recording."
    ),
    "SECOND_RECORDING": Message(
        "Another heading with other columns begins here: a second recording or device in the same file. "
        "Everything from here on was left out. Split the file to read it."
    ),
    "OTHER_DEVICE": Message(
        "The line belongs to another device than the first one of the file. It was left out. Choose the "
        "other device to read its lines."
    ),
    "TIME_DECREASING": Message("Time runs backwards. The line was left out."),
    "TIME_JUMP": Message("Time jumps far ahead and comes back on the next line. The line was left out."),
    "TIME_NEGATIVE": Message("Time is negative. The line was kept: times count from the first sample."),
    "MIXED_UNITS": Message("Cells of one column carry different units. Each was converted by its own unit."),
    "COUNTER_WRAPPED": Message("The energy counter ran over its end and began again. Its range was added."),
    "COUNTER_RESET": Message(
        "The energy counter fell back without reaching its end, so it was set to zero. What it counted just "
        "before is not known: energy is at least what is shown."
    ),
    "BATTERY_ROSE": Message(
        "What is left in the battery rises here: it was charged, or its gauge corrected itself. The rise was "
        "taken off the energy."
    ),
    "INCOMPLETE_ROUND": Message(
        "Some of the devices or rails that are added up have no row at this stamp. The rows of that stamp "
        "were left out."
    ),
    "MIDNIGHT": Message("The time of day passes midnight. Time goes on from there."),
    "CLOCK_BACK": Message("The clock goes back by an hour, as in autumn. Time goes on from there."),
    "CLOCK_FORWARD": Message(
        "The clock goes forward by an hour in the night of a Sunday, as in spring. The hour that did not "
        "pass was taken out."
    ),
    "STAMP_WRAPPED": Message("The counter of the stamps ran over its end (2^32). Time goes on from there."),
    "SECOND_RUN": Message(
        "Time begins anew here: a second run in the same file. Everything from here on was left out. Split "
        "the file to read it."
    ),
    "LOG_UNIT": Message(
        "The stamps of the log are the time since 1970 in a smaller unit than its heading says. They were "
        "read in the unit that fits."
    ),
    "LOG_UNIT_GUESSED": Message(
        "No heading of the log names a unit of time. It is taken from the size of the numbers: check the "
        "length of an inference, or write it into the headings (start_ms)."
    ),
    "LOG_STAMP": Message(
        "The log says when an inference was stamped and how long it took. The stamp is taken as its begin: "
        "name the column start or end to settle it."
    ),
    "OVERFLOW": Message(
        "The meter was beyond its range here (it writes 9.9E37 then). The sample was left out."
    ),
    "ABSURD_SAMPLE": Message(
        "A single sample is more than a thousand times its neighbours, or as much below zero: no device does "
        "that. It was left out."
    ),
    "NEGATIVE_POWER": Message(
        "Power is negative. The sample was kept; check the direction of the current clamp."
    ),
    "NOT_TEXT": Message("The line holds bytes that are not text. It was left out."),
    "LONG_LINE": Message("The line is longer than any recording's. It was left out."),
    "TRUNCATED_FILE": Message("The compressed file ends in the middle. What comes before was read."),
    "NO_POWER": Message("The line has a time but no power rail. It was left out."),
}
"""Problems that leave the rest of the file readable, by code."""

KEPT = frozenset({"TIME_NEGATIVE", "MIXED_UNITS", "NEGATIVE_POWER", "TRUNCATED_FILE"}) | frozenset(
    {"COUNTER_WRAPPED", "COUNTER_RESET", "BATTERY_ROSE", "MIDNIGHT", "CLOCK_BACK", "CLOCK_FORWARD"}
    | {"STAMP_WRAPPED", "LOG_UNIT", "LOG_UNIT_GUESSED", "LOG_STAMP"}
)
"""Problems of lines that are used all the same."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One kind of problem: stable `code`, what it means, first `line` (1 is the first) and how many lines."""

    code: str
    message: str
    line: int
    count: int

    @property
    def text(self) -> Message:
        """The problem in one sentence with its place."""
        if self.count == 1:
            return Message(
                "Line {line:,}: {message} [{code}]", line=self.line, message=self.message, code=self.code
            )
        return Message(
            "Line {line:,}, {count:,} lines in all: {message} [{code}]",
            line=self.line,
            count=self.count,
            message=self.message,
            code=self.code,
        )


@dataclass(slots=True)
class Problems:
    """Counts problems by code while a file is read."""

    found: dict[str, Problem] = field(default_factory=dict)

    def add(self, code: str, line: int, count: int = 1) -> None:
        """Count `count` lines with problem `code`, the first of them `line`."""
        if count <= 0:
            return
        known = self.found.get(code)
        if known is None:
            self.found[code] = Problem(code, MESSAGES[code], line, count)
        else:
            self.found[code] = replace(known, line=min(known.line, line), count=known.count + count)

    def listed(self) -> tuple[Problem, ...]:
        """All problems, in the order of their first line."""
        return tuple(sorted(self.found.values(), key=lambda each: each.line))

    @property
    def skipped(self) -> int:
        """How many lines were left out."""
        return sum(each.count for each in self.found.values() if each.code not in KEPT)
