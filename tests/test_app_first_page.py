"""The first page answers at its name as well as at the root."""

from __future__ import annotations

import asyncio

import pytest
from starlette.routing import Router

from app.first_page_route import first_page_routes


@pytest.mark.parametrize(
    ("query", "address"),
    [
        ("", "./"),
        ("device=jetson-tx2&lang=de", "./?device=jetson-tx2&lang=de"),
        ("q=%2F%2Fevil.example", "./?q=%2F%2Fevil.example"),
    ],
)
def test_it_leads_to_the_root_with_what_was_asked_for(query: str, address: str) -> None:
    scope = {
        "type": "http", "method": "GET", "path": "/devices", "query_string": query.encode(), "headers": [],
        "server": ("app.example", 80), "scheme": "http", "root_path": "",
    }  # fmt: skip
    sent: list[dict[str, object]] = []

    async def receive() -> dict[str, object]:
        return {"type": "http.request", "body": b""}

    async def send(message: dict[str, object]) -> None:
        sent.append(message)

    asyncio.run(Router(first_page_routes())(scope, receive, send))
    assert sent[0]["status"] == 307
    assert dict(sent[0]["headers"])[b"location"].decode() == address
