"""The ground floor: figures with their sources, the dictionary, the bundle and every query on it."""

from data.bundle import Bundle, open_bundle
from data.errors import DataError
from data.version import DATA_VERSION

__all__ = ["DATA_VERSION", "Bundle", "DataError", "open_bundle"]
