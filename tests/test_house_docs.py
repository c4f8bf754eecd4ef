"""What the documents say can be done as written: their commands run, their links lead somewhere."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from house_rules import ROOT
from test_house_readme import commands, is_run, run

DOCUMENTS = sorted(path for path in (ROOT / "docs").glob("*.md"))
LINK = re.compile(r"\]\((?!https?:|#|mailto:)([^)\s#]+)(?:#[^)]*)?\)")

# Beginnings of commands that are not run here, and why.
NOT_RUN = {
    "make ": "set-up and checks, of which this test is a part",
    "python -m pytest": "the same",
    "python -m ruff": "the same",
    "python -m mypy": "the same",
    "python -m data checksum": "writes into the project; tried in a copy",
    "python -m streamlit": "a server does not end; the browser tests start it",
    "docker ": "needs a container engine; its steps are compared in test_house_setup.py",
    "curl ": "needs a running server; the browser tests ask the same address",
}


def joined(text: str) -> str:
    """A document with the commands that go on over several lines in one line each."""
    return text.replace("\\\n", " ")


def runnable(document: Path) -> list[str]:
    """The commands of a document that are run here."""
    listed = commands(joined(document.read_text(encoding="utf-8")))
    return [each for each in listed if is_run(each) and not each.startswith(tuple(NOT_RUN))]


WITH_COMMANDS = [document for document in DOCUMENTS if runnable(document)]


BY_LENGTH = [
    # A minute of measuring; `test_measuring_walk.py` walks the same way with less of it.
    pytest.param(each, marks=pytest.mark.long) if each.stem == "measure" else each
    for each in WITH_COMMANDS
]


@pytest.mark.slow
@pytest.mark.parametrize("document", BY_LENGTH, ids=lambda path: path.stem)
def test_commands_of_a_document_work_in_their_order(document: Path, tmp_path: Path) -> None:
    examples = ROOT / "docs" / "examples"
    shutil.copytree(examples, tmp_path, dirs_exist_ok=True)  # a reader in the folder of the examples
    shutil.copytree(examples, tmp_path / "docs" / "examples")  # or in the project's
    for command in runnable(document):
        result = run(command, tmp_path)
        assert result.returncode == 0, f"{command}\n{result.stderr}"


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.stem)
def test_links_lead_to_files_that_are_there(document: Path) -> None:
    targets = LINK.findall(document.read_text(encoding="utf-8"))
    assert [each for each in targets if not (document.parent / each).exists()] == []


def test_every_document_can_be_found_from_the_readme() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    everywhere = readme + "".join(document.read_text(encoding="utf-8") for document in DOCUMENTS)
    lost = [
        path.name
        for path in DOCUMENTS
        if f"{path.name})" not in everywhere and f"{path.name}#" not in everywhere
    ]
    assert lost == []


def test_a_broken_link_would_be_found() -> None:
    assert LINK.findall("[a](b.md) [c](https://example.org) [d](e.md#f)") == ["b.md", "e.md"]
    assert not (ROOT / "docs" / "no-such-document.md").exists()


def test_there_are_commands_to_run() -> None:
    assert len(WITH_COMMANDS) >= 3
