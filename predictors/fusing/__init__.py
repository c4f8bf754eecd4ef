"""From a graph to the kernels a runtime launches: patterns, fusing tables per runtime, work per kernel.

`fuse(graph, runtime)` is the one entry point; `RUNTIMES` names the runtimes it knows.
"""

from __future__ import annotations

from predictors.fusing.fuse import fuse
from predictors.fusing.runtimes import RUNTIMES

__all__ = ["RUNTIMES", "fuse"]
