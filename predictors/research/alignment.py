"""Which kernel of one network stands for which of another: the best alignment of two sequences."""

from __future__ import annotations

from collections.abc import Sequence

from predictors.model.kernels import Kernel, KernelKind

MAX_CELLS = 4_000_000
"""Kernels of one network times those of the other: two seconds of work. Beyond, see `align`."""

Pair = tuple[int | None, int | None]
"""Positions in the first and in the second sequence; None where a kernel has no partner."""


RELATED: tuple[frozenset[KernelKind], ...] = (
    frozenset({KernelKind.ADD, KernelKind.ADD_RELU}),
    frozenset({KernelKind.BN, KernelKind.BN_RELU}),
    frozenset({KernelKind.RELU, KernelKind.HSWISH, KernelKind.ACTIVATION}),
    frozenset({KernelKind.AVGPOOL, KernelKind.MAXPOOL, KernelKind.GLOBAL_AVGPOOL}),
)
"""Types that stand for each other: an activation that is fused or hidden by quantising, another pooling."""


def likeness(a: Kernel, b: Kernel) -> int:
    """How much two kernels have in common; 0 where their types don't stand for each other.

    2 for the type, 1 for a related one, 2 for the same channels, window and stride, 3 for the same shapes, 2
    for the same name.
    """
    if a.kind is not b.kind and not any({a.kind, b.kind} <= group for group in RELATED):
        return 0
    layer = 2 * (_layer(a) == _layer(b))
    shapes = 3 * ((a.input_shapes, a.output_shapes) == (b.input_shapes, b.output_shapes))
    return 1 + (a.kind is b.kind) + layer + shapes + 2 * (a.name == b.name != "")


def _layer(kernel: Kernel) -> tuple[object, ...]:
    config = kernel.config
    window = (config.kernel_h, config.kernel_w, config.stride_h, config.stride_w, config.groups)
    return (*window, config.c_in, config.c_out, config.dilation)


def is_same_work(a: Kernel, b: Kernel) -> bool:
    """Whether a predictor sees no difference between two kernels."""
    shapes = (a.input_shapes, a.output_shapes) == (b.input_shapes, b.output_shapes)
    return a.kind is b.kind and a.config == b.config and shapes and a.precision == b.precision


def align(a: Sequence[Kernel], b: Sequence[Kernel]) -> list[Pair]:
    """Pairs in execution order with the greatest total likeness; every kernel is in exactly one of them.

    Dynamic programming over all alignments that keep both orders (Needleman and Wunsch 1970, without a cost
    for gaps). Networks with more than `MAX_CELLS` pairs of kernels are aligned after what they share at
    their start and end is taken off, and position by position within the rest.
    """
    start = _equal_run(a, b)
    end = _equal_run(a[start:][::-1], b[start:][::-1])
    middle_a, middle_b = a[start : len(a) - end], b[start : len(b) - end]
    middle = (
        _by_position(middle_a, middle_b)
        if len(middle_a) * len(middle_b) > MAX_CELLS
        else _aligned(middle_a, middle_b)
    )
    shifted: list[Pair] = [(_shift(i, start), _shift(j, start)) for i, j in middle]
    first: list[Pair] = [(place, place) for place in range(start)]
    last: list[Pair] = [(len(a) - end + place, len(b) - end + place) for place in range(end)]
    return [*first, *shifted, *last]


def _shift(place: int | None, start: int) -> int | None:
    return None if place is None else place + start


def _equal_run(a: Sequence[Kernel], b: Sequence[Kernel]) -> int:
    """How many kernels both sequences share from the start, names included."""
    count = 0
    for left, right in zip(a, b, strict=False):
        if left.name != right.name or not is_same_work(left, right):
            break
        count += 1
    return count


def _by_position(a: Sequence[Kernel], b: Sequence[Kernel]) -> list[Pair]:
    pairs: list[Pair] = []
    for place in range(max(len(a), len(b))):
        if place < min(len(a), len(b)) and likeness(a[place], b[place]):
            pairs.append((place, place))
            continue
        pairs.extend([(place, None)] if place < len(a) else [])
        pairs.extend([(None, place)] if place < len(b) else [])
    return pairs


def _aligned(a: Sequence[Kernel], b: Sequence[Kernel]) -> list[Pair]:
    best = _scores(a, b)
    pairs: list[Pair] = []
    i = j = 0
    while i < len(a) and j < len(b):
        gain = likeness(a[i], b[j])
        if gain and best[i][j] == gain + best[i + 1][j + 1]:
            pairs.append((i, j))
            i, j = i + 1, j + 1
        elif best[i][j] == best[i + 1][j]:
            pairs.append((i, None))
            i += 1
        else:
            pairs.append((None, j))
            j += 1
    pairs.extend((place, None) for place in range(i, len(a)))
    pairs.extend((None, place) for place in range(j, len(b)))
    return pairs


def _scores(a: Sequence[Kernel], b: Sequence[Kernel]) -> list[list[int]]:
    """Greatest likeness of what is left of both sequences, for every pair of places."""
    best = [[0] * (len(b) + 1) for _ in range(len(a) + 1)]
    for i in range(len(a) - 1, -1, -1):
        row, below = best[i], best[i + 1]
        for j in range(len(b) - 1, -1, -1):
            gain = likeness(a[i], b[j])
            row[j] = max(below[j], row[j + 1], gain + below[j + 1] if gain else 0)
    return best
