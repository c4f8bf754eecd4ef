"""Tags of a page for link previews: title, sentence, picture; nothing else is touched, nothing escapes."""

from __future__ import annotations

import asyncio
import re
from typing import Any

import pytest

from app.server.answer_headers import AsgiMessage
from app.server.early_code import FOLDER
from app.server.link_preview import LinkPreview
from served_support import served

PAGE = b"<html><head><title>Streamlit</title></head><body></body></html>"


def asked(
    path: str, query: str = "", *, kind: bytes = b"text/html", method: str = "GET"
) -> tuple[str, dict[str, str]]:
    """Body and headers of one answer."""
    sent: list[AsgiMessage] = []
    headers = [(b"host", b"here:8501"), (b"accept-encoding", b"gzip")]
    scope: dict[str, Any] = {
        "type": "http", "method": method, "path": path, "query_string": query.encode(), "scheme": "https",
        "headers": headers,
    }  # fmt: skip

    async def answering(scope: Any, _receive: Any, send: Any) -> None:
        length = str(len(PAGE)).encode()
        found = [(b"content-type", kind), (b"content-length", length), (b"etag", b"x")]
        await send({"type": "http.response.start", "status": 200, "headers": found})
        await send({"type": "http.response.body", "body": PAGE[:20], "more_body": True})
        await send({"type": "http.response.body", "body": PAGE[20:]})

    async def receive() -> AsgiMessage:
        return {"type": "http.request"}

    async def send(message: AsgiMessage) -> None:
        sent.append(message)

    asyncio.run(LinkPreview(answering)(scope, receive, send))
    body = b"".join(message.get("body", b"") for message in sent[1:])
    return body.decode(), {name.decode(): value.decode() for name, value in sent[0]["headers"]}


def test_a_page_has_its_title_sentence_and_picture() -> None:
    body, headers = asked("/estimate", "lang=de")
    assert "<title>Schätzen · JouleLens</title>" in body
    assert 'property="og:image" content="https://here:8501/preview/estimate.png?lang=de"' in body
    assert headers["content-length"] == str(len(body.encode()))
    assert "etag" not in headers


def test_below_a_path_and_at_the_root_the_picture_is_found() -> None:
    assert "https://here:8501/preview/devices.png" in asked("/")[0]
    assert "https://here:8501/app/preview/methods.png" in asked("/app/methods")[0]


def test_a_label_shows_itself_and_a_claimed_one_does_not() -> None:
    body, _ = asked("/label", "device=huawei-p40-pro&score=iecs")
    assert "https://here:8501/label/huawei-p40-pro.png?score=iecs" in body
    body, _ = asked("/label", "sample=alexnet&device=raspberry-pi-4&delegate=tflite-ruy&precision=fp32")
    assert "https://here:8501/label/alexnet/raspberry-pi-4/tflite-ruy/fp32.png" in body
    assert "/preview/label.png" in asked("/label", "model=mine&device=x")[0]


@pytest.mark.parametrize("query", ['device="><script>alert(1)</script>', "lang=%22%3E%3Cb%3E"])
def test_nothing_of_an_address_becomes_markup(query: str) -> None:
    body, _ = asked("/label", query)
    assert "<script>" not in body
    assert "<b>" not in body


@pytest.mark.parametrize(
    ("path", "options"),
    [("/static/x.js", {}), ("/estimate", {"kind": b"application/json"}), ("/estimate", {"method": "HEAD"})],
)
def test_what_is_no_page_passes_untouched(path: str, options: dict[str, Any]) -> None:
    body, headers = asked(path, **options)
    assert body == PAGE.decode()
    assert headers["etag"] == "x"


def test_the_picture_of_a_page_is_a_png_and_of_no_page_is_not_there() -> None:
    answer = served("/preview/estimate.png", "lang=de")
    assert answer.body.startswith(b"\x89PNG")
    assert answer.headers["cache-control"].startswith("public")
    assert served("/preview/nothing.png").status_code == 404


def test_the_head_names_the_code_of_pictures_and_the_style_of_the_frame() -> None:
    body, _ = asked("/explore")
    files = re.findall(r'rel="modulepreload" crossorigin href="./static/js/([\w.-]+)"', body)
    assert {"PlotlyChart", "DataFrame"} <= {file.partition(".")[0] for file in files}
    assert len(files) == len(set(files))
    assert all((FOLDER / file).is_file() for file in files)
    assert "@media print" in body
    body, _ = asked("/methods")
    assert "@media print" in body and "PlotlyChart" not in body
