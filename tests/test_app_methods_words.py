"""The methods page in words: what the bench stored is known, and stands in German with the same digits."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from app.frame.navigation import PAGES
from app.i18n.texts import in_language
from app.methods import bench_words
from app.methods.bench_results import KINDS, ResultTable, bench_tables, note_words, shown_table, title_words
from app.methods.sources import correction_line
from app.paths import ROOT
from bench import first_page
from data.messages import Message, joined

FIRST_PAGE = ResultTable(
    Message(bench_words.TITLES["first-page"]),
    Message(bench_words.FIRST_PAGE, rounds=first_page.ROUNDS),
    pd.DataFrame(
        [[str(cell) for cell in row] for row in first_page.rows_of([(2.0, 4.4)] * 7, [(2.5, 4.0)] * 7)],
        columns=list(first_page.COLUMNS),
    ),
)
"""As the bench stores it; the figures are made up."""
TABLES = (*bench_tables(), FIRST_PAGE)
DATA = frozenset({"model", "family", "device_id", "delegate", "precision", "targets"})
"""Columns of names, which are the same everywhere."""


def words_of(table: ResultTable) -> set[str]:
    """Every cell of a table that is neither a number nor a name."""
    names = DATA | ({"stratum"} if "language models" in table.title else set())  # one per model
    columns = [name for name in table.frame.columns if name not in names]
    cells = {str(cell) for name in columns for cell in table.frame[name] if cell}
    return {cell for cell in cells if pd.isna(pd.to_numeric(cell, errors="coerce"))}


def opened(section: str, code: str = "en") -> AppTest:
    app = AppTest.from_file(str(ROOT / "app" / "main.py"), default_timeout=60)
    app.query_params["section"] = section
    app.query_params["lang"] = code
    app.switch_page(str(ROOT / "pages" / "methods.py"))
    return app.run()


def test_the_bench_stored_something() -> None:
    assert len(TABLES) > 5


def templates(text: str) -> set[str]:
    """Every template within a message that has words; plain values are ids and names."""
    if not isinstance(text, Message):
        return set()
    within = set().union(*(templates(each) for each in text.values.values() if isinstance(each, str)))
    return within if text.template.startswith("{part_") else within | {text.template}


def ids(text: str) -> set[str]:
    """The plain texts within a cell."""
    if not isinstance(text, Message):
        return {text}
    return set().union(*(ids(each) for each in text.values.values() if isinstance(each, str)))


TEXTS = {
    *bench_words.TITLES.values(),
    *bench_words.NOTES,
    *(words for pair in bench_words.IN_AND_OUT.values() for words in pair),
    bench_words.ACCURACY,
    bench_words.TOOL_FAILS_ON_OURS,
}
WORDED = bench_words.PHRASES.keys() | KINDS | {"mJ", "ms"}


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.title)
def test_every_table_of_the_bench_has_words(table: ResultTable) -> None:
    extract = "{shown:,} of {all:,} rows; all are in `{file}`."
    assert templates(table.title) | templates(table.note) <= TEXTS | {extract}
    assert set(table.frame.columns) <= set(bench_words.HEADINGS)
    cells = [table.messages.get(cell, cell) for cell in words_of(table)]
    pages = {entry.title for entry in PAGES}
    assert set().union(*map(templates, cells)) <= {*bench_words.CELLS, *pages}
    assert set().union(*map(ids, cells)) <= WORDED


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.title)
def test_tables_of_the_bench_stand_in_german(table: ResultTable) -> None:
    english = shown_table(table)
    with in_language("de"):
        german = shown_table(table)
        assert title_words(table) != table.title
        assert note_words(table) != table.note
    assert list(german.columns) != list(english.columns)
    numbers = english.select_dtypes("number")
    assert len(numbers.columns) > 0
    np.testing.assert_array_equal(german.select_dtypes("number").to_numpy(), numbers.to_numpy())


def test_the_first_page_is_divided_by_the_bare_one() -> None:
    assert [float(cell) for cell in FIRST_PAGE.frame.iloc[2, 1:]] == pytest.approx([0.8, 0.8, 1.1, 1.1])


def test_a_column_is_numbers_only_if_every_cell_is_one_or_empty() -> None:
    frame = pd.DataFrame({"n": ["1", "2"], "coverage_percent": ["80.5", ""], "used": ["yes", "7"]})
    shown = shown_table(ResultTable("", "", frame))
    assert list(shown["Measurements"]) == [1, 2]
    assert shown["Coverage (%)"].isna().tolist() == [False, True]
    assert list(shown["Used"]) == ["yes", "7"]


def test_cells_in_words() -> None:
    sums = joined([Message(bench_words.CELLS[1], n=20), "latency"])
    cells = ["conv-bn-relu, energy", "baseline: MACs only", sums, "nobody knows this"]
    messages = {"conv-bn-relu, energy": joined(["conv-bn-relu", "energy"]), str(sums): sums}
    table = ResultTable("", "", pd.DataFrame({"quantity": cells}), messages)
    assert list(shown_table(table)["Quantity"]) == [
        "convolution, energy", "baseline: MACs only", "sums of 20 held-out kernels, latency",
        "nobody knows this",
    ]  # fmt: skip
    with in_language("de"):
        german = list(shown_table(table)["Größe"])
    assert german[2:] == ["Summen von 20 ausgelassenen Kerneln, Latenz", "nobody knows this"]


def test_numbers_in_a_note_are_written_the_german_way_and_versions_are_not() -> None:
    values = {"target": "a, b", "times": 7, "median": 28.5, "worst": 1239.0, "first": 2.5}
    told = joined([
        Message(bench_words.ESTIMATE_TIMES, **values),
        Message(bench_words.TOOL_FAILS, tool="nn-meter 2.0", model="m", error="E"),
    ], " ")  # fmt: skip
    table = ResultTable("", told, pd.DataFrame())
    assert note_words(table) == told
    with in_language("de"):
        assert "1.239 ms" in note_words(table) and "2,5 s" in note_words(table)
        assert "nn-meter 2.0 scheitert an m: E." in note_words(table)


def test_a_correction_tells_its_values_once() -> None:
    entry: dict[str, object] = {
        "table_name": "devices",
        "column_name": None,
        "rows_concerned": 2,
        "action": "replace",
        "value_printed": "1",
        "value_used": "2",
        "value_suggested": None,
        "reason": "Because.",
    }
    line = "- **whole table, 2 rows: another value is used.** Because. Printed: 1. Used: 2."
    assert correction_line(entry) == line
    assert correction_line({**entry, "value_used": "1", "rows_concerned": 0}) == (
        "- **whole table: another value is used.** Because. Printed: 1."
    )
    with in_language("de"):
        assert "2 Zeilen: ein anderer Wert wird verwendet" in correction_line(entry)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("section", "heading"),
    [
        ("steps", "Wie ein Wert gewonnen wurde"),
        ("scores", "Wie gedruckt und wie nachgerechnet"),
        ("letters", "Was ein Buchstabe nicht berücksichtigt"),
        ("accuracy", "Was sich schätzen lässt, und wie gut"),
        ("limits", "Wie zitieren"),
    ],
)
def test_every_section_opens_in_german_by_its_id(section: str, heading: str) -> None:
    app = opened(section, "de")
    assert not app.exception and not app.error and not app.warning
    assert heading in [each.value for each in app.header]
    assert app.query_params.get("section", "steps") == section


def test_what_stays_english_is_said_to_readers_of_german_only() -> None:
    german = [each.value for each in opened("limits", "de").caption]
    assert any("auf Englisch" in each for each in german)
    assert not any("in English" in each.value for each in opened("limits").caption)


def test_sources_and_corrections_are_told_in_german() -> None:
    sources = " ".join(each.value for each in opened("sources", "de").markdown)
    assert "Zahlen mit Quellenangabe wiedergegeben" in sources and "none stated" not in sources
    assert "Leistungsmessgerät am Akkuanschluss von acht Smartphones" in sources
    corrections = " ".join(each.value for each in opened("corrections", "de").markdown)
    assert "wahrscheinlich fehlt eine Ziffer" in corrections and " the " not in corrections


def test_an_unknown_section_is_named_in_the_readers_quotation_marks() -> None:
    warning = opened("nowhere", "de").warning[0].value
    assert "„nowhere“ (Abschnitt)" in warning
    assert "“nowhere” (section)" in opened("nowhere").warning[0].value
