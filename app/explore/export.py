"""The rows of a view as files, unrounded, with where each row comes from."""

from __future__ import annotations

import io

import pandas as pd

from app import bundle_cache
from data.inert_csv import frame_csv
from predictors.version import METHOD_VERSION

PROVENANCE = (
    "origin",
    "source_id",
    "source_title",
    "source_url",
    "licence",
    "meter_scope",
    "idle_included",
    "correction_ids",
    "correction_notes",
    "data_version",
    "method_version",
)
"""Columns at the end of every file."""

_SCREEN_ONLY = ("flagged", "series", "words", "label", "colour")


def with_provenance(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the rows as they are written: every figure column that holds anything, then the provenance."""
    named = rows.rename(columns={"note": "correction_notes", "device": "device_name"})
    named = named.assign(data_version=bundle_cache.data_version(), method_version=METHOD_VERSION)
    figures = [
        name
        for name in named.columns
        if name not in (*PROVENANCE, *_SCREEN_ONLY) and named[name].notna().any()
    ]
    return named[[*figures, *PROVENANCE]]


def as_csv(rows: pd.DataFrame) -> bytes:
    """Return the rows as CSV (UTF-8, comma, decimal point, empty cells empty)."""
    return frame_csv(with_provenance(rows)).encode("utf-8")


def as_parquet(rows: pd.DataFrame) -> bytes:
    """Return the rows as a Parquet file."""
    sink = io.BytesIO()
    table = with_provenance(rows)
    words = table.select_dtypes(exclude=["number", "bool"]).columns
    table.astype(dict.fromkeys(words, "string")).to_parquet(sink, index=False, compression="zstd")
    return sink.getvalue()
