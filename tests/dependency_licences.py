"""`make licences`: writes docs/dependency-licences.md, from what the installed packages say of themselves."""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from importlib.metadata import PackageMetadata, PackageNotFoundError, metadata
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "dependency-licences.md"
PIN = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==([^\s;]+)", re.MULTILINE)
LONGEST_NAME = 40
"""A licence field longer than this holds the text of the licence instead of its name."""

HEAD = """# Licences of what JouleLens is built on

Written by `make licences` from the packages themselves. These are all packages that running the app installs,
at the versions in `requirements.lock`; none of them is part of this repository.

| package | version | licence | home |
| --- | --- | --- | --- |
"""


@dataclass(frozen=True, slots=True)
class Dependency:
    """A package: its licence as an SPDX expression or the words it uses itself, "" where it states none."""

    name: str
    version: str
    licence: str
    home: str


def pins(lock: str) -> dict[str, str]:
    """Package name -> version, of a lock file's text."""
    return {name.lower(): version for name, version in PIN.findall(lock)}


def licence_of(about: PackageMetadata) -> str:
    """The licence a package states: its expression, else its classifiers, else its licence field."""
    if about.get("License-Expression"):
        return str(about["License-Expression"])
    classifiers = (mark.split(" :: ") for mark in about.get_all("Classifier") or ())
    named = [words[-1] for words in classifiers if words[0] == "License" and words[-1] != "OSI Approved"]
    field = str(about.get("License") or "").strip()
    if named:
        return ", ".join(sorted(named))
    return field if len(field) <= LONGEST_NAME and "\n" not in field else ""


def home_of(about: PackageMetadata) -> str:
    """Address of the project: its home page, repository or source."""
    addresses = dict(
        tuple(part.strip() for part in entry.split(",", 1)) for entry in about.get_all("Project-URL") or ()
    )
    wanted = ("homepage", "home", "repository", "source", "source code", "github", "documentation")
    by_name = {name.lower(): address for name, address in addresses.items()}
    found = about.get("Home-page") or next((by_name[name] for name in wanted if name in by_name), "")
    return str(found or next(iter(addresses.values()), ""))


def dependencies(lock: str) -> list[Dependency]:
    """Every package of a lock file as it is installed. Raises PackageNotFoundError for one that is not."""
    found = []
    for name, version in sorted(pins(lock).items()):
        about = metadata(name)
        if about["Version"] != version:
            raise PackageNotFoundError(f"{name} {version} (installed: {about['Version']})")
        found.append(Dependency(name, version, licence_of(about), home_of(about)))
    return found


def page(found: list[Dependency]) -> str:
    """The Markdown page of some packages."""
    rows = (f"| {one.name} | {one.version} | {one.licence} | {one.home} |" for one in found)
    return HEAD + "\n".join(rows) + "\n"


if __name__ == "__main__":
    listed = dependencies((ROOT / "requirements.lock").read_text(encoding="utf-8"))
    PAGE.write_text(page(listed), encoding="utf-8")
    sys.stdout.write(f"{len(listed)} packages in {PAGE.name}\n")
