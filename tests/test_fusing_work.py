"""Configuration, MACs, parameters and traffic of kernels, against figures worked out by hand."""

from __future__ import annotations

import pytest

from fusing_support import PIXELS, GraphWriter, elements, fused, histogram
from predictors.fusing.view import GraphView
from predictors.model.kernels import Kernel, KernelKind


def _only(g: GraphWriter, *outputs: str) -> Kernel:
    (kernel,) = fused(g.graph(*outputs)).kernels
    return kernel


def test_first_layer_of_resnet() -> None:
    """7 x 7, stride 2, 3 to 64 channels on 224 x 224: 112 * 112 * 64 * 3 * 49 = 118,013,952 MACs."""
    g = GraphWriter(x=(1, 3, 224, 224))
    kernel = _only(g, g.op("Relu", g.conv("x", 64, 7, 2)))
    assert kernel.macs == 118_013_952
    assert kernel.params == 64 * 3 * 49 + 64
    assert (kernel.input_elements, kernel.output_elements) == (3 * 224 * 224, 64 * 112 * 112)
    c = kernel.config
    assert (c.input_h, c.input_w, c.c_in, c.c_out, c.out_h, c.out_w) == (224, 224, 3, 64, 112, 112)
    assert (c.kernel_h, c.kernel_w, c.stride_h, c.stride_w, c.padding) == (7, 7, 2, 2, "same")


def test_a_tensor_with_many_readers_is_looked_at_once_for_each(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every reader asked for all others: 36 million looks and a minute for 6,000 of them, in the server."""
    readers, looks = 300, 0
    find = GraphView.find

    def counted(view: GraphView, op_id: int) -> int:
        nonlocal looks
        looks += 1
        return find(view, op_id)

    monkeypatch.setattr(GraphView, "find", counted)
    g = GraphWriter(x=(1, 3, 8, 8))
    trunk = g.conv("x", 4, 1)
    kernels = fused(g.graph(*(g.op("Relu", trunk) for _ in range(readers)))).kernels
    assert len(kernels) == readers + 1
    assert looks < 30 * readers


def test_batch_counts() -> None:
    one, four = (GraphWriter(x=(batch, 8, 16, 16)) for batch in (1, 4))
    kernels = [_only(g, g.conv("x", 8, 3)) for g in (one, four)]
    assert kernels[1].macs == 4 * kernels[0].macs
    assert [kernel.config.batch for kernel in kernels] == [1, 4]
    assert kernels[0].params == kernels[1].params


@pytest.mark.parametrize(
    ("kernel", "pads", "padding"), [(3, 1, "same"), (3, 0, "valid"), (1, 0, "same"), (1, 1, "same")]
)
def test_padding_is_valid_only_for_unpadded_windows(kernel: int, pads: int, padding: str) -> None:
    g = GraphWriter(x=PIXELS)
    assert _only(g, g.conv("x", 8, kernel, pads=pads)).config.padding == padding


def test_automatic_padding() -> None:
    g = GraphWriter(x=PIXELS)
    out = g.op("Conv", "x", g.constant(8, 8, 3, 3), shape=PIXELS, auto_pad="SAME_UPPER")
    assert _only(g, out).config.padding == "same"


def test_a_pad_belongs_to_the_convolution_behind_it() -> None:
    g = GraphWriter(x=(1, 8, 15, 15))
    padded = g.op("Pad", "x", g.vector(0, 0, 0, 0, 0, 0, 1, 1), shape=PIXELS)
    kernel = _only(g, g.conv(padded, 8, 2, 2, pads=0))
    assert kernel.ops == ("Pad", "Conv")
    assert (kernel.config.input_h, kernel.config.padding) == (15, "same")
    assert kernel.input_shapes == ((1, 8, 15, 15),)
    assert kernel.macs == 8 * 8 * 8 * 8 * 4


@pytest.mark.parametrize(
    ("c_in", "c_out", "groups", "kind"),
    [
        (8, 8, 1, KernelKind.CONV),
        (8, 8, 8, KernelKind.DWCONV),
        (8, 16, 8, KernelKind.DWCONV),
        (8, 8, 2, KernelKind.GROUPED_CONV),
        (1, 8, 1, KernelKind.CONV),
    ],
)
def test_kinds_of_convolution_by_groups(c_in: int, c_out: int, groups: int, kind: KernelKind) -> None:
    g = GraphWriter(x=(1, c_in, 16, 16))
    kernel = _only(g, g.conv("x", c_out, 3, groups=groups))
    assert kernel.kind is kind
    assert kernel.macs == 16 * 16 * c_out * (c_in // groups) * 9
    assert kernel.config.groups == groups


def test_dilated_convolution() -> None:
    g = GraphWriter(x=PIXELS)
    out = g.op("Conv", "x", g.constant(8, 8, 3, 3), shape=PIXELS, dilations=(2, 2), pads=(2, 2, 2, 2))
    kernel = _only(g, out)
    assert (kernel.kind, kernel.config.dilation) == (KernelKind.DILATED_CONV, 2)
    assert kernel.macs == 16 * 16 * 8 * 8 * 9


def test_transposed_convolution_counts_over_its_input() -> None:
    """Every input value meets every weight of its channel once: 16 * 16 * 8 * 4 * 2 * 2."""
    g = GraphWriter(x=PIXELS)
    out = g.op("ConvTranspose", "x", g.constant(8, 4, 2, 2), shape=(1, 4, 32, 32), strides=(2, 2))
    kernel = _only(g, out)
    assert (kernel.kind, kernel.macs) == (KernelKind.TRANSPOSED_CONV, 16 * 16 * 8 * 4 * 4)
    assert (kernel.config.c_in, kernel.config.c_out, kernel.config.out_h) == (8, 4, 32)


def test_convolution_over_a_sequence_has_height_one() -> None:
    g = GraphWriter(x=(1, 16, 100))
    kernel = _only(g, g.op("Conv", "x", g.constant(32, 16, 5), shape=(1, 32, 96), strides=(1,)))
    assert (kernel.kind, kernel.macs) == (KernelKind.CONV_OTHER, 96 * 32 * 16 * 5)
    c = kernel.config
    assert (c.input_h, c.input_w, c.out_w, c.kernel_w, c.padding) == (1, 100, 96, 5, "valid")


def test_convolution_over_a_volume() -> None:
    g = GraphWriter(x=(1, 2, 4, 8, 8))
    out = g.op("Conv", "x", g.constant(4, 2, 3, 3, 3), shape=(1, 4, 4, 8, 8), pads=(1,) * 6)
    kernel = _only(g, out)
    assert (kernel.kind, kernel.macs) == (KernelKind.CONV_OTHER, 4 * 8 * 8 * 4 * 2 * 27)
    assert (kernel.config.input_h, kernel.config.input_w) == (4 * 8, 8)


def test_fully_connected_rows_are_tokens_times_batch() -> None:
    g = GraphWriter(x=(2, 10, 64))
    kernel = _only(g, g.dense("x", 32))
    assert (kernel.kind, kernel.macs, kernel.params) == (KernelKind.FC, 2 * 10 * 64 * 32, 64 * 32 + 32)
    c = kernel.config
    assert (c.input_h, c.input_w, c.c_in, c.c_out, c.batch) == (20, 1, 64, 32, 1)


def test_a_constant_on_the_left_is_a_fully_connected_layer_too() -> None:
    g = GraphWriter(x=(64, 5))
    kernel = _only(g, g.op("MatMul", g.constant(32, 64), "x", shape=(32, 5)))
    assert (kernel.kind, kernel.macs) == (KernelKind.FC, 32 * 64 * 5)
    assert (kernel.config.input_h, kernel.config.c_in, kernel.config.c_out) == (5, 64, 32)


def test_gemm_with_a_transposed_input() -> None:
    g = GraphWriter(x=(64, 5))
    kernel = _only(g, g.op("Gemm", "x", g.constant(64, 10), shape=(5, 10), transA=1))
    assert kernel.macs == 5 * 64 * 10
    assert (kernel.config.input_h, kernel.config.c_in, kernel.config.c_out) == (5, 64, 10)


@pytest.mark.parametrize(
    ("equation", "a", "b", "out", "macs"),
    [
        ("bhid,bhjd->bhij", (2, 4, 8, 16), (2, 4, 9, 16), (2, 4, 8, 9), 2 * 4 * 8 * 9 * 16),
        ("ij,jk->ik", (3, 5), (5, 7), (3, 7), 3 * 5 * 7),
        ("...ij, ...jk -> ...ik", (2, 3, 5), (2, 5, 7), (2, 3, 7), 2 * 3 * 5 * 7),
    ],
)
def test_einsum(
    equation: str, a: tuple[int, ...], b: tuple[int, ...], out: tuple[int, ...], macs: int
) -> None:
    g = GraphWriter(a=a, b=b)
    kernel = _only(g, g.op("Einsum", "a", "b", shape=out, equation=equation))
    assert (kernel.kind, kernel.macs) == (KernelKind.MATMUL, macs)


@pytest.mark.parametrize(("op", "gates"), [("LSTM", 4), ("GRU", 3), ("RNN", 1)])
def test_recurrent_layers(op: str, gates: int) -> None:
    steps, batch, width, hidden = 10, 2, 32, 64
    g = GraphWriter(x=(steps, batch, width))
    weights = (g.constant(1, gates * hidden, width), g.constant(1, gates * hidden, hidden))
    out = g.op(op, "x", *weights, outputs=[(steps, 1, batch, hidden)], hidden_size=hidden)
    kernel = _only(g, out)
    assert kernel.kind is KernelKind.RNN
    assert kernel.macs == steps * batch * gates * hidden * (width + hidden)
    assert (kernel.config.input_h, kernel.config.c_in, kernel.config.c_out) == (steps, width, hidden)


def test_embedding() -> None:
    g = GraphWriter(tokens=(1, 12))
    kernel = _only(g, g.op("Gather", g.constant(1000, 64), "tokens", shape=(1, 12, 64)))
    assert (kernel.kind, kernel.macs, kernel.params) == (KernelKind.EMBEDDING, 0, 64_000)
    assert (kernel.config.input_h, kernel.config.c_in, kernel.config.c_out) == (12, 1000, 64)


def test_pooling_configuration() -> None:
    g = GraphWriter(x=PIXELS)
    kernel = _only(g, g.pool("MaxPool", "x", 3, 2))
    c = kernel.config
    assert (c.input_h, c.c_in, c.kernel_h, c.stride_h, c.out_h, c.padding) == (16, 8, 3, 2, 7, "valid")
    assert (kernel.macs, kernel.params) == (0, 0)


def test_a_convolution_fused_with_pooling_keeps_its_own_output_size() -> None:
    g = GraphWriter(x=PIXELS)
    kernel = _only(g, g.pool("AveragePool", g.conv("x", 4)))
    assert (kernel.kind, kernel.ops) == (KernelKind.CONV, ("Conv", "AveragePool"))
    assert (kernel.config.out_h, kernel.output_shapes) == (16, ((1, 4, 8, 8),))


def test_concat_lists_the_channels_of_its_inputs() -> None:
    g = GraphWriter(a=(1, 3, 7, 7), b=(1, 5, 7, 7), c=(1, 8, 7, 7))
    kernel = _only(g, g.op("Concat", "a", "b", "c", shape=(1, 16, 7, 7), axis=-3))
    assert (kernel.config.concat_c, kernel.config.c_in, kernel.config.input_h) == ((3, 5, 8), 16, 7)
    assert kernel.input_elements == kernel.output_elements == 16 * 49


def test_an_add_reads_both_inputs() -> None:
    g = GraphWriter(a=PIXELS, b=PIXELS)
    kernel = _only(g, g.op("Add", "a", "b"))
    assert (kernel.kind, kernel.input_elements) == (KernelKind.ADD, 2 * elements(PIXELS))


def test_sum_is_a_residual_add() -> None:
    g = GraphWriter(a=PIXELS, b=PIXELS, c=PIXELS)
    assert _only(g, g.op("Sum", "a", "b", "c")).kind is KernelKind.ADD


@pytest.mark.parametrize("other", [(1, 8, 1, 1), (1, 1, 16, 16)])
def test_a_broadcast_add_is_elementwise(other: tuple[int, ...]) -> None:
    g = GraphWriter(a=PIXELS, b=other)
    assert _only(g, g.op("Add", "a", "b")).kind is KernelKind.ELEMENTWISE


@pytest.mark.parametrize(
    ("op", "kind"),
    [
        ("Softmax", KernelKind.SOFTMAX),
        ("LRN", KernelKind.LRN),
        ("Tanh", KernelKind.ACTIVATION),
        ("LeakyRelu", KernelKind.ACTIVATION),
        ("Exp", KernelKind.ELEMENTWISE),
        ("InstanceNormalization", KernelKind.NORM),
        ("GlobalMaxPool", KernelKind.MAXPOOL),
        ("Loop", KernelKind.UNSUPPORTED),
        ("NonMaxSuppression", KernelKind.UNSUPPORTED),
        ("Frobnicate", KernelKind.UNSUPPORTED),
    ],
)
def test_operators_on_their_own(op: str, kind: KernelKind) -> None:
    g = GraphWriter(x=PIXELS)
    kernel = _only(g, g.op(op, "x"))
    assert kernel.kind is kind
    assert kind is not KernelKind.UNSUPPORTED or kernel.note == f"no energy law for operator {op}"


def test_an_operator_of_a_foreign_domain_is_unsupported_whatever_its_name() -> None:
    g = GraphWriter(x=PIXELS)
    kernel = _only(g, g.op("Relu", "x", domain="my.company"))
    assert kernel.kind is KernelKind.UNSUPPORTED


def test_a_name_made_up_by_this_project_is_no_operator_of_a_file() -> None:
    g = GraphWriter(x=PIXELS)
    assert _only(g, g.op("SqueezeExcite", "x")).kind is KernelKind.UNSUPPORTED


def test_a_kernel_without_shapes_is_counted_and_says_why() -> None:
    g = GraphWriter(x=PIXELS)
    kernel = _only(g, g.unknown_shape(g.op("Relu", "x")))
    assert kernel.kind is KernelKind.UNSUPPORTED
    assert "shape" in kernel.note
    assert kernel.ops == ("Relu",)


@pytest.mark.parametrize("op", ["Conv", "MatMul", "LSTM", "Concat", "MaxPool", "ConvTranspose", "Softmax"])
def test_operators_without_inputs_do_not_break_the_fusing(op: str) -> None:
    g = GraphWriter(x=PIXELS)
    assert histogram(fused(g.graph(g.op(op, shape=PIXELS)))) in ({"unsupported": 1}, {"softmax": 1})


def test_exported_layout_changes_disappear() -> None:
    """A Keras network keeps channels last: transposes at its edges, means and concats over other axes."""
    g = GraphWriter(x=(1, 16, 16, 8))
    y = g.op("Relu", g.conv(g.transpose("x", 0, 3, 1, 2), 8))
    y = g.transpose(y, 0, 2, 3, 1)
    both = g.op("Concat", y, y, shape=(1, 16, 16, 16), axis=3)
    act = g.op("Sigmoid", both)
    pooled = g.op("ReduceMean", act, shape=(1, 16), axes=(1, 2), keepdims=0)
    model = fused(g.graph(pooled))
    assert histogram(model) == {"conv-bn-relu": 1, "concat": 1, "activation": 1, "global-avgpool": 1}
    assert [kernel.config.c_in for kernel in model.kernels] == [8, 16, 16, 16]
    assert model.kernels[1].config.concat_c == (8, 8)
    assert {node.reason for node in model.free} == {"layout change disappears: the runtime keeps one layout"}


def test_a_transpose_of_axes_without_extent_is_a_view() -> None:
    g = GraphWriter(x=(1, 8, 1, 1))
    model = fused(g.graph(g.op("Relu", g.transpose("x", 0, 2, 3, 1))))
    assert histogram(model) == {"relu": 1}


def test_vendor_attention_counts_projections_and_scores() -> None:
    g = GraphWriter(x=(2, 10, 64))
    out = g.op(
        "Attention", "x", g.constant(64, 192), g.constant(192), shape=(2, 10, 64), domain="com.microsoft"
    )
    kernel = _only(g, out)
    assert kernel.kind is KernelKind.ATTENTION
    assert kernel.macs == 2 * (10 * 64 * 192 + 2 * 10 * 10 * 64)


def test_standard_attention_operator() -> None:
    g = GraphWriter(q=(1, 4, 10, 16), k=(1, 4, 12, 16), v=(1, 4, 12, 16))
    kernel = _only(g, g.op("Attention", "q", "k", "v", shape=(1, 4, 10, 16)))
    assert kernel.macs == 4 * 10 * 12 * (16 + 16)
    assert (kernel.config.batch, kernel.config.input_h, kernel.config.input_w) == (4, 10, 12)


def test_weights_are_counted_once_per_kernel_and_scalars_never() -> None:
    g = GraphWriter(x=PIXELS)
    shared = g.constant(1, 8, 1, 1)
    y = g.op("Mul", "x", g.scalar(2))
    kernels = fused(g.graph(g.op("Mul", y, shared), g.op("PRelu", "x", shared))).kernels
    assert [kernel.params for kernel in kernels] == [0, 8, 8]
