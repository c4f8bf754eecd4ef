"""An estimate in the formats of other tools. Every one carries intervals, evidence, sources and versions."""

from predictors.exports.content import Exported
from predictors.exports.formats import FORMATS, Format

__all__ = ["FORMATS", "Exported", "Format"]
