"""Where the energy goes: bars, flame graph, graph of the kernels, shares by type; linked to one table."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import pandas as pd
import streamlit as st

from app.charts.base import CONFIG
from app.charts.flame import flame
from app.charts.kernel_bars import CROWDED, kernel_bars, kind_share
from app.charts.kernel_graph import kernel_graph
from app.estimate.frames import block_frame, kind_frame
from app.estimate.headline import figures_text
from app.estimate.linked import (
    Shown,
    pick_point,
    scope_of,
    selected_of,
    show_kernel_table,
    show_selected,
)
from app.i18n.formats import count, energy, energy_range, in_words, literal, percent
from app.i18n.texts import mark, t
from app.memo import kept_under
from app.models.model import made_once
from app.ui.kernel_names import several
from app.ui.print_view import on_paper, picture_width, print_table
from app.ui.tables import readable
from predictors.research.fused_graph import MOST_KERNELS, FusedGraph, fused_graph


def show_bars(shown: Shown) -> None:
    """Show a bar per kernel in execution order, linked to the table."""
    selected = selected_of(shown)
    alt = t(
        "Energy of each kernel in execution order. {figures} The same figures are in the table.",
        figures=figures_text(shown.estimate),
    )
    _linked(shown, "kernel_bars", lambda: kernel_bars(shown.kernels, selected), alt)
    marks = t(_CROWDED if len(shown.kernels) > CROWDED else _MARKS)
    st.caption(f"{marks} {t(_HOW_TO_SELECT)}")
    _show_linked(shown)


def show_flame(shown: Shown) -> None:
    """Show the network, its blocks and its kernels one below the other, as wide as their energy."""
    blocks, by_names = made_once(
        ("blocks", shown.model.key, shown.choice), lambda: block_frame(shown.estimate)
    )
    sentence = block_sentence(blocks)
    st.markdown(sentence)
    alt = t("Flame graph of the network's blocks. {sentence}", sentence=sentence)
    _linked(shown, "flame", lambda: flame(blocks, selected_of(shown)), alt)
    st.caption(f"{t(_BY_NAMES if by_names else _BY_SIZES)} {t(_HOW_TO_SELECT)}")
    _show_linked(shown)


def block_sentence(blocks: pd.DataFrame) -> str:
    """Return which block takes most, with its interval (Markdown; its name is escaped)."""
    inner = blocks[(blocks["depth"] > 0) & (blocks["kind"] == "")]
    if inner.empty or not inner["energy_mj"].max() > 0:
        return t("This network has no blocks with a figure.")
    most = inner[inner["depth"] == 1].nlargest(1, "energy_mj").iloc[0]
    return t(
        "Block **{name}** takes most: {energy} ({interval}), {share} of the energy of all kernels.",
        name=literal(str(most["name"])),
        energy=energy(most["energy_mj"]),
        interval=in_words(energy_range(most["energy_mj_low"], most["energy_mj_high"])),
        share=percent(most["share"], 2),
    )


def show_graph(shown: Shown) -> None:
    """Show which kernel feeds which, each coloured by its energy, for networks that a picture can hold."""
    kernels = shown.kernels
    if len(kernels) > MOST_KERNELS:
        st.info(
            t(
                "The graph is drawn for up to {most} kernels; this network has {kernels}. The flame graph "
                "shows all of them.",
                most=count(MOST_KERNELS),
                kernels=count(len(kernels)),
            )
        )
        return
    graph = made_once(
        ("fused", shown.model.key, shown.choice), lambda: fused_graph(shown.model.graph, shown.estimate)
    )
    placed = graph_frame(kernels, graph)
    sentence = graph_sentence(kernels)
    st.markdown(sentence)
    alt = t("Graph of the fused kernels, coloured by energy. {sentence}", sentence=sentence)
    _linked(shown, "kernel_graph", lambda: kernel_graph(placed, graph.edges, selected_of(shown)), alt)
    st.caption(f"{t(_GRAPH)} {t(_HOW_TO_SELECT)}")
    _show_linked(shown)


def graph_frame(kernels: pd.DataFrame, graph: FusedGraph) -> pd.DataFrame:
    """Return the kernels with level and lane of each in the graph."""
    return kernels.assign(level=list(graph.levels), lane=list(graph.lanes))


def graph_sentence(kernels: pd.DataFrame) -> str:
    """Return which kernel takes most (Markdown; its name is escaped)."""
    if kernels.empty or not kernels["energy_mj"].max() > 0:
        return t("This model has no kernels to compare.")
    most = kernels.nlargest(1, "energy_mj").iloc[0]
    return t(
        "The costliest of {kernels} kernels is **{name}** with {energy} ({interval}).",
        kernels=count(len(kernels)),
        name=literal(str(most["name"])[:60]),
        energy=energy(most["energy_mj"]),
        interval=in_words(energy_range(most["energy_mj_low"], most["energy_mj_high"])),
    )


def _linked(shown: Shown, key: str, draw: Callable[[], Any], alt: str) -> None:
    """Show a picture in which a click selects a kernel; those of samples are kept for everybody."""
    about = (key, shown.model.key, shown.choice, selected_of(shown))
    st.plotly_chart(
        kept_under(about, draw) if shown.model.sample_id else draw(),
        config=CONFIG,
        width=picture_width(),
        key=key,
        selection_mode="points",
        on_select=lambda: pick_point(key, scope_of(shown)),
        alt=alt,
    )


def _show_linked(shown: Shown) -> None:
    show_selected(shown.kernels, selected_of(shown))
    show_kernel_table(shown, selected_of(shown))


def show_kinds(shown: Shown) -> None:
    """Share of the energy by kernel type, largest first."""
    kinds = kind_frame(shown.kernels)
    if kinds.empty:
        st.info(t("This model has no kernels to compare."))
        return
    largest = kinds.iloc[0]
    sentence = t(
        "Of the energy, {share} goes into {kernels}.",
        share=percent(largest["share"], 2),
        kernels=several(int(largest["kernels"]), str(largest["kind"])),
    )
    st.markdown(sentence)
    st.plotly_chart(
        kind_share(kinds),
        config=CONFIG,
        width=picture_width(),
        key="kind_share",
        alt=t("{sentence} The same figures are in the table.", sentence=sentence),
    )
    if on_paper():
        table = kind_table(kinds)
        print_table(table, t("Energy by kernel type"), list(table.columns))
    else:
        st.dataframe(
            readable(kind_table(kinds)), hide_index=True, placeholder="", alt=t("Energy by kernel type")
        )


def kind_table(kinds: pd.DataFrame) -> pd.DataFrame:
    """Return the kernel types as shown: a number column per quantity, in the unit its heading names."""
    return pd.DataFrame(
        {
            t("Kernel type"): kinds["words"],
            t("Kernels"): kinds["kernels"],
            t("Share (%)"): 100.0 * kinds["share"],
            t("Energy (mJ)"): kinds["energy_mj"],
            t("Latency (ms)"): kinds["latency_ms"],
            t("Million MACs"): kinds["macs"] / 1e6,
        }
    )


_MARKS: Final = mark("Thin lines: 80 % range. Hatched: rough estimate.")
_CROWDED: Final = mark("So many kernels leave no room for whiskers: point at a bar for its interval.")
_HOW_TO_SELECT: Final = mark(
    "A click on a bar or a row selects the kernel in both; so do the arrow keys in the table, then Shift and "
    "the space bar."
)
_BY_NAMES: Final = mark(
    "From top to bottom: the network, its blocks by the names in the file, its kernels. Width: energy of the "
    "kernels."
)
_BY_SIZES: Final = mark(
    "From top to bottom: the network, stretches of kernels with one output size (the names in the file tell "
    "no blocks), its kernels. Width: energy of the kernels."
)
_GRAPH: Final = mark(
    "From left to right, row by row: the order in which kernels feed each other. Lighter: more energy. "
    "Cross: no figure."
)
