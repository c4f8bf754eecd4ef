"""Hand figures of one's own in: a checked CSV in the figures' schema and a source record, as one file."""

from __future__ import annotations

import streamlit as st

from app import bundle_cache
from app.i18n.messages import tell
from app.i18n.texts import t, tn, verbatim
from app.ui.contribution_record import ask_record, offer_contribution
from app.ui.tables import offer_csv
from app.ui.target_names import METERS
from app.your_device.scores import Setup, contribution_csv, scoring_csv
from data.contribution.check import Checked, check_csv
from data.contribution.findings import ERROR
from data.contribution.hand_in import SourceRecord
from data.contribution.schema import schema
from scoring import MeasuredRow


def show_hand_in(name: str, rows: tuple[MeasuredRow, ...]) -> None:
    """Show the downloads: the table as it stands, and the contribution once everything is said about it."""
    with st.expander(t("Take the figures away, or hand them in"), icon=":material/outbox:"):
        offer_csv(
            t("Table as CSV"),
            scoring_csv(rows),
            "joulelens-own-device.csv",
            help=t(
                "Can be uploaded here again, and is what `{command}` reads.",
                command=verbatim("python -m scoring"),
            ),
        )
        st.markdown(
            t(
                "**To hand in**, say how the figures came about. Nothing is sent anywhere: you get a file "
                "with the figures, a source record like those of the bundle, and a note on what to do with "
                "it."
            )
        )
        setup = _setup(name)
        record = ask_record("own_", t("Meter and its rate, number of runs, temperature"))
        checked = check_csv(contribution_csv(rows, setup, _dnns()), "application", t("your table"))
        _offer(record, checked, len(rows))


def _dnns() -> dict[str, dict[str, object]]:
    return {str(dnn["dnn_id"]): dnn for dnn in bundle_cache.reference_dnns().to_dict("records")}


def _setup(name: str) -> Setup:
    scopes = next(field.allowed for field in schema("application") if field.name == "meter_scope")
    columns = st.columns(3, vertical_alignment="bottom")
    software = columns[0].text_input(
        t("Software and version"),
        key="own_software",
        max_chars=200,
        placeholder=verbatim("TensorFlow Lite 2.14"),
    )
    scope = columns[1].selectbox(
        t("What the meter saw"),
        scopes,
        index=scopes.index("whole-phone"),
        format_func=lambda each: t(METERS.get(each) or each),
        key="own_scope",
    )
    idle = columns[2].checkbox(t("Idle power is included"), value=True, key="own_idle")
    return Setup(name, software or "", str(scope), bool(idle))


def _offer(record: SourceRecord, checked: Checked, rows: int) -> None:
    left_out = rows - checked.rows_read
    if left_out:
        st.caption(
            tn(
                "{n} row without an energy cannot be handed in and stays out of the file.",
                "{n} rows without an energy cannot be handed in and stay out of the file.",
                left_out,
            )
        )
    wrong = [tell(finding.message) for finding in checked.findings if finding.severity == ERROR]
    lacking = list(dict.fromkeys(wrong))
    if not checked.accepted and not wrong:
        lacking.append(t("Give at least one row an energy."))
    offer_contribution(record, checked, "application", lacking)
