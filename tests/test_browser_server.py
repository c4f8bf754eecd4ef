"""The server behind the pages: watched as in the container, ended cleanly, silent about the outside."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from app_server import RunningApp, free_port, running_app
from house_rules import ROOT

pytestmark = pytest.mark.browser


def health_check(port: str, below: str = "") -> int:
    """Exit code of the container's health check, asked of another port and, if given, below a path."""
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    found = re.search(r"HEALTHCHECK.*?CMD (\[.+?\])$", text, re.MULTILINE | re.DOTALL)
    assert found is not None
    words = [word.replace("8501", port) for word in ast.literal_eval(found[1])]
    place = os.environ | {"STREAMLIT_SERVER_BASE_URL_PATH": below}
    done = subprocess.run([sys.executable, *words[1:]], env=place, capture_output=True, check=False)
    return done.returncode


def test_health_check_of_the_container_passes(app: RunningApp) -> None:
    assert health_check(app.url.rpartition(":")[2]) == 0


def test_health_check_of_the_container_fails_without_an_app() -> None:
    assert health_check(str(free_port())) != 0


def test_the_app_ends_when_it_is_told_to(tmp_path: Path) -> None:
    with running_app(tmp_path) as one:
        assert one.healthy()
    assert one.process.returncode == 0, one.log.read_text(encoding="utf-8")
    assert not one.healthy()
