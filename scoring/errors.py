"""What can be wrong with the figures a score is asked for."""

from __future__ import annotations


class ScoringError(ValueError):
    """Figures that cannot be scored.

    `code` is stable (for scripts and tests); the message says what happened, why it matters and what to
    do next.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message

    def __str__(self) -> str:
        return f"{self.message} [{self.code}]"
