"""A contribution ready to be handed in: figures, source record and what to do with them, as one zip."""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from data.contribution.check import Checked, as_csv, device_ids
from data.contribution.schema import MAX_TEXT
from data.errors import ContributionError
from data.messages import Message, joined
from data.plain_ids import hyphened

LICENCES: Final = ("CC BY 4.0", "CC0 1.0", "CC BY-SA 4.0", "ODbL 1.0", "MIT", "Apache-2.0")
"""Licences a contributor may choose for the figures; all of them let the figures be passed on."""

_EPOCH: Final = (1980, 1, 1, 0, 0, 0)
"""Time stamp of every file in the zip, so that equal contributions are equal files."""

_LONGEST: Final = 10 * MAX_TEXT


@dataclass(frozen=True, slots=True)
class SourceRecord:
    """Who measured what, how, and under which licence; the same fields as in `sources.toml`."""

    title: str
    authors: str
    method: str
    url: str
    licence: str
    notes: str = ""

    @property
    def source_id(self) -> str:
        """Key of the source, from its title: lower case with hyphens."""
        return hyphened(self.title)[:60].strip("-") or "contribution"


def problems(record: SourceRecord) -> list[str]:
    """Return what is missing or wrong in a source record, in words; empty when it is complete."""
    needed = {
        "title": Message("Give the measurements a title."),
        "authors": Message("Say who measured."),
        "method": Message("Say how it was measured: meter, what it saw, software, number of runs."),
        "url": Message("Give the address where the measurements or their description can be read."),
    }
    found: list[str] = [words for name, words in needed.items() if not str(getattr(record, name)).strip()]
    if record.url.strip() and (
        urlsplit(record.url).scheme not in ("http", "https") or " " in record.url.strip()
    ):
        found.append(Message("The address has to start with https:// or http://."))
    if record.licence not in LICENCES:
        found.append(Message("Choose a licence for the figures: {known}.", known=", ".join(LICENCES)))
    if max(len(record.title), len(record.authors), len(record.url)) > MAX_TEXT:
        words = Message("Title, authors and address have at most {most} characters each.", most=MAX_TEXT)
        found.append(words)
    if max(len(record.method), len(record.notes)) > _LONGEST:
        found.append(Message("Method and notes have at most {most:,} characters each.", most=_LONGEST))
    return found


def source_toml(record: SourceRecord, checked: Checked) -> str:
    """Return the source record as a block for `data/sources.toml`."""
    scopes = sorted({str(row["meter_scope"]) for row in checked.rows})
    idle = sorted({str(row["idle_included"]).lower() for row in checked.rows})
    entries = {
        "source_id": record.source_id,
        "source_title": record.title,
        "authors": record.authors,
        "url": record.url,
        "method": record.method,
        "units_published": "mJ, W, ms",
        "licence": record.licence,
    }
    lines = ["[[sources]]", *(f"{name} = {_text(value)}" for name, value in entries.items())]
    lines.append("licence_stated = true")
    if len(scopes) == 1:
        lines.append(f"meter_scope = {_text(scopes[0])}")
    if len(idle) == 1:
        lines.append(f"idle_included = {idle[0]}")
    if record.notes.strip():
        lines.append(f"notes = {_text(record.notes)}")
    return "\n".join(lines) + "\n"


def _text(value: str) -> str:
    """A TOML basic string: quotes, backslashes and control characters escaped."""
    # Half a surrogate pair is no character; no file could hold it.
    clean = value.strip().replace("\r\n", "\n").encode("utf-8", "replace").decode("utf-8")
    escaped = clean.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t")
    return '"' + "".join(sign if sign.isprintable() else f"\\U{ord(sign):08x}" for sign in escaped) + '"'


def contribution_zip(record: SourceRecord, checked: Checked) -> bytes:
    """Return figures, source record and a note on what to do with them, as a zip file.

    Raises ContributionError `NOT_ACCEPTED` or `INCOMPLETE_SOURCE`.
    """
    if not checked.accepted:
        raise ContributionError(
            "NOT_ACCEPTED", "The file has errors, so there is nothing to hand in. Mend its rows first."
        )
    missing = problems(record)
    if missing:
        raise ContributionError("INCOMPLETE_SOURCE", joined(missing, " "))
    figures = f"figures/{record.source_id}-{checked.level}.csv"
    contents = {
        figures: as_csv(checked),
        "source.toml": source_toml(record, checked),
        "README.txt": _note(record, checked, figures),
    }
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in contents.items():
            entry = zipfile.ZipInfo(name, _EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, text.encode("utf-8"))
    return sink.getvalue()


def _note(record: SourceRecord, checked: Checked, figures: str) -> str:
    return (
        f"{record.title}\n\n"
        f"{len(checked.rows)} rows on the {checked.level} level, devices: {', '.join(device_ids(checked))}.\n"
        f"Licence of the figures: {record.licence}.\n\n"
        f"{figures} passed `python -m data check {figures} --level {checked.level}`.\n"
        "source.toml is the record for data/sources.toml. How figures become part of the bundle is\n"
        'written in data/README.md, section "Adding figures".\n'
    )
