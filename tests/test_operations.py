"""What an operator relies on: log, health, orderly end, several starts at once, no right to write."""

from __future__ import annotations

import asyncio
import ctypes
import json
import os
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import pytest

from app_server import children, running_app
from data import open_bundle
from data.bundle import ENVIRONMENT_VARIABLE
from data.layout import ROOT as DATA_ROOT
from data_support import full_bundle
from load.crowd import marked_model, marker
from load.visitor import Visitor

ROOT = DATA_ROOT.parent
NOBODY = 65534


async def estimate(port: int) -> Visitor:
    """Open a page and upload a model, which starts a worker process."""
    async with Visitor(port, keep=True) as visitor:
        await visitor.open()
        await visitor.open("estimate")
        await visitor.upload(f"{marker(1)}.onnx", marked_model(1))
        return visitor


def log_lines(text: str) -> list[dict[str, Any]]:
    """The events in a server's log; what Streamlit itself prints is no JSON."""
    return [json.loads(line) for line in text.splitlines() if line.startswith("{")]


@pytest.mark.slow
def test_a_server_estimates_logs_and_ends_in_order(tmp_path: Path) -> None:
    with running_app(tmp_path) as server:
        assert server.healthy()
        visitor = asyncio.run(estimate(server.port))
        assert visitor.errors == []
        readers = children(server.process.pid)
        assert readers, "a model was read in a process of its own"
        server.process.send_signal(signal.SIGTERM)
        assert server.process.wait(timeout=60) == 0
        text = server.log.read_text(encoding="utf-8")
    assert not [each for each in readers if Path(f"/proc/{each}").exists()]
    told = log_lines(text)
    assert [told[0]["event"], told[-1]["event"]] == ["start", "stop"]
    assert {"page", "upload", "estimate"} <= {line["event"] for line in told}
    assert marker(1) not in text
    assert "Traceback" not in text


@pytest.mark.slow
def test_readers_end_when_the_server_is_killed(tmp_path: Path) -> None:
    with running_app(tmp_path) as server:
        asyncio.run(estimate(server.port))
        readers = children(server.process.pid)
        server.process.kill()
        server.process.wait()
    assert readers
    end = time.monotonic() + 20
    while any(is_running(each) for each in readers) and time.monotonic() < end:
        time.sleep(0.05)
    assert not any(is_running(each) for each in readers)


def is_running(process_id: int) -> bool:
    """Whether a process runs; one that has ended and that nobody asked about does not."""
    try:
        return ") Z" not in Path(f"/proc/{process_id}/stat").read_text(encoding="ascii")
    except OSError:
        return False


@pytest.mark.long
def test_several_starts_at_once_build_one_sound_bundle(tmp_path: Path) -> None:
    path = tmp_path / "shared" / "joulelens.duckdb"
    script = "from data import open_bundle; print(open_bundle().meta['content_hash'])"
    environment = os.environ | {ENVIRONMENT_VARIABLE: str(path)}
    starts = [
        subprocess.Popen(
            [sys.executable, "-c", script], cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True
        )
        for _ in range(3)
    ]
    answers = [start.communicate(timeout=300)[0].strip() for start in starts]
    assert [start.returncode for start in starts] == [0] * 3
    assert set(answers) == {full_bundle().meta["content_hash"]}
    assert [each.name for each in path.parent.iterdir()] == [path.name]


def without_rights(folder: Path) -> dict[str, Any]:
    """Arguments of Popen for a process that may write to no folder it is not allowed to, and has no home.

    Where this process is root, that one is nobody; if nobody may not run this Python, it is a root that obeys
    permissions.
    """
    environment = os.environ | {"HOME": str(folder / "no-home"), "PYTHONDONTWRITEBYTECODE": "1"}
    arguments: dict[str, Any] = {"env": environment, "cwd": folder}
    if os.geteuid() != 0:
        return arguments
    nobody = {"user": NOBODY, "group": NOBODY, "extra_groups": []}
    try:
        subprocess.run([sys.executable, "-c", "import data"], cwd=ROOT, check=True, **nobody)
    except (OSError, subprocess.CalledProcessError):
        return arguments | {"preexec_fn": obey_permissions}
    return arguments | nobody


def obey_permissions() -> None:
    """Give up root's power over permissions, for good (Linux, prctl(2) and capabilities(7))."""
    drop, override, search, owner = 24, 1, 2, 3
    for power in (override, search, owner):
        if ctypes.CDLL(None).prctl(drop, power, 0, 0, 0) != 0:
            raise OSError("this power could not be given up")


@pytest.fixture
def sealed(tmp_path: Path) -> Path:
    """A folder with a bundle in it, open to be read by everybody and written by nobody."""
    folder = tmp_path / "sealed"
    folder.mkdir()
    shutil.copy(open_bundle().path, folder / "joulelens.duckdb")
    # pytest closes its folders to others, and lays one more of them for each of several workers.
    top = Path(tempfile.gettempdir()).resolve()
    for above in [tmp_path, *tmp_path.parents]:
        if above.resolve() == top or top not in above.resolve().parents:
            break
        above.chmod(above.stat().st_mode | stat.S_IXOTH | stat.S_IROTH)
    (folder / "joulelens.duckdb").chmod(0o444)
    folder.chmod(0o555)
    return folder


def snapshot(folder: Path) -> set[tuple[str, int]]:
    return {(str(path), path.stat().st_mtime_ns) for path in folder.rglob("*")}


@pytest.mark.slow
def test_the_app_needs_no_right_to_write_and_no_home(
    sealed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(ENVIRONMENT_VARIABLE, str(sealed / "joulelens.duckdb"))
    before = snapshot(sealed)
    with running_app(tmp_path, **without_rights(sealed)) as server:
        visitor = asyncio.run(estimate(server.port))
        text = server.log.read_text(encoding="utf-8")
    assert visitor.errors == []
    assert [line for line in log_lines(text) if line["event"] == "defect"] == []
    assert snapshot(sealed) == before


def test_the_process_without_rights_has_none(sealed: Path) -> None:
    script = "open('x', 'w')"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False, **without_rights(sealed)
    )
    assert "PermissionError" in done.stderr
