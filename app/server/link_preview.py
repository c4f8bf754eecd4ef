"""What a link to a page shows where it is pasted: the title, a sentence and a picture, in the page's head.

Streamlit serves one file for all pages, with its own name as title; programs that make previews run no
script. The tags are put in on the way out. A label's link shows the label itself.
"""

from __future__ import annotations

import html
from functools import lru_cache
from pathlib import Path
from typing import Final
from urllib.parse import parse_qs, urlencode

from starlette.middleware import Middleware

from app.frame.navigation import LABEL, PAGES
from app.i18n.texts import verbatim
from app.label.facts import base_url
from app.server.answer_headers import AsgiApp, AsgiMessage, Receive, Scope, Send
from app.server.early_code import early_code

STYLESHEET: Final = Path(__file__).parents[1] / "frame" / "browser" / "frame.css"
"""Rules of the frame. In the head of a page they cost no element and no code of the browser's."""


@lru_cache(maxsize=1)
def frame_style() -> str:
    """Return the rules as CSS."""
    return STYLESHEET.read_text(encoding="utf-8")


HEAD_END: Final = b"</head>"
STREAMLIT_TITLE: Final = b"<title>Streamlit</title>"
MOST_PAGE_BYTES: Final = 200_000
"""Streamlit's page has some 6,000; what is larger is no page and passes untouched."""
NAME: Final = verbatim("JouleLens")
TAG: Final = verbatim('<meta {kind}="{name}" content="{value}">')
STYLE: Final = verbatim("<style>{rules}</style>")
SIZE: Final = ("1200", "630")
WITH_PICTURES: Final = frozenset({"devices", "estimate", "compare", "explore", "tokens", "timelines"})
"""Pages that open with a picture and a table."""
SLUGS: Final = frozenset(entry.slug for entry in PAGES)


def previews() -> list[Middleware]:
    """Return what the server puts around its answers for previews."""
    return [Middleware(LinkPreview)]


class LinkPreview:
    """Puts the tags of a page into its HTML; every other answer passes as it is."""

    def __init__(self, app: AsgiApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and the HTML of a page back with its tags."""
        slug = page_of(scope)
        if slug is None:
            await self.app(scope, receive, send)
            return
        plain = [(name, value) for name, value in scope["headers"] if name.lower() != b"accept-encoding"]
        await self.app({**scope, "headers": plain}, receive, _Rewriting(scope, slug, send))


class _Rewriting:
    """Holds back the answer until it is whole, if it is the HTML of a page."""

    def __init__(self, scope: Scope, slug: str, send: Send) -> None:
        self.scope, self.slug, self.send = scope, slug, send
        self.start: AsgiMessage | None = None
        self.body = b""

    async def __call__(self, message: AsgiMessage) -> None:
        if message["type"] == "http.response.start" and _is_page(message):
            self.start = message
        elif self.start is not None and message["type"] == "http.response.body":
            self.body += message.get("body", b"")
            if not message.get("more_body", False):
                await self._finish(self.start)
        else:
            await self.send(message)

    async def _finish(self, start: AsgiMessage) -> None:
        body = with_tags(self.body, self.scope, self.slug)
        length = (b"content-length", str(len(body)).encode())
        left_out = {b"content-length", b"etag", b"last-modified"}  # they are the file's, not this answer's
        kept = [(name, value) for name, value in start["headers"] if name.lower() not in left_out]
        await self.send({**start, "headers": [*kept, length]})
        await self.send({"type": "http.response.body", "body": body})


def page_of(scope: Scope) -> str | None:
    """Return the slug of the page that a request asks for, None for anything else."""
    if scope["type"] != "http" or scope["method"] != "GET":
        return None
    last = scope["path"].rstrip("/").rpartition("/")[2]
    if last in SLUGS:
        return str(last)
    return PAGES[0].slug if scope["path"].endswith("/") else None


def _is_page(start: AsgiMessage) -> bool:
    headers = {name.lower(): value for name, value in start["headers"]}
    size = int(headers.get(b"content-length", b"0") or 0)
    is_html = headers.get(b"content-type", b"").startswith(b"text/html")
    is_plain = b"content-encoding" not in headers
    return start["status"] == 200 and is_html and is_plain and size <= MOST_PAGE_BYTES


def with_tags(page: bytes, scope: Scope, slug: str) -> bytes:
    """Return the HTML of a page with title and tags for previews; as it is if it has no head."""
    if HEAD_END not in page:
        return page
    from app.i18n.texts import PARAMETER, SOURCE, in_language, t

    query = parse_qs(scope["query_string"].decode("ascii", "replace"))
    with in_language(query.get(PARAMETER, [SOURCE])[0]):
        entry = next(each for each in PAGES if each.slug == slug)
        title = f"{t(entry.title)} · {NAME}"
        about = t("{name}: energy transparency for deep learning on edge devices.", name=NAME)
    picture = picture_address(scope, slug, {name: values[0] for name, values in query.items()})
    tags = {"og:title": title, "og:description": about, "og:image": picture, "og:type": "website"}
    if slug != LABEL.slug:
        tags |= {"og:image:width": SIZE[0], "og:image:height": SIZE[1]}
    lines = [_tag("property", name, value) for name, value in tags.items()]
    lines += [_tag("name", "description", about), _tag("name", "twitter:card", "summary_large_image")]
    titled = page.replace(STREAMLIT_TITLE, f"<title>{html.escape(title)}</title>".encode(), 1)
    lines.append(STYLE.format(rules=frame_style()))
    if slug in WITH_PICTURES:
        lines.append(early_code(page.decode("utf-8", "replace")))
    return titled.replace(HEAD_END, "".join(lines).encode() + HEAD_END, 1)


def _tag(kind: str, name: str, value: str) -> str:
    return TAG.format(kind=kind, name=name, value=html.escape(value, quote=True))


def picture_address(scope: Scope, slug: str, query: dict[str, str]) -> str:
    """Return where the picture of a page is: of a label that is computed here the label, else the page's."""
    host = dict(scope["headers"]).get(b"host", b"localhost").decode("ascii", "replace")
    below = scope["path"].rstrip("/").removesuffix(f"/{slug}").rstrip("/")
    base = base_url(f"{scope.get('scheme', 'http')}://{host}{below}")
    if slug == LABEL.slug and "sample" in query:
        names = [query.get(name, "") for name in ("sample", "device", "delegate", "precision")]
        return f"{base}/label/{'/'.join(map(_plain, names))}.png?{_some(query, 'side', 'lang')}"
    if slug == LABEL.slug and "device" in query and not {"own", "model"} & query.keys():
        return f"{base}/label/{_plain(query['device'])}.png?{_some(query, 'score', 'lang')}"
    return f"{base}/preview/{slug}.png?{_some(query, 'lang')}"


def _plain(part: str) -> str:
    return "".join(sign for sign in part if sign.isascii() and (sign.isalnum() or sign in "-._"))[:60]


def _some(query: dict[str, str], *names: str) -> str:
    return urlencode({name: query[name][:20] for name in names if name in query})
