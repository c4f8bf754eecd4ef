"""Handing figures in: the record of who measured what and how, and the file once nothing is missing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st

from app.i18n.formats import literal
from app.i18n.messages import tell
from app.i18n.texts import t
from data.contribution.check import Checked
from data.contribution.hand_in import LICENCES, SourceRecord, contribution_zip, problems


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


def offer_contribution(
    record: SourceRecord, checked: Checked, level: str, lacking: Sequence[str] = (), **button: Any
) -> None:
    """Show the download of a checked table of one level, or what is missing in the record and otherwise.

    `lacking` are finished sentences; `button` goes to `st.download_button`.
    """
    missing = [*map(tell, problems(record)), *lacking]
    if missing:
        listed = (f"- {literal(words)}" for words in missing[:10])
        st.markdown("\n".join([t("Before the file can be made:"), *listed]))
        return
    st.download_button(
        t("Download contribution"),
        contribution_zip(record, checked),
        file_name=f"{record.source_id}-{level}.zip",
        mime="application/zip",
        on_click="ignore",
        **{"icon": ":material/download:"} | button,
    )
