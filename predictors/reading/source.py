"""From a path or bytes to a view of the file's bytes, without reading more of it than needed."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, replace
from io import BufferedReader
from pathlib import Path
from typing import IO, TypeAlias

from data.budgets import CLOCK_PER_CPU, MODEL
from data.errors import WorkError
from data.messages import Message, unpacked
from data.regular_files import NoRegularFile, open_file
from data.workers.process import End, WorkerProcess
from data.workers.scratch import copied
from data.workers.waiting_line import Attend, nobody
from predictors.errors import ModelError, printable
from predictors.reading.archive import is_archive
from predictors.reading.file_kind import foreign, kind_by_ending
from predictors.reading.flat_tables import is_ort
from predictors.reading.limits import DEFAULT_LIMITS, Limits
from predictors.reading.prune_file import prune_view

Source: TypeAlias = bytes | bytearray | memoryview | Path
Digest: TypeAlias = Callable[[], str]
PIECE_BYTES = 32 * 1024 * 1024  # read at a time, so that a large file is never whole in memory
IN_MEMORY_BYTES = 64 * 1024 * 1024
"""Files up to this size are read at once: quicker than starting a process for them."""
PRUNE_CPU_S = 20
"""Processor time (s) to leave the weights out: the walk over two gigabytes takes a tenth of it."""

QUICK_FIELDS = 100_000
"""Records walked over in this process, which takes 0.2 s; real networks have fewer."""


@contextmanager
def pruned_source(
    source: Source, limits: Limits = DEFAULT_LIMITS, attend: Attend | None = None, name: str = ""
) -> Iterator[tuple[bytes, Digest]]:
    """The model without its weights, and a call that waits for the SHA-256 of the whole file (hexadecimal).

    Hashing a large file takes longer than anything else, so it runs beside the walk and what follows. A large
    file is walked by a process of its own (`prune_large`) and hashed through a small buffer: neither keeps it
    in memory. With `attend`, which is called meanwhile, the same goes for what takes long or unpacks to more
    than was sent: archives, .ort files, and files of very many records. `name`: of a file given as bytes, for
    an error that says what kind of file it is where the bytes don't. Raises ModelError for what is empty,
    too large, not a regular file, changed while it was read, or no sound file of a format that is read.
    """
    if not isinstance(source, Path):
        view = memoryview(source).cast("B")
        _check_size(len(view), limits)
        with _told_by(name):
            pruned = _pruned(view, limits, attend)
        yield pruned, lambda: hashlib.sha256(view).hexdigest()
        return
    with _regular_file(source) as file:
        size = os.fstat(file.fileno()).st_size
        _check_size(size, limits)
        if size <= IN_MEMORY_BYTES:
            content = file.read()
            with _told_by(source.name):
                pruned = _pruned(memoryview(content), limits, attend)
            yield pruned, lambda: hashlib.sha256(content).hexdigest()
            return
        with ThreadPoolExecutor(1) as pool:
            digest = pool.submit(_sha256, file)
            with _told_by(source.name):
                pruned = _prune_large(file, limits, attend or nobody)
            yield pruned, digest.result


@contextmanager
def _told_by(name: str) -> Iterator[None]:
    """Around pruning: an error says what kind of file it is, where only its name tells."""
    try:
        yield
    except ModelError as error:
        kind = kind_by_ending(error, name)
        if kind is None:
            raise
        # An error that a name here stood for would hold the file's bytes until the next collection.
        raise foreign(kind) from error


def _pruned(view: memoryview, limits: Limits, attend: Attend | None) -> bytes:
    if attend is None:
        return prune_view(view, limits)
    if not (is_archive(view) or is_ort(view)):
        try:
            return prune_view(view, replace(limits, fields=min(limits.fields, QUICK_FIELDS)))
        except ModelError as error:
            if error.code != "MODEL_TOO_COMPLEX":
                raise
    with copied([view]) as copy:
        return _prune_large(copy, limits, attend)


def _prune_large(file: IO[bytes], limits: Limits, attend: Attend) -> bytes:
    """The model in an open file without its weights; raises ModelError, also where the file changed.

    A mapped file that somebody shortens ends the process that reads it, so that process is not this one.
    """
    number = file.fileno()
    worker = WorkerProcess(
        "predictors.reading.prune_worker",
        [str(number), json.dumps(asdict(limits)), str(PRUNE_CPU_S)],
        [number],
    )
    try:
        answer = worker.exchange([], PRUNE_CPU_S, attend)
    finally:
        worker.close()
    if answer is End.CPU or answer is End.CLOCK:
        raise timed_out(answer, PRUNE_CPU_S)
    if not isinstance(answer, bytes):
        raise ModelError(
            "MODEL_READER_CRASHED",
            "The reader stopped unexpectedly on this file; nothing else is affected. The file was probably "
            "shortened or replaced while it was read: try again once it is written completely.",
        )
    if answer[:1] == b"M":
        raise out_of_memory(MODEL.memory_mb)
    if answer[:1] == b"E":
        code, message = json.loads(answer[1:])
        raise ModelError(code, unpacked(message))
    return answer[1:]


def timed_out(end: End, timeout_s: float) -> ModelError | WorkError:
    """The error of a reader that used up its processor time (s), or was given none for long (`BUSY`)."""
    if end is End.CLOCK:
        return WorkError(
            "BUSY",
            "The machine is too busy: the model was not read within {clock_s:,.0f} s. Try again later.",
            clock_s=timeout_s * CLOCK_PER_CPU,
        )
    return ModelError(
        "MODEL_READER_TIMEOUT",
        "Reading the model took longer than {timeout_s:g} s and was stopped. Real networks take a "
        "fraction of that: check how the file was made, or split the model.",
        timeout_s=timeout_s,
    )


def out_of_memory(memory_mb: int) -> ModelError:
    """The error of a reader that needed more memory (MB) than it may."""
    return ModelError(
        "MODEL_READER_MEMORY",
        "Reading the model needed more than {memory_mb} MB and was stopped. Weights don't count towards "
        "that: check how the file was made, or split the model.",
        memory_mb=memory_mb,
    )


def _sha256(file: BufferedReader) -> str:
    """The checksum of a whole file (hexadecimal).

    In large pieces: after each one this thread waits for its turn, several milliseconds while others compute.
    """
    found, buffer = hashlib.sha256(), memoryview(bytearray(min(PIECE_BYTES, os.fstat(file.fileno()).st_size)))
    while size := file.readinto(buffer):
        found.update(buffer[:size])
    return found.hexdigest()


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
        file = open_file(path)
    except NoRegularFile as error:
        refused = _unreadable(path, Message("is a folder, device or pipe, not a file"))
        kind = kind_by_ending(refused, path.name) if path.is_dir() else None
        raise (refused if kind is None else foreign(kind)) from error
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise _unreadable(path, Message("can't be opened ({reason})", reason=reason)) from error
    with file:
        yield file


def _unreadable(path: Path, reason: str) -> ModelError:
    return ModelError(
        "MODEL_FILE",
        "{path} {reason}. Give the path of an .onnx or .tflite file.",
        path=printable(str(path)),
        reason=reason,
    )
