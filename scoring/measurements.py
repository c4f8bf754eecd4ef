"""One measured row, and the checks every score shares."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from data.messages import Message
from scoring.errors import ScoringError
from scoring.grid import PUBLISHED_CELLS, normalise_delegate
from scoring.score import ScoreNote

LEAST, MOST = 1e-9, 1e9
"""Powers (W) and energies (J) outside these are slips of a unit, and their sums would not fit a number."""


@dataclass(frozen=True, slots=True)
class MeasuredRow:
    """One reference network on one delegate of one device.

    `avg_power_w`: mean power while it runs (W); `energy_per_inference_j`: energy of one inference (J); None
    where the source printed no figure. `delegate` may be spelled as printed or as our id.
    """

    dnn_id: str
    delegate: str
    avg_power_w: float | None
    energy_per_inference_j: float | None

    @property
    def cell(self) -> tuple[str, str]:
        """(network, delegate id), the same for every spelling. Raises ScoringError for a strange delegate."""
        return self.dnn_id.strip().upper(), normalise_delegate(self.delegate)

    @property
    def place(self) -> str:
        """The row in words, for messages."""
        return Message("{dnn_id} on {delegate}", dnn_id=self.dnn_id, delegate=self.delegate)


def check_rows(rows: Iterable[MeasuredRow]) -> tuple[MeasuredRow, ...]:
    """Return the rows unchanged if every one can be scored.

    Raises ScoringError: `UNKNOWN_DELEGATE`, `DUPLICATE_ROW`, `INVALID_POWER`, `INVALID_ENERGY`.
    """
    checked = tuple(rows)
    seen: set[tuple[str, str]] = set()
    for row in checked:
        if row.cell in seen:
            raise ScoringError(
                "DUPLICATE_ROW",
                "There are two rows for {place}. A score counts each network and delegate once: "
                "keep one of them, or average them first.",
                place=row.place,
            )
        seen.add(row.cell)
        _check_figure(row, "power", "W", row.avg_power_w)
        _check_figure(row, "energy", "J", row.energy_per_inference_j)
    return checked


def rows_possible(rows: Iterable[MeasuredRow]) -> int:
    """Count the rows a score could rest on: the 35 published cells and any further cell of these rows."""
    return len(PUBLISHED_CELLS | {row.cell for row in rows})


def outside_grid(rows: Iterable[MeasuredRow]) -> tuple[ScoreNote, ...]:
    """Say which rows are not among the published cells, since they make a score less comparable."""
    strangers = [row.place for row in rows if row.cell not in PUBLISHED_CELLS]
    if not strangers:
        return ()
    named = ", ".join(strangers[:3]) + (" and more" if len(strangers) > 3 else "")
    return (
        ScoreNote(
            "OUTSIDE_GRID",
            Message(
                "{strangers} of the rows are not in the published table ({named}). They are counted, "
                "so the score is not strictly comparable with those of the eight phones.",
                strangers=len(strangers),
                named=named,
            ),
        ),
    )


def _check_figure(row: MeasuredRow, quantity: str, unit: str, figure: float | None) -> None:
    if figure is None:
        return
    if not is_plausible(figure):
        raise ScoringError(
            f"INVALID_{quantity.upper()}",
            "The {quantity} of {place} is {figure:g} {unit}. It has to be a number above 0 {unit} "
            "({least:g} to {most:g}): correct it, or leave the cell empty if it was not measured.",
            quantity=quantity,
            place=row.place,
            figure=figure,
            unit=unit,
            least=LEAST,
            most=MOST,
        )


def is_plausible(figure: float) -> bool:
    """Whether a power (W) or an energy (J) lies between LEAST and MOST (a NaN does not)."""
    return LEAST <= figure <= MOST
