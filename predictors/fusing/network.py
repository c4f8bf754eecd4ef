"""A network that was read, with what is made of it once: its kernels per runtime."""

from __future__ import annotations

from predictors.fusing.fuse import fuse
from predictors.model.graph import Graph
from predictors.model.kernels import FusedModel
from predictors.model.memory import MemoryNeed, memory_need
from predictors.model.shared_work import Carried


class Network:
    """Carries a graph from the reader to every estimate. It is fused once per runtime, whoever asks.

    `name` replaces an empty or generic name of the graph. Networks are equal only if they are one.
    `carried` is what its reports leave for the next ones (`predictors.model.shared_work`); it goes with it.
    """

    __slots__ = ("_fused", "_need", "carried", "graph", "name")

    def __init__(self, graph: Graph, name: str = "") -> None:
        self.graph = graph
        self.name = name
        self._fused: dict[str, FusedModel] = {}
        self._need: MemoryNeed | None = None
        self.carried: Carried = {}

    @property
    def need(self) -> MemoryNeed:
        """How much memory it needs, worked out once."""
        if self._need is None:
            self._need = memory_need(self.graph)
        return self._need

    def fused(self, runtime: str) -> FusedModel:
        """The kernels that a runtime makes of the graph. Raises what `fuse` raises."""
        if runtime not in self._fused:
            self._fused[runtime] = fuse(self.graph, runtime)
        return self._fused[runtime]
