"""What fuzzing found stays mended, and every target of the fuzzing works."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from hypothesis import strategies as st

from data.contribution.deepen2023 import check_deepen
from data.tracing import read_inferences, read_trace
from fuzz.__main__ import Fuzzing, main
from fuzz.targets import DOWNLOAD, FINDINGS, INFERENCES, TARGETS, Target, model_files, trace_files
from predictors.errors import ModelError
from predictors.reading import read_model

FILES = sorted(FINDINGS.rglob("*.bin"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_a_finding_stays_mended(path: Path) -> None:
    TARGETS[path.parent.name]().run(path.read_bytes())


@pytest.mark.parametrize("name", TARGETS)
def test_a_few_files_for_every_door(name: str) -> None:
    fuzzing = Fuzzing(TARGETS[name]())
    fuzzing.round(number=1, files=20)
    assert fuzzing.tried >= 20
    assert fuzzing.findings == {}


GIVEN_UP = (b'{"a":' * 20_000, b"[" * 100_000, b"9" * 5_000, b'{"a": {"b": ' + b"9" * 5_000 + b"}}\n" * 3)
"""Python's JSON gives up on these with other errors than for damage: depth, and whole numbers too long."""


@pytest.mark.parametrize("name", TARGETS)
def test_depth_and_long_numbers_are_refused_at_every_door(name: str) -> None:
    target = TARGETS[name]()
    for content in GIVEN_UP:
        target.run(content)


def test_a_failure_becomes_a_small_finding(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def breaks(content: bytes) -> None:
        if b"x" in content:
            raise ZeroDivisionError

    monkeypatch.setattr("fuzz.__main__.FINDINGS", tmp_path)
    fuzzing = Fuzzing(Target("t", st.binary(min_size=1).map(lambda some: some + b"x"), breaks))
    fuzzing.round(number=1)
    fuzzing.keep()
    (kept,) = (tmp_path / "t").iterdir()
    assert kept.read_bytes() == b"\x00x"


def test_the_command_fuzzes_one_target(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--minutes", "0.001", "--only", "contribution-kernel", "--seed", "3"]) == 0
    assert "contribution-kernel" in capsys.readouterr().out


def test_undamaged_files_are_accepted() -> None:
    """Or else only the first lines of the readers would be tried."""
    for content in trace_files():
        assert read_trace(io.BytesIO(content)).problems == ()
    assert check_deepen({"conv.json": DOWNLOAD}).accepted
    assert len(read_inferences(io.BytesIO(INFERENCES)).start_s) == 2
    assert [content for content in model_files() if is_network(content)]


def is_network(content: bytes) -> bool:
    try:
        return bool(read_model(content).nodes)
    except ModelError:
        return False
