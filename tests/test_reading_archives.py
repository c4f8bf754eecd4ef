"""A zip archive as a model: the one model in it is read, anything else is refused with a code."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from predictors.errors import ModelError
from predictors.reading import archive, prune_file, read_isolated, read_model
from predictors.reading import source as source_module
from predictors.reading.isolated import prune_isolated
from reading_support import code_of, from_text
from tflite_support import build, small_network

NETWORK = build(small_network())


def zipped(**files: bytes) -> bytes:
    """An archive; `__` in a name stands for a dot, `_in_` for a slash."""
    return zipped_as({name.replace("_in_", "/").replace("__", "."): one for name, one in files.items()})


def zipped_as(files: dict[str, bytes], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", compression) as made:
        for name, content in files.items():
            made.writestr(name, content)
    return out.getvalue()


def test_model_beside_its_weights_is_read(tmp_path: Path) -> None:
    onnx = from_text("g (float[1,3] x) => (float[1,3] y) { y = Relu(x) }")
    content = zipped(net_in_model__onnx=onnx, net_in_model__onnx__data=bytes(100_000))
    graph = read_model(content)
    assert [node.op for node in graph.nodes] == ["Relu"]
    path = tmp_path / "model.zip"
    path.write_bytes(content)
    assert read_model(path) == graph


def test_tensorflow_lite_in_an_archive_is_read() -> None:
    assert read_model(zipped(model__tflite=NETWORK)).params == 122


@pytest.mark.parametrize(
    "name",
    ["../model.tflite", "/etc/model.tflite", "a/../../model.tflite", "C:\\model.tflite", "..\\m.tflite"],
)
def test_paths_that_leave_the_archive(name: str) -> None:
    assert code_of(zipped_as({name: NETWORK})) == "MODEL_ARCHIVE"


def test_ten_models() -> None:
    assert code_of(zipped_as({f"{place}.tflite": NETWORK for place in range(10)})) == "MODEL_ARCHIVE"


def test_archive_without_a_model() -> None:
    assert code_of(zipped(readme__txt=b"hello")) == "MODEL_NOT_ONNX"


def test_archive_that_says_it_unpacks_to_gigabytes() -> None:
    content = bytearray(zipped(model__tflite=NETWORK, weights__bin=bytes(1000)))
    entry = content.rindex(b"PK\x01\x02")
    struct.pack_into("<I", content, entry + 24, 2**32 - 2)
    assert code_of(bytes(content)) == "MODEL_ARCHIVE"


def test_model_that_unpacks_to_more_than_is_held(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "UNPACKED_BYTES", 2**20)
    assert code_of(zipped(model__tflite=NETWORK + bytes(5 * 2**20))) == "MODEL_ARCHIVE"


@pytest.mark.slow
def test_nothing_is_unpacked_or_walked_for_long_in_the_process_of_the_server(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A quarter of a megabyte unpacked to 480 MB there, for everybody who sent one, before any door."""

    def here(*_: object) -> bytearray:
        raise AssertionError("unpacked here")

    monkeypatch.setattr(prune_file, "model_in_archive", here)
    bomb = zipped(model__onnx=b"\x32\x80\x80\x80\x40" + bytes(100 * 2**20))
    place = tmp_path / "bomb.zip"
    place.write_bytes(bomb)
    for source in (bomb, place):
        with pytest.raises(ModelError) as refused:
            read_isolated(source)
        assert refused.value.code in {"MODEL_NOT_ONNX", "MODEL_TRUNCATED"}
    assert read_isolated(zipped(model__tflite=NETWORK)).params == 122
    # Of very many records the first ones are walked here, then a worker begins anew.
    monkeypatch.setattr(source_module, "QUICK_FIELDS", 3)
    onnx = from_text("g (float[1,3] x) => (float[1,3] y) { y = Relu(x) }")
    with count_calls(monkeypatch) as started:
        assert read_isolated(onnx) == read_model(onnx)
        pruned, sha256 = prune_isolated(memoryview(onnx))
    assert started == [1, 1]
    assert (len(pruned), len(sha256)) == (len(onnx), 64)


@contextmanager
def count_calls(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """Notes each walk that a worker does."""
    calls: list[int] = []
    apart = source_module._prune_large

    def noted(*given: Any) -> bytes:
        calls.append(1)
        return apart(*given)

    monkeypatch.setattr(source_module, "_prune_large", noted)
    yield calls


def test_size_that_an_archive_states_is_not_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "UNPACKED_BYTES", 2**20)
    content = bytearray(zipped(model__tflite=NETWORK + bytes(5 * 2**20)))
    for signature, offset in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        struct.pack_into("<I", content, content.rindex(signature) + offset, 1000)
    assert code_of(bytes(content)) != "read"


def test_damaged_archive() -> None:
    whole = zipped(model__tflite=NETWORK)
    for end in (10, 40, len(whole) // 2, len(whole) - 5):
        assert code_of(whole[:end]) == "MODEL_NOT_ONNX"


def test_archive_in_an_archive() -> None:
    assert code_of(zipped(model__onnx=zipped(model__onnx=NETWORK))) == "MODEL_NOT_ONNX"


@pytest.mark.parametrize(
    ("content", "helps"),
    [
        (zipped_as({"m/serialized_exported_program.json": b"{}"}), "torch.export.load"),
        (zipped_as({"m.mlpackage/Data/com.apple.CoreML/model.mlmodel": b""}), "torch.onnx.export"),
        (b"\x20\x00\x00\x00ET12" + bytes(60), "torch.onnx.export"),
        (b"ftrt" + bytes(60), "trtexec"),
        (b'<?xml version="1.0"?>\n<net name="n" version="11">', "ovc"),
    ],
)
def test_other_formats_are_named_with_a_command(content: bytes, helps: str) -> None:
    with pytest.raises(ModelError) as raised:
        read_model(content)
    assert raised.value.code == "MODEL_NOT_ONNX"
    assert helps in raised.value.message


def test_file_optimised_for_one_processor_is_named() -> None:
    from onnx import helper

    from predictors import estimate_model
    from reading_support import from_nodes

    node = helper.make_node("Conv", ["x", "w"], ["y"], domain="com.microsoft.nchwc")
    source = from_nodes([node], {"x": [1, 8, 8, 8]}, {"w": [8, 8, 3, 3]})
    report = estimate_model(source, device="raspberry-pi-4", delegate="tflite-ruy")
    assert [each.reason.code for each in report.not_estimated] == ["MODEL_OPTIMISED"]


COMPILED = {
    "model.pte": b"\x20\0\0\0ET12",
    "model.engine": b"ftrt\0\0",
    "model.rknn": b"RKNN\0",
    "model.hef": b"\x01HEF\0",
    "model.kmodel": b"LDMK\0",
    "model.om": b"IMOD\0",
    "model.param": b"7767517\n75 83\n",
    "model.gguf": b"GGUF\x03",
    "model.h5": b"\x89HDF\r\n\x1a\n",
    "model.safetensors": b'\x40\0\0\0\0\0\0\0{"a":',
    "model.pth": b"\x80\x02}q\x01",
    "model.xml": b'<?xml version="1.0"?><net name="m" version="11">',
    "saved_model.pb": b"\x08\x01\x12\x90\x01\x0a\x40\x12\x3e\x0a\x05serve",
    "model.mlmodel": b"\x08\x04\x12\x2a\x0a\x28\x0a\x05image\x12",
    "model.pt2": zipped(archive_format=b"pt2"),
    "model.keras": zipped(model__weights__h5=b"x"),
    "model.mlpackage": zipped(Data__model__mlmodel=b"x"),
    "model.dlc": zipped(dlc__metadata=b"x"),
}
"""Head of a file of each format, as its own tools write it."""


@pytest.mark.parametrize("name", COMPILED)
def test_formats_of_one_processor_or_framework_are_named_with_one_command(name: str) -> None:
    """By their bytes, whatever the file is called: one command in the message, and no general advice."""
    with pytest.raises(ModelError) as caught:
        prune_isolated(COMPILED[name])
    assert caught.value.code == "MODEL_NOT_ONNX"
    assert "`" in caught.value.message and "your framework" not in caught.value.message


@pytest.mark.parametrize("name", ["weights.bin", "net.mnn", "net.PDMODEL", "old.caffemodel", "net.om"])
def test_where_bytes_say_nothing_the_name_does(name: str, tmp_path: Path) -> None:
    for content in (bytes(range(7, 200)), b"some text"):
        with pytest.raises(ModelError) as caught:
            prune_isolated(content, name=name)
        assert (caught.value.code, "`" in caught.value.message) == ("MODEL_NOT_ONNX", True)
        (tmp_path / name).write_bytes(content)
        with pytest.raises(ModelError, match="`"):
            read_model(tmp_path / name)
    folder = tmp_path / "net.mlpackage"
    folder.mkdir()
    with pytest.raises(ModelError, match="Core ML"):
        read_model(folder)


def test_the_bytes_of_a_refused_file_are_let_go_at_once() -> None:
    """An uploaded file is closed after reading, which fails while anything still looks at its bytes."""
    for name in ("cut.tflite", "cut.bin"):
        held = io.BytesIO(NETWORK[:200])
        with held.getbuffer() as content, suppress(ModelError):
            prune_isolated(content, name=name)
        held.close()


def test_a_name_does_not_hide_what_the_bytes_say() -> None:
    with pytest.raises(ModelError, match="PNG"):
        prune_isolated(b"\x89PNG" + bytes(40), name="model.bin")
    assert prune_isolated(NETWORK, name="model.bin")[0]
