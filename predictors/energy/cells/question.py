"""What a cell of NAS-Bench-201 takes on one core of Raspberry Pi 5: asked by its text or by its operators."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from predictors.energy.cells.law import COUNTS, CellLaw, cell_laws
from predictors.errors import InputError, printable
from predictors.results.figures import Spread

EDGES: Final = 6
"""Edges of a cell; each holds one operator or none."""
OPERATORS: Final = {
    "nor_conv_3x3": "conv3x3",
    "nor_conv_1x1": "conv1x1",
    "avg_pool_3x3": "avgpool3x3",
    "skip_connect": "skips",
    "none": "",
}
"""Names in the text of a cell (NAS-Bench-201) -> columns; an empty edge costs nothing."""


_TEXT: Final = re.compile(r"\|?N~0\|\+\|N~0\|N~1\|\+\|N~0\|N~1\|N~2\|?".replace("N", "[a-z0-9_]+"))
"""A cell as the benchmark prints it: node 1, 2 and 3, each with one edge from every node before it."""


@dataclass(frozen=True, slots=True)
class CellAnswer:
    """Energy (mJ) of one inference with its 80 % range, and the law that says so."""

    counts: Mapping[str, int]
    energy_mj: Spread
    law: CellLaw


def counts_of_cell(text: str) -> dict[str, int]:
    """How often each operator stands in a cell like `|nor_conv_3x3~0|+|none~0|skip_connect~1|+|...|`.

    Raises InputError CELL_TEXT.
    """
    names = re.findall(r"([a-z0-9_]+)~\d", text) if _TEXT.fullmatch(text.strip()) else []
    if not set(names) <= set(OPERATORS) or not names:
        raise InputError(
            "CELL_TEXT",
            "{text} is no cell of NAS-Bench-201: a cell has {edges} edges, each with one of {known}. Give "
            "the text as the benchmark prints it, or the numbers of its operators.",
            text=printable(text, 120),
            edges=EDGES,
            known=", ".join(OPERATORS),
        )
    return {column: sum(OPERATORS[name] == column for name in names) for column in COUNTS}


def estimate_cell(counts: Mapping[str, int], software: str) -> CellAnswer:
    """Energy of the network around a cell with these operators, in one runtime.

    Raises InputError CELL_NOT_MEASURED (no such cells in this bundle), CELL_RUNTIME, CELL_COUNTS.
    """
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
    law = laws[software]
    _check(counts, law)
    value, factor = law.energy_mj(counts), law.factor
    return CellAnswer(dict(counts), Spread(value, value / factor, value * factor), law)


def _check(counts: Mapping[str, int], law: CellLaw) -> None:
    total = sum(counts.values())
    if any(each < 0 for each in counts.values()) or total > EDGES:
        raise InputError(
            "CELL_COUNTS",
            "A cell has {edges} edges, each with one operator or none; {total} were given. Give from 0 to "
            "{edges} in all.",
            edges=EDGES,
            total=total,
        )
    for name, each in counts.items():
        if each > law.most[name]:
            raise InputError(
                "CELL_COUNTS",
                "No measured cell has {asked} of {name}; the most are {most}. Ask for fewer.",
                asked=each,
                name=name,
                most=law.most[name],
            )
