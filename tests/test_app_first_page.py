"""The first page answers at its name as well as at the root."""

from __future__ import annotations

import pytest

from served_support import served


@pytest.mark.parametrize(
    ("query", "address"),
    [
        ("", "./"),
        ("device=jetson-tx2&lang=de", "./?device=jetson-tx2&lang=de"),
        ("q=%2F%2Fevil.example", "./?q=%2F%2Fevil.example"),
    ],
)
def test_it_leads_to_the_root_with_what_was_asked_for(query: str, address: str) -> None:
    answer = served("/devices", query)
    assert answer.status_code == 307
    assert answer.headers["location"] == address
