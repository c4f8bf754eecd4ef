"""Make, Docker and the plain lines of the README take the same steps, on the same pinned versions."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import tomllib
from pathlib import Path

import pytest

from house_rules import LIBRARY_HOMES, OPTIONAL_LIBRARIES, ROOT

LIBRARY_OF_IMPORT = {"sklearn": "scikit-learn", "google": "protobuf", "PIL": "pillow"}
PIN = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[a-z-]+\])?==(\S+)", re.MULTILINE)


def _read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def _pins(text: str) -> dict[str, str]:
    """Package name (normalised) -> version, of a requirement or lock file."""
    return {name.lower().replace("_", "-").replace(".", "-"): version for name, version in PIN.findall(text)}


def _make_commands(target: str) -> list[str]:
    """What a target would do on a new machine, with the virtual environment's folder left out."""
    # A make that runs these tests hands its own flags down, which would change what is printed.
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))}
    command = ["make", "--dry-run", "--no-print-directory", target, "VENV=fresh", "PYTHON=python3"]
    printed = subprocess.run(command, cwd=ROOT, env=clean, capture_output=True, text=True, check=True).stdout
    lines = printed.replace("\\\n", " ").splitlines()
    return [line.removeprefix("fresh/bin/") for line in lines if line.startswith("fresh/bin/")]


def _docker_commands(text: str) -> list[str]:
    """The Python commands that a Dockerfile runs while building, then the one that it starts."""
    commands = re.findall(r"^RUN (python .+)$", text, re.MULTILINE)
    started = re.findall(r"^CMD (\[.+\])$", text, re.MULTILINE)
    return [*commands, *(" ".join(ast.literal_eval(line)) for line in started)]


def _readme_commands(text: str) -> list[str]:
    return [
        line.strip().removeprefix(".venv/bin/")
        for line in text.splitlines()
        if line.strip().startswith(".venv/bin/python")
    ]


def test_make_run_installs_builds_fits_and_starts() -> None:
    install, build, fit, start = _make_commands("run")
    assert "-r requirements.txt" in install
    assert build == "python -m data build"
    assert fit == "python -m predictors fit"
    assert start == "python -m streamlit run app/main.py --server.port 8501"


def test_docker_takes_the_steps_of_make_run() -> None:
    assert _docker_commands(_read("Dockerfile")) == _make_commands("run")


def test_a_step_missing_in_docker_would_be_seen() -> None:
    without_build = _read("Dockerfile").replace("RUN python -m data build\n", "")
    assert _docker_commands(without_build) != _make_commands("run")


def test_readme_spells_the_same_steps_out() -> None:
    assert _readme_commands(_read("README.md")) == [*_make_commands("run"), *_make_commands("test")]


def test_the_port_can_be_chosen() -> None:
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))}
    command = ["make", "--dry-run", "run", "PORT=8502"]
    printed = subprocess.run(command, cwd=ROOT, env=clean, capture_output=True, text=True, check=True).stdout
    assert "--server.port 8502" in printed


def test_docker_runs_as_nobody_in_particular_and_is_watched() -> None:
    text = _read("Dockerfile")
    assert re.search(r"^USER (?!root)\w+$", text, re.MULTILINE)
    assert "/_stcore/health" in text
    assert text.index("python -m data build") < text.index("\nUSER")


@pytest.mark.parametrize("name", ["requirements", "requirements-dev"])
def test_every_requirement_is_pinned(name: str) -> None:
    lines = [line for line in _read(f"{name}.txt").splitlines() if line and not line.startswith("#")]
    assert lines
    assert [line for line in lines if not PIN.match(line) and not line.startswith("-r ")] == []


@pytest.mark.parametrize(
    ("lock", "sources"),
    [
        ("requirements.lock", ["requirements.txt"]),
        ("requirements-dev.lock", ["requirements.txt", "requirements-dev.txt"]),
    ],
)
def test_lock_holds_every_requirement_at_its_version(lock: str, sources: list[str]) -> None:
    locked = _pins(_read(lock))
    for source in sources:
        wanted = _pins(_read(source))
        assert wanted.items() <= locked.items(), f"{source} changed: run `make lock`"


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-dev.lock"])
def test_lock_has_a_checksum_for_every_package_and_no_host(lock: str) -> None:
    text = _read(lock)
    entries = re.split(r"\n(?=[a-z0-9])", text)
    without = [entry.split()[0] for entry in entries if PIN.match(entry) and "--hash=sha256:" not in entry]
    assert without == []
    assert "://" not in text


def test_both_locks_agree() -> None:
    app, dev = _pins(_read("requirements.lock")), _pins(_read("requirements-dev.lock"))
    assert app.items() <= dev.items()


def test_every_library_that_code_may_import_is_pinned() -> None:
    pinned = _pins(_read("requirements.txt"))
    needed = LIBRARY_HOMES.keys() - OPTIONAL_LIBRARIES
    assert {LIBRARY_OF_IMPORT.get(name, name) for name in needed} <= pinned.keys()


def test_project_asks_for_the_python_that_its_tools_check() -> None:
    tools = tomllib.loads(_read("pyproject.toml"))["tool"]
    assert tools["ruff"]["target-version"] == "py311"
    assert tools["mypy"]["python_version"] == "3.11"
    assert "(3, 11)" in _read("Makefile")


def test_ci_runs_the_test_command_of_the_readme() -> None:
    script = _read(".ci/run")
    assert re.search(r"^make test$", script, re.MULTILINE)
    assert "make thorough-test" in script
    assert "playwright install" not in script
    assert os.access(Path(ROOT / ".ci" / "run"), os.X_OK)
