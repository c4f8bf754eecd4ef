"""The strip on every page: copy link, copy or save the picture, cite, take a table along, present.

The picture is put together in the browser from what is drawn there; nothing leaves the machine.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import pandas as pd
import streamlit as st

from app import bundle_cache
from app.frame.navigation import PAGES
from app.i18n.formats import count
from app.i18n.texts import mark, t, tn, verbatim
from app.ui.print_view import on_paper
from app.ui.shared import shared
from app.ui.table_files import FORMS, TableFile
from data.plain_ids import hyphened
from data.version import DATA_VERSION
from predictors.exports.documents import in_latex
from predictors.version import METHOD_VERSION

NAME: Final = verbatim("JouleLens")
STAGE: Final = "stage"
"""Parameter of an address that begins with the presenter's view: `stage=1`."""
ADDRESS: Final = "ADDRESS"
"""Stands in a citation for the link, which only the browser knows."""
ENTRY: Final = verbatim(
    "@misc{{joulelens-{key},\n  author = {{{{JouleLens}}}},\n  title = {{{title}}},\n  year = {{{year}}},\n"
    "  note = {{Data {data}, method {method}, accessed {day}}},\n  howpublished = {{{address}}}\n}}"
)
BROWSER: Final = Path(__file__).parent / "browser"
SCRIPTS: Final = ("pictures.js", "stage.js", "share.js")
COLUMNS_NAMED: Final = 3
"""So many columns tell one table of a page from another."""
BUTTONS: Final[dict[str, str]] = {
    "link": mark("Copy link"),
    "picture": mark("Copy picture"),
    "png": mark("Picture as PNG"),
    "svg": mark("Picture as SVG"),
    "cite": mark("Cite (BibTeX)"),
    "stage": mark("Present"),
}
TEXTS: Final[dict[str, str]] = {
    "link_copied": mark("The link is in the clipboard."),
    "citation_copied": mark("The citation is in the clipboard."),
    "picture_copied": mark("The picture is in the clipboard."),
    "picture_saved": mark("The picture is among your downloads."),
    "failed": mark("The browser refused. Copy the address from its address bar, or take a screenshot."),
    "stage": mark("Presenter's view"),
    "next": mark("Next"),
    "back": mark("Back"),
    "end": mark("End"),
    "keys": mark("Keys: → next, ← back, N and P other pages, F full screen, Esc end"),
    "waiting": mark("One moment …"),
}


def show_share(question: str) -> None:
    """Show the strip; `question` is the page's. Call when the page is finished, at the strip's place."""
    if on_paper():
        return
    _strip(question)
    if st.query_params.get(STAGE) == "1":
        _component()(data=_data(question) | {"present_at_once": True}, key="share-stage", height=0)


@st.fragment
def _strip(question: str) -> None:
    box = st.popover(
        t("Share"), icon=":material/share:", type="tertiary", key="share-open", on_change="rerun"
    )
    if not box.open:
        return
    with box:
        _component()(data=_data(question), key="share")
        if shared().carried:
            st.caption(
                t(
                    "The link carries your figures, since your file is kept nowhere. Whoever opens it is "
                    "told that nobody checked them."
                )
            )
        for words in shared().left_out:
            st.caption(words)
        for place, table in enumerate(shared().tables.values()):
            _offer(question, place, table)


def _offer(question: str, place: int, table: pd.DataFrame) -> None:
    """Show the three files of one table."""
    st.markdown(t("**This table:** {columns}", columns=table_words(table)))
    with st.container(horizontal=True, gap="small"):
        for form in FORMS:
            st.download_button(
                form.name,
                _writer(form, table, question),
                file_name=f"joulelens-{_slug(question)}-{place + 1}.{form.suffix}",
                mime=form.mime,
                on_click="ignore",
                key=f"share-{place}-{form.suffix}",
            )


def _writer(form: TableFile, table: pd.DataFrame, question: str) -> Any:
    source = source_line(datetime.now(UTC).date())
    return lambda: form.write(table, question, source)


def table_words(table: pd.DataFrame) -> str:
    """Return which table it is: its first columns and how many rows it has."""
    named = ", ".join(str(name) for name in table.columns[:COLUMNS_NAMED])
    return tn("{named} … ({n} row)", "{named} … ({n} rows)", len(table), named=named)


def _slug(words: str) -> str:
    return hyphened(words)[:40]


def source_line(on: date) -> str:
    """Return what made the figures of a page, and when."""
    return t(
        "{name}, data {data}, method {method}, {sources} sources with their own licences, {day}",
        name=NAME,
        data=DATA_VERSION,
        method=METHOD_VERSION,
        sources=count(len(bundle_cache.sources())),
        day=on.isoformat(),
    )


def citation(question: str, on: date) -> str:
    """Return a page as a BibTeX entry in which `ADDRESS` stands for its link."""
    filled = {
        "key": f"{_slug(question)}-{on:%Y%m%d}",
        "title": in_latex(question),
        "year": on.year,
        "data": in_latex(DATA_VERSION),
        "method": in_latex(METHOD_VERSION),
        "day": on.isoformat(),
        "address": ADDRESS,
    }
    return ENTRY.format(**filled)


def _data(question: str) -> dict[str, Any]:
    today = datetime.now(UTC).date()
    below = st.get_option("server.baseUrlPath").strip("/")
    root = f"/{below}/" if below else "/"
    shown = [entry for entry in PAGES if not entry.hidden]
    return {
        "buttons": {name: t(label) for name, label in BUTTONS.items()},
        "texts": {name: t(words) for name, words in TEXTS.items()}
        | {"name": NAME, "question": question, "source": source_line(today), "date": today.isoformat()},
        "bibtex": citation(question, today),
        "carried": shared().carried,
        "pages": [root if entry is PAGES[0] else f"{root}{entry.slug}" for entry in shown],
    }


@lru_cache(maxsize=1)
def _component() -> Any:
    js = "\n".join((BROWSER / name).read_text(encoding="utf-8") for name in SCRIPTS)
    css = (BROWSER / "share.css").read_text(encoding="utf-8")
    return st.components.v2.component("share_strip", css=css, js=js)
