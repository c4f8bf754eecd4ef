"""What can be wrong with the figures a score is asked for."""

from __future__ import annotations

from data.errors import JouleLensError


class ScoringError(JouleLensError, ValueError):
    """Figures that cannot be scored."""
