"""Tables on screen: numbers written the reader's way, cells still numbers."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from app.i18n.texts import in_language
from app.ui.tables import MOST_CELLS, readable

TABLE = pd.DataFrame(
    {
        "Name": ["a", "b", "c"],
        "Energy (mJ)": [1234.5, 0.0265123, float("nan")],
        "Kernels": [1234, 5, 6],
        "Perhaps": pd.array([1, None, 3000], dtype="Int64"),
        "Yes": [True, False, True],
    }
)


def shown(table: Any, column: str) -> list[str]:
    """What stands in the cells of one column."""
    place = list(table.data.columns).index(column)
    return [
        cell["display_value"]
        for row in table._translate(False, False)["body"]
        for cell in row
        if cell["id"].endswith(f"col{place}")
    ]


@pytest.mark.parametrize(
    ("code", "fractions", "wholes"),
    [
        ("en", ["1,230", "0.0265", ""], ["1,234", "5", "6"]),
        ("de", ["1.230", "0,0265", ""], ["1.234", "5", "6"]),
    ],
)
def test_numbers_are_written_the_readers_way(code: str, fractions: list[str], wholes: list[str]) -> None:
    with in_language(code):
        table = readable(TABLE)
        assert shown(table, "Energy (mJ)") == fractions
        assert shown(table, "Kernels") == wholes


def test_the_cells_stay_what_they_are() -> None:
    table: Any = readable(TABLE)
    pd.testing.assert_frame_equal(table.data, TABLE)
    assert shown(table, "Perhaps") == ["1", "", "3,000"]
    assert shown(table, "Yes") == [True, False, True]


def test_a_column_may_have_more_digits() -> None:
    assert shown(readable(TABLE, {"Energy (mJ)": 5}), "Energy (mJ)")[0] == "1,234.5"


def test_a_huge_table_is_sent_as_it_is() -> None:
    huge = pd.DataFrame({"a": range(MOST_CELLS + 1)})
    assert readable(huge) is huge
