"""What a score says: its value, and how much of the table it rests on."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ScoreNote:
    """A warning with a stable code, worded for the reader."""

    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Score:
    """One score of one device; higher is better.

    `name`: "PCS" (points, at most 100) or "IECS" (inferences per joule, summed). `value` is unrounded.
    `rows_used` rows had the figure the score needs, of `rows_possible`.
    """

    name: str
    value: float
    rows_used: int
    rows_possible: int
    notes: tuple[ScoreNote, ...] = ()

    @property
    def rounded(self) -> int:
        """The value as a whole number, as the source prints its scores."""
        return round(self.value)

    @property
    def coverage(self) -> float:
        """Share of the possible rows that were used, 0 to 1."""
        return self.rows_used / self.rows_possible
