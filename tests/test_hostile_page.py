"""Bad and hostile files on the page: answered in words, shown as plain text, and no other visitor notices."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from estimate_support import opened
from hostile.case import READ, Case
from hostile.make_corpus import CASES, CORPUS
from hostile.networks import MARKDOWN, SCRIPT
from markup_support import places_of_html, places_of_markup

BY_NAME = {case.name: case for case in CASES}
SHOWN = (
    "empty", "foreign-script", "random-1", "bits-flipped-1", "cut-in-a-weight", "dimension-negative",
    "external-endless", "graphs-nested-5000-deep", "cycle", "functions-doubling-40-times", "stride-zero",
    "group-huge", "name-not-utf-8", "constant-of-shape-bomb", "nothing-computed",
)  # fmt: skip


def upload(app: AppTest, case: Case, file_name: str = "") -> AppTest:
    """Give a file of the corpus to the page; another one may have been there before."""
    if not app.file_uploader:
        app.button(key="clear").click().run()
    content = case.make() if case.large else (CORPUS / f"{case.name}.onnx").read_bytes()
    app.file_uploader[0].upload(file_name or f"{case.name}.onnx", content)
    return app.run()


def check_answer(app: AppTest, case: Case) -> None:
    """An estimate, or an error with a code of the reader; never a failure of the page."""
    assert not app.exception
    errors = [each.value for each in app.error]
    assert "UNEXPECTED" not in " ".join(errors)
    if case.outcome != READ:
        assert any(case.outcome in text for text in errors)
    else:
        assert app.metric or any("Code: `" in text for text in errors)


@pytest.mark.slow
def test_one_visitor_may_try_one_bad_file_after_another() -> None:
    other = opened()
    before = [each.value for each in other.metric]
    app = opened()
    for name in SHOWN:
        check_answer(upload(app, BY_NAME[name]), BY_NAME[name])
    other.run()
    assert not other.exception
    assert [each.value for each in other.metric] == before
    assert "estimate_upload" not in other.session_state


@pytest.mark.long
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_every_bad_file_is_answered_on_the_page(case: Case) -> None:
    check_answer(upload(opened(), case), case)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "hostile"),
    [("names-of-scripts", SCRIPT), ("names-of-markdown", MARKDOWN)],
    ids=["script", "markdown"],
)
@pytest.mark.parametrize("tab", ["kernels", "timeline", "devices", "meaning", "export"])
def test_names_in_a_file_and_of_a_file_are_never_markup(name: str, hostile: str, tab: str) -> None:
    app = opened(view=tab)
    upload(app, BY_NAME[name], f"{hostile}.onnx")
    assert not app.exception
    assert places_of_markup(app, hostile[:20]) == []
    assert places_of_html(app) == []
