"""Every version of data and method and what it changed, from `docs/versions.md`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from app.i18n.texts import verbatim
from app.paths import ROOT

NOTES: Final = ROOT / "docs" / "versions.md"
METHOD: Final = verbatim("Method ")
"""Beginning of the heading of a version; other headings of the file are not versions."""
_HEADING: Final = re.compile(r"^## (.+)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class VersionNote:
    """One version: its name and what is said about it (Markdown)."""

    title: str
    text: str


def version_notes() -> tuple[VersionNote, ...]:
    """Return every version, newest first; none where the file is missing."""
    if not NOTES.is_file():
        return ()
    parts = _HEADING.split(NOTES.read_text(encoding="utf-8"))[1:]
    return tuple(
        VersionNote(title.strip(), text.strip())
        for title, text in zip(parts[::2], parts[1::2], strict=True)
        if title.startswith(METHOD)
    )
