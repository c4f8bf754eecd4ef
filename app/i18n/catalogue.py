"""Keeps the catalogue of texts: `python -m app.i18n.catalogue [check|update] [ROOM ...]`.

`check` lists what is missing, left over or wrong, and ends with 1 if there is anything. `update` adds the new
texts of the code to the files in `app/locale/`, empty, and takes out those that the code no longer has; what
is already translated stays. A ROOM is the stem of a file there; only these files are written.

To add a language: name it in `app.i18n.texts.LANGUAGES`, run `update`, and fill in the files.
"""

from __future__ import annotations

import argparse
import io
import re
import string
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_file
from babel.messages.pofile import read_po, write_po

from app.i18n.texts import LANGUAGES, LOCALE, SOURCE
from app.paths import ROOT
from predictors.broken_pipe import until_reader_leaves

KEYWORDS: Final[dict[str, Any]] = {"t": None, "tn": (1, 2), "mark": None, "marks": (1, 2)}
ROOMS: Final[dict[str, tuple[str, ...]]] = {
    "devices": ("pages/devices", "app/devices/", "app/ui/badges"),
    "label": ("pages/label", "app/label/"),
    "your_device": ("pages/your_device", "app/your_device/", "app/explore/yours"),
    "research": (
        "app/estimate/what_if",
        "app/estimate/two",
        "app/estimate/split",
        "app/estimate/advice",
        "app/estimate/export",
        "app/estimate/reproduce",
        "app/charts/split",
        "app/charts/diff",
    ),
    "estimate": ("pages/estimate", "app/estimate/", "app/ui/meaning", "app/ui/target"),
    "compare": ("pages/compare", "app/compare/"),
    "explore": ("pages/explore", "app/explore/"),
    "timelines": ("pages/timelines", "app/timelines/"),
    "methods": ("pages/methods", "app/methods/", "app/ui/corrections", "app/frame/versions"),
    "charts": ("app/charts",),
    "shared": ("app/", "pages/"),
}
"""Room -> beginnings of the paths it holds; a file belongs to the first room that fits. A text that stands in
several rooms belongs to the last one of them here."""
DATES: Final = re.compile(rb'^"[A-Z-]+(?:Creation|Revision)-Date: .*\n', re.MULTILINE | re.IGNORECASE)
BELOW: Final = "below"
"""The room of what the layers below say; its texts come from `app.i18n.below_texts`."""


@dataclass(slots=True)
class Text:
    """One text of the code: `plural` is its form for many (if any), `places` where it stands."""

    message: str
    plural: str = ""
    places: list[tuple[str, int]] = field(default_factory=list)


def room_of(path: str) -> str:
    """Return the room of a file, by its path from the project's root."""
    return next(room for room, starts in ROOMS.items() if path.startswith(starts))


def texts_in_code() -> dict[str, dict[str, Text]]:
    """Return every text of the app's code, by room and English text."""
    found: dict[str, Text] = {}
    rooms: dict[str, set[str]] = {}
    for path in sorted([*(ROOT / "app").rglob("*.py"), *(ROOT / "pages").glob("*.py")]):
        relative = path.relative_to(ROOT).as_posix()
        for text in _texts_of(path, relative):
            kept = found.setdefault(text.message, text)
            if kept is not text:
                kept.places += text.places
                kept.plural = kept.plural or text.plural
            rooms.setdefault(text.message, set()).add(room_of(relative))
    order = list(ROOMS)
    result: dict[str, dict[str, Text]] = {room: {} for room in order}
    for key, text in found.items():
        result[max(rooms[key], key=order.index)][key] = text
    return result | {BELOW: _texts_below()}


def _texts_of(path: Path, relative: str) -> Iterator[Text]:
    for line, message, _comments, _context in extract_from_file("python", path, KEYWORDS):
        one, many = (message[0], message[1]) if isinstance(message, tuple) else (message, "")
        yield Text(one, many, [(relative, line)])


def _texts_below() -> dict[str, Text]:
    from app.i18n.below_texts import texts

    return {message: Text(message, places=[place]) for message, place in texts().items()}


def path_of(code: str, room: str) -> Path:
    """Return the file of one room in one language."""
    return LOCALE / code / f"{room}.po"


def read(path: Path, code: str) -> dict[str, Any]:
    """Return the translations of one file by English text."""
    if not path.is_file():
        return {}
    with path.open("rb") as file:
        return {_key(each): each.string for each in read_po(file, locale=code) if each.id}


def _key(message: Any) -> str:
    return str(message.id[0] if isinstance(message.id, tuple) else message.id)


def update(code: str, room: str, texts: dict[str, Text], known: dict[str, Any]) -> None:
    """Write the file of one room: the code's texts in their order, with the translations there are."""
    catalogue: Any = Catalog(
        locale=code, header_comment=f"# JouleLens in {LANGUAGES[code]}: {room}", charset="utf-8"
    )
    for key, text in sorted(texts.items(), key=lambda item: item[1].places):
        identity = (text.message, text.plural) if text.plural else text.message
        translated = known.get(key) or ""
        if bool(text.plural) != isinstance(translated, tuple):
            translated = ""
        catalogue.add(identity, translated, locations=[(path, None) for path in dict(text.places)])
    made = io.BytesIO()
    write_po(made, catalogue, width=110, include_lineno=False)
    _write_if_new(path_of(code, room), made.getvalue())


def _write_if_new(path: Path, content: bytes) -> None:
    """Write a file, unless nothing but the dates in its head would change."""
    if path.is_file() and DATES.sub(b"", path.read_bytes()) == DATES.sub(b"", content):
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def places(text: str) -> set[str]:
    """Return the named places of a text. Raises ValueError for braces that don't close."""
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def problems(code: str, room: str, texts: dict[str, Text]) -> Iterator[str]:
    """Return what is missing, left over or wrong in one room of one language."""
    known = read(path_of(code, room), code)
    for key, text in texts.items():
        translated = known.get(key)
        forms = [*translated] if isinstance(translated, tuple) else [translated or ""]
        if not all(forms):
            yield f"{code}/{room}: missing: {text.message!r}"
        elif len(forms) != (2 if text.plural else 1):
            yield f"{code}/{room}: wrong number of forms: {text.message!r}"
        elif any(places(form) - {"n"} != places(text.plural or text.message) - {"n"} for form in forms):
            yield f"{code}/{room}: other places than in English: {text.message!r}"
    yield from (f"{code}/{room}: no longer in the code: {key!r}" for key in known if key not in texts)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns 1 if `check` found something."""
    parser = argparse.ArgumentParser(
        prog="python -m app.i18n.catalogue", description=(__doc__ or "").split("\n\n")[1]
    )
    parser.add_argument("action", choices=("check", "update"), nargs="?", default="check")
    parser.add_argument("rooms", nargs="*", metavar="ROOM", help="only these rooms; all by default")
    options = parser.parse_args(arguments)
    everything = texts_in_code()
    found: list[str] = []
    for code in [code for code in LANGUAGES if code != SOURCE]:
        known: dict[str, Any] = {}
        for room in everything:
            known |= {
                key: value
                for key, value in read(path_of(code, room), code).items()
                if value or key not in known
            }
        for room in options.rooms or everything:
            if options.action == "update":
                update(code, room, everything[room], known)
            found += problems(code, room, everything[room])
    print("\n".join(found) or "Every text is in the catalogue.")
    return 1 if found and options.action == "check" else 0


if __name__ == "__main__":
    sys.exit(until_reader_leaves(main))
