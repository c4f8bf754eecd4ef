"""What is wrong with a contributed file, cell by cell: where, what, why, and what to do."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

ERROR: Final = "error"
WARNING: Final = "warning"

MOST_KEPT: Final = 1000
"""Findings kept with their words; more are only counted."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to mend or to know.

    `row` is the line in the file as a spreadsheet counts it (the column names are in row 1), or kernel type
    and id in a JSON file; "" means the whole file. An `error` keeps the file out, a `warning` does not.
    """

    code: str
    message: str
    row: str = ""
    column: str = ""
    value: str = ""
    severity: str = ERROR
    file: str = ""


@dataclass(slots=True)
class Findings:
    """Findings in the order they were made; all are counted, the first `MOST_KEPT` are kept."""

    kept: list[Finding] = field(default_factory=list)
    errors: int = 0
    warnings: int = 0

    def add(self, finding: Finding) -> None:
        """Count one finding, and keep it while there is room."""
        if finding.severity == ERROR:
            self.errors += 1
        else:
            self.warnings += 1
        if len(self.kept) < MOST_KEPT:
            self.kept.append(finding)

    def __iter__(self) -> Iterator[Finding]:
        """The findings that were kept."""
        return iter(self.kept)

    @property
    def left_out(self) -> int:
        """How many were counted only."""
        return self.errors + self.warnings - len(self.kept)


def shortened(text: str, longest: int = 60) -> str:
    """Return a value as it is quoted in a message: without line breaks, cut to a readable length."""
    clean = "".join(sign if sign.isprintable() else "\N{REPLACEMENT CHARACTER}" for sign in text)
    return clean if len(clean) <= longest else clean[: longest - 1] + "…"
