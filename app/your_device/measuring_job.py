"""The one measuring that this server runs, if it may: a process of its own, told by files how far it is."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Final

from app import own_devices
from app.i18n.texts import verbatim
from app.paths import ROOT
from data.errors import not_kept

if TYPE_CHECKING:
    from predictors.measuring.record import Record

ALLOWED_VARIABLE: Final = "JOULELENS_MEASURE"
"""`make run MEASURE=1` sets it to 1: whoever started the server agrees that it measures its machine."""
SYSFS_VARIABLE: Final = "JOULELENS_SYSFS"
"""A folder that stands for /sys, for containers that see the host's at another place."""

NETWORKS, KERNELS = "networks", "kernels"
KERNEL_MINUTES: Final = 6
"""About 110 networks on two cores take five; with two for the energy of kernels it stays below ten."""
NOTE: Final = verbatim("Note:")
LOOPS: Final = verbatim("energy of kernels")
"""How the command line names what comes after the networks."""
_KERNEL_LINE: Final = re.compile(r"^\[(\d+)\] (.*), at most (\d+) s left$", re.MULTILINE)


def is_allowed() -> bool:
    """Whether this server was started to measure its machine."""
    return os.environ.get(ALLOWED_VARIABLE) == "1"


def sysfs() -> Path:
    """The folder that stands for /sys."""
    return Path(os.environ.get(SYSFS_VARIABLE) or "/sys")


@dataclass(frozen=True, slots=True)
class KernelProgress:
    """Networks that were profiled, how much time is left at most (s), whether the loops after them run, for
    the energy of kernels, and the share of all that is done (0 to 1), which never falls."""

    networks: int = 0
    left_s: float = 0.0
    is_looping: bool = False
    share: float = 0.0


@dataclass
class Job:
    """One measuring: its process, the folder it writes to, and the words of `measure networks` or, where
    `part` says so, of `measure kernels`."""

    process: subprocess.Popen[bytes]
    folder: Path
    device_id: str
    arguments: tuple[str, ...]
    part: str = NETWORKS

    @property
    def is_running(self) -> bool:
        """Whether it goes on."""
        return self.process.poll() is None

    def record(self) -> Record | None:
        """Measurements so far; None before the first stretch."""
        from data.errors import JouleLensError
        from predictors.measuring.record import load, record_path

        try:
            return load(record_path(self.folder, self.device_id))
        except JouleLensError:
            return None

    @property
    def name(self) -> str:
        """The device's name as it was typed."""
        return self.arguments[self.arguments.index("--name") + 1]

    def kernel_progress(self) -> KernelProgress:
        """How far it is; nothing before the first network."""
        found = _KERNEL_LINE.findall(self._told())
        if not found:
            return KernelProgress()
        number, name, left_s = found[-1]
        left = [float(each) for *_, each in found]
        share = 1.0 - min(left) / max(*left, 1.0)
        return KernelProgress(int(number), float(left_s), name.startswith(f"{LOOPS}, "), share)

    def kernel_files(self) -> tuple[Path, Path, Path]:
        """The kernels, their fit and the energy of some of them, once they were measured."""
        from predictors.energy.own_kernels.files import kernel_paths, power_path

        return *kernel_paths(self.folder, self.device_id), power_path(self.folder, self.device_id)

    def files(self) -> tuple[Path, Path]:
        """The device's two files, once it has ended."""
        return self.folder / f"{self.device_id}.toml", self.folder / f"{self.device_id}.csv"

    def complaint(self) -> str:
        """Code and reason of why it ended early, as the command line says it; "" where it did not."""
        told = [line for line in self._lines() if line and not line.startswith(("[", NOTE))]
        return told[-1][:500] if told and self.process.returncode else ""

    def notes(self) -> list[str]:
        """Which networks were refused and why, as the command line says it."""
        return [line.removeprefix(NOTE).strip() for line in self._lines() if line.startswith(NOTE)]

    def _lines(self) -> list[str]:
        return self._told().splitlines()

    def _told(self) -> str:
        try:
            return (self.folder / "errors.txt").read_text(encoding="utf-8", errors="replace")
        except OSError:  # a folder for a while may be tidied away by its system
            return ""


_lock: Final = Lock()
_jobs: Final[list[Job]] = []


def current() -> Job | None:
    """The measuring that runs, or the last one."""
    return _jobs[-1] if _jobs else None


def start(name: str, networks: str, sensor: str, seconds: float) -> Job | None:
    """Begin to measure; None where another measuring runs: two at once would disturb each other.

    Raises InputError DEVICE_FILE_NAME, DEVICE_FILE_ID; WorkError NO_SPACE, NO_SCRATCH.
    """
    from predictors.energy.calibrated.device_file import OwnDevice, device_id_of
    from predictors.energy.calibrated.own_devices import refuse_taken_id

    device_id = device_id_of(name)
    refuse_taken_id(device_id)
    own_devices.refuse_others_id(OwnDevice(device_id, name.strip()))
    try:
        folder = Path(tempfile.mkdtemp(prefix="joulelens-measure-"))
    except OSError as problem:
        raise not_kept(problem) from problem
    arguments = (
        "--name", name, "--out", str(folder), f"--networks={networks}", f"--sensor={sensor}",
        f"--seconds={seconds:g}", f"--sysfs={sysfs()}",
    )  # fmt: skip
    return _begin(folder, device_id, arguments, ())


def start_kernels() -> Job | None:
    """Profile kernels for the device that was measured last, and fit them; None where something runs.

    Raises WorkError NO_SPACE, NO_SCRATCH, as `resume` does.
    """
    job = current()
    if job is None:
        return None
    arguments = (
        "--name", job.name, "--out", str(job.folder), f"--minutes={KERNEL_MINUTES}", f"--sysfs={sysfs()}",
        "--fit",
    )  # fmt: skip
    return _begin(job.folder, job.device_id, arguments, (), KERNELS)


def resume() -> Job | None:
    """Go on with the last measuring; None where there is none or it runs."""
    job = current()
    return None if job is None else _begin(job.folder, job.device_id, job.arguments, ("--resume",), job.part)


def _begin(
    folder: Path, device_id: str, arguments: tuple[str, ...], more: tuple[str, ...], part: str = NETWORKS
) -> Job | None:
    with _lock:
        running = current()
        if not is_allowed() or (running is not None and running.is_running):
            return None
        try:
            with (folder / "errors.txt").open("wb") as errors:
                process = subprocess.Popen(
                    [sys.executable, "-m", "predictors", "measure", part, *arguments, *more],
                    cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=errors,
                )  # fmt: skip
        except OSError as problem:  # the folder may have been tidied away since
            raise not_kept(problem) from problem
        _jobs[:] = [Job(process, folder, device_id, arguments, part)]
        return _jobs[0]


def cancel() -> None:
    """End the measuring as Ctrl-C does: what is complete stays."""
    job = current()
    if job is not None and job.is_running:
        job.process.send_signal(signal.SIGINT)
