"""From a path or bytes to a view of the file's bytes, without reading more of it than needed."""

from __future__ import annotations

import hashlib
import mmap
import os
import stat
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from io import BufferedReader
from pathlib import Path
from typing import TypeAlias

from data.messages import Message
from predictors.errors import ModelError, printable
from predictors.reading.archive import is_archive, model_in_archive
from predictors.reading.file_kind import refuse_foreign
from predictors.reading.limits import DEFAULT_LIMITS, Limits
from predictors.reading.prune import prune
from predictors.reading.tflite.pruning import is_tflite, prune_tflite

Source: TypeAlias = bytes | bytearray | memoryview | Path
Digest: TypeAlias = Callable[[], str]
PIECE_BYTES = 32 * 1024 * 1024


@contextmanager
def pruned_source(source: Source, limits: Limits = DEFAULT_LIMITS) -> Iterator[tuple[bytes, Digest]]:
    """The model without its weights, and a call that waits for the SHA-256 of the whole file (hexadecimal).

    Hashing a large file takes longer than anything else, so it runs beside the walk and what follows. A path
    is mapped for the walk and read through a small buffer for the hash: neither keeps the file in memory.
    Raises ModelError for what is empty, too large, not a regular file, or no sound file of a
    format that is read.
    """
    if not isinstance(source, Path):
        view = memoryview(source).cast("B")
        _check_size(len(view), limits)
        refuse_foreign(view)
        yield _pruned(view, limits, _nothing), lambda: hashlib.sha256(view).hexdigest()
        return
    with _regular_file(source) as file:
        size = os.fstat(file.fileno()).st_size
        _check_size(size, limits)
        if size == 0:
            refuse_foreign(memoryview(b""))
        with (
            mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped,
            memoryview(mapped) as view,
            ThreadPoolExecutor(1) as pool,
        ):
            refuse_foreign(view)
            digest = pool.submit(_sha256, file)
            # Touched pages count as ours, up to two megabytes at a time.
            pruned = _pruned(view, limits, lambda: _forget_pages(mapped))
            yield pruned, digest.result


def _pruned(view: memoryview, limits: Limits, release: Callable[[], None]) -> bytes:
    if is_archive(view):
        view, release = memoryview(model_in_archive(view, limits)), _nothing
        refuse_foreign(view)
    return prune_tflite(view, limits) if is_tflite(view) else prune(view, limits, release)


def _nothing() -> None:
    return None


def _sha256(file: BufferedReader) -> str:
    """The checksum of a whole file (hexadecimal).

    In large pieces: after each one this thread waits for its turn, several milliseconds while others compute.
    """
    found, buffer = hashlib.sha256(), memoryview(bytearray(min(PIECE_BYTES, os.fstat(file.fileno()).st_size)))
    while size := file.readinto(buffer):
        found.update(buffer[:size])
    return found.hexdigest()


def _forget_pages(mapped: mmap.mmap) -> None:
    if hasattr(mmap, "MADV_DONTNEED"):
        mapped.madvise(mmap.MADV_DONTNEED)


def _check_size(size: int, limits: Limits) -> None:
    if size > limits.file_bytes:
        raise ModelError(
            "MODEL_TOO_LARGE",
            "The file has {size:,} bytes; the limit is {limit:,} ({limit_mb:,.0f} MB). Weights "
            "are not needed for an estimate: save the model with external data (onnx.save(..., "
            "save_as_external_data=True)) and use the small .onnx file alone.",
            size=size,
            limit=limits.file_bytes,
            limit_mb=limits.file_bytes / 1e6,
        )


@contextmanager
def _regular_file(path: Path) -> Iterator[BufferedReader]:
    """The file opened for reading. Folders, devices and pipes are refused without reading from them."""
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise _unreadable(path, Message("is a folder, device or pipe, not a file"))
        # O_NONBLOCK: should the path have become a pipe since, opening it must not wait.
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0))
        file = os.fdopen(descriptor, "rb")
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise _unreadable(path, Message("can't be opened ({reason})", reason=reason)) from error
    with file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise _unreadable(path, Message("is a folder, device or pipe, not a file"))
        yield file


def _unreadable(path: Path, reason: str) -> ModelError:
    return ModelError(
        "MODEL_FILE",
        "{path} {reason}. Give the path of an .onnx or .tflite file.",
        path=printable(str(path)),
        reason=reason,
    )
