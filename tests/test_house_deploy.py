"""docs/deploy.md says what is so: settings, limits, events and files that it names exist."""

from __future__ import annotations

import ast
import re
import tomllib
from pathlib import Path

import pytest

from app.log import LEVEL_VARIABLE, LEVELS
from data.bundle import ENVIRONMENT_VARIABLE
from house_rules import ROOT
from predictors.reading import isolated

TEXT = (ROOT / "docs" / "deploy.md").read_text(encoding="utf-8")
SERVER = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text(encoding="utf-8"))["server"]


def test_the_size_of_an_upload_is_the_same_everywhere() -> None:
    limit = SERVER["maxUploadSize"]
    assert f"{limit} MB at most" in TEXT
    assert f"client_max_body_size {limit}m" in TEXT
    assert f"| largest upload (MB) | {limit} |" in TEXT


def test_limits_of_the_readers_are_those_of_the_code() -> None:
    assert f"at most {isolated.MEMORY_MB} MB" in TEXT
    assert f"{isolated._IDLE_WORKERS} kept" in TEXT


def test_variables_are_those_that_the_code_reads() -> None:
    assert f"`{ENVIRONMENT_VARIABLE}`" in TEXT
    assert f"`{LEVEL_VARIABLE}`" in TEXT
    assert all(f"`{level}`" in TEXT for level in LEVELS)


def told_events() -> set[str]:
    """Names of all events in the code of the app."""
    found = set()
    for path in (ROOT / "app").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            name = getattr(getattr(node, "func", None), "id", "")
            if isinstance(node, ast.Call) and name in {"event", "timed"} and node.args:
                found |= {node.args[0].value} if isinstance(node.args[0], ast.Constant) else set()
    return {str(name) for name in found}


def test_every_event_is_listed() -> None:
    assert {"start", "stop", "page", "upload", "estimate", "refused", "defect"} <= told_events()
    assert [name for name in told_events() if f"`{name}`" not in TEXT] == []


FILES = sorted(set(re.findall(r"`((?:tests|predictors|\.streamlit)/[\w./]+)`", TEXT)))


@pytest.mark.parametrize("name", FILES)
def test_files_that_are_named_exist(name: str) -> None:
    assert Path(ROOT / name).is_file()


@pytest.mark.parametrize("target", sorted(set(re.findall(r"`make\s([a-z-]+)`", TEXT))))
def test_targets_that_are_named_exist(target: str) -> None:
    assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
