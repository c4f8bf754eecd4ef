"""The doctor and the command line: what is there, which versions, whether intact; exit codes; messages."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import duckdb
import pytest

from data.__main__ import main
from data.bundle import ENVIRONMENT_VARIABLE
from data.bundle_build.doctor import examine
from data.version import DATA_VERSION
from data_support import edit, full_bundle, small_root


@pytest.fixture
def bundle_path(tmp_path: Path) -> Path:
    """A copy of a sound bundle."""
    return Path(shutil.copy(full_bundle(only_licensed=True).path, tmp_path / "b.duckdb"))


@pytest.mark.slow
def test_sound_bundle(bundle_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor", "--bundle", str(bundle_path)]) == 0
    said = capsys.readouterr().out
    assert said.rstrip().endswith("intact")
    assert DATA_VERSION in said
    assert "2,430  board_networks" in said
    assert f"duckdb         {duckdb.__version__}" in said


def test_json_says_the_same(bundle_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor", "--format", "json", "--bundle", str(bundle_path)]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["intact"] is True
    assert said["findings"] == []
    assert said["only_licensed"] is True
    assert said["tables"]["board_networks"] == 2430
    assert said["tables"]["conv_layers"] == 0
    assert said["sources"]["mlperf-tiny"] is True
    assert said["sources"]["platformx"] is False
    assert said["content_hash"] == full_bundle(only_licensed=True).meta["content_hash"]
    assert said["figure_files"] == 37


def test_changed_value_is_noticed(bundle_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with duckdb.connect(str(bundle_path)) as connection:
        connection.execute("UPDATE board_runs SET energy_mj = energy_mj + 1 WHERE rowid = 7")
    assert main(["doctor", "--bundle", str(bundle_path)]) == 1
    assert "not what its build recorded" in capsys.readouterr().out


def test_lost_row_is_noticed(bundle_path: Path) -> None:
    with duckdb.connect(str(bundle_path)) as connection:
        connection.execute("DELETE FROM microcontrollers WHERE rowid = 7")
    assert not examine(bundle_path).intact


def test_other_version_is_noticed(bundle_path: Path) -> None:
    with duckdb.connect(str(bundle_path)) as connection:
        connection.execute("UPDATE bundle_meta SET entry_value = '2020.1.0' WHERE entry = 'data_version'")
    (finding,) = examine(bundle_path).findings
    assert "2020.1.0" in finding


def test_missing_bundle(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor", "--bundle", str(tmp_path / "none.duckdb")]) == 1
    assert "There is no bundle yet. Run: python -m data build" in capsys.readouterr().out


@pytest.mark.parametrize("share", [0.0, 0.5])
def test_damaged_bundle(bundle_path: Path, share: float) -> None:
    content = bundle_path.read_bytes()
    bundle_path.write_bytes(content[: int(len(content) * share)])
    examination = examine(bundle_path)
    assert not examination.intact
    assert "python -m data build" in " ".join(examination.findings)


def test_changed_figure_is_noticed(bundle_path: Path, tmp_path: Path) -> None:
    layout = small_root(tmp_path)
    edit(layout.root / "figures/application_measurements.csv", "4.7495", "4.7496")
    findings = examine(bundle_path, layout).findings
    assert any("application_measurements.csv" in each and "CHECKSUM_MISMATCH" in each for each in findings)


@pytest.mark.slow
def test_build_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "new" / "b.duckdb"
    assert main(["build", "--only-licensed", "--out", str(out)]) == 0
    said = capsys.readouterr().out
    assert "only licensed" in said
    assert full_bundle(only_licensed=True).meta["content_hash"] in said
    assert examine(out).intact


@pytest.mark.slow
def test_build_goes_where_the_environment_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(ENVIRONMENT_VARIABLE, str(tmp_path / "env.duckdb"))
    assert main(["build", "--only-licensed"]) == 0
    assert (tmp_path / "env.duckdb").is_file()


def test_bad_place_is_one_clear_message(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    blocker = tmp_path / "file"
    blocker.write_text("", encoding="utf-8")
    assert main(["build", "--out", str(blocker / "b.duckdb")]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.count("\n") == 1
    assert "[NOT_WRITABLE]" in said.err


@pytest.mark.parametrize("arguments", [[], ["mend"], ["doctor", "--format", "xml"], ["build", "--out"]])
def test_bad_arguments_end_with_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    assert caught.value.code == 2
    said = capsys.readouterr().err
    assert "python -m data" in said
    assert said.count("\n") == 1


@pytest.mark.slow
def test_checksums_recorded_are_those_of_the_files() -> None:
    """`sha256sum -c SHA256SUMS` in the data folder says the same; the doctor finds nothing to mend."""
    assert not [each for each in examine(full_bundle().path).findings if "checksum" in each]
