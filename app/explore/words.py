"""What a picture shows, computed and in one sentence; and what each of its marks is, in a few words."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd

from app.i18n.formats import capital, energy, listing, number, power
from app.i18n.texts import t, tn, verbatim
from app.measurements.levels import HEAT_POWER, MACS, REQUEST, TOKENS, Level
from app.measurements.rows import delegate_label, value_words
from app.ui.target_names import meter_name

TWO = 2
LONG_ANSWER = 256
"""Generated tokens from which what the prompt takes hardly counts."""


def sentence(level: Level, picture: str, rows: pd.DataFrame, groups: pd.DataFrame) -> str:
    """Return what the picture of `rows` shows; `groups` are the rows of a distribution, lowest first."""
    if picture == MACS:
        return _macs_sentence(rows)
    if picture in (TOKENS, REQUEST):
        return _token_sentence(rows, "energy_mj" if picture == REQUEST else "energy_per_output_token_mj")
    if level.id == "application":
        return _heat_sentence(rows, "avg_power_w" if picture == HEAT_POWER else "energy_mj")
    if groups["scope"].nunique() < TWO:
        return f"{_spread_sentence(level, groups)} {meters(rows)}".rstrip()
    parts = [
        t("{meter}: {sentence}", meter=capital(str(scope)), sentence=_spread_sentence(level, members))
        for scope, members in groups.groupby("scope", sort=False)
    ]
    return " ".join([*parts, meters(rows)])


def _macs_sentence(rows: pd.DataFrame) -> str:
    known = rows[(rows["macs_m"] > 0) & (rows["energy_mj"] > 0)]
    if known.empty:
        return tn(
            "This {n} row lacks an energy or a known amount of work.",
            "None of these {n} rows has both an energy and a known amount of work.",
            len(rows),
        )
    scopes = known.groupby("meter_scope", sort=True)
    return " ".join(_per_work(members, str(scope) if scopes.ngroups > 1 else "") for scope, members in scopes)


def _per_work(members: pd.DataFrame, scope: str) -> str:
    """Which series takes least and most per unit of work, among those of one meter."""
    per_work = (members["energy_mj"] / members["macs_m"]).groupby(members["series"]).median().sort_values()
    # A meter stands in brackets behind the unit, in every language.
    unit = t("per million MACs ({meter})", meter=meter_name(scope)) if scope else t("per million MACs")
    first, last = str(per_work.index[0]), str(per_work.index[-1])
    least, most = energy(per_work.iloc[0]), energy(per_work.iloc[-1])
    if len(per_work) == 1:
        return t("**{name}** takes {energy} {unit} in the median.", name=first, energy=least, unit=unit)
    return t(
        "**{first}** takes least {unit}: {least} in the median; {last} most: {most}.",
        first=first,
        unit=unit,
        least=least,
        last=last,
        most=most,
    )


def meters(rows: pd.DataFrame) -> str:
    """Return a word of caution where the rows were measured by meters that see different parts."""
    scopes = sorted(rows["meter_scope"].dropna().unique())
    if len(scopes) < 2:
        return ""
    words = listing([meter_name(scope) for scope in scopes])
    return t("Meters differ ({meters}): compare within one.", meters=words)


def _spread_sentence(level: Level, groups: pd.DataFrame) -> str:
    if groups.empty:
        return t("None of these rows has an energy.")
    first, last = groups.iloc[0], groups.iloc[-1]
    if len(groups) == 1:
        return t(
            "**{name}** takes {energy} in the median of {amount}.",
            name=first["label"],
            energy=energy(first["median"]),
            amount=tn(*level.amounts, int(first["amount"])),
        )
    return t(
        "**{first}** takes least with {least} in the median, {last} most with {most}, {ratio} times as much.",
        first=first["label"],
        least=energy(first["median"]),
        last=last["label"],
        most=energy(last["median"]),
        ratio=number(last["median"] / first["median"]),
    )


def _heat_sentence(rows: pd.DataFrame, measure: str) -> str:
    known = rows[rows[measure].notna()]
    if known.empty:
        return t("None of these cells was measured.")
    written = energy if measure == "energy_mj" else power
    devices = known["device"].nunique()
    overall = _delegates_sentence(known, measure, written)
    if devices < 2:
        return overall
    cells = tn(
        "Each cell is the median of up to {n} device.",
        "Each cell is the median of up to {n} devices.",
        devices,
    )
    return f"{cells} {overall}"


def _delegates_sentence(known: pd.DataFrame, measure: str, written: Callable[[float], str]) -> str:
    """Return the medians of the delegates over the networks that one device ran on all of them."""
    ran = known.groupby(["device", "dnn_id"])["delegate"].transform("nunique")
    alike = known[ran == known["delegate"].nunique()]
    if alike.empty:
        return t("No network ran on all of these on one device, so they are not compared.")
    medians = alike.groupby("delegate")[measure].median().sort_values()
    order = listing([f"{delegate_label(str(name))} {written(value)}" for name, value in medians.items()])
    if len(medians) == 1:
        return t("Over all networks the median is {order}.", order=order)
    return tn(
        "Over the {n} network that ran on all of them the median is {order}.",
        "Over the {n} networks that ran on all of them the median is {order}.",
        alike["dnn_id"].nunique(),
        order=order,
    )


def _token_sentence(rows: pd.DataFrame, measure: str) -> str:
    known = rows[rows[measure] > 0]
    if known.empty:
        return t("None of these runs has an energy.")
    long = known[known["output_tokens"] >= LONG_ANSWER]
    medians = (known if long.empty else long).groupby("model")[measure].median().sort_values()
    order = listing([f"{name} {energy(value)}" for name, value in medians.items()])
    sentences = [_median_words(measure, order, only_long=not long.empty)]
    if len(medians) > 1:
        ratio = number(medians.iloc[-1] / medians.iloc[0])
        sentences.append(t("The most is {ratio} times the least.", ratio=ratio))
    return " ".join(sentences)


def _median_words(measure: str, order: str, *, only_long: bool) -> str:
    if measure == "energy_mj":
        if only_long:
            return t("Median energy per request, answers of 256 tokens and more: {order}.", order=order)
        return t("Median energy per request: {order}.", order=order)
    if only_long:
        return t("Median energy per generated token, answers of 256 tokens and more: {order}.", order=order)
    return t("Median energy per generated token: {order}.", order=order)


def not_drawn(rows: pd.DataFrame) -> str:
    """Return how many rows of a scatter have no place in it."""
    energy_known = rows["energy_mj"].notna()
    if "max_energy_mj" in rows:
        energy_known |= rows["max_energy_mj"].notna()
    left_out = int((~((rows["macs_m"] > 0) & energy_known)).sum())
    if not left_out:
        return ""
    return tn(
        "{n} row without known work or energy: in the table only.",
        "{n} rows without known work or energy: in the table only.",
        left_out,
    )


def flags_sentence(rows: pd.DataFrame) -> str:
    """Return how many rows hold a figure that is known to be odd."""
    flagged = int(rows["flagged"].sum())
    if not flagged:
        return ""
    return tn(
        "{n} row of this view holds a doubtful figure (see Note).",
        "{n} rows of this view hold a doubtful figure (see Note).",
        flagged,
    )


def describe(level: Level, rows: pd.DataFrame) -> pd.DataFrame:
    """Return the rows with `series` (device and back end) and `words` (what was measured), for marks."""
    delegates = rows["delegate"].map(delegate_label, na_action="ignore").fillna("")
    series = (rows["device"] + ", " + delegates).str.removesuffix(", ")
    return rows.assign(series=series, words=_words(level, rows))


def _words(level: Level, rows: pd.DataFrame) -> pd.Series:
    if level.id == "kernel":
        return _kernel_words(rows)
    columns = {
        name: rows[name].map({value: value_words(name, str(value)) for value in rows[name].dropna().unique()})
        for name in ("network", "precision", "scenario")
        if name in rows
    }
    if not columns:
        return rows["device"]
    return pd.DataFrame(columns).fillna("").astype(str).agg(" ".join, axis=1).str.strip()


def _kernel_words(rows: pd.DataFrame) -> pd.Series:
    """Kernel type and configuration: "conv-bn-relu 56 px, 64 → 128, 3 × 3"."""

    def text(column: str) -> pd.Series:
        numbers = pd.to_numeric(rows[column]).to_numpy("float64", na_value=np.nan)
        return pd.Series(
            ["" if np.isnan(value) else str(int(value)) for value in numbers], index=rows.index, dtype=object
        )

    side, into, out, window = (text(name) for name in ("input_hw", "c_in", "c_out", "kernel_size"))
    words = rows["kernel"].astype(object) + " " + side.where(side == "", side + verbatim(" px"))
    words = words + into.where(into == "", ", " + into) + out.where(out == "", " → " + out)
    return words + window.where(window == "", ", " + window + " × " + window)
