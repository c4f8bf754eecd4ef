"""What can be wrong with a label that is asked for."""

from __future__ import annotations

from data.errors import JouleLensError


class LabelError(JouleLensError, ValueError):
    """A label that cannot be made."""

    def __str__(self) -> str:
        return str(self.message)
