"""The bundle as a data set: every table as Parquet, its dictionary, a Croissant description and a note.

The bundle described in Croissant (MLCommons, version 1.0), for loading it without this project.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq

from data.bundle import Bundle
from data.dataset.snippets import SNIPPETS
from data.dictionary import Column, Table, load_dictionary
from data.errors import BundleError
from data.inert_csv import csv_text
from data.sql_text import name

CONFORMS_TO: Final = "http://mlcommons.org/croissant/1.0"
PARQUET: Final = "application/x-parquet"
_TYPES: Final = {
    "VARCHAR": "sc:Text", "INTEGER": "sc:Integer", "BIGINT": "sc:Integer", "DOUBLE": "sc:Float",
    "BOOLEAN": "sc:Boolean",
}  # fmt: skip
_CONTEXT: Final[dict[str, Any]] = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "citeAs": "cr:citeAs",
    "column": "cr:column",
    "conformsTo": "dct:conformsTo",
    "cr": "http://mlcommons.org/croissant/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "equivalentProperty": "cr:equivalentProperty",
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "extract": "cr:extract",
    "field": "cr:field",
    "fileProperty": "cr:fileProperty",
    "fileObject": "cr:fileObject",
    "fileSet": "cr:fileSet",
    "format": "cr:format",
    "includes": "cr:includes",
    "isLiveDataset": "cr:isLiveDataset",
    "jsonPath": "cr:jsonPath",
    "key": "cr:key",
    "md5": "cr:md5",
    "parentField": "cr:parentField",
    "path": "cr:path",
    "recordSet": "cr:recordSet",
    "references": "cr:references",
    "regex": "cr:regex",
    "repeated": "cr:repeated",
    "replace": "cr:replace",
    "samplingRate": "cr:samplingRate",
    "sc": "https://schema.org/",
    "separator": "cr:separator",
    "source": "cr:source",
    "subField": "cr:subField",
    "transform": "cr:transform",
}


def description(
    tables: Sequence[Table], checksums: Mapping[str, str], licences: Mapping[str, str], version: str
) -> dict[str, Any]:
    """The description: a file and a set of records for every table, every column with meaning and unit.

    `checksums`: SHA-256 by table; `licences`: licence by source, in words.
    """
    said = "; ".join(f"{source}: {licence}" for source, licence in sorted(licences.items()))
    return {
        "@context": _CONTEXT,
        "@type": "sc:Dataset",
        "name": "JouleLens",
        "description": (
            "Energy of deep learning on edge devices as others measured it: phones, boards, accelerators, "
            "microcontrollers and language models, each row with source, meter scope and whether idle power "
            "is included. Figures of different meter scopes are not comparable."
        ),
        "conformsTo": CONFORMS_TO,
        "version": version,
        "datePublished": "-".join(version.split(".")[:2]),
        "license": f"Per source (column source_id, table sources). {said}",
        "citeAs": "Cite the sources of the rows used: table sources, columns authors, venue, doi, url.",
        "distribution": [_file(table, checksums[table.name]) for table in tables],
        "recordSet": [_records(table) for table in tables],
    }


def _file(table: Table, checksum: str) -> dict[str, Any]:
    return {
        "@type": "cr:FileObject",
        "@id": f"{table.name}.parquet",
        "name": f"{table.name}.parquet",
        "description": f"{table.title}. {table.meaning}",
        "contentUrl": f"{table.name}.parquet",
        "encodingFormat": PARQUET,
        "sha256": checksum,
    }


def _records(table: Table) -> dict[str, Any]:
    key = {"key": [{"@id": f"{table.name}/{each}"} for each in table.key]} if table.key else {}
    return {
        "@type": "cr:RecordSet",
        "@id": table.name,
        "name": table.name,
        "description": f"{table.title}. {table.meaning}",
        **key,
        "field": [_field(table, column) for column in table.stored],
    }


def _field(table: Table, column: Column) -> dict[str, Any]:
    unit = "" if column.unit in ("none", "1") else f" Unit: {column.unit}."
    return {
        "@type": "cr:Field",
        "@id": f"{table.name}/{column.name}",
        "name": column.name,
        "description": f"{column.meaning.rstrip('.')}.{unit}",
        "dataType": _TYPES[column.type],
        "source": {
            "fileObject": {"@id": f"{table.name}.parquet"},
            "extract": {"column": column.name},
        },
    }


DICTIONARY: Final = "dictionary.csv"
CROISSANT: Final = "croissant.json"
READ_ME: Final = "README.md"
_COLUMNS: Final = (
    "table", "column", "label", "type", "unit", "meaning", "minimum", "maximum", "may_be_empty", "references",
)  # fmt: skip


def export(bundle: Bundle, folder: Path) -> list[Path]:
    """Write the data set into a folder, which is made; files of the same names are replaced.

    Every column of a Parquet file carries its unit and meaning as metadata. Returns the files, in order.
    Raises BundleError `NOT_WRITABLE` or `NOT_A_FOLDER`.
    """
    if folder.exists() and not folder.is_dir():
        raise BundleError(
            "NOT_A_FOLDER", "{folder} is no folder. Name one for the data set.", folder=str(folder)
        )
    tables = list(load_dictionary().values())
    try:
        folder.mkdir(parents=True, exist_ok=True)
        files = [_write_table(bundle, table, folder) for table in tables]
        return [*files, *_write_texts(bundle, tables, folder)]
    except OSError as problem:
        raise BundleError(
            "NOT_WRITABLE",
            "The data set cannot be written to {parent}: {problem}. Choose another place.",
            parent=str(folder),
            problem=problem.strerror or "",
        ) from None


def _write_table(bundle: Bundle, table: Table, folder: Path) -> Path:
    columns = ", ".join(name(column.name) for column in table.stored)
    with bundle.cursor() as cursor:
        rows = cursor.sql(f"SELECT {columns} FROM {name(table.name)}").to_arrow_table()  # noqa: S608 - names come from the dictionary
    fields = [
        rows.schema.field(column.name).with_metadata({"unit": column.unit, "meaning": column.meaning})
        for column in table.stored
    ]
    schema = pa.schema(fields, metadata={"title": table.title, "meaning": table.meaning})
    file = folder / f"{table.name}.parquet"
    pq.write_table(rows.cast(schema), file, compression="zstd")
    return file


def _write_texts(bundle: Bundle, tables: list[Table], folder: Path) -> Iterator[Path]:
    checksums = {
        table.name: hashlib.sha256((folder / f"{table.name}.parquet").read_bytes()).hexdigest()
        for table in tables
    }
    sources = bundle.frame("SELECT source_id, licence, included FROM sources")
    kept = sources[sources["included"]]
    licences = dict(zip(kept["source_id"], kept["licence"], strict=True))
    said = description(tables, checksums, licences, bundle.version)
    texts = {
        DICTIONARY: csv_text(_COLUMNS, [row for table in tables for row in _dictionary_rows(table)]),
        CROISSANT: json.dumps(said, indent=2, ensure_ascii=False) + "\n",
        READ_ME: _read_me(tables, bundle.version),
    }
    for file_name, text in texts.items():
        file = folder / file_name
        file.write_text(text, encoding="utf-8")
        yield file


def _dictionary_rows(table: Table) -> Iterator[dict[str, Any]]:
    for column in table.stored:
        yield {
            "table": table.name,
            "column": column.name,
            "label": column.label,
            "type": column.type,
            "unit": column.unit,
            "meaning": column.meaning,
            "minimum": "" if column.minimum is None else column.minimum,
            "maximum": "" if column.maximum is None else column.maximum,
            "may_be_empty": str(column.nullable).lower(),
            "references": column.references,
        }


def _read_me(tables: list[Table], version: str) -> str:
    lines = [
        f"# JouleLens, data {version}",
        "",
        "Energy of deep learning on edge devices as others measured it. Every row names its source "
        "(`source_id`): who measured it, how, and under which licence stands in `sources.parquet`. Use a row "
        "under the licence of its source, and cite that source. What is known to be wrong or odd stands in "
        "`corrections.parquet`. Figures of different `meter_scope` are not comparable.",
        "",
        "| file | rows are |",
        "|---|---|",
        *(f"| `{table.name}.parquet` | {table.title}. {table.meaning} |" for table in tables),
        "",
        f"`{DICTIONARY}` has type, unit, meaning and range of every column; `{CROISSANT}` says the same to "
        "machines.",
        "",
    ]
    for tool, code in SNIPPETS.items():
        lines += [f"## {tool}", "", "```", code, "```", ""]
    return "\n".join(lines)
