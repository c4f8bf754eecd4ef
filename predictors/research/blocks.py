"""The blocks of a network and what each takes: by the names in the file, else by the size of what flows.

An exporter writes the place of an operator into its name (`block5.conv1`, `/layer1/layer1.0/conv1/Conv`):
kernels next to each other whose names begin alike are a block, blocks lie within blocks. Where names say
nothing of the kind (`Conv_12`), a block is a run of kernels whose outputs have one size.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from predictors.model.kernels import Kernel
from predictors.results.estimates import Estimate
from predictors.results.shared_error import RunErrors

MOST_DEPTH = 4
"""Blocks within blocks that are told apart: more rows than a reader follows, and deeper ones hold one
convolution each."""
LEAST_NAMED = 0.5
"""Share of the kernels that must lie in a block of two or more for the names to be believed."""
IMAGE_DIMENSIONS = 4
"""Batch, channels, height, width: the last two are the size that stages of a network share."""

Path = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Block:
    """A run of kernels, from place `start` up to, without, `stop`; `depth` 0 is the whole network.

    Energy and its interval (mJ) and time (ms) are those of the kernels alone. `is_kernel`: one single kernel,
    which is the innermost row.
    """

    name: str
    depth: int
    start: int
    stop: int
    energy_mj: float
    energy_mj_low: float
    energy_mj_high: float
    latency_ms: float
    is_kernel: bool = False


@dataclass(frozen=True, slots=True)
class Blocks:
    """All blocks of an estimate, outermost first; `by_names`: whether the names in the file made them."""

    rows: tuple[Block, ...]
    by_names: bool


def block_rows(estimate: Estimate) -> Blocks:
    """Return the network, its blocks and its kernels with the energy of each, in execution order.

    The interval of a block follows from the kernels' intervals and what their errors share.
    """
    kernels = [part.kernel for part in estimate.kernels]
    paths = named_paths([kernel.name for kernel in kernels])
    by_names = _has_blocks(paths)
    if not by_names:
        paths = _size_paths(kernels)
    runs = [("", 0, 0, len(kernels), False), *_runs(paths)]
    runs += [
        (kernel.name, len(path) + 1, place, place + 1, True)
        for place, (kernel, path) in enumerate(zip(kernels, paths, strict=True))
    ]
    sums = _Sums(estimate.at_kernels())
    rows = [sums.block(*run) for run in runs if run[3] > run[2]]
    return Blocks(tuple(sorted(rows, key=lambda row: (row.depth, row.start))), by_names)


def named_paths(names: Sequence[str]) -> list[Path]:
    """Return the blocks that each name lies in, outermost first, without what all of them begin with."""
    split = [name_parts(name) for name in names]
    common = 0
    while split and all(len(parts) > common + 1 for parts in split):
        if len({parts[common] for parts in split}) > 1:
            break
        common += 1
    return [parts[common:-1][:MOST_DEPTH] for parts in split]


def name_parts(name: str) -> Path:
    """Return the levels of a name: between slashes if it has some, else between dots."""
    sign = "/" if "/" in name else "."
    return tuple(part for part in name.split(sign) if part) or (name,)


def _has_blocks(paths: Sequence[Path]) -> bool:
    in_blocks = sum(stop - start for _, depth, start, stop, _ in _runs(paths) if depth == 1)
    several = sum(depth == 1 for _, depth, _, _, _ in _runs(paths)) > 1
    return several and in_blocks >= LEAST_NAMED * len(paths)


def _size_paths(kernels: Sequence[Kernel]) -> list[Path]:
    """One block per run of outputs of one size; what has no height and width stays with the run before."""
    paths: list[Path] = []
    for kernel in kernels:
        shape = kernel.output_shapes[0] if kernel.output_shapes else None
        size = shape[-2:] if shape is not None and len(shape) == IMAGE_DIMENSIONS else None
        here = ("×".join(str(extent) for extent in size),) if size else (paths[-1] if paths else ())
        paths.append(here)
    return paths


Run = tuple[str, int, int, int, bool]
"""Name, depth, start, stop, whether it is a single kernel."""


def _runs(paths: Sequence[Path], depth: int = 0, start: int = 0, stop: int | None = None) -> Iterator[Run]:
    """Runs of neighbours with the same block at a depth, and the runs within each."""
    end = len(paths) if stop is None else stop
    while start < end:
        if len(paths[start]) <= depth:
            start += 1
            continue
        name, last = paths[start][depth], start + 1
        while last < end and len(paths[last]) > depth and paths[last][depth] == name:
            last += 1
        yield name, depth + 1, start, last, False
        yield from _runs(paths, depth + 1, start, last)
        start = last


class _Sums:
    """Energy with interval, and time, of any run of kernels."""

    def __init__(self, estimate: Estimate) -> None:
        self.kernels = estimate.kernels
        self.low, self.high = RunErrors(estimate, "low"), RunErrors(estimate, "high")

    def block(self, name: str, depth: int, start: int, stop: int, is_kernel: bool) -> Block:
        parts = self.kernels[start:stop]
        energy_mj = sum(part.energy_mj for part in parts)
        low, high = energy_mj - self.low.width_mj(start, stop), energy_mj + self.high.width_mj(start, stop)
        if is_kernel:  # exactly what its bar and its row in the table say
            low, high = parts[0].energy_mj_low, parts[0].energy_mj_high
        latency_ms = sum(part.latency_ms for part in parts)
        return Block(name, depth, start, stop, energy_mj, max(low, 0.0), high, latency_ms, is_kernel)
