"""Foreign pages: none may show the app in a frame, and none that may can steer where uploads go."""

from __future__ import annotations

import http.server
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import ClassVar

import pytest
from playwright.sync_api import Browser, Frame, Page

from app.server.answer_headers import FRAME_VARIABLE
from app_server import RunningApp, running_app
from browser_support import new_context
from predictors.samples import sample_bytes

pytestmark = pytest.mark.browser

STEER = """([target, place]) => window.frames[0].postMessage({
    stCommVersion: 1, type: "SET_FILE_UPLOAD_CLIENT_CONFIG", prefix: place, headers: {}
}, target)"""
"""What a page around the app says to have uploads sent to `place` (Streamlit's own message)."""


class Stranger(http.server.BaseHTTPRequestHandler):
    """Another host: a page with the app in a frame, and a place that takes what is sent to it."""

    framed = ""
    taken: ClassVar[list[str]] = []

    def do_GET(self) -> None:
        body = f"<!doctype html><iframe src='{self.framed}' width=1200 height=700></iframe>".encode()
        self._answer(200, body)

    def do_PUT(self) -> None:
        self.taken.append(self.path)
        self._answer(204, b"")

    def do_OPTIONS(self) -> None:
        self._answer(204, b"")

    def _answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        for name, value in (
            ("Content-Type", "text/html"),
            ("Content-Length", str(len(body))),
            ("Access-Control-Allow-Origin", "*"),
            ("Access-Control-Allow-Methods", "*"),
            ("Access-Control-Allow-Headers", "*"),
        ):
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Keep quiet."""


@contextmanager
def stranger() -> Iterator[tuple[type[Stranger], str]]:
    """A server of another host (localhost, where the app is at 127.0.0.1), and its origin."""
    handler = type("OneStranger", (Stranger,), {"taken": []})
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield handler, f"http://localhost:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = new_context(browser, width=1366, height=768, scheme="light")
    yield context.new_page()
    context.close()


def framed_app(page: Page, origin: str) -> Frame:
    page.goto(origin, wait_until="load")
    return page.frames[1]


def test_a_foreign_page_cannot_frame_the_app(app: RunningApp, page: Page) -> None:
    with stranger() as (handler, origin):
        handler.framed = f"{app.url}/estimate"
        # The frame's address is told a moment after the page around it has loaded.
        framed_app(page, origin).wait_for_url("chrome-error:**", timeout=20_000)


def upload_steered(app: RunningApp, page: Page, handler: type[Stranger], origin: str) -> Frame:
    handler.framed = f"{app.url}/estimate"
    frame = framed_app(page, origin)
    uploader = frame.locator("[data-testid=stFileUploaderDropzoneInput], input[type=file]").first
    uploader.wait_for(state="attached", timeout=60_000)
    page.evaluate(STEER, [app.url, f"{origin}/taken"])
    page.wait_for_timeout(500)
    model = {"name": "net.onnx", "mimeType": "application/octet-stream"}
    uploader.set_input_files({**model, "buffer": sample_bytes("squeezenet-1.1")})
    return frame


def test_a_page_that_may_frame_the_app_cannot_steer_an_upload(page: Page, tmp_path: Path) -> None:
    with stranger() as (handler, origin):
        environment = os.environ | {FRAME_VARIABLE: origin}
        with running_app(tmp_path, env=environment) as app:
            frame = upload_steered(app, page, handler, origin)
            frame.get_by_text("net", exact=False).first.wait_for(timeout=60_000)
            frame.get_by_text("MACs", exact=False).first.wait_for(timeout=60_000)
            assert handler.taken == []


def test_the_message_would_steer_it_where_the_operator_lets_it(page: Page, tmp_path: Path) -> None:
    """The control: with the origin allowed, the same steps send the file elsewhere."""
    with stranger() as (handler, origin):
        environment = os.environ | {FRAME_VARIABLE: origin, "STREAMLIT_CLIENT_ALLOWED_ORIGINS": origin}
        with running_app(tmp_path, env=environment) as app:
            upload_steered(app, page, handler, origin)
            page.wait_for_timeout(5_000)
            assert handler.taken
