"""What every answer of the server carries, and which requests it turns away before anybody reads them.

Pure ASGI, so that pages, files, uploads, labels and refusals all pass through it.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Final

from starlette.datastructures import MutableHeaders
from starlette.middleware import Middleware

from data.messages import Message

Scope = MutableMapping[str, Any]
AsgiMessage = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[AsgiMessage]]
Send = Callable[[AsgiMessage], Awaitable[None]]
AsgiApp = Callable[[Scope, Receive, Send], Awaitable[None]]

FRAME_VARIABLE: Final = "JOULELENS_FRAME_ORIGINS"
"""Environment variable: origins, separated by spaces, whose pages may show the app in a frame."""
METRICS_VARIABLE: Final = "JOULELENS_METRICS"
"""Environment variable: `1` lets `/_stcore/metrics` answer."""
MOST_HOST_SIGNS: Final = 260
"""Longest `Host`: a name of the DNS has at most 253 characters (RFC 1035), a port six with its colon."""
ORIGIN: Final = re.compile(r"https?://(\*\.)?[A-Za-z0-9.-]+(:\d{1,5})?")


def every_answer() -> list[Middleware]:
    """Return what the server puts around all its answers."""
    return [Middleware(AnswerHeaders)]


def frame_origins() -> tuple[str, ...]:
    """Return the origins that the operator lets frame the app; raises ValueError for what is no origin."""
    origins = tuple(os.environ.get(FRAME_VARIABLE, "").split())
    for origin in origins:
        if not ORIGIN.fullmatch(origin):
            raise ValueError(f"{FRAME_VARIABLE}={origin[:80]!r}; https://host[:port] ...")
    return origins


class AnswerHeaders:
    """Adds headers to every answer; refuses a `Host` of impossible length and, unasked, the metrics."""

    def __init__(self, app: AsgiApp) -> None:
        self.app = app
        self.framing = " ".join(("frame-ancestors 'self'", *frame_origins()))
        self.has_metrics = os.environ.get(METRICS_VARIABLE) == "1"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and its answer back with the headers."""
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        started = False

        async def send_with_headers(message: AsgiMessage) -> None:
            nonlocal started
            if message["type"] in ("http.response.start", "websocket.http.response.start"):
                started = True
                self._add(MutableHeaders(scope=message))
            await send(message)

        refusal = self._refusal(scope)
        if refusal is not None:
            await refuse(scope, send_with_headers, *refusal)
            return
        try:
            await self.app(scope, receive, send_with_headers)
        except Exception:
            # Starlette answers outside of this one, without the headers; it still writes the log.
            if scope["type"] == "http" and not started:
                words = Message("The server failed on this request. Load the page again.")
                await refuse(scope, send_with_headers, 500, "SERVER_FAILED", words)
            raise

    def _add(self, headers: MutableHeaders) -> None:
        # Several policies hold together: that of a label, which may load nothing, stays.
        headers.append("content-security-policy", self.framing)
        headers["x-content-type-options"] = "nosniff"
        headers["referrer-policy"] = "same-origin"

    def _refusal(self, scope: Scope) -> tuple[int, str, str] | None:
        """Status, code and words of a request that nobody is to read."""
        hosts = [value for name, value in scope["headers"] if name == b"host"]
        if any(len(host) > MOST_HOST_SIGNS for host in hosts):
            words = Message(
                "The Host has more than {most} characters. Use the address of the app.", most=MOST_HOST_SIGNS
            )
            return 400, "HOST_TOO_LONG", words
        if not self.has_metrics and scope["path"].rstrip("/").endswith("/_stcore/metrics"):
            words = Message(
                "Metrics are off. The operator can set {variable}.", variable=f"{METRICS_VARIABLE}=1"
            )
            return 404, "METRICS_OFF", words
        return None


async def refuse(scope: Scope, send: Send, status: int, code: str, words: str) -> None:
    """Answer a request with a status, a code and words."""
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 1008, "reason": code})
        return
    body = json.dumps({"code": code, "message": words}).encode()
    sizes = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": sizes})
    await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})
