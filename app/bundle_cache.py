"""Cached access to the layers below: the bundle is opened once, and every query runs once.

Frames are handed out as copies, so a page may change its own. Nothing here computes.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import pandas as pd
import streamlit as st

from app.i18n.messages import tell
from app.i18n.texts import t
from app.memo import keeping
from data import Bundle, open_bundle, queries
from data.dictionary import table
from predictors.results.targets import Target


def bundle() -> Bundle:
    """Return the read-only bundle, built first if it is missing."""
    with _waiting("bundle", t("Opening the measurements (built on the first start) …")):
        return _bundle()


@st.cache_resource(show_spinner=False)
def _bundle() -> Bundle:
    return open_bundle()


@keeping
def data_version() -> str:
    """Return the version of the figures, as the bundle states it."""
    return bundle().version


@keeping
def devices() -> pd.DataFrame:
    """Return the devices, one row each."""
    return queries.devices(bundle())


@keeping
def reference_dnns() -> pd.DataFrame:
    """Return the twelve reference networks."""
    return queries.reference_dnns(bundle())


@keeping
def application_measurements() -> pd.DataFrame:
    """Return power (W) and energy (mJ) per phone, reference network and delegate; empty cells as NULL."""
    return queries.application_measurements(bundle())


@keeping
def published_scores() -> pd.DataFrame:
    """Return the scores as printed, one row per phone."""
    return queries.published_scores(bundle())


@keeping
def sources() -> pd.DataFrame:
    """Return who measured what, where it was published and under which licence."""
    return queries.sources(bundle())


@keeping
def corrections() -> pd.DataFrame:
    """Return what is known to be wrong or odd in the figures, and what was done about it."""
    return queries.corrections(bundle())


@keeping
def has_tokens() -> bool:
    """Return whether the bundle holds energy per token."""
    return not queries.token_runs(bundle()).empty


@keeping
def device_coverage() -> pd.DataFrame:
    """Return how many rows each table holds of each device."""
    return queries.device_coverage(bundle())


def targets() -> tuple[Target, ...]:
    """Return everything that can be estimated: device, delegate, precision, with the held-out error."""
    with _waiting("targets", t("Looking up what can be estimated …")):
        # Imported here: the predictors load numerical libraries that other pages do without.
        from predictors.registry import targets as all_targets

        return all_targets()


def targets_of(device_id: str) -> tuple[Target, ...]:
    """Return what can be estimated for one device, which takes less than listing everything."""
    with _waiting(f"targets:{device_id}", t("Looking up what can be estimated …")):
        from predictors.registry import targets_of as of_device

        return of_device(device_id)


def labels(table_name: str) -> dict[str, str]:
    """Return column name -> heading with unit of one table, from the dictionary, in the reader's language."""
    return {name: tell(column.heading) for name, column in table(table_name).columns.items()}


def title(table_name: str) -> str:
    """Return the title of one table, from the dictionary."""
    return tell(table(table_name).title)


def label(table_name: str, column_name: str) -> str:
    """Return the label of one column, without its unit, from the dictionary."""
    return tell(table(table_name).columns[column_name].label)


_DONE: Final[set[str]] = set()
"""Steps whose spinner was shown once: later calls return at once and need none."""


@contextmanager
def _waiting(name: str, words: str) -> Iterator[None]:
    if name in _DONE:
        yield
        return
    with st.spinner(words):
        yield
    _DONE.add(name)
