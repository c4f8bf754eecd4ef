"""All addresses that the app serves beside its pages, at the path that the server lies below."""

from __future__ import annotations

from starlette.routing import Route

from app.server.first_page_route import first_page_routes
from app.server.label_routes import label_routes


def routes(below: str) -> list[Route]:
    """Return every route with `below` in front of its path: Streamlit's `server.baseUrlPath`, "" for none."""
    place = "".join(f"/{part}" for part in below.split("/") if part)
    return [
        Route(f"{place}{route.path}", route.endpoint, name=route.name)
        for route in (*first_page_routes(), *label_routes())
    ]
