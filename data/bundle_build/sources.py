"""Source records: who measured what, how, and under which licence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from data.dictionary import Table
from data.errors import SourceError
from data.layout import Layout, read_toml

REQUIRED = ("source_id", "source_title", "authors", "url", "method", "units_published", "licence")


@dataclass(frozen=True, slots=True)
class Source:
    """One source, with the fields of the `sources` table; `licence_stated` is about the figures."""

    source_id: str
    source_title: str
    authors: str
    url: str
    method: str
    units_published: str
    licence: str
    licence_stated: bool
    venue: str | None = None
    doi: str | None = None
    arxiv: str | None = None
    obtained_from: str | None = None
    meter_scope: str | None = None
    idle_included: bool | None = None
    measured_in: str | None = None
    notes: str | None = None


def _parse(raw: Mapping[str, Any]) -> Source:
    label = str(raw.get("source_id", "")) or "without source_id"
    for needed in REQUIRED:
        if not str(raw.get(needed, "")).strip():
            raise SourceError(
                "INCOMPLETE_SOURCE",
                "Source {label}: {needed} is missing. Add it to sources.toml.",
                label=label,
                needed=needed,
            )
    if not isinstance(raw.get("licence_stated"), bool):
        raise SourceError(
            "INCOMPLETE_SOURCE",
            "Source {label} does not say whether its licence is stated. Add licence_stated = true or false.",
            label=label,
        )
    unknown = sorted(set(raw) - {each.name for each in fields(Source)})
    if unknown:
        raise SourceError(
            "UNKNOWN_FIELD",
            "Source {label}: no such field: {unknown}. Rename it or take it out.",
            label=label,
            unknown=", ".join(unknown),
        )
    return Source(**raw)


def load_sources(layout: Layout) -> dict[str, Source]:
    """All sources by id; raises SourceError `INCOMPLETE_SOURCE`, `UNKNOWN_FIELD` or `DUPLICATE_SOURCE`."""
    sources: dict[str, Source] = {}
    for raw in read_toml(layout.sources, SourceError).get("sources", []):
        source = _parse(raw)
        if source.source_id in sources:
            raise SourceError(
                "DUPLICATE_SOURCE",
                "Source {source_id} is described twice. Take one of them out of sources.toml.",
                source_id=source.source_id,
            )
        sources[source.source_id] = source
    return sources


def source_rows(
    table: Table, sources: Mapping[str, Source], files: Mapping[str, str], included: set[str]
) -> list[tuple[Any, ...]]:
    """Rows for the `sources` table, in its column order; `files` maps a source to its figure files."""
    extra = {each: {"files": files.get(each), "included": each in included} for each in sources}
    return [
        tuple(
            extra[source.source_id][column.name]
            if column.name in extra[source.source_id]
            else getattr(source, column.name)
            for column in table.stored
        )
        for source in sources.values()
    ]
