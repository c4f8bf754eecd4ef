"""Kernels of this machine on the page: profiled, fitted, and taken along as files."""

from __future__ import annotations

import streamlit as st

from app.i18n.formats import count, literal, percent
from app.i18n.messages import tell
from app.i18n.texts import t, tn
from app.ui.boundary import show_error
from app.your_device import measuring_job
from data.errors import JouleLensError


def show_kernel_progress(job: measuring_job.Job) -> None:
    """How many networks were profiled and how long it takes at most, and the way to stop."""
    progress = job.kernel_progress()
    networks, seconds = count(progress.networks), count(round(progress.left_s))
    if progress.is_looping:
        words = t(
            "{networks} networks profiled · each kernel in a loop for its energy, at most {seconds} s left, "
            "then the fit",
            networks=networks,
            seconds=seconds,
        )
    else:
        words = t(
            "{networks} networks profiled · at most {seconds} s left, then the fit",
            networks=networks,
            seconds=seconds,
        )
    st.progress(progress.share, text=words)
    st.button(t("Cancel; keep what is complete"), on_click=measuring_job.cancel, icon=":material/stop:")


def _start() -> None:
    try:
        measuring_job.start_kernels()
    except JouleLensError as error:
        st.session_state["ms_error"] = error


def show_refused(job: measuring_job.Job) -> None:
    """Say which networks could not be profiled, and why; nothing where there are none."""
    notes = job.notes()
    if notes:
        with st.expander(tn("{n} network was refused", "{n} networks were refused", len(notes))):
            st.markdown("\n".join(f"- {literal(note)}" for note in notes))


def show_kernels(job: measuring_job.Job) -> None:
    """Offer to profile kernels; where they are fitted, say how well, and give the files."""
    from predictors.energy.own_kernels.files import read_fit, read_text

    rows_path, fit_path, power = job.kernel_files()
    if not fit_path.is_file():
        st.button(
            t("Profile its kernels, up to {minutes} minutes", minutes=count(measuring_job.KERNEL_MINUTES)),
            on_click=_start, icon=":material/bar_chart:",
            help=t("Networks around the known ones run with the profiler, one after the other."),
        )  # fmt: skip
        return
    try:
        fit, _ = read_fit(read_text(fit_path))
    except JouleLensError as error:
        show_error(error.code, tell(error.message))
        return
    st.markdown(
        t(
            "Kernels of {networks} networks. Each was left out and predicted: half of them within {error}, "
            "the worst within {worst}. All these files in one folder, named by `JOULELENS_DEVICES` at the "
            "start, are a device that predicts kernel by kernel.",
            networks=count(fit.networks),
            error=percent(fit.error_percent / 100.0),
            worst=percent(fit.worst_percent / 100.0),
        )
    )
    if fit.coverage_percent is not None:
        st.markdown(
            t(
                "The range of a network (8 in 10 times), found from the others alone, held {share} of them.",
                share=percent(fit.coverage_percent / 100.0),
            )
        )
    if fit.power is not None:
        st.markdown(
            t(
                "Energy of {kernels} kernels was measured in a loop of each; the others predict half of "
                "them within {error}.",
                kernels=count(fit.power.kernels),
                error=percent(fit.power.error_percent / 100.0),
            )
        )
    for path in (each for each in (rows_path, fit_path, power) if each.is_file()):
        st.download_button(
            path.name, path.read_bytes(), file_name=path.name, on_click="ignore", icon=":material/download:",
            key=f"ms_{path.name}",
        )  # fmt: skip
