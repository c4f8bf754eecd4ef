"""Errors that reach people: each has a stable code and a message saying what happened, why, and what to do.

Codes are part of the interface (scripts match on them); the one register of them is `CODES`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from data.errors import JouleLensError

CODES: dict[str, str] = {
    "MODEL_EMPTY": "the file has no content",
    "MODEL_FILE": "the path can't be read as a regular file",
    "MODEL_NOT_ONNX": "the file is something else than ONNX or TensorFlow Lite",
    "MODEL_ARCHIVE": "a zip archive that is refused, or holds no single model",
    "MODEL_OPTIMISED": "the file was optimised for one processor",
    "MODEL_TRUNCATED": "the file ends in the middle",
    "MODEL_MALFORMED": "the file's structure is damaged",
    "MODEL_TOO_LARGE": "the file is larger than the limit",
    "MODEL_TOO_COMPLEX": "more nodes, nesting, tensors or functions than the limit",
    "MODEL_NO_COMPUTE": "nothing in the model depends on an input",
    "MODEL_BAD_DIMENSION": "a dimension is negative or absurdly large",
    "MODEL_BAD_ATTRIBUTE": "an operator's attribute makes no sense",
    "MODEL_BAD_TEXT": "a name is not valid UTF-8",
    "MODEL_DUPLICATE_NAME": "two producers write the same tensor",
    "MODEL_MISSING_INPUT": "a node reads a tensor that nothing produces",
    "MODEL_CYCLE": "nodes wait for each other",
    "MODEL_FUNCTION_CYCLE": "a local function calls itself",
    "MODEL_SHAPE_CONFLICT": "an operator's input shapes don't fit together",
    "MODEL_SHAPE_ELSEWHERE": "a shape lies in an external data file",
    "MODEL_SHAPE_NEEDED": "an open dimension has no sensible default",
    "MODEL_READER_TIMEOUT": "reading took longer than the limit",
    "MODEL_READER_MEMORY": "reading needed more memory than the limit",
    "MODEL_READER_CRASHED": "the isolated reader stopped unexpectedly",
    "MODEL_UNEXPECTED": "estimating one model of a folder failed in a way nobody foresaw",
    "CHOICE_UNUSABLE": "a choice of branch or steps is no number that it can be",
    "SHAPE_UNKNOWN_INPUT": "a given shape names no input of the model",
    "SHAPE_RANK": "a given shape has another number of dimensions than the input",
    "SHAPE_NOT_POSITIVE": "a given shape holds a dimension that is not a positive whole number",
    "SHAPE_CONFLICT": "a given shape contradicts a fixed dimension",
    "INPUT_FILE": "the file can't be read",
    "INPUT_NOT_CSV": "the file is not a readable CSV table",
    "INPUT_COLUMNS": "a needed column is missing",
    "INPUT_VALUE": "a cell holds a value that makes no sense",
    "INPUT_EMPTY": "the table has no rows",
    "KERNEL_UNKNOWN": "no kernel type of that name",
    "KERNEL_VALUE": "a kernel's configuration holds a number that makes no sense",
    "KERNEL_INCOMPLETE": "a kernel's configuration lacks a number that its type needs",
    "DEVICE_UNKNOWN": "no device of that name",
    "DELEGATE_UNKNOWN": "the device has no such delegate",
    "PRECISION_UNKNOWN": "the device and delegate have no such precision",
    "VERSION_DIFFERS": "the data or method has another version than the command names",
    "LAYERS_DIFFER": "a profiler log is of another network than the model beside it",
    "OPTION_VALUE": "an option's value makes no sense",
    "CALIBRATION_ROWS": "measurements of one's own that can't be used, listed row by row",
    "CALIBRATION_NOT_HANDED_IN": "figures of one's own that contributions have no scope for",
    "CALIBRATION_DELEGATE": "a phone's NNAPI or GPU, which can't be predicted from a few networks",
    "CALIBRATION_UNIT": "energies a thousand times off: another unit than millijoules is likely",
    "DEVICE_FILE_DAMAGED": "a device file of one's own is damaged or contradicts itself",
    "DEVICE_FILE_PARTS": "the files of a device are not the two of one device",
    "DEVICE_FILE_ENCODING": "a device file is not text in UTF-8",
    "DEVICE_FILE_NEWER": "a device file is of a newer version than this copy reads",
    "DEVICE_FILE_OLDER": "a fit of a device's kernels is of a version that this copy reads no more",
    "DEVICE_FILE_NAME": "a device's name makes no id",
    "DEVICE_FILE_ID": "a device of one's own has the id of a bundled device or of another one",
    "LINK_DEVICE": "a link holds no device of one's own that can be read",
    "MEASURE_NO_SENSOR": "the machine has no sensor of the kind asked for",
    "MEASURE_NO_RIGHT": "the sensor is there and may not be read",
    "MEASURE_SENSOR_GONE": "the sensor can't be read any more",
    "MEASURE_SENSOR_STILL": "the sensor gives no new values",
    "MEASURE_SENSOR_JUMPED": "the energy counter jumped, which is no wrap-around",
    "MEASURE_ON_CHARGER": "the laptop is on its charger, where its battery tells nothing",
    "MEASURE_REFUSED": "the runtime does not run a network",
    "MEASURE_FILE": "a result can't be written, for example since the disk is full",
    "MEASURE_RESUME": "there is nothing to go on with, or it was measured in another way",
    "MEASURE_NOTHING": "nothing was complete when measuring ended",
    "MEASURE_SYNC": "a recording without the sync pattern, or with more than one",
    "CELL_TEXT": "a text that is no cell of NAS-Bench-201",
    "CELL_COUNTS": "numbers of operators that no cell has",
    "CELL_RANGE": "operators that no measured cell has",
    "CELL_FILE": "a file that is no network of NAS-Bench-201",
    "CELL_RUNTIME": "a runtime in which no cell was measured",
    "CELL_NOT_MEASURED": "the bundle holds no cells",
    "TOKENS_PARAMS": "a number of parameters that no language model has, or another than the named one",
    "TOKENS_WEIGHTS": "a size of weights that makes no sense",
    "TOKENS_LENGTH": "a prompt or answer without a token",
    "TOKENS_BATTERY": "a capacity that no battery has",
    "TOKENS_NO_MODEL": "a question about tokens without a model",
    "TOKENS_MODEL": "a language model that was not measured, with no size given",
    "TOKENS_NOT_MEASURED": "no language model was measured on the device",
    "TOKENS_SOFTWARE": "a runtime that was not measured on the device",
    "TOKENS_POWER_MODE": "a power mode that was not measured on the device",
    "TOKENS_FORMAT": "a format of weights that was not measured on the device",
    "TOKENS_PROMPT": "a prompt, or prompt and answer, longer than any measured",
    "TOKENS_RANGE": "a language model outside of the sizes that were measured on the device",
    "EVIDENCE_TOO_THIN": "too few or too contradictory measurements for a figure",
    "DOES_NOT_FIT": "the network needs more memory than the device has",
    "NO_BASIS": "operators without a figure hold weights, subgraphs or most of the work",
    "SHELF_TWICE": "the same file is on the shelf of this session already",
    "SHELF_FULL": "the shelf of this session holds no more models",
    "NO_FIGURE": "no kernel of the network has a figure on this device",
    "FITS_NOT_WRITABLE": "the folder beside the bundle can't be written",
}
"""Every code, with what it means in a few words."""

_NAME_LIMIT = 80  # characters of a name from a file in one line of a message


class CodedError(JouleLensError):
    """An error of this layer; its code is one of `CODES`."""

    def __init__(self, code: str, template: str, /, **values: Any) -> None:
        if code not in CODES:
            raise KeyError(f"error code {code!r} is not in predictors.errors.CODES")
        super().__init__(code, template, **values)

    def __str__(self) -> str:
        return str(self.message)


class ModelError(CodedError):
    """A model file that can't be read, or not without help."""


class InputError(CodedError):
    """Any other input that can't be used: tables of kernels, names of devices, options."""


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Around the writing of a result. Raises InputError INPUT_FILE where the system refuses it."""
    try:
        yield
    except OSError as error:
        raise InputError(
            "INPUT_FILE",
            "{path} can't be written ({reason}). Choose another place.",
            path=printable(str(path)),
            reason=error.strerror or str(error),
        ) from None


def printable(text: str, limit: int = _NAME_LIMIT) -> str:
    """A name from a file, fit for a message: control characters as `?`, at most `limit` characters."""
    if len(text) <= limit and text.isprintable():
        return text
    shown = "".join(character if character.isprintable() else "?" for character in text[: limit + 1])
    return shown if len(shown) <= limit else shown[: limit - 3] + "..."


WORD_JOINER: Final = "\u2060"
_ADDRESS: Final = re.compile(r"(?<=tps:)(?=/)|(?<=tp:)(?=/)|(?<=www)(?=\.)|(?<=@)(?=\S)", re.IGNORECASE)
"""Within what Markdown takes for a link in plain text, or a site for a person who is to be told."""


def unlinked(text: str) -> str:
    """A name from a file in which nobody sees a link: an invisible sign within breaks addresses.

    Escapes do not help: links are made after Markdown has taken its own signs away.
    """
    return _ADDRESS.sub(WORD_JOINER, text)
