"""Models of the reader's own in the address: the name of each and its best figure, never a file."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import Final

import pandas as pd
import streamlit as st

from app.compare.tables import show_table
from app.i18n.formats import energy, energy_range, latency, literal
from app.i18n.texts import t
from app.models.shelf import MOST_FILES
from app.models.targets import target_label
from app.ui.scopes import scope_rank, scope_words
from app.ui.shared import carry
from predictors.errors import printable
from predictors.research.matrix import Cell, Within
from predictors.results.figures import Scope
from predictors.results.frames import rounded

KEY: Final = "shelf"
CARRIED: Final = "figures_of"
"""Parameter of a copied link to a comparison that holds models of the reader's own."""
BETWEEN: Final = "|"
MARK: Final = "~"
PARTS: Final = (8, 9)
"""Number of parts per model in the address. Links made before the scope was added have eight."""
LONGEST_NAME: Final = 40  # characters; twenty names fit into an address
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
    if not low <= energy_mj <= high:
        return None
    name, precision, device_id, delegate = printable(parts[0], LONGEST_NAME), *parts[1:4]
    return Cell(
        name, device_id, delegate, precision, energy_mj, low, high, latency_ms, evidence="", scope=scope
    )


def carry_cells(cells: Sequence[Cell]) -> None:
    """Let the copied link carry these figures: the models of the reader's own among them are in no link."""
    carry({CARRIED: BETWEEN.join(_told(cell).replace(BETWEEN, "-") for cell in cells[:MOST_FILES])})


def show_carried_cells() -> None:
    """Show the figures of a comparison that the address carries, if it carries some."""
    texts = str(st.query_params.get(CARRIED, "")).split(BETWEEN)[:MOST_FILES]
    # All parts: otherwise a link that was cut within its last number would be read with a wrong number.
    whole = (text for text in texts if len(text.split(MARK)) == PARTS[-1])
    cells = [cell for cell in map(_read, whole) if cell is not None]
    if not cells:
        return
    st.info(
        t(
            "These figures came with the link; nobody checked them. The models themselves stayed where they "
            "were."
        ),
        icon=":material/link:",
    )
    show_cells(cells)


def scope_of_cell(cell: Cell) -> str:
    """Return what the energy of a cell is of, in words."""
    return scope_words(Scope(cell.scope)) if cell.scope else t("not stated")


def show_cells(rows: Sequence[Cell]) -> None:
    """Show what an address says of models as a table."""
    table = pd.DataFrame(
        [
            {
                t("Model"): literal(cell.model),
                t("Precision"): cell.precision,
                t("Device with the least energy"): literal(target_label(cell.device_id, cell.delegate)),
                t("Energy"): energy(cell.energy_mj),
                t("Energy, 8 in 10 times"): energy_range(cell.energy_mj_low, cell.energy_mj_high),
                t("Energy of"): scope_of_cell(cell),
                t("Latency"): latency(cell.latency_ms),
            }
            for cell in rows
        ]
    )
    show_table(table, t("Names and figures of the link"))
