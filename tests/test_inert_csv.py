"""Tables that leave the program: no spreadsheet runs a cell of them, and our own readers take them back."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path

import pandas as pd
import pytest
import streamlit
from hypothesis import given
from hypothesis import strategies as st

from app.server.link_preview import frame_style
from data.contribution.checks import Value
from data.inert_csv import FIRST_SIGNS, csv_text, frame_csv, inert, typed

ROOT = Path(__file__).resolve().parents[1]
LINK = '=HYPERLINK("http://example.invalid";"click")'


@pytest.mark.parametrize("cell", [LINK, "+1+1", "-1+1", "@SUM(1)", "\t=1", "\r=1", "\n=1", "＝1+1", "－1-1"])
def test_text_that_a_spreadsheet_would_run_gets_an_apostrophe(cell: str) -> None:
    assert inert(cell) == "'" + cell
    assert typed(inert(cell)) == cell


@pytest.mark.parametrize("cell", ["-1.5", "+3", "-2e-7", "conv1", "", "'quoted", -1.5, None, True, 7])
def test_numbers_and_plain_text_stay(cell: Value) -> None:
    assert inert(cell) == cell


@given(st.text(max_size=8))
def test_what_our_readers_take_back_is_what_was_written(cell: str) -> None:
    # An apostrophe in front of such a sign is the one text that cannot be told from ours.
    if not (cell[:1] == "'" and cell[1:2] in FIRST_SIGNS):
        assert typed(inert(cell)) == cell


def test_a_frame_is_inert_in_headings_cells_lists_and_row_names() -> None:
    frame = pd.DataFrame(
        [[LINK, -1.5, ["=1"], b"=2", True]],
        index=["=row"],
        columns=["=head", "figure", "list", "bytes", "yes"],
    )
    header, row = csv.reader(io.StringIO(frame_csv(frame.rename_axis("name"), index=True)))
    assert header == ["name", "'=head", "figure", "list", "bytes", "yes"]
    assert row == ["'=row", "'" + LINK, "-1.5", "['=1']", "b'=2'", "True"]


def test_two_columns_of_one_name_stay_two() -> None:
    frame = pd.DataFrame([[1, "=2"], [3, "4"]], columns=["a", "a"])
    assert frame_csv(frame) == "a,a\n1,'=2\n3,4\n"


def test_missing_cells_stay_empty() -> None:
    frame = pd.DataFrame({"a": ["=x", None], "b": [1.0, float("nan")]})
    assert frame_csv(frame) == "a,b\n'=x,1.0\n,\n"
    assert csv_text(["a", "b"], [{"a": None}, {"b": "=x", "c": 1}]) == "a,b\n,\n,'=x\n"


def test_no_other_code_writes_tables() -> None:
    written = re.compile(r"\.to_csv\(|csv\.(Dict)?[wW]riter\(")
    allowed = {
        "data/inert_csv.py",
        "app/methods/accuracy.py",  # a key of a cache; it never leaves
        "data/tracing/foreign_json.py",  # lines for our own reader; they never leave
        "predictors/energy/boards/data.py",  # the project's own figures, made by a maintainer
        "predictors/energy/applications/stored.py",  # the same
        "predictors/training/run.py",  # the same
    }
    found = {
        path.relative_to(ROOT).as_posix()
        for layer in ("app", "pages", "data", "predictors", "scoring")
        for path in (ROOT / layer).rglob("*.py")
        if written.search(path.read_text(encoding="utf-8"))
    }
    assert found == allowed


def test_the_tables_own_download_which_is_not_inert_is_hidden() -> None:
    """The rule goes by names that Streamlit's code gives: another version may have others."""
    code = Path(streamlit.__file__).parent / "static" / "static" / "js"
    tables, toolbar = (
        next(code.glob(f"{name}.*.js")).read_text("utf-8") for name in ("DataFrame", "Toolbar")
    )
    assert tables.count("label:`Download as CSV`") == 1
    assert '"data-testid":`stElementToolbarButton`' in toolbar
    assert re.search(r'"aria-label":\w+\(e,', toolbar), "the label comes first, then what the table is called"
    rule = '[data-testid="stElementToolbarButton"]:has([aria-label^="Download as CSV"]) { display: none'
    assert rule in frame_style()
