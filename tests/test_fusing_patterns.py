"""Composite operators: every spelling of one logical operator becomes the same kernel."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from fusing_support import PIXELS, GraphWriter, fused, histogram
from predictors.fusing.fuse import BLOCK_GROUPS, GROUPS
from predictors.fusing.operators import KIND_OF_OP
from predictors.fusing.pattern_language import Call, Constant, Variable, parse_pattern
from predictors.model.kernels import KernelKind

Spelling = Callable[[GraphWriter, str], str]


def relu6_by_inputs(g: GraphWriter, x: str) -> str:
    return g.op("Clip", x, g.scalar(0), g.scalar(6), shape=g.shape(x))


def relu6_by_attributes(g: GraphWriter, x: str) -> str:
    return g.op("Clip", x, min=0.0, max=6.0)


def relu6_by_min_max(g: GraphWriter, x: str) -> str:
    return g.op("Min", g.op("Max", x, g.scalar(0)), g.scalar(6))


RELU6: list[Spelling] = [relu6_by_inputs, relu6_by_attributes, relu6_by_min_max]


def hard_sigmoid(g: GraphWriter, x: str) -> str:
    return g.op("HardSigmoid", x, alpha=1 / 6, beta=0.5)


def hard_sigmoid_spelled(g: GraphWriter, x: str) -> str:
    return g.op("Div", relu6_by_inputs(g, g.op("Add", x, g.scalar(3))), g.scalar(6))


HSWISH: list[Spelling] = [
    lambda g, x: g.op("HardSwish", x),
    lambda g, x: g.op("Mul", x, hard_sigmoid(g, x)),
    lambda g, x: g.op("Mul", hard_sigmoid_spelled(g, x), x),
    lambda g, x: g.op("Div", g.op("Mul", x, relu6_by_inputs(g, g.op("Add", x, g.scalar(3)))), g.scalar(6)),
    lambda g, x: g.op(
        "Mul", g.op("Mul", x, relu6_by_attributes(g, g.op("Add", g.scalar(3), x))), g.scalar(0.1667)
    ),
]


def _gelu_erf(g: GraphWriter, x: str) -> str:
    wide = g.op("Add", g.op("Erf", g.op("Div", x, g.scalar(2**0.5))), g.scalar(1))
    return g.op("Mul", g.op("Mul", x, wide), g.scalar(0.5))


def _gelu_tanh(g: GraphWriter, x: str) -> str:
    cubic = g.op("Add", x, g.op("Mul", g.op("Pow", x, g.scalar(3)), g.scalar(0.044715)))
    wide = g.op("Add", g.op("Tanh", g.op("Mul", cubic, g.scalar(0.79788))), g.scalar(1))
    return g.op("Mul", g.op("Mul", x, g.scalar(0.5)), wide)


GELU: list[Spelling] = [lambda g, x: g.op("Gelu", x), _gelu_erf, _gelu_tanh]
SILU: list[Spelling] = [lambda g, x: g.op("Mul", x, g.op("Sigmoid", x)), lambda g, x: g.op("Swish", x)]


@pytest.mark.parametrize(
    ("spelling", "kind", "op"),
    [
        *((spelling, "relu", "") for spelling in RELU6),
        *((spelling, "hswish", "") for spelling in HSWISH),
        *((spelling, "activation", "Gelu") for spelling in GELU),
        *((spelling, "activation", "Silu") for spelling in SILU),
    ],
)
def test_every_spelling_of_an_activation_is_one_kernel(spelling: Spelling, kind: str, op: str) -> None:
    g = GraphWriter(x=PIXELS)
    (kernel,) = fused(g.graph(spelling(g, "x"))).kernels
    assert (kernel.kind, kernel.note) == (kind, op)
    assert len(kernel.node_indices) == len(g.nodes)
    assert (kernel.input_shapes, kernel.output_shapes) == ((PIXELS,), (PIXELS,))
    assert kernel.macs == 0


@pytest.mark.parametrize("spelling", HSWISH)
def test_hard_swish_runs_inside_the_convolution_in_every_spelling(spelling: Spelling) -> None:
    g = GraphWriter(x=PIXELS)
    (kernel,) = fused(g.graph(spelling(g, g.conv("x", 16, 3)))).kernels
    assert kernel.kind is KernelKind.CONV
    assert kernel.config.c_out == 16


def test_a_shifted_clip_with_other_constants_is_no_hard_swish() -> None:
    g = GraphWriter(x=PIXELS)
    out = g.op("Mul", "x", g.op("Div", relu6_by_inputs(g, g.op("Add", "x", g.scalar(2))), g.scalar(6)))
    assert "hswish" not in histogram(fused(g.graph(out)))


def test_a_clip_from_minus_one_is_an_activation_of_its_own() -> None:
    g = GraphWriter(x=PIXELS)
    out = g.op("Clip", "x", g.scalar(-1), g.scalar(1), shape=PIXELS)
    assert histogram(fused(g.graph(out))) == {"activation": 1}


def test_an_inner_result_that_is_used_elsewhere_prevents_the_match() -> None:
    g = GraphWriter(x=PIXELS)
    gate = hard_sigmoid(g, "x")
    out = g.op("Mul", "x", gate)
    assert histogram(fused(g.graph(out, gate))) == {"activation": 1, "elementwise": 1}


def test_sigmoid_gates_between_two_tensors_are_not_silu() -> None:
    g = GraphWriter(x=PIXELS, y=PIXELS)
    out = g.op("Mul", "x", g.op("Sigmoid", "y"))
    assert histogram(fused(g.graph(out))) == {"activation": 1, "elementwise": 1}


TOKENS = (1, 32, 64)


def _layernorm_nine(g: GraphWriter, x: str, two_differences: bool = False) -> str:
    rows = (*g.shape(x)[:-1], 1)
    mean = g.op("ReduceMean", x, shape=rows, axes=(-1,))
    difference = g.op("Sub", x, mean)
    again = g.op("Sub", x, g.op("ReduceMean", x, shape=rows, axes=(-1,))) if two_differences else difference
    variance = g.op("ReduceMean", g.op("Pow", again, g.scalar(2)), shape=rows, axes=(-1,))
    deviation = g.op("Sqrt", g.op("Add", variance, g.scalar(1e-5)))
    scaled = g.op("Mul", g.op("Div", difference, deviation), g.constant(64))
    return g.op("Add", scaled, g.constant(64))


LAYERNORM: list[Spelling] = [
    lambda g, x: g.op("LayerNormalization", x, g.constant(64), g.constant(64), shape=TOKENS),
    _layernorm_nine,
    lambda g, x: _layernorm_nine(g, x, two_differences=True),
]


@pytest.mark.parametrize("spelling", LAYERNORM)
def test_layer_norm_is_one_kernel_in_one_operator_or_nine(spelling: Spelling) -> None:
    g = GraphWriter(x=TOKENS)
    (kernel,) = fused(g.graph(spelling(g, "x"))).kernels
    assert kernel.kind is KernelKind.LAYERNORM
    assert kernel.params == 128
    assert (kernel.config.input_h, kernel.config.c_in) == (32, 64)


def test_old_zoo_scale_is_part_of_the_batch_norm() -> None:
    g = GraphWriter(x=PIXELS)
    scaled = g.op("Mul", g.bn("x"), g.op("Unsqueeze", g.constant(8), shape=(8, 1, 1)))
    out = g.op("Relu", g.op("Add", scaled, g.op("Unsqueeze", g.constant(8), shape=(8, 1, 1))))
    model = fused(g.graph(out))
    assert [kernel.kind for kernel in model.kernels] == [KernelKind.BN_RELU]
    assert model.kernels[0].ops == ("BatchNormalization", "Mul", "Add", "Relu")
    assert {node.reason for node in model.free} == {"folded constant"}


def _squeeze_excite(
    g: GraphWriter,
    x: str,
    pool: str = "GlobalAveragePool",
    gate: Spelling = hard_sigmoid,
    relu: bool = True,
    dense: bool = False,
) -> str:
    batch, channels = g.shape(x)[:2]
    pooled = (batch, channels, 1, 1)
    arguments = (g.vector(2, 3),) if pool == "ReduceMean" else ()
    squeezed = g.op(pool, x, *arguments, shape=pooled)
    if dense:
        squeezed = g.dense(g.reshape(squeezed, batch, channels), channels // 4)
    else:
        squeezed = g.conv(squeezed, channels // 4)
    squeezed = g.op("Relu", squeezed) if relu else squeezed
    excited = g.dense(squeezed, channels) if dense else g.conv(squeezed, channels)
    gated = gate(g, excited)
    return g.op("Mul", x, g.reshape(gated, *pooled) if dense else gated)


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"pool": "ReduceMean"},
        {"gate": hard_sigmoid_spelled},
        {"gate": lambda g, x: g.op("Sigmoid", x)},
        {"relu": False},
        {"dense": True},
        {"dense": True, "pool": "ReduceMean"},
    ],
    # A function's address differs between the processes that share the tests.
    ids=lambda options: " ".join(
        f"{name}-{getattr(value, '__name__', value)}" for name, value in options.items()
    ),
)
def test_squeeze_excite_is_one_kernel_in_every_spelling(options: dict[str, object]) -> None:
    g = GraphWriter(x=PIXELS)
    out = _squeeze_excite(g, "x", **options)  # type: ignore[arg-type]
    (kernel,) = fused(g.graph(out)).kernels
    assert kernel.kind is KernelKind.SE
    assert (kernel.config.input_h, kernel.config.input_w, kernel.config.c_in) == (16, 16, 8)
    assert kernel.macs == 8 * 2 + 2 * 8
    assert kernel.input_shapes == kernel.output_shapes == (PIXELS,)


def test_a_mean_over_other_axes_is_not_global_pooling() -> None:
    g = GraphWriter(x=PIXELS)
    out = g.op("ReduceMean", "x", g.vector(1, 2), shape=(1, 1, 1, 16))
    rows = g.op("ReduceMean", "x", g.vector(3), shape=(1, 8, 16, 1))
    kinds = histogram(fused(g.graph(out, rows)))
    assert kinds == {"global-avgpool": 1, "reduce": 1}  # axes 1 and 2 are spatial with channels last


@pytest.mark.parametrize("axes", [(2, 3), (-2, -1), (3, 2)])
def test_global_pooling_in_its_spellings(axes: tuple[int, ...]) -> None:
    g = GraphWriter(x=PIXELS)
    by_input = g.op("ReduceMean", "x", g.vector(*axes), shape=(1, 8, 1, 1))
    by_attribute = g.op("ReduceMean", "x", shape=(1, 8), axes=axes, keepdims=0)
    window = g.pool("AveragePool", "x", kernel=16, stride=1)
    model = fused(g.graph(by_input, by_attribute, window, g.global_pool("x")))
    assert histogram(model) == {"global-avgpool": 4}
    assert {(k.config.input_h, k.config.c_in, k.config.out_h) for k in model.kernels} == {(16, 8, 1)}


def _shuffle(g: GraphWriter, x: str, groups: int, perm: tuple[int, ...]) -> str:
    batch, channels, height, width = g.shape(x)
    split = g.reshape(x, batch, groups, channels // groups, height, width)
    return g.reshape(g.transpose(split, *perm), batch, channels, height, width)


def test_a_channel_shuffle_is_one_kernel() -> None:
    g = GraphWriter(x=PIXELS)
    (kernel,) = fused(g.graph(_shuffle(g, "x", 2, (0, 2, 1, 3, 4)))).kernels
    assert kernel.kind is KernelKind.CHANNEL_SHUFFLE
    assert kernel.ops == ("Reshape", "Transpose", "Reshape")
    assert (kernel.config.input_h, kernel.config.c_in) == (16, 8)


def test_other_permutations_are_not_a_channel_shuffle() -> None:
    g = GraphWriter(x=PIXELS)
    model = fused(g.graph(_shuffle(g, "x", 2, (0, 1, 2, 4, 3))))
    assert histogram(model) == {"copy": 1}
    assert len(model.free) == 2


def test_merging_attention_heads_is_not_a_channel_shuffle() -> None:
    g = GraphWriter(x=(1, 2, 4, 16, 16))  # the same permutation, but a tensor that was 5-D before
    swapped = g.transpose(g.op("Reshape", "x", g.vector(0), shape=(1, 2, 4, 16, 16)), 0, 2, 1, 3, 4)
    model = fused(g.graph(g.reshape(swapped, 1, 8, 16, 16)))
    assert histogram(model) == {"copy": 1}


def test_heads_merged_by_a_four_dimensional_transpose_stay_a_copy() -> None:
    g = GraphWriter(x=(1, 4, 32, 16))
    model = fused(g.graph(g.reshape(g.transpose("x", 0, 2, 1, 3), 1, 32, 64)))
    assert histogram(model) == {"copy": 1}


def test_a_pair_of_slices_is_a_split() -> None:
    g = GraphWriter(x=PIXELS)
    halves = [
        g.op("Slice", "x", g.vector(a), g.vector(b), g.vector(1), g.vector(1), shape=(1, 4, 16, 16))
        for a, b in ((0, 4), (4, 2**62))
    ]
    used = g.conv(halves[0], 4)
    model = fused(g.graph(g.op("Concat", used, halves[1], shape=PIXELS, axis=1)))
    assert histogram(model) == {"split": 1, "conv-bn-relu": 1, "concat": 1}
    split, _, concat = model.kernels
    assert split.ops == ("Slice", "Slice")
    assert split.output_shapes == ((1, 4, 16, 16),) * 2
    assert concat.config.concat_c == (4, 4)


def test_slices_that_leave_something_out_are_copies() -> None:
    g = GraphWriter(x=PIXELS)
    parts = [
        g.op("Slice", "x", g.vector(a), g.vector(b), g.vector(1), shape=(1, b - a, 16, 16))
        for a, b in ((0, 4), (4, 7))
    ]
    assert histogram(fused(g.graph(*parts))) == {"copy": 2}


def test_split_is_split() -> None:
    g = GraphWriter(x=PIXELS)
    g.op("Split", "x", outputs=[(1, 4, 16, 16)] * 2, axis=1)
    (kernel,) = fused(g.graph("t0_0", "t0_1")).kernels
    assert kernel.kind is KernelKind.SPLIT
    assert (kernel.config.c_in, kernel.config.c_out) == (8, 4)


HEADS, STEPS, WIDTH = 4, 32, 16


def _attention(
    g: GraphWriter, scale: str = "Div", mask: bool = False, dropout: bool = False, where: bool = False
) -> str:
    shape = (1, HEADS, STEPS, STEPS)
    if scale == "both":
        root = g.scalar(0.5)
        scores = g.op("MatMul", g.op("Mul", "q", root), g.op("Mul", "k", root), shape=shape)
    else:
        scores = g.op("MatMul", "q", "k", shape=shape)
        scores = g.op(scale, scores, g.scalar(4)) if scale else scores
    if mask:
        scores = g.op("Add", scores, "mask")
    if where:
        scores = g.op("Where", "mask", g.scalar(-1e9), scores)
    weights = g.op("Softmax", scores, axis=-1)
    if dropout:
        weights = g.op("Dropout", weights)
    return g.op("MatMul", weights, "v", shape=(1, HEADS, STEPS, WIDTH))


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"scale": ""},
        {"scale": "Mul"},
        {"scale": "both"},
        {"mask": True},
        {"mask": True, "dropout": True},
        {"scale": "both", "mask": True},
        {"where": True},
    ],
    ids=str,
)
def test_attention_is_one_kernel_in_every_spelling(options: dict[str, object]) -> None:
    g = GraphWriter(
        q=(1, HEADS, STEPS, WIDTH),
        k=(1, HEADS, WIDTH, STEPS),
        v=(1, HEADS, STEPS, WIDTH),
        mask=(1, 1, 1, STEPS),
    )
    (kernel,) = fused(g.graph(_attention(g, **options))).kernels  # type: ignore[arg-type]
    assert kernel.kind is KernelKind.ATTENTION
    assert kernel.macs == 2 * HEADS * STEPS * STEPS * WIDTH
    config = kernel.config
    assert (config.batch, config.input_h, config.input_w) == (HEADS, STEPS, STEPS)
    assert (config.c_in, config.c_out) == (WIDTH, WIDTH)


def test_the_transposed_key_of_attention_is_a_copy_not_a_layout_change() -> None:
    g = GraphWriter(q=(1, HEADS, STEPS, WIDTH), x=(1, STEPS, HEADS * WIDTH))
    heads = g.reshape("x", 1, STEPS, HEADS, WIDTH)
    scores = g.op("MatMul", "q", g.transpose(heads, 0, 2, 3, 1), shape=(1, HEADS, STEPS, STEPS))
    assert histogram(fused(g.graph(scores))) == {"copy": 1, "matmul": 1}


@pytest.mark.parametrize("bias", [True, False])
def test_fully_connected_is_gemm_or_matmul_with_bias(bias: bool) -> None:
    g = GraphWriter(x=(2, 64))
    model = fused(g.graph(g.dense("x", 10, bias), g.gemm("x", 10)))
    assert histogram(model) == {"fc": 2}
    assert [kernel.macs for kernel in model.kernels] == [2 * 64 * 10] * 2
    assert {(k.config.input_h, k.config.c_in, k.config.c_out) for k in model.kernels} == {(2, 64, 10)}


def test_products_of_two_activations_are_matmuls() -> None:
    g = GraphWriter(x=(3, 8, 16), y=(3, 16, 4))
    (kernel,) = fused(g.graph(g.op("MatMul", "x", "y", shape=(3, 8, 4)))).kernels
    assert kernel.kind is KernelKind.MATMUL
    assert kernel.macs == 3 * 8 * 16 * 4
    assert (kernel.config.batch, kernel.config.input_h) == (3, 8)
    assert (kernel.config.c_in, kernel.config.c_out) == (16, 4)


def test_noise_is_looked_through_and_listed_as_free() -> None:
    g = GraphWriter(x=PIXELS)
    y = g.op("Dropout", g.op("Identity", g.conv("x", 8)))
    size = g.op("Gather", g.op("Shape", y, shape=(4,)), g.scalar(0), shape=())
    target = g.op("Concat", g.op("Unsqueeze", size, shape=(1,)), g.vector(-1), shape=(2,))
    y = g.op("Relu", g.op("Cast", y))
    model = fused(g.graph(g.op("Reshape", y, target, shape=(1, 2048))))
    assert [kernel.ops for kernel in model.kernels] == [("Conv", "Relu")]
    assert {node.op: node.reason for node in model.free} == {
        "Dropout": "does nothing at inference",
        "Identity": "passes its input on",
        "Shape": "shape is known before inference",
        "Gather": "folded constant",
        "Unsqueeze": "folded constant",
        "Concat": "folded constant",
        "Cast": "type change folded into its neighbours",
        "Reshape": "reshape is a view",
    }


def test_weights_made_by_operators_cost_nothing() -> None:
    g = GraphWriter(x=PIXELS)
    weight = g.op("ConstantOfShape", g.vector(4, 8, 1, 1), shape=(4, 8, 1, 1))
    (kernel,) = fused(g.graph(g.op("Conv", "x", weight, shape=(1, 4, 16, 16)))).kernels
    assert (kernel.params, kernel.macs) == (32, 16 * 16 * 32)


def test_random_numbers_are_not_folded_away() -> None:
    g = GraphWriter(x=PIXELS)
    noise = g.op("RandomNormalLike", g.constant(1, 8, 16, 16))
    model = fused(g.graph(g.op("Add", "x", noise)))
    assert histogram(model) == {"elementwise": 1, "add": 1}


def test_every_pattern_makes_an_operator_that_has_a_kind() -> None:
    groups = (*GROUPS, *BLOCK_GROUPS)
    patterns = [pattern for group in groups for lines in group.values() for pattern in lines]
    assert len({id(pattern) for pattern in patterns}) >= 36
    assert {pattern.result for pattern in patterns} <= set(KIND_OF_OP)


def test_the_pattern_language() -> None:
    parsed = parse_pattern("Mul(x, d=Div|Mul?(Sub(x, $v), 0.5))")
    inner = Call(("Sub",), (Variable("x"), Constant("$v")))
    assert parsed == Call(
        ("Mul",),
        (Variable("x"), Call(("Div", "Mul"), (inner, Constant("number", 0.5)), optional=True, label="d")),
    )


@pytest.mark.parametrize("slip", ["x", "Mul(x, y", "Mul(x) y", "Mul x"])
def test_a_slip_in_a_pattern_is_found(slip: str) -> None:
    with pytest.raises(ValueError, match="pattern"):
        parse_pattern(slip)
