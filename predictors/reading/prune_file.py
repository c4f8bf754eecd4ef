"""From a view of a file's bytes, of whatever format that is read, to the model without its weights."""

from __future__ import annotations

from collections.abc import Callable

from predictors.reading.archive import is_archive, model_in_archive
from predictors.reading.file_kind import refuse_foreign
from predictors.reading.flat_tables import is_ort
from predictors.reading.limits import Limits
from predictors.reading.prune import prune
from predictors.reading.tflite.pruning import is_tflite, prune_tflite


def nothing() -> None:
    """Release no pages: the bytes are in memory anyway."""


def prune_view(view: memoryview, limits: Limits, release: Callable[[], None] = nothing) -> bytes:
    """Return the model without weights; `release` gives pages back that were touched. Raises ModelError."""
    refuse_foreign(view)
    if is_archive(view):
        view, release = memoryview(model_in_archive(view, limits)), nothing
        refuse_foreign(view)
    if is_tflite(view):
        return prune_tflite(view, limits)
    if is_ort(view):
        from predictors.reading.ort_format import prune_ort  # imports onnx, which others do without here

        return prune_ort(view, limits)
    return prune(view, limits, release)
