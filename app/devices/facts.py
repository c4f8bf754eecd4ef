"""What is known about a device: what was measured on it, how, and beside whom it stands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import pandas as pd

from app import bundle_cache
from app.charts.one_scope import check_one_scope
from app.charts.spread import summary
from app.i18n.formats import count, energy, listing, number
from app.i18n.messages import tell
from app.i18n.texts import mark, t, tn, verbatim
from app.measurements.levels import LEVELS, Level
from app.measurements.rows import bundled_rows, delegate_label, sized_models, years_words
from app.memo import keeping, kept
from app.ui.colours import device_colour
from app.ui.target_names import meter_name
from data import queries

_OWN_LEVELS: Final = (
    "application",
    "kernel",
    "board",
    "microcontroller",
    "language-model",
    "token",
    "edge",
    "cell",
)
"""Levels whose rows are single measurements; the model level repeats board runs and adds ranges."""

COMPARED: Final = {
    "board": "network",
    "microcontroller": "task",
    "application": "network",
    "edge": "network",
}
"""Levels on which devices can be compared, with the column that says on what."""

_SCENARIO: Final = "single-stream"
MOST_LISTED: Final = 4  # more names would fill several lines of a card
RECORDINGS: Final = "traces"
"""Level of recordings in the conditions, which have rows of samples instead of measurements."""
CLOCKS: Final = "cpu_frequency"
NOT_STATED: Final = mark("not stated")


def source_words(source_id: str) -> str:
    """Return when a source measured, and a link to it."""
    source = bundle_cache.sources().set_index("source_id").loc[source_id]
    years = source["measured_in"]
    when = (
        t("Measured in {years}.", years=years_words(years))
        if isinstance(years, str)
        else t("The source gives no date.")
    )
    link = t("Source: {links}.", links=f"[{source['source_title']}]({source['url']})")
    return f"{when} {link}"


@keeping
def device_rows(device_id: str) -> list[tuple[Level, pd.DataFrame]]:
    """Return the rows of one device by level, levels without rows left out."""
    found: list[tuple[Level, pd.DataFrame]] = []
    for level_id in _OWN_LEVELS:
        rows = bundled_rows(level_id)
        own = rows[rows["device_id"] == device_id] if len(rows) else rows
        if len(own):
            found.append((LEVELS[level_id], own))
    return found


@keeping
def conditions(device_id: str) -> pd.DataFrame:
    """Return under which conditions a device was measured: one row per level and source, all cells words.

    Columns: level (id, RECORDINGS, CLOCKS), what, rows, runs_on, precision, software, meter, idle, odd,
    source, when.
    """
    rows = [
        _condition(level, part)
        for level, own in device_rows(device_id)
        for _, part in own.groupby("source_id", sort=False)
    ]
    rows += _clock_conditions(device_id)
    rows += [_trace_condition(trace) for trace in _traces(device_id).to_dict("records")]
    return pd.DataFrame(rows)


def _clock_conditions(device_id: str) -> list[dict[str, str]]:
    clocks = queries.cpu_frequency(bundle_cache.bundle())
    own = clocks[clocks["device_id"] == device_id]
    if own.empty:
        return []
    sources = bundle_cache.sources().set_index("source_id")
    return [
        {
            "level": CLOCKS,
            "what": t("CPU power by clock (one core, no network)"),
            "rows": count(len(own)),
            "runs_on": verbatim("CPU"),
            "precision": t(NOT_STATED),
            "software": verbatim("CoreMark"),
            "meter": meter_name(str(own["meter_scope"].iloc[0])),
            "idle": t("not included"),
            "odd": "",
            "source": str(sources.loc[own["source_id"].iloc[0], "source_title"]),
            "when": years_words(sources.loc[own["source_id"].iloc[0], "measured_in"]),
        }
    ]


def _condition(level: Level, part: pd.DataFrame) -> dict[str, str]:
    scopes = [meter_name(scope) for scope in part["meter_scope"].dropna().unique()]
    odd = int(part["flagged"].sum())
    return {
        "level": level.id,
        "what": t(level.title),
        "rows": count(len(part)),
        "runs_on": _some(part, "delegate"),
        "precision": _some(part, "precision"),
        "software": _some(part, "software"),
        "meter": listing(scopes),
        "idle": _idle(part),
        "odd": tn("{n} row", "{n} rows", odd) if odd else "",
        "source": str(part["source_title"].iloc[0]),
        "when": listing([years_words(each) for each in part["measured_in"].unique()]),
    }


def _some(part: pd.DataFrame, column: str) -> str:
    values = [str(value) for value in part[column].dropna().unique()] if column in part else []
    named = (
        [delegate_label(value) for value in values[:MOST_LISTED]]
        if column == "delegate"
        else values[:MOST_LISTED]
    )
    if not named:
        return t(NOT_STATED)
    if len(values) > MOST_LISTED:
        return t("{values} and {n} more", values=", ".join(named), n=count(len(values) - MOST_LISTED))
    return ", ".join(named)


def _idle(part: pd.DataFrame) -> str:
    is_included = bool(part["idle_included"].astype(bool).all())
    if "idle_power_w" not in part or part["idle_power_w"].isna().all():
        return t("included") if is_included else t("not included")
    idle_w = number(part["idle_power_w"].median())
    if is_included:
        return t("included; {power} W in the median", power=idle_w)
    return t("not included; {power} W in the median", power=idle_w)


def _traces(device_id: str) -> pd.DataFrame:
    traces = queries.traces(bundle_cache.bundle())
    return traces[traces["device_id"] == device_id]


def _trace_condition(trace: dict[str, object]) -> dict[str, str]:
    sources = bundle_cache.sources().set_index("source_id")
    return {
        "level": RECORDINGS,
        "what": t(
            "Power recording: {model}, {conditions}",
            model=trace["model"],
            conditions=tell(str(trace["conditions"])),
        ),
        "rows": tn("{n} sample", "{n} samples", int(str(trace["samples"]))),
        "runs_on": t(NOT_STATED) if pd.isna(trace["delegate"]) else delegate_label(str(trace["delegate"])),
        "precision": t(NOT_STATED),
        "software": t(NOT_STATED),
        "meter": f"{meter_name(str(trace['meter_scope']))} ({trace['instrument']})",
        "idle": t("included"),
        "odd": "",
        "source": str(sources.loc[str(trace["source_id"]), "source_title"]),
        "when": years_words(sources.loc[str(trace["source_id"]), "measured_in"]),
    }


@dataclass(frozen=True, slots=True)
class Comparison:
    """A device among those that ran the same: `groups` for the spread chart, and a sentence."""

    level: Level
    subject: str
    groups: pd.DataFrame
    sentence: str
    meters: tuple[str, ...]


@keeping
def comparable(device_id: str) -> dict[str, tuple[Level, str]]:
    """Return what a device can be compared on: label -> (level, network or task), most shared first."""
    shared: dict[str, tuple[int, tuple[Level, str]]] = {}
    for level, own in device_rows(device_id):
        column = COMPARED.get(level.id)
        if column is None:
            continue
        others = _on_level(level)
        peers = others.groupby(column)["device_id"].nunique()
        for subject in own[column].dropna().unique() if column in own else ():
            if peers.get(subject, 0) > 1:
                shared[str(subject)] = (int(peers[subject]), (level, str(subject)))
    ordered = sorted(shared.items(), key=lambda item: (-item[1][0], item[0]))
    return {label: place for label, (_, place) in ordered}


def _on_level(level: Level) -> pd.DataFrame:
    rows = bundled_rows(level.id)
    if level.id == "application":
        return rows.assign(network=sized_models(rows) + " " + rows["precision"] + ", " + rows["application"])
    return rows


def compare(device_id: str, level: Level, subject: str) -> Comparison:
    """Return a device beside those that ran the same network or task, with meters that saw the same part.

    Board runs are compared single-stream where the device was measured so.
    """
    return kept(_compare, device_id, level.id, subject)


def _compare(device_id: str, level_id: str, subject: str) -> Comparison:
    level = LEVELS[level_id]
    column = COMPARED[level.id]
    rows = _on_level(level)
    rows = rows[(rows[column] == subject) & rows["energy_mj"].notna()]
    own = rows[rows["device_id"] == device_id]
    rows = rows[rows["meter_scope"].isin(own["meter_scope"].unique())]
    where = tell(subject)
    if "scenario" in own and (own["scenario"] == _SCENARIO).any():
        rows, where = rows[rows["scenario"] == _SCENARIO], t("{network}, single stream", network=where)
    runs_on = level.group[1]
    check_one_scope(rows["meter_scope"])
    groups = summary(rows, ["device_id", "device", runs_on], "energy_mj").rename(
        columns={runs_on: "delegate"}
    )
    labels = groups["device"] + ", " + groups["delegate"].map(delegate_label)
    groups = groups.assign(label=labels, colour=groups["device_id"].map(device_colour))
    groups["yours"] = groups["device_id"] == device_id
    meters = tuple(sorted(own["meter_scope"].unique()))
    groups["scope"] = ""
    sentence = _compared(device_id, groups, where, is_streaming=subject.startswith("streaming"))
    years = [years_words(each) for each in sorted(rows["measured_in"].dropna().unique())]
    if years:
        measured = t("Measured in {years}.", years=listing(list(dict.fromkeys(years))))
        sentence = f"{sentence} {measured}"
    return Comparison(level, subject, groups, sentence, meters)


def _compared(device_id: str, groups: pd.DataFrame, where: str, *, is_streaming: bool) -> str:
    mine = groups[groups["device_id"] == device_id]
    if mine.empty:
        return t("On {where} this device has no energy to compare.", where=where)
    best = mine.iloc[0]
    figures = {
        "where": where,
        "energy": energy(best["median"]),
        "runs_on": delegate_label(str(best["delegate"])),
    }
    takes = (
        t("On **{where}** it takes {energy} per streaming run ({runs_on}, median).", **figures)
        if is_streaming
        else t("On **{where}** it takes {energy} per inference ({runs_on}, median).", **figures)
    )
    return f"{takes} {_place(device_id, groups, float(best['median']))}"


def _place(device_id: str, groups: pd.DataFrame, median_mj: float) -> str:
    """Return the place of a device's best back end among the devices of `groups`, lowest first."""
    ranks = list(dict.fromkeys(groups["device_id"]))
    rank, total = ranks.index(device_id) + 1, len(ranks)
    if total == 1:
        return t("No other device was measured on it with a meter that saw the same part.")
    if rank == 1:
        return t("That is the least of {total} devices that were measured alike.", total=total)
    first = groups.iloc[0]
    return t(
        "That is place {rank} of {total} devices that were measured alike, {factor} times the least "
        "({device}, {energy}).",
        rank=rank,
        total=total,
        factor=number(median_mj / first["median"]),
        device=first["device"],
        energy=energy(first["median"]),
    )
