"""The layer predictor of TX2: the additive law times a correction learned by randomised trees.

Trees learn the logarithm of measured over law, for energy and latency together. They are grown when the
bundle is built and stored as plain tables; scikit-learn is needed for growing only.

How far the trees differ does not say how sure they are: grown to single layers, all of them agree on every
layer that was measured, because each has it by heart. So the steps from leaf to leaf count as well.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from predictors.energy.tx2.law import AdditiveLaw, fit_additive
from predictors.energy.tx2.layer_features import Floats
from predictors.energy.tx2.layers import LayerTable, MeasuredLayers

Indices: TypeAlias = NDArray[np.int32]

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
class Forest:
    """All grown trees as flat tables, node after node; the left half of a split is always the next node.

    `roots` (trees,) first nodes. Of every node: `feature` (-1: a leaf), `threshold`, and `right`, the node
    where the other half begins, or a leaf's number. Of every leaf: `answers` (leaves, 2), logs of measured
    over law for energy and latency, and `steps` (leaves, 2) to the other half of the split that made it.
    """

    roots: Indices
    feature: NDArray[np.int8]
    threshold: NDArray[np.float32]
    right: Indices
    answers: NDArray[np.float32]
    steps: NDArray[np.float32]

    def leaves(self, features: NDArray[np.float32]) -> NDArray[np.intp]:
        """The leaf of every tree that each layer falls into, shape (trees, layers)."""
        layers = np.arange(len(features))
        nodes = np.repeat(self.roots.astype(np.intp)[:, None], len(features), axis=1)
        while True:
            feature = self.feature[nodes].astype(np.intp)
            is_split = feature >= 0
            if not is_split.any():
                return self.right[nodes].astype(np.intp)
            goes_left = features[layers, feature] <= self.threshold[nodes]
            nodes = np.where(is_split, np.where(goes_left, nodes + 1, self.right[nodes]), nodes)

    def predict(self, features: NDArray[np.float32]) -> tuple[Floats, Floats]:
        """Mean over the trees of logs of measured over law, and the spread (log), shape (layers, 2)."""
        places = self.leaves(features)
        answers, steps = (table[places].astype(np.float64) for table in (self.answers, self.steps))
        return answers.mean(axis=0), np.sqrt(answers.var(axis=0) + (steps**2).mean(axis=0))


def forest_of(trees: Sequence[Any]) -> Forest:
    """The tables of scikit-learn's trees (`tree_` of each). A tree of one leaf has no step to anywhere."""
    sizes = [tree.node_count for tree in trees]
    starts = np.concatenate([[0], np.cumsum(sizes)[:-1]]).astype(np.int32)
    parts = [_tables(tree) for tree in trees]
    leaf_starts = np.concatenate([[0], np.cumsum([len(part[3]) for part in parts])[:-1]])
    right = [
        np.where(part[0] < 0, part[2] + leaf_start, part[2] + start)
        for part, start, leaf_start in zip(parts, starts, leaf_starts, strict=True)
    ]
    return Forest(
        starts,
        np.concatenate([part[0] for part in parts]),
        np.concatenate([part[1] for part in parts]),
        np.concatenate(right).astype(np.int32),
        np.concatenate([part[3] for part in parts]),
        np.concatenate([part[4] for part in parts]),
    )


def _tables(tree: Any) -> tuple[Any, ...]:
    """Feature, threshold, right half or leaf number of every node; answer and step of every leaf."""
    left, right = tree.children_left, tree.children_right
    is_split = left >= 0
    if not (left[is_split] == np.flatnonzero(is_split) + 1).all():
        raise ValueError("the trees of this scikit-learn are not stored left half first")
    beside = np.arange(tree.node_count)
    beside[left[is_split]], beside[right[is_split]] = right[is_split], left[is_split]
    numbers = np.cumsum(~is_split) - 1
    # Sizes are 32-bit numbers: rounding a threshold down sends each of them the same way as before.
    rounded = tree.threshold.astype(np.float32)
    rounded = np.where(rounded > tree.threshold, np.nextafter(rounded, np.float32(-np.inf)), rounded)
    values = tree.value[:, :, 0]
    answers, steps = values[~is_split], values[beside[~is_split]] - values[~is_split]
    return (
        np.where(is_split, tree.feature, -1).astype(np.int8),
        np.where(is_split, rounded, 0.0).astype(np.float32),
        np.where(is_split, right, numbers),
        answers.astype(np.float32),
        steps.astype(np.float32),
    )


@dataclass(frozen=True, slots=True)
class LayerModel:
    """Fitted laws of energy and latency, and the trees that correct them."""

    energy: AdditiveLaw
    latency: AdditiveLaw
    forest: Forest

    def log_law(self, table: LayerTable) -> Floats:
        """Logs of what the laws alone say for energy (mJ) and latency (ms), shape (layers, 2)."""
        return log_law(table, self.energy, self.latency)

    def predict(self, table: LayerTable) -> LayerPrediction:
        """Energy and latency of layers as the timed loop would measure them."""
        features = layer_features(table, self.energy, self.latency)
        over_law, spread = self.forest.predict(features)
        return LayerPrediction(self.log_law(table) + over_law, spread)


def log_law(table: LayerTable, energy: AdditiveLaw, latency: AdditiveLaw) -> Floats:
    """Logs of what two laws say of layers (mJ and ms), shape (layers, 2)."""
    laws = [law.parts(table).sum(axis=1) for law in (energy, latency)]
    return np.asarray(np.log(np.column_stack(laws)))


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
    measured = np.log(np.column_stack([layers.energy_mj, layers.latency_ms]))
    forest = ExtraTreesRegressor(
        settings.trees,
        min_samples_leaf=settings.smallest_leaf,
        max_features=settings.feature_share,
        random_state=settings.seed,
        n_jobs=1,
    )
    over_law = measured - log_law(layers.table, energy, latency)
    forest.fit(layer_features(layers.table, energy, latency), over_law)
    return LayerModel(energy, latency, forest_of([tree.tree_ for tree in forest.estimators_]))
