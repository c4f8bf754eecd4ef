"""Reading a model in a process of its own, so that a hostile file can neither stall nor exhaust this one.

The weights are left out here, by code that only walks over bytes within limits; what parses the rest runs
in a worker that may not open files, has little memory and little time, and is killed when it exceeds them.
"""

from __future__ import annotations

import atexit
import json
import threading
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from data.budgets import MODEL, WORKERS_AT_ONCE
from data.messages import unpacked
from data.workers.process import START_S, End, WorkerProcess
from data.workers.waiting_line import LINE, Attend, nobody
from predictors.errors import ModelError
from predictors.model.graph import Graph
from predictors.reading.given_shapes import given_shapes
from predictors.reading.graph_json import from_json
from predictors.reading.source import out_of_memory, pruned_source, timed_out

TIMEOUT_S = float(MODEL.cpu_s)
"""Processor time for one model (s); the slowest real network met takes a tenth of it."""
MEMORY_MB = MODEL.memory_mb
"""Address space of a worker; Python with onnx and a usual network take less than 300 MB of it."""

_MODELS_PER_WORKER = 200  # then a fresh process, so that leaks of libraries end
_IDLE_WORKERS = WORKERS_AT_ONCE


class _Worker:
    """One worker process. Not for two threads at a time."""

    def __init__(self, memory_mb: int, timeout_s: float) -> None:
        self.memory_mb = memory_mb
        self.timeout_s = timeout_s
        self.served = 0
        limits = (str(memory_mb), str(int(timeout_s) + 1))
        self.process = WorkerProcess("predictors.reading.worker", limits)
        self._ready = False

    def wait_until_ready(self, attend: Attend = nobody) -> None:
        """Wait for the process to have given up its rights. Raises ModelError if it does not come to that.

        Apart from the start, so that whoever starts a worker ahead of time can do something else meanwhile.
        """
        if not self._ready:
            self._ready = self.process.exchange([], START_S, attend) == b"ready"
        if not self._ready:
            self.close()
            raise _crashed()

    def read(self, pruned: bytes, shapes: Mapping[str, tuple[int, ...]], attend: Attend = nobody) -> Graph:
        """The graph in a pruned model. Raises ModelError; after anything but its own, the worker is gone."""
        self.wait_until_ready(attend)
        self.served += 1
        header = json.dumps({name: list(one) for name, one in shapes.items()})
        answer = self.process.exchange([header.encode(), pruned], self.timeout_s, attend)
        if isinstance(answer, End):
            raise _crashed() if answer is End.CRASH else timed_out(answer, self.timeout_s)
        kind, content = answer[:1], answer[1:]
        if kind == b"E":
            code, message = json.loads(content)
            raise ModelError(code, unpacked(message))
        if kind == b"M":
            self.close()
            raise out_of_memory(self.memory_mb)
        return from_json(content)

    @property
    def usable(self) -> bool:
        """Whether another model may be given to it."""
        return self.process.is_running and self.served < _MODELS_PER_WORKER

    def close(self) -> None:
        """End the process."""
        self.process.close()


class _Pool:
    """A few idle workers kept warm; more are started when all are busy, and ended afterwards."""

    def __init__(self) -> None:
        self._idle: list[_Worker] = []
        self._lock = threading.Lock()

    def take(self, memory_mb: int, timeout_s: float) -> _Worker:
        """A warm worker with these limits, or a new one."""
        with self._lock:
            for worker in self._idle:
                if (worker.memory_mb, worker.timeout_s) == (memory_mb, timeout_s):
                    self._idle.remove(worker)
                    if worker.usable:
                        return worker
                    worker.close()
                    break
        return _Worker(memory_mb, timeout_s)

    def start(self, memory_mb: int, timeout_s: float) -> None:
        """Have at least one idle worker."""
        with self._lock:
            if not self._idle:
                self._idle.append(_Worker(memory_mb, timeout_s))

    def give_back(self, worker: _Worker) -> None:
        """Keep a worker for the next model if it is sound and there is room."""
        with self._lock:
            if worker.usable and len(self._idle) < _IDLE_WORKERS:
                self._idle.append(worker)
                return
        worker.close()

    def close(self) -> None:
        """End all idle workers."""
        with self._lock:
            workers, self._idle = self._idle, []
        for worker in workers:
            worker.close()


_POOL = _Pool()
atexit.register(_POOL.close)


def read_isolated(
    source: bytes | memoryview | Path,
    *,
    shapes: Mapping[str, tuple[int, ...]] | None = None,
    timeout_s: float = TIMEOUT_S,
    memory_mb: int = MEMORY_MB,
    attend: Attend = nobody,
) -> Graph:
    """What `read_model` returns, read in a worker process with limits on processor time (s) and memory
    (MB). It waits for a place in the line before all workers.

    Raises ModelError as `read_model` does, and MODEL_READER_TIMEOUT, MODEL_READER_MEMORY or
    MODEL_READER_CRASHED when the worker had to be ended; WorkError `BUSY`, and
    what `attend` raises because its visitor has gone. Safe to call from several threads.
    """
    # Leaving the weights out is work on the file, too: nobody holds an unpacked one while waiting in line.
    with LINE.place(attend), pruned_source(source, attend=attend) as (pruned, digest):
        graph = _read(pruned, given_shapes(shapes), timeout_s, memory_mb, attend)
        return replace(graph, sha256=digest())


def read_pruned(
    pruned: bytes, sha256: str, shapes: Mapping[str, tuple[int, ...]], attend: Attend = nobody
) -> Graph:
    """What `read_isolated` returns of the file that `prune_isolated` made `pruned` of; raises the same."""
    with LINE.place(attend):
        return replace(_read(pruned, shapes, TIMEOUT_S, MEMORY_MB, attend), sha256=sha256)


def _read(
    pruned: bytes, shapes: Mapping[str, tuple[int, ...]], timeout_s: float, memory_mb: int, attend: Attend
) -> Graph:
    worker = _POOL.take(memory_mb, timeout_s)
    try:
        return worker.read(pruned, shapes, attend)
    finally:
        _POOL.give_back(worker)


def prune_isolated(
    source: bytes | memoryview | Path, attend: Attend = nobody, name: str = ""
) -> tuple[bytes, str]:
    """The model without its weights, and the checksum of the file; raises what `read_isolated` raises.

    `name`: what a file given as bytes is called, which may say of what kind it is.
    """
    with LINE.place(attend), pruned_source(source, attend=attend, name=name) as (pruned, digest):
        return bytes(pruned), digest()


def start_worker() -> None:
    """Start a worker process ahead of its first model, without waiting for it; nothing if one is idle."""
    _POOL.start(MEMORY_MB, TIMEOUT_S)


def close_workers() -> None:
    """End the idle worker processes (they also end with this process)."""
    _POOL.close()


def _crashed() -> ModelError:
    return ModelError(
        "MODEL_READER_CRASHED",
        "The reader stopped unexpectedly on this file; nothing else is affected. The file is probably "
        "damaged: export it again, and report it if a fresh export does the same.",
    )
