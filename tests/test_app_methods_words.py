"""The methods page in words: what the bench stored is known, and stands in German with the same digits."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from app.i18n.texts import in_language
from app.methods.bench_results import (
    ACCURACY,
    EXTRACT,
    HEADINGS,
    NOTES,
    TITLES,
    ResultTable,
    bench_tables,
    cell_words,
    is_known,
    note_words,
    shown_table,
    title_words,
)
from app.methods.bench_sentences import is_like, like
from app.methods.sources import correction_line
from app.paths import ROOT

TABLES = bench_tables()
DATA = frozenset({"model", "family", "device_id", "delegate", "precision", "targets"})
"""Columns of names, which are the same everywhere."""


def words_of(table: ResultTable) -> set[str]:
    """Every cell of a table that is neither a number nor a name."""
    columns = [name for name in table.frame.columns if name not in DATA]
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


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.title)
def test_every_table_of_the_bench_has_words(table: ResultTable) -> None:
    assert table.title in TITLES or ACCURACY.fullmatch(table.title)
    note = EXTRACT.sub(r"\g<note>", table.note)
    assert is_like(note, NOTES), note
    assert set(table.frame.columns) <= set(HEADINGS)
    assert {cell for cell in words_of(table) if not is_known(cell)} == set()


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.title)
def test_tables_of_the_bench_stand_in_german(table: ResultTable) -> None:
    english = shown_table(table.frame)
    with in_language("de"):
        german = shown_table(table.frame)
        assert title_words(table.title) != table.title
        assert note_words(table.note) != table.note
    assert list(german.columns) != list(english.columns)
    numbers = english.select_dtypes("number")
    assert len(numbers.columns) > 0
    np.testing.assert_array_equal(german.select_dtypes("number").to_numpy(), numbers.to_numpy())


def test_a_column_is_numbers_only_if_every_cell_is_one_or_empty() -> None:
    frame = pd.DataFrame({"n": ["1", "2"], "coverage_percent": ["80.5", ""], "used": ["yes", "7"]})
    shown = shown_table(frame)
    assert list(shown["Measurements"]) == [1, 2]
    assert shown["Coverage (%)"].isna().tolist() == [False, True]
    assert list(shown["Used"]) == ["yes", "7"]


def test_cells_in_words() -> None:
    assert cell_words("conv-bn-relu, energy") == "convolution, energy"
    assert cell_words("baseline: random forest, published features").startswith("baseline")
    with in_language("de"):
        assert (
            cell_words("sums of 20 held-out kernels, latency")
            == "Summen von 20 ausgelassenen Kerneln, Latenz"
        )
        assert cell_words("nobody knows this") == "nobody knows this"


def test_an_extract_says_how_much_it_is_of() -> None:
    note = f"{NOTES[2]} 12 of 345 rows; all are in `docs/bench/a.csv`."
    assert note_words(note) == note.replace("`used`", "*Used*").replace("`stratum`", "*Of these*")
    with in_language("de"):
        assert note_words(note).endswith("12 von 345 Zeilen; alle stehen in `docs/bench/a.csv`.")


def test_numbers_in_a_sentence_are_written_the_german_way() -> None:
    message = NOTES[0]
    sentence = message.format(target="a, b", times="7", median="28.5", worst="1,239", first="2.5")
    assert like(sentence, NOTES) == sentence
    with in_language("de"):
        assert "28,5 ms" in like(sentence, NOTES)
        assert "1.239 ms" in like(sentence, NOTES)
        assert like("Something else.", NOTES) == "Something else."


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
