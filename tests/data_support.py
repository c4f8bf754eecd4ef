"""What the tests of the data layer share: one full bundle, and small copies of the inputs to tamper with."""

from __future__ import annotations

import shutil
import tempfile
import tomllib
from functools import lru_cache
from pathlib import Path

from data.bundle import Bundle
from data.bundle_build.build import build
from data.bundle_build.checksums import write_checksums
from data.dictionary import load_dictionary
from data.layout import ROOT, Layout

SMALL = ("catalogue", "phones")
"""Subjects kept in a small copy, so that a refusal is reached in a fraction of a second."""

_PLACE = tempfile.TemporaryDirectory(prefix="joulelens-tests-")


@lru_cache(maxsize=2)
def full_bundle(only_licensed: bool = False) -> Bundle:
    """A bundle built by this test run from the committed figures, shared by all tests."""
    path = Path(_PLACE.name) / f"licensed-{only_licensed}.duckdb"
    build(path, only_licensed=only_licensed)
    return Bundle(path)


def small_root(folder: Path) -> Layout:
    """A copy of the inputs below `folder` with phones and catalogue only; figures can be changed freely."""
    root = folder / "inputs"
    shutil.copytree(ROOT / "schema", root / "schema")
    shutil.copytree(ROOT / "figures", root / "figures")
    shutil.copy(ROOT / "sources.toml", root / "sources.toml")
    kept = {"vocabulary", "units", *SMALL}
    for path in (root / "schema").glob("*.toml"):
        if path.stem not in kept:
            path.write_text("", encoding="utf-8")
    layout = Layout(root)
    layout.corrections.write_text(_corrections_of(load_tables(layout)), encoding="utf-8")
    refresh(layout)
    return layout


def load_tables(layout: Layout) -> set[str]:
    """Names of the tables that the inputs describe."""
    load_dictionary.cache_clear()
    return set(load_dictionary(layout.root))


def refresh(layout: Layout) -> None:
    """Record the checksums of the figures as they are now."""
    load_dictionary.cache_clear()
    write_checksums(layout, load_dictionary(layout.root).values())


def _corrections_of(tables: set[str]) -> str:
    blocks = (ROOT / "corrections.toml").read_text(encoding="utf-8").split("[[corrections]]")[1:]
    kept = [block for block in blocks if tomllib.loads(block)["table"] in tables]
    return "".join(f"[[corrections]]{block}" for block in kept)


def edit(path: Path, old: str, new: str) -> None:
    """Replace the one occurrence of `old` in a text file; fails when it is not there exactly once."""
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1, f"{path.name}: {text.count(old)} occurrences of {old!r}"
    path.write_text(text.replace(old, new), encoding="utf-8")
