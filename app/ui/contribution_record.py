"""The fields of a source record: who measured what and how, asked wherever figures are handed in."""

from __future__ import annotations

import streamlit as st

from app.i18n.texts import t
from data.contribution.hand_in import LICENCES, SourceRecord


def ask_record(prefix: str, how: str) -> SourceRecord:
    """Show the fields; their keys begin with `prefix`, and `how` says what the method should name."""
    columns = st.columns(2)
    return SourceRecord(
        title=columns[0].text_input(t("Title"), key=f"{prefix}title", max_chars=200),
        authors=columns[1].text_input(t("Who measured"), key=f"{prefix}authors", max_chars=200),
        url=columns[0].text_input(
            t("Address of the source"), key=f"{prefix}url", placeholder="https://", max_chars=200
        ),
        licence=str(columns[1].selectbox(t("Licence of the figures"), LICENCES, key=f"{prefix}licence")),
        method=st.text_area(t("How it was measured"), key=f"{prefix}method", placeholder=how, max_chars=2000),
    )
