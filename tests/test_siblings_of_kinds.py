"""Siblings of the kinds of files that people upload: the work of each, worked out by hand."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from predictors.fusing import fuse
from predictors.model.kernels import FusedModel
from predictors.model.memory import memory_need
from predictors.reading import read_model
from predictors.results.graph_notes import graph_notes
from reading_support import from_text
from tflite_support import (
    BOOL,
    CODES,
    INT4,
    INT8,
    INT32,
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
)

ONNX: dict[str, tuple[str, int]] = {
    "attention by equations": (
        """g (float[1,4,16,8] q, float[1,4,32,8] k, float[1,4,32,8] v) => (float[1,4,16,8] y) {
            s = Einsum<equation="bhqd,bhkd->bhqk">(q, k)
            p = Softmax<axis=-1>(s)
            y = Einsum<equation="bhqk,bhkd->bhqd">(p, v) }""",
        2 * 4 * 16 * 32 * 8,
    ),
    "attention by cosines, as in Swin V2": (
        """g (float[4,3,49,32] q, float[4,3,49,32] k, float[4,3,49,32] v) => (float[4,3,49,32] y)
        <float[3,1,1] s, float[1,3,49,49] b> {
            qn = LpNormalization<axis=-1>(q)
            kn = LpNormalization<axis=-1>(k)
            t = Transpose<perm=[0,1,3,2]>(kn)
            m = MatMul(qn, t)
            a = Mul(m, s)
            c = Add(a, b)
            p = Softmax<axis=-1>(c)
            y = MatMul(p, v) }""",
        2 * 4 * 3 * 49 * 49 * 32,
    ),
    "linear attention": (
        """g (float[1,4,256,32] q, float[1,4,32,256] k, float[1,4,256,32] v) => (float[1,4,256,32] y) {
            a = Softmax<axis=-1>(q)
            b = Softmax<axis=-1>(k)
            c = MatMul(b, v)
            y = MatMul(a, c) }""",
        2 * 4 * 256 * 32 * 32,
    ),
    "heads that talk": (
        """g (float[1,4,16,8] q, float[1,4,8,16] k, float[1,4,16,8] v) => (float[1,4,16,8] y)
        <float[4,4] w> {
            s = MatMul(q, k)
            a = Transpose<perm=[0,2,3,1]>(s)
            b = MatMul(a, w)
            c = Transpose<perm=[0,3,1,2]>(b)
            p = Softmax<axis=-1>(c)
            y = MatMul(p, v) }""",
        2 * 4 * 16 * 16 * 8 + 16 * 16 * 4 * 4,
    ),
    "keys and values of 512 tokens joined by a concat": (
        """g (float[1,8,1,64] q, float[1,8,1,64] k, float[1,8,1,64] v, float[1,8,past,64] pk,
           float[1,8,past,64] pv) => (float[1,8,1,64] y) {
            a = Concat<axis=2>(pk, k)
            b = Concat<axis=2>(pv, v)
            t = Transpose<perm=[0,1,3,2]>(a)
            s = MatMul(q, t)
            p = Softmax<axis=-1>(s)
            y = MatMul(p, b) }""",
        2 * 8 * 513 * 64,
    ),
    "depthwise over a sequence, dilated": (
        """g (float[1,32,100] x) => (float[1,32,100] y) <float[32,1,3] w> {
            y = Conv<group=32, dilations=[4], pads=[4,4]>(x, w) }""",
        100 * 32 * 3,
    ),
    "transposed over a sequence": (
        """g (float[1,64,50] x) => (float[1,32,400] y) <float[64,32,16] w> {
            y = ConvTranspose<strides=[8], pads=[4,4]>(x, w) }""",
        50 * 64 * 32 * 16,
    ),
    "transposed over a volume": (
        """g (float[1,8,4,4,4] x) => (float[1,4,8,8,8] y) <float[8,4,2,2,2] w> {
            y = ConvTranspose<strides=[2,2,2]>(x, w) }""",
        64 * 8 * 4 * 8,
    ),
    "transposed in groups": (
        """g (float[1,32,10,10] x) => (float[1,16,20,20] y) <float[32,4,3,3] w> {
            y = ConvTranspose<group=4, strides=[2,2], pads=[1,1,1,1], output_padding=[1,1]>(x, w) }""",
        100 * 32 * 4 * 9,
    ),
    "tubes of a clip": (
        """g (float[1,3,8,64,64] x) => (float[1,192,4,4,4] y) <float[192,3,2,16,16] w> {
            y = Conv<strides=[2,16,16]>(x, w) }""",
        64 * 192 * 3 * 2 * 256,
    ),
    "windows of one row and one column": (
        """g (float[1,16,17,17] x) => (float[1,32,17,17] y) <float[32,16,1,7] w, float[32,32,7,1] v> {
            m = Conv<pads=[0,3,0,3]>(x, w)
            y = Conv<pads=[3,0,3,0]>(m, v) }""",
        289 * (32 * 16 * 7 + 32 * 32 * 7),
    ),
    "both ways in a recurrent layer": (
        """g (float[25,2,10] x) => (float[25,2,2,16] y) <float[2,48,10] w, float[2,48,16] r> {
            y = GRU<hidden_size=16, direction="bidirectional", linear_before_reset=1>(x, w, r) }""",
        25 * 2 * 2 * 48 * 26,
    ),
    "a constant matrix for every head": (
        """g (float[1,12,50,64] x) => (float[1,12,50,32] y) <float[12,64,32] w> { y = MatMul(x, w) }""",
        12 * 50 * 64 * 32,
    ),
    "a table used for words and for answers": (
        """g (int64[1,seq] ids) => (float[1,128,1000] y) <float[1000,64] e> {
            a = Gather(e, ids)
            t = Transpose<perm=[1,0]>(e)
            y = MatMul(a, t) }""",
        128 * 64 * 1000,
    ),
    "frames of a signal": (
        """g (float[1,16000,1] x) => (float[1,98,201,2] y) <int64 step = {160}, float[400] w> {
            y = STFT<onesided=1>(x, step, w) }""",
        98 * 201 * 2 * 400,
    ),
}


@pytest.mark.parametrize("name", ONNX)
def test_onnx_sibling_has_its_work(name: str) -> None:
    text, macs = ONNX[name]
    assert fuse(read_model(from_text(text)), "tflite-cpu").macs == macs


def test_a_batch_in_front_of_the_steps_is_no_step() -> None:
    text = """g (float[1,40,10] x) => (float[1,40,1,16] y) <float[1,64,10] w, float[1,64,16] r> {{
        y = {op}<hidden_size=16{layout}>(x, w, r) }}"""
    batch_first = fuse(read_model(from_text(text.format(op="LSTM", layout=", layout=1"))), "tflite-cpu")
    assert (batch_first.macs, batch_first.kernels[0].config.input_h) == (40 * 64 * 26, 40)


def test_weights_of_few_bits_count_one_by_one_and_weigh_what_they_are_stored_as() -> None:
    text = """g (float[1,8,64] x) => (float[1,8,32] y) <{kind}[64,32] w, float[{scales}] s> {{
        d = DequantizeLinear{blocks}(w, s)
        y = MatMul(x, d) }}"""
    for kind, scales, blocks, stored in (
        ("float8e4m3fn", "1", "", 64 * 32),
        ("int4", "2,32", "<axis=0, block_size=32>", 64 * 32 // 2),
    ):
        graph = read_model(from_text(text.format(kind=kind, scales=scales, blocks=blocks), opset=21))
        [kernel] = fuse(graph, "tflite-cpu").kernels
        assert (kernel.macs, kernel.params, graph.params) == (8 * 64 * 32, 64 * 32, 64 * 32)
        assert kernel.weight_bytes == stored


def tflite(
    tensors: Sequence[Tensor], *operators: Operator, inputs: tuple[int, ...] = (0,)
) -> tuple[FusedModel, int, int]:
    """The kernels of one subgraph, its parameters and the bytes of its weights."""
    made = build(File([Subgraph(tensors, operators, inputs, operators[-1].outputs)]))
    graph = read_model(made)
    return fuse(graph, "tflite-cpu"), graph.params, memory_need(graph).weights


X, Y = Tensor("x", (1, 128)), Tensor("y", (1, 10))


@pytest.mark.parametrize(("dtype", "stored"), [(INT8, 1280), (INT4, 640)])
def test_tflite_weights_of_few_bits_under_float_activations(dtype: int, stored: int) -> None:
    weight = Tensor("w", (10, 128), dtype, zeros=stored, scales=10)
    model, params, weights = tflite(
        (X, weight, Y), Operator("FULLY_CONNECTED", (0, 1, -1), (2,), dense_options())
    )
    assert (model.macs, params, weights) == (1280, 1280, stored)


def test_tflite_convolutions_by_their_filters() -> None:
    twice = Tensor("w", (1, 3, 3, 8), zeros=288)
    model, _, _ = tflite(
        (Tensor("x", (1, 8, 8, 4)), twice, Tensor("y", (1, 8, 8, 8))),
        Operator("DEPTHWISE_CONV_2D", (0, 1), (2,), depthwise_options()),
    )
    assert (model.macs, model.kernels[0].kind.value) == (64 * 8 * 9, "dwconv-bn-relu")
    grouped = Tensor("w", (16, 3, 3, 4), zeros=4 * 16 * 36)
    model, _, _ = tflite(
        (Tensor("x", (1, 9, 9, 8)), grouped, Tensor("y", (1, 4, 4, 16))),
        Operator("CONV_2D", (0, 1), (2,), conv_options(2, VALID)),
    )
    assert (model.macs, model.kernels[0].kind.value) == (16 * 16 * 36, "grouped-conv")
    size = Tensor("s", (4,), INT32, ints(1, 16, 16, 6))
    spread = Tensor("w", (6, 3, 3, 4), zeros=864), Tensor("x", (1, 8, 8, 4)), Tensor("y", (1, 16, 16, 6))
    options = 49, {0: ("b", 0), 1: ("i", 2), 2: ("i", 2)}
    model, _, _ = tflite((size, *spread), Operator("TRANSPOSE_CONV", (0, 1, 2), (3,), options), inputs=(2,))
    assert model.macs == 64 * 4 * 9 * 6


@pytest.mark.parametrize(
    ("op", "inputs", "shape", "macs"),
    [
        ("UNIDIRECTIONAL_SEQUENCE_RNN", (0, 1, 2, 3, -1), (1, 7, 3), 7 * 5 * 8),
        ("BIDIRECTIONAL_SEQUENCE_RNN", (0, 1, 2, 3, -1, 1, 2, 3, -1), (1, 7, 3), 2 * 7 * 5 * 8),
        ("RNN", (0, 1, 2, 3, -1), (2, 3), 2 * 5 * 8),
    ],
)
def test_tflite_plain_recurrent_layers(
    op: str, inputs: tuple[int, ...], shape: tuple[int, ...], macs: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, code in (("UNIDIRECTIONAL_SEQUENCE_RNN", 35), ("BIDIRECTIONAL_SEQUENCE_RNN", 46), ("RNN", 24)):
        monkeypatch.setitem(CODES, name, code)
    cell = Tensor("w", (5, 3), zeros=60), Tensor("r", (5, 5), zeros=100), Tensor("b", (5,), zeros=20)
    out = Tensor("y", (*shape[:-1], 10 if op.startswith("BI") else 5))
    model, _, _ = tflite((Tensor("x", shape), *cell, out), Operator(op, inputs, (4,)))
    assert (model.macs, [kernel.kind.value for kernel in model.kernels]) == (macs, ["rnn"])


def test_tflite_branch_that_costs_more_and_the_first_of_two_signatures() -> None:
    def layers(width: int) -> Subgraph:
        tensors = [
            Tensor("x", (1, 32)), Tensor("w", (width, 32), zeros=width * 128), Tensor("h", (1, width)),
            Tensor("v", (32, width), zeros=width * 128), Tensor("y", (1, 32)),
        ]  # fmt: skip
        dense = [
            Operator("FULLY_CONNECTED", (0, 1, -1), (2,), dense_options()),
            Operator("FULLY_CONNECTED", (2, 3, -1), (4,), dense_options()),
        ]
        return Subgraph(tensors, dense, (0,), (4,))

    choice = Operator("IF", (0, 1), (2,), (92, {0: ("i", 1), 1: ("i", 2)}))
    main = Subgraph(
        [Tensor("c", (), BOOL), Tensor("x", (1, 32)), Tensor("y", (1, 32))], [choice], (0, 1), (2,)
    )
    branches = read_model(build(File([main, layers(16), layers(64)])))
    assert fuse(branches, "tflite-cpu").macs == 2 * 32 * 64
    signed = read_model(build(File([layers(16), layers(64)], signature={"x": 0})))
    assert fuse(signed, "tflite-cpu").macs == 2 * 32 * 16


def test_tflite_open_height_and_width_take_the_usual_size_not_the_stored_one() -> None:
    """A converter stores 1 where a size is open, which no runtime takes for it."""
    tensors = [
        Tensor("x", (1, 1, 1, 3), signature=(1, -1, -1, 3)),
        Tensor("w", (8, 3, 3, 3), zeros=864),
        Tensor("y", (1, 1, 1, 8), signature=(1, -1, -1, 8)),
    ]
    made = build(File([Subgraph(tensors, [Operator("CONV_2D", (0, 1), (2,), conv_options(2))], (0,), (2,))]))
    usual, given = read_model(made), read_model(made, shapes={"x": (1, 64, 64, 3)})
    assert [fuse(graph, "tflite-cpu").macs for graph in (usual, given)] == [112**2 * 216, 32**2 * 216]
    assert {(item.axis, item.value) for item in usual.defaulted} == {(1, 224), (2, 224)}
    notes = graph_notes(usual, "fp32")
    assert [note.code for note in notes] == ["DIMENSION_DEFAULTED"]
    assert "stands for any size" in notes[0].message
