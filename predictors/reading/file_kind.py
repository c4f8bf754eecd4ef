"""Telling what kind of file was given instead of an ONNX model, by its first bytes."""

from __future__ import annotations

import re
from pathlib import PurePath

from data.messages import Message
from predictors.errors import ModelError
from predictors.reading.flat_tables import is_ort
from predictors.reading.prune import not_onnx
from predictors.reading.tflite.pruning import is_tflite

_EXPORT = "`torch.onnx.export(model, example_input, 'model.onnx')`"
_PYTORCH = Message("a PyTorch checkpoint; export it with {export}", export=_EXPORT)
_H5 = Message(
    "a Keras model, if it is one (it is an HDF5 file); convert it with "
    "`python -m tf2onnx.convert --keras model.h5 --output model.onnx`"
)
_KERAS = Message(
    "a Keras model; write it as ONNX with "
    "`keras.saving.load_model('model.keras').export('model.onnx', format='onnx')`"
)
_SAVED_MODEL = Message(
    "a TensorFlow SavedModel; convert its folder with "
    "`python -m tf2onnx.convert --saved-model FOLDER --output model.onnx`"
)
_GRAPHDEF = Message(
    "a TensorFlow frozen graph; convert it with "
    "`python -m tf2onnx.convert --graphdef model.pb --inputs x:0 --outputs y:0 --output model.onnx`"
)
_EXPORTED = Message(
    "a PyTorch export (.pt2); write it as ONNX with "
    "`torch.onnx.export(torch.export.load('model.pt2'), f='model.onnx')`"
)
_EXECUTORCH = Message(
    "an ExecuTorch program (.pte), which can't be turned back; export the module it was made from with "
    "{export}",
    export=_EXPORT,
)
_CORE_ML = Message(
    "a Core ML model, which can't be turned back; export the network it was made from with {export}",
    export=_EXPORT,
)
_OPENVINO = Message(
    "an OpenVINO model (.xml), which can't be turned back; use the ONNX file that `ovc model.onnx` was "
    "given, or export that network with {export}",
    export=_EXPORT,
)
_ENGINE = Message(
    "a TensorRT engine, made for one graphics processor; use the ONNX file that "
    "`trtexec --onnx=model.onnx` was given"
)
_GGUF = Message(
    "a GGUF file, which holds weights without the network they belong to; what its tokens cost tells "
    "`python -m predictors tokens model.gguf --device jetson-orin-nano`, or the page Tokens"
)
_SAFETENSORS_FILE = Message(
    "a safetensors file, which holds weights without the network they belong to; export the network with "
    "`optimum-cli export onnx --model FOLDER out/`, its folder from Hugging Face"
)


def _made_for(what: str, command: str) -> Message:
    """A compiled file that can't be turned back; the command was given the ONNX file that is wanted."""
    return Message(
        "{what}, which can't be turned back; use the ONNX file that `{command}` was given",
        what=what,
        command=command,
    )


_RKNN = _made_for(Message("an RKNN model for Rockchip processors"), "rknn.load_onnx(model='model.onnx')")
_DLC = _made_for(Message("a DLC file for Qualcomm processors"), "snpe-onnx-to-dlc --input_network model.onnx")
_HEF = _made_for(Message("an HEF file for Hailo processors"), "hailo parser onnx model.onnx")
_KMODEL = _made_for(Message("a kmodel for Kendryte processors"), "ncc compile model.onnx")
_OM = _made_for(Message("an OM file for Ascend processors"), "atc --framework=5 --model=model.onnx")
_NCNN = _made_for(Message("an ncnn model"), "onnx2ncnn model.onnx")
_MNN = _made_for(Message("an MNN model"), "MNNConvert -f ONNX --modelFile model.onnx")
_TEXT = Message("a text file")

# (offset, signature, what it is)
_SIGNATURES: tuple[tuple[int, bytes, str], ...] = (
    (4, b"ET12", _EXECUTORCH),
    (0, b"\x89HDF\r\n\x1a\n", _H5),
    (0, b"GGUF", _GGUF),
    (0, b"ftrt", _ENGINE),
    (0, b"ptrt", _ENGINE),
    (0, b"RKNN", _RKNN),
    (0, b"\x01HEF", _HEF),
    (0, b"LDMK", _KMODEL),
    (0, b"IMOD", _OM),
    (0, b"7767517", _NCNN),
    (0, b"\x93NUMPY", Message("a NumPy array")),
    (0, b"\x89PNG", Message("a PNG image")),
    (0, b"\xff\xd8\xff", Message("a JPEG image")),
    (0, b"GIF8", Message("a GIF image")),
    (8, b"WEBP", Message("a WebP image")),
    (0, b"%PDF", Message("a PDF document")),
    (0, b"\x1f\x8b", Message("a gzip archive; unpack it first")),
    (0, b"BZh", Message("a bzip2 archive; unpack it first")),
    (0, b"\xfd7zXZ", Message("an xz archive; unpack it first")),
    (0, b"(\xb5/\xfd", Message("a Zstandard archive; unpack it first")),
    (0, b"7z\xbc\xaf", Message("a 7z archive; unpack it first")),
    (0, b"Rar!", Message("a RAR archive; unpack it first")),
    (257, b"ustar", Message("a tar archive; unpack it first")),
    (0, b"\x7fELF", Message("a program or library")),
    (0, b"MZ", Message("a Windows program")),
    (0, b"SQLite format 3", Message("an SQLite database")),
    (8, b"DUCK", Message("a DuckDB database")),
    (0, b"PAR1", Message("a Parquet table")),
    (
        0,
        b"version https://git-lfs",
        Message("a Git LFS pointer, not the model itself; run git lfs pull and use the real file"),
    ),
)

_BY_ENDING: dict[str, str] = {
    ".bin": Message(
        "weights without the network they belong to (OpenVINO, ncnn and PyTorch write such a .bin); export "
        "the network itself with {export}",
        export=_EXPORT,
    ),
    ".caffemodel": Message("a Caffe model; convert it with `python -m caffe2onnx.convert`"),
    ".ckpt": _PYTORCH,
    ".dlc": _DLC,
    ".engine": _ENGINE,
    ".gguf": _GGUF,
    ".h5": _H5,
    ".hdf5": _H5,
    ".hef": _HEF,
    ".keras": _KERAS,
    ".kmodel": _KMODEL,
    ".mlmodel": _CORE_ML,
    ".mlpackage": _CORE_ML,
    ".mnn": _MNN,
    ".om": _OM,
    ".param": _NCNN,
    ".pb": _SAVED_MODEL,
    ".pdmodel": Message(
        "a Paddle model; convert it with "
        "`paddle2onnx --model_dir FOLDER --model_filename model.pdmodel --save_file model.onnx`"
    ),
    ".plan": _ENGINE,
    ".pt": _PYTORCH,
    ".pt2": _EXPORTED,
    ".pte": _EXECUTORCH,
    ".pth": _PYTORCH,
    ".rknn": _RKNN,
    ".safetensors": _SAFETENSORS_FILE,
    ".trt": _ENGINE,
    ".xml": _OPENVINO,
}
"""What a file calls itself, for where its bytes say nothing."""
_UNSURE = frozenset(("MODEL_NOT_ONNX", "MODEL_MALFORMED", "MODEL_TRUNCATED", "MODEL_FILE"))
_PICKLE = re.compile(rb"\x80[\x02-\x05]")
_SAFETENSORS = re.compile(rb'[\s\S]{3}\x00{5}\{\s*"|[\s\S]{8}\{\s*"')
_HTML = re.compile(rb"\s*(<!doctype html|<html|<head)", re.IGNORECASE)
_TEXT_HEAD = 512  # bytes; enough to see a tag or a heading


def refuse_foreign(view: memoryview) -> None:
    """Raise ModelError (MODEL_EMPTY, MODEL_NOT_ONNX) if `view` is empty or recognisably something else."""
    if len(view) == 0:
        raise ModelError(
            "MODEL_EMPTY",
            "The file is empty (0 bytes), so there is no model in it. Export or download it again.",
        )
    if is_tflite(view) or is_ort(view):
        return
    kind = _kind(bytes(view[:_TEXT_HEAD]), view)
    if kind is not None:
        raise foreign(kind)


def foreign(kind: str) -> ModelError:
    """The error for a file that is recognisably something else; `kind` says what helps, if anything."""
    if "`" in kind:  # it names the one command
        return ModelError(
            "MODEL_NOT_ONNX",
            "This is neither an ONNX nor a TensorFlow Lite model: it looks like {kind}. Give an .onnx, "
            ".tflite or .ort file here.",
            kind=kind,
        )
    return not_onnx(Message("it looks like {kind}", kind=kind))


def kind_by_ending(error: ModelError, name: str) -> str | None:
    """What a file that could not be read is by its name; None where that says nothing new."""
    kind = _BY_ENDING.get(PurePath(name).suffix.lower())
    values = getattr(error.message, "values", {})
    detail = getattr(values.get("detail"), "values", {})
    is_known = "kind" in values or detail.get("kind", _TEXT) != _TEXT
    return None if is_known or error.code not in _UNSURE else kind


def _kind(head: bytes, view: memoryview) -> str | None:
    for offset, signature, kind in _SIGNATURES:
        if head.startswith(signature, offset):
            return kind
    if head.startswith(b"PK"):
        return _zip_kind(view)
    if _PICKLE.match(head):
        return _PYTORCH
    if _SAFETENSORS.match(head):
        return _SAFETENSORS_FILE
    return _text_kind(head) or _protobuf_kind(head)


def _zip_kind(view: memoryview) -> str | None:
    """A zip archive that is a format of its own; None for a plain one, which may hold a model."""
    ends = bytes(view[:65536]) + bytes(view[-65536:])
    if b"data.pkl" in ends or b"constants.pkl" in ends:
        return _PYTORCH
    if b"model.weights.h5" in ends:
        return _KERAS
    if b".npy" in ends:
        return Message("an archive of NumPy arrays")
    if b"serialized_exported_program" in ends or b"archive_format" in ends:
        return _EXPORTED
    if b".mlmodel" in ends:
        return _CORE_ML
    if b"dlc.metadata" in ends or b"model.params" in ends:
        return _DLC
    return None


def _text_kind(head: bytes) -> str | None:
    if _HTML.match(head):
        return Message("a web page (was the download link a page about the file?)")
    try:
        text = head.decode("utf-8") if len(head) < _TEXT_HEAD else head[:-3].decode("utf-8", "ignore")
    except UnicodeDecodeError:
        return None
    if head[:1] < b"\t" or any(ord(character) < 32 and character not in "\t\r\n\f\x1b" for character in text):
        return None
    if "<net " in text and "<?xml" in text:
        return _OPENVINO
    if "ir_version" in text:
        return Message("an ONNX model written as text; save it in binary form (onnx.save)")
    return _TEXT


_VERSIONED = re.compile(rb"\x08[\x01-\x0f]\x12([\x80-\xff]*)[\x00-\x7f]\x0a([\x80-\xff]*)[\x00-\x7f]")
_NAME = re.compile(rb"\x0a[\x01-\x7f][ -~]")


def _protobuf_kind(head: bytes) -> str | None:
    """SavedModel and Core ML: a version, then a message that begins with a message.

    In Core ML that is a feature with a name in front; in a SavedModel what the graph needs.
    """
    found = _VERSIONED.match(head)
    if found is not None and _NAME.match(head, found.end()):
        return _CORE_ML
    if head.startswith(b"\x08\x01\x12") and (b"serve" in head or found is not None):
        return _SAVED_MODEL
    if head.startswith(b"\x0a") and (b"Placeholder" in head or b"Const" in head):
        return _GRAPHDEF
    return None
