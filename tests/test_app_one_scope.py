"""Figures that differ in scope are never on one axis without a break and a word, in any picture."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Callable
from typing import Any, Final

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import pytest

import app.charts
from app.charts.one_scope import MixedScopesError
from app.charts.pareto import Lines
from app.charts.timeline import Line, timeline
from app.devices.facts import COMPARED
from app.explore.page import heat_cells
from app.measurements.levels import LEVELS
from app.measurements.rows import bundled_rows
from app.timelines.data import bundled, bundled_timeline, by_meter

CHECKED: Final[dict[str, tuple[str, tuple[Any, ...]]]] = {
    "energy_bars": ("meter_scope", ()),
    "device_intervals": ("scope", ()),
    "energy_macs": ("meter_scope", ()),
    "token_lines": ("meter_scope", ("energy_mj",)),
    "cell_dots": ("meter", ({}, "energy")),
    "estimated_measured": ("scope", ()),
    "front_chart": ("meter", (Lines(),)),
    "spread": ("scope", ()),
}
"""Picture of several devices or meters -> its column of scopes, and what it takes beside its rows."""
ALONE: Final = {
    "measurement_cells": "one device; `heat_cells` checks the rows of several",
    "charge_bars": "shares of a charge: phones, whole phones all",
    "verdict_bars": "ratios to one device, made within one basis; scopes apart get none",
    "score_bubbles": "scores of phones, no energies",
    "calibration": "shares of measurements inside intervals, no energies",
    "live_power": "one recording",
    "power_steps": "one estimate",
    "flame": "one estimate",
    "kernel_bars": "one estimate",
    "kind_share": "one estimate",
    "kernel_graph": "one estimate",
    "waterfall": "one estimate and its levers, in their common scope",
    "diff_bars": "two models on one target, in their common scope",
    "split_energy": "one device with its link",
    "split_latency": "times, no energies",
    "token_costs": "one device, software and power mode, which have one meter",
    "laid_over": "one recording",
    "spread_of_each": "one recording",
    "clocks": "one phone's results",
}
"""Picture -> why its figures are of one scope by how it is made."""


def pictures() -> dict[str, Callable[..., go.Figure]]:
    """Every function of the charts that returns a finished picture, by name."""
    found: dict[str, Callable[..., go.Figure]] = {}
    for module in pkgutil.iter_modules(app.charts.__path__):
        members = inspect.getmembers(importlib.import_module(f"app.charts.{module.name}"), inspect.isfunction)
        found |= {name: each for name, each in members if hasattr(each, "__wrapped__")}
    return {name: each for name, each in found.items() if "Figure" in str(inspect.signature(each))}


def test_every_picture_checks_its_scopes_or_has_but_one() -> None:
    assert set(pictures()) == set(CHECKED) | set(ALONE) | {"timeline"}


@pytest.mark.parametrize("name", CHECKED)
def test_a_picture_of_two_scopes_is_not_drawn(name: str) -> None:
    column, others = CHECKED[name]
    # Interleaved: no line between two parts could tell them apart.
    rows = pd.DataFrame({column: ["ac-wall", "core-rail", "ac-wall"]})
    with pytest.raises(MixedScopesError):
        pictures()[name](rows, *others)


def test_recordings_of_two_meters_are_not_drawn_together() -> None:
    no = np.zeros(2)
    lines = [Line("a", "#000", no, no, "ac-wall"), Line("b", "#111", no, no, "rail")]
    with pytest.raises(MixedScopesError):
        timeline(lines, [], (0.0, 1.0))
    found = {each.trace_id: each for each in map(bundled_timeline, bundled()["trace_id"])}
    assert {each.scope for each in found.values()} == {"ac-wall", "whole-phone"}
    for part in by_meter(list(found.values())):
        assert len({list(found.values())[at].scope for at in part}) == 1


def test_a_grid_of_two_meters_is_not_made() -> None:
    with pytest.raises(MixedScopesError):
        heat_cells(pd.DataFrame({"meter_scope": ["whole-phone", "rail"]}))


def test_a_device_was_measured_by_one_meter_on_each_network_or_task() -> None:
    """What the page of devices compares it on is then of one scope, idle included or not alike."""
    for level, column in COMPARED.items():
        rows = bundled_rows(level)
        scopes = rows["meter_scope"] + rows["idle_included"].astype(str)
        subject = rows[column] if column in rows else rows["model"]  # applications have no network of a name
        assert scopes.groupby([rows["device_id"], subject]).nunique().max() == 1, level
    for level in LEVELS:
        rows = bundled_rows(level)
        assert rows.groupby("meter_scope")["idle_included"].nunique().max() == 1, level
