"""One worker process as its parent sees it: started, asked, watched, ended."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from enum import Enum
from typing import IO, Final

from data.budgets import CLOCK_PER_CPU
from data.layout import ROOT
from data.one_thread import ONE_THREAD
from data.workers.frames import read_frame, write_frame
from data.workers.waiting_line import STEP_S, Attend, nobody

PLACE: Final = ROOT.parent
"""Folder that workers run in: that of the packages."""
START_S: Final = 30.0
"""Longest time (s, by the clock) until a worker is ready: imports on a machine that is busy."""
XCPU: Final = -24
"""Return code of a process that used up its processor time (SIGXCPU)."""


class End(Enum):
    """Why a worker gave no answer."""

    CPU = "processor time"
    CLOCK = "clock"
    CRASH = "crash"


class WorkerProcess:
    """A worker that is spoken to in frames. Not for two threads at a time."""

    def __init__(self, module: str, arguments: Sequence[str], files: Sequence[int] = ()) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-s", "-m", module, *arguments],
            cwd=PLACE,
            env=environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            pass_fds=tuple(files),
        )

    def exchange(self, frames: Sequence[bytes], cpu_s: float, attend: Attend = nobody) -> bytes | End:
        """Send messages and await one, or why none came; then the process is gone.

        The worker counts its own processor time (`rights.allow_cpu`); the clock ends one that hangs. Raises
        what `attend` raises, with the process ended.
        """
        answers: list[bytes | None] = []
        talk = threading.Thread(target=self._talk, args=(frames, answers), daemon=True)
        talk.start()
        end = time.monotonic() + max(START_S, cpu_s * CLOCK_PER_CPU)
        has_hung = False
        try:
            while talk.is_alive():
                talk.join(STEP_S)
                attend(0)
                if time.monotonic() > end:
                    has_hung = True
                    self._process.kill()
        except BaseException:
            self.close()
            raise
        if answers and answers[0] is not None:
            return answers[0]
        self.close()
        if has_hung:
            return End.CLOCK
        return End.CPU if self._process.returncode == XCPU else End.CRASH

    def _talk(self, frames: Sequence[bytes], answers: list[bytes | None]) -> None:
        try:
            for frame in frames:
                write_frame(self._pipe(self._process.stdin), frame)
            answers.append(read_frame(self._pipe(self._process.stdout)))
        except (OSError, ValueError):  # the other end, or our own, is closed
            answers.append(None)

    @staticmethod
    def _pipe(stream: IO[bytes] | None) -> IO[bytes]:
        assert stream is not None  # noqa: S101  # Popen was given PIPE
        return stream

    @property
    def is_running(self) -> bool:
        """Whether the process has not ended."""
        return self._process.poll() is None

    @property
    def process_id(self) -> int:
        """Its id in the system."""
        return self._process.pid

    def close(self) -> None:
        """End the process and let go of its pipes."""
        self._process.kill()
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                _close(stream.close)


def _close(close: Callable[[], None]) -> None:
    try:
        close()
    except OSError:
        return  # what was still to be written has no reader any more


def environment() -> dict[str, str]:
    """Return what a worker gets of our environment: nothing that it does not need."""
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "LC_ALL", "TMPDIR") if name in os.environ}
    # One thread for numpy's linear algebra: each would reserve address space of its own.
    return kept | ONE_THREAD | {"PYTHONPATH": str(PLACE)}
