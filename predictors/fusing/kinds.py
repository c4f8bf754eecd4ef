"""Which kernel kind an operator has; convolutions are told apart by groups, dilation and rank."""

from __future__ import annotations

from predictors.fusing.attributes import attribute_int, attribute_ints, channels_first
from predictors.fusing.operators import KIND_OF_OP
from predictors.fusing.view import GraphView, LogicalOp
from predictors.model.kernels import KernelKind

IMAGE_RANK = 4


def kind_of(view: GraphView, op: LogicalOp) -> KernelKind:
    """Kernel kind of an operator; UNSUPPORTED when nobody knows it."""
    kind = KIND_OF_OP.get(op.op, KernelKind.UNSUPPORTED)
    if kind is KernelKind.CONV:
        return _convolution_kind(view, op)
    if op.op == "MatMulInteger" and any(view.is_constant(name) for name in op.inputs[:2]):
        return KernelKind.FC
    return kind


def _convolution_kind(view: GraphView, op: LogicalOp) -> KernelKind:
    """Depthwise means one group per input channel, and more than one channel; c_out may be a multiple."""
    shape = op.data_shape or (view.graph.shape(op.inputs[0]) if op.inputs else None)
    if shape is not None and len(shape) != IMAGE_RANK:
        return KernelKind.CONV_OTHER
    groups = attribute_int(op.anchor, "group", 1)
    if groups > 1:
        depthwise = shape is not None and groups == channels_first(op.anchor, shape)[1]
        return KernelKind.DWCONV if depthwise else KernelKind.GROUPED_CONV
    dilated = any(step > 1 for step in attribute_ints(op.anchor, "dilations"))
    return KernelKind.DILATED_CONV if dilated else KernelKind.CONV
