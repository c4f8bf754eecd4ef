"""What can be wrong with a recording: errors that end the reading, and problems that are counted."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from data.errors import DataError
from data.messages import Message


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
        "too-many-samples",
        "the recording has more than {most:,} samples. Split it, lower its rate, or read it with the command "
        "line, which can raise its budget.",
        most=most,
    )


def too_much_text(most: int) -> TraceError:
    """The error of a compressed recording that unpacks to more than its budget."""
    return TraceError(
        "unpacks-too-large",
        "the file unpacks to more than {most_mb:,.0f} MB. Split it, or read it with the command line, which "
        "can raise its budget.",
        most_mb=most / 1e6,
    )


MESSAGES = {
    "wrong-field-count": Message("The line has more or fewer fields than the heading. It was left out."),
    "not-a-number": Message("A cell that should be a number is not one. The line was left out."),
    "missing-value": Message("Time or power is empty. The line was left out."),
    "truncated-last-line": Message("The last line ends in the middle. It was left out."),
    "repeated-heading": Message(
        "The heading comes again, so two recordings seem to be in one file. The line was left out; check "
        "that what follows continues the same recording."
    ),
    "second-recording": Message(
        "Another heading with other columns begins here: a second recording or device in the same file. "
        "Everything from here on was left out. Split the file to read it."
    ),
    "other-device": Message(
        "The line belongs to another device than the first one of the file. It was left out. Choose the "
        "other device to read its lines."
    ),
    "time-decreasing": Message("Time runs backwards. The line was left out."),
    "time-jump": Message("Time jumps far ahead and comes back on the next line. The line was left out."),
    "time-negative": Message("Time is negative. The line was kept: times count from the first sample."),
    "mixed-units": Message("Cells of one column carry different units. Each was converted by its own unit."),
    "counter-wrapped": Message("The energy counter ran over its end and began again. Its range was added."),
    "counter-reset": Message(
        "The energy counter fell back without reaching its end, so it was set to zero. What it counted just "
        "before is not known: energy is at least what is shown."
    ),
    "incomplete-round": Message(
        "Some of the devices or rails that are added up have no row at this stamp. The rows of that stamp "
        "were "
        "left out."
    ),
    "midnight": Message("The time of day passes midnight. Time goes on from there."),
    "clock-back": Message("The clock goes back by an hour, as in autumn. Time goes on from there."),
    "clock-forward": Message(
        "The clock goes forward by an hour in the night of a Sunday, as in spring. The hour that did not "
        "pass was taken out."
    ),
    "stamp-wrapped": Message("The counter of the stamps ran over its end (2^32). Time goes on from there."),
    "second-run": Message(
        "Time begins anew here: a second run in the same file. Everything from here on was left out. Split "
        "the "
        "file to read it."
    ),
    "log-unit": Message(
        "The stamps of the log are the time since 1970 in a smaller unit than its heading says. They were "
        "read "
        "in the unit that fits."
    ),
    "overflow": Message(
        "The meter was beyond its range here (it writes 9.9E37 then). The sample was left out."
    ),
    "absurd-sample": Message(
        "A single sample is more than a thousand times its neighbours, or as much below zero: no device does "
        "that. It was left out."
    ),
    "negative-power": Message(
        "Power is negative. The sample was kept; check the direction of the current clamp."
    ),
    "not-text": Message("The line holds bytes that are not text. It was left out."),
    "long-line": Message("The line is longer than any recording's. It was left out."),
    "truncated-file": Message("The compressed file ends in the middle. What comes before was read."),
    "no-power": Message("The line has a time but no power rail. It was left out."),
}
"""Problems that leave the rest of the file readable, by code."""

KEPT = frozenset({"time-negative", "mixed-units", "negative-power", "truncated-file"}) | frozenset(
    {"counter-wrapped", "counter-reset", "midnight", "clock-back", "clock-forward"}
    | {"stamp-wrapped", "log-unit"}
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
