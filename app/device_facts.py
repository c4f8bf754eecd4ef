"""What is known about a device: what was measured on it, how, and beside whom it stands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import pandas as pd

from app import doors
from app.charts.spread import summary
from app.colours import device_colour
from app.explore_data import bundled_rows, delegate_label
from app.explore_levels import LEVELS, Level
from app.explore_words import METERS
from app.formats import energy, listing, number, plural
from app.kept import keeping
from data import queries

KINDS: Final = {
    "phone": "Phones",
    "board": "Boards",
    "edge-server": "Edge servers",
    "accelerator": "Accelerators",
    "microcontroller": "Microcontrollers",
}
"""Sort of device -> heading, in the order they are offered."""

_OWN_LEVELS: Final = ("application", "kernel", "board", "microcontroller", "language-model")
"""Levels whose rows are single measurements; the model level repeats board runs and adds ranges."""

_COMPARED: Final = {"board": "network", "microcontroller": "task", "application": "network"}
"""Levels on which devices can be compared, with the column that says on what."""

_SCENARIO: Final = "single-stream"
MOST_LISTED: Final = 4
RECORDING: Final = "Power recording"


@keeping
def catalogue() -> pd.DataFrame:
    """Return every device, one row each: the columns of `devices`, and rows, measured (words), searched.

    `searched` is what the search looks at, in lower case.
    """
    devices, coverage = doors.devices(), doors.device_coverage()
    counts = coverage.groupby("device_id")["row_count"].sum()
    words = {device_id: _measured(part) for device_id, part in coverage.groupby("device_id")}
    looked_at = [
        name
        for name in ("name", "vendor", "soc", "soc_vendor", "gpu", "ai_accelerator", "kind")
        if name in devices
    ]
    searched = devices[looked_at].fillna("").agg(" ".join, axis=1).str.lower()
    return devices.assign(
        rows=devices["device_id"].map(counts).fillna(0).astype(int),
        measured=devices["device_id"].map(words).fillna("nothing in this bundle"),
        kind_words=devices["kind"].map(KINDS).fillna(devices["kind"]).str.removesuffix("s"),
        searched=searched + " " + devices["device_id"],
    )


def _measured(coverage: pd.DataFrame) -> str:
    """What was measured, in words: "2,222 kernels, 35 applications on phones"."""
    counts = coverage.groupby("table_name", sort=False)["row_count"].sum()
    return ", ".join(f"{count:,} × {_small(doors.title(str(name)))}" for name, count in counts.items())


def _small(title: str) -> str:
    return title[:1].lower() + title[1:]


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
    """Return under which conditions a device was measured: one row per level and source, all cells words."""
    rows = [
        _condition(level.title, part)
        for level, own in device_rows(device_id)
        for _, part in own.groupby("source_id", sort=False)
    ]
    rows += [_trace_condition(trace) for trace in _traces(device_id).to_dict("records")]
    return pd.DataFrame(rows)


def _condition(title: str, part: pd.DataFrame) -> dict[str, str]:
    scopes = [METERS.get(scope, scope) for scope in part["meter_scope"].dropna().unique()]
    return {
        "What": title,
        "Rows": f"{len(part):,}",
        "Runs on": _some(part, "delegate"),
        "Precision": _some(part, "precision"),
        "Software": _some(part, "software"),
        "The meter saw": listing(scopes),
        "Idle power": _idle(part),
        "Known to be odd": plural(int(part["flagged"].sum()), "row") if part["flagged"].any() else "",
        "Source": str(part["source_title"].iloc[0]),
    }


def _some(part: pd.DataFrame, column: str) -> str:
    values = [str(value) for value in part[column].dropna().unique()] if column in part else []
    named = (
        [delegate_label(value) for value in values[:MOST_LISTED]]
        if column == "delegate"
        else values[:MOST_LISTED]
    )
    more = f" and {len(values) - MOST_LISTED} more" if len(values) > MOST_LISTED else ""
    return ", ".join(named) + more if named else "not stated"


def _idle(part: pd.DataFrame) -> str:
    included = "included" if part["idle_included"].astype(bool).all() else "not included"
    if "idle_power_w" not in part or part["idle_power_w"].isna().all():
        return included
    return f"{included}; {number(part['idle_power_w'].median())} W in the median"


def _traces(device_id: str) -> pd.DataFrame:
    traces = queries.traces(doors.bundle())
    return traces[traces["device_id"] == device_id]


def _trace_condition(trace: dict[str, object]) -> dict[str, str]:
    sources = doors.sources().set_index("source_id")
    return {
        "What": f"{RECORDING}: {trace['model']}, {trace['conditions']}",
        "Rows": f"{int(str(trace['samples'])):,} samples",
        "Runs on": "not stated" if pd.isna(trace["delegate"]) else delegate_label(str(trace["delegate"])),
        "Precision": "not stated",
        "Software": "not stated",
        "The meter saw": f"{METERS[str(trace['meter_scope'])]} ({trace['instrument']})",
        "Idle power": "included",
        "Known to be odd": "",
        "Source": str(sources.loc[str(trace["source_id"]), "source_title"]),
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
        column = _COMPARED.get(level.id)
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
        return rows.assign(network=rows["model"] + " " + rows["precision"] + ", " + rows["application"])
    return rows


@keeping
def compare(device_id: str, level: Level, subject: str) -> Comparison:
    """Return a device beside those that ran the same network or task, with meters that saw the same part.

    Board runs are compared single-stream where the device was measured so.
    """
    column = _COMPARED[level.id]
    rows = _on_level(level)
    rows = rows[(rows[column] == subject) & rows["energy_mj"].notna()]
    own = rows[rows["device_id"] == device_id]
    rows = rows[rows["meter_scope"].isin(own["meter_scope"].unique())]
    scenario = ""
    if "scenario" in own and (own["scenario"] == _SCENARIO).any():
        rows, scenario = rows[rows["scenario"] == _SCENARIO], ", single stream"
    groups = summary(rows, ["device_id", "device", "delegate"], "energy_mj")
    labels = groups["device"] + ", " + groups["delegate"].map(delegate_label)
    groups = groups.assign(label=labels, colour=groups["device_id"].map(device_colour))
    groups["yours"] = groups["device_id"] == device_id
    meters = tuple(sorted(own["meter_scope"].unique()))
    return Comparison(level, subject, groups, _compared(device_id, groups, f"{subject}{scenario}"), meters)


def _compared(device_id: str, groups: pd.DataFrame, where: str) -> str:
    mine = groups[groups["device_id"] == device_id]
    if mine.empty:
        return f"On {where} this device has no energy to compare."
    best = mine.iloc[0]
    ranks = list(dict.fromkeys(groups["device_id"]))
    rank, total = ranks.index(device_id) + 1, len(ranks)
    first = groups.iloc[0]
    per = "per streaming run" if where.startswith("streaming") else "per inference"
    runs_on = delegate_label(str(best["delegate"]))
    with_words = f"On **{where}** it takes {energy(best['median'])} {per} ({runs_on}, median)"
    if total == 1:
        return f"{with_words}. No other device was measured on it with a meter that saw the same part."
    if rank == 1:
        return f"{with_words}, the least of {total} devices that were measured alike."
    factor = number(best["median"] / first["median"])
    return (
        f"{with_words}: place {rank} of {total} devices that were measured alike, {factor} times the least "
        f"({first['device']}, {energy(first['median'])})."
    )
