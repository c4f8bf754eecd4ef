"""Which neighbouring operators a runtime launches as one kernel.

The TFLite tables are measured (data note "What a runtime fuses", from the DeepEn2023 kernel detection): two
operators a and b are one kernel when time(a) + time(b) - time(a, b) > 0.5 * min(time(a), time(b)). They are
copied as facts: what was not found to fuse does not fuse here, however plausible it is (a depthwise
convolution and hard-swish, for example).

ONNX Runtime's table is what the optimised graphs of the sample networks show (version 1.32, x86, fp32): a
convolution takes over activation and residual add.

For Arm NN and TensorRT nobody measured such a table. **Assumption**: convolution, depthwise convolution and
fully connected layers take over the batch norm and activation behind them (as the makers document), and
TensorRT also the residual add. `unfused` runs every operator on its own, as an interpreter without a
compiler would; biases still belong to their convolution.

A chain is read pair by pair: (tail of the kernel so far, next operator). A folded batch norm does not
become the tail. A kernel holds at most one heavy operator.
"""

from __future__ import annotations

from dataclasses import dataclass

from predictors.model.kernels import KernelKind

FAMILIES: dict[KernelKind, str] = {
    KernelKind.CONV: "conv",
    KernelKind.GROUPED_CONV: "conv",
    KernelKind.DILATED_CONV: "conv",
    KernelKind.CONV_OTHER: "conv",
    KernelKind.DWCONV: "dwconv",
    KernelKind.TRANSPOSED_CONV: "tconv",
    KernelKind.FC: "dense",
    KernelKind.BN: "bn",
    KernelKind.RELU: "relu",
    KernelKind.HSWISH: "hswish",
    KernelKind.ACTIVATION: "activation",
    KernelKind.ADD: "add",
    KernelKind.AVGPOOL: "pooling",
    KernelKind.MAXPOOL: "pooling",
    KernelKind.GLOBAL_AVGPOOL: "pooling",
    KernelKind.CONCAT: "concat",
    KernelKind.SE: "se",
}
"""Kernel kind of an operator -> its family in the tables; kinds that are missing fuse with nothing."""

HEAVY = frozenset({"conv", "dwconv", "tconv", "dense"})
WEIGHT_OF_FAMILY = ("hswish", "activation", "relu", "bn", "add", "concat", "pooling", "se", *sorted(HEAVY))
"""From light to heavy: the heaviest operator of a kernel is its anchor and gives it its kind."""

FOLDING = frozenset({("conv", "bn"), ("dwconv", "bn"), ("tconv", "bn"), ("dense", "bn")})
"""Pairs whose second operator disappears in the first one's weights."""


@dataclass(frozen=True, slots=True)
class Runtime:
    """One runtime's table: the pairs that fuse, and whether a pair also fuses across a reshape."""

    name: str
    pairs: frozenset[tuple[str, str]]
    across_reshapes: bool
    measured: bool


def _pairs(text: str) -> frozenset[tuple[str, str]]:
    return frozenset((first, second) for first, second in (word.split("-") for word in text.split()))


_SHARED = "bn-relu conv-bn dwconv-bn conv-relu dwconv-relu conv-hswish se-relu add-relu relu-relu"
_TFLITE_CPU = f"{_SHARED} conv-pooling dense-relu dense-add dense-concat relu-dense concat-dense"
_TFLITE_GPU = (
    f"{_SHARED} conv-add dwconv-add tconv-add pooling-add concat-add add-add relu-add "
    "pooling-relu concat-relu tconv-relu"
)
_ARMNN = (
    " ".join(f"{heavy}-{light}" for heavy in sorted(HEAVY) for light in ("bn", "relu", "hswish")) + " bn-relu"
)
_TENSORRT = (
    " ".join(
        f"{heavy}-{light}"
        for heavy in sorted(HEAVY)
        for light in ("bn", "relu", "hswish", "activation", "add")
    )
    + " bn-relu add-relu add-hswish add-activation"
)
_ONNXRUNTIME = (
    " ".join(
        f"{heavy}-{light}"
        for heavy in ("conv", "dwconv")
        for light in ("bn", "relu", "hswish", "activation", "add")
    )
    + " dense-bn dense-relu add-relu bn-relu"
)

_ALL = (
    Runtime("tflite-cpu", _pairs(_TFLITE_CPU), across_reshapes=True, measured=True),
    Runtime("tflite-gpu", _pairs(_TFLITE_GPU), across_reshapes=False, measured=True),
    Runtime("armnn", _pairs(_ARMNN), across_reshapes=False, measured=False),
    Runtime("tensorrt", _pairs(_TENSORRT), across_reshapes=False, measured=False),
    Runtime("onnxruntime", _pairs(_ONNXRUNTIME), across_reshapes=False, measured=True),
    Runtime("unfused", frozenset(), across_reshapes=False, measured=False),
)
RUNTIMES: dict[str, Runtime] = {runtime.name: runtime for runtime in _ALL}
