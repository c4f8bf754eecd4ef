"""Every device of the bundle with what was measured on it, for lists and searches."""

from __future__ import annotations

from typing import Final

import pandas as pd

from app import bundle_cache
from app.i18n.formats import count
from app.i18n.texts import SOURCE, language, mark, t
from app.memo import keeping

KINDS: Final = {
    "phone": mark("Phones"),
    "board": mark("Boards"),
    "edge-server": mark("Edge servers"),
    "accelerator": mark("Accelerators"),
    "microcontroller": mark("Microcontrollers"),
}
"""Sort of device -> heading, in the order they are offered."""

_ONE_OF_KIND: Final = {
    "phone": mark("Phone"),
    "board": mark("Board"),
    "edge-server": mark("Edge server"),
    "accelerator": mark("Accelerator"),
    "microcontroller": mark("Microcontroller"),
}


@keeping
def catalogue() -> pd.DataFrame:
    """Return every device, one row each: the columns of `devices`, and rows, measured (words), searched.

    `searched` is what the search looks at, in lower case.
    """
    devices, coverage = bundle_cache.devices(), bundle_cache.device_coverage()
    counts = coverage.groupby("device_id")["row_count"].sum()
    words = {device_id: _measured(part) for device_id, part in coverage.groupby("device_id")}
    looked_at = [
        name
        for name in ("name", "vendor", "soc", "soc_vendor", "gpu", "ai_accelerator", "kind")
        if name in devices
    ]
    searched = devices[looked_at].fillna("").agg(" ".join, axis=1).str.lower()
    return devices.assign(
        rows=devices["device_id"].map(counts).fillna(0).astype(int),
        measured=devices["device_id"].map(words).fillna(t("nothing in this bundle")),
        kind_words=devices["kind"].map(kind_name),
        searched=searched + " " + devices["device_id"],
    )


def kind_name(kind: str) -> str:
    """Return the sort of one device in words: "Phone"."""
    return t(_ONE_OF_KIND[kind]) if kind in _ONE_OF_KIND else kind


def _measured(coverage: pd.DataFrame) -> str:
    """What was measured, in words: "kernels: 2,222, applications on phones: 35"."""
    counts = coverage.groupby("table_name", sort=False)["row_count"].sum()
    return ", ".join(
        f"{_small(bundle_cache.title(str(name)))}: {count(rows)}" for name, rows in counts.items()
    )


def _small(title: str) -> str:
    """Return a title as it stands within a sentence; in German nouns keep their capital."""
    return title[:1].lower() + title[1:] if language() == SOURCE else title
