"""The server that is measured: started as in real life, its memory read from the system."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from data.layout import ROOT as DATA

ROOT = DATA.parent
START_LIMIT_S = 90.0


@dataclass(frozen=True, slots=True)
class Server:
    """A running server: its port, process and log."""

    port: int
    process: subprocess.Popen[bytes]
    log: Path

    def memory_mb(self) -> float:
        """Memory in use by the server itself (resident, MB)."""
        return resident_mb(self.process.pid)

    def readers_mb(self) -> float:
        """Memory in use by its reader processes (resident, MB)."""
        return sum(resident_mb(child) for child in children(self.process.pid))

    def cpu_s(self) -> float:
        """Processor time of the server so far (s)."""
        fields = (
            Path(f"/proc/{self.process.pid}/stat").read_text(encoding="ascii").rpartition(") ")[2].split()
        )
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


@contextmanager
def running_server(port: int, *options: str, **arguments: Any) -> Iterator[Server]:
    """The app on a port, healthy, ended on leaving.

    More options of Streamlit are given as on its command line, more arguments to Popen.
    """
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "server.log"
        command = [sys.executable, "-m", "streamlit", "run", str(ROOT / "app" / "main.py")]
        command += ["--server.port", str(port), "--server.address", "127.0.0.1", *options]
        with log.open("wb") as sink:
            streams = {"stdin": subprocess.DEVNULL, "stdout": sink, "stderr": sink}
            process = subprocess.Popen(command, **{"cwd": ROOT, **streams, **arguments})
        server = Server(port, process, log)
        try:
            _wait(server)
            yield server
        finally:
            process.terminate()
            try:
                process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _wait(server: Server) -> None:
    end = time.monotonic() + START_LIMIT_S
    while time.monotonic() < end and server.process.poll() is None:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{server.port}/_stcore/health", timeout=2):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.05)
    raise RuntimeError("The server did not start:\n" + server.log.read_text(encoding="utf-8"))
