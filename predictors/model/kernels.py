"""Kernels: what a runtime launches as one piece of work, with the figures every predictor needs."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum

from predictors.model.graph import Shape


class KernelKind(StrEnum):
    """Every kernel type JouleLens tells apart.

    The first block was measured on the Huawei P40 Pro (DeepEn2023); all fused convolutions share
    `CONV`, all fused depthwise ones `DWCONV`. The second block has no measurements of its own and is
    predicted by a named law over the first.
    """

    CONV = "conv-bn-relu"
    DWCONV = "dwconv-bn-relu"
    FC = "fc"
    BN = "bn"
    BN_RELU = "bn-relu"
    RELU = "relu"
    HSWISH = "hswish"
    ADD = "add"
    ADD_RELU = "add-relu"
    AVGPOOL = "avgpool"
    MAXPOOL = "maxpool"
    GLOBAL_AVGPOOL = "global-avgpool"
    CONCAT = "concat"
    SPLIT = "split"
    CHANNEL_SHUFFLE = "channel-shuffle"
    SE = "se"

    GROUPED_CONV = "grouped-conv"
    DILATED_CONV = "dilated-conv"
    TRANSPOSED_CONV = "transposed-conv"
    CONV_OTHER = "conv-1d-3d"
    MATMUL = "matmul"
    ATTENTION = "attention"
    LAYERNORM = "layernorm"
    NORM = "norm"
    LRN = "lrn"
    ACTIVATION = "activation"
    SOFTMAX = "softmax"
    ELEMENTWISE = "elementwise"
    REDUCE = "reduce"
    RESIZE = "resize"
    EMBEDDING = "embedding"
    RNN = "rnn"
    COPY = "copy"
    QUANTIZE = "quantize"
    UNSUPPORTED = "unsupported"


MEASURED_KINDS: tuple[KernelKind, ...] = tuple(KernelKind)[:16]

# Spellings met in published tables and in users' files.
KIND_ALIASES: dict[str, KernelKind] = {
    "addrelu": KernelKind.ADD_RELU,
    "bnrelu": KernelKind.BN_RELU,
    "channelshuffle": KernelKind.CHANNEL_SHUFFLE,
    "channel_shuffle": KernelKind.CHANNEL_SHUFFLE,
    "global_avgpool": KernelKind.GLOBAL_AVGPOOL,
    "gap": KernelKind.GLOBAL_AVGPOOL,
    "conv": KernelKind.CONV,
    "conv-relu": KernelKind.CONV,
    "conv-bn": KernelKind.CONV,
    "conv-hswish": KernelKind.CONV,
    "dwconv": KernelKind.DWCONV,
    "dwconv-relu": KernelKind.DWCONV,
    "dwconv-bn": KernelKind.DWCONV,
    "dense": KernelKind.FC,
    "linear": KernelKind.FC,
}


@dataclass(frozen=True, slots=True)
class KernelConfig:
    """The configuration of one kernel, in elements.

    Convolutions and pools: `input_h`, `input_w` spatial input size, `kernel_h`, `kernel_w`, `stride_h`,
    `stride_w`, `c_in`, `c_out` channels, `groups`, `dilation`, `padding` ("same" or "valid": whether
    borders are padded so that stride alone decides the output size). `out_h`, `out_w` are the output's
    spatial size. Fully connected: `c_in`, `c_out`, spatial sizes 1 (`input_h` counts rows of the input
    matrix). Concat: `concat_c` holds the channels of each input. Zero means not applicable.
    """

    input_h: int = 0
    input_w: int = 0
    c_in: int = 0
    c_out: int = 0
    kernel_h: int = 0
    kernel_w: int = 0
    stride_h: int = 1
    stride_w: int = 1
    out_h: int = 0
    out_w: int = 0
    groups: int = 1
    dilation: int = 1
    batch: int = 1
    padding: str = "same"
    concat_c: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Kernel:
    """One fused kernel of a network on one runtime.

    `macs`: multiply-accumulates; `params`: weight elements; `weight_bytes`: bytes they take as the file
    stores them, scales included; `input_elements`, `output_elements`: activation elements read and written;
    `node_indices`: the graph nodes it is made of; `ops`: their operator names; `per_channel`: its integer
    weights have a scale for every channel; `note`: why a kind was chosen when that needs saying (for example
    an
    unknown operator); `cause`: the operator that leaves an unsupported kernel without figures, which may be
    one
    in front of it.
    """

    index: int
    name: str
    kind: KernelKind
    config: KernelConfig
    ops: tuple[str, ...] = ()
    node_indices: tuple[int, ...] = ()
    input_shapes: tuple[Shape, ...] = ()
    output_shapes: tuple[Shape, ...] = ()
    macs: int = 0
    params: int = 0
    input_elements: int = 0
    output_elements: int = 0
    precision: str = "fp32"
    note: str = ""
    per_channel: bool = False
    weight_bytes: int = 0
    cause: str = ""

    def with_index(self, index: int) -> Kernel:
        """The same kernel at another place of the execution order."""
        return replace(self, index=index)


@dataclass(frozen=True, slots=True)
class FreeNode:
    """A node that costs nothing on this runtime, and why ("reshape is a view", "folded constant")."""

    node_index: int
    op: str
    reason: str


@dataclass(frozen=True, slots=True)
class FusedModel:
    """A network as a runtime would run it. Every node is in exactly one kernel or in `free`.

    A node with an operator nobody knows becomes a kernel of kind UNSUPPORTED, so that it is counted.
    """

    runtime: str
    kernels: tuple[Kernel, ...]
    free: tuple[FreeNode, ...] = field(default_factory=tuple)

    @property
    def macs(self) -> int:
        """Multiply-accumulates of one inference."""
        return sum(kernel.macs for kernel in self.kernels)
