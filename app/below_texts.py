"""The texts that the layers below give the app to show. Filled by extraction, see `texts`."""

from __future__ import annotations


def texts() -> dict[str, tuple[str, int]]:
    """Return text -> (file, line) of what the layers below say to readers."""
    return {}
