"""One network's kernels with the time that ONNX Runtime's profiler gives each of them.

The profiler writes a JSON of events; those of category `Node` whose name ends in `_kernel_time` hold the time
of one node of the optimised graph in microseconds. A fused node bears the name of one of its parts or of the
tensor it makes, so each belongs to one of our kernels; nodes that the runtime itself adds (changes of layout)
count for the next kernel, which needs them.
"""

from __future__ import annotations

import json
import re
import tempfile
import time
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from predictors.energy.own_kernels.models import MeasuredKernel
from predictors.errors import InputError, printable
from predictors.fusing import fuse
from predictors.measuring.networks import random_feed
from predictors.model.graph import Graph
from predictors.model.kernels import FusedModel
from predictors.reading import read_model
from predictors.samples.random_weights import with_random_weights

RUNTIME: Final = "onnxruntime"
SUFFIX: Final = "_kernel_time"
ADDED: Final = re.compile(r"(_bn)?_nchwc$|/MatMulAddFusion$|/MatMulScaleFusion/$")
"""What the runtime appends to a name where it changes a node."""
FEWEST_RUNS, MOST_RUNS = 5, 40
"""The profiler keeps a million events at most; 40 runs of a thousand nodes are far below."""
FUSED: Final = "fused "
QUIET_QUANTILE: Final = 0.2
"""Of a node's times the lower fifth is taken: other programs only ever add to it."""


@dataclass(frozen=True, slots=True)
class Profiled:
    """A network's kernels with their times (ms, 0 where no node was found), its whole time (ms), and what
    starting a node takes beside its own time (ms)."""

    name: str
    model: FusedModel
    kernel_ms: tuple[float, ...]
    total_ms: float
    node_ms: float

    @property
    def rows(self) -> list[MeasuredKernel]:
        """The kernels that a node was found for."""
        pairs = zip(self.model.kernels, self.kernel_ms, strict=True)
        return [MeasuredKernel(each, ms, self.name, self.node_ms) for each, ms in pairs if ms > 0.0]


def profile(name: str, content: bytes, threads: int, seconds: float = 1.0) -> Profiled:
    """Run a network with the profiler on. Raises InputError MEASURE_REFUSED, and what reading raises."""
    graph = read_model(content)
    model = fuse(graph, RUNTIME)
    events, on_core_s = _events(name, with_random_weights(content), threads, seconds)
    per_run, totals, nodes = _attributed(events, _owners(graph, model), len(model.kernels))
    skipped = per_run[2:] if len(per_run) > 4 else per_run  # the first runs warm up
    kernel_ms = np.quantile(np.array(skipped), QUIET_QUANTILE, axis=0) / 1e3
    total_ms = float(np.quantile(totals[2:] or totals, QUIET_QUANTILE)) / 1e3
    idle_us = [max(0.0, total - sum(taken)) for total, taken in zip(totals, per_run, strict=True)]
    node_ms = float(np.quantile(idle_us, QUIET_QUANTILE)) / 1e3 / max(nodes, 1)
    if threads == 1:
        # The profiler reads the wall clock, which counts waiting for a core; the thread's own clock does not.
        quiet = 1e3 * float(np.quantile(on_core_s[2:] or on_core_s, QUIET_QUANTILE))
        scale = quiet / (float(kernel_ms.sum()) + nodes * node_ms)
        kernel_ms, node_ms, total_ms = kernel_ms * scale, node_ms * scale, quiet
    return Profiled(name, model, tuple(kernel_ms.tolist()), total_ms, node_ms)


def _events(
    name: str, content: bytes, threads: int, seconds: float
) -> tuple[list[dict[str, Any]], list[float]]:
    """The profiler's events, and for how long the calling thread had a core in each run (s)."""
    import onnxruntime

    with tempfile.TemporaryDirectory() as folder:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
        options.log_severity_level, options.enable_profiling = 3, True
        options.profile_file_prefix = str(Path(folder) / "profile")
        try:
            session = onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
            feed = random_feed(session)
            begin, taken = time.perf_counter(), list[float]()
            while len(taken) < FEWEST_RUNS or (
                len(taken) < MOST_RUNS and time.perf_counter() - begin < seconds
            ):
                before = time.thread_time()
                session.run(None, feed)
                taken.append(time.thread_time() - before)
            found = json.loads(Path(session.end_profiling()).read_text(encoding="utf-8"))
        except Exception as error:  # the runtime's own exceptions have no public base class
            raise InputError(
                "MEASURE_REFUSED",
                "ONNX Runtime does not run {model}: {reason}. Leave it out; the others go on.",
                model=printable(name),
                reason=printable(" ".join(str(error).split()), 200),
            ) from None
    return [event for event in found if isinstance(event, dict)], taken


def _owners(graph: Graph, model: FusedModel) -> dict[str, int]:
    """Name of a node, or of a tensor that it makes -> the kernel that it belongs to."""
    owners: dict[str, int] = {}
    for at, kernel in enumerate(model.kernels):
        for index in kernel.node_indices:
            node = graph.nodes[index]
            owners.update(dict.fromkeys((node.name, *node.outputs), at))
    return owners


def _attributed(
    events: list[dict[str, Any]], owners: dict[str, int], kernels: int
) -> tuple[list[list[float]], list[float], int]:
    """Per run the time of each kernel (us), the runs' own times (us), and how many nodes a run has."""
    runs = sorted((e["ts"], e["dur"]) for e in events if e.get("name") == "model_run")
    nodes = sorted(
        (e["ts"], e["dur"], e["name"].removesuffix(SUFFIX))
        for e in events
        if e.get("cat") == "Node" and str(e.get("name", "")).endswith(SUFFIX)
    )
    per_run, at = [], 0
    counts: dict[int, int] = defaultdict(int)
    for number, (begin, lasting) in enumerate(runs):
        taken, waiting = [0.0] * kernels, 0.0
        last = 0
        while at < len(nodes) and nodes[at][0] < begin + lasting:
            _, duration, label = nodes[at]
            owner = owners.get(label, owners.get(ADDED.sub("", label).removeprefix(FUSED)))
            if owner is None:
                waiting += duration
            else:
                taken[owner] += duration + waiting
                waiting, last = 0.0, owner
            counts[number] += 1
            at += 1
        taken[last] += waiting
        per_run.append(taken)
    return per_run, [lasting for _, lasting in runs], max(counts.values(), default=0)
