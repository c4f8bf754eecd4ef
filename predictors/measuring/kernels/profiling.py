"""One network's kernels with the time that ONNX Runtime's profiler gives each of them, and its own time.

The profiler writes a JSON of events; those of category `Node` whose name ends in `_kernel_time` hold the time
of one node of the optimised graph in microseconds. A fused node bears the name of one of its parts or of the
tensor it makes, so each belongs to one of our kernels; nodes that the runtime itself adds (changes of layout)
count for the next kernel, which needs them. The network's own time is taken without the profiler, which adds
several microseconds to every node: what lies between it and the sum of the kernels is fitted over networks.
"""

from __future__ import annotations

import json
import re
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from data.errors import WorkError
from data.workers.scratch import scratch_folder
from predictors.energy.own_kernels.features import Floats
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
FEWEST_RUNS, MOST_RUNS = 12, 40
"""The profiler keeps a million events at most; 40 runs of a thousand nodes are far below."""
FUSED: Final = "fused "
QUIET_QUANTILE: Final = 0.1
"""The lower tenth of a node's times is taken, since other programs only ever make a run slower."""
SLICE_MS: Final = 2.0
"""Kernels that are shorter than a time slice of the system (3 ms on Linux) run in one piece at their fastest,
on a busy machine as well; longer ones wait for a core in between."""
WARMING: Final = 2
"""Runs at the beginning that only warm up."""


@dataclass(frozen=True, slots=True)
class Profiled:
    """A network's kernels with their times (ms, 0 where no node was found), and the median time of the whole
    network without the profiler (ms)."""

    name: str
    model: FusedModel
    kernel_ms: tuple[float, ...]
    network_ms: float
    threads: int

    @property
    def rows(self) -> list[MeasuredKernel]:
        """The kernels that a node was found for."""
        pairs = zip(self.model.kernels, self.kernel_ms, strict=True)
        return [
            MeasuredKernel(each, ms, self.name, self.network_ms, self.threads)
            for each, ms in pairs
            if ms > 0.0
        ]


def profile(name: str, content: bytes, threads: int, seconds: float = 1.0) -> Profiled:
    """Run a network without the profiler and with it, half of the time each.

    With one thread, times are those that the thread had a core: the wall clock counts waiting for one, too.
    Raises InputError MEASURE_REFUSED, WorkError NO_SPACE and NO_SCRATCH, and what reading raises.
    """
    graph = read_model(content)
    model, weighted = fuse(graph, RUNTIME), with_random_weights(content)
    try:
        plain = _runs(weighted, threads, 0.5 * seconds, None)
        with scratch_folder() as folder:
            profiled = _runs(weighted, threads, 0.5 * seconds, folder / "profile")
            [path] = folder.iterdir()
            events = json.loads(path.read_text(encoding="utf-8"))
    except WorkError:
        raise
    except Exception as error:  # the runtime's own exceptions have no public base class
        raise InputError(
            "MEASURE_REFUSED",
            "ONNX Runtime does not run {model}: {reason}. Leave it out; the others go on.",
            model=printable(name),
            reason=printable(" ".join(str(error).split()), 200),
        ) from None
    nodes = [event for event in events if isinstance(event, dict)]
    per_run, gaps_us = _attributed(nodes, _owners(graph, model), len(model.kernels))
    kernel_ms = np.quantile(np.array(per_run[WARMING:]), QUIET_QUANTILE, axis=0) / 1e3
    if threads == 1:
        gap_ms = float(np.quantile(gaps_us[WARMING:], QUIET_QUANTILE)) / 1e3
        on_core_ms = 1e3 * float(np.quantile(profiled.core_s, QUIET_QUANTILE))
        kernel_ms = without_waiting(kernel_ms, on_core_ms - gap_ms)
    taken_s = plain.core_s if threads == 1 else plain.wall_s
    return Profiled(name, model, tuple(kernel_ms.tolist()), 1e3 * float(np.median(taken_s)), threads)


def without_waiting(kernel_ms: Floats, on_core_ms: float) -> Floats:
    """Times by the wall clock (ms) as they are without waiting for a core, which they take `on_core_ms` of.

    Only the long ones are shortened, where that is enough: see `SLICE_MS`.
    """
    is_long = kernel_ms > SLICE_MS
    excess_ms, long_ms = float(kernel_ms.sum()) - on_core_ms, float(kernel_ms[is_long].sum())
    if excess_ms <= 0.0 or on_core_ms <= 0.0:
        return kernel_ms
    if excess_ms < long_ms:
        return np.where(is_long, kernel_ms * (1.0 - excess_ms / long_ms), kernel_ms)
    return kernel_ms * (on_core_ms / float(kernel_ms.sum()))


@dataclass(frozen=True, slots=True)
class _Runs:
    """How long each run took (s): by the wall clock, and while the calling thread had a core."""

    wall_s: tuple[float, ...]
    core_s: tuple[float, ...]


def _runs(content: bytes, threads: int, seconds: float, profile_to: Path | None) -> _Runs:
    """Run a network for so many seconds, with the profiler where a path is given; the first runs warm up."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
    options.log_severity_level = 3
    if profile_to is not None:
        options.enable_profiling, options.profile_file_prefix = True, str(profile_to)
    session = onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
    feed, wall, core = random_feed(session), list[float](), list[float]()
    end = time.perf_counter() + seconds
    while len(wall) < FEWEST_RUNS or (len(wall) < MOST_RUNS and time.perf_counter() < end):
        before, on_core = time.perf_counter(), time.thread_time()
        session.run(None, feed)
        core.append(time.thread_time() - on_core)
        wall.append(time.perf_counter() - before)
    if profile_to is not None:
        session.end_profiling()
    return _Runs(tuple(wall[WARMING:]), tuple(core[WARMING:]))


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
) -> tuple[list[list[float]], list[float]]:
    """Per run the time of each kernel (us), and the time between them (us)."""
    runs = sorted((e["ts"], e["dur"]) for e in events if e.get("name") == "model_run")
    nodes = sorted(
        (e["ts"], e["dur"], e["name"].removesuffix(SUFFIX))
        for e in events
        if e.get("cat") == "Node" and str(e.get("name", "")).endswith(SUFFIX)
    )
    per_run, gaps, at = list[list[float]](), list[float](), 0
    for begin, lasting in runs:
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
            at += 1
        taken[last] += waiting
        per_run.append(taken)
        gaps.append(max(0.0, lasting - sum(taken)))
    return per_run, gaps
