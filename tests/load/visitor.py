"""A visitor of the app who speaks the browser's own protocol: Streamlit's messages over a WebSocket.

What a browser does besides, drawing the page, is left out, so that many visitors fit on the machine that is
measured. Protocol: the messages of `streamlit.proto`, as the page's own script sends and reads them.
"""

from __future__ import annotations

import asyncio
import time
import urllib.request
import uuid
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from typing import Final

import websockets
from google.protobuf.message import Message
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.Delta_pb2 import Delta
from streamlit.proto.FileUploader_pb2 import FileUploader
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

ANSWER_LIMIT_S: Final = 60.0
DEVICES: Final = ""
"""Address of the first page."""


class VisitError(Exception):
    """Something a visitor would see as broken: an exception on the page, a lost connection, no answer."""


@dataclass
class Visitor:
    """One tab: connect with `async with`, then open pages and give files."""

    port: int
    name: str = "visitor"
    pages: dict[str, str] = field(default_factory=dict)
    errors: list[str] = field(default_factory=list)
    heard: list[bytes] = field(default_factory=list)
    keep: bool = False
    session_id: str = ""
    page: str = ""
    query: str = ""
    uploaders: list[str] = field(default_factory=list)
    alerts: list[str] = field(default_factory=list)

    async def __aenter__(self) -> Visitor:
        address = f"ws://127.0.0.1:{self.port}/_stcore/stream"
        protocol = websockets.Subprotocol("streamlit")
        self._socket = await websockets.connect(
            address, subprotocols=[protocol], max_size=None, open_timeout=ANSWER_LIMIT_S, proxy=None
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._socket.close()

    async def open(self, slug: str = DEVICES, query: str = "") -> float:
        """Open a page by its address; the seconds until the server has sent all of it."""
        message = BackMsg()
        message.rerun_script.page_script_hash = self.pages.get(slug, "")
        message.rerun_script.query_string = self.query = query
        if not self.pages and slug:
            message.rerun_script.page_name = slug
        return await self._run(message)

    async def upload(self, file_name: str, content: bytes) -> float:
        """Give a file to the page's first uploader; the seconds from its arrival to the finished page."""
        if not self.uploaders:
            raise VisitError(f"{self.name}: the page has no uploader")
        uploader = self.uploaders[0]
        file_id, address = await self._place_for(file_name)
        await asyncio.to_thread(self._put, address, file_name, content)
        message = BackMsg()
        message.rerun_script.page_script_hash = self.page
        message.rerun_script.query_string = self.query
        state = message.rerun_script.widget_states.widgets.add(id=uploader)
        info = state.file_uploader_state_value.uploaded_file_info.add()
        info.name, info.size, info.file_id = file_name, len(content), file_id
        info.file_urls.file_id, info.file_urls.upload_url = file_id, address
        return await self._run(message)

    async def _place_for(self, file_name: str) -> tuple[str, str]:
        """Ask where a file may be sent: its id and the address."""
        message = BackMsg()
        message.file_urls_request.request_id = uuid.uuid4().hex
        message.file_urls_request.file_names.append(file_name)
        message.file_urls_request.session_id = self.session_id
        await self._socket.send(message.SerializeToString())
        answer = await self._until("file_urls_response")
        urls = answer.file_urls_response.file_urls[0]
        return urls.file_id, urls.upload_url

    def _put(self, address: str, file_name: str, content: bytes) -> None:
        """Send a file as a form, with the token against forged requests that the server hands out."""
        home = f"http://127.0.0.1:{self.port}"
        with urllib.request.urlopen(f"{home}/_stcore/health", timeout=ANSWER_LIMIT_S) as answer:  # noqa: S310
            cookie = SimpleCookie(answer.headers.get("Set-Cookie", ""))
        token = cookie["_streamlit_xsrf"].value
        mark = uuid.uuid4().hex
        head = f'--{mark}\r\nContent-Disposition: form-data; name="file"; filename="{file_name}"\r\n\r\n'
        request = urllib.request.Request(home + address, method="PUT")  # noqa: S310
        request.data = head.encode() + content + f"\r\n--{mark}--\r\n".encode()
        request.add_header("Content-Type", f"multipart/form-data; boundary={mark}")
        request.add_header("X-Xsrftoken", token)
        request.add_header("Cookie", f"_streamlit_xsrf={token}")
        with urllib.request.urlopen(request, timeout=ANSWER_LIMIT_S) as answer:  # noqa: S310
            answer.read()

    async def _run(self, message: Message) -> float:
        begin = time.perf_counter()
        self.uploaders = []
        self.alerts = []
        await self._socket.send(message.SerializeToString())
        # A page that rewrites its address, or takes a file away, asks for another run by itself.
        while True:
            done = await self._until("script_finished")
            if done.script_finished != ForwardMsg.FINISHED_EARLY_FOR_RERUN:
                break
        if done.script_finished == ForwardMsg.FINISHED_WITH_COMPILE_ERROR:
            self.errors.append("the script does not compile")
        return time.perf_counter() - begin

    async def _until(self, kind: str) -> ForwardMsg:
        """The next message of a kind; everything before it is looked at."""
        while True:
            try:
                data = await asyncio.wait_for(self._socket.recv(decode=False), ANSWER_LIMIT_S)
            except (TimeoutError, websockets.ConnectionClosed) as problem:
                raise VisitError(f"{self.name}: no answer ({type(problem).__name__})") from problem
            if self.keep:
                self.heard.append(data)
            message = ForwardMsg.FromString(data)
            self._look_at(message)
            if message.WhichOneof("type") == kind:
                return message

    def _look_at(self, message: ForwardMsg) -> None:
        kind = message.WhichOneof("type")
        if kind == "new_session":
            self.session_id = message.new_session.initialize.session_id or self.session_id
            self.page = message.new_session.page_script_hash
        elif kind == "navigation":
            pages = message.navigation.app_pages
            self.pages = {page.url_pathname: page.page_script_hash for page in pages}
            self.page = message.navigation.page_script_hash or self.page
        elif kind == "delta":
            self._look_at_delta(message.delta)
        elif kind == "page_not_found":
            self.errors.append("page not found")

    def _look_at_delta(self, delta: Delta) -> None:
        if delta.WhichOneof("type") != "new_element":
            return
        element = delta.new_element
        kind = element.WhichOneof("type")
        if kind == "exception":
            self.errors.append(element.exception.message[:200])
        elif kind == "alert":
            self.alerts.append(element.alert.body)
        elif kind == "file_uploader" and isinstance(element.file_uploader, FileUploader):
            self.uploaders.append(element.file_uploader.id)
