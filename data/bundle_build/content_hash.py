"""What a bundle holds, as one hash: two builds of one set of figures differ in bytes but not in this."""

# ruff: noqa: S608 - names come from the dictionary, values are bound
from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import TYPE_CHECKING

from data.bundle_build.checksums import file_digest
from data.layout import Layout
from data.sql_text import name
from data.version import DATA_VERSION

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


def table_hash(connection: DuckDBPyConnection, table_name: str) -> str:
    """SHA-256 over the rows of a table in sorted order, so that the order of rows does not matter."""
    query = (
        "SELECT coalesce(sha256(string_agg(line, chr(10) ORDER BY line)), '') "
        f"FROM (SELECT to_json(t)::VARCHAR AS line FROM {name(table_name)} AS t)"
    )
    row = connection.execute(query).fetchone()
    return str(row[0]) if row else ""


def count_rows(connection: DuckDBPyConnection, table_name: str) -> int:
    """Number of rows of a table."""
    row = connection.execute(f"SELECT count(*) FROM {name(table_name)}").fetchone()
    return int(row[0]) if row else 0


def content_hash(connection: DuckDBPyConnection, table_names: Iterable[str]) -> str:
    """SHA-256 over the hashes of all tables named, each with its name."""
    lines = (f"{each}:{table_hash(connection, each)}\n" for each in sorted(table_names))
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def inputs_digest(layout: Layout) -> str:
    """SHA-256 over the data version, dictionary, sources, corrections and recorded checksums.

    A bundle with another digest was built from other inputs and is built again.
    """
    parts = [DATA_VERSION, *(f"{path.name}:{file_digest(path)}" for path in layout.texts() if path.is_file())]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()
