"""What can be wrong with a label that is asked for."""

from __future__ import annotations


class LabelError(ValueError):
    """A label that cannot be made. `code` is stable; the message says what happened, why, and what to do."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
