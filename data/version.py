"""The version of the figures; raise it with every change of what the bundle holds."""

DATA_VERSION = "2026.11.2"
"""Year, month and running number of the figures, dictionary and corrections together."""
