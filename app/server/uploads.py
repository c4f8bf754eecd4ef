"""How much of visitors' files the server holds at a time: beyond that, uploads are turned away.

Streamlit limits each file, not their number: files that no page reads stay until their session ends. Those
that are read are let go at once (`app.ui.sent_files`), so usual uploads come nowhere near. What counts is
what has come, not what was announced: who only says so takes no room from others.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from starlette.middleware import Middleware
from streamlit import get_option, runtime

from app.server.answer_headers import AsgiApp, AsgiMessage, Receive, Scope, Send, refuse
from data import budgets
from data.messages import Message

PLACE: Final = "/_stcore/upload_file/"
MEBIBYTE: Final = 2**20


def uploads() -> list[Middleware]:
    """Return what the server puts around uploads."""
    return [Middleware(HeldUploads)]


class TurnedAway(Exception):
    """An upload is not taken any further: status, code and words of the answer."""

    def __init__(self, status: int, code: str, words: Message) -> None:
        super().__init__(code)
        self.answer = status, code, words


@dataclass(eq=False)
class Arriving:
    """An upload on its way: whose, and how many bytes of it have come."""

    session: str
    come: int = 0


class HeldUploads:
    """Refuses an upload (503) with which its session, or all together, would hold too much.

    One that stops on its way is ended (408).
    """

    def __init__(self, app: AsgiApp) -> None:
        self.app = app
        self._arriving: list[Arriving] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on; an upload of a session that is open only as long as there is room for it."""
        session = _session_of(scope)
        if session is None or not _is_open(session):  # Streamlit refuses it before it reads a byte
            await self.app(scope, receive, send)
            return
        upload = Arriving(session)
        is_answered = False

        async def answer(message: AsgiMessage) -> None:
            nonlocal is_answered
            is_answered = True
            await send(message)

        self._arriving.append(upload)
        try:
            self._check(upload, min(_announced(scope), _largest()))  # of a larger one Streamlit says so
            await self.app(scope, self._counted(upload, receive), answer)
        except TurnedAway as end:
            if not is_answered:
                await refuse(scope, send, *end.answer)
        finally:
            self._arriving.remove(upload)

    def _counted(self, upload: Arriving, receive: Receive) -> Receive:
        """What an upload is received by: counts its bytes, and ends it when it stops."""
        waited_s, step_from, is_whole = 0.0, 0, False  # since the last step; what the server does is no wait

        async def counted() -> AsgiMessage:
            nonlocal waited_s, step_from, is_whole
            if is_whole:
                return await receive()
            start = time.monotonic()
            try:
                message = await asyncio.wait_for(receive(), max(0.0, budgets.UPLOAD_STEP_S - waited_s))
            except TimeoutError:
                words = Message("The upload stopped on its way. Send the file again.")
                raise TurnedAway(408, "UPLOAD_STALLED", words) from None
            waited_s += time.monotonic() - start
            upload.come += len(message.get("body", b""))
            is_whole = not message.get("more_body", False)
            self._check(upload, upload.come)
            if upload.come - step_from >= budgets.UPLOAD_STEP_BYTES:
                waited_s, step_from = 0.0, upload.come
            return message

        return counted

    def _check(self, upload: Arriving, size: int) -> None:
        """Raise TurnedAway if an upload of this size does not fit beside what is here."""
        others = [each for each in self._arriving if each is not upload]
        files = [*_held(), *((each.session, each.come) for each in others)]
        of_one = sum(held for session, held in files if session == upload.session)
        of_all = sum(held for _, held in files)
        most = _largest()
        is_small = size <= budgets.UPLOAD_SMALL * most
        limit = budgets.UPLOADS_HELD if is_small else budgets.LARGE_UPLOADS_HELD
        if of_one + size > budgets.UPLOADS_OF_ONE * most or of_all + size > limit * most:
            words = Message("Too many files are held at this moment. Try again in a minute.")
            raise TurnedAway(503, "UPLOADS_FULL", words)


def _session_of(scope: Scope) -> str | None:
    """The session that an upload is for; None for any other request."""
    if scope["type"] != "http" or scope["method"] != "PUT":
        return None
    _, place, rest = str(scope["path"]).partition(PLACE)
    return rest.partition("/")[0] if place else None


def _is_open(session: str) -> bool:
    return not runtime.exists() or runtime.get_instance().is_active_session(session)


def _announced(scope: Scope) -> int:
    """Bytes that are to come; 0 where that is not said, since they are counted as they come."""
    said = dict(scope["headers"]).get(b"content-length", b"")
    return int(said) if said.isdigit() else 0


def _largest() -> int:
    return int(get_option("server.maxUploadSize")) * MEBIBYTE


def _held() -> Iterator[tuple[str, int]]:
    """Session and bytes of every file that the server holds."""
    if not runtime.exists():
        return
    storage = getattr(runtime.get_instance().uploaded_file_mgr, "file_storage", {})
    for session, files in list(storage.items()):
        for file in list(files.values()):
            yield session, len(file.data)
