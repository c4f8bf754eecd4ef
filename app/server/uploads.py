"""How much of visitors' files the server holds at a time: beyond that, uploads are turned away.

Streamlit limits each file, not their number: files that no page reads stay until their session ends. Those
that are read are let go at once (`app.ui.sent_files`), so usual uploads come nowhere near.
"""

from __future__ import annotations

from typing import Final

from starlette.middleware import Middleware
from streamlit import get_option, runtime

from app.server.answer_headers import AsgiApp, Receive, Scope, Send, refuse
from data.budgets import UPLOADS_HELD, UPLOADS_OF_ONE
from data.messages import Message

PLACE: Final = "/_stcore/upload_file/"
MEBIBYTE: Final = 2**20


def uploads() -> list[Middleware]:
    """Return what the server puts around uploads."""
    return [Middleware(HeldUploads)]


class HeldUploads:
    """Refuses an upload (503) with which its session, or all together, would hold too much."""

    def __init__(self, app: AsgiApp) -> None:
        self.app = app
        self._arriving: dict[str, int] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on; an upload only if there is room for it, which it takes while it arrives."""
        session = _session_of(scope)
        if session is None:
            await self.app(scope, receive, send)
            return
        size = _announced(scope)
        if not self._has_room(session, size):
            words = Message("Too many files are held at this moment. Try again in a minute.")
            await refuse(scope, send, 503, "UPLOADS_FULL", words)
            return
        before = self._arriving.get(session, 0)
        self._arriving[session] = before + size
        try:
            await self.app(scope, receive, send)
        finally:
            self._arriving[session] -= size
            if not self._arriving[session]:
                del self._arriving[session]

    def _has_room(self, session: str, size: int) -> bool:
        held = _held()
        of_one = held.get(session, 0) + self._arriving.get(session, 0)
        of_all = sum(held.values()) + sum(self._arriving.values())
        most = _largest()
        return of_one + size <= UPLOADS_OF_ONE * most and of_all + size <= UPLOADS_HELD * most


def _session_of(scope: Scope) -> str | None:
    """The session that an upload is for; None for any other request."""
    if scope["type"] != "http" or scope["method"] != "PUT":
        return None
    _, place, rest = str(scope["path"]).partition(PLACE)
    return rest.partition("/")[0] if place else None


def _announced(scope: Scope) -> int:
    """Bytes that are to come; as many as an upload may have where that is not said."""
    said = dict(scope["headers"]).get(b"content-length", b"")
    return int(said) if said.isdigit() else _largest()


def _largest() -> int:
    return int(get_option("server.maxUploadSize")) * MEBIBYTE


def _held() -> dict[str, int]:
    """Session -> bytes of its files that the server holds."""
    if not runtime.exists():
        return {}
    storage = getattr(runtime.get_instance().uploaded_file_mgr, "file_storage", {})
    return {
        session: sum(len(file.data) for file in list(files.values()))
        for session, files in list(storage.items())
    }
