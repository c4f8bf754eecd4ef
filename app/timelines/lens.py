"""One inference under the lens: all laid over each other, their energies, and the predicted kernels."""

from __future__ import annotations

from collections.abc import Hashable

import numpy as np
import pandas as pd
import streamlit as st

from app.charts.base import CONFIG
from app.charts.inferences import laid_over, spread_of_each
from app.i18n.formats import count, energy, latency, literal, percent
from app.i18n.texts import t
from app.memo import kept_under
from app.timelines.data import Timeline
from app.timelines.held import held
from app.timelines.networks import Network, choose_network
from app.timelines.words import SCALES
from app.ui.boundary import boundary
from app.ui.kernel_names import noun_of, noun_words
from app.ui.lazy_section import folded
from app.ui.print_view import on_paper, picture_width, show_data
from app.ui.tables import offer_csv
from data.inert_csv import frame_csv
from data.tracing import Summary
from data.tracing.overlay import EACH_SAMPLES, LEAST_SAMPLES, Overlay, overlay
from predictors.research.kernels_on_recording import PlacedKernel, agreement, kernels_on


def show_lens(line: Timeline, summary: Summary, scale: str) -> Network | None:
    """Show an inference as measured and as predicted; returns the network that the reader named for it."""
    if line.placed is None:
        return None
    st.header(t("One inference under the lens"), anchor=False)
    network = choose_network(line)
    found = overlay(line.recording, line.placed)
    if found is None:
        st.info(
            t(
                "The meter has fewer than {least} samples in an inference, so its power curve cannot be "
                "shown.",
                least=count(LEAST_SAMPLES),
            )
        )
        return network
    kernels: tuple[PlacedKernel, ...] = ()
    with boundary("kernels"):
        kernels = _kernels(line, summary, network)
    _show_pictures(found, kernels, scale, _which(line, network, kernels))
    if network is not None and kernels:
        _show_kernels(kernels, network)
    return network


def _kernels(line: Timeline, summary: Summary, network: Network | None) -> tuple[PlacedKernel, ...]:
    """The predicted kernels over an inference; none without a network or an energy to scale to."""
    if network is None or line.placed is None or summary.inferences is None:
        return ()
    figures = summary.inferences
    # The curve is without warm-up, so its energy is, too.
    each_mj = figures.measured_mean_mj if np.isfinite(figures.measured_mean_mj) else figures.mean_mj
    estimate, placed = network.estimate(), line.placed
    return held(
        "lens-held",
        (estimate, line.recording, line.log),
        (repr(line.alignment), repr(each_mj)),  # as text: NaN is not itself
        lambda: kernels_on(estimate, line.recording, placed, each_mj),
    )


def _which(line: Timeline, network: Network | None, kernels: tuple[PlacedKernel, ...]) -> Hashable:
    """Cache key of an inference of the bundle with a sample network; None for the reader's own."""
    if not line.source_id or (network is not None and not network.model.sample_id):
        return None
    predicted = None if network is None else (network.model.key, network.choice)
    # One factor scales all times, and one all energies. Compared as text, since NaN is not equal to itself.
    scaled = kernels and (repr(kernels[-1].end_ms), repr(sum(each.energy_mj for each in kernels)))
    return line.trace_id, repr(line.alignment), predicted, scaled


def _show_pictures(found: Overlay, kernels: tuple[PlacedKernel, ...], scale: str, which: Hashable) -> None:
    watts, _ = SCALES[scale]
    left, right = st.container(), None
    if len(found.energies_mj):
        left, right = (left, st.container()) if on_paper() else st.columns([3, 2])
    with left:
        words = t("Mean power along an inference with the band that holds eight in ten.")
        if kernels:
            predicted = t("Behind it the predicted kernels, scaled to the measured time and energy.")
            words = f"{words} {predicted}"
        if which is None:
            figure = laid_over(found, watts, kernels)
        else:
            figure = kept_under((which, scale), laid_over, found, watts, kernels)
        st.plotly_chart(figure, config=CONFIG, width=picture_width(), key="overlay-chart", alt=words)
        st.caption(
            t(
                "Blue: mean power along an inference, over {count} of them without warm-up; the band holds "
                "eight in ten.",
                count=count(found.count),
            )
        )
    if right is None:
        st.caption(
            t(
                "The energy of a single inference is told from {samples} samples each.",
                samples=count(round(EACH_SAMPLES)),
            )
        )
        return
    with right:
        words = t("How many inferences took how much energy.")
        if which is None:
            picture = spread_of_each(found.energies_mj)
        else:
            picture = kept_under(which, spread_of_each, found.energies_mj)
        st.plotly_chart(picture, config=CONFIG, width=picture_width(), key="energies-chart", alt=words)
        low, high = np.quantile(found.energies_mj, [0.1, 0.9])
        st.caption(
            t("8 in 10 inferences take {low} to {high}.", low=energy(float(low)), high=energy(float(high)))
        )


def _show_kernels(kernels: tuple[PlacedKernel, ...], network: Network) -> None:
    """Say what the coloured bands are and how well they agree, with a table of them."""
    longest = max(kernels, key=lambda each: each.end_ms - each.start_ms)
    st.markdown(
        t(
            "Coloured: the {kernels} kernels of {network} **as predicted** for {target}, not measured. Their "
            "times are scaled by one factor to the measured inference ({latency}), their energies by one to "
            "its energy. The longest is {kernel}.",
            kernels=count(len(kernels)),
            network=literal(network.title),
            target=literal(network.target),
            latency=latency(kernels[-1].end_ms),
            kernel=literal(longest.part.kernel.name),
        )
    )
    alike = agreement(kernels)
    if np.isfinite(alike):
        st.caption(
            t(
                "Prediction and recording put {share} of the energy into the same kernels; with a runtime "
                "that fuses or orders them in another way they need not agree.",
                share=percent(alike, 2),
            )
        )
    title = t("The kernels as a table: predicted, and measured in the same time")
    folded(title, "lens-kernels", lambda: _show_table(kernels, network))


def _show_table(kernels: tuple[PlacedKernel, ...], network: Network) -> None:
    table = kernel_table(kernels, network)
    shown = table.drop(columns=["network", "target", "kind"]).assign(
        words=[noun_words(noun_of(each.part.kernel)) for each in kernels]
    )
    headings = {
        "kernel": t("Kernel"),
        "words": t("Kind"),
        "start_ms": t("From (ms)"),
        "end_ms": t("To (ms)"),
        "predicted_energy_mj": t("Predicted (mJ)"),
        "measured_energy_mj": t("Measured in that time (mJ)"),
    }
    table_shown = shown[list(headings)].rename(columns=headings)
    show_data(table_shown, t("Predicted kernels over a measured inference"), placeholder="")
    offer_csv(
        t("Kernels as CSV"), lambda: frame_csv(table), "joulelens-kernels-on-recording.csv", key="lens-csv"
    )


def kernel_table(kernels: tuple[PlacedKernel, ...], network: Network) -> pd.DataFrame:
    """One row per kernel as it stands in the file: scaled times (ms) and energies (mJ)."""
    return pd.DataFrame(
        {
            "kernel": each.part.kernel.name,
            "kind": each.part.kernel.kind.value,
            "start_ms": each.start_ms,
            "end_ms": each.end_ms,
            "predicted_energy_mj": each.energy_mj,
            "measured_energy_mj": each.measured_mj,
            "network": network.title,
            "target": network.target,
        }
        for each in kernels
    )
