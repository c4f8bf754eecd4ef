"""TensorFlow Lite files: what is read out of them, by hand-made files with figures counted by hand."""

from __future__ import annotations

import pytest

from data.messages import Message
from predictors import estimate_model
from predictors.fusing import fuse
from predictors.model.graph import Graph
from predictors.model.kernels import KernelKind
from predictors.reading import read_isolated, read_model
from predictors.reading.limits import DEFAULT_LIMITS
from predictors.reading.tflite.pruning import prune_tflite
from reading_support import from_text
from tflite_support import (
    BOOL,
    FLOAT16,
    INT8,
    INT16,
    INT32,
    RELU6,
    VALID,
    File,
    Operator,
    Subgraph,
    Tensor,
    build,
    conv_options,
    dense_options,
    depthwise_options,
    ints,
    small_network,
)


def kinds(graph: Graph, runtime: str = "tflite-cpu") -> list[str]:
    return [kernel.kind.value for kernel in fuse(graph, runtime).kernels]


def one_operator(operator: Operator, tensors: list[Tensor], inputs: tuple[int, ...] = (0,)) -> Graph:
    return read_model(build(File([Subgraph(tensors, [operator], inputs, operator.outputs)])))


def test_small_network_has_its_macs_params_and_kernels() -> None:
    graph = read_model(build(small_network()))
    model = fuse(graph, "tflite-cpu")
    assert model.macs == 6_912 + 8
    assert graph.params == 108 + 4 + 8 + 2
    assert kinds(graph) == ["conv-bn-relu", "global-avgpool", "fc"]
    assert (graph.precision, graph.file_format) == ("fp32", "tflite")
    config = model.kernels[0].config
    assert (config.input_h, config.c_in, config.c_out, config.kernel_h, config.padding) == (
        8,
        3,
        4,
        3,
        "same",
    )


def test_weights_are_not_needed_and_pruning_again_changes_nothing() -> None:
    network = small_network()
    network.subgraphs[0].tensors[6].shape = (2, 40_000)  # type: ignore[misc]
    network.subgraphs[0].tensors[6].zeros = 320_000
    content = build(network)
    pruned = prune_tflite(memoryview(content), DEFAULT_LIMITS)
    assert len(pruned) < len(content) - 300_000
    assert prune_tflite(memoryview(pruned), DEFAULT_LIMITS) == pruned


def test_worker_reads_the_same_as_this_process() -> None:
    content = build(small_network())
    assert read_isolated(content) == read_model(content)


def test_int8_network_runs_in_int8() -> None:
    graph = read_model(build(small_network(INT8)))
    assert graph.precision == "int8"
    assert graph.params == 108 + 4 + 8 + 2
    assert {kernel.precision for kernel in fuse(graph, "tflite-cpu").kernels} == {"int8"}
    assert sum(kernel.params for kernel in fuse(graph, "tflite-cpu").kernels) == graph.params


def test_dynamic_range_weights_meet_float_activations() -> None:
    network = small_network()
    weights = network.subgraphs[0].tensors[1]
    weights.dtype, weights.zeros, weights.scales = INT8, 108, 4
    graph = read_model(build(network))
    assert graph.precision == "int8"
    assert graph.params == 108 + 4 + 8 + 2


def test_float16_weights_are_dequantised_once_at_load() -> None:
    tensors = [
        Tensor("x", (1, 6)),
        Tensor("half", (3, 6), FLOAT16, zeros=36),
        Tensor("whole", (3, 6)),
        Tensor("y", (1, 3)),
    ]
    operators = [
        Operator("DEQUANTIZE", (1,), (2,)),
        Operator("FULLY_CONNECTED", (0, 2, -1), (3,), dense_options()),
    ]
    graph = read_model(build(File([Subgraph(tensors, operators, (0,), (3,))])))
    model = fuse(graph, "tflite-cpu")
    assert (model.macs, graph.params, graph.precision) == (18, 18, "fp16")
    assert [free.op for free in model.free] == ["DequantizeLinear"]


def test_16_bit_activations_are_named() -> None:
    network = small_network(INT8)
    for tensor in network.subgraphs[0].tensors:
        if not tensor.zeros and tensor.scales:
            tensor.dtype = INT16
    graph = read_model(build(network))
    assert graph.precision == "int16x8"
    notes = [
        note.code for note in estimate_model(build(network), device="raspberry-pi-4").estimates[0].warnings
    ]
    assert "PRECISION_DIFFERS" in notes


@pytest.mark.parametrize(
    ("filters", "kind", "macs"),
    [
        ((8, 3, 3, 4), KernelKind.CONV, 6 * 6 * 8 * 9 * 4),
        ((8, 3, 3, 2), KernelKind.GROUPED_CONV, 6 * 6 * 8 * 9 * 2),
        ((4, 3, 3, 1), KernelKind.DWCONV, 6 * 6 * 4 * 9),
    ],
)
def test_groups_of_a_convolution_are_told_by_its_filter(
    filters: tuple[int, ...], kind: KernelKind, macs: int
) -> None:
    tensors = [
        Tensor("x", (1, 8, 8, 4)),
        Tensor("w", filters, zeros=4 * filters[0] * 9 * filters[3]),
        Tensor("y", (1, 6, 6, filters[0])),
    ]
    graph = one_operator(Operator("CONV_2D", (0, 1, -1), (2,), conv_options(padding=VALID)), tensors)
    kernel = fuse(graph, "tflite-cpu").kernels[0]
    assert (kernel.kind, kernel.macs, kernel.config.padding) == (kind, macs, "valid")


def test_depthwise_convolution_trusts_the_filter_not_the_multiplier() -> None:
    tensors = [
        Tensor("x", (1, 8, 8, 4)),
        Tensor("w", (1, 3, 3, 8), zeros=4 * 72),
        Tensor("y", (1, 4, 4, 8)),
    ]
    operator = Operator("DEPTHWISE_CONV_2D", (0, 1, -1), (2,), depthwise_options(2, activation=RELU6))
    kernel = fuse(one_operator(operator, tensors), "tflite-cpu").kernels[0]
    assert (kernel.kind, kernel.macs, kernel.ops) == (KernelKind.DWCONV, 4 * 4 * 8 * 9, ("Conv", "Relu6"))
    assert (kernel.config.stride_h, kernel.config.c_out) == (2, 8)


def test_fully_connected_reads_rows() -> None:
    tensors = [Tensor("x", (1, 2, 2, 3)), Tensor("w", (5, 12), zeros=240), Tensor("y", (1, 5))]
    graph = one_operator(Operator("FULLY_CONNECTED", (0, 1, -1), (2,), dense_options()), tensors)
    model = fuse(graph, "tflite-cpu")
    assert (model.macs, kinds(graph)) == (60, ["fc"])
    assert (model.kernels[0].config.c_in, model.kernels[0].config.c_out) == (12, 5)


def test_product_with_swapped_axes_counts_the_shared_extent() -> None:
    tensors = [Tensor("a", (2, 7, 3)), Tensor("b", (2, 7, 5)), Tensor("y", (2, 3, 5))]
    operator = Operator("BATCH_MATMUL", (0, 1), (2,), (101, {0: ("b", 1)}))
    assert fuse(one_operator(operator, tensors, (0, 1)), "tflite-cpu").macs == 2 * 3 * 5 * 7


def test_transposes_of_the_file_are_run() -> None:
    tensors = [
        Tensor("x", (1, 4, 4, 8)),
        Tensor("perm", (4,), INT32, data=ints(0, 3, 1, 2)),
        Tensor("y", (1, 8, 4, 4)),
    ]
    assert kinds(one_operator(Operator("TRANSPOSE", (0, 1), (2,)), tensors)) == ["copy"]


def test_custom_operator_is_counted_under_its_name() -> None:
    tensors = [Tensor("x", (1, 4)), Tensor("y", (1, 4))]
    graph = one_operator(Operator("CUSTOM", (0,), (1,), custom="edgetpu-custom-op"), tensors)
    kernel = fuse(graph, "tflite-cpu").kernels[0]
    assert kernel.kind is KernelKind.UNSUPPORTED
    assert "edgetpu-custom-op" in kernel.note


def test_composite_counts_its_decomposition_once() -> None:
    outer = Subgraph(
        [Tensor("x", (1, 6)), Tensor("y", (1, 3))],
        [Operator("STABLEHLO_COMPOSITE", (0,), (1,), composite=1)],
        (0,),
        (1,),
    )
    inner = Subgraph(
        [Tensor("a", (1, 6)), Tensor("w", (3, 6), zeros=72), Tensor("b", (1, 3))],
        [Operator("FULLY_CONNECTED", (0, 1, -1), (2,), dense_options())],
        (0,),
        (2,),
    )
    assert fuse(read_model(build(File([outer, inner]))), "tflite-cpu").macs == 18


def while_loop(bound: int, body: Subgraph) -> File:
    """A loop that runs its body until a counter reaches a bound; the body carries (counter, x)."""
    main = Subgraph(
        [
            Tensor("start", (), INT32, data=ints(0)),
            Tensor("x", (1, 4)),
            Tensor("end", (), INT32),
            Tensor("y", (1, 4)),
        ],
        [Operator("WHILE", (0, 1), (2, 3), (93, {0: ("i", 1), 1: ("i", 2)}))],
        (1,),
        (3,),
    )
    condition = Subgraph(
        [
            Tensor("i", (), INT32),
            Tensor("x", (1, 4)),
            Tensor("n", (), INT32, data=ints(bound)),
            Tensor("go", (), BOOL),
        ],
        [Operator("LESS", (0, 2), (3,))],
        (0, 1),
        (3,),
    )
    return File([main, condition, body])


def loop_body() -> Subgraph:
    return Subgraph(
        [
            Tensor("i", (), INT32),
            Tensor("x", (1, 4)),
            Tensor("one", (), INT32, data=ints(1)),
            Tensor("next", (), INT32),
            Tensor("w", (4, 4), zeros=64),
            Tensor("z", (1, 4)),
        ],
        [
            Operator("ADD", (0, 2), (3,), (11, {})),
            Operator("FULLY_CONNECTED", (1, 4, -1), (5,), dense_options()),
        ],
        (0, 1),
        (3, 5),
    )


def test_loop_runs_its_body_as_often_as_its_bound_says() -> None:
    graph = read_model(build(while_loop(7, loop_body())))
    assert fuse(graph, "tflite-cpu").macs == 7 * 16
    assert graph.params == 16


def test_loop_of_unknown_length_is_counted_and_named() -> None:
    file = while_loop(7, loop_body())
    file.subgraphs[1].tensors[2].data = b""
    file.subgraphs[1].tensors[2].name = "unknown"
    file.subgraphs[1].inputs = (0, 1)  # type: ignore[misc]
    kernels = fuse(read_model(build(file)), "tflite-cpu").kernels
    assert [kernel.kind for kernel in kernels] == [KernelKind.UNSUPPORTED]


def open_picture() -> File:
    """A convolution over a picture whose batch, height and width are open."""
    return File(
        [
            Subgraph(
                [
                    Tensor("serving_default_x:0", (1, 1, 1, 3), signature=(-1, -1, -1, 3)),
                    Tensor("w", (4, 3, 3, 3), zeros=432),
                    Tensor("y", (1, 1, 1, 4), signature=(-1, -1, -1, 4)),
                ],
                [Operator("CONV_2D", (0, 1, -1), (2,), conv_options(stride=2))],
                (0,),
                (2,),
            )
        ],
        signature={"image": 0},
    )


def test_open_dimensions_get_stated_defaults() -> None:
    graph = read_model(build(open_picture()))
    assert graph.inputs == ("image",)
    assert [(item.axis, item.value) for item in graph.defaulted] == [(0, 1), (1, 224), (2, 224)]
    assert fuse(graph, "tflite-cpu").macs == 112 * 112 * 4 * 27


def test_given_shapes_go_by_the_names_of_the_signature() -> None:
    graph = read_model(build(open_picture()), shapes={"image": (2, 64, 32, 3)})
    assert fuse(graph, "tflite-cpu").macs == 2 * 32 * 16 * 4 * 27
    assert graph.defaulted == ()


def test_shape_arithmetic_is_followed() -> None:
    """A picture is flattened to its own batch: SHAPE, STRIDED_SLICE, PACK, RESHAPE, FULLY_CONNECTED."""
    tensors = [
        Tensor("x", (1, 2, 6), signature=(-1, 2, 6)),
        Tensor("shape", (3,), INT32),
        Tensor("zero", (1,), INT32, data=ints(0)),
        Tensor("one", (1,), INT32, data=ints(1)),
        Tensor("batch", (), INT32),
        Tensor("rest", (), INT32, data=ints(12)),
        Tensor("wanted", (2,), INT32),
        Tensor("flat", (1, 12), signature=(-1, 12)),
        Tensor("w", (3, 12), zeros=144),
        Tensor("y", (1, 3), signature=(-1, 3)),
    ]
    operators = [
        Operator("SHAPE", (0,), (1,)),
        Operator("STRIDED_SLICE", (1, 2, 3, 3), (4,), (32, {4: ("i", 1)})),
        Operator("PACK", (4, 5), (6,), (59, {0: ("i", 2)})),
        Operator("RESHAPE", (0, 6), (7,)),
        Operator("FULLY_CONNECTED", (7, 8, -1), (9,), dense_options()),
    ]
    graph = read_model(build(File([Subgraph(tensors, operators, (0,), (9,))])), shapes={"x": (5, 2, 6)})
    assert graph.shape("flat") == (5, 12)
    assert fuse(graph, "tflite-cpu").macs == 5 * 36


def test_recurrent_layer_of_the_runtime() -> None:
    """LSTM of 5 units over 7 steps of 3 features: 7 * 4 * (5 * 3 + 5 * 5) MACs."""
    gates = [Tensor(f"w{gate}", (5, 3), zeros=60) for gate in range(4)]
    gates += [Tensor(f"r{gate}", (5, 5), zeros=100) for gate in range(4)]
    biases = [Tensor(f"b{gate}", (5,), zeros=20) for gate in range(4)]
    tensors = [Tensor("x", (1, 7, 3)), *gates, *biases, Tensor("y", (1, 7, 5))]
    inputs = (0, *range(1, 9), -1, -1, -1, *range(9, 13), -1, -1)
    graph = one_operator(Operator("UNIDIRECTIONAL_SEQUENCE_LSTM", inputs, (13,), (71, {})), tensors)
    model = fuse(graph, "tflite-cpu")
    assert model.macs == 7 * 4 * (15 + 25)
    assert [kernel.kind for kernel in model.kernels] == [KernelKind.RNN]
    assert graph.params == 4 * (15 + 25 + 5)


def test_same_network_as_onnx_gives_the_same_energy() -> None:
    onnx = from_text(
        """g (float[1,3,8,8] x) => (float[1,2] y)
        <float[4,3,3,3] w, float[4] b, float[4,2] v, float[2] c>
        {
            p = Conv<pads=[1,1,1,1]>(x, w, b)
            r = Relu(p)
            m = GlobalAveragePool(r)
            f = Flatten(m)
            y = Gemm(f, v, c)
        }"""
    )
    networks = build(small_network()), onnx
    ours, theirs = (estimate_model(content, device="raspberry-pi-4") for content in networks)
    assert (ours.model.macs, ours.model.params) == (theirs.model.macs, theirs.model.params)
    assert len(ours.estimates) == len(theirs.estimates)
    for left, right in zip(ours.estimates, theirs.estimates, strict=True):
        assert left.energy_mj == pytest.approx(right.energy_mj, rel=0.02)


def shuffle_unit(*, comes_back: bool) -> bytes:
    """Two 1x1 convolutions, joined, shuffled and split channels first between turns of the layout, as a
    converter from ONNX writes it; or with the result left channels first.
    """

    def picture(name: str, *shape: int) -> Tensor:
        return Tensor(name, shape)

    def perm(name: str, *axes: int) -> Tensor:
        return Tensor(name, (len(axes),), INT32, ints(*axes))

    tensors = [
        picture("x", 1, 6, 6, 4), Tensor("w", (8, 1, 1, 4), zeros=128), picture("a", 1, 6, 6, 8),
        perm("first", 0, 3, 1, 2), picture("b", 1, 8, 6, 6), picture("c", 1, 2, 4, 6, 6),
        perm("turn", 0, 2, 1, 3, 4), picture("d", 1, 4, 2, 6, 6), picture("e", 1, 8, 6, 6),
        Tensor("axis", (1,), INT32, ints(1)), picture("f", 1, 4, 6, 6), picture("g", 1, 4, 6, 6),
        perm("last", 0, 2, 3, 1), picture("h", 1, 6, 6, 4), picture("i", 1, 6, 6, 4),
        Tensor("v", (16, 1, 1, 4), zeros=256), picture("j", 1, 6, 6, 16), picture("k", 1, 6, 6, 16),
    ]  # fmt: skip
    operators = [
        Operator("CONV_2D", (0, 1), (2,), conv_options()),
        Operator("TRANSPOSE", (2, 3), (4,)),
        Operator("RESHAPE", (4,), (5,)),
        Operator("TRANSPOSE", (5, 6), (7,)),
        Operator("RESHAPE", (7,), (8,)),
        Operator("SPLIT", (9, 8), (10, 11), (35, {0: ("i", 2)})),
        Operator("TRANSPOSE", (10, 12), (13,)),
        Operator("CONV_2D", (13, 15), (16,), conv_options()),
    ]
    outputs = (16, 11)
    if comes_back:
        operators.append(Operator("TRANSPOSE", (11, 12), (14,)))
        operators.append(Operator("CONV_2D", (14, 15), (17,), conv_options()))
        outputs = (16, 17)
    return build(File([Subgraph(tensors, operators, (0,), outputs)]))


def test_turns_of_the_layout_that_are_undone_cost_nothing_and_are_said() -> None:
    onnx = from_text(
        """g (float[1,4,6,6] x) => (float[1,16,6,6] j, float[1,16,6,6] k)
        <float[8,4,1,1] w, float[16,4,1,1] v, int64[5] s = {1,2,4,6,6}, int64[4] t = {1,8,6,6}>
        {
            a = Conv(x, w)
            c = Reshape(a, s)
            d = Transpose<perm=[0,2,1,3,4]>(c)
            e = Reshape(d, t)
            f, g = Split<axis=1>(e)
            j = Conv(f, v)
            k = Conv(g, v)
        }"""
    )
    ours, theirs = (
        estimate_model(content, device="huawei-p40-pro", delegate="cpu")
        for content in (shuffle_unit(comes_back=True), onnx)
    )
    left, right = ours.estimates[0], theirs.estimates[0]
    assert [part.kernel.kind for part in left.kernels] == [part.kernel.kind for part in right.kernels]
    assert [part.kernel.config for part in left.kernels] == [part.kernel.config for part in right.kernels]
    assert left.kernel_sum.energy_mj == pytest.approx(right.kernel_sum.energy_mj, rel=1e-6)
    told = {note.code: note.message.values for note in left.warnings if isinstance(note.message, Message)}
    assert told["LAYOUT_TURNS"] == {"turns": 3}
    # Where a result stays channels first, the turns are work that nothing takes back.
    alone = fuse(read_model(shuffle_unit(comes_back=False)), "tflite-cpu")
    assert sum(kernel.ops == ("Transpose",) for kernel in alone.kernels) == 2
