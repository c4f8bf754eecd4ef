"""Cached doors to the layers below: the bundle is opened once, every query is answered once.

Frames are handed out as copies by Streamlit's cache, so a page may change its own. Nothing here computes.
"""

from __future__ import annotations

import pandas as pd
import streamlit as st

from data import Bundle, open_bundle, queries
from data.dictionary import table
from predictors.targets import Target


@st.cache_resource(show_spinner="Opening the measurements (built on the first start) …")
def bundle() -> Bundle:
    """Return the read-only bundle, built first if it is missing."""
    return open_bundle()


@st.cache_data(show_spinner=False)
def data_version() -> str:
    """Return the version of the figures, as the bundle states it."""
    return bundle().version


@st.cache_data(show_spinner=False)
def devices() -> pd.DataFrame:
    """Return the devices, one row each."""
    return queries.devices(bundle())


@st.cache_data(show_spinner=False)
def reference_dnns() -> pd.DataFrame:
    """Return the twelve reference networks."""
    return queries.reference_dnns(bundle())


@st.cache_data(show_spinner=False)
def application_measurements() -> pd.DataFrame:
    """Return power (W) and energy (mJ) per phone, reference network and delegate; empty cells as NULL."""
    return queries.application_measurements(bundle())


@st.cache_data(show_spinner=False)
def published_scores() -> pd.DataFrame:
    """Return the scores as printed, one row per phone."""
    return queries.published_scores(bundle())


@st.cache_data(show_spinner=False)
def sources() -> pd.DataFrame:
    """Return who measured what, where it was published and under which licence."""
    return queries.sources(bundle())


@st.cache_data(show_spinner=False)
def corrections() -> pd.DataFrame:
    """Return what is known to be wrong or odd in the figures, and what was done about it."""
    return queries.corrections(bundle())


@st.cache_data(show_spinner=False)
def device_coverage() -> pd.DataFrame:
    """Return how many rows each table holds of each device."""
    return queries.device_coverage(bundle())


@st.cache_resource(show_spinner="Looking up what can be estimated …")
def targets() -> tuple[Target, ...]:
    """Return everything that can be estimated: device, delegate, precision, with the held-out error."""
    # Imported here: the predictors load numerical libraries that other pages do without.
    from predictors.registry import targets as all_targets

    return all_targets()


@st.cache_resource(show_spinner="Looking up what can be estimated …", max_entries=100)
def targets_of(device_id: str) -> tuple[Target, ...]:
    """Return what can be estimated for one device, which takes less than listing everything."""
    from predictors.registry import targets_of as of_device

    return of_device(device_id)


def labels(table_name: str) -> dict[str, str]:
    """Return column name -> heading with unit of one table, from the dictionary."""
    return {name: column.heading for name, column in table(table_name).columns.items()}


def title(table_name: str) -> str:
    """Return the title of one table, from the dictionary."""
    return table(table_name).title


def label(table_name: str, column_name: str) -> str:
    """Return the label of one column, without its unit, from the dictionary."""
    return table(table_name).columns[column_name].label
