"""Folded sections: empty until opened, then filled for good."""

from __future__ import annotations

from streamlit.testing.v1 import AppTest


def page() -> None:
    import streamlit as st

    from app.ui.lazy_section import folded

    def form() -> None:
        st.text_input("Name", key="name")

    folded("Hand it in", "hand-in", form)
    folded("Broken", "broken", lambda: 1 / 0)
    st.caption("the end")


def started() -> AppTest:
    app = AppTest.from_function(page)
    app.run()
    return app


def test_a_closed_section_is_not_made() -> None:
    app = started()
    assert [section.label for section in app.expander] == ["Hand it in", "Broken"]
    assert len(app.text_input) == 0
    assert app.caption[-1].value == "the end"


def test_what_was_typed_survives_closing() -> None:
    app = started()
    app.session_state["hand-in"] = True
    app.run()
    app.text_input(key="name").set_value("Ada").run()
    app.session_state["hand-in"] = False
    app.run()
    assert app.text_input(key="name").value == "Ada"


def test_a_defect_stays_in_its_section() -> None:
    app = started()
    app.session_state["broken"] = True
    app.run()
    assert not app.exception
    assert app.error
    assert app.caption[-1].value == "the end"


def test_on_paper_it_is_open() -> None:
    app = AppTest.from_function(page)
    app.query_params["print"] = "true"
    app.run()
    assert app.text_input(key="name").value == ""
    assert len(app.expander) == 0
    assert "**Hand it in**" in [each.value for each in app.markdown]
