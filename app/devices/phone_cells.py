"""The grid of one phone: every cell of the published table, measured or not, with what is odd about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import pandas as pd

from app.i18n.formats import energy, listing, number, power
from app.i18n.messages import tell
from app.i18n.texts import mark, t, tn, verbatim
from scoring import DELEGATES, PUBLISHED_CELLS

DELEGATE_NAMES: Final[dict[str, str]] = {
    "cpu": mark("CPU (1 thread)"),
    "cpu4": mark("CPU (4 threads)"),
    "gpu": verbatim("GPU"),
    "nnapi": verbatim("NNAPI"),
}
"""Delegate id -> name on screen, in English; see `delegate_name`."""


def delegate_name(delegate: str) -> str:
    """Return the name of a delegate in the reader's language."""
    return t(DELEGATE_NAMES[delegate]) if delegate in DELEGATE_NAMES else delegate


@dataclass(frozen=True, slots=True)
class Oddity:
    """What is known to be odd about a figure: the column it stands in ("" for the row) and why."""

    column: str
    reason: str


MISSING: Final = mark("printed without a figure")
NO_CELL: Final = mark("not in the source's table")


def device_cells(
    measurements: pd.DataFrame, dnns: pd.DataFrame, oddities: Mapping[str, Oddity]
) -> pd.DataFrame:
    """Return the full grid of one phone, 12 networks by 4 delegates, in the order of `dnns` and DELEGATES.

    `measurements`: rows of one device (dnn_id, delegate, avg_power_w, energy_mj, correction_ids). `dnns`:
    dnn_id, application, model, precision, input_pixels. `oddities`: by correction id.

    Columns: dnn_id, application, model, precision, network (label), delegate, delegate_name, avg_power_w (W),
    energy_mj (mJ; both NaN where not measured), odd_columns (names of the figures that are known to be odd),
    note (words, "" if there is nothing to say).
    """
    grid = dnns.drop(columns="source_id", errors="ignore").merge(
        pd.DataFrame({"delegate": list(DELEGATES)}), how="cross"
    )
    figures = measurements[["dnn_id", "delegate", "avg_power_w", "energy_mj", "correction_ids"]]
    cells = grid.drop(columns="correction_ids", errors="ignore").merge(
        figures, on=["dnn_id", "delegate"], how="left"
    )
    cells["network"] = [network_label(dnn) for dnn in cells.to_dict("records")]
    cells["delegate_name"] = cells["delegate"].map(delegate_name)
    found = [oddities_of(ids, oddities) for ids in cells["correction_ids"]]
    cells["odd_columns"] = [frozenset(oddity.column for oddity in of_cell) for of_cell in found]
    cells["note"] = [
        " ".join(t(oddity.reason) for oddity in of_cell)
        or _absence((cell.dnn_id, cell.delegate), cell.energy_mj)
        for of_cell, cell in zip(found, cells.itertuples(), strict=True)
    ]
    return cells.drop(columns="correction_ids")


def oddities_by_id(corrections: pd.DataFrame) -> dict[str, Oddity]:
    """Return what is odd by correction id (columns correction_id, column_name, reason)."""
    return {
        str(row["correction_id"]): Oddity(
            "" if pd.isna(row["column_name"]) else str(row["column_name"]), str(row["reason"])
        )
        for row in corrections.to_dict("records")
    }


def oddities_of(correction_ids: object, oddities: Mapping[str, Oddity]) -> list[Oddity]:
    """Return the oddities a row names in its `correction_ids` (separated by commas, may be empty)."""
    ids = correction_ids.split(",") if isinstance(correction_ids, str) else []
    return [oddities[name.strip()] for name in ids if name.strip()]


def network_label(dnn: Mapping[str, object]) -> str:
    """Return a reference network as three short lines: application, model, then input side and precision."""
    variant = network_name(dnn).removeprefix(str(dnn["model"])).strip()
    return f"{capital(tell(str(dnn['application'])))}<br>{dnn['model']}<br>{variant}"


def capital(words: str) -> str:
    """Return words with a capital at their beginning."""
    return words[:1].upper() + words[1:]


def network_name(dnn: Mapping[str, object]) -> str:
    """Return model, input side (pixels; all inputs are square) and precision: "MobileNetV2 300 fp32"."""
    size = dnn["input_pixels"]
    side = "" if pd.isna(size) else f" {str(size).partition('x')[0]}"
    return f"{dnn['model']}{side} {dnn['precision']}"


def cells_sentence(cells: pd.DataFrame, quantity: str) -> str:
    """Return what the grid shows, in one computed sentence. `quantity` is "energy" or "power"."""
    column, written = ("energy_mj", energy) if quantity == "energy" else ("avg_power_w", power)
    measured = cells.dropna(subset=[column])
    if measured.empty:
        return t("No cell of this phone was measured.")
    least, most = measured.loc[measured[column].idxmin()], measured.loc[measured[column].idxmax()]
    ends = {
        "least": _cell_name(least),
        "low": written(least[column]),
        "most": _cell_name(most),
        "high": written(most[column]),
        "factor": number(most[column] / least[column]),
    }
    if quantity == "energy":
        span = t(
            "{least} takes the least energy with {low}, {most} the most with {high}, {factor} times as much.",
            **ends,
        )
    else:
        span = t(
            "{least} takes the least power with {low}, {most} the most with {high}, {factor} times as much.",
            **ends,
        )
    amount = t(
        "{measured} of {possible} cells were measured.", measured=len(measured), possible=len(PUBLISHED_CELLS)
    )
    return f"{span} {_best_delegates(measured, column)} {amount}"


def _best_delegates(measured: pd.DataFrame, column: str) -> str:
    winners = measured.loc[measured.groupby("dnn_id")[column].idxmin(), "delegate_name"].value_counts()
    named = [t("{delegate} for {times}", delegate=name, times=times) for name, times in winners.items()]
    return tn(
        "The delegate that takes least is {delegates} of the {n} network.",
        "The delegate that takes least is {delegates} of the {n} networks.",
        measured["dnn_id"].nunique(),
        delegates=listing(named),
    )


def _cell_name(cell: pd.Series) -> str:
    return t("{network} on {delegate}", network=network_name(cell.to_dict()), delegate=cell["delegate_name"])


def _absence(place: tuple[str, str], energy_mj: float) -> str:
    if not pd.isna(energy_mj):
        return ""
    return t(MISSING) if place in PUBLISHED_CELLS else t(NO_CELL)
