"""Scores of a device from measured reference networks: figures in; scores, rank, letter and label out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pandas as pd
import streamlit as st

from app import bundle_cache
from app.i18n.formats import count, listing, literal, number, percent
from app.i18n.messages import tell
from app.i18n.texts import t, tn
from app.label.content import certainty_line
from app.label.gather import device_names, phone_rows, phone_standings, phones
from app.label.view import show_label
from app.ui.attend import attending
from app.ui.boundary import boundary, show_error
from app.ui.glossary import explain
from app.ui.print_view import on_paper, show_data
from app.ui.sent_files import contents_of, keep_name_only
from app.url_state import own_file
from app.your_device.carried import carry_scores, show_carried
from app.your_device.hand_in import show_hand_in
from app.your_device.scores import (
    ENERGY,
    POWER,
    OwnScore,
    blank_table,
    filled_table,
    own_scores,
    rows_of,
)
from data.errors import JouleLensError
from data.workers import calls
from scoring import DELEGATES, MeasuredRow
from scoring.measurements import check_rows
from scoring.table import COLUMNS, read_table

if TYPE_CHECKING:
    from streamlit.runtime.uploaded_file_manager import UploadedFile

KEY: Final = "table"
"""In the address while the table holds figures."""
BASE, VERSION, SEEN, ROWS = "own_base", "own_version", "own_upload_seen", "own_rows"
MAX_MEGABYTES: Final = 1  # one device has 35 rows, about 2 kB
EXAMPLE: Final = "huawei-p40-lite"
NAME_LIMIT: Final = 60  # characters that fit on a label


def show_scored() -> None:
    """Show the whole page: what is measured on the left, what it gives on the right."""
    own_file.look_up(KEY)
    above = st.container()
    left, right = (st.container(), st.container()) if on_paper() else st.columns([1, 1], gap="large")
    with left:
        name, tdp_w = _device()
        with boundary("your device, file"):
            _take_file()
        rows = _edit()
    if own_file.is_gone(KEY, is_here=bool(rows)):
        with above:
            show_carried()
            _show_gone()
    made: list[OwnScore] = []
    with right, boundary("your device, scores"):
        if rows:
            made = _results(name, rows, tdp_w)
        else:
            _invite()
    if made:
        carry_scores([each.facts for each in made if each.facts is not None])
        with boundary("your device, label"):
            _label(made)
    if rows:
        with boundary("your device, hand in"):
            show_hand_in(name, rows)


def _show_gone() -> None:
    own_file.show_gone(
        t("The table held **figures of your device** that are not here (any more): no scores."),
        t("Upload the table again or fill it in below; name and TDP are as before."),
    )
    st.button(t("Go on with an empty table"), on_click=own_file.give_up, args=(KEY,))


def _invite() -> None:
    """Say what will stand here, offer an example, and show whom the device will stand beside."""
    st.info(
        t(
            "PCS and IECS appear here as soon as one row has a power or an energy. Any part of the table is "
            "enough; the score says how much it rests on."
        ),
        icon=":material/edit_note:",
    )
    _example_button("own_example_first")
    st.markdown(t("**The phones it will stand beside:**"), help=explain("PCS", "IECS"))
    show_data(phones_table(), t("PCS and IECS of the phones of the bundle, best PCS first"), height="content")


def phones_table() -> pd.DataFrame:
    """Return PCS and IECS of every phone of the bundle, best PCS first."""
    iecs = {each.device_id: each.score.value for each in phone_standings("IECS")}
    return pd.DataFrame(
        {
            t("Phone"): device_names()[each.device_id],
            "PCS": each.score.value,
            "IECS": iecs[each.device_id],
        }
        for each in phone_standings("PCS")
    )


def _example_button(key: str) -> None:
    st.button(
        t("Start from the figures of {device}", device=device_names().get(EXAMPLE, EXAMPLE)),
        key=key,
        on_click=_start_from_example,
        disabled=not phone_rows(EXAMPLE),
        icon=":material/content_copy:",
    )


def _device() -> tuple[str, float | None]:
    columns = st.columns([2, 1])
    name = columns[0].text_input(
        t("Name of the device"),
        key="own_name",
        bind="query-params",
        max_chars=NAME_LIMIT,
        placeholder=t("My phone"),
    )
    tdp_w = columns[1].number_input(
        t("TDP of its chip (W)"),
        value=None,
        key="own_tdp",
        bind="query-params",
        help=explain("TDP"),
        step=0.5,
    )
    return (name or "").strip() or t("My device"), None if tdp_w is None else float(tdp_w)


def _take_file() -> None:
    with st.expander(t("Upload a table, or start from an example"), icon=":material/upload_file:"):
        upload = st.file_uploader(
            t("CSV file"),
            type=["csv", "txt"],
            max_upload_size=MAX_MEGABYTES,
            key=own_file.widget_key(KEY, "own_file"),
        )
        st.caption(
            t(
                "Columns {columns} (power in W, energy in J; delegates {delegates}). It is read in memory, "
                "never stored, and gone when you clear it or close this tab.",
                columns=", ".join(COLUMNS),
                delegates=", ".join(DELEGATES.values()),
            )
        )
        _example_button("own_example")
        st.button(t("Empty the table"), on_click=_empty, icon=":material/delete:")
    if upload is not None:
        _use_upload(upload)


def _use_upload(upload: UploadedFile) -> None:
    """Put a new file's rows into the table, once; a file with an error leaves the table as it is."""
    if st.session_state.get(SEEN) == upload.file_id:
        return
    try:
        [(file_name, content)] = contents_of([upload], MAX_MEGABYTES)
        with attending(t("Reading the table …")) as attend:
            rows = calls.read_content(read_table, content, file_name, attend=attend)
    except JouleLensError as error:
        st.error(
            t(
                "{file} is not used: {reason} The table below is as it was.  \nCode: `{code}`",
                file=literal(upload.name),
                reason=literal(tell(error.message)),
                code=error.code,
            ),
            icon=":material/error:",
        )
        return
    _put(rows)
    st.session_state[SEEN] = upload.file_id
    keep_name_only(upload)


def _start_from_example() -> None:
    _put(phone_rows(EXAMPLE))
    tdps = {phone.device_id: phone.tdp_w for phone in phones()}
    st.session_state["own_tdp"] = tdps.get(EXAMPLE)
    st.session_state["own_name"] = t("Copy of {device}", device=device_names()[EXAMPLE])


def _empty() -> None:
    _put(())


def _put(rows: tuple[MeasuredRow, ...]) -> None:
    st.session_state[BASE] = filled_table(blank_table(bundle_cache.reference_dnns()), rows)
    # A new key, so that the editor starts from the new table and forgets what was typed into the old one.
    st.session_state[VERSION] = st.session_state.get(VERSION, 0) + 1


def _edit() -> tuple[MeasuredRow, ...]:
    if BASE not in st.session_state:
        _put(())
    if on_paper():
        return _on_sheet()
    column = st.column_config
    edited = st.data_editor(
        st.session_state[BASE],
        hide_index=True,
        placeholder="",
        height=460,
        key=f"own_table_{st.session_state[VERSION]}",
        # Columns to fill in come first: a phone shows the first columns only.
        column_order=["network", "delegate", POWER, ENERGY, "dnn_id"],
        disabled=["dnn_id", "network", "delegate"],
        alt=t("Average power and energy of the reference networks, to fill in"),
        column_config={
            "dnn_id": column.TextColumn(t("Number"), width=75),
            "network": column.TextColumn(t("Network"), width=150),
            "delegate": column.TextColumn(t("Delegate"), help=explain("delegate", "NNAPI"), width=72),
            POWER: column.NumberColumn(t("Power (W)"), help=explain("average power"), width=118),
            ENERGY: column.NumberColumn(t("Energy (mJ)"), help=explain("energy per inference"), width=118),
        },
    )
    rows = st.session_state[ROWS] = rows_of(pd.DataFrame(edited))
    st.caption(
        tn(
            "{n} of {all} rows has a figure. Energy is per inference.",
            "{n} of {all} rows have a figure. Energy is per inference.",
            len(rows),
            all=len(edited),
        ),
        help=explain("delegate", "NNAPI", "average power", "energy per inference"),
    )
    return rows


def _on_sheet() -> tuple[MeasuredRow, ...]:
    """Show the rows that have figures, and keep them for the table on the screen, which paper has not."""
    rows: tuple[MeasuredRow, ...] = st.session_state.get(ROWS, ())
    _put(rows)
    table = st.session_state[BASE]
    filled = table[table[[POWER, ENERGY]].notna().any(axis=1)][["network", "delegate", POWER, ENERGY]]
    headings = {
        "network": t("Network"), "delegate": t("Delegate"), POWER: t("Power (W)"), ENERGY: t("Energy (mJ)"),
    }  # fmt: skip
    show_data(filled.rename(columns=headings), t("Average power and energy of the reference networks"))
    return rows


def _results(name: str, rows: tuple[MeasuredRow, ...], tdp_w: float | None) -> list[OwnScore]:
    """Show both scores or why there is none; returns those that could be made."""
    try:
        check_rows(rows)
    except JouleLensError as error:
        show_error(error.code, tell(error.message))
        return []
    scores = own_scores(name, rows, tdp_w)
    columns = st.columns(2)
    for column, each in zip(columns, scores, strict=True):
        with column:
            _score(each)
    for note in dict.fromkeys(note for each in scores if each.score for note in each.score.notes):
        st.warning(
            t("{message}  \nCode: `{code}`", message=literal(tell(note.message)), code=note.code),
            icon=":material/warning:",
        )
    made = [each for each in scores if each.facts]
    if made:
        st.markdown(answer(name, made))
    return made


def _score(own: OwnScore) -> None:
    with st.container(border=True, height="stretch"):
        if own.score is None or own.facts is None:
            code, message = own.failure or ("NO_SCORE", t("No score."))
            st.metric(own.name, t("none"))
            st.markdown(t("{message}  \nCode: `{code}`", message=literal(message), code=code))
            return
        st.metric(own.name, number(own.score.value), help=explain(own.name))
        st.caption(
            t(
                "higher is better · {used} of {possible} rows ({share})",
                used=count(own.score.rows_used),
                possible=own.score.rows_possible,
                share=percent(own.score.coverage),
            )
        )
        st.caption(certainty_line(own.facts))


def answer(name: str, scores: list[OwnScore]) -> str:
    """Return what the scores say in one sentence (Markdown; the name is escaped)."""
    ranked = [facts for each in scores if (facts := each.facts) is not None and facts.rank]
    if not ranked:
        return t(
            "**{device}** shares no measured row with the phones of the bundle, so it has no rank.",
            device=literal(name),
        )
    ranks = [
        t("rank {rank} of {all} by {score}", rank=facts.rank, all=facts.of, score=facts.score)
        for facts in ranked
    ]
    return tn(
        "**{device}** beside the bundle's phones: {ranks}, on the {n} row measured.",
        "**{device}** beside the bundle's phones: {ranks}, on the {n} rows measured.",
        max(facts.ranked_on for facts in ranked),
        device=literal(name),
        ranks=listing(ranks),
    )


def _label(scores: list[OwnScore]) -> None:
    section = st.expander(t("The label"), icon=":material/sell:", key="own_label_open", on_change="rerun")
    if not section.open:
        return
    with section:
        names = [each.name for each in scores]
        chosen = st.segmented_control(t("Label of"), names, default=names[0], required=True, key="own_label")
        facts = next((each.facts for each in scores if each.name == chosen), scores[0].facts)
        if facts is not None:
            show_label(facts, "own_label")
