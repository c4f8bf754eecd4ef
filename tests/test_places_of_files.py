"""Paths that are no files of ours: refused with a code and at once, and nothing that is there is damaged."""

from __future__ import annotations

import gzip
import io
import os
import stat
import tempfile
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest

from data import bundle
from data.__main__ import main as data_main
from data.budgets import RECORDING
from data.bundle_build.build import build
from data.errors import BundleError, WorkError
from data.tracing import TraceError
from data.workers import calls
from scoring.__main__ import main as scoring_main

pytestmark = pytest.mark.real_workers


@pytest.fixture
def fifo(tmp_path: Path) -> Path:
    path = tmp_path / "fifo"
    os.mkfifo(path)
    return path


def test_a_bundle_does_not_take_the_place_of_a_pipe_or_folder(fifo: Path, tmp_path: Path) -> None:
    """The finished bundle is renamed into its place: a device would have been gone for all."""
    (tmp_path / "folder").mkdir()
    for place in (fifo, tmp_path / "folder"):
        with pytest.raises(BundleError) as caught:
            build(place)
        assert caught.value.code == "NOT_A_FILE"
    assert stat.S_ISFIFO(fifo.stat().st_mode)


def test_a_disk_that_is_full_while_the_bundle_is_built_leaves_the_old_one_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise duckdb.IOException("IO Error: Could not write file: No space left on device")

    (tmp_path / "own.duckdb").write_bytes(b"the old one")
    monkeypatch.setattr("data.bundle_build.build._create", full)
    with pytest.raises(BundleError) as caught:
        build(tmp_path / "own.duckdb")
    assert caught.value.code == "NOT_WRITABLE"
    assert [each.name for each in tmp_path.iterdir()] == ["own.duckdb"]
    assert (tmp_path / "own.duckdb").read_bytes() == b"the old one"


def test_tables_that_are_pipes_are_refused(fifo: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert data_main(["check", str(fifo), "--level", "application"]) == 2
    assert "no regular file" in capsys.readouterr().err
    assert scoring_main([str(fifo), "--tdp-w", "5"]) == 2
    assert "UNREADABLE_FILE" in capsys.readouterr().err


@pytest.mark.parametrize("kind", ["open to others", "a link", "a file"])
def test_a_fallback_folder_that_others_can_write_gives_no_bundle(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    place = bundle._fallback_path().parent
    assert place.is_dir()
    assert not place.stat().st_mode & 0o077
    assert bundle._fallback_path().parent == place
    place.rmdir()
    if kind == "open to others":
        place.mkdir()
        place.chmod(0o777)
    elif kind == "a link":
        (tmp_path / "theirs").mkdir(mode=0o700)
        place.symlink_to(tmp_path / "theirs")
    else:
        place.touch(mode=0o600)
    with pytest.raises(BundleError) as caught:
        bundle._fallback_path()
    assert caught.value.code == "FOLDER_NOT_OURS"


def test_a_bomb_is_refused_before_anything_is_parsed() -> None:
    """One long line of no format: the reader of lines would speak of columns."""
    bomb = io.BytesIO(gzip.compress(b"x" * 3_000_000))
    budget = replace(RECORDING, unpacked_bytes=1_000_000)
    with pytest.raises((TraceError, WorkError)) as caught:
        calls.open_trace(bomb, "bomb", budget=budget)
    assert caught.value.code == "UNPACKS_TOO_LARGE"
