"""Shows a label on a page, with its files to take away and its addresses."""

from __future__ import annotations

from typing import Final
from urllib.parse import quote, urlencode, urlsplit

import streamlit as st

from app.i18n.texts import PARAMETER, SOURCE, mark, t, verbatim
from app.label.content import Label, make_label
from app.label.facts import BASE_URL_VARIABLE, EstimateFacts, Facts, Issue, ScoreFacts, issue_now
from app.label.files import drawing_of, label_file
from app.label.svg import to_svg

OWN_URL: Final = "http://localhost:8501"
"""Stands in where the address of the app is not known, as in tests."""

GROUNDS: Final = {"light": mark("Light"), "dark": mark("Dark")}
_FILES: Final = (
    (verbatim("SVG"), "svg", "label"),
    (verbatim("PNG"), "png", "label"),
    (verbatim("JSON"), "json", "label"),
    (mark("Badge, SVG"), "svg", "badge"),
)


def issue_here() -> Issue:
    """Return date, versions and address for a label made on this page now."""
    parts = urlsplit(st.context.url or OWN_URL)
    below = st.get_option("server.baseUrlPath").strip("/")
    return issue_now(f"{parts.scheme}://{parts.netloc}" + (f"/{below}" if below else ""))


def show_label(facts: Facts, key: str, issue: Issue | None = None) -> None:
    """Show the label of some facts; `key` tells several labels of one page apart. Raises ScoringError."""
    label = make_label(facts, issue or issue_here())
    picture, rest = st.columns([3, 4], gap="medium")
    with rest:
        theme = st.segmented_control(
            t("Background"),
            list(GROUNDS),
            format_func=lambda ground: t(GROUNDS[ground]),
            default="dark" if st.context.theme.type == "dark" else "light",
            required=True,
            key=f"{key}_ground",
        )
        _downloads(label, theme, key)
        _addresses(label, facts, theme)
    with picture:
        st.image(to_svg(drawing_of(label, "label", theme)), alt=label.sentence, width="stretch")


def _downloads(label: Label, theme: str, key: str) -> None:
    with st.container(horizontal=True):
        for name, form, style in _FILES:
            made = label_file(label, form, style, theme)
            st.download_button(
                t(name),
                made.content,
                file_name=made.name,
                mime=made.mime,
                icon=":material/download:",
                on_click="ignore",
                key=f"{key}_{form}_{style}",
            )


def _addresses(label: Label, facts: Facts, theme: str) -> None:
    st.markdown(t("**Check this label** at this address, which is also in the code on the label:"))
    st.code(label.permalink, language=None, wrap_lines=True)
    if label.issue.is_local:
        st.caption(
            t(
                "Address and code lead to this machine only. For labels that others read, set {variable}.",
                variable=verbatim(BASE_URL_VARIABLE),
            )
        )
    if is_claimed(facts):
        st.caption(
            t(
                "The figures are in the address, since your file is not kept. Whoever opens it is told that "
                "nobody checked them."
            )
        )
        badge = label_file(label, "svg", "badge", theme).name
        words = t("**In a README of your own**, with the badge (SVG) saved beside it as {file}:", file=badge)
        st.markdown(words)
        st.code(own_readme_line(label, badge), language=None, wrap_lines=True)
        return
    st.markdown(t("**In a README**, while this app runs at an address that others can reach:"))
    # Without the colours of a language: on the dark theme they are too faint to read.
    st.code(readme_line(label, facts, theme), language=None, wrap_lines=True)
    st.caption(t("The same address with .json has every figure, with .png the picture."))


def is_claimed(facts: Facts) -> bool:
    """Whether a label's figures are only in its address: somebody's own device or model."""
    return facts.is_own if isinstance(facts, ScoreFacts) else not facts.sample_id


def readme_line(label: Label, facts: Facts, theme: str) -> str:
    """Return the badge as Markdown that links to its label; for figures that are computed here."""
    query = {"style": "badge"} | ({"theme": theme} if theme != "light" else {})
    query |= {PARAMETER: label.language} if label.language != SOURCE else {}
    query |= {"score": facts.score.lower()} if isinstance(facts, ScoreFacts) else _side(facts)
    return _badge_line(label, f"{label.issue.base_url}/label/{_place(facts)}.svg?{urlencode(query)}")


def own_readme_line(label: Label, badge: str) -> str:
    """Return the badge file of an own model or device as Markdown that links to its label."""
    return _badge_line(label, quote(badge))


def _badge_line(label: Label, picture: str) -> str:
    name = "".join(sign for sign in label.badge_name if sign not in "[]\\\n")
    return f"[![{name}: {label.grade.letter}, {label.value}]({picture})]({label.permalink})"


def _place(facts: Facts) -> str:
    if isinstance(facts, ScoreFacts):
        return facts.device_id
    return f"{facts.sample_id}/{facts.device_id}/{facts.delegate}/{facts.precision}"


def _side(facts: EstimateFacts) -> dict[str, str]:
    return {} if facts.side is None else {"side": str(facts.side)}
