"""The ground floor: figures with their sources, the dictionary, the bundle and every query on it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from data.errors import DataError, JouleLensError
from data.version import DATA_VERSION

if TYPE_CHECKING:
    from data.bundle import Bundle, kept_bundle, open_bundle

__all__ = ["DATA_VERSION", "Bundle", "DataError", "JouleLensError", "kept_bundle", "open_bundle"]


def __getattr__(name: str) -> Any:
    """Import the bundle on first use: whoever only needs the errors (scoring) does not wait for DuckDB."""
    if name in ("Bundle", "kept_bundle", "open_bundle"):
        from data import bundle

        return getattr(bundle, name)
    raise AttributeError(name)
