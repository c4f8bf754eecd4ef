"""The first page at its name, too: Streamlit serves it at the root address only."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import RedirectResponse
from starlette.routing import Route

from app.frame.navigation import PAGES


def first_page_routes() -> list[Route]:
    """Return the route that leads from `/devices` to `/`, whatever the address asks for."""
    return [Route(f"/{PAGES[0].slug}", to_first_page, name="first-page")]


def to_first_page(request: Request) -> RedirectResponse:
    """Lead to the root, relative to where the app is served, with the query as it came."""
    query = request.url.query
    return RedirectResponse(f"./?{query}" if query else "./")
