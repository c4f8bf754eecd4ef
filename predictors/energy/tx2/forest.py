"""The layer predictor of TX2: the additive law times a correction learned by randomised trees.

Trees learn the logarithm of measured over law, for energy and latency together. They are refitted from the
measurements at first use (about a second), so that nothing but readable settings is stored.

How far the trees differ does not say how sure they are: grown to single layers, all of them agree on every
layer that was measured, because each has it by heart. So the steps from leaf to leaf count as well.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from predictors.energy.tx2.law import AdditiveLaw, fit_additive
from predictors.energy.tx2.layer_features import Floats
from predictors.energy.tx2.layers import LayerTable, MeasuredLayers

QUANTITIES = ("energy", "latency")
GPU_TILES = (32, 128)
"""Kernels per warp and per matrix tile: the steps seen in the GPU's latency against the number of kernels."""


@dataclass(frozen=True, slots=True)
class ForestSettings:
    """Fixed choices of the fit: `tile` of the law (kernels) and the size of the forest."""

    tile: int
    trees: int
    smallest_leaf: int
    feature_share: float
    seed: int


@dataclass(frozen=True, slots=True)
class LayerPrediction:
    """Logs of energy (mJ) and latency (ms), shape (layers, 2), and the spread (log) around them.

    `log_spread`: how far the trees differ, and how much the measurements change from one layer to the next
    around this one (the step from the leaf it falls into to the leaves beside), as the root of the sum of
    the trees' variance and the mean square of their steps.
    """

    log_value: Floats
    log_spread: Floats


@dataclass(frozen=True, slots=True)
class LayerTree:
    """A grown tree, and for each of its nodes the other half of the split that made the node."""

    tree: Any
    beside: NDArray[np.intp]

    def answers(self, features: NDArray[np.float32]) -> tuple[Floats, Floats]:
        """Logs of measured over law in the layers' leaves, shape (layers, 2), and the steps to the next."""
        leaves, values = self.tree.apply(features), self.tree.value[:, :, 0]
        return values[leaves], values[self.beside[leaves]] - values[leaves]


def layer_tree(tree: Any) -> LayerTree:
    """A tree of scikit-learn (`tree_`) with its neighbouring nodes; a tree of one leaf is its own."""
    beside = np.arange(tree.node_count)
    split = tree.children_left >= 0
    left, right = tree.children_left[split], tree.children_right[split]
    beside[left], beside[right] = right, left
    return LayerTree(tree, beside)


@dataclass(frozen=True, slots=True)
class LayerModel:
    """Fitted laws of energy and latency, and the trees that correct them."""

    energy: AdditiveLaw
    latency: AdditiveLaw
    trees: tuple[LayerTree, ...]

    def log_law(self, table: LayerTable) -> Floats:
        """Logs of what the laws alone say for energy (mJ) and latency (ms), shape (layers, 2)."""
        laws = [law.parts(table).sum(axis=1) for law in (self.energy, self.latency)]
        return np.asarray(np.log(np.column_stack(laws)))

    def predict(self, table: LayerTable) -> LayerPrediction:
        """Energy and latency of layers as the timed loop would measure them."""
        features = layer_features(table, self.energy, self.latency)
        answers, steps = np.array([tree.answers(features) for tree in self.trees]).swapaxes(0, 1)
        spread = np.sqrt(answers.var(axis=0) + (steps**2).mean(axis=0))
        return LayerPrediction(self.log_law(table) + answers.mean(axis=0), spread)


def layer_features(table: LayerTable, energy: AdditiveLaw, latency: AdditiveLaw) -> NDArray[np.float32]:
    """Features, shape (layers, features): logs of sizes, filling of tiles, shares of the laws' terms."""
    sizes = (table.out_side, table.c_in, table.c_out, table.window, table.macs, table.weights, table.outputs,
             table.positions * table.depth, table.depth)  # fmt: skip
    columns = [np.log(size) for size in sizes]
    columns += [np.ceil(table.c_out / tile) for tile in GPU_TILES]
    columns.append(table.c_out / GPU_TILES[-1] / np.ceil(table.c_out / GPU_TILES[-1]))
    for law in (energy, latency):
        parts = law.parts(table)
        total = parts.sum(axis=1)
        columns += [*(parts / total[:, None]).T, np.log(total)]
    return np.column_stack(columns).astype(np.float32)


def fit_layer_model(layers: MeasuredLayers, settings: ForestSettings) -> LayerModel:
    """Fit laws and trees to measured layers; the same layers and settings give the same model."""
    from sklearn.ensemble import ExtraTreesRegressor  # slow to import, only needed here

    energy = fit_additive(layers.table, layers.energy_mj, settings.tile)
    latency = fit_additive(layers.table, layers.latency_ms, settings.tile)
    bare = LayerModel(energy, latency, ())
    measured = np.log(np.column_stack([layers.energy_mj, layers.latency_ms]))
    forest = ExtraTreesRegressor(
        settings.trees,
        min_samples_leaf=settings.smallest_leaf,
        max_features=settings.feature_share,
        random_state=settings.seed,
        n_jobs=1,
    )
    forest.fit(layer_features(layers.table, energy, latency), measured - bare.log_law(layers.table))
    return LayerModel(energy, latency, tuple(layer_tree(tree.tree_) for tree in forest.estimators_))
