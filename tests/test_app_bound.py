"""Choices in the address: ids, read back, named when unknown, and never overtaken by an older address."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from app.paths import ROOT


def page() -> None:
    import streamlit as st

    from app.i18n.texts import in_language
    from app.url_state import widgets

    if "hide" in st.query_params:
        return
    fruit = {"a": "Apple", "b": "Pear", "c": "Plum"}
    if "ahead" in st.query_params:
        st.markdown(str(widgets.settle("one", fruit, "b", "fruit")))
    with in_language(st.query_params.get("as", "en")):
        kind = widgets.segmented_control("Kind", {"phone": "Phones", "board": "Boards"}, "kind")
        one = widgets.selectbox("One", fruit, "one", usual="b")
        many = widgets.multiselect("Many", {"x": "Ex", "y": "Why"}, "many", usual=["x"])
        two = widgets.multiselect("Two", fruit, "two", max_selections=2)
        ends = widgets.select_range("Ends", {"1": "One", "2": "Two", "3": "Three"}, "ends")
        st.button("Open", on_click=widgets.open_tab, args=("view", "Second"))
        opened, tabs = widgets.tabs({"first": "First", "second": "Second"}, "view")
        with tabs[opened]:
            st.text(f"open: {opened}")
    st.json({"kind": kind, "one": one, "many": many, "two": two, "ends": ends})


def opened(**query: str | list[str]) -> AppTest:
    app = AppTest.from_function(page)
    for key, value in query.items():
        app.query_params[key] = value
    return app.run()


def in_address(app: AppTest, key: str) -> list[str]:
    values = app.query_params[key]
    return [values] if isinstance(values, str) else list(values)


def test_the_usual_view_has_an_empty_address() -> None:
    app = opened()
    assert "phone" in app.json[0].value
    assert '"b"' in app.json[0].value
    assert not app.query_params


def test_an_address_is_read_and_stays() -> None:
    app = opened(kind="board", one="c", many=["y"], view="second")
    assert app.session_state["kind"] == "board"
    assert app.session_state["one"] == "c"
    assert app.session_state["many"] == ["y"]
    assert app.text[0].value == "open: second"
    assert in_address(app, "kind") == ["board"]
    assert in_address(app, "one") == ["c"]


def test_a_choice_goes_into_the_address_and_the_usual_one_leaves_it() -> None:
    app = opened()
    app.selectbox(key="one").set_value("c").run()
    assert in_address(app, "one") == ["c"]
    app.selectbox(key="one").set_value("b").run()
    assert "one" not in app.query_params


def test_nothing_chosen_differs_from_the_usual_choice() -> None:
    app = opened()
    app.pills(key="many").set_value([]).run()
    again = opened(many=in_address(app, "many"))
    assert again.session_state["many"] == []


def test_a_label_is_understood() -> None:
    assert opened(one="Plum").session_state["one"] == "c"


def test_an_unknown_value_is_named_once_and_the_usual_one_shown() -> None:
    app = opened(one="quince *")
    assert "quince" in app.warning[0].value
    assert "UNKNOWN_ADDRESS_VALUE" in app.warning[0].value
    assert app.session_state["one"] == "b"
    app.run()
    assert not app.warning


def test_a_new_address_wins_over_the_session() -> None:
    app = opened(one="c")
    app.query_params["one"] = "a"
    app.run()
    assert app.session_state["one"] == "a"


def test_an_address_that_was_under_way_does_not_undo_a_choice() -> None:
    app = opened(one="c")
    app.selectbox(key="one").set_value("a").run()
    # The browser sent this run before it heard of ours: its address is one behind.
    app.query_params["one"] = "c"
    app.run()
    assert app.session_state["one"] == "a"
    assert in_address(app, "one") == ["a"]


def test_a_widget_that_is_new_on_the_page_reads_what_another_page_wrote() -> None:
    app = opened(kind="board", one="c", many=["y"])
    app.query_params["hide"] = "yes"
    app.run()
    assert not app.selectbox
    del app.query_params["hide"]
    app.run()
    assert app.session_state["kind"] == "board"
    assert app.session_state["one"] == "c"
    assert app.session_state["many"] == ["y"]


def test_a_choice_can_be_settled_ahead_of_its_widget() -> None:
    app = opened(one="c", ahead="yes")
    assert app.markdown[0].value == "(True, 'c')"
    assert app.selectbox(key="one").value == "c"
    app.run()
    assert app.markdown[0].value == "(False, None)"
    assert app.selectbox(key="one").value == "c"
    app.query_params["one"] = "Apple"
    app.run()
    assert app.markdown[0].value == "(True, 'a')"
    assert app.selectbox(key="one").value == "a"


def test_an_unknown_choice_is_named_once_where_it_is_settled() -> None:
    app = opened(one="melon", ahead="yes")
    assert app.markdown[0].value == "(True, None)"
    assert len(app.warning) == 1
    assert app.selectbox(key="one").value == "b"


@pytest.mark.slow
def test_a_choice_of_another_page_is_that_of_the_address_or_the_usual_one() -> None:
    app = AppTest.from_file(str(ROOT / "app" / "main.py"), default_timeout=60)
    app.query_params["device"] = "raspberry-pi-4"
    app.run()
    app.switch_page(str(ROOT / "pages" / "estimate.py"))
    app.run()
    assert app.selectbox(key="device").value == "raspberry-pi-4"
    del app.query_params["device"]
    app.switch_page(str(ROOT / "pages" / "devices.py"))
    app.run()
    assert app.selectbox(key="device").value == "huawei-p40-lite"


def labels(app: AppTest) -> list[str]:
    return [each.proto.popover.label for each in app.get("popover")]


def test_a_folded_choice_says_what_is_chosen() -> None:
    app = opened()
    assert labels(app) == ["**Many:** Ex", "**Two:** none"]
    app.pills(key="two").set_value(["a", "b"]).run()
    assert labels(app)[1] == "**Two:** Apple, Pear"


def test_the_one_chosen_first_gives_way() -> None:
    app = opened()
    app.pills(key="two").set_value(["a", "b"]).run()
    app.pills(key="two").set_value(["a", "b", "c"]).run()
    assert app.session_state["two"] == ["b", "c"]
    assert in_address(app, "two") == ["b", "c"]


def page_with_a_start() -> None:
    import streamlit as st

    from app.url_state import widgets

    own = ["c"] if st.session_state.get("has own") else None
    fruit = {"a": "Apple", "b": "Pear", "c": "Plum"}
    st.json(
        {
            "news": widgets.newly_asked("some", has_widget=True),
            "some": widgets.multiselect("Some", fruit, "some", usual=["a"], start=own),
        }
    )


def with_a_start(has_own: bool, **query: str) -> AppTest:
    app = AppTest.from_function(page_with_a_start)
    app.session_state["has own"] = has_own
    for key, value in query.items():
        app.query_params[key] = value
    return app.run()


def test_a_start_of_the_sessions_own_stands_in_the_address_unlike_the_usual_choice() -> None:
    assert not with_a_start(False).query_params
    app = with_a_start(True)
    assert app.session_state["some"] == ["c"]
    assert in_address(app, "some") == ["c"]


def test_an_address_and_a_later_choice_come_before_the_sessions_own_start() -> None:
    app = with_a_start(True, some="b")
    assert app.session_state["some"] == ["b"]
    app.session_state["some"] = []
    app.run()
    assert app.session_state["some"] == []


def test_what_the_address_newly_asks_for_is_told_once() -> None:
    app = with_a_start(False, some="b")
    assert '"news": ["b"]' in app.json[0].value.replace("'", '"')
    app.run()
    assert "null" in app.json[0].value
