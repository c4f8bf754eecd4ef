"""The pages of the app, as one list: order, names, addresses."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[1]


@dataclass(frozen=True, slots=True)
class Entry:
    """One page: `slug` is its address, `file` its script in `pages/`, `icon` a bundled Material symbol.

    A `hidden` page is reached by a link or its address, and is not in the navigation.
    """

    slug: str
    title: str
    icon: str
    hidden: bool = False

    @property
    def file(self) -> Path:
        """The page's script, absolute, so that it is found from any working folder."""
        return ROOT / "pages" / f"{self.slug}.py"


METHODS: Final = Entry("methods", "Methods", ":material/menu_book:")
"""Where every footer leads."""

YOUR_DEVICE: Final = Entry("your_device", "Your device", ":material/add_chart:", hidden=True)
"""Where measurements of one's own become scores."""

LABEL: Final = Entry("label", "Label", ":material/sell:", hidden=True)
"""Where the code on a label leads."""

PAGES: Final = (
    Entry("devices", "Devices", ":material/smartphone:"),
    Entry("estimate", "Estimate", ":material/bolt:"),
    Entry("compare", "Compare", ":material/compare_arrows:"),
    Entry("explore", "Explore", ":material/scatter_plot:"),
    Entry("timelines", "Timelines", ":material/timeline:"),
    METHODS,
    YOUR_DEVICE,
    LABEL,
)
"""Top navigation, left to right, hidden pages last; the first one opens at the root address."""
