"""Runs axe-core, the accessibility checker, on a page that stands still."""

from __future__ import annotations

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

WCAG_AA = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa")
"""Rules of WCAG 2.2, levels A and AA, as axe names them."""

# What Streamlit 1.67 draws in a way that the project cannot change, as (rule, part of the element's address
# or HTML). Each one is named in docs/accessibility.md.
OF_STREAMLIT: tuple[tuple[str, str], ...] = (
    # A name on the frame of the file field, which has no role of its own; the button in it is what is used.
    ("presentation-role-conflict", "stFileUploaderDropzone"),
)


def findings(page: Page) -> list[str]:
    """Everything axe finds on a page, one line each: rule, impact, address and HTML of the element."""
    options = {
        "runOnly": {"type": "tag", "values": [*WCAG_AA, "best-practice"]},
        "resultTypes": ["violations"],
    }
    result = Axe().run(page, options=options).response
    return [
        f"{rule['id']} ({rule['impact']}): {' '.join(map(str, node['target']))}: {node['html'][:200]}"
        for rule in result["violations"]
        for node in rule["nodes"]
        if not _is_of_streamlit(rule["id"], node)
    ]


def _is_of_streamlit(rule: str, node: dict[str, object]) -> bool:
    where = f"{node['target']} {node['html']}"
    return any(rule == known and part in where for known, part in OF_STREAMLIT)
