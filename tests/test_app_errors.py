"""The error boundary: words and a code on the page, the traceback in the log only."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from app.log import JsonLines
from app.methods.bench_results import bench_tables
from app.ui.boundary import UNEXPECTED, worded
from app.ui.glossary import GLOSSARY, explain
from bench.tables import Table, store
from data import DataError
from data.messages import Message
from scoring import ScoringError


def defect() -> None:
    import streamlit as st

    from app.ui.boundary import boundary

    with boundary("broken part"):
        raise KeyError("secret_column")
    st.markdown("the rest goes on")


def known() -> None:
    from app.ui.boundary import boundary
    from scoring import ScoringError

    with boundary("scores"):
        raise ScoringError("INVALID_TDP", "The TDP of *x* is 0 W. Give another.")


def stopping() -> None:
    import streamlit as st

    from app.ui.boundary import boundary

    with boundary("stopped"):
        st.stop()
    st.markdown("never reached")


def test_a_defect_becomes_general_words_and_the_rest_goes_on(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR):
        app = AppTest.from_function(defect, default_timeout=30).run()
    assert not app.exception
    [box] = app.error
    assert UNEXPECTED in box.value
    assert "secret_column" not in box.value
    assert [each.value for each in app.markdown] == ["the rest goes on"]
    [record] = [each for each in caplog.records if each.name == "joulelens"]
    assert record.facts["type"] == "KeyError"
    assert record.facts["place"] == "broken part"
    assert record.facts["way"][0].startswith("app/ui/boundary.py:")
    assert "secret_column" not in JsonLines().format(record), "a message may quote what a visitor brought"


def test_a_coded_error_is_shown_in_its_own_words_literally() -> None:
    [box] = AppTest.from_function(known, default_timeout=30).run().error
    assert "INVALID_TDP" in box.value
    assert r"\*x\*" in box.value


def test_streamlits_own_stop_passes_through() -> None:
    app = AppTest.from_function(stopping, default_timeout=30).run()
    assert not app.error
    assert not app.markdown


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (ScoringError("NO_POWER", "No row."), "NO_POWER"),
        (DataError("BUNDLE_UNREADABLE", "Broken."), "BUNDLE_UNREADABLE"),
        (ValueError("x"), UNEXPECTED),
        (OSError(2, "gone"), UNEXPECTED),
    ],
)
def test_errors_of_the_layers_below_keep_their_code(error: Exception, code: str) -> None:
    assert worded(error)[0] == code
    assert worded(error)[1]


def test_terms_explain_themselves_and_nothing_undefined_is_explained() -> None:
    assert explain("PCS").startswith("**PCS** (Power Consumption Score): ")
    assert "Higher is better" in GLOSSARY["PCS"].meaning
    assert "Higher is better" in GLOSSARY["IECS"].meaning
    with pytest.raises(KeyError):
        explain("FLOPS per parsec")


def test_bench_tables_are_read_as_they_were_stored(tmp_path: Path) -> None:
    rows = (("a | b", 4.2), ("c", None), ("d", 7.0))
    title, note = Message("Accuracy: {device}, {what}", device="D", what="w"), Message("{n}-fold.", n=10)
    store([Table("accuracy-d-w", title, note, ("Kernel", "MAPE (%)"), rows, rows[:2])], tmp_path)
    [table] = bench_tables(tmp_path)
    assert table.title == "Accuracy: D, w"
    assert table.note == "10-fold. 2 of 3 rows; all are in `docs/bench/accuracy-d-w.csv`."
    assert table.frame.values.tolist() == [["a | b", "4.2"], ["c", ""]]


def test_without_a_stored_report_there_are_no_tables(tmp_path: Path) -> None:
    assert bench_tables(tmp_path) == ()
