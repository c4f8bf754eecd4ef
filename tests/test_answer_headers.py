"""Headers on every answer of the server, and requests that it turns away before anybody reads them."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from app.server.answer_headers import (
    FRAME_VARIABLE,
    METRICS_VARIABLE,
    AnswerHeaders,
    AsgiMessage,
    frame_origins,
)


def asked(
    app: AnswerHeaders, path: str = "/", *, host: bytes = b"here", kind: str = "http"
) -> tuple[list[AsgiMessage], Exception | None]:
    """Messages that came back for one request, and what was raised."""
    sent: list[AsgiMessage] = []
    scope: dict[str, Any] = {"type": kind, "method": "GET", "path": path, "headers": [(b"host", host)]}

    async def receive() -> AsgiMessage:
        return {"type": "http.request"}

    async def send(message: AsgiMessage) -> None:
        sent.append(message)

    try:
        asyncio.run(app(scope, receive, send))
    except Exception as error:
        return sent, error
    return sent, None


def headers(message: AsgiMessage) -> dict[str, list[str]]:
    listed: dict[str, list[str]] = {}
    for name, value in message["headers"]:
        listed.setdefault(name.decode().lower(), []).append(value.decode())
    return listed


async def answering(scope: Any, receive: Any, send: Any) -> None:
    own = [(b"content-security-policy", b"default-src 'none'"), (b"referrer-policy", b"unsafe-url")]
    await send({"type": "http.response.start", "status": 200, "headers": own})
    await send({"type": "http.response.body", "body": b"fine"})


async def failing(scope: Any, receive: Any, send: Any) -> None:
    raise RuntimeError("defect")


async def breaking_off(scope: Any, receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    raise RuntimeError("defect")


def test_an_answer_carries_the_headers_beside_its_own_policy() -> None:
    sent, _ = asked(AnswerHeaders(answering))
    carried = headers(sent[0])
    assert carried["content-security-policy"] == ["default-src 'none'", "frame-ancestors 'self'"]
    assert carried["x-content-type-options"] == ["nosniff"]
    assert carried["referrer-policy"] == ["same-origin"]
    assert sent[1]["body"] == b"fine"


def test_a_defect_is_answered_with_the_headers_and_still_raised() -> None:
    sent, error = asked(AnswerHeaders(failing))
    assert isinstance(error, RuntimeError)
    assert sent[0]["status"] == 500
    assert json.loads(sent[1]["body"])["code"] == "SERVER_FAILED"
    assert "content-security-policy" in headers(sent[0])


def test_nothing_is_answered_twice() -> None:
    sent, error = asked(AnswerHeaders(breaking_off))
    assert isinstance(error, RuntimeError)
    assert [message["type"] for message in sent] == ["http.response.start"]


@pytest.mark.parametrize("kind", ["http", "websocket"])
def test_a_host_of_impossible_length_is_refused(kind: str) -> None:
    sent, _ = asked(AnswerHeaders(answering), host=b"h" * 3_000, kind=kind)
    if kind == "http":
        assert sent[0]["status"] == 400
        assert json.loads(sent[1]["body"])["code"] == "HOST_TOO_LONG"
    else:
        assert sent == [{"type": "websocket.close", "code": 1008, "reason": "HOST_TOO_LONG"}]


def test_the_longest_host_there_can_be_is_served() -> None:
    sent, _ = asked(AnswerHeaders(answering), host=b"h" * 253 + b":65535")
    assert sent[0]["status"] == 200


@pytest.mark.parametrize("path", ["/_stcore/metrics", "/energy/_stcore/metrics", "/_stcore/metrics/"])
def test_metrics_answer_on_request_of_the_operator_only(path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    sent, _ = asked(AnswerHeaders(answering), path)
    assert (sent[0]["status"], json.loads(sent[1]["body"])["code"]) == (404, "METRICS_OFF")
    monkeypatch.setenv(METRICS_VARIABLE, "1")
    sent, _ = asked(AnswerHeaders(answering), path)
    assert sent[0]["status"] == 200


def test_origins_that_may_frame_the_app_are_named_by_the_operator(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(FRAME_VARIABLE, "https://lab.example  https://*.example:8443")
    sent, _ = asked(AnswerHeaders(answering))
    policy = headers(sent[0])["content-security-policy"][1]
    assert policy == "frame-ancestors 'self' https://lab.example https://*.example:8443"


@pytest.mark.parametrize("origin", ["*", "lab.example", "https://a;script-src *", "https:", "https://a/b"])
def test_what_is_no_origin_stops_the_start(origin: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(FRAME_VARIABLE, origin)
    with pytest.raises(ValueError, match=FRAME_VARIABLE):
        frame_origins()
