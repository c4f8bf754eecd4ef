"""Who measured what reaches the screen, for every source; no row is without one."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from app.paths import ROOT
from data import open_bundle, queries
from data.dictionary import load_dictionary

SOURCES = queries.sources(open_bundle()).to_dict("records")


@pytest.fixture(scope="module")
def screen() -> str:
    """Everything written in the section of sources."""
    app = AppTest.from_file(str(ROOT / "app" / "main.py"), default_timeout=60)
    app.query_params["section"] = "sources"
    app.switch_page(str(ROOT / "pages" / "methods.py"))
    app.run()
    assert not app.error
    return "\n".join(str(each.value) for each in (*app.markdown, *app.caption))


@pytest.mark.parametrize("field", ["source_title", "authors", "method", "url", "licence"])
@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source["source_id"])
def test_every_field_of_every_source_is_filled_and_on_the_screen(
    source: dict[str, object], field: str, screen: str
) -> None:
    value = str(source[field]).strip()
    assert value
    assert value not in ("nan", "None")
    assert value.rstrip(".") in screen


@pytest.mark.parametrize("name", [table.name for table in load_dictionary().values() if not table.special])
def test_every_row_of_every_table_has_a_source_that_is_described(name: str) -> None:
    used = open_bundle().frame(f'SELECT DISTINCT source_id FROM "{name}"')["source_id"]  # noqa: S608 - dictionary
    assert used.notna().all()
    assert set(used) <= {str(source["source_id"]) for source in SOURCES}
