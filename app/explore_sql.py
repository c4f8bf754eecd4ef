"""A box for questions in SQL, answered by the sealed worker of the data layer."""

from __future__ import annotations

from typing import Final

import streamlit as st

from app import doors
from app.errors import show_error
from app.formats import plural
from data.dictionary import load_dictionary
from data.errors import SqlError
from data.sql_box import EXAMPLES, Limits, sealed_query

KEY: Final = "sql"


def show_sql() -> None:
    """Show the box, folded; only what is inside it runs again."""
    with st.expander("Ask in SQL", icon=":material/terminal:"):
        _box()


@st.fragment
def _box() -> None:
    limits = Limits()
    st.caption(
        f"One SELECT over the bundle, read-only: no files, no network, at most {limits.seconds:g} s and "
        f"{limits.rows:,} rows. Your own measurements are not in it."
    )
    st.session_state.setdefault(KEY, EXAMPLES[0][1])
    with st.container(horizontal=True):
        for title, question in EXAMPLES:
            st.button(title, on_click=_take, args=(question,), key=f"sql-{title}")
    question = st.text_area("Query", key=KEY, height=130)
    if st.button("Run", type="primary", icon=":material/play_arrow:", key="sql-run"):
        _answer(question)
    with st.popover("Tables and columns"):
        _tables()


def _take(question: str) -> None:
    st.session_state[KEY] = question


def _answer(question: str) -> None:
    try:
        with st.spinner("Asking …"):
            answer = sealed_query(doors.bundle(), question)
    except SqlError as error:
        show_error(error.code, error.message)
        return
    more = " There are more; ask for fewer." if answer.truncated else ""
    st.markdown(f"{plural(len(answer.frame), 'row')} in {answer.seconds:.2g} s.{more}")
    st.dataframe(answer.frame, hide_index=True, alt="Answer to the query")
    st.download_button(
        "Download CSV",
        answer.frame.to_csv(index=False),
        file_name="joulelens-query.csv",
        mime="text/csv",
        icon=":material/download:",
        on_click="ignore",
    )


def _tables() -> None:
    tables = load_dictionary()
    chosen = st.selectbox("Table", list(tables), key="sql-table")
    st.caption(tables[chosen].meaning)
    st.dataframe(
        [
            {
                "Column": each.name,
                "Unit": "" if each.unit in ("none", "1") else each.unit,
                "Meaning": each.meaning,
            }
            for each in tables[chosen].stored
        ],
        hide_index=True,
        alt=f"Columns of {chosen}",
    )
