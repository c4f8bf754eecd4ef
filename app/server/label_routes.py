"""Stable addresses of labels while the app runs: `/label/huawei-p40-pro.svg`, its `.png`, its JSON twin.

Estimates of sample networks are at `/label/mobilenet-v2/huawei-p40-pro/gpu/fp32.svg`. The query may hold
`score` (pcs, iecs), `theme` (light, dark), `style` (label, badge), `side` (pixels), `on` (a date) and `lang`
(en, de), the language of its words; the names in the JSON twin are English in every language.
"""

from __future__ import annotations

import os
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

if TYPE_CHECKING:
    from app.label.facts import Issue

CACHED_S: Final = 300
"""A label changes with the data or the method, so a few minutes of age do no harm."""
HEADERS: Final = {
    "X-Content-Type-Options": "nosniff",
    # A label is a picture: opened by itself, it may neither fetch nor run anything.
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'",
}
_NOT_FOUND: Final = frozenset({"unknown-device", "no-scores", "unknown-sample", "DEVICE_UNKNOWN"})
BASE_URL_VARIABLE: Final = "JOULELENS_URL"
"""Environment variable with the public address of the app, for labels that leave this machine."""


def label_routes() -> list[Route]:
    """Return the routes that the app serves beside its pages."""
    return [
        Route("/label/{device}.{form}", device_label, name="device-label"),
        Route("/label/{sample}/{device}/{delegate}/{precision}.{form}", sample_label, name="sample-label"),
    ]


def device_label(request: Request) -> Response:
    """Answer with the label of a device's score."""
    return _answer(request, {"device": request.path_params["device"]})


def sample_label(request: Request) -> Response:
    """Answer with the label of a sample network's estimate."""
    names = ("sample", "device", "delegate", "precision")
    return _answer(request, {name: request.path_params[name] for name in names})


def base_url(own: str) -> str:
    """Return where permalinks lead: the address that is configured, else `own`."""
    return (os.environ.get(BASE_URL_VARIABLE) or own).rstrip("/")


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


def issue_now(own: str, on: date | None = None) -> Issue:
    """Return date (today where none is given), versions and address for a label of this app."""
    from app.label.facts import Issue
    from data.version import DATA_VERSION
    from predictors.version import METHOD_VERSION

    return Issue(on or datetime.now(UTC).date(), DATA_VERSION, METHOD_VERSION, base_url(own))
