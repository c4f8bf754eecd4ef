"""A box for questions in SQL, answered by the sealed worker of the data layer."""

from __future__ import annotations

from typing import Final

import streamlit as st

from app import bundle_cache
from app.i18n.formats import count, number
from app.i18n.messages import tell
from app.i18n.texts import t, tn
from app.ui.attend import attending
from app.ui.boundary import show_error
from app.ui.lazy_section import folded
from app.ui.tables import offer_csv
from data.dictionary import load_dictionary
from data.errors import JouleLensError
from data.inert_csv import frame_csv
from data.sql.sandbox import EXAMPLES, Limits, sealed_query

KEY: Final = "sql"


def show_sql() -> None:
    """Show the box, folded; only what is inside it runs again."""
    folded(t("Ask in SQL"), "sql-box", _box, icon=":material/terminal:", is_form=True)


@st.fragment
def _box() -> None:
    limits = Limits()
    st.caption(
        t(
            "One SELECT over the bundle, read-only: no files, no network, at most {seconds} s and {rows} "
            "rows. Your own measurements are not in it.",
            seconds=number(limits.seconds, 1),
            rows=count(limits.rows),
        )
    )
    st.session_state.setdefault(KEY, EXAMPLES[0][1])
    with st.container(horizontal=True):
        for title, question in EXAMPLES:
            st.button(tell(title), on_click=_take, args=(question,), key=f"sql-{title}")
    question = st.text_area(t("Query"), key=KEY, height=130)
    if st.button(t("Run"), type="primary", icon=":material/play_arrow:", key="sql-run"):
        _answer(question)
    with st.popover(t("Tables and columns")):
        _tables()


def _take(question: str) -> None:
    st.session_state[KEY] = question


def _answer(question: str) -> None:
    try:
        with attending(t("Asking …")) as attend:
            answer = sealed_query(bundle_cache.bundle(), question, attend=attend)
    except JouleLensError as error:
        show_error(error.code, tell(error.message))
        return
    seconds = number(answer.seconds, 2)
    words = [tn("{n} row in {seconds} s.", "{n} rows in {seconds} s.", len(answer.frame), seconds=seconds)]
    if answer.truncated:
        words.append(t("There are more; ask for fewer."))
    st.markdown(" ".join(words))
    st.dataframe(answer.frame, hide_index=True, placeholder="", alt=t("Answer to the query"))
    offer_csv(t("Download CSV"), frame_csv(answer.frame), "joulelens-query.csv")


def _tables() -> None:
    tables = load_dictionary()
    chosen = st.selectbox(t("Table"), list(tables), key="sql-table")
    st.caption(tell(tables[chosen].meaning))
    st.dataframe(
        [
            {
                t("Column"): each.name,
                t("Unit"): "" if each.unit in ("none", "1") else each.unit,
                t("Meaning"): tell(each.meaning),
            }
            for each in tables[chosen].stored
        ],
        hide_index=True,
        alt=t("Columns of {table}", table=chosen),
    )
