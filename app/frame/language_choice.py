"""The choice of language: from the address, the session or the browser, and changed by a button."""

from __future__ import annotations

import streamlit as st

from app.i18n.texts import CHOSEN, LANGUAGES, PARAMETER, SOURCE, language


def settle_language() -> None:
    """Decide the language of this run, and keep it in the address unless it is that of the code.

    Call first of all. The address wins, then what the session has, then what the browser asks for.
    """
    asked = str(st.query_params.get(PARAMETER, ""))
    if asked in LANGUAGES:
        st.session_state[CHOSEN] = asked
    elif CHOSEN not in st.session_state:
        st.session_state[CHOSEN] = _of_browser()
    _write(st.session_state[CHOSEN])


def show_language_choice() -> None:
    """Show a button for each other language, in that language's own name."""
    for code, name in LANGUAGES.items():
        if code != language():
            st.button(
                name,
                key=f"to-{code}",
                icon=":material/language:",
                type="tertiary",
                on_click=_change,
                args=(code,),
            )


def _change(code: str) -> None:
    st.session_state[CHOSEN] = code
    _write(code)
    # A browser names a choice by its label. Labels change now: what is chosen is handed over as it is.
    for key in list(st.session_state):
        if _is_choice(key):
            st.session_state[key] = st.session_state[key]


def _is_choice(key: object) -> bool:
    from app.url_state.widgets import is_bound

    return isinstance(key, str) and is_bound(key)


def _write(code: str) -> None:
    wanted = "" if code == SOURCE else code
    if st.query_params.get(PARAMETER, "") == wanted:
        return
    if wanted:
        st.query_params[PARAMETER] = wanted
    else:
        del st.query_params[PARAMETER]


def _of_browser() -> str:
    locale = st.context.locale or SOURCE
    code = locale.split("-")[0].lower()
    return code if code in LANGUAGES else SOURCE
