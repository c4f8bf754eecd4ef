"""Systems whose results are published without logs: same networks, same law, the energy as MLPerf printed it.

Their latency is the 90th percentile of a query, not the mean, and idle power stands in the settings. A system
is board, software, submitter, round and power mode; each is a back end of its own and none joins the prior of
devices that are calibrated.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from predictors.energy.boards.data import PRECISIONS, SETTINGS_PATH, board_settings, rows_of
from predictors.energy.boards.fit import BOARDS_CLASSES, SystemFit, fit_system
from predictors.energy.stored.store import fitted

if TYPE_CHECKING:
    import pandas as pd

SOURCE_ID: Final = "mlperf-edge-results"


@dataclass(frozen=True, slots=True)
class LaterSystem:
    """One system of the settings; `idle_w` is what the board draws at rest in that round (W)."""

    device_id: str
    delegate: str
    software: str
    round: str
    power_mode: str
    idle_w: float

    @property
    def name(self) -> str:
        """Its name among measured systems."""
        return f"{self.software}, CTuning {self.round}, {self.power_mode}"


@lru_cache(maxsize=1)
def later_systems() -> Mapping[tuple[str, str], LaterSystem]:
    """Device and back end -> system, from `settings/boards.toml`."""
    raw: dict[str, Any] = tomllib.loads(SETTINGS_PATH.read_text(encoding="utf-8"))["later"]
    return {
        (device_id, delegate): LaterSystem(device_id, delegate, **facts)
        for device_id, by_delegate in raw.items()
        for delegate, facts in by_delegate.items()
    }


@dataclass(frozen=True, slots=True)
class LaterFit:
    """One system in one precision, fitted; `decodes_inside`: decoding the image is part of its runs."""

    fit: SystemFit
    decodes_inside: bool


LATER_FAMILY: Final = "boards-later"
LATER_CLASSES: Final = (*BOARDS_CLASSES, LaterFit)
"""Where the fits of these systems are stored, and what they are made of."""
Key: TypeAlias = tuple[str, str, str]
"""Device, back end, precision."""


@lru_cache(maxsize=1)
def _fits() -> Mapping[Key, LaterFit]:
    return fitted(LATER_FAMILY, LATER_CLASSES, fit_later)


def fit_later() -> dict[Key, LaterFit]:
    """Device, back end and precision -> fit, of every one of these systems; none in a bundle without them."""
    results = _results()
    if results.empty:
        return {}
    return {
        (device_id, delegate, precision): _fit(results, system, precision)
        for (device_id, delegate), system in later_systems().items()
        for precision in PRECISIONS
    }


def _results() -> pd.DataFrame:
    from data import kept_bundle, queries

    results = queries.edge_results(kept_bundle())
    known = results[results["family"].notna() & (results["scenario"] == "single-stream")]
    return known.rename(columns={"query_latency_ms": "latency_ms"})


def _fit(results: pd.DataFrame, system: LaterSystem, precision: str) -> LaterFit:
    """Runs that decode images inside are used only where there are no others."""
    rows = results[results["precision"] == precision]
    for column in ("device_id", "software", "round", "power_mode"):
        rows = rows[rows[column] == getattr(system, column)]
    inside = rows["live_preprocessing"].astype(bool)
    rows = rows.sort_values("live_preprocessing", kind="stable").drop_duplicates("network")
    rows = rows.sort_values("network", kind="stable")
    named = rows.assign(delegate=system.delegate, system=system.name, idle_power_w=system.idle_w)
    fit = fit_system(rows_of(named, named.iloc[:0]), board_settings())
    return LaterFit(fit, bool(len(inside)) and bool(inside.all()))


def later_fit(device_id: str, delegate: str, precision: str) -> SystemFit:
    """The fit of one of these systems."""
    return _fits()[device_id, delegate, precision].fit


def later_fits() -> tuple[SystemFit, ...]:
    """Every fit of these systems; none in a bundle without them."""
    return tuple(found.fit for found in _fits().values())


def decodes_inside(device_id: str, delegate: str, precision: str) -> bool:
    """Whether decoding the image is part of a system's runs in one precision."""
    return _fits()[device_id, delegate, precision].decodes_inside
