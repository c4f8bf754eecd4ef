"""Open dimensions by domain: sound, latents, clips, graphs, states and caches, each with its reason."""

from __future__ import annotations

import onnx
import pytest
from onnx import TensorProto, helper

from predictors import estimate_model
from predictors.errors import ModelError
from predictors.fusing import fuse
from predictors.reading import read_model
from predictors.results.graph_notes import graph_notes
from reading_support import code_of, from_nodes

Dims = list[int | str | None]
INT64 = TensorProto.INT64


def _sizes(inputs: dict[str, Dims], **types: int) -> dict[str, tuple[int, ...] | None]:
    """Shapes that the inputs get where nothing but a copy reads them."""
    nodes = [helper.make_node("Abs", [name], [f"{name}_out"]) for name in inputs]
    outputs = tuple(f"{name}_out" for name in inputs)
    graph = read_model(from_nodes(nodes, inputs, outputs=outputs, types=types))
    return {name: graph.shape(name) for name in inputs}


@pytest.mark.parametrize(
    ("name", "dims", "shape"),
    [
        ("input_values", ["batch_size", "sequence_length"], (1, 16_000)),
        ("audio", [1, "samples"], (1, 16_000)),
        ("waveform", [None], (16_000,)),
        ("latent_sample", ["batch", "channels_latent", "height_latent", "width_latent"], None),
        ("sample", ["batch", 4, "height", "width"], (1, 4, 64, 64)),
        ("latent", ["batch", 16, "h", "w"], (1, 16, 64, 64)),
        ("image", ["batch", 4, "height", "width"], (1, 4, 224, 224)),
        ("pixel_values", ["batch", 3, "num_frames", "height", "width"], (1, 3, 16, 224, 224)),
        ("pixel_values", ["batch", "num_frames", 3, "height", "width"], (1, 16, 3, 224, 224)),
        ("clip", [1, 3, None, None, None], (1, 3, 16, 224, 224)),
        ("x", ["num_nodes", 16], (1_000, 16)),
        ("edge_attr", ["num_edges", 4], (5_000, 4)),
        ("h0", [2, None, 64], (2, 1, 64)),
        ("state", [2, "batch", 128], (2, 1, 128)),
        ("sound", [1, "samples", 1], (1, 16_000, 1)),
        ("mix", [1, 2, "samples"], (1, 2, 16_000)),
        ("point_coords", [1, "num_points", 2], (1, 2, 2)),
        ("points", ["B", "N", 3], (1, 1_024, 3)),
        ("text_line", [1, 3, 48, None], (1, 3, 48, 320)),
        ("x", [1, 3, 32, None], (1, 3, 32, 32)),
        ("x", ["N", 1, 64, "T"], (1, 1, 64, 128)),
        ("log_mel", ["N", 1, 64, None], (1, 1, 64, 128)),
        ("keypoints", ["batch", "frames", 3], (1, 128, 3)),
        ("points", ["B", "T", 3], (1, 128, 3)),
        ("setpoint_history", ["batch", None, 4], (1, 128, 4)),
        ("prompt_points_embedding", ["batch", "seq", 256], (1, 128, 256)),
        ("inputPoints", ["batch", "numPoints", 3], (1, 1_024, 3)),
        ("knowledge", ["batch", None, 16], (1, 128, 16)),
        ("edge_image", ["batch", 3, "height", "width"], (1, 3, 224, 224)),
        ("edge_features", ["batch", "seq_len", 16], (1, 128, 16)),
        ("past_images", ["batch", 3, "height", "width"], (1, 3, 224, 224)),
        ("wavelet", ["batch", "time"], (1, 128)),
        ("attn_bias", ["batch", 4, "seq", "seq"], (1, 4, 128, 128)),
        ("state", ["batch", "height", 9], (1, 224, 9)),
        ("x", [1, 3, "frame_count", "frame_height", "frame_width"], (1, 3, 16, 224, 224)),
        ("x", ["T", "N", 16], (128, 1, 16)),
        ("encoder_hidden_states", ["batch", "sequence_length", 768], (1, 128, 768)),
    ],
)
def test_the_default_follows_what_the_input_is(name: str, dims: Dims, shape: tuple[int, ...] | None) -> None:
    if shape is None:  # its channels are known from the weights only
        conv = helper.make_node("Conv", [name, "w"], ["y"])
        assert read_model(from_nodes([conv], {name: dims}, {"w": [8, 4, 3, 3]})).shape(name) == (1, 4, 64, 64)
    else:
        assert _sizes({name: dims}) == {name: shape}


def test_what_a_product_demands_is_the_last_dimension() -> None:
    """Rows of features: neither the steps nor the batch are as many as the features are."""
    product = helper.make_node("MatMul", ["x", "w"], ["y"])
    for dims, shape in (
        (["B", "T", 80], (1, 128, 80)),
        ([None, None, None], (1, 128, 80)),
        ([None] * 2, (1, 80)),
    ):
        graph = read_model(from_nodes([product], {"x": dims}, {"w": [80, 16]}))
        assert graph.shape("x") == shape
    frames = helper.make_node("STFT", ["x", "step", "", "length"], ["y"])
    numbers = [
        helper.make_node("Constant", [], [name], value_int=n) for name, n in (("step", 160), ("length", 400))
    ]
    graph = read_model(from_nodes([*numbers, frames], {"x": [1, "samples", 1]}))
    assert graph.shape("x") == (1, 16_000, 1)


@pytest.mark.parametrize(
    ("end", "width"), [("Softmax", 320), ("Identity(Softmax)", 320), ("LSTM", 320), ("Relu", 48)]
)
def test_a_low_picture_is_a_line_of_text_where_its_end_spells(end: str, width: int) -> None:
    """Characters per step, or recurrent layers: a picture of that height alone may be any."""
    mean = helper.make_node("ReduceMean", ["c"], ["m"], axes=[2], keepdims=0)
    conv = helper.make_node("Conv", ["x", "w"], ["c"], pads=[1] * 4)
    ends = {
        "Softmax": [helper.make_node("Softmax", ["m"], ["y"])],
        "Identity(Softmax)": [
            helper.make_node("Softmax", ["m"], ["s"]),
            helper.make_node("Identity", ["s"], ["y"]),
        ],
        "LSTM": [
            helper.make_node("Transpose", ["m"], ["t"], perm=[2, 0, 1]),
            helper.make_node("LSTM", ["t", "i", "r"], ["y"], hidden_size=4),
        ],
        "Relu": [helper.make_node("Relu", ["m"], ["y"])],
    }
    weights = {"w": [8, 3, 3, 3], "i": [1, 16, 8], "r": [1, 16, 4]}
    model = onnx.load_model_from_string(
        from_nodes([conv, mean, *ends[end]], {"x": [1, 3, 48, None]}, weights)
    )
    del model.graph.output[:]
    model.graph.output.append(helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, None, None]))
    assert read_model(model.SerializeToString()).shape("x") == (1, 3, 48, width)


def test_the_other_input_of_a_graph_tells_its_nodes() -> None:
    sizes = _sizes({"x": [None, 16], "edge_index": [2, None]}, edge_index=INT64)
    assert sizes == {"x": (1_000, 16), "edge_index": (2, 5_000)}


def test_a_signal_is_known_by_the_filters_that_read_it() -> None:
    """No name helps: the input goes, through a change of rank, into filters of 400 samples."""
    axes = helper.make_tensor("axes", INT64, [1], [1])
    nodes = [
        helper.make_node("Constant", [], ["axes"], value=axes),
        helper.make_node("Unsqueeze", ["x", "axes"], ["u"]),
        helper.make_node("Conv", ["u", "w"], ["y"], strides=[160]),
    ]
    graph = read_model(from_nodes(nodes, {"x": ["N", "T"]}, {"w": [64, 1, 400]}))
    assert graph.shape("y") == (1, 64, 98)  # (16,000 - 400) / 160 + 1
    assert graph.defaulted[1].reason == "samples of one second of sound"


def test_a_voice_activity_detector_takes_one_window_and_one_stream() -> None:
    """The filters stand in the branches of an If, which the sampling rate decides at run time."""

    def branch(prefix: str, window: int) -> onnx.GraphProto:
        weights = {"f": [64, 1, window], "w": [1, 512, 64], "r": [1, 512, 128]}
        tensors = [TensorProto(name=prefix + n, dims=d, data_type=1) for n, d in weights.items()]
        tensors.append(helper.make_tensor(f"{prefix}a", INT64, [1], [1]))
        nodes = [
            helper.make_node("Unsqueeze", ["input", f"{prefix}a"], [f"{prefix}u"]),
            helper.make_node("Conv", [f"{prefix}u", f"{prefix}f"], [f"{prefix}c"], strides=[64]),
            helper.make_node("Transpose", [f"{prefix}c"], [f"{prefix}t"], perm=[2, 0, 1]),
            helper.make_node(
                "LSTM", [f"{prefix}t", f"{prefix}w", f"{prefix}r", "", "", "state", "state"],
                [f"{prefix}y", f"{prefix}h", f"{prefix}s"], hidden_size=128,
            ),
        ]  # fmt: skip
        return helper.make_graph(
            nodes, prefix, [], [helper.make_tensor_value_info(f"{prefix}h", 1, None)], tensors
        )

    rate = helper.make_tensor("rate", INT64, [], [16_000])
    nodes = [
        helper.make_node("Constant", [], ["rate"], value=rate),
        helper.make_node("Equal", ["sr", "rate"], ["fast"]),
        helper.make_node("If", ["fast"], ["y"], then_branch=branch("t", 256), else_branch=branch("e", 128)),
    ]
    inputs: dict[str, Dims] = {"input": [None, None], "state": [1, None, 128], "sr": []}
    graph = read_model(from_nodes(nodes, inputs, types={"sr": INT64}))
    assert graph.shape("input") == (1, 512)
    assert graph.shape("state") == (1, 1, 128)
    assert fuse(graph, "tflite-cpu").macs == 7 * 512 * 192 + 7 * 64 * 128  # 7 frames of 128, at a step of 64


def test_a_streaming_model_takes_one_window() -> None:
    sizes = _sizes({"audio": [None, None], "state": [2, None, 128]})
    assert sizes == {"audio": (1, 512), "state": (2, 1, 128)}


DECODER: dict[str, Dims] = {
    "input_ids": ["batch_size", "sequence_length"],
    "attention_mask": ["batch_size", "total_sequence_length"],
    "past_key_values.0.key": ["batch_size", 2, "past_sequence_length", 64],
    "past_key_values.0.value": ["batch_size", 2, "past_sequence_length", 64],
}


def test_a_cache_means_one_new_token_after_512() -> None:
    assert _sizes(DECODER, input_ids=INT64, attention_mask=INT64) == {
        "input_ids": (1, 1),
        "attention_mask": (1, 513),
        "past_key_values.0.key": (1, 2, 512, 64),
        "past_key_values.0.value": (1, 2, 512, 64),
    }


@pytest.mark.parametrize(
    ("given", "tokens", "cached"),
    [
        ({"input_ids": (1, 1), "attention_mask": (1, 2048)}, 1, 2047),
        ({"past_key_values.0.key": (1, 2, 100, 64)}, 1, 100),
        ({"input_ids": (1, 40), "past_key_values.0.key": (1, 2, 0, 64)}, 40, 0),
    ],
)
def test_cache_and_tokens_are_inputs(given: dict[str, tuple[int, ...]], tokens: int, cached: int) -> None:
    nodes = [helper.make_node("Abs", [name], [f"{name}_out"]) for name in DECODER]
    outputs = tuple(f"{name}_out" for name in DECODER)
    types = {"input_ids": INT64, "attention_mask": INT64}
    graph = read_model(from_nodes(nodes, DECODER, outputs=outputs, types=types), shapes=given)
    assert graph.shape("input_ids") == (1, tokens)
    assert graph.shape("attention_mask") == (1, tokens + cached)
    assert graph.shape("past_key_values.0.value") == (1, 2, cached, 64)


def test_one_note_per_symbol() -> None:
    inputs = dict(DECODER)
    for layer in range(1, 20):
        inputs[f"past_key_values.{layer}.key"] = DECODER["past_key_values.0.key"]
    nodes = [helper.make_node("Abs", [name], [f"{name}_out"]) for name in inputs]
    outputs = tuple(f"{name}_out" for name in inputs)
    types = {"input_ids": INT64, "attention_mask": INT64}
    graph = read_model(from_nodes(nodes, inputs, outputs=outputs, types=types))
    notes = graph_notes(graph, "fp32")
    assert [note.code for note in notes] == ["DIMENSION_DEFAULTED"] * 4 + ["DECODING_STEP"]
    assert "1 new token(s) after 512" in notes[-1].message
    assert "21 inputs" in notes[3].message


def test_the_example_in_a_message_has_the_rank_of_the_input() -> None:
    with pytest.raises(ModelError, match="--shape logit=1,128 ") as caught:
        _sizes({"logit": ["B", "K"]})
    assert caught.value.code == "MODEL_SHAPE_NEEDED"


def test_a_size_that_was_assumed_is_not_blamed_on_the_file() -> None:
    """Time comes first here, and one step of it is too short for a window of three."""
    axes = helper.make_tensor("axes", INT64, [1], [0])
    nodes = [
        helper.make_node("Constant", [], ["axes"], value=axes),
        helper.make_node("Transpose", ["x"], ["t"], perm=[1, 0]),
        helper.make_node("Unsqueeze", ["t", "axes"], ["u"]),
        helper.make_node("Conv", ["u", "w"], ["y"]),
    ]
    source = from_nodes(nodes, {"x": ["T", 10]}, {"w": [5, 10, 3]})
    assert code_of(source) == "MODEL_SHAPE_NEEDED"
    assert read_model(source, shapes={"x": (20, 10)}).shape("y") == (1, 5, 18)


@pytest.mark.parametrize("stride", [1, 2, 3])
def test_a_window_longer_than_its_input_is_refused(stride: int) -> None:
    node = helper.make_node("Conv", ["x", "w"], ["y"], strides=[stride])
    assert code_of(from_nodes([node], {"x": [1, 8, 2]}, {"w": [8, 8, 3]})) == "MODEL_SHAPE_CONFLICT"
    padded = helper.make_node("Conv", ["x", "w"], ["y"], strides=[stride], pads=[1, 0])
    assert code_of(from_nodes([padded], {"x": [1, 8, 2]}, {"w": [8, 8, 3]})) == "read"


def test_a_batch_in_the_file_is_said() -> None:
    node = helper.make_node("MatMul", ["x", "w"], ["y"])
    source = from_nodes([node], {"x": [5_000, 16]}, {"w": [16, 64]})
    (estimate,) = estimate_model(source, device="huawei-p40-pro", delegate="cpu").estimates
    (note,) = [each for each in estimate.warnings if each.code == "BATCH_IN_FILE"]
    assert "5,000" in note.message


def test_a_shape_in_a_file_that_was_not_handed_over_is_named() -> None:
    node = helper.make_node("Reshape", ["x", "shape"], ["y"])
    source = from_nodes([node], {"x": [4, 4]}, {"shape": [2]}, types={"shape": INT64})
    model = onnx.load_model_from_string(source)
    model.graph.initializer[0].data_location = TensorProto.EXTERNAL
    with pytest.raises(ModelError, match="'shape'") as caught:
        read_model(model.SerializeToString())
    assert caught.value.code == "MODEL_SHAPE_ELSEWHERE"
