"""The shelf: models of the reader's own, named, for this session only; nobody else sees them.

Of a file its structure (without weights) and its name are kept until it is taken off or the session ends.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import PurePath
from typing import Final

import streamlit as st

from app.models.model import Model, uploaded_model
from app.models.upload import Upload
from data.messages import Message
from predictors.errors import printable

SHELF: Final = "shelf_models"
PREFIX: Final = "shelf-"
ID_DIGITS: Final = 12
"""Digits of a file's checksum in its id: the same file has it in every session, another one does not."""
MOST_FILES: Final = 20  # rows of a matrix that are still read
MOST_OPERATORS: Final = 40_000
"""Operators of all models of a shelf together: their graphs stay in memory, about 1 kB each."""


MOST_STRUCTURE_MB: Final = 64
"""Structures without weights, kept where sizes are open: as much as one model may have at most."""


@dataclass(frozen=True, slots=True)
class Shelved:
    """One model on the shelf: its id in this session, the name it is shown with, and what was read."""

    id: str
    name: str
    upload: Upload


@dataclass(frozen=True, slots=True)
class Refused:
    """A file that did not get onto the shelf, and why."""

    file_name: str
    code: str
    message: str


def shelf() -> tuple[Shelved, ...]:
    """Return the models of this session, in the order they came."""
    kept = st.session_state.get(SHELF, ())
    return kept if isinstance(kept, tuple) else ()


def shelve(uploads: Iterable[Upload]) -> list[Refused]:
    """Put files on the shelf; returns those that were refused, the others stand."""
    refused: list[Refused] = []
    for upload in uploads:
        problem = _problem(upload)
        if problem is None:
            wanted = printable(PurePath(upload.file_name).stem, 60) or "model"
            name = free_name(wanted, shelf_names().values())
            one = Shelved(f"{PREFIX}{upload.sha256[:ID_DIGITS]}", name, upload)
            st.session_state[SHELF] = (*shelf(), one)
        else:
            refused.append(Refused(upload.file_name, *problem))
    return refused


def take_off(shelf_id: str) -> None:
    """Take a model off the shelf; it is gone."""
    st.session_state[SHELF] = tuple(each for each in shelf() if each.id != shelf_id)


def shelf_names() -> dict[str, str]:
    """Return id -> name of the models on the shelf."""
    return {each.id: each.name for each in shelf()}


def shelved_model(shelf_id: str) -> Model | None:
    """Return a network of the shelf; None if it is not there (any more)."""
    found = next((each for each in shelf() if each.id == shelf_id), None)
    return None if found is None else uploaded_model(found.upload)


def _problem(upload: Upload) -> tuple[str, str] | None:
    """Why a file gets no place, as code and message."""
    kept = shelf()
    twin = next((each for each in kept if each.upload.sha256 == upload.sha256 and upload.sha256), None)
    if upload.graph is None:
        return upload.failure
    if twin is not None:
        return "SHELF_TWICE", Message(
            "The same file is on the shelf already, as {name}. Take that one off to add it anew.",
            name=twin.name,
        )
    if len(kept) >= MOST_FILES:
        return "SHELF_FULL", Message(
            "The shelf holds {most} models, which is the most. Take one off first.", most=MOST_FILES
        )
    operators = sum(len(each.upload.graph.nodes) for each in kept if each.upload.graph is not None)
    if operators + len(upload.graph.nodes) > MOST_OPERATORS:
        return "SHELF_FULL", Message(
            "The models of a shelf have at most {most:,} operators together. Take a large one off first.",
            most=MOST_OPERATORS,
        )
    structures = sum(len(each.upload.structure) for each in kept) + len(upload.structure)
    if structures > MOST_STRUCTURE_MB * 2**20:
        return "SHELF_FULL", Message(
            "The models of a shelf have at most {most} MB together without their weights. Take a large one "
            "off first.",
            most=MOST_STRUCTURE_MB,
        )
    return None


def free_name(wanted: str, taken: Iterable[str]) -> str:
    """Return a name that is not taken: the one that is wanted, or with a number behind it."""
    known, name, number = set(taken), wanted, 2
    while name in known:
        name, number = f"{wanted} ({number})", number + 1
    return name
