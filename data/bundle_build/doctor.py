"""Say what a bundle holds, which versions made it, and whether figures and bundle are intact."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import duckdb

from data.bundle import Bundle
from data.bundle_build.checksums import figure_paths, problems
from data.bundle_build.content_hash import content_hash, count_rows, inputs_digest
from data.dictionary import load_dictionary
from data.errors import DataError
from data.layout import META_TABLE, Layout
from data.version import DATA_VERSION


def _versions() -> dict[str, str]:
    return {"python": platform.python_version(), "duckdb": duckdb.__version__}


@dataclass(frozen=True, slots=True)
class Examination:
    """What the doctor found: `intact` is True when `findings` is empty; sizes in MB, rows by table."""

    path: str
    figure_files: int
    intact: bool = False
    findings: tuple[str, ...] = ()
    size_mb: float = 0.0
    data_version: str = ""
    expected_version: str = DATA_VERSION
    content_hash: str = ""
    only_licensed: bool = False
    tables: Mapping[str, int] = field(default_factory=dict)
    sources: Mapping[str, bool] = field(default_factory=dict)
    versions: Mapping[str, str] = field(default_factory=_versions)

    def as_dict(self) -> dict[str, Any]:
        """The same as plain values, for JSON."""
        return asdict(self)


def _figure_findings(layout: Layout) -> list[str]:
    try:
        return [str(each) for each in problems(layout, load_dictionary(layout.root).values())]
    except DataError as problem:
        return [str(problem)]


def _bundle_findings(bundle: Bundle, layout: Layout, computed: str) -> list[str]:
    found = []
    if computed != bundle.meta.get("content_hash"):
        found.append("The bundle's content is not what its build recorded. Run: python -m data build")
    if bundle.version != DATA_VERSION:
        found.append(
            f"The bundle has data version {bundle.version}, the figures {DATA_VERSION}. Build it again."
        )
    elif bundle.meta.get("inputs_digest") != inputs_digest(layout):
        found.append("The figures or their dictionary changed after the build. Run: python -m data build")
    return found


def examine(path: Path, layout: Layout | None = None) -> Examination:
    """Examine the bundle at `path` and the figures it is built from; never raises for what it finds."""
    layout = layout or Layout()
    findings = _figure_findings(layout)
    figures = len(figure_paths(load_dictionary(layout.root).values()))
    blank = Examination(path=str(path), figure_files=figures)
    if not path.is_file():
        findings.append("There is no bundle yet. Run: python -m data build")
        return replace(blank, findings=tuple(findings))
    try:
        bundle = Bundle(path)
    except DataError as problem:
        return replace(blank, findings=(*findings, str(problem)))
    try:
        return _examined(bundle, layout, findings, blank)
    except duckdb.Error as problem:
        first = str(problem).strip().splitlines()[0]
        said = f"The bundle is damaged: {first}. Run: python -m data build"
        return replace(blank, findings=(*findings, said))
    finally:
        bundle.close()


def _examined(bundle: Bundle, layout: Layout, findings: list[str], blank: Examination) -> Examination:
    with bundle.cursor() as cursor:
        query = "SELECT table_name FROM duckdb_tables() ORDER BY table_name"
        names = [str(name) for (name,) in cursor.execute(query).fetchall()]
        computed = content_hash(cursor, (each for each in names if each != META_TABLE))
        rows = {each: count_rows(cursor, each) for each in names}
        included = cursor.execute("SELECT source_id, included FROM sources ORDER BY source_id").fetchall()
    findings = [*findings, *_bundle_findings(bundle, layout, computed)]
    return replace(
        blank,
        intact=not findings,
        findings=tuple(findings),
        size_mb=round(bundle.path.stat().st_size / 1e6, 2),
        data_version=bundle.version,
        content_hash=computed,
        only_licensed=bundle.only_licensed,
        tables=rows,
        sources={str(source): bool(there) for source, there in included},
        versions={**_versions(), "bundle_duckdb": bundle.meta.get("duckdb_version", "")},
    )


def as_text(examination: Examination) -> str:
    """The findings as lines for a terminal."""
    lines = [
        f"bundle         {examination.path} ({examination.size_mb:g} MB)",
        f"data version   {examination.data_version or 'none'} (figures: {examination.expected_version})",
        f"content hash   {examination.content_hash or 'none'}",
        f"only licensed  {'yes' if examination.only_licensed else 'no'}",
        f"figure files   {examination.figure_files}",
        *(f"{name:<15}{version}" for name, version in examination.versions.items()),
        "",
        *(f"{rows:>8,}  {name}" for name, rows in examination.tables.items()),
        "",
    ]
    verdict = ["intact"] if examination.intact else [f"NOT INTACT: {each}" for each in examination.findings]
    return "\n".join([*lines, *verdict])
