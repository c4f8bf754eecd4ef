"""Opening: built when missing, built again when damaged or outdated, kept when current, placed elsewhere."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from data import bundle as bundle_module
from data import open_bundle
from data.bundle import ENVIRONMENT_VARIABLE, Bundle, default_path
from data.bundle_build.build import BuildReport
from data.errors import BundleError
from data.layout import ROOT
from data_support import full_bundle


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A path for the bundle of its own, named by the environment variable."""
    path = tmp_path / "folder" / "own.duckdb"
    monkeypatch.setenv(ENVIRONMENT_VARIABLE, str(path))
    return path


@pytest.fixture
def filled(place: Path) -> Path:
    """The same with a current bundle in it."""
    place.parent.mkdir()
    shutil.copy(full_bundle(only_licensed=True).path, place)
    return place


@pytest.fixture
def copied(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where only the decision to build matters, a build is a copy of the full bundle."""

    def copy(out: Path) -> BuildReport:
        source = full_bundle()
        shutil.copy(source.path, out)
        return BuildReport(out, {}, source.meta["content_hash"], False)

    monkeypatch.setattr(bundle_module, "build", copy)


def opened_hash() -> str:
    """Open the default bundle, return its content hash, close it."""
    bundle = open_bundle()
    try:
        assert bundle.path == default_path()
        return bundle.meta["content_hash"]
    finally:
        bundle.close()


@pytest.mark.slow
def test_first_start_builds_the_bundle(place: Path) -> None:
    assert not place.exists()
    assert opened_hash() == full_bundle().meta["content_hash"]
    assert [path.name for path in place.parent.iterdir()] == [place.name]


def test_current_bundle_is_opened_as_it_is(filled: Path) -> None:
    """A bundle of licensed sources only is as current as any: it is not replaced by the full one."""
    before = filled.stat().st_mtime_ns
    assert opened_hash() == full_bundle(only_licensed=True).meta["content_hash"]
    assert filled.stat().st_mtime_ns == before


@pytest.mark.usefixtures("copied")
def test_bundle_of_other_figures_is_built_again(filled: Path) -> None:
    with duckdb.connect(str(filled)) as connection:
        connection.execute("UPDATE bundle_meta SET entry_value = 'old' WHERE entry = 'inputs_digest'")
    assert opened_hash() == full_bundle().meta["content_hash"]


@pytest.mark.usefixtures("copied")
@pytest.mark.parametrize("damage", ["truncated", "text", "empty", "flipped"])
def test_damaged_bundle_is_built_again(filled: Path, damage: str) -> None:
    content = bytearray(filled.read_bytes())
    if damage == "flipped":
        for place in range(20_000, len(content), 262_144):  # one bit in each of DuckDB's blocks
            content[place] ^= 1
    changed = {"truncated": content[: len(content) // 2], "text": b"not a bundle", "empty": b""}
    filled.write_bytes(bytes(changed.get(damage, content)))
    assert opened_hash() == full_bundle().meta["content_hash"]


@pytest.mark.slow
def test_folder_that_cannot_be_written_falls_back_to_the_temporary_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    blocker = tmp_path / "file"
    blocker.write_text("not a folder", encoding="utf-8")
    monkeypatch.setenv(ENVIRONMENT_VARIABLE, str(blocker / "own.duckdb"))
    monkeypatch.setattr(bundle_module.tempfile, "gettempdir", lambda: str(tmp_path / "temporary"))
    bundle = open_bundle()
    assert bundle.path.is_relative_to(tmp_path / "temporary")
    assert bundle.meta["content_hash"] == full_bundle().meta["content_hash"]
    bundle.close()


def test_a_path_asked_for_by_name_does_not_fall_back(tmp_path: Path) -> None:
    blocker = tmp_path / "file"
    blocker.write_text("not a folder", encoding="utf-8")
    with pytest.raises(BundleError) as caught:
        open_bundle(blocker / "own.duckdb")
    assert caught.value.code == "NOT_WRITABLE"


def test_something_else_is_not_taken_for_a_bundle(tmp_path: Path) -> None:
    path = tmp_path / "other.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute("CREATE TABLE t (a INTEGER)")
    with pytest.raises(BundleError) as caught:
        Bundle(path)
    assert caught.value.code == "BUNDLE_UNREADABLE"
    assert "python -m data build" in caught.value.message


def test_default_place_is_beside_the_figures(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(ENVIRONMENT_VARIABLE, raising=False)
    assert default_path().parts[-3:] == ("data", "bundle", "joulelens.duckdb")
    monkeypatch.setenv(ENVIRONMENT_VARIABLE, "  ")
    assert default_path().name == "joulelens.duckdb"


def test_version_and_meta_are_there() -> None:
    bundle = full_bundle()
    assert bundle.version.count(".") == 2
    assert set(bundle.meta) == {
        "data_version",
        "content_hash",
        "inputs_digest",
        "only_licensed",
        "duckdb_version",
        "python_version",
    }
    assert not bundle.only_licensed
    assert bundle.path.stat().st_size < 25_000_000


def test_importing_the_layer_does_not_load_data_frames() -> None:
    """The command line and the first page start before pandas and pyarrow are needed."""
    code = "import sys, data, data.queries; print(sorted({'pandas', 'pyarrow'} & set(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT.parent, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def test_no_progress_is_drawn_where_answers_go() -> None:
    """DuckDB draws it on standard output once a query takes two seconds."""
    with full_bundle().cursor() as cursor:
        assert cursor.execute("SELECT current_setting('enable_progress_bar')").fetchone() == (False,)


def test_a_file_that_is_open_already_opens_again() -> None:
    """Settings are those of the file in this process, and locked by whoever opened it first."""
    first = open_bundle()
    assert Bundle(first.path).version == first.version
    with pytest.raises(duckdb.InvalidInputException):
        Bundle(first.path)._connection.execute("SET threads = 1")
