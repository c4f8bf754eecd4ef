"""Under which conditions each device was measured, fact by fact, and what differs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import pandas as pd

from app.compare_meters import meter_kind
from app.formats import number, plural
from app.phone_cells import DELEGATE_NAMES
from app.target_names import BACK_ENDS
from predictors.targets import Target

Facts = dict[str, str]
"""Name of a condition -> what it was."""

BETWEEN: Final = "Between them"
"""Heading of the column that says whether a condition differs."""
UNKNOWN: Final = "not stated"
NONE: Final = "none"


def phone_facts(device: Mapping[str, object], rows: pd.DataFrame, source: Mapping[str, object]) -> Facts:
    """Return the conditions of a phone from its row of devices, its measurements and their source."""
    measured = rows.dropna(subset=["energy_mj"])
    counts = measured["delegate"].value_counts()
    delegates = [f"{DELEGATE_NAMES[each]} {counts[each]}" for each in DELEGATE_NAMES if each in counts]
    return {
        "Meter": str(source["method"]),
        "The meter saw": meter_kind(_one(rows["meter_scope"])),
        "Idle power": _idle(bool(rows["idle_included"].all())),
        "Software": _one(rows["software"]),
        "Networks per delegate": ", ".join(delegates),
        "Cells without a figure": str(int(rows["energy_mj"].isna().sum())),
        "Chip": f"{device['soc']} ({device['soc_vendor']})",
        "Accelerator": _known(device["ai_accelerator"], NONE),
        "System": f"Android {device['android_version']}",
        "TDP": f"{number(_float(device['tdp_w']), 2)} W, as printed",
        "Source": str(source["source_title"]),
    }


def board_facts(rows: pd.DataFrame, source: Mapping[str, object]) -> Facts:
    """Return the conditions of a board from the runs that are compared (rows of board_networks)."""
    idle_w = number(float(rows["idle_power_w"].median()))
    software = [
        f"{BACK_ENDS.get(name, name)}: {_one(part)}" for name, part in _by(rows, "delegate", "software")
    ]
    return {
        "Meter": str(source["method"]),
        "The meter saw": meter_kind(_one(rows["meter_scope"])),
        "Idle power": f"{_idle(bool(rows['idle_included'].all()))}, {idle_w} W",
        "Software": "; ".join(software),
        "Benchmark round": _one(rows["round"]),
        "Submitter": _one(rows["submitter"]),
        "Power mode": _one(rows["power_mode"]),
        "Back ends": ", ".join(BACK_ENDS.get(name, name) for name, _ in _by(rows, "delegate", "software")),
        "Networks": ", ".join(f"{name} {part.nunique()}" for name, part in _by(rows, "precision", "network")),
        "Source": str(source["source_title"]),
    }


def target_facts(targets: Iterable[Target], titles: Mapping[str, str]) -> Facts:
    """Return the conditions behind a device's estimates; `titles` is source id -> title."""
    chosen = list(targets)
    return {
        "Meter": _joined(each.meter for each in chosen),
        "The meter saw": _joined(meter_kind(each.meter) for each in chosen),
        "Idle power": _joined(_idle(each.idle_included) for each in chosen),
        "Delegates": _joined(BACK_ENDS.get(each.delegate, each.delegate.upper()) for each in chosen),
        "Precisions": _joined(each.precision for each in chosen),
        "Obtained": _joined(each.evidence.value for each in chosen),
        "Held-out error": _error_range(chosen),
        "Source": _joined(titles.get(source, source) for each in chosen for source in each.source_ids),
    }


def facts_by_name(facts: Sequence[Facts]) -> dict[str, list[str]]:
    """Return condition -> one text per device, in the order of the first facts."""
    names = list(dict.fromkeys(name for each in facts for name in each))
    return {name: [each.get(name, UNKNOWN) for each in facts] for name in names}


def conditions_table(facts: Mapping[str, Sequence[str]], labels: Sequence[str]) -> pd.DataFrame:
    """Return one row per condition, one column per label; those that differ come first and say so."""
    rows = [
        {"Condition": name, BETWEEN: "differs" if len(set(texts)) > 1 else "same"}
        | dict(zip(labels, texts, strict=True))
        for name, texts in facts.items()
    ]
    return pd.DataFrame(sorted(rows, key=lambda row: row[BETWEEN] == "same"))


def _error_range(targets: Sequence[Target]) -> str:
    errors = [each.error_percent for each in targets if each.error_percent is not None]
    if not errors:
        return UNKNOWN
    low, high = number(min(errors), 2), number(max(errors), 2)
    spread = low if low == high else f"{low} to {high}"
    return f"{spread} % over {plural(len(errors), 'target')}"


def _by(rows: pd.DataFrame, key: str, column: str) -> list[tuple[str, pd.Series]]:
    return [(str(name), part[column]) for name, part in rows.groupby(key, sort=True)]


def _idle(is_included: bool) -> str:
    return "included" if is_included else "taken off"


def _joined(texts: Iterable[str]) -> str:
    return "; ".join(dict.fromkeys(texts)) or UNKNOWN


def _one(values: pd.Series) -> str:
    return _joined(str(each) for each in values.dropna().unique())


def _known(value: object, otherwise: str) -> str:
    return otherwise if value is None or pd.isna(value) else str(value)


def _float(value: object) -> float | None:
    return None if value is None or pd.isna(value) else float(str(value))
