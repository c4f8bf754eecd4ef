"""What a cell of NAS-Bench-201 takes on one core of Raspberry Pi 5: by its text, its operators or a file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from statistics import median

from predictors.energy.cells.law import CellLaw, cell_laws
from predictors.energy.cells.operations import EDGES, Cell, Operations, arrangements, cell_of, operations
from predictors.errors import InputError, printable
from predictors.results.figures import Spread


@dataclass(frozen=True, slots=True)
class CellAnswer:
    """Energy (mJ) of one inference with its 80 % range, and the law that says so.

    `cells`: how many cells it stands for, whose energies the range holds, too; 0 for a file, of which what it
    runs is known and not the cell. `measured_mj` of this very cell, None where it was not measured or where
    the answer is of several.
    """

    energy_mj: Spread
    law: CellLaw
    cells: int
    measured_mj: float | None = None


def answer_text(text: str, software: str) -> CellAnswer:
    """Energy of the network around the cell of a text, in one runtime.

    Raises InputError CELL_TEXT, CELL_NOT_MEASURED (no such cells in this bundle), CELL_RUNTIME, CELL_RANGE.
    """
    return _answer((cell_of(text),), software)


def answer_counts(counts: Mapping[str, int], software: str) -> CellAnswer:
    """The same for every cell with these numbers of operators (`COUNTS`): where they stand matters, too.

    Raises InputError CELL_COUNTS, CELL_NOT_MEASURED, CELL_RUNTIME, CELL_RANGE.
    """
    total = sum(counts.values())
    if any(each < 0 for each in counts.values()) or total > len(EDGES):
        raise InputError(
            "CELL_COUNTS",
            "A cell has {edges} edges, each with one operator or none; {total} were given. Give from 0 to "
            "{edges} in all.",
            edges=len(EDGES),
            total=total,
        )
    return _answer(arrangements(counts), software)


def answer_operations(worked_out: Operations, software: str) -> CellAnswer:
    """The same for what a file runs in each of its cells.

    Raises InputError CELL_NOT_MEASURED, CELL_RUNTIME, CELL_RANGE.
    """
    law = law_of(software)
    value = _checked(law, worked_out)
    return CellAnswer(Spread(value, value / law.factor, value * law.factor), law, 0)


def law_of(software: str) -> CellLaw:
    """The law of a runtime. Raises InputError CELL_NOT_MEASURED, CELL_RUNTIME."""
    laws = {law.software: law for law in cell_laws()}
    if not laws:
        raise InputError(
            "CELL_NOT_MEASURED",
            "This bundle holds no cells: their source states no licence. Use the whole bundle.",
        )
    if software not in laws:
        raise InputError(
            "CELL_RUNTIME",
            "{asked} was not measured; measured were {known}. Choose one of them.",
            asked=printable(software),
            known=", ".join(laws),
        )
    return laws[software]


def _answer(cells: tuple[Cell, ...], software: str) -> CellAnswer:
    law = law_of(software)
    values = [_checked(law, operations(each, only_needed=law.only_needed)) for each in cells]
    spread = Spread(median(values), min(values) / law.factor, max(values) * law.factor)
    return CellAnswer(spread, law, len(cells), law.measured.get(cells[0]) if len(cells) == 1 else None)


def _checked(law: CellLaw, worked_out: Operations) -> float:
    for name, each, most in zip(law.operator_mj, worked_out, law.most, strict=True):
        if each > most:
            raise InputError(
                "CELL_RANGE",
                "No measured cell has {asked} of {name}; the most are {most}. Ask for fewer.",
                asked=each,
                name=name,
                most=most,
            )
    return law.energy_mj(worked_out)
