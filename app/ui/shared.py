"""What a page lets its readers take along: its tables, and the figures of their own that its link carries.

A page fills this while it is made; the strip "Share" in the frame reads it. It is the session's own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

import pandas as pd
import streamlit as st

KEY: Final = "shared"
MOST_TABLES: Final = 12
"""Most tables offered for download. The last ones are kept: they belong to what the reader opened last."""


@dataclass
class Shared:
    """What the page of this session offers: tables by their columns, parameters its link gets besides, and
    a sentence about each thing that no link has room for."""

    page: str
    tables: dict[tuple[str, ...], pd.DataFrame] = field(default_factory=dict)
    carried: dict[str, str] = field(default_factory=dict)
    left_out: list[str] = field(default_factory=list)


def begin(page: str) -> None:
    """Start anew for a page (its question)."""
    st.session_state[KEY] = Shared(page)


def shared() -> Shared:
    """Return what the page of this session offers so far."""
    kept = st.session_state.get(KEY)
    return kept if isinstance(kept, Shared) else Shared("")


def offer_table(table: pd.DataFrame) -> None:
    """Let the reader take a table along as a file; one with the same columns takes the place of the last."""
    offered = shared()
    columns = tuple(str(column) for column in table.columns)
    offered.tables.pop(columns, None)
    offered.tables[columns] = table
    while len(offered.tables) > MOST_TABLES:
        offered.tables.pop(next(iter(offered.tables)))


def carry(figures: Mapping[str, str]) -> None:
    """Put parameters into the link that is copied: figures of the reader's own, which are nowhere else."""
    shared().carried.update(figures)


def leave_out(words: str) -> None:
    """Say in the strip, in whole sentences (Markdown), what a link has no room for."""
    if words not in shared().left_out:
        shared().left_out.append(words)
