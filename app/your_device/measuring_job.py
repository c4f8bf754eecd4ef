"""The one measuring that this server runs, if it may: a process of its own, told by files how far it is."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Final

from app.paths import ROOT

if TYPE_CHECKING:
    from predictors.measuring.record import Record

ALLOWED_VARIABLE: Final = "JOULELENS_MEASURE"
"""`make run MEASURE=1` sets it to 1: whoever started the server agrees that it measures its machine."""
SYSFS_VARIABLE: Final = "JOULELENS_SYSFS"
"""A folder that stands for /sys, for containers that see the host's at another place."""


def is_allowed() -> bool:
    """Whether this server was started to measure its machine."""
    return os.environ.get(ALLOWED_VARIABLE) == "1"


def sysfs() -> Path:
    """The folder that stands for /sys."""
    return Path(os.environ.get(SYSFS_VARIABLE) or "/sys")


@dataclass
class Job:
    """One measuring: its process, the folder it writes to, and the words of `measure networks`."""

    process: subprocess.Popen[bytes]
    folder: Path
    device_id: str
    arguments: tuple[str, ...]

    @property
    def is_running(self) -> bool:
        """Whether it goes on."""
        return self.process.poll() is None

    def record(self) -> Record | None:
        """What was measured so far; None before the first stretch."""
        from data.errors import JouleLensError
        from predictors.measuring.record import load, record_path

        try:
            return load(record_path(self.folder, self.device_id))
        except JouleLensError:
            return None

    def files(self) -> tuple[Path, Path]:
        """The device's two files, once it has ended."""
        return self.folder / f"{self.device_id}.toml", self.folder / f"{self.device_id}.csv"

    def complaint(self) -> str:
        """Code and reason of why it ended early, as the command line says it; "" where it did not."""
        lines = (self.folder / "errors.txt").read_text(encoding="utf-8", errors="replace").splitlines()
        told = [line for line in lines if line and not line.startswith("[")]
        return told[-1][:500] if told and self.process.returncode else ""


_lock: Final = Lock()
_jobs: Final[list[Job]] = []


def current() -> Job | None:
    """The measuring that runs, or the last one."""
    return _jobs[-1] if _jobs else None


def start(name: str, networks: str, sensor: str, seconds: float) -> Job | None:
    """Begin to measure; None where another measuring runs: two at once would disturb each other.

    Raises InputError DEVICE_FILE_NAME, DEVICE_FILE_ID.
    """
    from predictors.energy.calibrated.device_file import device_id_of
    from predictors.energy.calibrated.own_devices import refuse_bundled_id

    device_id = device_id_of(name)
    refuse_bundled_id(device_id)
    folder = Path(tempfile.mkdtemp(prefix="joulelens-measure-"))
    arguments = (
        "--name", name, "--out", str(folder), f"--networks={networks}", f"--sensor={sensor}",
        f"--seconds={seconds:g}", f"--sysfs={sysfs()}",
    )  # fmt: skip
    return _begin(folder, device_id, arguments, ())


def resume() -> Job | None:
    """Go on with the last measuring; None where there is none or it runs."""
    job = current()
    return None if job is None else _begin(job.folder, job.device_id, job.arguments, ("--resume",))


def _begin(folder: Path, device_id: str, arguments: tuple[str, ...], more: tuple[str, ...]) -> Job | None:
    with _lock:
        running = current()
        if not is_allowed() or (running is not None and running.is_running):
            return None
        with (folder / "errors.txt").open("wb") as errors:
            process = subprocess.Popen(
                [sys.executable, "-m", "predictors", "measure", "networks", *arguments, *more],
                cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=errors,
            )  # fmt: skip
        _jobs[:] = [Job(process, folder, device_id, arguments)]
        return _jobs[0]


def cancel() -> None:
    """End the measuring as Ctrl-C does: what is complete stays."""
    job = current()
    if job is not None and job.is_running:
        job.process.send_signal(signal.SIGINT)
