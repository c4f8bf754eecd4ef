"""The README keeps its promises: commands run, files are there, licences are those of the data."""

from __future__ import annotations

import re
import shlex
import shutil
import tomllib
from pathlib import Path

import pytest

from command_support import Ended, run_here
from house_rules import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"^```bash\n(.*?)^```", re.MULTILINE | re.DOTALL)

# Commands that are not run here, and why. Everything else in the README is.
NOT_RUN = {
    "make ": "set-up and checks, of which this test is a part",
    "python3 -m venv .venv": "set-up, which is how this test came to run",
    ".venv/bin/": "the steps of make, compared with it in test_house_setup.py",
    "python -m predictors evaluate": "takes minutes; the tests of predictors.evaluation call its parts",
    "docker ": "needs a container engine; its steps are compared in test_house_setup.py",
}


def commands(text: str) -> list[str]:
    """Every command line of the shell blocks of a Markdown text."""
    lines = [line.strip() for block in BLOCK.findall(text) for line in block.splitlines()]
    return [line for line in lines if line and not line.startswith("#")]


def is_run(command: str) -> bool:
    """Whether a command is run here."""
    return not command.startswith(tuple(NOT_RUN))


RUN = [command for command in commands(README) if is_run(command)]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the README's example files, in which its commands run in order."""
    made = tmp_path_factory.mktemp("reader")
    shutil.copytree(ROOT / "docs" / "examples", made / "docs" / "examples")
    return made


def run(command: str, folder: Path) -> Ended:
    """Run a command of the README in this process instead of the reader's."""
    words = shlex.split(command)
    assert words[:2] == ["python", "-m"], f"no rule for {command!r}: run it here or list it in NOT_RUN"
    return run_here(words[2], words[3:], folder)


@pytest.mark.slow
@pytest.mark.parametrize("command", RUN)
def test_command_of_the_readme_works(command: str, folder: Path) -> None:
    result = run(command, folder)
    assert result.returncode == 0, result.stderr
    assert result.stdout.strip()


def test_every_command_line_of_the_layers_is_shown() -> None:
    for start in ("python -m predictors estimate", "python -m predictors kernels", "python -m scoring"):
        assert any(command.startswith(start) for command in RUN)
    assert {"python -m data build", "python -m data doctor"} <= set(RUN)


def test_every_excuse_is_needed() -> None:
    listed = commands(README)
    assert [start for start in NOT_RUN if not any(command.startswith(start) for command in listed)] == []


def test_a_command_without_a_rule_fails() -> None:
    with pytest.raises(AssertionError, match="no rule"):
        run("curl localhost", Path())


def test_blocks_are_read_line_by_line() -> None:
    text = "# x\n```bash\n# comment\npython -m a\n\n  make b\n```\n```json\n{}\n```\n"
    assert commands(text) == ["python -m a", "make b"]


def test_every_file_that_the_readme_links_to_is_there() -> None:
    links = [link for link in re.findall(r"\]\(([^)]+)\)", README) if not link.startswith(("http", "#"))]
    assert links
    assert [link for link in links if not (ROOT / link).exists()] == []


def test_the_first_screen_says_what_it_is_and_how_to_run_it() -> None:
    first = "\n".join(README.splitlines()[:20])
    assert first.count("![") == 1
    assert "`make run`" in first
    assert "`make test`" in first


def test_the_licence_of_every_source_is_stated() -> None:
    sources = tomllib.loads((ROOT / "data" / "sources.toml").read_text(encoding="utf-8"))["sources"]
    lines = [line.strip("|").split("|") for line in README.splitlines() if "|" in line]
    rows = [[cell.strip() for cell in line] for line in lines]
    stated = {row[0].strip("`"): row[-1] for row in rows if row[0].startswith("`") and len(row) == 3}
    assert {source["source_id"]: source["licence"] for source in sources} == stated
