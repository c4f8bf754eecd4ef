"""The closed law in the form of Lahmer et al., and the additive law of a timed layer, recomputed by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from predictors.energy.tx2 import layer_features
from predictors.energy.tx2.law import (
    AdditiveLaw,
    closed_law,
    closed_law_energy_mj,
    fit_additive,
    fit_closed_law,
    law_terms,
)
from predictors.energy.tx2.layers import LayerTable, MeasuredLayers

LAW = layer_features.LahmerLaw(tile=32, mac_energy_nj=0.04, floor_mj=0.6, input_nj=24.0, weight_nj=0.6)
ADDITIVE = AdditiveLaw(tile=32, coefficients=(0.6, 24e-6, 0.6e-6, 8e-6, 1e-6, 0.04e-6))

sizes = st.tuples(
    st.integers(1, 100), st.sampled_from([1, 3, 5, 7, 11]), st.integers(1, 512), st.integers(1, 512)
)


def table(*rows: tuple[float, float, float, float]) -> LayerTable:
    """Layers from rows of (out_side, window, c_in, c_out)."""
    columns = np.array(rows, dtype=np.float64).T
    return LayerTable(*columns)


def layer_energy_mj(law: layer_features.LahmerLaw, layers: LayerTable) -> np.ndarray:
    return law.layer_energy_mj(layers.positions, layers.depth, layers.c_out, layers.inputs)


def test_closed_law_by_hand() -> None:
    # 10x10 outputs, 3x3 window, 8 channels in, 33 kernels -> 64 in tiles of 32; input 12x12x8.
    expected_macs = 100 * 72 * 64
    expected_mj = 0.6 + 1e-6 * (24.0 * 1152 + 0.6 * 72 * 33 + 0.04 * expected_macs)
    assert layer_energy_mj(LAW, table((10, 3, 8, 33)))[0] == pytest.approx(expected_mj, rel=1e-12)


def test_kernels_within_one_tile_cost_the_same_macs() -> None:
    assert layer_features.tiled_kernels(np.array([1.0, 32.0, 33.0, 64.0, 65.0]), 32).tolist() == [
        32,
        32,
        64,
        64,
        96,
    ]
    assert layer_features.tiled_kernels(np.array([1.0, 7.0]), 1).tolist() == [1, 7]


def test_fully_connected_layers_have_one_slope() -> None:
    macs = np.array([1e6, 2e6, 5e6])
    assert layer_features.fully_connected_energy_mj(macs, 1.5).tolist() == pytest.approx([1.5, 3.0, 7.5])


@given(sizes, st.integers(0, 3))
def test_closed_law_never_falls_when_a_size_grows(layer: tuple[int, int, int, int], grown: int) -> None:
    larger = tuple(size + (3 if place == grown else 0) for place, size in enumerate(layer))
    low, high = layer_energy_mj(LAW, table(layer, larger))
    assert high >= low > 0


@given(sizes, st.integers(0, 3))
def test_additive_law_never_falls_when_a_size_grows(layer: tuple[int, int, int, int], grown: int) -> None:
    larger = tuple(size + (2 if place == grown else 0) for place, size in enumerate(layer))
    both = table(layer, larger)
    assert np.diff(ADDITIVE.parts(both).sum(axis=1))[0] >= 0
    assert np.diff(ADDITIVE.layer_only(both))[0] >= 0


def test_additive_terms_by_hand() -> None:
    # 10x10 outputs, 3x3 window, 8 in, 33 out.
    assert law_terms(table((10, 3, 8, 33)), 32)[0].tolist() == [1, 1152, 2376, 3300, 7200, 100 * 72 * 64]
    # Windows of one pixel are not unrolled; a padded input is smaller than the unpadded one.
    assert law_terms(table((10, 1, 8, 33)), 32, np.array([500.0]))[0].tolist()[1] == 500
    assert law_terms(table((10, 1, 8, 33)), 32)[0].tolist()[4] == 0


def test_layer_without_loop_by_hand() -> None:
    per_byte = 8e-6 / 12
    reading = min(2376 * 4 * per_byte, 2376 * 0.6e-6)
    expected = 3300 * 8e-6 / 3 + 7200 * 1e-6 + 100 * 72 * 64 * 0.04e-6 + reading
    assert ADDITIVE.layer_only(table((10, 3, 8, 33)))[0] == pytest.approx(expected, rel=1e-12)


@settings(max_examples=40, deadline=None)
@given(st.lists(sizes, min_size=1, max_size=20))
def test_layer_never_costs_more_than_when_timed(layers: list[tuple[int, int, int, int]]) -> None:
    known = table(*layers)
    assert np.all(ADDITIVE.layer_only(known) <= ADDITIVE.parts(known).sum(axis=1))
    assert np.all(ADDITIVE.layer_only(known) > 0)


def _grid() -> LayerTable:
    sides, windows, channels, kernels = (10, 20, 40, 80), (1, 3, 5), (3, 30, 200), (16, 60, 200, 500)
    return table(*[(s, w, i, o) for s in sides for w in windows for i in channels for o in kernels])


def test_fit_finds_the_law_that_made_the_figures() -> None:
    grid = _grid()
    fitted = fit_additive(grid, ADDITIVE.parts(grid).sum(axis=1), tile=32)
    assert fitted.coefficients == pytest.approx(ADDITIVE.coefficients, rel=1e-5)
    sizes_of_grid = (grid.positions, grid.depth, grid.c_out, grid.inputs)
    found = layer_features.fit_law(*sizes_of_grid, layer_energy_mj(LAW, grid), tiles=(1, 8, 32, 128))
    assert found.tile == 32
    assert found.mac_energy_nj == pytest.approx(LAW.mac_energy_nj, rel=1e-5)
    assert found.floor_mj == pytest.approx(LAW.floor_mj, rel=1e-5)


def test_fit_is_never_negative() -> None:
    grid = _grid()
    falling = 1.0 / grid.macs
    assert all(value >= 0 for value in fit_additive(grid, falling, tile=8).coefficients)


def test_units_of_the_loop() -> None:
    # One million elements at 16 nJ are 16 mJ.
    one_million = np.array([1e6])
    assert layer_features.loop_energy_mj(one_million, np.zeros(1), 1.0, 16.0, 3.0)[0] == pytest.approx(17.0)
    assert math.isclose(layer_features.convolution_energy_mj(np.array([1e9]), 0.04)[0], 40.0)


def test_the_closed_law_is_found_again_from_what_it_says() -> None:
    layers = table(
        *((side, 3, c_in, c_out) for side in (5, 20, 60) for c_in in (3, 64) for c_out in (1, 40, 99, 200))
    )
    found = fit_closed_law(layers, layer_energy_mj(LAW, layers), "gpu")
    assert found.tile == LAW.tile
    assert found.mac_energy_nj == pytest.approx(LAW.mac_energy_nj)
    assert closed_law_energy_mj(found, layers) == pytest.approx(layer_energy_mj(LAW, layers))


def test_the_closed_law_without_measured_layers_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    nothing = MeasuredLayers(LayerTable(*(np.zeros(0),) * 4), np.zeros(0), np.zeros(0))
    monkeypatch.setattr("predictors.energy.tx2.law.measured_layers", lambda _delegate: nothing)
    closed_law.cache_clear()
    with pytest.raises(ValueError, match="no measured layers"):
        closed_law("cpu")
