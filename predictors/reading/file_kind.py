"""Telling what kind of file was given instead of an ONNX model, by its first bytes."""

from __future__ import annotations

import re

from data.messages import Message
from predictors.errors import ModelError
from predictors.reading.flat_tables import is_ort
from predictors.reading.prune import not_onnx
from predictors.reading.tflite.pruning import is_tflite

_PYTORCH = Message(
    "a PyTorch checkpoint; export it with torch.onnx.export(model, example_input, 'model.onnx')"
)
_KERAS = Message("a Keras model; convert it with tf2onnx (python -m tf2onnx.convert --keras)")
_SAVED_MODEL = Message(
    "a TensorFlow SavedModel; convert its folder with python -m tf2onnx.convert --saved-model"
)
_GRAPHDEF = Message("a TensorFlow frozen graph; convert it with python -m tf2onnx.convert --graphdef")
_EXPORTED = Message(
    "a PyTorch export (.pt2); write it as ONNX with "
    "torch.onnx.export(torch.export.load('model.pt2'), f='model.onnx')"
)
_EXECUTORCH = Message(
    "an ExecuTorch program (.pte), which can't be turned back; export the module it was made from with "
    "torch.onnx.export(model, example_input, 'model.onnx')"
)
_CORE_ML = Message(
    "a Core ML package, which can't be turned back; export the network it was made from with "
    "torch.onnx.export(model, example_input, 'model.onnx')"
)
_OPENVINO = Message(
    "an OpenVINO model (.xml), which can't be turned back; use the file that `ovc` was given, or export that "
    "network with torch.onnx.export(model, example_input, 'model.onnx')"
)
_ENGINE = Message(
    "a TensorRT engine, made for one graphics processor; use the ONNX file that "
    "`trtexec --onnx=model.onnx` was given"
)
_WEIGHTS_ONLY = Message("holds weights without the network they belong to; export the network itself")

# (offset, signature, what it is)
_SIGNATURES: tuple[tuple[int, bytes, str], ...] = (
    (4, b"ET12", _EXECUTORCH),
    (0, b"\x89HDF\r\n\x1a\n", Message("{keras}, if it is one (it is an HDF5 file)", keras=_KERAS)),
    (0, b"GGUF", Message("a GGUF file, which {holds}", holds=_WEIGHTS_ONLY)),
    (0, b"ftrt", _ENGINE),
    (0, b"ptrt", _ENGINE),
    (0, b"RKNN", Message("an RKNN model, made for Rockchip processors; use the file it was converted from")),
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
    (0, b"7767517", Message("an ncnn parameter file; use the ONNX file it was converted from")),
)
_PICKLE = re.compile(rb"\x80[\x02-\x05]")
_SAFETENSORS = re.compile(rb'[\s\S]{3}\x00{5}\{\s*"|[\s\S]{8}\{\s*"')
_HTML = re.compile(rb"\s*(<!doctype html|<html|<head)", re.IGNORECASE)
_TEXT_HEAD = 512


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
        raise not_onnx(Message("it looks like {kind}", kind=kind))


def _kind(head: bytes, view: memoryview) -> str | None:
    for offset, signature, kind in _SIGNATURES:
        if head.startswith(signature, offset):
            return kind
    if head.startswith(b"PK"):
        return _zip_kind(view)
    if _PICKLE.match(head):
        return _PYTORCH
    if _SAFETENSORS.match(head):
        return Message("a safetensors file, which {holds}", holds=_WEIGHTS_ONLY)
    return _text_kind(head) or _tensorflow_kind(head)


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
    return Message("a text file")


def _tensorflow_kind(head: bytes) -> str | None:
    # SavedModel: schema version 1 (08 01), then a meta graph (field 2) that begins with records.
    if head.startswith(b"\x08\x01\x12") and (b"serve" in head or b"\x0a" in head[4:9]):
        return _SAVED_MODEL
    if head.startswith(b"\x0a") and (b"Placeholder" in head or b"Const" in head):
        return _GRAPHDEF
    return None
