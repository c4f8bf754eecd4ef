"""Transposes that runtimes do not run, and those that stay copies."""

from __future__ import annotations

import pytest

from fusing_support import GraphWriter, fused, histogram
from predictors.model.kernels import KernelKind

HEADS, STEPS, WIDTH = 2, 6, 4
KEYS = (1, HEADS, STEPS, WIDTH)
SCORES = (1, HEADS, STEPS, STEPS)


def test_a_product_reads_its_second_factor_either_way_round() -> None:
    g = GraphWriter(q=KEYS, k=KEYS)
    (kernel,) = fused(g.graph(g.op("MatMul", "q", g.transpose("k", 0, 1, 3, 2), shape=SCORES))).kernels
    assert (kernel.kind, kernel.ops) == (KernelKind.MATMUL, ("Transpose", "MatMul"))
    assert kernel.macs == HEADS * STEPS * STEPS * WIDTH
    assert (kernel.config.input_h, kernel.config.c_in, kernel.config.c_out) == (STEPS, WIDTH, STEPS)


@pytest.mark.parametrize("scaled", [True, False])
def test_a_transposed_key_is_part_of_attention(scaled: bool) -> None:
    g = GraphWriter(q=KEYS, k=KEYS, v=KEYS)
    query, key = "q", g.transpose("k", 0, 1, 3, 2)
    if scaled:
        query, key = g.op("Mul", query, g.scalar(0.7)), g.op("Mul", key, g.scalar(0.7))
    scores = g.op("Softmax", g.op("MatMul", query, key, shape=SCORES))
    (kernel,) = fused(g.graph(g.op("MatMul", scores, "v", shape=KEYS))).kernels
    assert kernel.kind is KernelKind.ATTENTION
    assert (kernel.config.input_h, kernel.config.input_w, kernel.config.c_in) == (STEPS, STEPS, WIDTH)
    assert kernel.input_elements == 3 * HEADS * STEPS * WIDTH


def test_attention_whose_value_is_its_own_scaled_query_keeps_all_its_work() -> None:
    """Nothing an exporter writes; the scaling can't be both inside the block and its input."""
    g = GraphWriter(x=(1, 1, STEPS, STEPS))
    scaled = g.op("Mul", "x", g.constant(1, 1, 1, STEPS))
    scores = g.op("Softmax", g.op("MatMul", scaled, scaled))
    model = fused(g.graph(g.op("MatMul", scores, scaled), scaled))
    assert model.macs == 2 * STEPS**3
    assert "unsupported" not in histogram(model)


def test_a_first_factor_another_permutation_or_another_reader_keeps_its_copy() -> None:
    g = GraphWriter(q=(1, HEADS, WIDTH, STEPS), k=(1, HEADS, WIDTH, STEPS), z=(1, STEPS, HEADS, WIDTH))
    first = g.op("MatMul", g.transpose("q", 0, 1, 3, 2), "k", shape=SCORES)
    heads = g.op("MatMul", first, g.transpose("z", 0, 2, 1, 3), shape=KEYS)
    shared = g.transpose(heads, 0, 1, 3, 2)
    second = g.op("MatMul", heads, shared, shape=SCORES)
    model = fused(g.graph(second, g.op("Tanh", shared)))
    assert histogram(model) == {"copy": 3, "matmul": 3, "activation": 1}


def test_a_swap_that_is_cut_differently_afterwards_stays_a_copy() -> None:
    g = GraphWriter(q=(1, 1, 3, 12), k=(1, 1, 6, 4))
    odd = g.reshape(g.transpose("k", 0, 1, 3, 2), 1, 1, 12, 2)
    model = fused(g.graph(g.op("MatMul", "q", odd, shape=(1, 1, 3, 2))))
    assert histogram(model) == {"copy": 1, "matmul": 1}


UNDONE, MOVED = (0, 3, 2, 1), (0, 1, 3, 2)


@pytest.mark.parametrize(("back", "kinds"), [(UNDONE, {"softmax": 1}), (MOVED, {"copy": 2, "softmax": 1})])
def test_an_old_softmax_over_channels_is_one_kernel(back: tuple[int, ...], kinds: dict[str, int]) -> None:
    g = GraphWriter(x=(1, 5, 7, 8))
    last = g.transpose(g.op("Softmax", g.transpose("x", 0, 3, 2, 1), axis=3), *back)
    assert histogram(fused(g.graph(last))) == kinds


def test_a_softmax_whose_result_is_read_before_it_is_turned_back_keeps_its_copies() -> None:
    g = GraphWriter(x=(1, 5, 7, 8))
    soft = g.op("Softmax", g.transpose("x", 0, 3, 2, 1), axis=3)
    model = fused(g.graph(g.transpose(soft, 0, 3, 2, 1), soft))
    assert histogram(model) == {"copy": 2, "softmax": 1}


@pytest.mark.parametrize(("op", "neutral"), [("Mul", 1.0), ("Div", 1.0), ("Add", 0.0), ("Sub", 0.0)])
def test_arithmetic_with_a_neutral_number_is_nothing(op: str, neutral: float) -> None:
    g = GraphWriter(x=(1, 4, 8, 8))
    kept = g.op("Tanh", g.op(op, g.op("Sqrt", "x"), g.scalar(neutral)))
    assert histogram(fused(g.graph(kept))) == {"elementwise": 1, "activation": 1}
    other = g.op("Tanh", g.op(op, g.op("Sqrt", "x"), g.scalar(neutral + 1.0)))
    assert histogram(fused(g.graph(other)))["elementwise"] == 3


def test_a_number_cast_to_the_type_of_an_activation_is_a_constant() -> None:
    g = GraphWriter(x=(1, 4, 8, 8))
    low, high = (g.op("CastLike", g.scalar(bound), "x", shape=()) for bound in (0.0, 6.0))
    model = fused(g.graph(g.op("Clip", g.conv("x", 8), low, high, shape=(1, 8, 8, 8))))
    assert [kernel.ops[0] for kernel in model.kernels] == ["Conv", "Clip"]
    assert {node.op for node in model.free} == {"CastLike"}
