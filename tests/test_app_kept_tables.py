"""Tables are written for the browser once where they are kept, and in one go where they have no colours."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest
from streamlit import dataframe_util
from streamlit.elements import arrow
from streamlit.proto.ArrowData_pb2 import ArrowData

from app.i18n.texts import in_language
from app.ui import kept_tables
from app.ui.kept_tables import kept_table
from app.ui.tables import formatted, readable

TABLE = pd.DataFrame(
    {
        "name": ["a", "b <i>", "c"],
        "energy_mj": [1234.5, 0.0265123, float("nan")],
        "rows": [1234, 5, 6],
        "perhaps": pd.array([1, None, 3000], dtype="Int64"),
        "yes": [True, False, True],
        "mixed": [None, 1.25, "x"],
        "text": pd.array(["p", None, "q"], dtype="string"),
    },
    index=[3, 1, 2],
)


def sent(table: Any) -> ArrowData:
    """What Streamlit sends of a table."""
    proto = ArrowData()
    arrow.marshall_styler(proto, table, "place")
    proto.data = dataframe_util.convert_pandas_df_to_arrow_bytes(table.data)
    return proto


@pytest.mark.parametrize("code", ["en", "de"])
@pytest.mark.parametrize("table", [TABLE, TABLE.head(0), TABLE.set_axis([*"aabcdef"], axis=1)[["b", "c"]]])
def test_a_table_in_one_go_is_what_pandas_writes_cell_by_cell(code: str, table: pd.DataFrame) -> None:
    with in_language(code):
        fast, slow = sent(readable(table)), sent(formatted(table))
    quick, usual = (
        dataframe_util.convert_arrow_bytes_to_pandas_df(each.styler.display_values) for each in (fast, slow)
    )
    pd.testing.assert_frame_equal(quick, usual)
    assert fast.data == slow.data
    assert fast.styler.styles == slow.styler.styles == ""


def test_a_kept_table_is_made_and_written_once(monkeypatch: pytest.MonkeyPatch) -> None:
    made, written = [], []
    words_of = kept_tables.words_of
    monkeypatch.setattr(kept_tables, "words_of", lambda table: written.append(1) or words_of(table))
    colours = formatted(TABLE[["rows"]]).map(lambda value: "color: red")

    def make() -> Any:
        made.append(1)
        return readable(TABLE)

    first, again = (sent(kept_table("test", make)) for _ in range(2))
    assert first == again
    assert (len(made), len(written)) == (1, 1)
    styled = [sent(kept_table("colours", lambda: colours)) for _ in range(2)]
    assert styled[0] == styled[1]
    assert "color: red" in styled[1].styler.styles
    # What is not kept is written anew: its frame may have changed.
    own = readable(TABLE.copy())
    before = sent(own)
    own.data.loc[3, "rows"] = 99  # type: ignore[union-attr]
    assert sent(own).data != before.data
