"""Our own values as plain JSON and back, for what crosses between a process and its worker.

Frozen dataclasses, messages, tuples, mappings, arrays of numbers, and recordings, whose samples stay in a
file of their own. What comes back from a worker is not trusted: only classes for that are made of it.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from importlib import import_module
from typing import IO, Any, Final

import numpy as np

from data.errors import JouleLensError
from data.messages import Message
from data.tracing.recording import Recording
from data.tracing.store import Store

CLASSES_OF: Final = (
    "data.tracing.", "data.contribution.", "data.language.", "data.errors",
    "scoring.errors", "scoring.measurements", "predictors.errors", "predictors.energy.calibrated.device_file",
    "predictors.energy.calibrated.device_rows",
)  # fmt: skip
"""Where the classes are that cross: results and errors of readers, named even where the layer is above."""
ARRAYS: Final = frozenset({"<f8", "<i8", "|b1"})


def packed(value: Any) -> bytes:
    """Return a value as JSON. Raises TypeError for a kind that does not cross."""
    return json.dumps(_plain(value), separators=(",", ":")).encode()


def unpacked(text: bytes, samples: IO[bytes] | None = None) -> Any:
    """Return the value again; `samples` is the file that a recording in it lies in. Raises ValueError."""
    return _value(json.loads(text), samples)


def _plain(value: Any) -> Any:
    if isinstance(value, Message):
        return {"message": [value.template, _plain(dict(value.values))]}
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, np.ndarray):
        return {"array": [value.dtype.str, base64.b64encode(value.tobytes()).decode()]}
    if isinstance(value, bytes):
        return {"bytes": base64.b64encode(value).decode()}
    return _structure(value)


def _structure(value: Any) -> Any:
    if isinstance(value, Recording):
        return {"recording": _plain(value.parts())}
    if isinstance(value, JouleLensError):
        return {
            "error": [_class_name(value), value.code, _plain(value.message), getattr(value, "line", None)]
        }
    if is_dataclass(value):
        return {
            "object": [
                _class_name(value),
                {each.name: _plain(getattr(value, each.name)) for each in fields(value) if each.init},
            ]
        }
    for name, kinds in (("tuple", tuple), ("list", list), ("set", set | frozenset)):
        if isinstance(value, kinds):
            return {name: [_plain(each) for each in value]}
    if isinstance(value, Mapping) and all(type(key) is str for key in value):
        return {"map": {key: _plain(each) for key, each in value.items()}}
    if isinstance(value, Mapping):
        return {"pairs": [[_plain(key), _plain(each)] for key, each in value.items()]}
    raise TypeError(f"A {type(value).__name__} does not cross between processes.")


def _class_name(value: object) -> str:
    return f"{type(value).__module__}:{type(value).__qualname__}"


def _class_of(name: str) -> Any:
    module, _, plain_name = name.partition(":")
    if not module.startswith(CLASSES_OF) or not plain_name.isidentifier():
        raise ValueError(f"{name} does not cross between processes.")
    found = getattr(import_module(module), plain_name)
    if not (isinstance(found, type) and (is_dataclass(found) or issubclass(found, JouleLensError))):
        raise ValueError(f"{name} does not cross between processes.")
    return found


def _value(plain: Any, samples: IO[bytes] | None) -> Any:
    if not isinstance(plain, dict):
        return plain
    [(kind, content)] = plain.items()
    return _MAKERS[kind](content, samples)


def _values(content: list[Any], samples: IO[bytes] | None) -> list[Any]:
    return [_value(each, samples) for each in content]


def _pairs(content: list[Any], samples: IO[bytes] | None) -> dict[Any, Any]:
    return {_value(key, samples): _value(each, samples) for key, each in content}


def _message(content: list[Any], samples: IO[bytes] | None) -> Message:
    return Message(content[0], **_value(content[1], samples))


def _array(content: list[Any], _samples: IO[bytes] | None) -> Any:
    if content[0] not in ARRAYS:
        raise ValueError(f"Arrays of {content[0]} do not cross between processes.")
    return np.frombuffer(base64.b64decode(content[1]), dtype=content[0]).copy()


def _object(content: list[Any], samples: IO[bytes] | None) -> Any:
    name, values = content
    return _class_of(name)(**{key: _value(each, samples) for key, each in values.items()})


def _error(content: list[Any], samples: IO[bytes] | None) -> JouleLensError:
    name, code, message, line = content
    error = _class_of(name)(code, _value(message, samples))
    if line is not None:
        error.line = line
    return error  # type: ignore[no-any-return]


def _recording(content: Any, samples: IO[bytes] | None) -> Recording:
    if samples is None:
        raise ValueError("A recording came without its samples.")
    sizes, with_times, clock, origin_s, steps, rule = _value(content, samples)
    return Recording(Store.of_file(samples, sizes, with_times), clock, origin_s, steps, rule=rule)


_MAKERS: Final[dict[str, Callable[[Any, IO[bytes] | None], Any]]] = {
    "message": _message,
    "array": _array,
    "bytes": lambda content, _: base64.b64decode(content),
    "object": _object,
    "error": _error,
    "recording": _recording,
    "tuple": lambda content, samples: tuple(_values(content, samples)),
    "list": _values,
    "set": lambda content, samples: frozenset(_values(content, samples)),
    "pairs": _pairs,
    "map": lambda content, samples: {key: _value(each, samples) for key, each in content.items()},
}
