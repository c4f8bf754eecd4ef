"""A device that somebody measured: its table, its scores, its rank among the phones, its contribution."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import pandas as pd

from app.i18n.messages import tell
from app.i18n.texts import t
from app.label.facts import ScoreFacts
from app.label.gather import phones
from app.ui.target_names import network_name
from data.contribution.schema import schema
from data.errors import JouleLensError
from data.inert_csv import csv_text
from data.plain_ids import hyphened
from scoring import DELEGATES, PUBLISHED_CELLS, MeasuredRow, Score, iecs, pcs
from scoring.candidates import SCORE_NAMES, Candidate, ScoreName, filled_cells, on_cells
from scoring.ranking import Standing, standings
from scoring.table import COLUMNS

OWN_ID: Final = "your-device"
POWER, ENERGY = "avg_power_w", "energy_mj"
TABLE_COLUMNS: Final = ("dnn_id", "network", "delegate", POWER, ENERGY)


@dataclass(frozen=True, slots=True)
class OwnScore:
    """One score of somebody's own device, or why there is none; `facts` are what its label states."""

    name: ScoreName
    score: Score | None
    facts: ScoreFacts | None
    failure: tuple[str, str] | None = None


def blank_table(dnns: pd.DataFrame) -> pd.DataFrame:
    """Return the published cells to fill in, in the order of the networks.

    Columns: dnn_id, network (label), delegate (as printed: CPU1, CPU4, GPU, NNAPI), avg_power_w (W),
    energy_mj (mJ), both empty. `dnns`: dnn_id, application, model, precision, input_pixels.
    """
    rows = [
        (dnn["dnn_id"], network_name(dnn), printed, None, None)
        for dnn in dnns.to_dict("records")
        for delegate, printed in DELEGATES.items()
        if (dnn["dnn_id"], delegate) in PUBLISHED_CELLS
    ]
    table = pd.DataFrame(rows, columns=list(TABLE_COLUMNS))
    return table.astype({POWER: "float64", ENERGY: "float64"})


def filled_table(blank: pd.DataFrame, rows: Sequence[MeasuredRow]) -> pd.DataFrame:
    """Return the table with the figures of some rows; rows that are not in it are added at its end."""
    found = {row.cell: row for row in rows}
    filled = blank.copy()
    for position, line in enumerate(blank.itertuples()):
        row = found.pop((line.dnn_id, _delegate_id(line.delegate)), None)
        if row is not None:
            filled.loc[position, POWER], filled.loc[position, ENERGY] = _figures(row)
    extra = [
        (network, t("not in the published table"), DELEGATES[delegate], *_figures(row))
        for (network, delegate), row in found.items()
    ]
    if not extra:
        return filled
    return pd.concat([filled, pd.DataFrame(extra, columns=list(TABLE_COLUMNS))], ignore_index=True)


def _figures(row: MeasuredRow) -> tuple[float | None, float | None]:
    energy_j = row.energy_per_inference_j
    return row.avg_power_w, None if energy_j is None else 1000.0 * energy_j


def _delegate_id(printed: str) -> str:
    return next(delegate for delegate, name in DELEGATES.items() if name == printed)


def rows_of(table: pd.DataFrame) -> tuple[MeasuredRow, ...]:
    """Return the rows of a table that hold a figure (W, J), unchecked."""
    return tuple(
        MeasuredRow(
            str(line["dnn_id"]),
            str(line["delegate"]),
            None if pd.isna(line[POWER]) else float(line[POWER]),
            None if pd.isna(line[ENERGY]) else float(line[ENERGY]) / 1000.0,
        )
        for line in table.to_dict("records")
        if not (pd.isna(line[POWER]) and pd.isna(line[ENERGY]))
    )


def scoring_csv(rows: Sequence[MeasuredRow]) -> str:
    """Return rows as the CSV file that `python -m scoring` and this page read (W, J)."""
    cells = (
        (row.cell[0], DELEGATES[row.cell[1]], row.avg_power_w, row.energy_per_inference_j) for row in rows
    )
    return csv_text(COLUMNS, (dict(zip(COLUMNS, each, strict=True)) for each in cells))


def own_scores(device_name: str, rows: Sequence[MeasuredRow], tdp_w: float | None) -> tuple[OwnScore, ...]:
    """Return PCS and IECS of some rows; a score that cannot be made says why, and the other stays."""
    return tuple(_own_score(device_name, tuple(rows), tdp_w, name) for name in SCORE_NAMES)


def _own_score(
    device_name: str, rows: tuple[MeasuredRow, ...], tdp_w: float | None, name: ScoreName
) -> OwnScore:
    if name == "PCS" and tdp_w is None:
        words = t("PCS divides by the thermal design power (TDP). Give it in watts.")
        return OwnScore(name, None, None, ("NO_TDP", words))
    try:
        score = pcs(rows, tdp_w) if name == "PCS" and tdp_w is not None else iecs(rows)
        standing, shared = _standing(rows, tdp_w or 1.0, name)
    except JouleLensError as error:
        return OwnScore(name, None, None, (error.code, tell(error.message)))
    facts = ScoreFacts(
        "", device_name, name, score.value, score.rows_used, score.rows_possible,
        standing.rank if standing else 0,
        standing.of if standing else len(phones()),
        shared,
        standing.spread if standing else None,
    )  # fmt: skip
    return OwnScore(name, score, facts)


def _standing(rows: tuple[MeasuredRow, ...], tdp_w: float, name: ScoreName) -> tuple[Standing | None, int]:
    """Return the rank among the phones on the rows that are shared, and how many these are."""
    shared = filled_cells(rows, name) & PUBLISHED_CELLS
    others = [phone for phone in phones() if filled_cells(phone.rows, name) & shared]
    if not others:
        return None, 0
    candidates = on_cells([Candidate(OWN_ID, rows, tdp_w), *others], shared)
    found = next(each for each in standings(candidates, name) if each.device_id == OWN_ID)
    return found, len(shared)


@dataclass(frozen=True, slots=True)
class Setup:
    """How somebody measured: for the file that is handed in."""

    device_name: str
    software: str
    meter_scope: str
    idle_included: bool

    @property
    def device_id(self) -> str:
        """The device's name as an identifier: lower case with hyphens."""
        return hyphened(self.device_name)[:60].strip("-") or OWN_ID


def contribution_csv(
    rows: Sequence[MeasuredRow], setup: Setup, dnns: Mapping[str, Mapping[str, object]]
) -> bytes:
    """Return rows with an energy as a file of the level `application`, for `python -m data check`.

    `dnns`: network -> application, model, precision, input_pixels. Rows without an energy are not in it.
    """
    names = [field.name for field in schema("application")]
    contributed = (
        _contribution_row(row, setup, dnns[row.cell[0]])
        for row in rows
        if row.energy_per_inference_j is not None and row.cell[0] in dnns
    )
    return csv_text(names, contributed).encode("utf-8")


def _contribution_row(row: MeasuredRow, setup: Setup, dnn: Mapping[str, object]) -> dict[str, object]:
    network, delegate = row.cell
    power_w, energy_j = row.avg_power_w, row.energy_per_inference_j or 0.0
    return {
        "measurement_id": f"{network.lower()}-{delegate}",
        "device_id": setup.device_id,
        "delegate": delegate,
        "precision": dnn["precision"],
        "application": dnn["application"],
        "model": f"{network_name(dnn)} ({network})",
        "software": setup.software,
        "batch": 1,
        "energy_mj": repr(round(1000.0 * energy_j, 9)),
        "avg_power_w": "" if power_w is None else repr(power_w),
        "meter_scope": setup.meter_scope,
        "idle_included": "true" if setup.idle_included else "false",
    }
