"""`make screenshots`: pictures of every page of the running app, wide and on a phone, light and dark."""

from __future__ import annotations

import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from playwright.sync_api import Browser

from browser_support import ADDRESSES, RunningApp, Visit, chromium, new_context, running_app

FOLDER: Final = Path(__file__).resolve().parents[2] / "docs" / "screenshots"


@dataclass(frozen=True, slots=True)
class Look:
    """A way to look at a page: window size (px) and colour scheme."""

    name: str
    width: int
    height: int
    scheme: str


LOOKS: Final = (
    Look("light", 1366, 768, "light"),
    Look("dark", 1366, 768, "dark"),
    Look("phone", 390, 844, "light"),
)


QUERIES: Final = {"label": "device=huawei-p40-lite"}
"""What a page has to be asked for, as it shows nothing by itself."""


def take(app: RunningApp, browser: Browser, slug: str, look: Look) -> Path:
    """One picture of one page, `<slug>-<look>.png`."""
    context = new_context(browser, width=look.width, height=look.height, scheme=look.scheme)
    visit = Visit(app, context.new_page())
    visit.open(ADDRESSES[slug], QUERIES.get(slug, ""))
    path = FOLDER / f"{slug}-{look.name}.png"
    visit.page.screenshot(path=path, animations="disabled")
    context.close()
    return path


def main() -> int:
    """Take all pictures and name them."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, running_app(Path(folder)) as app, chromium() as browser:
        for slug in ADDRESSES:
            for look in LOOKS:
                print(take(app, browser, slug, look).relative_to(FOLDER.parents[1]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
