"""A verified TensorFlow Lite file as plain Python values: the only place that uses the schema package."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from predictors.model.graph import Shape

OPTIONAL = -1
"""Index that stands for an input that is left out."""


@dataclass(frozen=True, slots=True)
class TfTensor:
    """One tensor as the file states it.

    `signature`: the shape with -1 for open dimensions; `rank_known`: whether a shape is stated at all;
    `is_constant`: its content is in the file; `values`: that content where it was small enough to be kept;
    `scales`: how many scales it is quantised with (0: not quantised).
    """

    name: str
    shape: Shape
    signature: tuple[int, ...]
    rank_known: bool
    dtype: str
    is_constant: bool = False
    is_state: bool = False
    values: np.ndarray | None = None
    scales: int = 0


@dataclass(frozen=True, slots=True)
class TfOperator:
    """One operator: `op` as the schema names it, `custom` the name of a custom one, `options` by field."""

    op: str
    custom: str
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    options: Mapping[str, int | str | tuple[int, ...]] = field(default_factory=dict)

    def number(self, name: str, default: int = 0) -> int:
        """A number among the options."""
        value = self.options.get(name, default)
        return value if isinstance(value, int) else default


@dataclass(frozen=True, slots=True)
class TfSubgraph:
    """One subgraph, operators in the order they run."""

    name: str
    tensors: tuple[TfTensor, ...]
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    operators: tuple[TfOperator, ...]


@dataclass(frozen=True, slots=True)
class TfModel:
    """The whole file. `input_names`: names that the first signature gives to inputs of subgraph 0."""

    version: int
    description: str
    subgraphs: tuple[TfSubgraph, ...]
    input_names: Mapping[int, str] = field(default_factory=dict)
