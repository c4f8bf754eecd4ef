"""The pages of the app, as one list: order, names, addresses."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[1]


@dataclass(frozen=True, slots=True)
class Entry:
    """One page: `slug` is its address, `file` its script in `pages/`, `icon` a bundled Material symbol."""

    slug: str
    title: str
    icon: str

    @property
    def file(self) -> Path:
        """The page's script, absolute, so that it is found from any working folder."""
        return ROOT / "pages" / f"{self.slug}.py"


METHODS: Final = Entry("methods", "Methods", ":material/menu_book:")
"""Where every footer leads."""

PAGES: Final = (
    Entry("devices", "Devices", ":material/smartphone:"),
    Entry("estimate", "Estimate", ":material/bolt:"),
    Entry("explore", "Explore", ":material/scatter_plot:"),
    METHODS,
)
"""Top navigation, left to right; the first one opens at the root address."""
