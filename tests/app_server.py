"""The app as a server of its own, started as in real life; for tests, bench, screenshots and load."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
ENTRY = ROOT / "app" / "main.py"
START_LIMIT_S = 90.0
END_LIMIT_S = 20.0


class AppDidNotStart(RuntimeError):
    """The server ended or stayed silent; the message holds its log."""


@dataclass(frozen=True, slots=True)
class RunningApp:
    """A server of the app: its port, its process and its log file."""

    port: int
    process: subprocess.Popen[bytes]
    log: Path

    @property
    def url(self) -> str:
        """Its address, without a slash at the end."""
        return f"http://127.0.0.1:{self.port}"

    def healthy(self) -> bool:
        """Whether the health address answers."""
        try:
            with urllib.request.urlopen(f"{self.url}/_stcore/health", timeout=20) as answer:  # noqa: S310
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            return False

    def memory_mb(self) -> float:
        """Memory in use by the server itself (resident, MB)."""
        return resident_mb(self.process.pid)

    def readers_mb(self) -> float:
        """Memory in use by its worker processes (resident, MB)."""
        return sum(resident_mb(child) for child in children(self.process.pid))

    def cpu_s(self) -> float:
        """Processor time of the server so far (s)."""
        return cpu_s(self.process.pid)


def cpu_s(process_id: int) -> float:
    """Processor time of a process so far (s); 0 when it has ended."""
    try:
        text = Path(f"/proc/{process_id}/stat").read_text(encoding="ascii")
    except OSError:
        return 0.0
    fields = text.rpartition(") ")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def resident_mb(process_id: int) -> float:
    """Resident memory of a process (MB); 0 when it has ended."""
    try:
        text = Path(f"/proc/{process_id}/status").read_text(encoding="utf-8")
    except OSError:
        return 0.0
    found = [line.split()[1] for line in text.splitlines() if line.startswith("VmRSS")]
    return int(found[0]) / 1000 if found else 0.0


def children(process_id: int) -> list[int]:
    """Processes that a process has started and that still run."""
    folder = Path(f"/proc/{process_id}/task")
    try:
        texts = [(task / "children").read_text(encoding="ascii") for task in folder.iterdir()]
    except OSError:
        return []
    return [int(each) for text in texts for each in text.split()]


def free_port() -> int:
    """A port of this machine that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running_app(
    work_folder: Path, *options: str, script: Path = ENTRY, **arguments: Any
) -> Iterator[RunningApp]:
    """The app on a free port, started as the README says but from `work_folder`, which also gets its log.

    More options of Streamlit are given as on its command line, more arguments to Popen; another `script` is
    another app. Raises AppDidNotStart when it is not healthy within START_LIMIT_S. The process is ended on
    leaving.
    """
    port, log = free_port(), work_folder / "app.log"
    command = [sys.executable, "-m", "streamlit", "run", str(script)]
    command += ["--server.port", str(port), "--server.address", "127.0.0.1", *options]
    with log.open("wb") as sink:
        streams = {"stdin": subprocess.DEVNULL, "stdout": sink, "stderr": sink}
        process = subprocess.Popen(command, **{"cwd": work_folder, **streams, **arguments})
    app = RunningApp(port, process, log)
    try:
        _wait_until_healthy(app)
        yield app
    finally:
        process.terminate()
        try:
            process.wait(timeout=END_LIMIT_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_until_healthy(app: RunningApp) -> None:
    end = time.monotonic() + START_LIMIT_S
    while not app.healthy():
        if app.process.poll() is not None or time.monotonic() > end:
            raise AppDidNotStart(app.log.read_text(encoding="utf-8", errors="replace"))
        time.sleep(0.05)
