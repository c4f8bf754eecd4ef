"""Helper of the fusing tests: write graphs of our own types by hand, and check what must always hold."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

from predictors.fusing import RUNTIMES, fuse
from predictors.model.graph import AttributeValue, Graph, Node, Shape, Tensor
from predictors.model.kernels import FusedModel

PIXELS = (1, 8, 16, 16)


class GraphWriter:
    """Writes nodes one after the other; every method returns the name of the tensor it made."""

    def __init__(self, **inputs: Shape) -> None:
        self.nodes: list[Node] = []
        self.tensors: dict[str, Tensor] = {}
        self.inputs = tuple(inputs)
        self.statistics: set[str] = set()
        for name, shape in inputs.items():
            self.tensors[name] = Tensor(name, shape, "float32")

    def shape(self, name: str) -> Shape:
        """Shape of a tensor written earlier."""
        found = self.tensors[name].shape
        assert found is not None
        return found

    def constant(self, *shape: int, values: Sequence[float] | None = None, dtype: str = "float32") -> str:
        """A weight or a small constant argument."""
        name = f"c{len(self.tensors)}"
        kept = None if values is None else tuple(float(value) for value in values)
        self.tensors[name] = Tensor(name, shape, dtype, is_constant=True, values=kept)
        return name

    def scalar(self, value: float) -> str:
        """A constant number."""
        return self.constant(values=(value,))

    def vector(self, *values: float) -> str:
        """A constant list of integers, such as a shape or axes argument."""
        return self.constant(len(values), values=values, dtype="int64")

    def op(
        self,
        op: str,
        *inputs: str,
        shape: Shape | None = None,
        outputs: Sequence[Shape] = (),
        domain: str = "",
        name: str = "",
        **attributes: AttributeValue,
    ) -> str:
        """Any operator; the output's shape is the broadcast of its inputs unless given."""
        shapes = outputs or (shape if shape is not None else self._broadcast(inputs),)
        names = tuple(f"t{len(self.nodes)}_{place}" for place in range(len(shapes)))
        for made, made_shape in zip(names, shapes, strict=True):
            self.tensors[made] = Tensor(made, made_shape, "float32")
        self.nodes.append(Node(len(self.nodes), name, op, domain, inputs, names, attributes))
        return names[0]

    def _broadcast(self, inputs: Sequence[str]) -> Shape:
        shapes = [self.shape(name) for name in inputs if name]
        rank = max(len(shape) for shape in shapes)
        padded = [(1,) * (rank - len(shape)) + shape for shape in shapes]
        return tuple(max(extents) for extents in zip(*padded, strict=True))

    def unknown_shape(self, name: str) -> str:
        """Forget the shape of a tensor."""
        self.tensors[name] = Tensor(name, None, "float32")
        return name

    def conv(
        self,
        data: str,
        c_out: int,
        kernel: int = 1,
        stride: int = 1,
        groups: int = 1,
        pads: int | None = None,
    ) -> str:
        """2-D convolution, padded so that only the stride shrinks the picture (unless `pads` is given)."""
        batch, c_in, height, width = self.shape(data)
        around = kernel // 2 if pads is None else pads
        out = [(extent + 2 * around - kernel) // stride + 1 for extent in (height, width)]
        weight = self.constant(c_out, c_in // groups, kernel, kernel)
        return self.op(
            "Conv",
            data,
            weight,
            self.constant(c_out),
            shape=(batch, c_out, *out),
            group=groups,
            strides=(stride, stride),
            pads=(around,) * 4,
        )

    def dwconv(self, data: str, kernel: int = 3, stride: int = 1) -> str:
        """Depthwise convolution."""
        channels = self.shape(data)[1]
        return self.conv(data, channels, kernel, stride, groups=channels)

    def bn(self, data: str) -> str:
        """Batch normalisation."""
        scale, bias, mean, variance = (self.constant(self.shape(data)[1]) for _ in range(4))
        self.statistics.update((mean, variance))
        return self.op("BatchNormalization", data, scale, bias, mean, variance, shape=self.shape(data))

    def pool(self, op: str, data: str, kernel: int = 2, stride: int = 2) -> str:
        """Unpadded pooling."""
        batch, channels, height, width = self.shape(data)
        out = tuple((extent - kernel) // stride + 1 for extent in (height, width))
        return self.op(
            op,
            data,
            shape=(batch, channels, *out),
            kernel_shape=(kernel, kernel),
            strides=(stride, stride),
        )

    def global_pool(self, data: str) -> str:
        """Global average pooling."""
        return self.op("GlobalAveragePool", data, shape=(*self.shape(data)[:2], 1, 1))

    def reshape(self, data: str, *shape: int) -> str:
        """A view with another shape."""
        return self.op("Reshape", data, self.vector(*shape), shape=shape)

    def transpose(self, data: str, *perm: int) -> str:
        """Axes in another order."""
        before = self.shape(data)
        return self.op("Transpose", data, shape=tuple(before[axis] for axis in perm), perm=perm)

    def dense(self, data: str, c_out: int, bias: bool = True) -> str:
        """Fully connected layer as MatMul and Add."""
        *rows, c_in = self.shape(data)
        made = self.op("MatMul", data, self.constant(c_in, c_out), shape=(*rows, c_out))
        return self.op("Add", made, self.constant(c_out)) if bias else made

    def gemm(self, data: str, c_out: int) -> str:
        """Fully connected layer as Gemm."""
        rows, c_in = self.shape(data)
        return self.op(
            "Gemm", data, self.constant(c_out, c_in), self.constant(c_out), shape=(rows, c_out), transB=1
        )

    def graph(self, *outputs: str) -> Graph:
        """The finished graph."""
        weights = sum(
            tensor.elements
            for name, tensor in self.tensors.items()
            if tensor.is_constant
            and tensor.elements > 1
            and tensor.dtype != "int64"
            and name not in self.statistics
        )
        return Graph(
            "test", "", tuple(self.nodes), self.tensors, self.inputs, outputs, params=weights, opset=17
        )


def fused_everywhere(graph: Graph) -> dict[str, FusedModel]:
    """Fuse on every runtime, after checking on all of them what must always hold."""
    models = {name: fuse(graph, name) for name in RUNTIMES}
    for model in models.values():
        check_every_node_once(graph, model)
        check_runnable_order(graph, model)
    assert len({model.macs for model in models.values()}) == 1, "MACs do not depend on the runtime"
    return models


def fused(graph: Graph, runtime: str = "tflite-cpu") -> FusedModel:
    """Fuse on one runtime, with the checks on all."""
    return fused_everywhere(graph)[runtime]


def check_every_node_once(graph: Graph, model: FusedModel) -> None:
    """Every node is in exactly one kernel or free, with its operator named."""
    kernels = [index for kernel in model.kernels for index in kernel.node_indices]
    free = [node.node_index for node in model.free]
    assert Counter(kernels + free) == Counter(node.index for node in graph.nodes)
    ops = {node.index: node.op for node in graph.nodes}
    for kernel in model.kernels:
        assert kernel.ops == tuple(ops[index] for index in kernel.node_indices)
    assert all(node.reason and node.op == ops[node.node_index] for node in model.free)
    assert [kernel.index for kernel in model.kernels] == list(range(len(model.kernels)))


def check_runnable_order(graph: Graph, model: FusedModel) -> None:
    """Run the kernels in order: whatever a kernel reads was made before (by it, or for free)."""
    by_index = {node.index: node for node in graph.nodes}
    known = set(graph.inputs) | {name for name, tensor in graph.tensors.items() if tensor.is_constant} | {""}
    waiting = [by_index[node.node_index] for node in model.free]
    for kernel in model.kernels:
        pending = [by_index[index] for index in kernel.node_indices] + waiting
        progress = True
        while progress:
            ready = [node for node in pending if set(node.inputs) <= known]
            known.update(name for node in ready for name in node.outputs)
            pending = [node for node in pending if node not in ready]
            progress = bool(ready)
        left = {node.index for node in pending}
        assert left.isdisjoint(kernel.node_indices), f"{kernel.name} reads what was not made yet"
        waiting = [node for node in waiting if node.index in left]


def histogram(model: FusedModel) -> dict[str, int]:
    """How many kernels of each kind."""
    return dict(Counter(kernel.kind.value for kernel in model.kernels))


def elements(*shapes: Shape) -> int:
    """Elements of some tensors together."""
    return sum(math.prod(shape) for shape in shapes)
