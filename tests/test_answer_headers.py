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
    AsgiApp,
    AsgiMessage,
    frame_origins,
)
from app.server.uploads import MEBIBYTE, HeldUploads


def asked(
    app: AsgiApp, path: str = "/", *, host: bytes = b"here", kind: str = "http", put_mb: int | None = None
) -> tuple[list[AsgiMessage], Exception | None]:
    """Messages that came back for one request, and what was raised; `put_mb`: for an upload of that size."""
    sent: list[AsgiMessage] = []
    named = [(b"host", host), *([(b"content-length", b"%d" % (put_mb * MEBIBYTE))] if put_mb else [])]
    method = "GET" if put_mb is None else "PUT"
    scope: dict[str, Any] = {"type": kind, "method": method, "path": path, "headers": named}

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


PLACE = "/energy/_stcore/upload_file/mine/file-1"


@pytest.mark.parametrize(
    ("held_mb", "put_mb", "status"),
    [
        ([], 200, 200),
        ([("mine", 5), ("other", 5)], 200, 200),
        ([("mine", 26)], 200, 503),  # 225 MB of one
        ([("mine", 204)], 22, 503),
        ([("other", 204)], 22, 200),
        ([("other", 170), ("third", 40)], 25, 200),  # a small file has room beside large ones
        ([("other", 170), ("third", 40)], 26, 503),  # 210 MB of all with a large one
        ([("other", 120), ("third", 120)], 11, 503),  # 250 MB of all
        ([("other", 249)], 1, 200),
    ],
)
def test_an_upload_is_turned_away_where_too_much_would_be_held(
    held_mb: list[tuple[str, int]], put_mb: int, status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = [(session, size * MEBIBYTE) for session, size in held_mb]
    monkeypatch.setattr("app.server.uploads._held", lambda: held)
    sent, _ = asked(HeldUploads(answering), PLACE, put_mb=put_mb)
    assert sent[0]["status"] == status
    assert status == 200 or json.loads(sent[1]["body"])["code"] == "UPLOADS_FULL"
    assert asked(HeldUploads(answering), "/energy/devices", put_mb=put_mb)[0][0]["status"] == 200


async def reading(scope: Any, receive: Any, send: Any) -> None:
    """Read a request to its end, as Streamlit does; that of a session it does not know it never reads."""
    while "made-up" not in scope["path"] and (await receive()).get("more_body"):
        pass
    await answering(scope, receive, send)


def test_only_bytes_that_came_take_room_and_a_stalled_upload_is_ended(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Who announces the largest file and sends nothing takes nothing from others, and does not stay."""
    monkeypatch.setattr("data.budgets.UPLOAD_STEP_S", 0.5)
    monkeypatch.setattr("app.server.uploads._largest", lambda: 200)  # bytes
    monkeypatch.setattr("app.server.uploads._is_open", lambda session: session != "made-up")
    app = HeldUploads(reading)

    async def put(session: str, announced: int | None, *parts: int, stalls: bool = False) -> int:
        sent: list[AsgiMessage] = []
        left = [{"body": bytes(each), "more_body": True} for each in parts]
        left += [] if stalls else [{"body": b"", "more_body": False}]

        async def receive() -> AsgiMessage:
            await asyncio.sleep(0 if left else 60)
            return {"type": "http.request", **left.pop(0)}

        async def send(message: AsgiMessage) -> None:
            sent.append(message)

        named = [] if announced is None else [(b"content-length", b"%d" % announced)]
        scope = {"type": "http", "method": "PUT", "path": f"{PLACE[:-11]}{session}/1", "headers": named}
        await app(scope, receive, send)
        return int(sent[0]["status"])

    async def at_once() -> list[int]:
        announced = [put(each, 200, stalls=True) for each in ("a", "b", "made-up")]
        sending = [put("c", None, 100, stalls=True), put("d", None, 60, 60), put("e", 1, 1)]
        return await asyncio.gather(*announced, *sending)

    # 100 bytes of c have come, so that the second part of d is too much, but nothing of a and b
    assert asyncio.run(at_once()) == [408, 408, 200, 408, 503, 200]
    assert asyncio.run(put("d", None, 60, 60)) == 200, "all of it is forgotten"
