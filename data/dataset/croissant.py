"""The bundle described in Croissant (MLCommons, version 1.0), for loading it without this project."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from data.dictionary import Column, Table

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
