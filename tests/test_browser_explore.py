"""Explore as a person uses it: filters, addresses, German, files and questions in SQL."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from browser_support import Visit
from data import open_bundle, queries

pytestmark = pytest.mark.browser

VisitMaker = Callable[..., Visit]
APPLICATIONS = "level=application&application-delegate=gpu"


@pytest.fixture
def tab(visit: VisitMaker) -> Visit:
    opened = visit()
    opened.open("explore", APPLICATIONS)
    return opened


def amount(delegate: str) -> int:
    """How many rows a delegate of the phones has."""
    return int((queries.application_measurements(open_bundle())["delegate"] == delegate).sum())


def test_a_filter_goes_into_the_address_and_back(tab: Visit, visit: VisitMaker) -> None:
    assert f"{amount('gpu')} of 280 rows." in tab.text()
    tab.page.get_by_role("button", name="Runs on: GPU").press("Enter")
    tab.page.get_by_role("button", name="NNAPI", exact=True).press("Enter")
    tab.wait_until_idle(after_start=True)
    tab.page.keyboard.press("Escape")
    both = f"{amount('gpu') + amount('nnapi')} of 280 rows."
    assert both in tab.text()
    other = visit()
    other.open("explore", tab.page.url.partition("?")[2])
    assert both in other.text()
    assert (other.complaints, other.alarms(), other.outside) == ([], [], [])
    tab.open("explore", f"{tab.page.url.partition('?')[2]}&lang=de")
    assert f"{amount('gpu') + amount('nnapi')} von 280 Zeilen." in tab.text()


def test_the_files_hold_the_rows_of_the_view(tab: Visit) -> None:
    for kind, read in (("CSV", pd.read_csv), ("Parquet", pd.read_parquet)):
        with tab.page.expect_download() as waiting:
            tab.page.get_by_role("button", name=f"Download {kind}").first.click()
        rows = read(io.BytesIO(Path(waiting.value.path()).read_bytes()))
        assert len(rows) == amount("gpu")
        assert set(rows["delegate"]) == {"gpu"}
        assert rows["licence"].str.len().gt(0).all()


def test_a_question_in_sql_is_answered_and_a_forbidden_one_refused(tab: Visit) -> None:
    tab.page.get_by_text("Ask in SQL").click()
    tab.page.get_by_role("button", name="Run", exact=True).click()
    tab.page.get_by_text("rows in").wait_for()
    box = tab.page.get_by_role("textbox", name="Query")
    box.fill("SELECT * FROM read_csv('/etc/passwd')")
    box.press("Control+Enter")
    tab.wait_until_idle(after_start=True)
    tab.page.get_by_role("button", name="Run", exact=True).click()
    tab.page.locator('[data-testid="stAlertContentError"]').wait_for()
    assert "SQL_" in tab.alarms()[0]
    assert "Traceback" not in tab.text()
