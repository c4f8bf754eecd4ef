"""The server behind the pages is watched as in the container; `test_operations.py` ends it."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys

import pytest

from app_server import RunningApp, free_port
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
