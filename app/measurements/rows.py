"""Rows of a level with their provenance: the bundle's, and those a reader brought along in this session."""

from __future__ import annotations

import io
from typing import Final

import pandas as pd
import streamlit as st

from app import bundle_cache
from app.i18n.messages import tell
from app.i18n.texts import mark, t, verbatim
from app.measurements.levels import LEVELS, Level
from app.memo import keeping
from app.ui.target_names import BACK_ENDS, DELEGATE_NAMES
from app.url_state import own_file
from data import queries
from data.contribution.check import FLAGGED, YOURS, Checked, frame
from data.inert_csv import frame_csv
from data.messages import Message
from predictors.version import METHOD_VERSION

PROVENANCE = (
    "origin",
    "source_id",
    "source_title",
    "source_url",
    "licence",
    "meter_scope",
    "idle_included",
    "correction_ids",
    "correction_notes",
    "data_version",
    "method_version",
)
"""Columns at the end of every file."""

_SCREEN_ONLY = ("flagged", "series", "words", "label", "colour")


def with_provenance(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the rows as they are written: every figure column that holds anything, then the provenance."""
    named = rows.rename(columns={"note": "correction_notes", "device": "device_name"})
    named = named.assign(data_version=bundle_cache.data_version(), method_version=METHOD_VERSION)
    figures = [
        name
        for name in named.columns
        if name not in (*PROVENANCE, *_SCREEN_ONLY) and named[name].notna().any()
    ]
    return named[[*figures, *PROVENANCE]]


def as_csv(rows: pd.DataFrame) -> bytes:
    """Return the rows as CSV (UTF-8, comma, decimal point, empty cells empty)."""
    return frame_csv(with_provenance(rows)).encode("utf-8")


def as_parquet(rows: pd.DataFrame) -> bytes:
    """Return the rows as a Parquet file."""
    sink = io.BytesIO()
    table = with_provenance(rows)
    words = table.select_dtypes(exclude=["number", "bool"]).columns
    table.astype(dict.fromkeys(words, "string")).to_parquet(sink, index=False, compression="zstd")
    return sink.getvalue()


SESSION_KEY: Final = "yours"
LINKED_KEY: Final = "yours-linked"
OWN_KEY: Final = "own"
"""In the address, with the levels of the contribution that the reader brought."""
BROUGHT: Final = ("application", "kernel", "board")
BUNDLED: Final = "bundled"
YOUR_SOURCE: Final = mark("Your measurements (this session only)")
LINKED_SOURCE: Final = mark("Measurements from a link, unchecked (this session only)")
YOURS_FLAGGED: Final = mark("Your figures of energy, power and time do not fit together.")
_PLAIN_CONVOLUTION: Final = "conv"
"""Kernel type on screen of single convolutions without normalisation and activation."""

LONG, SHORT = "long", "short"
"""Length of a run of a language model."""
_NO_SCENARIO: Final = mark("throughput test")
"""Scenario of accelerator figures, whose source names none."""
WORDS: Final = (
    mark("object detection"),
    mark("image classification"),
    mark("super resolution"),
    mark("image segmentation"),
    mark("medical image segmentation"),
    mark("question answering"),
    mark("speech recognition"),
    mark("digit classification"),
    mark("anomaly detection"),
    mark("keyword spotting"),
    mark("visual wake words"),
    mark("streaming wake word"),
    mark("text generation"),
)
"""Applications and tasks as the data names them, for the catalogue; `tell` finds them there."""
_RESNET: Final = {verbatim("ResNet-50"): "resnet50", verbatim("ResNet-50v15"): "resnet50"}


@keeping
def bundled_rows(level_id: str) -> pd.DataFrame:
    """Return the bundle's rows of one level, with the columns of `level_rows`."""
    rows = _LOADERS[level_id]()
    # A column that one of two tables lacks must not turn whole numbers or words into something else.
    return _dressed(rows.assign(origin=BUNDLED))


def sized_models(rows: pd.DataFrame) -> pd.Series:
    """Return model and input side of applications: one architecture at two sizes is two networks."""
    dnns = bundle_cache.reference_dnns().set_index("dnn_id")
    sides = rows["dnn_id"].map(dnns["input_pixels"].str.partition("x")[0])
    return rows["model"].where(sides.isna(), rows["model"] + " " + sides.fillna(""))


def level_rows(level: Level) -> pd.DataFrame:
    """Return every row of a level, the reader's own first.

    Besides the columns of the tables: device (name), origin ("bundled" or "yours"), flagged (True where a
    figure is marked or replaced by a declared correction), note (what is known about the row, in words),
    source_title, source_url, licence. All of these are in English, as they are written to files.
    """
    rows = bundled_rows(level.id)
    mine = _dressed(own_rows(level))
    if brought_as(level) in linked_levels():
        mine = mine.assign(source_title=LINKED_SOURCE)
    return rows if mine.empty else pd.concat([mine, rows], ignore_index=True)


def own_checks() -> dict[str, Checked]:
    """Return what the reader brought along in this session, by level of the contribution."""
    kept = st.session_state.setdefault(SESSION_KEY, {})
    return dict(kept)


def keep_own(checked: Checked, *, is_linked: bool = False) -> None:
    """Keep an accepted contribution for this session, instead of the one of its level before.

    `is_linked`: it came with a link, and is somebody else's.
    """
    st.session_state[SESSION_KEY] = own_checks() | {checked.level: checked}
    others = linked_levels() - {checked.level}
    st.session_state[LINKED_KEY] = others | {checked.level} if is_linked else others


def linked_levels() -> frozenset[str]:
    """Return the levels whose rows came with a link."""
    return frozenset(st.session_state.get(LINKED_KEY, frozenset()))


def forget_own(level_id: str) -> None:
    """Let go of the contribution of one level."""
    st.session_state[SESSION_KEY] = {key: kept for key, kept in own_checks().items() if key != level_id}
    st.session_state[LINKED_KEY] = linked_levels() - {level_id}


def own_levels_gone() -> set[str]:
    """Return the levels of the contribution that the address says the reader brought, and that are not here.

    Once per run of a page; the address names what is here.
    """
    return own_file.gone(OWN_KEY, BROUGHT, own_checks())


def brought_as(level: Level) -> str:
    """Return the level of the contribution whose rows belong to a level."""
    return "board" if level.id == "model" else level.id


def own_rows(level: Level) -> pd.DataFrame:
    """Return the reader's rows that belong to a level; board results of known work are models as well."""
    source = brought_as(level)
    checked = own_checks().get(source)
    if checked is None:
        return pd.DataFrame()
    rows = frame(checked).assign(origin=YOURS)
    if source == "board":
        rows = rows.assign(network=rows["model"], family="yours")
    if level.id == "model":
        rows = rows[rows["macs_m"].notna()]
    return rows


def _dressed(rows: pd.DataFrame) -> pd.DataFrame:
    if rows.empty:
        return rows.assign(device=[], flagged=[], note=[], source_title=[], source_url=[], licence=[])
    names = dict(zip(bundle_cache.devices()["device_id"], bundle_cache.devices()["name"], strict=True))
    sources = bundle_cache.sources().set_index("source_id")
    titles = sources["source_title"].to_dict() | {YOURS: YOUR_SOURCE}
    notes, marks = _corrections()
    ids = rows["correction_ids"].fillna("").astype(str)
    words = {text: " ".join(notes[one] for one in _split(text) if one in notes) for text in ids.unique()}
    marked = {text: any(one in marks for one in _split(text)) for text in ids.unique()}
    return rows.assign(
        device=rows["device_id"].map(names).fillna(rows["device_id"]),
        measured_in=_years(rows, sources["measured_in"].to_dict()),
        flagged=ids.map(marked).astype(bool),
        note=ids.map(words),
        source_title=rows["source_id"].map(titles),
        source_url=rows["source_id"].map(sources["url"].to_dict()),
        licence=rows["source_id"].map(sources["licence"].to_dict() | {YOURS: "yours"}),
    )


BETWEEN_YEARS: Final = verbatim(" to ")
"""Stands between the first and the last year of a source, in `sources.toml`."""


def _years(rows: pd.DataFrame, of_source: dict[object, str]) -> pd.Series:
    """Year or years of every row: its own where the table has one, else those of its source."""
    own = rows.reindex(columns=["measured_in"])["measured_in"].astype(object)
    return own.where(own.notna(), rows["source_id"].map(of_source))


def years_words(years: object) -> str:
    """Return the years of a source as readers see them: "2021 to 2023"."""
    if not isinstance(years, str):
        return t("not stated")
    first, _, last = years.partition(BETWEEN_YEARS)
    return t("{low} to {high}", low=first, high=last) if last else first


def _corrections() -> tuple[dict[str, str], frozenset[str]]:
    """Reasons by correction id, and the ids that mark or replace a figure."""
    declared = bundle_cache.corrections()
    notes = dict(zip(declared["correction_id"], declared["reason"], strict=True))
    marking = declared.loc[declared["action"].isin(["flag", "replace"]), "correction_id"]
    own = {FLAGGED: YOURS_FLAGGED}
    return notes | own, frozenset(marking) | {FLAGGED}


def note_words(correction_ids: object) -> str:
    """Return what is known about a row, by its `correction_ids`, in the reader's words."""
    ids = correction_ids if isinstance(correction_ids, str) else ""
    reasons = _corrections()[0]
    return " ".join(tell(reasons[one]) for one in _split(ids) if one in reasons)


def _split(ids: str) -> list[str]:
    return [one.strip() for one in ids.split(",") if one.strip()]


def table_notes(level: Level) -> list[str]:
    """Return what is known about whole tables of a level, in words."""
    declared = bundle_cache.corrections()
    general = declared[declared["table_name"].isin(level.tables) & declared["row_key"].isna()]
    return list(dict.fromkeys(general["reason"]))


def _kernels() -> pd.DataFrame:
    bundle = bundle_cache.bundle()
    layers = queries.conv_layers(bundle)
    layers = layers.assign(kernel=_PLAIN_CONVOLUTION, configured=True)
    return _stacked(queries.all_kernel_measurements(bundle), layers)


def _models() -> pd.DataFrame:
    bundle = bundle_cache.bundle()
    ranges = queries.model_ranges(bundle)
    names = [_variants(family) for family in ranges["family"]]
    ranges = ranges.assign(network=names, precision="fp32")
    return _stacked(queries.board_networks(bundle), ranges)


def _boards() -> pd.DataFrame:
    bundle = bundle_cache.bundle()
    runs, known = queries.board_runs(bundle), queries.networks(bundle)
    named = runs["model"].map(dict(zip(known["model"], known["network"], strict=True)))
    runs = runs.assign(network=named.fillna(runs["model"]))
    accelerators = queries.accelerators(bundle)
    kept = accelerators["weights_kept_percent"]
    names = accelerators["model"].replace(_RESNET)
    pruned = pd.Series(
        [_pruned(name, share) for name, share in zip(names, kept, strict=True)],
        index=accelerators.index,
        dtype=object,
    )
    return _stacked(
        runs, accelerators.assign(network=names.where(kept == 100, pruned), scenario=_NO_SCENARIO)
    )


def _language() -> pd.DataFrame:
    rows = queries.llm_decode(bundle_cache.bundle())
    return rows.assign(length=rows["long_enough"].map({True: LONG, False: SHORT}))


def _tokens() -> pd.DataFrame:
    rows = queries.token_runs(bundle_cache.bundle())
    return _set_up(rows, ("software", "power_mode", "weight_format"))


def _edge() -> pd.DataFrame:
    bundle = bundle_cache.bundle()
    runs = queries.network_runs(bundle)
    runs = runs.assign(scenario="single-stream", submitter=runs["source_id"].map(_titles()))
    rows = _stacked(queries.edge_results(bundle), runs)
    return _set_up(rows, ("software", "delegate", "precision", "power_mode", "submitter", "round"))


def _cells() -> pd.DataFrame:
    rows = queries.cell_runs(bundle_cache.bundle())
    return _set_up(rows.assign(network="NAS-Bench-201"), ("software", "precision"))


def _set_up(rows: pd.DataFrame, columns: tuple[str, ...]) -> pd.DataFrame:
    """Add `setup`: what a board's name alone does not say, since two setups of one board are two systems."""
    parts = rows.reindex(columns=[*columns]).astype(object)
    words = [", ".join(str(one) for one in row if pd.notna(one)) for row in parts.itertuples(index=False)]
    return rows.assign(setup=words)


def _titles() -> dict[str, str]:
    sources = bundle_cache.sources()
    return dict(zip(sources["source_id"], sources["authors"], strict=True))


def _stacked(first: pd.DataFrame, second: pd.DataFrame) -> pd.DataFrame:
    # Empty frames (of a bundle without some sources) have no types worth keeping.
    filled = [each for each in (first, second) if not each.empty]
    return pd.concat(filled, ignore_index=True) if filled else first


_LOADERS: Final = {
    "kernel": _kernels,
    "model": _models,
    "application": lambda: queries.application_measurements(bundle_cache.bundle()),
    "board": _boards,
    "microcontroller": lambda: queries.microcontrollers(bundle_cache.bundle()),
    "language-model": _language,
    "token": _tokens,
    "edge": _edge,
    "cell": _cells,
}


def delegate_label(delegate: str) -> str:
    """Return a delegate or back end in the reader's words where it has any."""
    names = BACK_ENDS | DELEGATE_NAMES | {"cpu": verbatim("CPU")}
    return t(names[delegate]) if delegate in names else delegate


def network_words(network: str) -> str:
    """Return the name of a network in the reader's words; most are names that stay as they are."""
    composed = _composed().get(network)
    return network if composed is None else tell(composed)


@keeping
def _composed() -> dict[str, Message]:
    """Every name of the bundle that is put together, with its template and values."""
    bundle = bundle_cache.bundle()
    shares = queries.accelerators(bundle)[["model", "weights_kept_percent"]].drop_duplicates()
    names = [_variants(family) for family in queries.model_ranges(bundle)["family"]]
    names += [_pruned(model, kept) for model, kept in shares.itertuples(index=False)]
    return {name: name for name in names}


def _variants(family: str) -> Message:
    return Message("{family} (50 variants)", family=family)


def _pruned(model: str, percent: float) -> Message:
    return Message("{model}, pruned to {percent:g} %", model=_RESNET.get(model, model), percent=percent)


def value_words(column: str, value: str) -> str:
    """Return a value of a column as readers see it: names of back ends, words of the data."""
    if column == "delegate":
        return delegate_label(value)
    if column == "network":
        return network_words(value)
    if column == "length":
        return t("3 s and more") if value == LONG else t("under 3 s")
    return tell(value)


def counts() -> dict[str, int]:
    """Return how many bundled rows each level has."""
    return {level_id: len(bundled_rows(level_id)) for level_id in LEVELS}
