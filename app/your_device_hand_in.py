"""Hand figures of one's own in: a checked CSV in the figures' schema and a source record, as one file."""

from __future__ import annotations

import streamlit as st

from app import doors
from app.formats import literal, plural
from app.your_device import Setup, contribution_csv, scoring_csv
from data.contribution import Checked, check_csv
from data.contribution_findings import ERROR
from data.contribution_schema import schema
from data.contribution_source import LICENCES, SourceRecord, contribution_zip, problems
from scoring import MeasuredRow


def show_hand_in(name: str, rows: tuple[MeasuredRow, ...]) -> None:
    """Show the downloads: the table as it stands, and the contribution once everything is said about it."""
    with st.expander("Take the figures away, or hand them in", icon=":material/outbox:"):
        st.download_button(
            "Table as CSV",
            scoring_csv(rows),
            file_name="joulelens-own-device.csv",
            mime="text/csv",
            icon=":material/download:",
            on_click="ignore",
            help="Can be uploaded here again, and is what `python -m scoring` reads.",
        )
        st.markdown(
            "**To hand in**, say how the figures came about. Nothing is sent anywhere: you get a file with "
            "the figures, a source record like those of the bundle, and a note on what to do with it."
        )
        setup, record = _setup(name), _record()
        checked = check_csv(contribution_csv(rows, setup, _dnns()), "application", "your table")
        _offer(record, checked, len(rows))


def _dnns() -> dict[str, dict[str, object]]:
    return {str(dnn["dnn_id"]): dnn for dnn in doors.reference_dnns().to_dict("records")}


def _setup(name: str) -> Setup:
    scopes = next(field.allowed for field in schema("application") if field.name == "meter_scope")
    columns = st.columns(3, vertical_alignment="bottom")
    software = columns[0].text_input(
        "Software and version", key="own_software", max_chars=200, placeholder="TensorFlow Lite 2.14"
    )
    scope = columns[1].selectbox(
        "What the meter saw", scopes, index=scopes.index("whole-phone"), key="own_scope"
    )
    idle = columns[2].checkbox("Idle power is included", value=True, key="own_idle")
    return Setup(name, software or "", str(scope), bool(idle))


def _record() -> SourceRecord:
    columns = st.columns(2)
    return SourceRecord(
        title=columns[0].text_input("Title", key="own_title", max_chars=200),
        authors=columns[1].text_input("Who measured", key="own_authors", max_chars=200),
        url=columns[0].text_input(
            "Address of the source", key="own_url", placeholder="https://", max_chars=200
        ),
        licence=str(columns[1].selectbox("Licence of the figures", LICENCES, key="own_licence")),
        method=st.text_area(
            "How it was measured",
            key="own_method",
            placeholder="Meter and its rate, number of runs, temperature",
            max_chars=2000,
        ),
    )


def _offer(record: SourceRecord, checked: Checked, rows: int) -> None:
    left_out = rows - checked.rows_read
    if left_out:
        st.caption(
            f"{plural(left_out, 'row')} without an energy cannot be handed in and stay out of the file."
        )
    wrong = [finding.message for finding in checked.findings if finding.severity == ERROR]
    missing = [*problems(record), *dict.fromkeys(wrong)]
    if not checked.accepted and not wrong:
        missing.append("Give at least one row an energy.")
    if missing:
        st.markdown(
            "Before the file can be made:\n" + "\n".join(f"- {literal(words)}" for words in missing[:10])
        )
        return
    st.download_button(
        "Download contribution",
        contribution_zip(record, checked),
        file_name=f"{record.source_id}-application.zip",
        mime="application/zip",
        icon=":material/download:",
        on_click="ignore",
    )
