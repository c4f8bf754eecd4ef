"""A shelf in the address: the name of each model and its best figure, never a file."""

from __future__ import annotations

import math
import re
from typing import Final

import streamlit as st

from app.models.shelf import MOST_FILES
from app.ui.scopes import scope_rank
from predictors.errors import printable
from predictors.research.matrix import Cell, Within
from predictors.results.figures import Scope
from predictors.results.frames import rounded

KEY: Final = "shelf"
MARK: Final = "~"
PARTS: Final = (8, 9)
"""Of a model in the address: the last one, its scope, came later."""
LONGEST_NAME: Final = 40
_ID: Final = re.compile(r"[a-z0-9.-]{1,40}")


def keep_in_link(cells: list[Cell], limits: Within) -> None:
    """Write into the address, for each model, the least energy within the limits, or else on any device.

    Of several scopes it is the first of `RANKED`: energies of two are not compared.
    """
    best: dict[str, Cell] = {}
    ordered = sorted(cells, key=lambda each: (scope_rank(each.scope), each.energy_mj))
    for cell in sorted(ordered, key=lambda each: not limits.holds(each)):
        best.setdefault(cell.model, cell)
    told = [_told(best[model]) for model in dict.fromkeys(cell.model for cell in cells)]
    if st.query_params.get_all(KEY) != told:
        st.query_params[KEY] = told


def _told(cell: Cell) -> str:
    figures = (cell.energy_mj, cell.energy_mj_low, cell.energy_mj_high, cell.latency_ms)
    name = cell.model.replace(MARK, "-")[:LONGEST_NAME]
    return MARK.join(
        (
            *(name, cell.precision, cell.device_id, cell.delegate),
            *(f"{rounded(each):g}" for each in figures),
            cell.scope,
        )
    )


def figures_of_link() -> list[Cell]:
    """Return what the address says of a shelf; what makes no sense in it is left out."""
    found = (_read(text) for text in st.query_params.get_all(KEY)[:MOST_FILES])
    return [cell for cell in found if cell is not None]


def _read(text: str) -> Cell | None:
    parts = text.split(MARK)
    if len(parts) not in PARTS or not all(_ID.fullmatch(part) for part in parts[1:4]):
        return None
    scope = "".join(parts[8:])
    if scope not in {"", *(each.value for each in Scope)}:
        return None
    try:
        figures = [float(part) for part in parts[4:8]]
    except ValueError:
        return None
    if not all(math.isfinite(each) and each >= 0 for each in figures):
        return None
    energy_mj, low, high, latency_ms = figures
    name, precision, device_id, delegate = printable(parts[0], LONGEST_NAME), *parts[1:4]
    return Cell(
        name, device_id, delegate, precision, energy_mj, low, high, latency_ms, evidence="", scope=scope
    )
