"""What `estimate_model` returns: the network in numbers, its estimates, and what could not be estimated."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from predictors.model.graph import DefaultedDimension, Shape
from predictors.results.estimates import Estimate, Note

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True)
class ModelInput:
    """One input of the network with the shape that was used (elements)."""

    name: str
    shape: Shape | None
    dtype: str


@dataclass(frozen=True, slots=True)
class ModelSummary:
    """A network in numbers. `macs`, `params`: elements; `kernels`: as TensorFlow Lite fuses on a CPU."""

    name: str
    sha256: str
    inputs: tuple[ModelInput, ...]
    macs: int
    params: int
    nodes: int
    kernels: int
    precision: str
    opset: int
    producer: str
    defaulted: tuple[DefaultedDimension, ...] = ()


@dataclass(frozen=True, slots=True)
class NotEstimated:
    """A target that was asked for and got no figure, with the coded reason."""

    device_id: str
    delegate: str
    precision: str
    reason: Note


@dataclass(frozen=True, slots=True)
class ModelReport:
    """Everything JouleLens says about one network.

    `left_out` says which devices the data at hand holds nothing for, where all were asked about.
    """

    model: ModelSummary
    estimates: tuple[Estimate, ...]
    not_estimated: tuple[NotEstimated, ...] = ()
    data_version: str = ""
    method_version: str = ""
    left_out: str = ""

    def to_frame(self) -> pd.DataFrame:
        """One row per device, delegate and precision (see `predictors.results.frames.report_frame`)."""
        from predictors.results.frames import report_frame

        return report_frame(self)

    def _repr_html_(self) -> str:
        """The table a notebook shows."""
        from predictors.results.frames import report_html

        return report_html(self)
