"""Devices whose energies are of different things: they stand apart, in words, and get no verdict."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from app.compare.conditions import meter_words
from app.i18n.formats import listing, literal
from app.i18n.texts import t


def scopes_apart(names: Mapping[str, str], cells: pd.DataFrame) -> dict[str, list[str]]:
    """Return kind of energy -> names of the devices that have it; empty where all have one kind.

    `names` is device id -> name; `cells` has a row per figure with `meter`, what its energy is of.
    """
    found: dict[str, list[str]] = {}
    for device_id, kinds in cells.groupby("device_id", sort=False)["meter"]:
        for kind in dict.fromkeys(kinds):
            found.setdefault(str(kind), []).append(names[str(device_id)])
    return found if len(found) > 1 else {}


def apart_words(scopes: Mapping[str, list[str]]) -> str:
    """Say that energies of two kinds are not compared."""
    parts = [
        f"{listing([literal(name) for name in names])} ({meter_words(kind)})"
        for kind, names in scopes.items()
    ]
    return t(
        "These devices are not compared: their energies are of different things: {parts}. Choose devices of "
        "one kind for a verdict.",
        parts="; ".join(parts),
    )
