"""Named laws for kernels without measurements of their own: each stands in for measured kernels.

A law replaces a kernel by surrogates: measured kernel types of equal work, each with how many times it runs,
and states how far it may be off (a log standard deviation). These spreads are assumptions, not measured:
they are wide on purpose and every figure that rests on one is marked as approximated.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from math import prod

from data.messages import Message
from predictors.model.kernels import MEASURED_KINDS, Kernel, KernelConfig, KernelKind


@dataclass(frozen=True, slots=True)
class Surrogate:
    """A kernel of a measured type and how many times it stands in."""

    kernel: Kernel
    times: float


@dataclass(frozen=True, slots=True)
class Law:
    """Surrogates of one kernel, the law's name for the reader, and its assumed log standard deviation."""

    name: str
    surrogates: tuple[Surrogate, ...]
    log_sd: float


def law_of(kernel: Kernel) -> Law | None:
    """The law for a kernel, None for an unsupported one.

    A measured type with batch 1 stands for itself (log_sd 0, name ""). Larger batches run once per picture.
    """
    if kernel.kind is KernelKind.UNSUPPORTED:
        return None
    batch = max(kernel.config.batch, 1)
    if kernel.kind is KernelKind.FC and has_packed_weights(kernel):
        return _packed_dense(kernel)
    if kernel.kind is KernelKind.FC and kernel.config.input_h > 1:
        return _rows_as_convolution(kernel)
    if kernel.kind is KernelKind.CONV and window_area(kernel) > LARGEST_WINDOW:
        return _as_convolution("", kernel, kernel.config, 1, 0.0)
    if kernel.kind is KernelKind.DWCONV and window_area(kernel) > LARGEST_DEPTHWISE_WINDOW:
        return _large_depthwise(kernel)
    if kernel.kind in MEASURED_KINDS:
        is_single = kernel.config.batch == 1
        single = kernel if is_single else replace(kernel, config=replace(kernel.config, batch=1))
        if has_packed_weights(kernel) and kernel.kind in (KernelKind.CONV, KernelKind.DWCONV):
            return Law(
                Message("fp32 kernel, its weights unpacked first"), (Surrogate(single, float(batch)),), 0.25
            )
        if batch == 1:
            return Law("", (Surrogate(single, 1.0),), 0.0)
        return Law(Message("one run per picture of the batch"), (Surrogate(single, float(batch)),), BATCH_SD)
    return _LAWS[kernel.kind](kernel)


BATCH_SD = 0.15  # assumed (ln): no kernel was measured with a batch
LARGEST_WINDOW = 121
"""Elements of the largest window that was measured, 11 x 11. Beyond it the models would be far outside."""
LARGEST_DEPTHWISE_WINDOW = 49
"""The same for depthwise convolutions, 7 x 7."""


def window_area(kernel: Kernel) -> int:
    """Elements of the window of a convolution."""
    return kernel.config.kernel_h * kernel.config.kernel_w


def _large_depthwise(kernel: Kernel) -> Law:
    """A depthwise window beyond those measured costs as many 7 x 7 windows as make up its area."""
    times = window_area(kernel) / LARGEST_DEPTHWISE_WINDOW * max(kernel.config.batch, 1)
    config = replace(kernel.config, kernel_h=7, kernel_w=7, batch=1)
    return Law(Message("depthwise windows of 7×7"), (Surrogate(replace(kernel, config=config), times),), 0.3)


def _windows_as_product(kernel: Kernel, config: KernelConfig) -> Kernel:
    """A large window is a matrix product: every position's window in a row, times the weights."""
    rows, width = config.out_h * config.out_w, config.c_in * config.kernel_h * config.kernel_w
    if rows <= 1:
        flat = KernelConfig(1, 1, width, config.c_out, 1, 1, out_h=1, out_w=1)
        return replace(kernel, kind=KernelKind.FC, config=flat)
    return _convolution(kernel, rows, 1, width, config.c_out)


FEW_BITS = 12.0
"""Bits per weight, scales included, below which a file's weights are taken for packed (int8, fp8, int4)."""


def has_packed_weights(kernel: Kernel) -> bool:
    """Whether a kernel that computes in floating point reads weights of few bits."""
    few = 0 < 8 * kernel.weight_bytes < FEW_BITS * kernel.params
    return few and kernel.precision != "int8"


WIDE_BITS = 48.0
"""Bits per weight from which weights are double precision (64), which no device here was measured with."""


def has_unmeasured_weights(kernel: Kernel) -> bool:
    """Whether a kernel that computes in floating point reads weights of few bits, or of 64."""
    wide = 0 < WIDE_BITS * kernel.params < 8 * kernel.weight_bytes
    return has_packed_weights(kernel) or (wide and kernel.precision != "int8")


def _packed_dense(kernel: Kernel) -> Law:
    """A layer whose weights are stored in few bits: what is read, and for several rows what is computed.

    One row is as long as its weights take to read: a layer in fp32 whose weights are as many bytes. Further
    rows use the same weights again and cost what they cost in fp32.
    """
    config = kernel.config
    rows = max(config.input_h, 1)
    columns = max(round(kernel.weight_bytes / (BYTES_OF_FP32 * max(config.c_in, 1))), 1)
    read = replace(
        kernel, kind=KernelKind.FC, config=KernelConfig(1, 1, config.c_in, columns, 1, 1, out_h=1, out_w=1)
    )
    parts = [Surrogate(read, 1.0)]
    if rows > 1:
        parts.append(Surrogate(_convolution(kernel, rows, 1, config.c_in, config.c_out), (rows - 1) / rows))
    return Law(Message("fully connected layer with as many bytes of weights"), tuple(parts), 0.5)


BYTES_OF_FP32 = 4


def _convolution(
    kernel: Kernel, side_h: int, side_w: int, c_in: int, c_out: int, window: tuple[int, int] = (1, 1)
) -> Kernel:
    config = KernelConfig(side_h, side_w, c_in, c_out, *window, out_h=side_h, out_w=side_w)
    return replace(kernel, kind=KernelKind.CONV, config=config)


def _rows_as_convolution(kernel: Kernel) -> Law:
    """A matrix with several rows times weights is a 1x1 convolution over that many positions."""
    config = kernel.config
    stand_in = _convolution(kernel, config.input_h, 1, config.c_in, config.c_out)
    return Law(Message("1x1 convolution over the rows"), (Surrogate(stand_in, 1.0),), 0.2)


def _grouped(kernel: Kernel) -> Law:
    """Every group is a convolution of its own over its share of the channels."""
    config = kernel.config
    groups = max(config.groups, 1)
    part = replace(config, c_in=max(config.c_in // groups, 1), c_out=max(config.c_out // groups, 1), groups=1)
    return _as_convolution(Message("one convolution per group"), kernel, part, groups, 0.35)


def _dilated(kernel: Kernel) -> Law:
    """Dilation moves the taps apart and leaves the work as it is."""
    config = replace(kernel.config, dilation=1, groups=1)
    if kernel.config.groups > 1 and kernel.config.groups == kernel.config.c_in:
        stand_in = replace(kernel, kind=KernelKind.DWCONV, config=replace(kernel.config, dilation=1, batch=1))
        times = float(max(kernel.config.batch, 1))
        return Law(Message("depthwise convolution without dilation"), (Surrogate(stand_in, times),), 0.25)
    return _as_convolution(Message("convolution without dilation"), kernel, config, 1, 0.25)


def _transposed(kernel: Kernel) -> Law:
    """A transposed convolution does its multiply-accumulates at the positions of its input."""
    config = kernel.config
    part = replace(config, out_h=config.input_h, out_w=config.input_w, stride_h=1, stride_w=1, groups=1)
    return _as_convolution(Message("convolution over the input positions"), kernel, part, 1, 0.4)


def _other_rank(kernel: Kernel) -> Law:
    """One- and three-dimensional convolutions by the picture and window of equal area."""
    part = replace(kernel.config, groups=1)
    return _as_convolution(Message("2-D convolution of equal area"), kernel, part, 1, 0.35)


def _as_convolution(name: str, kernel: Kernel, config: KernelConfig, times: int, log_sd: float) -> Law:
    stand_in = replace(kernel, kind=KernelKind.CONV, config=replace(config, batch=1))
    if window_area(stand_in) > LARGEST_WINDOW:
        name = _of_windows(name)
        stand_in, log_sd = _windows_as_product(kernel, config), max(log_sd, 0.3)
    return Law(name, (Surrogate(stand_in, float(times * max(kernel.config.batch, 1))),), log_sd)


def _of_windows(name: str) -> Message:
    if name:
        return Message("{law}, as matrix product of its windows", law=name)
    return Message("matrix product of its windows")


def _product(kernel: Kernel) -> Law:
    """A product of two activations is a 1x1 convolution per matrix of the batch."""
    config = kernel.config
    stand_in = _convolution(kernel, max(config.input_h, 1), 1, config.c_in, config.c_out)
    times = float(max(config.batch, 1))
    return Law(Message("1x1 convolution per matrix"), (Surrogate(stand_in, times),), 0.4)


def _attention(kernel: Kernel) -> Law:
    """Scores and weighted sum as two 1x1 convolutions per head, the softmax as an activation over scores.

    Multiply-accumulates beyond those are projections inside the operator: a 1x1 convolution over the rows.
    """
    config = kernel.config
    queries, keys, heads = max(config.input_h, 1), max(config.input_w, 1), max(config.batch, 1)
    scores = _convolution(kernel, queries, 1, config.c_in, keys)
    values = _convolution(kernel, queries, 1, keys, config.c_out)
    soft = _pointwise(kernel, KernelKind.HSWISH, queries * keys)
    parts = [Surrogate(scores, heads), Surrogate(values, heads), Surrogate(soft, 2.0 * heads)]
    projected = kernel.macs - heads * queries * keys * (config.c_in + config.c_out)
    shape = kernel.input_shapes[0] if kernel.input_shapes else ()
    if projected <= 0 or not shape:
        return Law(Message("two 1x1 convolutions and two activations per head"), tuple(parts), 0.5)
    rows, width = prod(shape[:-1]), shape[-1]
    inside = replace(
        kernel, kind=KernelKind.FC, config=KernelConfig(rows, 1, width, projected // (rows * width), 1, 1)
    )
    parts.extend(law.surrogates[0] for law in (law_of(inside),) if law is not None)
    name = Message("its projections as 1x1 convolution, and two with two activations per head")
    return Law(name, tuple(parts), 0.5)


def _recurrent(kernel: Kernel) -> Law:
    """Every step is a fully connected layer with all gates' weights."""
    steps = max(kernel.config.input_h, 1) * max(kernel.config.batch, 1)
    width = max(kernel.config.c_in + kernel.config.c_out, 1)
    gates = max(round(kernel.macs / (steps * width)), 1)
    config = KernelConfig(1, 1, width, gates, 1, 1, out_h=1, out_w=1)
    stand_in = replace(kernel, kind=KernelKind.FC, config=config)
    return Law(Message("one fully connected layer per step"), (Surrogate(stand_in, float(steps)),), 0.5)


def _pointwise(kernel: Kernel, kind: KernelKind, elements: int) -> Kernel:
    channels = max(kernel.config.c_out, kernel.config.c_in, 1)
    while channels > 1 and elements % channels:
        channels = max(channels // 2, 1)
    side = max(elements // channels, 1)
    config = KernelConfig(side, 1, channels, channels, out_h=side, out_w=1)
    return replace(kernel, kind=kind, config=config)


def _passes(name: str, kind: KernelKind, times: float, log_sd: float) -> Callable[[Kernel], Law]:
    """Law of work per element: `times` passes of a measured type over the larger of input and output."""

    def law(kernel: Kernel) -> Law:
        elements = max(kernel.output_elements, _largest_input(kernel), 1)
        return Law(name, (Surrogate(_pointwise(kernel, kind, elements), times),), log_sd)

    return law


def _largest_input(kernel: Kernel) -> int:
    config = kernel.config
    return config.input_h * config.input_w * config.c_in * max(config.batch, 1)


def _embedding(kernel: Kernel) -> Law:
    """Only the looked-up rows are read and written."""
    rows = _pointwise(kernel, KernelKind.SPLIT, max(kernel.output_elements, 1))
    return Law(Message("one copy of the looked-up rows"), (Surrogate(rows, 1.0),), 0.6)


_LAWS: dict[KernelKind, Callable[[Kernel], Law]] = {
    KernelKind.GROUPED_CONV: _grouped,
    KernelKind.DILATED_CONV: _dilated,
    KernelKind.TRANSPOSED_CONV: _transposed,
    KernelKind.CONV_OTHER: _other_rank,
    KernelKind.MATMUL: _product,
    KernelKind.ATTENTION: _attention,
    KernelKind.RNN: _recurrent,
    KernelKind.EMBEDDING: _embedding,
    KernelKind.LAYERNORM: _passes(Message("two batch-norm passes"), KernelKind.BN, 2.0, 0.5),
    KernelKind.NORM: _passes(Message("two batch-norm passes"), KernelKind.BN, 2.0, 0.5),
    KernelKind.LRN: _passes(Message("five batch-norm passes"), KernelKind.BN, 5.0, 0.6),
    KernelKind.ACTIVATION: _passes(Message("one hard-swish pass"), KernelKind.HSWISH, 1.0, 0.4),
    KernelKind.SOFTMAX: _passes(Message("two hard-swish passes"), KernelKind.HSWISH, 2.0, 0.6),
    KernelKind.ELEMENTWISE: _passes(Message("one add pass"), KernelKind.ADD, 1.0, 0.4),
    KernelKind.REDUCE: _passes(Message("one batch-norm pass"), KernelKind.BN, 1.0, 0.6),
    KernelKind.RESIZE: _passes(Message("one split pass"), KernelKind.SPLIT, 1.0, 0.5),
    KernelKind.COPY: _passes(Message("one split pass"), KernelKind.SPLIT, 1.0, 0.5),
    KernelKind.QUANTIZE: _passes(Message("one relu pass"), KernelKind.RELU, 1.0, 0.5),
}
