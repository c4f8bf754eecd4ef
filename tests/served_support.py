"""Asks the addresses of the app that are no pages, without a server."""

from __future__ import annotations

import asyncio

from starlette.responses import Response
from starlette.routing import Router

from app.server.routes import routes


def served(path: str, query: str = "", below: str = "") -> Response:
    """What the app answers at a path, when it lies `below` another one."""
    scope = {
        "type": "http", "method": "GET", "path": path, "query_string": query.encode(), "headers": [],
        "server": ("app.example", 80), "scheme": "http", "root_path": "",
    }  # fmt: skip
    sent: list[dict[str, object]] = []

    async def receive() -> dict[str, object]:
        return {"type": "http.request", "body": b""}

    async def send(message: dict[str, object]) -> None:
        sent.append(message)

    asyncio.run(Router(routes(below))(scope, receive, send))
    body = b"".join(bytes(message.get("body", b"")) for message in sent)
    headers = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    return Response(body, status_code=int(sent[0]["status"]), headers=headers)
