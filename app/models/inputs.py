"""What is estimated, and for what: sample or file, shapes, device, delegate, precision."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import streamlit as st

from app.i18n.formats import count, megabytes
from app.i18n.messages import tell
from app.i18n.texts import t
from app.models.model import DEFAULT_SAMPLE, current_upload, keep_upload, sample_side, sample_titles
from app.models.open_fields import ask_for_shapes
from app.models.targets import delegate_labels, device_labels, precisions_of, target_named
from app.models.upload import (
    Upload,
    read_upload,
    with_shapes,
)
from app.ui.attend import attending
from app.ui.boundary import offer_again, show_error
from app.ui.glossary import explain
from app.ui.sent_files import let_go
from app.url_state import widgets
from app.url_state.number_fields import side_field
from app.url_state.own_file import READABLE_PX, give_up, is_gone, show_gone
from predictors.errors import printable
from predictors.results.targets import Target

KEY: Final = "file"
"""In the address while the model on the page is a file of the reader's own."""


def is_model_gone() -> bool:
    """Whether the address says that the page's model is a file of the reader's own, and it is not here."""
    return is_gone(KEY, is_here=current_upload() is not None)


def show_model_gone() -> None:
    """Show this in place of the whole page: no figures of another model in the place of the reader's."""
    show_way_back(
        t("This page showed **a model file of your own** that is not here (any more): no figures."),
        t(
            "Choose the file again, and device, delegate, precision and section are as before. Or go on with "
            "a sample model."
        ),
        t("Go on with a sample model"),
        lambda: give_up(KEY),
    )


def show_way_back(what: str, advice: str, without: str, go_on: Callable[[], None]) -> None:
    """Show what is gone (see `show_gone`), the file widget, and a button `without` that calls `go_on`."""
    with st.container(width=READABLE_PX):
        show_gone(what, advice)
        take_file(again=True)
        st.button(without, key="go-on", on_click=go_on, icon=":material/arrow_forward:")


VERSION: Final = "upload_version"
"""Counts uploads: a new key empties the file widget, so that it lets go of the file."""


def take_file(*, again: bool = False) -> None:
    """Show the file widget; a file is read at once, its bytes are let go, and the page starts over.

    `again`: a file that was here before, so precision stays what the address says.
    """
    limit_mb = int(st.get_option("server.maxUploadSize"))
    file = st.file_uploader(
        t("Your model file") if again else t("… or your own model (ONNX or TensorFlow Lite)"),
        key=f"file_{st.session_state.get(VERSION, 0)}",
        max_upload_size=limit_mb,
        help=t(
            "Read in memory by a separate process, never stored, gone when cleared. Weights are not needed "
            "and not looked at. Up to {limit} MB; a larger model fits without its weights (saved with "
            "external data).",
            limit=count(limit_mb),
        ),
    )
    st.caption(t("Read in memory by a separate process, never stored, gone when cleared."))
    if file is None:
        return
    with attending(t("Reading the model …")) as attend, file.getbuffer() as content:
        upload = read_upload(file.name, content, attend)
    if upload.is_put_off:
        _show_put_off(upload, "file-again")
        return
    let_go(file)
    st.session_state[VERSION] = st.session_state.get(VERSION, 0) + 1
    keep_upload(upload)
    if upload.graph is not None and not again:
        from predictors.estimate import default_precision

        st.session_state["precision"] = default_precision(upload.graph)
    st.rerun()


def _show_put_off(upload: Upload, key: str) -> None:
    assert upload.failure is not None  # noqa: S101 - told by `is_put_off`
    code, message = upload.failure
    show_error(code, tell(message))
    offer_again(code, key)


def choose_sample() -> tuple[str, int | None]:
    """Let a sample and the side of its input image be chosen; returns id and side (None: its usual one)."""
    name, size = st.columns([3, 2], gap="small", vertical_alignment="bottom")
    with name:
        sample_id = widgets.selectbox(t("Sample model"), sample_titles(), "sample", usual=DEFAULT_SAMPLE)
    usual = sample_side(sample_id)
    side = side_field(
        size,
        t("Image side"),
        key="side",
        placeholder=t("{side} px", side=usual) if usual else t("no image"),
        disabled=not usual,
        help=t("Height and width of the input image (pixels). Empty: the size the network was designed for."),
    )
    return sample_id, side if usual else None


def keep_sample() -> None:
    """Keep the choice of a sample for later while a file takes its place and its fields are not shown."""
    for key in ("sample", "side"):
        if key in st.session_state:
            st.session_state[key] = st.session_state[key]


def show_upload(upload: Upload) -> Upload:
    """Show the uploaded file, a way to clear it, and fields for what it leaves open; returns it as read."""
    with st.container(border=True, gap="small"):
        st.text(printable(upload.file_name, 60))
        checksum = [t("SHA-256 {start}…", start=upload.sha256[:12])] if upload.sha256 else []
        st.caption(" · ".join([megabytes(upload.size_bytes), *checksum]))
        st.button(
            t("Clear, back to the samples"),
            key="clear",
            icon=":material/close:",
            on_click=lambda: keep_upload(None),
            width="stretch",
        )
    chosen = ask_for_shapes(upload)
    if chosen is not None and tuple(sorted(chosen.items())) != upload.shapes:
        with attending(t("Reading the model with these shapes …")) as attend:
            again = with_shapes(upload, chosen, attend)
        if again.is_put_off:
            _show_put_off(again, "shapes-again")
            return upload
        keep_upload(again)
        st.rerun()  # what the file asks for now may be something else: a field above for each of it
    return upload


def choose_target() -> Target:
    """Let device, delegate and precision be chosen; what the device does not have gives way to its first."""
    device_id = widgets.selectbox(t("Device"), device_labels(), "device")
    left, right = st.columns([5, 3], gap="small")
    with left:
        delegates = delegate_labels(device_id)
        delegate = widgets.selectbox(t("Runs on"), delegates, "delegate", help=explain("delegate"))
    with right:
        precisions = {each: each for each in precisions_of(device_id, delegate)}
        precision = widgets.selectbox(t("Precision"), precisions, "precision", help=explain("fp32", "int8"))
    return target_named(device_id, delegate, precision)
