"""What the address of the compare page holds: several values per choice, by label or by id."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from app.formats import listing, literal
from app.state import MAX_VALUE_LENGTH


@dataclass(frozen=True, slots=True)
class Asked:
    """One choice of the address: its key, what can be chosen (id -> label) and what it is called."""

    key: str
    labels: Mapping[str, str]
    noun: str


def translated(values: Sequence[str], labels: Mapping[str, str]) -> tuple[list[str], list[str]]:
    """Return the labels that an address asks for, ids translated, and the values that do not exist.

    Widgets write labels into the address; ids are easier to write by hand. Each label comes once.
    """
    known = {label: label for label in labels.values()} | dict(labels)
    found = dict.fromkeys(known[value] for value in values if value in known)
    return list(found), [value for value in values if value and value not in known]


def accept(asked: Sequence[Asked], page_file: Path) -> None:
    """Let the address name choices by id, and say which of them do not exist (any more).

    Call before anything is shown. An address with ids or unknown values is replaced by one without, which
    reloads `page_file`; the words about unknown values are kept for that next run.
    """
    query: dict[str, list[str]] = {key: st.query_params.get_all(key) for key in st.query_params}
    unknown: list[str] = []
    changed = False
    for choice in asked:
        values = query.get(choice.key, [])
        labels, strange = translated(values, choice.labels)
        unknown += [f"the {choice.noun} “{literal(each[:MAX_VALUE_LENGTH])}”" for each in strange[:6]]
        if choice.key in query and labels != values and values != [""]:
            changed = True
            query[choice.key] = labels
    if changed:
        if unknown:
            st.session_state[_UNKNOWN] = unknown
        # A choice of which nothing is left goes back to its start.
        st.switch_page(page_file, query_params={key: values for key, values in query.items() if values})
    show_unknown()


_UNKNOWN = "compare_unknown"


def show_unknown() -> None:
    """Say what the address asked for in vain, once."""
    unknown = st.session_state.pop(_UNKNOWN, None)
    if unknown:
        st.warning(
            f"The address asks for {listing(unknown)}, not here (any more). The rest of it is shown; choose "
            "something else below.  \nCode: `unknown-address-value`",
            icon=":material/link_off:",
        )


def select_one(label: str, key: str, options: Mapping[str, str], about: str | None = None) -> str:
    """Show a selection (id -> label) that is kept in the address; returns the id.

    Its options depend on other choices: what no longer fits gives way to the first.
    """
    if key in st.session_state and st.session_state[key] not in options:
        st.session_state[key] = next(iter(options))
    return str(
        st.selectbox(
            label, list(options), format_func=options.__getitem__, key=key, bind="query-params", help=about
        )
    )
