"""Where every figure comes from, and what is odd about some of them: sources and corrections on screen."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import pandas as pd
import streamlit as st

from app import bundle_cache
from app.i18n.formats import count
from app.i18n.messages import tell
from app.i18n.texts import mark, t, tn, verbatim
from app.ui.tables import offer_csv
from data.inert_csv import frame_csv

DONE: Final = {
    "replace": mark("another value is used"),
    "flag": mark("used as printed, and marked"),
    "note": mark("nothing changed"),
}
"""What was done, by the word in the corrections file."""


def correction_line(entry: Mapping[str, object]) -> str:
    """Return one correction (a row of the `corrections` table) as a line of a list."""
    rows = int(str(entry["rows_concerned"]))
    where = t("whole table")
    if not pd.isna(entry["column_name"]):
        where = bundle_cache.label(str(entry["table_name"]), str(entry["column_name"]))
    scope = tn("{where}, {n} row", "{where}, {n} rows", rows, where=where) if rows else where
    action = str(entry["action"])
    done = t(DONE[action]) if action in DONE else action
    return " ".join([f"- **{scope}: {done}.** {tell(str(entry['reason']))}", *_values(entry)])


def _values(entry: Mapping[str, object]) -> list[str]:
    stated = {column: str(entry[column]) for column in STATED if not pd.isna(entry[column])}
    if stated.get("value_used") == stated.get("value_printed"):
        stated.pop("value_used", None)
    short = {column: value for column, value in stated.items() if len(value) <= LONGEST_VALUE}
    return [t(STATED[column], value=value) for column, value in short.items()]


STATED: Final = {
    "value_printed": mark("Printed: {value}."),
    "value_used": mark("Used: {value}."),
    "value_suggested": mark("Probably: {value}."),
}
"""Column of the corrections -> how its value is told."""
LONGEST_VALUE: Final = 120
"""Longer lists of values stay in the download."""


def show_sources() -> None:
    """Every source: who, how, where, and under which licence."""
    sources = bundle_cache.sources()
    unstated = int((~sources["licence_stated"].astype(bool)).sum())
    st.markdown(
        t(
            "{sources} sources. For {unstated} of them the publisher states no licence for the figures: "
            "these are reproduced with citation, and marked.",
            sources=count(len(sources)),
            unstated=count(unstated),
        )
    )
    for source in sources.to_dict("records"):
        with st.container(border=True):
            _source(source)


def _source(source: Mapping[str, object]) -> None:
    authors = f"  \n{source['authors']}" if _has(source, "authors") else ""
    st.markdown(f"**{source['source_title']}**{authors}")
    st.markdown(" · ".join([*([str(source["venue"])] if _has(source, "venue") else []), *_links(source)]))
    st.markdown(t("Method: {method}.", method=tell(str(source["method"])).rstrip(".")))
    icon = ":material/balance:" if _has(source, "licence_stated") else ":material/help:"
    licence = t("Licence: {licence}", licence=tell(str(source["licence"])))
    st.markdown(f"{icon} {licence}")
    notes = [tell(str(source["notes"]))] if _has(source, "notes") else []
    if _has(source, "units_published"):
        notes.append(t("Units as published: {units}.", units=tell(str(source["units_published"]))))
    st.caption(" ".join(notes))


def _has(source: Mapping[str, object], name: str) -> bool:
    return not pd.isna(source.get(name)) and bool(source.get(name))


def _links(source: Mapping[str, object]) -> list[str]:
    url, doi, arxiv = (source[name] if _has(source, name) else None for name in ("url", "doi", "arxiv"))
    links = [
        f"[{url}]({url})" if url else "",
        verbatim("[doi {doi}](https://doi.org/{doi})").format(doi=doi) if doi else "",
        verbatim("[arXiv {arxiv}](https://arxiv.org/abs/{arxiv})").format(arxiv=arxiv) if arxiv else "",
    ]
    return [link for link in links if link]


def show_corrections() -> None:
    """What is known to be wrong or odd, and what was done about it."""
    corrections = bundle_cache.corrections()
    st.markdown(
        tn(
            "{n} entry. Nothing is changed silently: where another value is used, the printed one stays "
            "beside it.",
            "{n} entries. Nothing is changed silently: where another value is used, the printed one stays "
            "beside it.",
            len(corrections),
        )
    )
    for table_name, entries in corrections.groupby("table_name", sort=False):
        with st.expander(_entries(bundle_cache.title(str(table_name)), len(entries))):
            st.markdown("\n".join(correction_line(entry) for entry in entries.to_dict("records")))
    offer_csv(t("Download as CSV"), lambda: frame_csv(corrections), "joulelens-corrections.csv")


def _entries(table: str, amount: int) -> str:
    return tn("{table}: {n} entry", "{table}: {n} entries", amount, table=table)
