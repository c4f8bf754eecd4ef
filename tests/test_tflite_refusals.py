"""TensorFlow Lite files that are damaged or hostile: each ends in a code, and none takes long."""

from __future__ import annotations

import struct

import pytest

from predictors.errors import ModelError
from predictors.reading.limits import DEFAULT_LIMITS
from predictors.reading.tflite.pruning import prune_tflite
from reading_support import code_of, from_text
from test_tflite_reading import loop_body, while_loop
from tflite_support import INT8, File, Operator, Subgraph, Tensor, build, small_network

SOUND = build(small_network())


@pytest.mark.parametrize("end", [9, 30, 200, len(SOUND) // 2, len(SOUND) - 60])
def test_cut_file(end: int) -> None:
    assert code_of(SOUND[:end]) in ("MODEL_TRUNCATED", "MODEL_MALFORMED")


@pytest.mark.slow
def test_every_offset_made_wild_ends_in_a_code() -> None:
    """Each 32-bit word of the file in turn points far away: nothing but codes comes out."""
    for at in range(0, len(SOUND) - 4, 4):
        for value in (3, 0x7FFFFFFF):
            broken = bytearray(SOUND)
            struct.pack_into("<I", broken, at, value)
            assert code_of(bytes(broken))


def test_bits_flipped_end_in_a_code_or_a_network() -> None:
    for at in range(0, len(SOUND), 3):
        broken = bytearray(SOUND)
        broken[at] ^= 0x55
        assert code_of(bytes(broken))


def test_no_subgraphs() -> None:
    assert code_of(build(File([]))) == "MODEL_MALFORMED"


def test_other_version() -> None:
    assert code_of(build(small_network(version=99))) == "MODEL_MALFORMED"  # type: ignore[arg-type]


def test_loop_that_is_its_own_body() -> None:
    main = Subgraph(
        [Tensor("x", (1,)), Tensor("y", (1,))],
        [Operator("WHILE", (0,), (1,), (93, {0: ("i", 0), 1: ("i", 0)}))],
        (0,),
        (1,),
    )
    assert code_of(build(File([main]))) == "MODEL_CYCLE"


def test_loop_whose_body_is_missing() -> None:
    file = while_loop(3, loop_body())
    assert code_of(build(File(file.subgraphs[:2]))) == "MODEL_MALFORMED"


def test_composites_inside_composites_beyond_the_limit() -> None:
    def part(inner: int) -> Subgraph:
        operator = Operator("STABLEHLO_COMPOSITE", (0,), (1,), composite=inner)
        return Subgraph([Tensor("x", (1,)), Tensor("y", (1,))], [operator], (0,), (1,))

    assert code_of(build(File([part(place + 1) for place in range(40)]))) == "MODEL_TOO_COMPLEX"


def test_long_loop_is_not_unrolled() -> None:
    assert code_of(build(while_loop(900_000, loop_body()))) == "read"


def test_doubling_composites_stop_at_the_limit() -> None:
    """Each subgraph runs the next one twice, eleven deep and then many operators wide."""

    def part(inner: int) -> Subgraph:
        twice = [
            Operator("STABLEHLO_COMPOSITE", (place,), (place + 1,), composite=inner) for place in range(8)
        ]
        return Subgraph([Tensor(f"t{place}", (1,)) for place in range(9)], twice, (0,), (8,))

    last = Subgraph([Tensor("x", (1,)), Tensor("y", (1,))], [Operator("LOGISTIC", (0,), (1,))], (0,), (1,))
    assert code_of(build(File([*(part(place + 1) for place in range(9)), last]))) == "MODEL_TOO_COMPLEX"


def test_two_writers() -> None:
    network = small_network()
    network.subgraphs[0].operators[1].outputs = (3,)
    assert code_of(build(network)) == "MODEL_DUPLICATE_NAME"


def test_operators_out_of_order() -> None:
    network = small_network()
    network.subgraphs[0].operators = network.subgraphs[0].operators[::-1]  # type: ignore[misc]
    assert code_of(build(network)) == "MODEL_CYCLE"


def test_tensor_that_nothing_makes() -> None:
    network = small_network()
    network.subgraphs[0].operators = network.subgraphs[0].operators[1:]  # type: ignore[misc]
    assert code_of(build(network)) == "MODEL_MISSING_INPUT"


@pytest.mark.parametrize("index", [99, -2])
def test_wild_tensor_index(index: int) -> None:
    network = small_network()
    network.subgraphs[0].operators[0].inputs = (0, index, 2)
    assert code_of(build(network)) == "MODEL_MALFORMED"


def test_wild_buffer_index() -> None:
    network = small_network()
    network.subgraphs[0].tensors[1].buffer = 500
    assert code_of(build(network)) == "MODEL_MALFORMED"


def test_buffer_shorter_than_its_tensor() -> None:
    network = small_network()
    network.subgraphs[0].tensors[1].zeros = 10
    assert code_of(build(network)) == "MODEL_MALFORMED"


def test_scales_that_fit_no_axis() -> None:
    network = small_network(INT8)
    network.subgraphs[0].tensors[1].scales = 3
    assert code_of(build(network)) == "MODEL_MALFORMED"


@pytest.mark.parametrize(
    ("shape", "code"), [((1, 8, 0, 3), "MODEL_BAD_DIMENSION"), ((2**31 - 1,) * 4, "MODEL_BAD_DIMENSION")]
)
def test_impossible_shapes(shape: tuple[int, ...], code: str) -> None:
    network = small_network()
    network.subgraphs[0].tensors[3].shape = shape
    assert code_of(build(network)) == code


def test_options_of_another_operator() -> None:
    network = small_network()
    network.subgraphs[0].operators[0].options = (14, {0: ("b", 1)})
    assert code_of(build(network)) == "MODEL_BAD_ATTRIBUTE"


def test_convolution_without_options_has_no_stride() -> None:
    network = small_network()
    network.subgraphs[0].operators[0].options = None
    assert code_of(build(network)) == "MODEL_BAD_ATTRIBUTE"


def test_signature_of_a_missing_subgraph() -> None:
    network = small_network(signature={"x": 0}, signature_subgraph=9)  # type: ignore[arg-type]
    assert code_of(build(network)) == "MODEL_MALFORMED"


def test_name_that_is_no_text() -> None:
    broken = SOUND.replace(b"conv\x00", b"co\xffv\x00")
    assert broken != SOUND
    assert code_of(broken) == "MODEL_BAD_TEXT"


def test_vectors_of_absurd_length_are_refused_by_count() -> None:
    """A vector of subgraphs over bytes of zero: every entry would be a table at itself."""
    at = _subgraph_vector(SOUND)
    broken = bytearray(SOUND) + bytes(400_000)
    struct.pack_into("<I", broken, at, 90_000)
    with pytest.raises(ModelError) as raised:
        prune_tflite(memoryview(bytes(broken)), DEFAULT_LIMITS)
    assert raised.value.code == "MODEL_TOO_COMPLEX"


def _subgraph_vector(content: bytes) -> int:
    """Where the vector of subgraphs starts: field 2 of the root table."""
    root = struct.unpack_from("<I", content)[0]
    vtable = root - struct.unpack_from("<i", content, root)[0]
    at = root + struct.unpack_from("<H", content, vtable + 4 + 2 * 2)[0]
    return int(at + struct.unpack_from("<I", content, at)[0])


def test_trailing_bytes_are_normal() -> None:
    assert code_of(SOUND + b"PK\x05\x06" + bytes(18)) == "read"


def test_onnx_is_still_read() -> None:
    assert code_of(from_text("g (float[1,3] x) => (float[1,3] y) { y = Relu(x) }")) == "read"
