"""Measurements of the very network that is asked about, where the bundle has them."""

from __future__ import annotations

import csv
import math
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from predictors.measured.signature import signature
from predictors.model.kernels import FusedModel
from predictors.model.reference_networks import REFERENCE_DNNS
from predictors.results.figures import MeasuredFigure, Scope

if TYPE_CHECKING:
    import pandas as pd

Key: TypeAlias = tuple[str, str, str, str]
"""Network, device, delegate, precision."""

TABLE: Final = Path(__file__).parents[1] / "settings" / "known_networks.csv"
PHONE_DELEGATES: Final = frozenset({"cpu", "cpu4", "gpu", "nnapi"})
"""Only phones were measured under these names; boards have the names of back ends. So a question about one
device reads one table."""
BOARD_SCOPES: Final = {"ac-wall": Scope.BOARD_WALL}


@lru_cache(maxsize=1)
def known_networks() -> Mapping[str, frozenset[str]]:
    """Signature -> names under which the bundle measured that network: reference samples and board
    networks.
    """
    found: defaultdict[str, set[str]] = defaultdict(set)
    with TABLE.open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream):
            found[row["signature"]].add(row["network"])
    return {key: frozenset(names) for key, names in found.items()}


def names_of(model: FusedModel) -> frozenset[str]:
    """Names under which this network was measured; `model` is fused for TensorFlow Lite's CPU runtime."""
    return known_networks().get(signature(model), frozenset())


def measured_figures(
    names: frozenset[str], device_id: str, delegate: str, precision: str
) -> tuple[MeasuredFigure, ...]:
    """What was measured of the networks called `names` on one target, in the order of the bundle."""
    if not names:
        return ()
    figures = _applications(names) if delegate in PHONE_DELEGATES else _boards(names)
    return tuple(
        figure for name in sorted(names) for figure in figures.get((name, device_id, delegate, precision), ())
    )


def measured_targets(names: frozenset[str]) -> tuple[tuple[str, str, str], ...]:
    """Every device, delegate and precision that one of the networks was measured on."""
    return tuple(dict.fromkeys(key[1:] for key in (*_applications(names), *_boards(names)))) if names else ()


@lru_cache(maxsize=100)
def _applications(names: frozenset[str]) -> dict[Key, tuple[MeasuredFigure, ...]]:
    """What was measured on phones of the networks called `names`, by network and target."""
    from data import kept_bundle, queries

    dnns = {dnn: name for dnn, (name, _) in REFERENCE_DNNS.items() if name in names}
    if not dnns:
        return {}
    rows = _filled(queries.application_measurements(kept_bundle()), "dnn_id", dnns)
    return _by_key((dnns[row.dnn_id], row, _figure(row, Scope.APPLICATION)) for row in rows)


@lru_cache(maxsize=100)
def _boards(names: frozenset[str]) -> dict[Key, tuple[MeasuredFigure, ...]]:
    """The same on boards."""
    from data import kept_bundle, queries

    rows = _filled(queries.board_networks(kept_bundle()), "network", names)
    return _by_key((row.network, row, _board_figure(row)) for row in rows)


def _by_key(found: Iterable[tuple[str, Any, MeasuredFigure]]) -> dict[Key, tuple[MeasuredFigure, ...]]:
    figures: defaultdict[Key, list[MeasuredFigure]] = defaultdict(list)
    for name, row, figure in found:
        figures[name, row.device_id, row.delegate, row.precision].append(figure)
    return {key: tuple(those) for key, those in figures.items()}


def _filled(rows: pd.DataFrame, column: str, names: Collection[str]) -> list[Any]:
    """The rows with an energy whose `column` holds one of `names`."""
    return list(rows[rows[column].isin(list(names)) & rows["energy_mj"].notna()].itertuples())


def _board_figure(row: Any) -> MeasuredFigure:
    return _figure(row, BOARD_SCOPES.get(row.meter_scope, Scope.BOARD_INPUT))


def _figure(row: Any, scope: Scope) -> MeasuredFigure:
    round_of = getattr(row, "round", None)
    software = (
        f"{row.software}, {row.submitter} {round_of}" if isinstance(round_of, str) else str(row.software)
    )
    return MeasuredFigure(
        energy_mj=float(row.energy_mj),
        latency_ms=_or_none(row.latency_ms),
        avg_power_w=_or_none(row.avg_power_w),
        scope=scope,
        source_id=str(row.source_id),
        software=software,
    )


def _or_none(value: Any) -> float | None:
    number = float(value)
    return number if math.isfinite(number) else None
