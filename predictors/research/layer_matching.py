"""Which layers of a profiler log are which kernels of an estimate: by the names in the model, else by order.

Runtimes rename what they fuse. ONNX Runtime calls a layer after its node or its output ("fused conv1",
"relu1_out_nchwc"), TensorRT joins names ("conv1 + relu1"), TFLite gives the output tensor
("[block/Relu6]:0").
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from data.tracing.profiles import Layer
from predictors.model.graph import Graph
from predictors.model.kernels import Kernel, KernelKind

MAX_CELLS: Final = 1_000_000
"""Layers times kernels that are compared by type, in all places together: half a second of work. Also the
kernels that all names together may speak of. What is beyond stays unmatched."""

BY_NAME, BY_ORDER, NOT_MATCHED = "name", "order", ""

# A name is anybody's text of any length, so that each of these takes a time that grows with it and no more.
_JOINED: Final = re.compile(r"(?<!\s)\s*(?:\|\||[+,;]|\.\.\.)\s*")
_WRAPPED: Final = re.compile(
    r"^(?:fused\s+|PWN\(|\{?ForeignNode\[|\[)|(?:\)|\]\}?|\]:\d+|:\d+|_kernel_time)$"
)
_RENAMED: Final = re.compile(r"(?:_nchwc|_token|_quant|_quantized|_fused)(?:_\d+)*$")

_OPERATORS: Final = (
    (r"transpose.?conv|conv.?transpose|deconv", {KernelKind.TRANSPOSED_CONV}),
    (r"depthwise|dw.?conv", {KernelKind.DWCONV}),
    (
        r"conv",
        {
            KernelKind.CONV, KernelKind.DWCONV, KernelKind.GROUPED_CONV, KernelKind.DILATED_CONV,
            KernelKind.CONV_OTHER,
        },
    ),
    (r"attention", {KernelKind.ATTENTION}),
    (r"gemm|mat.?mul|fully.?connected|inner.?product", {KernelKind.FC, KernelKind.MATMUL}),
    (r"layer.?norm|instance.?norm|rms.?norm", {KernelKind.LAYERNORM, KernelKind.NORM}),
    (r"batch.?norm", {KernelKind.BN, KernelKind.BN_RELU}),
    (r"lrn|local.?response", {KernelKind.LRN}),
    (r"^(?>.*?global).*pool|mean", {KernelKind.GLOBAL_AVGPOOL, KernelKind.AVGPOOL, KernelKind.REDUCE}),
    (r"^(?>.*?max).*pool", {KernelKind.MAXPOOL}),
    (r"^(?>.*?av).*pool", {KernelKind.AVGPOOL, KernelKind.GLOBAL_AVGPOOL}),
    (r"soft.?max", {KernelKind.SOFTMAX}),
    (r"concat", {KernelKind.CONCAT}),
    (r"split", {KernelKind.SPLIT}),
    (r"resize|upsample|interp", {KernelKind.RESIZE}),
    (r"gather|embedding", {KernelKind.EMBEDDING}),
    (r"lstm|gru|rnn", {KernelKind.RNN}),
    (r"hard.?swish|hswish", {KernelKind.HSWISH, KernelKind.ACTIVATION}),
    (r"relu|clip|sigmoid|gelu|silu|tanh|elu|logistic", {KernelKind.RELU, KernelKind.ACTIVATION}),
    (r"\badd|sum\b", {KernelKind.ADD, KernelKind.ADD_RELU, KernelKind.ELEMENTWISE}),
    (r"\bmul|\bsub|\bdiv|\bpow|elementwise", {KernelKind.ELEMENTWISE, KernelKind.SE}),
    (r"reduce", {KernelKind.REDUCE}),
)  # fmt: skip
"""What an operator's name says of the kernel, the more certain word first."""


_FUSED: Final = frozenset(
    {
        KernelKind.ADD, KernelKind.ADD_RELU, KernelKind.RELU, KernelKind.HSWISH, KernelKind.ACTIVATION,
        KernelKind.BN, KernelKind.BN_RELU, KernelKind.ELEMENTWISE, KernelKind.QUANTIZE,
    }
)  # fmt: skip
"""Kernels that runtimes fuse into the layer before them: one that no layer stands for was."""


@dataclass(frozen=True, slots=True)
class Match:
    """Layers and kernels that are the same work: positions in both lists (either may be empty), and how that
    was found."""

    layers: tuple[int, ...]
    kernels: tuple[int, ...]
    how: str


def matched(layers: Sequence[Layer], graph: Graph, kernels: Sequence[Kernel]) -> list[Match]:
    """Every layer and every kernel in exactly one match, in the order of the kernels; layers without one
    stand behind the layer before them."""
    named = _named(layers, _names(graph, kernels))
    ordered = _by_order(layers, kernels, named)
    found = [names or ((ordered[at],) if at in ordered else ()) for at, names in enumerate(named)]
    _take_in_fused(found, graph, kernels)
    return _grouped(found, {at for at, names in enumerate(named) if names}, len(kernels))


def _names(graph: Graph, kernels: Sequence[Kernel]) -> dict[str, int]:
    """Every name that a runtime may give a kernel's layer -> position of the kernel."""
    known: dict[str, int] = {}
    for at, kernel in enumerate(kernels):
        nodes = [graph.nodes[index] for index in kernel.node_indices]
        for node in nodes:
            for name in (node.name, *node.outputs):
                if name:
                    known.setdefault(name, at)
        if kernel.name:
            known.setdefault(kernel.name, at)
    return known


def _named(layers: Sequence[Layer], known: dict[str, int]) -> list[tuple[int, ...]]:
    """The kernels that each layer's name speaks of; none once there are `MAX_CELLS` of them."""
    left = MAX_CELLS
    found: list[tuple[int, ...]] = []
    for layer in layers:
        names = _called(layer.name, known)
        left -= len(names)
        found.append(names if left >= 0 else ())
    return found


def _called(name: str, known: dict[str, int]) -> tuple[int, ...]:
    """The kernels that a layer's name speaks of."""
    if (at := _looked_up(name, known)) is not None:
        return (at,)
    parts = [part for part in _JOINED.split(name) if part]
    found = [at for part in parts if (at := _looked_up(part, known)) is not None]
    if len(found) == 2 and "..." in name:
        return tuple(range(min(found), max(found) + 1))
    return tuple(dict.fromkeys(found))


def _looked_up(name: str, known: dict[str, int]) -> int | None:
    """The kernel of a name, of the name without what wraps it, or without what a runtime adds to it."""
    for _ in range(4):
        if name in known:
            return known[name]
        bare = _WRAPPED.sub("", name.strip())
        bare = bare if bare != name else _RENAMED.sub("", name)
        if bare == name:
            return None
        name = bare
    return known.get(name)


def kinds_of(layer: Layer) -> frozenset[KernelKind]:
    """The kernel types that a layer's operator, else its name, speaks of."""
    for text in (layer.operator, layer.name):
        for pattern, kinds in _OPERATORS:
            if text and re.search(pattern, text, re.IGNORECASE):
                return frozenset(kinds)
    return frozenset()


def _by_order(
    layers: Sequence[Layer], kernels: Sequence[Kernel], named: Sequence[tuple[int, ...]]
) -> dict[int, int]:
    """Layer -> kernel for those without a known name, between the neighbours that have one."""
    taken = {kernel for names in named for kernel in names}
    untaken = [kernel for kernel in range(len(kernels)) if kernel not in taken]
    left = MAX_CELLS
    found: dict[int, int] = {}
    run: list[int] = []
    low = 0
    for at in range(len(layers) + 1):
        if at < len(layers) and not named[at]:
            run.append(at)
            continue
        high = min(named[at]) if at < len(layers) else len(kernels)
        first, last = bisect_left(untaken, low), bisect_left(untaken, high)
        cells = len(run) * max(0, last - first)
        if 0 < cells <= left:
            found.update(_aligned(run, untaken[first:last], layers, kernels))
            left -= cells
        run = []
        low = max(named[at]) + 1 if at < len(layers) else low
    return found


def _aligned(
    run: Sequence[int], free: Sequence[int], layers: Sequence[Layer], kernels: Sequence[Kernel]
) -> dict[int, int]:
    """The longest sequence of layers and kernels of one type in both orders (Needleman and Wunsch 1970)."""
    kinds = [kinds_of(layers[at]) for at in run]
    types = [kernels[at].kind for at in free]
    best = [[0] * (len(free) + 1) for _ in range(len(run) + 1)]
    for i in range(len(run) - 1, -1, -1):
        row, below, fitting = best[i], best[i + 1], kinds[i]
        for j in range(len(free) - 1, -1, -1):
            row[j] = below[j + 1] + 1 if types[j] in fitting else max(below[j], row[j + 1])
    pairs: dict[int, int] = {}
    i = j = 0
    while i < len(run) and j < len(free):
        if types[j] in kinds[i]:
            pairs[run[i]] = free[j]
            i, j = i + 1, j + 1
        elif best[i][j] == best[i + 1][j]:
            i += 1
        else:
            j += 1
    return pairs


def _take_in_fused(found: list[tuple[int, ...]], graph: Graph, kernels: Sequence[Kernel]) -> None:
    """Give light kernels that no layer stands for to the layer that makes what they read, the latest one."""
    maker = {
        output: at
        for at, kernel in enumerate(kernels)
        for index in kernel.node_indices
        for output in graph.nodes[index].outputs
    }
    layer_of = {kernel: at for at, names in enumerate(found) for kernel in names}
    taken_in: dict[int, list[int]] = {}
    for at, kernel in enumerate(kernels):
        if at in layer_of or kernel.kind not in _FUSED:
            continue
        read = [name for index in kernel.node_indices for name in graph.nodes[index].inputs]
        latest = max((maker[name] for name in read if maker.get(name, at) != at), default=at)
        if latest in layer_of:
            layer = layer_of[at] = layer_of[latest]
            taken_in.setdefault(layer, []).append(at)
    for layer, more in taken_in.items():
        found[layer] = (*found[layer], *more)


def _grouped(found: Sequence[tuple[int, ...]], by_name: Iterable[int], count: int) -> list[Match]:
    """Layers that share a kernel, and kernels that share a layer, as one match each."""
    named = set(by_name)
    head = list(range(count))

    def top(at: int) -> int:
        while head[at] != at:
            head[at] = head[head[at]]  # halves the path, so that the next one is short
            at = head[at]
        return at

    for kernels in found:
        for kernel in kernels[1:]:
            low, high = sorted((top(kernels[0]), top(kernel)))
            head[high] = low
    members: dict[int, list[int]] = {}
    for kernel in range(count):
        members.setdefault(top(kernel), []).append(kernel)
    layers: dict[int, list[int]] = {}
    alone: dict[int, list[int]] = {}
    last = -1
    for at, kernels in enumerate(found):
        if kernels:
            last = top(kernels[0])
            layers.setdefault(last, []).append(at)
        else:
            alone.setdefault(last, []).append(at)
    matches = [Match((at,), (), NOT_MATCHED) for at in alone.get(-1, ())]
    for first, kernels_here in members.items():
        here = layers.get(first, [])
        how = NOT_MATCHED if not here else BY_NAME if named.issuperset(here) else BY_ORDER
        matches.append(Match(tuple(here), tuple(kernels_here), how))
        matches += [Match((at,), (), NOT_MATCHED) for at in alone.get(first, ())]
    return matches
