"""Quantised networks: the same kernels as in floating point, marked int8."""

from __future__ import annotations

import pytest

from fusing_support import PIXELS, GraphWriter, fused, histogram
from predictors.model.kernels import KernelKind


class Quantised(GraphWriter):
    """Writes quantise-dequantise pairs around everything."""

    def quantise(self, x: str) -> str:
        return self.op("QuantizeLinear", x, self.scalar(0.1), self.scalar(128), shape=self.shape(x))

    def dequantise(self, x: str) -> str:
        return self.op("DequantizeLinear", x, self.scalar(0.1), self.scalar(128), shape=self.shape(x))

    def pair(self, x: str) -> str:
        return self.dequantise(self.quantise(x))

    def weight(self, *shape: int) -> str:
        return self.dequantise(self.constant(*shape, dtype="int8"))

    def qconv(self, x: str, c_out: int) -> str:
        batch, c_in, *size = self.shape(x)
        return self.op("Conv", x, self.weight(c_out, c_in, 1, 1), shape=(batch, c_out, *size))

    def qlinear(self, op: str, *tensors: str, shape: tuple[int, ...] | None = None) -> str:
        """An operator with scale and zero point behind every input, and of its output at the end."""
        inputs: list[str] = []
        for tensor in tensors:
            inputs += [tensor, self.scalar(0.1), self.scalar(128)]
        return self.op(op, *inputs, self.scalar(0.1), self.scalar(128), shape=shape or self.shape(tensors[0]))


def test_quantise_dequantise_pairs_belong_to_the_kernel_in_front() -> None:
    g = Quantised(x=PIXELS)
    x = g.pair("x")
    y = g.pair(g.op("Relu", g.qconv(x, 8)))
    z = g.pair(g.qconv(y, 8))
    out = g.pair(g.op("Add", y, z))
    model = fused(g.graph(out))
    assert [kernel.kind.value for kernel in model.kernels] == [
        "quantize",
        "conv-bn-relu",
        "conv-bn-relu",
        "add",
    ]
    assert model.kernels[1].ops == ("Conv", "Relu", "QuantizeLinear", "DequantizeLinear")
    assert [kernel.precision for kernel in model.kernels] == ["fp32", "int8", "int8", "int8"]
    assert model.kernels[1].params == 64
    assert {node.reason for node in model.free} == {"folded constant"}


def test_a_quantised_residual_block_is_one_kernel_less_on_the_gpu() -> None:
    g = Quantised(x=PIXELS)
    x = g.pair("x")
    graph = g.graph(g.pair(g.op("Add", x, g.pair(g.qconv(x, 8)))))
    assert histogram(fused(graph, "tflite-gpu")) == {"quantize": 1, "conv-bn-relu": 1}


def test_weight_only_quantisation_computes_in_floating_point() -> None:
    g = Quantised(x=PIXELS)
    (kernel,) = fused(g.graph(g.qconv("x", 8))).kernels
    assert kernel.precision == "fp32"


def test_squeeze_excite_and_hard_swish_are_found_through_the_pairs() -> None:
    g = Quantised(x=PIXELS)
    x = g.pair(g.qconv(g.pair("x"), 8))
    h = g.pair(g.op("Mul", x, g.pair(g.op("HardSigmoid", x))))
    squeezed = g.pair(g.qconv(g.pair(g.global_pool(h)), 2))  # the inner ReLU is in the ranges
    gate = g.pair(g.op("HardSigmoid", g.pair(g.qconv(squeezed, 8))))
    model = fused(g.graph(g.pair(g.op("Mul", h, gate))))
    assert histogram(model) == {"quantize": 1, "conv-bn-relu": 1, "se": 1}
    assert model.kernels[-1].precision == "int8"


@pytest.mark.parametrize(("zero_point", "sum_kind"), [(128, "add"), (0, "add-relu")])
def test_operators_with_built_in_quantisation(zero_point: int, sum_kind: str) -> None:
    """A sum whose codes start at 0 has a ReLU in it, whether or not the file still shows one."""
    g = Quantised(x=PIXELS)
    x = g.op("QuantizeLinear", "x", g.scalar(0.1), g.scalar(0), shape=PIXELS)
    q = g.qlinear("QLinearConv", x, g.constant(8, 8, 1, 1, dtype="int8"), shape=PIXELS)
    total = g.op(
        "QLinearAdd",
        *(q, g.scalar(1), g.scalar(0), x, g.scalar(1), g.scalar(0), g.scalar(1), g.scalar(zero_point)),
        shape=PIXELS,
        domain="com.microsoft",
    )
    out = g.dequantise(total)
    model = fused(g.graph(out))
    assert [kernel.kind.value for kernel in model.kernels] == ["quantize", "conv-bn-relu", sum_kind]
    assert model.kernels[1].macs == 16 * 16 * 64
    assert model.kernels[2].ops == ("QLinearAdd", "DequantizeLinear")
    assert [kernel.precision for kernel in model.kernels] == ["fp32", "int8", "int8"]


def test_a_channel_shuffle_is_seen_through_quantised_pairs() -> None:
    g = Quantised(x=PIXELS)
    x = g.pair(g.op("Relu", g.pair("x")))
    split = g.pair(g.reshape(x, 1, 2, 4, 16, 16))
    joined = g.pair(g.reshape(g.pair(g.transpose(split, 0, 2, 1, 3, 4)), *PIXELS))
    model = fused(g.graph(g.pair(g.qconv(joined, 8))))
    assert histogram(model) == {"quantize": 1, "relu": 1, "channel-shuffle": 1, "conv-bn-relu": 1}
    assert model.kernels[2].precision == "int8"


def test_numbers_of_a_pattern_may_be_codes() -> None:
    """A hard-swish in integers: its 3, 6 and 1/6 are codes, so only the form can be compared."""
    g = Quantised(x=PIXELS)
    code = [g.constant(values=(255.0,), dtype="uint8") for _ in range(2)]
    x = g.qconv(g.pair("x"), 8)
    y = g.qlinear("QLinearAdd", x, code[0], shape=PIXELS)
    y = g.qlinear("QLinearMul", x, g.op("Clip", y, g.scalar(0), g.scalar(6), shape=PIXELS), shape=PIXELS)
    model = fused(g.graph(g.qlinear("QLinearMul", y, code[1], shape=PIXELS)))
    assert histogram(model) == {"quantize": 1, "conv-bn-relu": 1}


def test_quantised_concat_sees_only_its_tensors() -> None:
    g = Quantised(a=(1, 3, 7, 7), b=(1, 5, 7, 7))
    inputs = [g.scalar(1), g.scalar(0), "a", g.scalar(1), g.scalar(0), "b", g.scalar(1), g.scalar(0)]
    out = g.op("QLinearConcat", *inputs, shape=(1, 8, 7, 7), domain="com.microsoft", axis=1)
    (kernel,) = fused(g.graph(out)).kernels
    assert (kernel.kind, kernel.config.concat_c) == (KernelKind.CONCAT, (3, 5))


def _dynamic(g: Quantised, x: str, quantised: tuple[str, str, str], bias: bool) -> str:
    codes, scale, zero = quantised
    rows, c_in = g.shape(x)
    product = g.op("MatMulInteger", codes, g.constant(c_in, 8, dtype="int8"), zero, shape=(rows, 8))
    out = g.op("Mul", g.op("Cast", product), g.op("Mul", scale, g.scalar(0.1)))
    return g.op("Add", out, g.constant(8)) if bias else out


def _quantised_on_the_fly(g: Quantised, x: str) -> tuple[str, str, str]:
    first = g.op("DynamicQuantizeLinear", x, outputs=[g.shape(x), (), ()])
    stem = first.rsplit("_", 1)[0]
    return f"{stem}_0", f"{stem}_1", f"{stem}_2"


@pytest.mark.parametrize("bias", [True, False])
def test_a_dynamically_quantised_product_is_one_fully_connected_kernel(bias: bool) -> None:
    g = Quantised(x=(4, 16))
    out = _dynamic(g, "x", _quantised_on_the_fly(g, "x"), bias)
    model = fused(g.graph(out))
    (kernel,) = model.kernels
    assert (kernel.kind, kernel.precision, kernel.macs) == (KernelKind.FC, "int8", 4 * 16 * 8)
    assert (kernel.config.input_h, kernel.config.c_in, kernel.config.c_out) == (4, 16, 8)
    assert kernel.input_shapes == ((4, 16),)
    assert [node.op for node in model.free] == ["Cast"]


def test_products_that_share_a_dynamic_quantisation_leave_it_a_kernel_of_its_own() -> None:
    g = Quantised(x=(4, 16))
    shared = _quantised_on_the_fly(g, "x")
    graph = g.graph(*(_dynamic(g, "x", shared, bias=True) for _ in range(3)))
    assert histogram(fused(graph)) == {"quantize": 1, "fc": 3}


@pytest.mark.parametrize(
    ("dtype", "zero_point", "kernels"),
    [
        ("int8", -128, {"conv-bn-relu": 1, "maxpool": 1}),
        ("uint8", 0, {"conv-bn-relu": 1, "maxpool": 1}),
        ("int8", 3, {"conv-bn-relu": 1}),
        ("uint8", 114, {"conv-bn-relu": 1}),
    ],
)
def test_a_range_that_starts_at_zero_is_a_relu_between_convolution_and_pool(
    dtype: str, zero_point: int, kernels: dict[str, int]
) -> None:
    """Convolution and pool run as one kernel, convolution, ReLU and pool do not."""
    g = Quantised(x=PIXELS)
    zero = g.constant(values=(zero_point,), dtype=dtype)
    codes = g.op("QuantizeLinear", g.qconv("x", 8), g.scalar(0.1), zero, shape=PIXELS)
    graph = g.graph(g.pool("MaxPool", g.dequantise(codes)))
    assert histogram(fused(graph)) == kernels


def test_weights_with_a_scale_for_every_channel_are_told_from_those_with_one() -> None:
    g = Quantised(x=PIXELS)
    scales = g.constant(8)
    per_channel = g.op("DequantizeLinear", g.constant(8, 3, 1, 1, dtype="int8"), scales, shape=(8, 3, 1, 1))
    x = g.pair("x")
    first = g.op("Conv", x, per_channel, shape=(1, 8, *PIXELS[2:]))
    graph = g.graph(g.pair(g.qconv(g.pair(first), 8)))
    convolutions = [k for k in fused(graph).kernels if k.kind is KernelKind.CONV]
    assert [kernel.per_channel for kernel in convolutions] == [True, False]
