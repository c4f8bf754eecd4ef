"""The one model in a zip archive, for example one that is kept beside its external weights.

Only that model is unpacked, in memory and up to a limit that counts bytes as they come: what an archive says
about its own sizes is not believed, and nothing is ever written under a name from it.
"""

from __future__ import annotations

import io
import zipfile
import zlib
from pathlib import PurePosixPath
from typing import Any

from data.budgets import ARCHIVE_UNPACKED_BYTES
from data.messages import Message
from predictors.errors import ModelError, printable
from predictors.reading.limits import Limits
from predictors.reading.prune import not_onnx

MODEL_ENDINGS = (".onnx", ".tflite", ".ort")
MOST_ENTRIES = 2_000
"""Entries of an archive; a model with its weights in a file each has some hundred."""
UNPACKED_BYTES = ARCHIVE_UNPACKED_BYTES
_PIECE_BYTES = 2**20  # unpacked at a time
_ENCRYPTED = 1


def is_archive(view: memoryview) -> bool:
    """Whether a file starts like a zip archive."""
    return bytes(view[:4]) == b"PK\x03\x04"


def model_in_archive(view: memoryview, limits: Limits) -> bytearray:
    """The content of the only model in an archive.

    Raises ModelError: MODEL_ARCHIVE for paths that leave the archive, several models, or more than may be
    unpacked; MODEL_NOT_ONNX where there is no model; MODEL_TRUNCATED for a damaged archive.
    """
    try:
        with zipfile.ZipFile(_ViewFile(view)) as archive:
            return _content(archive, _only_model(archive.infolist(), limits))
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, ValueError) as error:
        raise not_onnx(Message("it looks like a damaged zip archive; make or fetch it again")) from error


def _only_model(entries: list[zipfile.ZipInfo], limits: Limits) -> zipfile.ZipInfo:
    if len(entries) > MOST_ENTRIES:
        raise _refused(
            Message("holds {found:,} files; the most is {most:,}", found=len(entries), most=MOST_ENTRIES)
        )
    for entry in entries:
        if _leaves(entry.filename):
            raise _refused(
                Message("holds a file whose path leaves it ({name})", name=printable(entry.filename, 60))
            )
    size = sum(entry.file_size for entry in entries)
    if size > limits.file_bytes:
        raise _refused(
            Message("unpacks to {size:,} bytes; the most is {most:,}", size=size, most=limits.file_bytes)
        )
    models = [entry for entry in entries if PurePosixPath(entry.filename).suffix.lower() in MODEL_ENDINGS]
    models = [entry for entry in models if not entry.filename.startswith("__MACOSX/")]
    if not models:
        raise not_onnx(Message("it looks like a zip archive without an .onnx or .tflite file"))
    if len(models) > 1:
        names = ", ".join(printable(entry.filename, 40) for entry in models[:3])
        raise _refused(Message("holds {found:,} models ({names}, …)", found=len(models), names=names))
    return models[0]


def _leaves(name: str) -> bool:
    """Whether a path leads outside the archive, on any system."""
    plain = name.replace("\\", "/")
    return plain.startswith("/") or ".." in plain.split("/") or ":" in plain.split("/", 1)[0]


def _content(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytearray:
    if entry.flag_bits & _ENCRYPTED:
        raise _refused(Message("is locked with a password"))
    too_large = _refused(Message("holds a model of more than {most:,} bytes unpacked", most=UNPACKED_BYTES))
    if entry.file_size > UNPACKED_BYTES:  # size as the archive states it; the real one is counted below
        raise too_large
    content = bytearray()
    with archive.open(entry) as file:
        while piece := file.read(_PIECE_BYTES):
            content += piece
            if len(content) > UNPACKED_BYTES:
                raise too_large
    return content


def _refused(what: Message) -> ModelError:
    return ModelError(
        "MODEL_ARCHIVE",
        "The zip archive {what}. Unpack it and give the one .onnx or .tflite file; its weights are not "
        "needed.",
        what=what,
    )


class _ViewFile(io.RawIOBase):
    """Bytes that are there already, as a file: nothing is copied but what is read."""

    def __init__(self, view: memoryview) -> None:
        self._view = view
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: len(self._view)}[whence]
        self._at = max(0, start + offset)
        return self._at

    def tell(self) -> int:
        return self._at

    def readinto(self, buffer: Any) -> int:
        target = memoryview(buffer).cast("B")
        piece = self._view[self._at : self._at + len(target)]
        target[: len(piece)] = piece
        self._at += len(piece)
        return len(piece)
