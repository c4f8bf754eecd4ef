"""What devices can be compared on: cells that several of them were measured (or estimated) in.

A cell is a reference network on a delegate for phones, a network in a precision on a back end for boards,
and a sample model where the meters saw different things and only estimates are in common.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import numpy as np
import pandas as pd

from app.compare.conditions import BOARD, KERNELS, PHONE
from app.i18n.texts import mark
from app.measurements.noise import noise_of
from app.ui.target_names import BACK_ENDS, DELEGATE_NAMES, network_name
from predictors.results.targets import Target
from scoring.verdict import Cell, Difference, Noise, compare_cells, log_sd

QUANTITIES: Final = {"energy": "energy_mj", "power": "avg_power_w", "latency": "latency_ms"}
"""Quantity -> column (mJ, W, ms)."""

COLUMNS: Final = [
    "device_id", "network_id", "network", "application", "precision", "delegate", "delegate_name",
    "energy_mj", "avg_power_w", "latency_ms", "energy_log_sd", "latency_log_sd", "evidence", "is_board",
    "is_odd", "meter", "source_id",
]  # fmt: skip
"""Columns of every frame of cells. The log_sd are those of estimates, NaN where the figure was measured.
Words (network, application, delegate_name) are in English, as they are written to files."""

SAMPLE: Final = mark("sample model")
"""Stands where a measured network has its application."""


def odd_ids(corrections: pd.DataFrame) -> frozenset[str]:
    """Return the corrections (ids) that call a figure compared here odd; the others are about names."""
    concerned = corrections["column_name"].isin(list(QUANTITIES.values()))
    return frozenset(corrections.loc[concerned, "correction_id"])


def phone_cells(
    measurements: pd.DataFrame, dnns: pd.DataFrame, device_ids: Sequence[str], odd: frozenset[str]
) -> pd.DataFrame:
    """Return the measured cells of phones, in the order of the source; cells printed empty are left out.

    `measurements` and `dnns` are the tables application_measurements and reference_dnns; `odd` holds the
    ids of corrections that mark a figure as odd.
    """
    names = {str(dnn["dnn_id"]): network_name(dnn) for dnn in dnns.to_dict("records")}
    rows = measurements[measurements["device_id"].isin(device_ids)].dropna(subset=["energy_mj"])
    return rows.assign(
        network_id=rows["dnn_id"],
        network=rows["dnn_id"].map(names),
        delegate_name=rows["delegate"].map(DELEGATE_NAMES),
        **_measured(rows, odd, is_board=False),
    )[COLUMNS]


def board_cells(
    runs: pd.DataFrame, targets: Iterable[Target], device_ids: Sequence[str], odd: frozenset[str]
) -> pd.DataFrame:
    """Return the measured cells of boards: one run per network, precision and back end.

    `runs` is the table board_networks. Of several software rounds the one behind the estimates is taken
    (`Target.systems`); a network that this round ran twice counts with its mean.
    """
    systems = {name for target in targets if target.device_id in device_ids for name in target.systems}
    rows = runs[runs["device_id"].isin(device_ids) & runs["system"].isin(systems)]
    keys = ["device_id", "network", "family", "precision", "delegate"]
    means = rows.groupby(keys, sort=False, as_index=False).agg(
        energy_mj=("energy_mj", "mean"),
        avg_power_w=("avg_power_w", "mean"),
        latency_ms=("latency_ms", "mean"),
        source_id=("source_id", "first"),
        correction_ids=("correction_ids", "first"),
    )
    return means.assign(
        network_id=means["network"],
        application=means["family"],
        delegate_name=[BACK_ENDS.get(each, each) for each in means["delegate"]],
        **_measured(means, odd, is_board=True),
    )[COLUMNS]


def _measured(rows: pd.DataFrame, odd: frozenset[str], is_board: bool) -> dict[str, object]:
    marks = rows["correction_ids"].fillna("")
    return {
        "energy_log_sd": np.nan,
        "latency_log_sd": np.nan,
        "evidence": "measured",
        "is_board": is_board,
        "meter": BOARD if is_board else PHONE,
        "is_odd": [any(each.strip() in odd for each in mark.split(",")) for mark in marks],
    }


def estimated_cells(estimates: pd.DataFrame, delegate_labels: Mapping[tuple[str, str], str]) -> pd.DataFrame:
    """Return estimates as cells: per device, model and precision the delegate that takes the least energy.

    `estimates` has the columns of `app.compare.options.COLUMNS`; labels are by (device_id, delegate).
    """
    complete = estimates[
        (estimates["energy_mj"] > 0) & (estimates["unsupported"] == 0) & (estimates["meter"] != KERNELS)
    ]
    places = complete.groupby(["device_id", "model_id", "precision"], sort=False)["energy_mj"].idxmin()
    rows = complete.loc[places]
    return rows.assign(
        network_id=rows["model_id"],
        network=rows["model"],
        application=SAMPLE,
        delegate_name=[
            delegate_labels.get((each.device_id, each.delegate), each.delegate) for each in rows.itertuples()
        ],
        avg_power_w=rows["power_w"],
        energy_log_sd=_log_sds(rows, "energy_mj"),
        latency_log_sd=_log_sds(rows, "latency_ms"),
        is_board=False,
        is_odd=False,
        source_id=rows["source_ids"],
    )[COLUMNS]


def _log_sds(rows: pd.DataFrame, column: str) -> list[float]:
    ends = zip(rows[f"{column}_low"], rows[f"{column}_high"], strict=True)
    return [log_sd(low, high) if 0 < low <= high else np.nan for low, high in ends]


def cell_key(row: Mapping[str, object]) -> Cell:
    """Return what identifies a cell on every device. An estimate's delegate is the device's own choice."""
    delegate = str(row["delegate"]) if row["evidence"] == "measured" else ""
    return str(row["network_id"]), str(row["precision"]), delegate


def differences(cells: pd.DataFrame, base: str, device_ids: Sequence[str]) -> pd.DataFrame:
    """Return one row per device but `base`: device_id, energy, power, latency (Difference or None)."""
    # Each device's cells are selected once: this takes most of the page's time.
    own = {str(device_id): rows for device_id, rows in cells.groupby("device_id", sort=False)}
    sides = {
        each: {quantity: _side(own.get(each, cells.iloc[:0]), quantity) for quantity in QUANTITIES}
        for each in {base, *device_ids}
    }
    rows = [
        {"device_id": each}
        | {quantity: _compared(sides[each][quantity], sides[base][quantity]) for quantity in QUANTITIES}
        for each in device_ids
        if each != base
    ]
    return pd.DataFrame(rows, columns=["device_id", *QUANTITIES], dtype=object)


def difference(cells: pd.DataFrame, device_id: str, base: str, quantity: str) -> Difference | None:
    """Compare one device with another over the cells both have, in energy, power or latency."""
    first, second = (_side(cells[cells["device_id"] == each], quantity) for each in (device_id, base))
    return _compared(first, second)


def _side(cells: pd.DataFrame, quantity: str) -> tuple[dict[Cell, float], Noise]:
    return _values(cells, quantity), _noise(cells, quantity)


def _compared(
    first: tuple[dict[Cell, float], Noise], second: tuple[dict[Cell, float], Noise]
) -> Difference | None:
    return compare_cells(first[0], second[0], (first[1], second[1]))


def _values(cells: pd.DataFrame, quantity: str) -> dict[Cell, float]:
    column = QUANTITIES[quantity]
    rows = cells.dropna(subset=[column]).to_dict("records")
    return {cell_key(row): float(row[column]) for row in rows if float(row[column]) > 0}


def _noise(cells: pd.DataFrame, quantity: str) -> Noise:
    """Return the noise of a device's cells: that of repeating, or of estimates, taken as shared by all."""
    log_sds = cells["latency_log_sd" if quantity == "latency" else "energy_log_sd"].dropna()
    if len(log_sds):
        return Noise(0.0, float(np.sqrt((log_sds**2).mean())))
    noises = [noise_of(row.delegate, row.is_board) for row in cells[["delegate", "is_board"]].itertuples()]
    own = max((noise.own for noise in noises), default=0.0)
    return Noise(own, max((noise.shared for noise in noises), default=0.0))


def common_only(cells: pd.DataFrame, device_ids: Sequence[str]) -> pd.DataFrame:
    """Return the cells that every one of these devices has."""
    keys = [cell_key(row) for row in cells.to_dict("records")]
    having = pd.DataFrame({"key": keys, "device_id": list(cells["device_id"])})
    counts = having[having["device_id"].isin(device_ids)].groupby("key")["device_id"].nunique()
    full = set(counts[counts == len(set(device_ids))].index)
    return cells[[key in full for key in keys]]
