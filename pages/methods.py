"""Methodology and sources: how every number is made, how good it is, where it comes from."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from app import doors
from app.bench_results import bench_tables
from app.corrections_text import correction_line
from app.errors import boundary
from app.footer import METHOD_VERSION
from app.formats import plural
from app.glossary import GLOSSARY
from app.kept import kept
from app.methods_text import CITE, NOT_CONSIDERED, SCORES, SCORES_SOURCE, STEPS, Step
from app.phone_scores import score_phones
from app.rubric_view import show_rubric
from app.shell import page
from app.target_table import target_table, targets_sentence
from app.versions_text import version_notes

EVIDENCE = ("measured", "predicted", "transferred", "approximated", "unsupported")


def show_step(step: Step, number: str = "") -> None:
    """Show one step with its equation and symbols."""
    with st.container(border=True):
        st.markdown(f"**{number}{step.title}**")
        st.markdown(step.text)
        if step.equation:
            st.latex(step.equation)
            st.caption(step.symbols)


def show_estimates() -> None:
    """How an estimate is made, and what the evidence words mean."""
    for position, step in enumerate(STEPS, start=1):
        show_step(step, f"{position}. ")
    st.header("How a figure was obtained", anchor=False)
    st.markdown("\n".join(f"- {GLOSSARY[word].text}" for word in EVIDENCE))


def show_scores() -> None:
    """The two scores, as printed and as recomputed."""
    for step in SCORES:
        show_step(step)
    st.markdown(SCORES_SOURCE)
    st.header("As printed and as recomputed", anchor=False)
    figures = doors.devices(), doors.application_measurements(), doors.published_scores()
    phones = kept(score_phones, *figures)
    st.dataframe(
        pd.DataFrame(
            {
                "Device": [phone.name for phone in phones],
                "PCS": [phone.pcs.recomputed.value for phone in phones],
                "PCS printed": [phone.pcs.printed for phone in phones],
                "Why PCS differs": [phone.pcs.reason.text for phone in phones],
                "IECS": [phone.iecs.recomputed.value for phone in phones],
                "IECS printed": [phone.iecs.printed for phone in phones],
            }
        ),
        hide_index=True,
        column_config={name: st.column_config.NumberColumn(name, format="%.1f") for name in ("PCS", "IECS")},
        alt="Both scores of each phone, recomputed and printed, with the reason for the difference",
    )


def show_accuracy() -> None:
    """What `make bench` measured, or where it would stand."""
    tables = bench_tables()
    if not tables:
        st.info(
            "No accuracy tables are stored yet. `make bench` measures them and writes them to `docs/bench`.",
            icon=":material/query_stats:",
        )
    for table in tables:
        st.header(table.title, anchor=False)
        st.dataframe(table.frame, hide_index=True, alt=table.title)
        st.caption(table.note)
    st.header("What can be estimated, and how well", anchor=False)
    with boundary("targets"):
        targets = doors.targets()
        st.markdown(targets_sentence(targets))
        names = dict(zip(doors.devices()["device_id"], doors.devices()["name"], strict=True))
        st.dataframe(
            target_table(targets, names), hide_index=True, alt="Every target with its held-out error"
        )


def show_sources() -> None:
    """Every source: who, how, where, and under which licence."""
    sources = doors.sources()
    unstated = int((~sources["licence_stated"].astype(bool)).sum())
    st.markdown(
        f"{len(sources)} sources. For {unstated} of them the publisher states no licence for the figures: "
        "these are reproduced with citation, and marked."
    )
    for source in sources.to_dict("records"):
        with st.container(border=True):
            _source(source)


def _source(source: dict[str, object]) -> None:
    def has(name: str) -> bool:
        return not pd.isna(source.get(name)) and bool(source.get(name))

    st.markdown(f"**{source['source_title']}**" + (f"  \n{source['authors']}" if has("authors") else ""))
    links = [f"[{source['url']}]({source['url']})"] if has("url") else []
    links += [f"[doi {source['doi']}](https://doi.org/{source['doi']})"] if has("doi") else []
    links += [f"[arXiv {source['arxiv']}](https://arxiv.org/abs/{source['arxiv']})"] if has("arxiv") else []
    places = ([str(source["venue"])] if has("venue") else []) + links
    st.markdown(" · ".join(places))
    st.markdown(f"Method: {str(source['method']).rstrip('.')}.")
    st.badge(
        f"Licence: {source['licence']}",
        icon=":material/balance:" if has("licence_stated") else ":material/help:",
        color="gray" if has("licence_stated") else "orange",
    )
    units = [f"Units as published: {source['units_published']}."] if has("units_published") else []
    notes = [str(source["notes"])] if has("notes") else []
    st.caption(" ".join(notes + units))


def show_corrections() -> None:
    """What is known to be wrong or odd, and what was done about it."""
    corrections = doors.corrections()
    st.markdown(
        f"{len(corrections)} entries. Nothing is changed silently: where another value is used, the "
        "printed one stays beside it."
    )
    for table_name, entries in corrections.groupby("table_name", sort=False):
        with st.expander(f"{doors.title(str(table_name))}: {plural(len(entries), 'entry', 'entries')}"):
            st.markdown("\n".join(correction_line(entry) for entry in entries.to_dict("records")))
    st.download_button(
        "Download as CSV",
        corrections.to_csv(index=False),
        file_name="joulelens-corrections.csv",
        mime="text/csv",
        icon=":material/download:",
        on_click="ignore",
    )


def show_limits() -> None:
    """What is not considered, how to cite, versions, terms."""
    st.header("What is not considered", anchor=False)
    st.markdown("\n".join(f"- {line}" for line in NOT_CONSIDERED))
    st.header("How to cite", anchor=False)
    st.code(CITE.format(method=METHOD_VERSION, data=doors.data_version()), language=None, wrap_lines=True)
    st.header("Versions", anchor=False)
    st.markdown(
        f"- **Data {doors.data_version()}:** year, month and running number of figures and corrections.\n"
        f"- **Method {METHOD_VERSION}:** rises when an equation, a fitted setting or a boundary changes."
    )
    for note in version_notes():
        with st.expander(f"{note.title}: what changed"):
            st.markdown(note.text)
    st.header("Terms", anchor=False)
    st.markdown("\n".join(f"- {term.text}" for term in GLOSSARY.values()))


SECTIONS = {
    "Estimates": show_estimates,
    "Scores": show_scores,
    "Letters and ranks": show_rubric,
    "Accuracy": show_accuracy,
    "Sources and licences": show_sources,
    "Corrections": show_corrections,
    "Limits, citing, terms": show_limits,
}

with page(
    "How is each number made?",
    "A measured figure is shown as its source printed it. A predicted one is the sum of its kernels and "
    "carries an interval. Both name their source.",
):
    tabs = st.tabs(list(SECTIONS), key="section", bind="query-params")
    for tab, show in zip(tabs, SECTIONS.values(), strict=True):
        if tab.open:
            with tab, boundary(show.__name__):
                show()
