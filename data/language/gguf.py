"""What the header of a GGUF file says about a language model: name, parameters, format and size of weights.

Only the header is read, never the weights: key-value pairs and the list of tensors, as the GGUF
specification (version 2 and 3, little-endian) lays them out. Every length is checked against the budget
before anything of that length is read.
"""

from __future__ import annotations

import math
import os
import struct
from dataclasses import dataclass
from typing import IO, Any, Final

from data.errors import GgufError

HEADER_BYTES: Final = 64_000_000
"""Most bytes of a header; a vocabulary of 262,000 tokens with its merges takes 14 MB."""
MOST_ENTRIES: Final = 100_000
"""Most key-value pairs, and most tensors: a model of 128 layers with 256 experts has 35,000."""
MOST_DIMENSIONS: Final = 4  # GGML_MAX_DIMS of llama.cpp
NAME_BYTES: Final = 65_536  # names have tens of bytes; a longer one is damage
_MAGIC: Final = b"GGUF"
_VERSIONS: Final = (2, 3)
_STRING, _ARRAY = 8, 9
_SCALARS: Final = {
    0: "<B", 1: "<b", 2: "<H", 3: "<h", 4: "<I", 5: "<i", 6: "<f", 7: "<?", 10: "<Q", 11: "<q", 12: "<d",
}  # fmt: skip
_BLOCKS: Final = {
    0: (1, 4), 1: (1, 2), 2: (32, 18), 3: (32, 20), 6: (32, 22), 7: (32, 24), 8: (32, 34), 9: (32, 36),
    10: (256, 84), 11: (256, 110), 12: (256, 144), 13: (256, 176), 14: (256, 210), 15: (256, 292),
    16: (256, 66), 17: (256, 74), 18: (256, 98), 19: (256, 50), 20: (32, 18), 21: (256, 110), 22: (256, 82),
    23: (256, 136), 24: (1, 1), 25: (1, 2), 26: (1, 4), 27: (1, 8), 28: (1, 8), 29: (256, 56), 30: (1, 2),
    34: (256, 54), 35: (256, 66),
}  # fmt: skip
"""Type of a tensor -> weights of a block and its bytes (ggml's own table)."""
_FORMATS: Final = {
    0: "F32", 1: "F16", 2: "Q4_0", 3: "Q4_1", 7: "Q8_0", 8: "Q5_0", 9: "Q5_1", 10: "Q2_K", 11: "Q3_K_S",
    12: "Q3_K_M", 13: "Q3_K_L", 14: "Q4_K_S", 15: "Q4_K_M", 16: "Q5_K_S", 17: "Q5_K_M", 18: "Q6_K",
    19: "IQ2_XXS", 20: "IQ2_XS", 21: "Q2_K_S", 22: "IQ3_XS", 23: "IQ3_XXS", 24: "IQ1_S", 25: "IQ4_NL",
    26: "IQ3_S", 27: "IQ3_M", 28: "IQ2_S", 29: "IQ2_M", 30: "IQ4_XS", 31: "IQ1_M", 32: "BF16", 36: "TQ1_0",
    37: "TQ2_0",
}  # fmt: skip
"""`general.file_type` -> the format's name, as llama.cpp writes it."""
_NO_LANGUAGE_MODELS: Final = frozenset({"clip", "whisper", "sd", "flux", "wan"})
_KEPT: Final = frozenset({"general.architecture", "general.name", "general.type", "general.file_type"})


@dataclass(frozen=True, slots=True)
class GgufHeader:
    """A language model by its file's header.

    `params_m`: million weights, all tensors added; `weights_mb`: their size as stored, None where a tensor's
    type is not in ggml's table; `weight_format` "" where the header does not name one.
    """

    name: str
    architecture: str
    params_m: float
    weights_mb: float | None
    weight_format: str
    tensors: int
    ends_before_weights: bool


def read_gguf(file: IO[bytes]) -> GgufHeader:
    """Read the header of an open file.

    Raises GgufError: `GGUF_EMPTY`, `GGUF_OTHER_KIND`, `GGUF_VERSION`, `GGUF_CUT`, `GGUF_TOO_LARGE`,
    `GGUF_DAMAGED`, `GGUF_NO_LANGUAGE_MODEL`.
    """
    size = file.seek(0, os.SEEK_END)
    file.seek(0)
    reader = _Reader(file, size)
    _check_kind(file.read(4), size)
    version = reader.number("<I")
    if int.from_bytes(version.to_bytes(4, "little"), "big") in _VERSIONS:
        raise GgufError(
            "GGUF_VERSION",
            "The file is written for big-endian processors; little-endian files are read. Choose the usual "
            "one.",
        )
    if version not in _VERSIONS:
        raise GgufError(
            "GGUF_VERSION",
            "The file is GGUF version {version:,}; versions 2 and 3 are read. Convert it with a llama.cpp "
            "of today.",
            version=version,
        )
    tensors, pairs = reader.number("<Q"), reader.number("<Q")
    if max(tensors, pairs) > MOST_ENTRIES:
        raise _damaged()
    facts = _facts(reader, pairs)
    _check_language_model(facts, tensors)
    weights, stored = _weights(reader, tensors)
    file_type = facts.get("general.file_type")
    return GgufHeader(
        name=str(facts.get("general.name", "")),
        architecture=str(facts["general.architecture"]),
        params_m=weights / 1e6,
        weights_mb=None if stored is None else stored / 1e6,
        weight_format=_FORMATS.get(file_type, "") if isinstance(file_type, int) else "",
        tensors=tensors,
        ends_before_weights=stored is not None and size < file.tell() + stored,
    )


class _Reader:
    """Numbers and texts from a file, never past the budget."""

    def __init__(self, file: IO[bytes], size: int) -> None:
        self._file = file
        self._size = size

    def take(self, count: int) -> bytes:
        """The next bytes, all of them."""
        self._check(count)
        return self._file.read(count)

    def skip(self, count: int) -> None:
        """Step over bytes without keeping them."""
        self._check(count)
        self._file.seek(count, os.SEEK_CUR)

    def number(self, layout: str) -> Any:
        """One number."""
        return struct.unpack(layout, self.take(struct.calcsize(layout)))[0]

    def text(self) -> str:
        """A text with its length before it."""
        length = self.number("<Q")
        if length > NAME_BYTES:
            raise _damaged()
        return self.take(length).decode("utf-8", "replace")

    def skip_text(self) -> None:
        """Step over a text."""
        self.skip(self.number("<Q"))

    def _check(self, count: int) -> None:
        if self._file.tell() + count > HEADER_BYTES:
            raise GgufError(
                "GGUF_TOO_LARGE",
                "The header is longer than {most_mb:.0f} MB, which no language model's is. Check the file.",
                most_mb=HEADER_BYTES / 1e6,
            )
        if self._file.tell() + count > self._size:
            raise _cut()


def _check_kind(magic: bytes, size: int) -> None:
    if not size:
        raise GgufError("GGUF_EMPTY", "The file is empty. Choose a .gguf file.")
    if magic != _MAGIC:
        raise GgufError(
            "GGUF_OTHER_KIND",
            "This is no GGUF file: it does not begin with GGUF. Choose the .gguf file that llama.cpp runs.",
        )


def _facts(reader: _Reader, pairs: int) -> dict[str, Any]:
    facts: dict[str, Any] = {}
    for _ in range(pairs):
        key, kind = reader.text(), reader.number("<I")
        value = _value(reader, kind)
        if key in _KEPT:
            facts[key] = value
    return facts


def _value(reader: _Reader, kind: int) -> Any:
    """A scalar or a text; of a list nothing is kept."""
    if kind == _STRING:
        return _short_text(reader)
    if kind == _ARRAY:
        return _skip_list(reader)
    if kind not in _SCALARS:
        raise _damaged()
    return reader.number(_SCALARS[kind])


def _short_text(reader: _Reader) -> str:
    """A text; one as long as a chat template is stepped over."""
    length = reader.number("<Q")
    if length > NAME_BYTES:
        reader.skip(length)
        return ""
    return reader.take(length).decode("utf-8", "replace")


def _skip_list(reader: _Reader) -> None:
    kind, length = reader.number("<I"), reader.number("<Q")
    if kind == _STRING:
        for _ in range(length):
            reader.skip_text()
    elif kind in _SCALARS:
        reader.skip(length * struct.calcsize(_SCALARS[kind]))
    else:  # lists of lists are in the specification, and in no language model
        raise _damaged()


def _check_language_model(facts: dict[str, Any], tensors: int) -> None:
    architecture = str(facts.get("general.architecture", ""))
    kind = str(facts.get("general.type", "model"))
    if not architecture or not tensors or architecture in _NO_LANGUAGE_MODELS or kind != "model":
        raise GgufError(
            "GGUF_NO_LANGUAGE_MODEL",
            "The file holds no language model (architecture {architecture!r}, type {kind!r}). Choose the "
            "file with the model itself.",
            architecture=architecture[:40],
            kind=kind[:40],
        )


def _weights(reader: _Reader, tensors: int) -> tuple[int, int | None]:
    """Weights of all tensors, and their bytes as stored."""
    weights, stored, is_known = 0, 0, True
    for _ in range(tensors):
        reader.skip_text()
        dimensions = reader.number("<I")
        if not 0 < dimensions <= MOST_DIMENSIONS:
            raise _damaged()
        count = math.prod(reader.number("<Q") for _ in range(dimensions))
        kind = reader.number("<I")
        reader.skip(8)  # where its data lie
        block, size = _BLOCKS.get(kind, (1, 0))
        is_known = is_known and kind in _BLOCKS
        weights += count
        stored += -(-count // block) * size
    if not 0 < weights < 10**15:
        raise _damaged()
    return weights, stored if is_known else None


def _cut() -> GgufError:
    return GgufError(
        "GGUF_CUT",
        "The file ends within its header, so what it holds is not known. Download it again, or send more of "
        "its beginning.",
    )


def _damaged() -> GgufError:
    return GgufError(
        "GGUF_DAMAGED",
        "The header of this file contradicts itself. Download it again, or give parameters, format and "
        "megabytes instead.",
    )
