"""A number that knows its unit, how it was obtained, between what bounds it lies, and where it is from."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Quantity:
    """One figure on its way to screen, command line or file.

    `unit` is one of the dictionary's units. `evidence` is measured, predicted, transferred, approximated or
    unsupported. `low`..`high` holds the true value with probability `level`; all three are None where no
    interval is known. `source_ids` are keys of the `sources` table. Raises ValueError when the interval is
    incomplete, turned round, or does not hold the value.
    """

    value: float
    unit: str
    evidence: str
    low: float | None = None
    high: float | None = None
    level: float | None = None
    source_ids: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Check that the interval is whole and holds the value."""
        if not self.unit:
            raise ValueError("A quantity needs a unit.")
        given = [each is not None for each in (self.low, self.high, self.level)]
        if any(given) and not all(given):
            raise ValueError("An interval needs low, high and level together.")
        if self.low is not None and self.high is not None and not self.low <= self.value <= self.high:
            raise ValueError(f"The interval {self.low}..{self.high} does not hold {self.value} {self.unit}.")

    def scaled(self, factor: float, unit: str) -> Quantity:
        """The same quantity in another unit: value and bounds times `factor` (which must be positive)."""
        if factor <= 0:
            raise ValueError("A unit factor is positive.")
        low = None if self.low is None else self.low * factor
        high = None if self.high is None else self.high * factor
        return Quantity(self.value * factor, unit, self.evidence, low, high, self.level, self.source_ids)
