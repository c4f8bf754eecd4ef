"""All addresses beside the pages: labels, and the file that lets the first page start sooner."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Final

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route
from streamlit import net_util

from app.frame.navigation import PAGES
from app.label.facts import BASE_URL_VARIABLE, issue_now

CACHED_S: Final = 300
"""A label changes with the data or the method, so a few minutes of age do no harm."""
HEADERS: Final = {
    "X-Content-Type-Options": "nosniff",
    # A label is a picture: opened by itself, it may neither fetch nor run anything.
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'",
}
LONGEST_WAIT_S: Final = 20.0
"""A label takes a fifth of a second; who would wait for a hundred others is asked to come again."""
_DRAWING: Final = asyncio.Semaphore(1)
"""Pictures are made one at a time, so that a run on them leaves the pages their processor."""
_NOT_FOUND: Final = frozenset({"UNKNOWN_DEVICE", "NO_SCORES", "UNKNOWN_SAMPLE", "DEVICE_UNKNOWN"})


def _one_at_a_time(draw: Callable[[Request], Response]) -> Callable[[Request], Awaitable[Response]]:
    """Let `draw` wait for its turn; who waits holds none of the threads that send the files of pages."""

    @wraps(draw)
    async def answer(request: Request) -> Response:
        try:
            async with asyncio.timeout(LONGEST_WAIT_S):
                await _DRAWING.acquire()
        except TimeoutError:
            return Response(status_code=503, headers={"Retry-After": str(round(LONGEST_WAIT_S))})
        try:
            return await run_in_threadpool(draw, request)
        finally:
            _DRAWING.release()

    return answer


def label_routes() -> list[Route]:
    """Return the routes that the app serves beside its pages."""
    return [
        Route("/label/{device}.{form}", device_label, name="device-label"),
        Route("/label/{sample}/{device}/{delegate}/{precision}.{form}", sample_label, name="sample-label"),
    ]


def preview_routes() -> list[Route]:
    """Return the routes of the pictures that links to pages show."""
    return [Route("/preview/{slug}.png", page_preview, name="page-preview")]


@_one_at_a_time
def page_preview(request: Request) -> Response:
    """Answer with the picture of a page; 404 for a page that does not exist."""
    from app.i18n.texts import PARAMETER, SOURCE, in_language, t
    from app.label.preview import preview_png

    entry = next((each for each in PAGES if each.slug == request.path_params["slug"]), None)
    if entry is None:
        return Response(status_code=404, headers={"X-Content-Type-Options": "nosniff"})
    with in_language(request.query_params.get(PARAMETER, SOURCE)):
        content = preview_png(t(entry.title))
    headers = HEADERS | {"Cache-Control": f"public, max-age={CACHED_S}"}
    return Response(content, media_type="image/png", headers=headers)


@_one_at_a_time
def device_label(request: Request) -> Response:
    """Answer with the label of a device's score."""
    return _answer(request, {"device": request.path_params["device"]})


@_one_at_a_time
def sample_label(request: Request) -> Response:
    """Answer with the label of a sample network's estimate."""
    names = ("sample", "device", "delegate", "precision")
    return _answer(request, {name: request.path_params[name] for name in names})


def _caching() -> str:
    """Who may keep a label: without a configured address it holds the Host of whoever asked for it."""
    return f"{'public' if os.environ.get(BASE_URL_VARIABLE) else 'private'}, max-age={CACHED_S}"


def own_address(request: Request) -> str:
    """Return the address that the app was asked at, with the path that it lies below."""
    return str(request.base_url).rstrip("/") + request.url.path.partition("/label/")[0]


def _answer(request: Request, asked: dict[str, str]) -> Response:
    # Imported here: what labels need is heavy, and the server should listen before.
    from app.i18n.messages import tell
    from app.i18n.texts import PARAMETER, SOURCE, in_language
    from data.errors import JouleLensError

    try:
        return _label(request, asked)
    except JouleLensError as error:
        status = 404 if error.code in _NOT_FOUND else 400
        with in_language(request.query_params.get(PARAMETER, SOURCE)):
            body = {"code": error.code, "message": tell(error.message)}
        return JSONResponse(body, status_code=status, headers={"X-Content-Type-Options": "nosniff"})


def _label(request: Request, asked: dict[str, str]) -> Response:
    from app.i18n.texts import PARAMETER, SOURCE
    from app.label.address import read_address, read_stamp
    from app.label.content import make_label
    from app.label.files import label_file, speaking
    from app.label.gather import facts_for

    query = dict(request.query_params)
    wanted = {name: query[name] for name in ("score", "side") if name in query} | asked
    with speaking(query.get(PARAMETER, SOURCE)):
        label = make_label(
            facts_for(read_address(wanted)), issue_now(own_address(request), read_stamp(query).on)
        )
        made = label_file(
            label, request.path_params["form"], query.get("style", "label"), query.get("theme", "light")
        )
    headers = HEADERS | {
        "Cache-Control": _caching(),
        "Content-Disposition": f'inline; filename="{made.name}"',
    }
    return Response(made.content, media_type=made.mime, headers=headers)


def first_page_routes() -> list[Route]:
    """Return the route that leads from `/devices` to `/`, whatever the address asks for."""
    return [Route(f"/{PAGES[0].slug}", to_first_page, name="first-page")]


def to_first_page(request: Request) -> RedirectResponse:
    """Lead to the root, relative to where the app is served, with the query as it came."""
    query = request.url.query
    return RedirectResponse(f"./?{query}" if query else "./")


def ask_nobody() -> None:
    """Let Streamlit know no addresses of this machine but those that are configured."""
    net_util.get_internal_ip = _unknown
    net_util.get_external_ip = _unknown


def _unknown() -> None:
    return None


def routes(below: str) -> list[Route]:
    """Return every route with `below` in front of its path: Streamlit's `server.baseUrlPath`, "" for none."""
    place = "".join(f"/{part}" for part in below.split("/") if part)
    return [
        Route(f"{place}{route.path}", route.endpoint, name=route.name)
        for route in (*first_page_routes(), *preview_routes(), *label_routes())
    ]
