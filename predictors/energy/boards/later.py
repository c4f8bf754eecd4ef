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
from typing import TYPE_CHECKING, Any, Final

from predictors.energy.boards.data import PRECISIONS, SETTINGS_PATH, SystemRows, board_settings, rows_of
from predictors.energy.boards.fit import SystemFit, fit_system

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
        """What it is called among measured systems."""
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


@lru_cache(maxsize=1)
def _results() -> pd.DataFrame:
    from data import open_bundle, queries

    results = queries.edge_results(open_bundle())
    known = results[results["family"].notna() & (results["scenario"] == "single-stream")]
    return known.rename(columns={"query_latency_ms": "latency_ms"})


def later_rows(system: LaterSystem, precision: str) -> SystemRows:
    """Rows of one system and precision; runs that decode images inside only where there are no others."""
    rows = _results()
    for column in ("device_id", "software", "round", "power_mode"):
        rows = rows[rows[column] == getattr(system, column)]
    rows = rows[rows["precision"] == precision].sort_values("live_preprocessing", kind="stable")
    rows = rows.drop_duplicates("network").sort_values("network", kind="stable")
    named = rows.assign(delegate=system.delegate, system=system.name, idle_power_w=system.idle_w)
    return rows_of(named, named.iloc[:0])


@lru_cache(maxsize=32)
def later_fit(device_id: str, delegate: str, precision: str) -> SystemFit:
    """The fit of one of these systems, made at first use."""
    return fit_system(later_rows(later_systems()[device_id, delegate], precision), board_settings())


def later_fits() -> tuple[SystemFit, ...]:
    """Every fit of these systems; none in a bundle without them."""
    if _results().empty:
        return ()
    return tuple(
        later_fit(device_id, delegate, precision)
        for device_id, delegate in later_systems()
        for precision in PRECISIONS
    )


@lru_cache(maxsize=64)
def decodes_inside(system: LaterSystem, precision: str) -> bool:
    """Whether decoding the image is part of a system's runs in one precision."""
    rows = _results()
    for column in ("device_id", "software", "round", "power_mode"):
        rows = rows[rows[column] == getattr(system, column)]
    own = rows[rows["precision"] == precision]["live_preprocessing"].astype(bool)
    return bool(len(own)) and bool(own.all())
