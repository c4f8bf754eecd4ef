"""Tables of the compare page: differences, cells side by side, models side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
import pandas as pd

from app.compare.cells import QUANTITIES, cell_key, common_only, differences
from app.compare.words import ENERGY, LATENCY, POWER, cell_words, verdict_words
from app.i18n.formats import NOT_MEASURED, energy, latency, number, power
from app.i18n.messages import tell
from app.i18n.texts import mark, t
from app.measurements.noise import cell_log_sd
from scoring import DELEGATES
from scoring.verdict import Difference, compare_values

BASE_WORDS: Final = mark("(compared with)")
WRITTEN: Final = {ENERGY: energy, POWER: power, LATENCY: latency}
HEADINGS: Final = {ENERGY: mark("Energy"), POWER: mark("Power"), LATENCY: mark("Time")}
TYPICAL: Final = {
    ENERGY: mark("Typical energy"),
    POWER: mark("Typical power"),
    LATENCY: mark("Typical time"),
}


def device_differences(cells: pd.DataFrame, names: Mapping[str, str], base: str) -> pd.DataFrame:
    """Return the table of differences, all text: one row per device, the one compared with first.

    `names` is device id -> name.
    """
    found = differences(cells, base, list(names)).set_index("device_id")
    rows = []
    for device_id in sorted(names, key=lambda each: each != base):
        row = {t("Device"): names[device_id]}
        for quantity, heading in HEADINGS.items():
            row[t(heading)] = (
                t(BASE_WORDS) if device_id == base else cell_words(found.loc[device_id, quantity], quantity)
            )
        difference = None if device_id == base else found.loc[device_id, ENERGY]
        row[t("Cells in common")] = "" if difference is None else str(difference.cells)
        rows.append(row)
    return pd.DataFrame(rows)


def typical_figures(
    cells: pd.DataFrame, names: Mapping[str, str], base: str, scores: pd.DataFrame | None = None
) -> pd.DataFrame:
    """Return scores and typical figures as text, in the order of `device_differences`.

    `scores` (index device_id; pcs, iecs, tdp_w) may lack devices. The typical figures are geometric means
    over the cells that all devices have.
    """
    typical = typical_values(cells, list(names))
    rows = []
    for device_id in sorted(names, key=lambda each: each != base):
        row = {t("Device"): names[device_id]}
        row |= {} if scores is None else _score_texts(scores, device_id)
        for quantity, heading in TYPICAL.items():
            row[t(heading)] = WRITTEN[quantity](typical[quantity].get(device_id))
        rows.append(row)
    return pd.DataFrame(rows)


def _score_texts(scores: pd.DataFrame, device_id: str) -> dict[str, str]:
    if device_id not in scores.index:
        return {"PCS": t("not scored"), "IECS": t("not scored"), "TDP": ""}
    score = scores.loc[device_id]
    return {
        "PCS": number(score["pcs"]),
        "IECS": number(score["iecs"]),
        "TDP": f"{number(score['tdp_w'], 2)} W",
    }


def typical_values(cells: pd.DataFrame, device_ids: Sequence[str]) -> dict[str, dict[str, float]]:
    """Return quantity -> device id -> geometric mean over the cells that all these devices have."""
    shared = common_only(cells, device_ids)
    found: dict[str, dict[str, float]] = {}
    for quantity, column in QUANTITIES.items():
        logs = np.log(shared[column].where(shared[column] > 0))
        means = logs.groupby(shared["device_id"]).mean()
        found[quantity] = {str(each): float(np.exp(value)) for each, value in means.items()}
    return found


def cell_table(cells: pd.DataFrame, names: Mapping[str, str], base: str, quantity: str) -> pd.DataFrame:
    """Return every cell side by side, all text: figures per device, then each one's difference to `base`.

    `quantity` is "energy" or "power". A cell that a device lacks is empty words, never left out.
    """
    column = QUANTITIES[quantity]
    by_cell: dict[tuple[str, ...], dict[str, dict[str, object]]] = {}
    for row in cells.to_dict("records"):
        by_cell.setdefault(cell_key(row), {})[str(row["device_id"])] = row
    rows = []
    for found in by_cell.values():
        any_row = next(iter(found.values()))
        shown = {
            t("Application"): tell(str(any_row["application"])),
            t("Network"): str(any_row["network"]),
            t("Precision"): str(any_row["precision"]),
            t("Delegate"): _delegate_text(found),
        }
        for device_id, name in names.items():
            shown[name] = _figure(found.get(device_id), column, quantity)
        for device_id, name in names.items():
            if device_id != base:
                verdict = cell_difference(found.get(device_id), found.get(base), column)
                shown[f"{name} …"] = "" if verdict is None else verdict_words(verdict, quantity)
        rows.append(shown)
    return pd.DataFrame(rows)


def _delegate_text(found: Mapping[str, Mapping[str, object]]) -> str:
    return " / ".join(dict.fromkeys(t(str(row["delegate_name"])) for row in found.values()))


def _figure(row: Mapping[str, object] | None, column: str, quantity: str) -> str:
    if row is None:
        return t(NOT_MEASURED)
    star = " *" if row["is_odd"] else ""
    return f"{WRITTEN[quantity](float(str(row[column])))}{star}"


def cell_difference(
    first: Mapping[str, object] | None, second: Mapping[str, object] | None, column: str
) -> Difference | None:
    """Compare one cell of two devices; None where one of them lacks it."""
    if first is None or second is None:
        return None
    values = float(str(first[column])), float(str(second[column]))
    if not all(value > 0 for value in values):
        return None
    return compare_values(*values, (_log_sd(first), _log_sd(second)))


def _log_sd(row: Mapping[str, object]) -> float:
    estimated = float(str(row["energy_log_sd"]))
    if not np.isnan(estimated):
        return estimated
    return cell_log_sd(str(row["delegate"]), bool(row["is_board"]))


def _short_delegates(cells: pd.DataFrame) -> list[str]:
    """Return delegates as the phones' source prints them (CPU1, CPU4), which saves room beside a picture."""
    pairs = zip(cells["delegate"], cells["delegate_name"], cells["is_board"], strict=True)
    return [t(name) if is_board else DELEGATES.get(delegate, t(name)) for delegate, name, is_board in pairs]


def dot_rows(cells: pd.DataFrame, device_ids: Sequence[str]) -> pd.DataFrame:
    """Return what the picture shows: columns `row` (label), device_id, meter, and geometric means per row.

    Few networks stand for themselves; many (boards) are gathered by family, to stay legible.
    Only cells that at least two of the devices have are shown.
    """
    keys = pd.Series([cell_key(row) for row in cells.to_dict("records")], index=cells.index)
    shared = cells[keys.groupby(keys).transform("size") > 1] if len(cells) else cells
    is_estimate = bool(len(shared)) and (shared["evidence"] != "measured").all()
    # More rows than that do not fit on a screen: one row per task instead of one per network.
    gathered = shared["network_id"].nunique() > 15
    name = shared["application"].map(tell) if gathered else shared["network"]
    if gathered:
        name = name + " " + shared["precision"]
    if is_estimate:
        name = name + " " + shared["precision"]
        rows = shared.assign(row=name)
    else:
        rows = shared.assign(row=name + " · " + _short_delegates(shared))
    chosen = rows[rows["device_id"].isin(device_ids)]
    groups = chosen.groupby(["row", "device_id", "meter"], sort=False)[["energy_mj", "avg_power_w"]]
    means = groups.agg(lambda values: float(np.exp(np.log(values).mean()))).reset_index()
    order = means.groupby("row")["energy_mj"].max().sort_values(ascending=False).index
    return means.set_index("row").loc[order].reset_index() if len(means) else means
