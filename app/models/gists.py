"""What the warnings of an estimate are about, in a few words each."""

from __future__ import annotations

from typing import Final

from app.i18n.texts import mark, t
from predictors.results.estimates import Note

UNSUPPORTED: Final = "KERNELS_UNSUPPORTED"
GISTS: Final[dict[str, str]] = {
    "BATCH_IN_FILE": mark("a batch in the file"),
    "BOARD_CONSTANT": mark("a constant per inference"),
    "BOARD_FAR_FROM_MEASURED": mark("far from what was measured"),
    "BOARD_SHARED_OUT": mark("kernels without a figure of their own"),
    "BOARD_WALL_POWER": mark("measured at the wall socket"),
    "BRANCH_CHOSEN": mark("branch as asked for"),
    "BRANCH_TAKEN": mark("one of two branches counted"),
    "CALIBRATED": mark("calibrated"),
    "CALIBRATION_EQUAL": mark("equal figures of unequal networks"),
    "CALIBRATION_EXTRAPOLATED": mark("far from what was measured"),
    "CALIBRATION_FEW": mark("few measured networks"),
    "CALIBRATION_NOT_COUNTED": mark("measured networks that are not counted"),
    "CALIBRATION_NO_LATENCY": mark("latency from power"),
    "CALIBRATION_PHONE": mark("wide interval"),
    "CALIBRATION_UNLIKE": mark("unlike all known systems"),
    "DECODING_STEP": mark("one step of an answer"),
    "DIMENSION_DEFAULTED": mark("size filled in"),
    "FEW_ANCHORS": mark("few measured networks"),
    "GPU_LATENCY_FROM_POWER": mark("latency from power"),
    "KERNELS_APPROXIMATED": mark("kernels approximated"),
    "APPLICATION": mark("the running application"),
    "APPLICATION_OUT_OF_RANGE": mark("factor extrapolated"),
    "NO_APPLICATION": mark("kernels alone, no application"),
    "KERNELS_ONLY": mark("kernels only, not a whole application"),
    "KERNELS_OUT_OF_RANGE": mark("outside the measured sizes"),
    UNSUPPORTED: mark("kernels without a figure"),
    "LAYOUT_TURNS": mark("changes of layout left out"),
    "LOOP_WRITTEN_OUT": mark("steps of a loop counted"),
    "STEPS_CHOSEN": mark("steps as asked for"),
    "STEPS_AT_MOST": mark("a loop that may end early"),
    "TREES_AS_COMPARISONS": mark("trees counted by their comparisons"),
    "MEMORY_TIGHT": mark("memory is tight"),
    "POWER_HELD": mark("power held within the device's limits"),
    "LOOP_TAKEN_OFF": mark("timing loop taken off"),
    "PRECISION_DIFFERS": mark("another precision than the file's"),
    "RAIL_ONLY": mark("one power rail only"),
    "TRANSFERRED": mark("carried over from another device"),
    "TRANSFER_OUT_OF_RANGE": mark("ratio extrapolated"),
    "TRANSFER_WIDE": mark("wide interval"),
    "WALL_POWER": mark("measured at the wall socket"),
}
"""Code of a warning -> what it is about, for the folded list; its message says the rest."""


def gist(note: Note) -> str:
    """Return what a warning is about; its message says the rest."""
    return t(GISTS[note.code]) if note.code in GISTS else note.code.replace("_", " ").lower()
