"""What a picture shows, computed and in one sentence; and what each of its marks is, in a few words."""

from __future__ import annotations

import numpy as np
import pandas as pd

from app.explore_data import delegate_label
from app.explore_levels import HEAT_POWER, MACS, REQUEST, TOKENS, Level
from app.formats import energy, listing, number, plural, power

MOST_NAMED = 3


def sentence(level: Level, picture: str, rows: pd.DataFrame, groups: pd.DataFrame) -> str:
    """Return what the picture of `rows` shows; `groups` are the rows of a distribution, lowest first."""
    if picture == MACS:
        return _macs_sentence(level, rows)
    if picture in (TOKENS, REQUEST):
        return _token_sentence(rows, "energy_mj" if picture == REQUEST else "energy_per_output_token_mj")
    if level.id == "application":
        return _heat_sentence(rows, "avg_power_w" if picture == HEAT_POWER else "energy_mj")
    return f"{_spread_sentence(level, groups)} {meters(rows)}".rstrip()


def _macs_sentence(level: Level, rows: pd.DataFrame) -> str:
    known = rows[(rows["macs_m"] > 0) & (rows["energy_mj"] > 0)]
    if known.empty:
        return f"None of these {plural(len(rows), 'row')} has both an energy and a known amount of work."
    work, figures = known["macs_m"], known["energy_mj"]
    span = (
        f"Work runs from {number(work.min())} to {number(work.max())} million MACs, energy from "
        f"{energy(figures.min())} to {energy(figures.max())}."
    )
    scopes = known.groupby("meter_scope", sort=True)
    parts = [_per_work(members, str(scope) if scopes.ngroups > 1 else "") for scope, members in scopes]
    return " ".join([span, *parts])


def _per_work(members: pd.DataFrame, scope: str) -> str:
    """Which series takes least and most per unit of work, among those of one meter."""
    per_work = (members["energy_mj"] / members["macs_m"]).groupby(members["series"]).median().sort_values()
    where = f" ({METERS.get(scope, scope)})" if scope else ""
    least = f"**{per_work.index[0]}** takes"
    if len(per_work) == 1:
        return f"{least} {energy(per_work.iloc[0])} per million MACs in the median{where}."
    return (
        f"{least} least per million MACs{where}: {energy(per_work.iloc[0])} in the median; "
        f"{per_work.index[-1]} most: {energy(per_work.iloc[-1])}."
    )


METERS = {
    "ac-wall": "wall socket: adapter and whole board",
    "board-supply": "supply of the whole board",
    "dc-supply": "supply pins of the chip",
    "rail": "one supply rail",
    "whole-phone": "whole phone",
}
"""What a meter saw, by its word in the data."""


def meters(rows: pd.DataFrame) -> str:
    """Return a word of caution where the rows were measured by meters that see different parts."""
    scopes = sorted(rows["meter_scope"].dropna().unique())
    words = listing([METERS.get(scope, scope) for scope in scopes])
    return f"Meters differ ({words}): compare within one." if len(scopes) > 1 else ""


def _spread_sentence(level: Level, groups: pd.DataFrame) -> str:
    if groups.empty:
        return "None of these rows has an energy."
    first, last = groups.iloc[0], groups.iloc[-1]
    if len(groups) == 1:
        return (
            f"**{first['label']}** takes {energy(first['median'])} in the median of "
            f"{plural(int(first['amount']), level.noun)}."
        )
    return (
        f"**{first['label']}** takes least with {energy(first['median'])} in the median, "
        f"{last['label']} most with {energy(last['median'])}, "
        f"{number(last['median'] / first['median'])} times as much."
    )


def _heat_sentence(rows: pd.DataFrame, measure: str) -> str:
    known = rows[rows[measure].notna()]
    if known.empty:
        return "None of these cells was measured."
    written = energy if measure == "energy_mj" else power
    medians = known.groupby("delegate")[measure].median().sort_values()
    phones = known["device"].nunique()
    parts = [f"Each cell is the median of up to {plural(phones, 'device')}." if phones > 1 else ""]
    order = [f"{delegate_label(str(name))} {written(value)}" for name, value in medians.items()]
    parts.append(f"Over all networks the median is {listing(order)}.")
    return " ".join(part for part in parts if part)


def _token_sentence(rows: pd.DataFrame, measure: str) -> str:
    known = rows[rows[measure] > 0]
    if known.empty:
        return "None of these runs has an energy."
    long = known[known["output_tokens"] >= 256]
    medians = (known if long.empty else long).groupby("model")[measure].median().sort_values()
    what = "per request" if measure == "energy_mj" else "per generated token"
    scope = "" if long.empty else " in answers of 256 tokens and more"
    order = [f"{name} takes {energy(value)}" for name, value in medians.items()]
    ratio = f", {number(medians.iloc[-1] / medians.iloc[0])} times as much" if len(order) > 1 else ""
    return f"In the median{scope}, {listing(order)} {what}{ratio}."


def not_drawn(rows: pd.DataFrame) -> str:
    """Return how many rows of a scatter have no place in it."""
    energy_known = rows["energy_mj"].notna()
    if "max_energy_mj" in rows:
        energy_known |= rows["max_energy_mj"].notna()
    left_out = int((~((rows["macs_m"] > 0) & energy_known)).sum())
    return f"{plural(left_out, 'row')} without known work or energy: in the table only. " if left_out else ""


def flags_sentence(rows: pd.DataFrame) -> str:
    """Return how many rows hold a figure that is known to be odd."""
    flagged = int(rows["flagged"].sum())
    if not flagged:
        return ""
    hold = "holds" if flagged == 1 else "hold"
    return f"{plural(flagged, 'row')} of this view {hold} a figure that is known to be odd (see Note)."


def describe(level: Level, rows: pd.DataFrame) -> pd.DataFrame:
    """Return the rows with `series` (device and back end) and `words` (what was measured), for marks."""
    delegates = rows["delegate"].map(delegate_label, na_action="ignore").fillna("")
    series = (rows["device"] + ", " + delegates).str.removesuffix(", ")
    return rows.assign(series=series, words=_words(level, rows))


def _words(level: Level, rows: pd.DataFrame) -> pd.Series:
    if level.id == "kernel":
        return _kernel_words(rows)
    columns = [name for name in ("network", "precision", "scenario") if name in rows]
    joined = rows[columns].fillna("").astype(str).agg(" ".join, axis=1) if columns else rows["device"]
    return joined.str.strip()


def _kernel_words(rows: pd.DataFrame) -> pd.Series:
    """Kernel type and configuration: "conv-bn-relu 56 px, 64 to 128, 3 x 3"."""

    def text(column: str) -> pd.Series:
        numbers = pd.to_numeric(rows[column]).to_numpy("float64", na_value=np.nan)
        return pd.Series(
            ["" if np.isnan(value) else str(int(value)) for value in numbers], index=rows.index, dtype=object
        )

    side, into, out, window = (text(name) for name in ("input_hw", "c_in", "c_out", "kernel_size"))
    words = rows["kernel"].astype(object) + " " + side.where(side == "", side + " px")
    words = words + into.where(into == "", ", " + into) + out.where(out == "", " to " + out)
    return words + window.where(window == "", ", " + window + " x " + window)
