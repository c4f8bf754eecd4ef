"""Writes networks as ONNX files of a few kilobytes: real shapes, no weights.

Each weight is produced inside the graph by ConstantOfShape from a small shape initializer, the way the
light test models of ONNX itself do it. The files pass onnx.checker and can be run. Batch normalisation
after a convolution is folded into its bias, as exporters do by default. With precision "int8" every
activation passes a QuantizeLinear/DequantizeLinear pair, weights are stored as int8 (biases as int32)
behind a DequantizeLinear, and ReLUs disappear into the quantised ranges.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from predictors.samples.values import Activation, Padding, Precision, Value, window

if TYPE_CHECKING:
    import onnx

OPSET = 17  # of 2022, which every runtime reads
IR_VERSION = 8  # the one of opset 17
ACTIVATION_SCALE, WEIGHT_SCALE = 0.05, 0.01
"""Of every quantised tensor. A bias has their product, as integer arithmetic adds it to products of both:
with any other scale ONNX Runtime computes the convolution in float."""
ACTIVATION_OPS: dict[Activation, str] = {
    "relu": "Relu",
    "hswish": "HardSwish",
    "hsigmoid": "HardSigmoid",
    "leaky": "LeakyRelu",
    "sigmoid": "Sigmoid",
}
ACTIVATION_ATTRIBUTES: dict[Activation, dict[str, float]] = {
    "hsigmoid": {"alpha": 1.0 / 6.0, "beta": 0.5},
    "leaky": {"alpha": 0.2},
}


CONVOLUTION_RANK = 4
"""Dimensions of a convolution's weights: channels out and in, height, width."""


class NetworkBuilder:
    """Collects the nodes of one network; each method adds an operator and returns its output.

    Names given to methods become node names, so they should read well in a table of kernels.
    """

    def __init__(
        self,
        name: str,
        *,
        input_hw: int,
        batch: int = 1,
        precision: Precision = "fp32",
        opset: int = OPSET,
        per_channel: bool = False,
    ) -> None:
        import onnx

        self._onnx = onnx
        self._name, self._opset, self.precision = name, opset, precision
        self._per_channel = per_channel
        self._nodes: list[onnx.NodeProto] = []
        self._initializers: dict[str, onnx.TensorProto] = {}
        self._names: set[str] = set()
        self._input = Value("input", (batch, 3, input_hw, input_hw))
        self.image = self._quantised(self._input)

    def conv(
        self,
        x: Value,
        c_out: int,
        kernel: int = 1,
        stride: int = 1,
        *,
        name: str,
        groups: int = 1,
        padding: Padding = "same",
        act: Activation = "relu",
        dilation: int = 1,
        weights: str = "",
    ) -> Value:
        """Square convolution with bias (a folded batch norm) and its activation.

        `weights` names weights that several convolutions of one shape share; without, they are its own.
        """
        win = window(x.height, dilation * (kernel - 1) + 1, stride, padding)
        dilations = {"dilations": [dilation, dilation]} if dilation > 1 else {}
        weight = self._weight(f"{weights or name}.weight", (c_out, x.channels // groups, kernel, kernel))
        bias = self._weight(f"{weights or name}.bias", (c_out,), bias=True)
        y = self._node(
            "Conv",
            [x.name, weight, bias],
            (x.shape[0], c_out, win.out, win.out),
            name=name,
            kernel_shape=[kernel, kernel],
            strides=[stride, stride],
            pads=win.onnx_pads,
            group=groups,
            **dilations,
        )
        return self.activate(y, act, name=name)

    def depthwise(
        self,
        x: Value,
        kernel: int,
        stride: int = 1,
        *,
        name: str,
        padding: Padding = "same",
        act: Activation = "relu",
        dilation: int = 1,
        weights: str = "",
    ) -> Value:
        """Convolution of every channel on its own."""
        return self.conv(
            x,
            x.channels,
            kernel,
            stride,
            name=name,
            groups=x.channels,
            padding=padding,
            act=act,
            dilation=dilation,
            weights=weights,
        )

    def fc(self, x: Value, c_out: int, *, name: str, act: Activation = "none") -> Value:
        """Fully connected layer with bias over a flattened input."""
        weight = self._weight(f"{name}.weight", (c_out, x.channels))
        bias = self._weight(f"{name}.bias", (c_out,), bias=True)
        y = self._node("Gemm", [x.name, weight, bias], (x.shape[0], c_out), name=name, transB=1)
        return self.activate(y, act, name=name)

    def batch_norm(self, x: Value, *, name: str, act: Activation = "relu") -> Value:
        """Batch normalisation that could not be folded, and its activation."""
        # The four vectors stay in float even in int8 networks: quantisers leave them alone.
        vectors = [
            self._float_weight(f"{name}.{part}", (x.channels,)) for part in ("scale", "bias", "mean", "var")
        ]
        y = self._node("BatchNormalization", [x.name, *vectors], x.shape, name=name)
        return self.activate(y, act, name=name)

    def activate(self, x: Value, act: Activation, *, name: str) -> Value:
        """Activation function; ReLU and ReLU6 vanish in int8 networks, where the range does their work."""
        if act == "none" or (self.precision == "int8" and act in ("relu", "relu6")):
            return x
        if act == "relu6":
            bounds = [self._scalar("relu6_min", 0.0), self._scalar("relu6_max", 6.0)]
            return self._node("Clip", [x.name, *bounds], x.shape, name=f"{name}.relu6")
        attributes = ACTIVATION_ATTRIBUTES.get(act, {})
        return self._node(ACTIVATION_OPS[act], [x.name], x.shape, name=f"{name}.{act}", **attributes)

    def max_pool(
        self, x: Value, kernel: int, stride: int, *, name: str, padding: Padding = "same", ceil: bool = False
    ) -> Value:
        """Maximum over square windows."""
        return self._pool("MaxPool", x, kernel, stride, name, padding, ceil)

    def avg_pool(
        self, x: Value, kernel: int, stride: int, *, name: str, padding: Padding = "same", ceil: bool = False
    ) -> Value:
        """Mean over square windows."""
        return self._pool("AveragePool", x, kernel, stride, name, padding, ceil)

    def global_pool(self, x: Value, *, name: str = "global_pool") -> Value:
        """Mean over the whole feature map."""
        return self._node("GlobalAveragePool", [x.name], (*x.shape[:2], 1, 1), name=name)

    def flatten(self, x: Value, *, name: str = "flatten") -> Value:
        """Feature maps to one vector per image."""
        features = x.shape[1] * x.shape[2] * x.shape[3]
        return self._node("Flatten", [x.name], (x.shape[0], features), name=name, axis=1)

    def add(self, x: Value, y: Value, *, name: str, act: Activation = "none") -> Value:
        """Element-wise sum of two equal shapes, and its activation."""
        return self.activate(self._node("Add", [x.name, y.name], x.shape, name=name), act, name=name)

    def scale_channels(self, x: Value, factors: Value, *, name: str) -> Value:
        """Multiply every channel by its own factor (the last step of squeeze-and-excite)."""
        return self._node("Mul", [x.name, factors.name], x.shape, name=name)

    def concat(self, parts: Sequence[Value], *, name: str) -> Value:
        """Join along the channels."""
        first = parts[0].shape
        shape = (first[0], sum(part.channels for part in parts), *first[2:])
        return self._node("Concat", [part.name for part in parts], shape, name=name, axis=1)

    def boxes(self, x: Value, figures: int, *, name: str) -> Value:
        """The outputs of a detector's head as rows, one per anchor: (N, rows, figures)."""
        batch, channels, height, width = x.shape
        y = self._raw("Transpose", [x.name], (batch, height, width, channels), name=f"{name}.nhwc",
                      perm=[0, 2, 3, 1])  # fmt: skip
        shape = (batch, height * width * channels // figures, figures)
        return self._raw("Reshape", [y.name, self._integers(shape)], shape, name=name)

    def join_boxes(self, parts: Sequence[Value], *, name: str, act: Activation = "none") -> Value:
        """Rows of several feature maps below each other."""
        shape = (parts[0].shape[0], sum(part.shape[1] for part in parts), parts[0].shape[2])
        y = self._raw("Concat", [part.name for part in parts], shape, name=name, axis=1)
        return self.activate(y, act, name=name)

    def resize(self, x: Value, size: int, *, name: str, mode: str = "linear") -> Value:
        """Square feature maps of `size` rows, by interpolation ("linear") or repetition ("nearest")."""
        shape = (*x.shape[:2], size, size)
        inputs = [x.name, "", "", self._integers(shape)]
        return self._node("Resize", inputs, shape, name=name, mode=mode)

    def upconv(self, x: Value, c_out: int, kernel: int, *, name: str, act: Activation) -> Value:
        """Transposed convolution of stride 2 with bias: twice the rows and columns."""
        size = 2 * x.height
        weight = self._weight(f"{name}.weight", (x.channels, c_out, kernel, kernel))
        bias = self._weight(f"{name}.bias", (c_out,), bias=True)
        shape = (x.shape[0], c_out, size, size)
        y = self._node(
            "ConvTranspose",
            [x.name, weight, bias],
            shape,
            name=name,
            kernel_shape=[kernel, kernel],
            strides=[2, 2],
            auto_pad="SAME_UPPER",
        )
        return self.activate(y, act, name=name)

    def scaled(self, x: Value, factor: float, *, name: str) -> Value:
        """Every element times one constant."""
        return self._node("Mul", [x.name, self._scalar(f"factor_{factor:g}", factor)], x.shape, name=name)

    def split_half(self, x: Value, *, name: str) -> tuple[Value, Value]:
        """The first and the second half of the channels."""
        half = x.channels // 2
        sizes = self._integers([half, x.channels - half])
        names = [f"{name}_out0", f"{name}_out1"]
        self._append("Split", [x.name, sizes], names, name=name, axis=1)
        low, high = ((x.shape[0], count, *x.shape[2:]) for count in (half, x.channels - half))
        return self._quantised(Value(names[0], low)), self._quantised(Value(names[1], high))

    def channel_shuffle(self, x: Value, groups: int, *, name: str) -> Value:
        """Interleave the channels of `groups` groups: reshape, transpose, reshape."""
        batch, channels, height, width = x.shape
        grouped = (batch, groups, channels // groups, height, width)
        swapped = (batch, channels // groups, groups, height, width)
        y = self._raw("Reshape", [x.name, self._integers(grouped)], grouped, name=f"{name}.group")
        y = self._raw("Transpose", [y.name], swapped, name=f"{name}.swap", perm=[0, 2, 1, 3, 4])
        y = self._raw("Reshape", [y.name, self._integers(x.shape)], x.shape, name=f"{name}.join")
        return self._quantised(y)

    def finish(self, *outputs: Value) -> bytes:
        """The whole network as an ONNX file. The same calls always give the same bytes."""
        helper, float_type = self._onnx.helper, self._onnx.TensorProto.FLOAT
        graph = helper.make_graph(
            self._nodes,
            self._name,
            self._declared_inputs(),
            [helper.make_tensor_value_info(output.name, float_type, output.shape) for output in outputs],
            list(self._initializers.values()),
        )
        opsets = [helper.make_opsetid("", self._opset)]
        model = helper.make_model(graph, opset_imports=opsets, producer_name="joulelens")
        model.ir_version = max(IR_VERSION, helper.find_min_ir_version_for(opsets))
        return bytes(model.SerializeToString(deterministic=True))

    def _declared_inputs(self) -> list[onnx.ValueInfoProto]:
        float_type = self._onnx.TensorProto.FLOAT
        return [self._onnx.helper.make_tensor_value_info(self._input.name, float_type, self._input.shape)]

    def _pool(
        self, op: str, x: Value, kernel: int, stride: int, name: str, padding: Padding, ceil: bool
    ) -> Value:
        win = window(x.height, kernel, stride, padding, ceil=ceil)
        return self._node(
            op,
            [x.name],
            (*x.shape[:2], win.out, win.out),
            name=name,
            kernel_shape=[kernel, kernel],
            strides=[stride, stride],
            pads=win.onnx_pads,
            ceil_mode=int(ceil),
        )

    def _node(
        self, op: str, inputs: Sequence[str], shape: tuple[int, ...], *, name: str, **attributes: Any
    ) -> Value:
        return self._quantised(self._raw(op, inputs, shape, name=name, **attributes))

    def _raw(
        self, op: str, inputs: Sequence[str], shape: tuple[int, ...], *, name: str, **attributes: Any
    ) -> Value:
        self._append(op, inputs, [f"{name}_out"], name=name, **attributes)
        return Value(f"{name}_out", shape)

    def _append(
        self, op: str, inputs: Sequence[str], outputs: Sequence[str], *, name: str, **attributes: Any
    ) -> None:
        if name in self._names:
            raise AssertionError(
                f"Two nodes of {self._name} are called {name}. Give one of them another name."
            )
        self._names.add(name)
        self._nodes.append(self._onnx.helper.make_node(op, inputs, outputs, name=name, **attributes))

    def _quantised(self, x: Value) -> Value:
        if self.precision == "fp32":
            return x
        range_of = [
            self._scalar("scale", ACTIVATION_SCALE),
            self._byte("zero_uint8", self._onnx.TensorProto.UINT8),
        ]
        self._append("QuantizeLinear", [x.name, *range_of], [f"{x.name}_q"], name=f"{x.name}.quantize")
        dequantised = f"{x.name}_dq"
        self._append(
            "DequantizeLinear", [f"{x.name}_q", *range_of], [dequantised], name=f"{x.name}.dequantize"
        )
        return Value(dequantised, x.shape)

    def _weight(self, name: str, shape: tuple[int, ...], *, bias: bool = False) -> str:
        if self.precision == "fp32":
            return self._float_weight(name, shape)
        if f"{name}.dequantize" in self._names:  # shared with an earlier layer
            return f"{name}_dq"
        kind = self._onnx.TensorProto.INT32 if bias else self._onnx.TensorProto.INT8
        stored = self._filled(f"{name}_q", shape, kind)
        if self._per_channel and not bias and len(shape) == CONVOLUTION_RANK:
            zeros = self._filled(f"{name}_zero", shape[:1], kind)
            inputs, axis = [stored, self._scales(shape[0]), zeros], {"axis": 0}
        else:
            scale = (
                ("bias_scale", ACTIVATION_SCALE * WEIGHT_SCALE) if bias else ("weight_scale", WEIGHT_SCALE)
            )
            inputs, axis = [stored, self._scalar(*scale)], {}
            if not bias:
                inputs.append(self._byte("zero_int8", self._onnx.TensorProto.INT8))
        self._append("DequantizeLinear", inputs, [f"{name}_dq"], name=f"{name}.dequantize", **axis)
        return f"{name}_dq"

    def _scales(self, channels: int) -> str:
        key = f"weight_scales_{channels}"
        if key not in self._initializers:
            values = [WEIGHT_SCALE] * channels
            tensor = self._onnx.helper.make_tensor(key, self._onnx.TensorProto.FLOAT, [channels], values)
            self._initializers[key] = tensor
        return key

    def _float_weight(self, name: str, shape: tuple[int, ...]) -> str:
        return self._filled(name, shape, self._onnx.TensorProto.FLOAT)

    def _filled(self, name: str, shape: tuple[int, ...], kind: int) -> str:
        if f"{name}.shape_only" in self._names:  # shared with an earlier layer
            return name
        value = self._onnx.helper.make_tensor("value", kind, [1], [0])
        self._append(
            "ConstantOfShape", [self._integers(shape)], [name], name=f"{name}.shape_only", value=value
        )
        return name

    def _integers(self, values: Sequence[int]) -> str:
        key = "shape_" + "x".join(map(str, values))
        if key not in self._initializers:
            int64 = self._onnx.TensorProto.INT64
            self._initializers[key] = self._onnx.helper.make_tensor(key, int64, [len(values)], list(values))
        return key

    def _scalar(self, key: str, value: float) -> str:
        if key not in self._initializers:
            tensor = self._onnx.helper.make_tensor(key, self._onnx.TensorProto.FLOAT, [], [value])
            self._initializers[key] = tensor
        return key

    def _byte(self, key: str, kind: int) -> str:
        if key not in self._initializers:
            self._initializers[key] = self._onnx.helper.make_tensor(key, kind, [], [0])
        return key
