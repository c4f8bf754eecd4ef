"""docs/deploy.md says what is so: settings, limits, events and files that it names exist."""

from __future__ import annotations

import ast
import re
import tomllib
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from app.label.facts import BASE_URL_VARIABLE
from app.log import LEVEL_VARIABLE, LEVELS
from data import budgets
from data.bundle import ENVIRONMENT_VARIABLE
from house_rules import ROOT
from predictors.reading import isolated
from test_browser_server import health_check

TEXT = (ROOT / "docs" / "deploy.md").read_text(encoding="utf-8")
SERVER = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text(encoding="utf-8"))["server"]


def test_the_size_of_an_upload_is_the_same_everywhere() -> None:
    limit = SERVER["maxUploadSize"]
    assert f"{limit} MB at most" in TEXT
    assert f"client_max_body_size {limit}m" in TEXT
    assert f"| largest upload (MB) | {limit} |" in TEXT


def test_limits_of_the_readers_are_those_of_the_code() -> None:
    assert f"at most {budgets.MODEL.memory_mb} MB for a model or a table" in TEXT
    assert budgets.TABLE.memory_mb == budgets.LOG.memory_mb == budgets.MODEL.memory_mb
    assert f"{budgets.RECORDING.memory_mb:,} MB for a recording, {budgets.SQL.memory_mb:,} MB for SQL" in TEXT
    assert f"{budgets.MODEL.cpu_s} s for a model, a log or a table" in TEXT
    assert f"{budgets.RECORDING.cpu_s} s for a recording, {budgets.SQL.cpu_s} s for SQL" in TEXT
    assert budgets.TABLE.cpu_s == budgets.LOG.cpu_s == budgets.MODEL.cpu_s
    sizes = (budgets.RECORDING.sent_bytes, budgets.RECORDING.unpacked_bytes, budgets.RECORDING.samples)
    sent, unpacked, samples = (size // budgets.MEGABYTE for size in sizes)
    assert f"{sent} MB as sent, {unpacked} MB unpacked, {samples} million samples" in TEXT
    assert f"{budgets.WORKERS_AT_ONCE} at work at a time" in TEXT
    assert f"{budgets.MOST_WAITING} more wait" in TEXT
    assert f"{isolated._IDLE_WORKERS} kept ready" in TEXT


def test_variables_are_those_that_the_code_reads() -> None:
    assert f"`{ENVIRONMENT_VARIABLE}`" in TEXT
    assert f"`{LEVEL_VARIABLE}`" in TEXT
    assert f"`{BASE_URL_VARIABLE}`" in TEXT
    assert all(f"`{level}`" in TEXT for level in LEVELS)


def test_the_proxy_passes_on_what_the_server_compares() -> None:
    block = TEXT.partition("location / {")[2].partition("}")[0]
    assert "proxy_set_header Host $http_host;" in block, "$host has no port"
    assert "proxy_set_header X-Forwarded-Proto $scheme;" in block
    assert "proxy_request_buffering off;" in block


class OnlyThere(BaseHTTPRequestHandler):
    """Answers the health of an app at one address alone, that of its server."""

    def do_GET(self) -> None:
        """Say 200 where the app is healthy, else 404."""
        self.send_response(200 if self.path == self.server.there else 404)  # type: ignore[attr-defined]
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Stay silent."""


@pytest.mark.parametrize(
    ("below", "there"),
    [("", "/_stcore/health"), ("energy", "/energy/_stcore/health"), ("/a/b/", "/a/b/_stcore/health")],
)
def test_the_health_check_follows_the_path_of_the_app(below: str, there: str) -> None:
    with ThreadingHTTPServer(("127.0.0.1", 0), OnlyThere) as server:
        server.there = there  # type: ignore[attr-defined]
        Thread(target=server.serve_forever, daemon=True).start()
        assert health_check(str(server.server_port), below) == 0
        assert health_check(str(server.server_port), "elsewhere") != 0
        server.shutdown()


def test_the_image_leaves_out_what_git_leaves_out() -> None:
    ignored, left_out = (
        {line.strip().rstrip("/") for line in (ROOT / name).read_text(encoding="utf-8").splitlines()}
        for name in (".gitignore", ".dockerignore")
    )
    assert sorted(name for name in ignored if not {name, f"**/{name}"} & left_out) == []
    assert {".git", "tests"} <= left_out


def told_events() -> set[str]:
    """Names of all events in the code of the app."""
    found = set()
    for path in (ROOT / "app").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            name = getattr(getattr(node, "func", None), "id", "")
            if isinstance(node, ast.Call) and name in {"event", "timed"} and node.args:
                found |= {node.args[0].value} if isinstance(node.args[0], ast.Constant) else set()
    return {str(name) for name in found}


@pytest.mark.slow
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
