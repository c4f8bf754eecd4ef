"""Headers of .gguf files, made by hand after the specification: what they say, and what is refused."""

from __future__ import annotations

import io
import struct
from pathlib import Path
from typing import Any

import pytest

from data.errors import GgufError
from data.language.gguf import HEADER_BYTES, read_gguf
from data.workers import calls
from predictors.cli.main import main


def text(value: str) -> bytes:
    return struct.pack("<Q", len(value.encode())) + value.encode()


def pair(key: str, value: Any) -> bytes:
    if isinstance(value, str):
        return text(key) + struct.pack("<I", 8) + text(value)
    if isinstance(value, list):
        body = b"".join(map(text, value))
        return text(key) + struct.pack("<IIQ", 9, 8, len(value)) + body
    return text(key) + struct.pack("<II", 4, value)


def tensor(name: str, dimensions: tuple[int, ...], kind: int) -> bytes:
    sides = struct.pack(f"<{len(dimensions)}Q", *dimensions)
    return text(name) + struct.pack("<I", len(dimensions)) + sides + struct.pack("<IQ", kind, 0)


def header(facts: dict[str, Any], tensors: list[bytes], version: int = 3) -> bytes:
    pairs = [pair(key, value) for key, value in facts.items()]
    start = b"GGUF" + struct.pack("<IQQ", version, len(tensors), len(pairs))
    return start + b"".join(pairs) + b"".join(tensors)


LLAMA = {
    "general.architecture": "llama", "general.name": "Tiny 1B", "general.file_type": 15,
    "tokenizer.ggml.tokens": ["a", "bc", "ü"],
}  # fmt: skip
TENSORS = [tensor("token_embd.weight", (2048, 1000), 14), tensor("blk.0.w", (2048, 2048), 12)]


def read(content: bytes) -> Any:
    return read_gguf(io.BytesIO(content))


def test_parameters_format_and_size_of_the_weights() -> None:
    found = read(header(LLAMA, TENSORS))
    assert (found.name, found.architecture, found.weight_format) == ("Tiny 1B", "llama", "Q4_K_M")
    assert found.params_m == pytest.approx((2_048_000 + 4_194_304) / 1e6)
    # Q6_K: 210 bytes for 256 weights; Q4_K: 144.
    assert found.weights_mb == pytest.approx((2_048_000 / 256 * 210 + 4_194_304 / 256 * 144) / 1e6)
    assert found.ends_before_weights


def test_a_type_of_tensor_that_nobody_lists_leaves_the_size_open() -> None:
    found = read(header(LLAMA, [tensor("w", (256, 4), 41)]))
    assert found.weights_mb is None
    assert found.params_m == pytest.approx(0.001024)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "GGUF_EMPTY"),
        (b"GG", "GGUF_OTHER_KIND"),
        (b"\x08\x07onnx-and-more", "GGUF_OTHER_KIND"),
        (b"GGUF", "GGUF_CUT"),
        (header(LLAMA, TENSORS, version=1), "GGUF_VERSION"),
        (header(LLAMA, TENSORS, version=0x03000000), "GGUF_VERSION"),
        (header(LLAMA, TENSORS)[:-20], "GGUF_CUT"),
        (header(LLAMA, TENSORS)[:60], "GGUF_CUT"),
        (header({"general.architecture": "clip"}, TENSORS), "GGUF_NO_LANGUAGE_MODEL"),
        (header(LLAMA | {"general.type": "adapter"}, TENSORS), "GGUF_NO_LANGUAGE_MODEL"),
        (header({}, TENSORS), "GGUF_NO_LANGUAGE_MODEL"),
        (header(LLAMA, []), "GGUF_NO_LANGUAGE_MODEL"),
        (header(LLAMA, [tensor("w", (2**40, 2**40), 0)]), "GGUF_DAMAGED"),
        (header(LLAMA, [tensor("w", (1, 1, 1, 1, 1), 0)]), "GGUF_DAMAGED"),
        (b"GGUF" + struct.pack("<IQQ", 3, 2**60, 1), "GGUF_DAMAGED"),
        (b"GGUF" + struct.pack("<IQQ", 3, 1, 1) + struct.pack("<Q", 2**62), "GGUF_DAMAGED"),
        (b"GGUF" + struct.pack("<IQQ", 3, 1, 1) + text("k") + struct.pack("<I", 99), "GGUF_DAMAGED"),
        (b"GGUF" + struct.pack("<IQQ", 3, 1, 1) + text("k") + struct.pack("<IIQ", 9, 9, 1), "GGUF_DAMAGED"),
        (
            b"GGUF" + struct.pack("<IQQ", 3, 1, 1) + text("k") + struct.pack("<IIQ", 9, 0, HEADER_BYTES),
            "GGUF_TOO_LARGE",
        ),
    ],
)  # fmt: skip
def test_what_is_no_header_is_refused_with_a_code(content: bytes, code: str) -> None:
    with pytest.raises(GgufError) as refused:
        read(content)
    assert refused.value.code == code


def test_every_cut_of_a_header_is_refused_and_never_crashes() -> None:
    whole = header(LLAMA, TENSORS)
    for end in range(4, len(whole)):
        with pytest.raises(GgufError):
            read(whole[:end])


def test_a_big_endian_file_is_said_to_be_one() -> None:
    with pytest.raises(GgufError, match="big-endian"):
        read_gguf(io.BytesIO(header(LLAMA, TENSORS, version=0x03000000)))


def test_a_worker_reads_the_header(tmp_path: Path) -> None:
    file = tmp_path / "tiny.gguf"
    file.write_bytes(header(LLAMA, TENSORS))
    assert calls.read_gguf(file, "tiny.gguf").name == "Tiny 1B"
    with pytest.raises(GgufError) as refused:
        calls.read_gguf(io.BytesIO(b"PK\x03\x04"), "x.gguf")
    assert refused.value.code == "GGUF_OTHER_KIND"


def test_the_command_takes_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "model.gguf"
    # 0.7 billion parameters in Q8_0: 744 MB, of which the file holds the header only.
    file.write_bytes(header({**LLAMA, "general.file_type": 7}, [tensor("w", (7_000, 100_000), 8)]))
    assert main(["tokens", str(file), "--device", "jetson-orin-nano", "--format-out", "json"]) == 0
    said = capsys.readouterr().out
    assert '"weight_format": "Q8_0"' in said
    assert main(["tokens", "--gguf", str(file), "--device", "jetson-orin-nano", "--format-out", "json"]) == 0
    assert capsys.readouterr().out == said
    assert main(["tokens", str(file), "--gguf", str(file), "--device", "jetson-orin-nano"]) == 2
    assert capsys.readouterr().err.startswith("OPTION_VALUE")
    file.write_bytes(b"GGUF\x03")
    assert main(["tokens", str(file), "--device", "jetson-orin-nano"]) == 2
    assert "GGUF_CUT" in capsys.readouterr().err
