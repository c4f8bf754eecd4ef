"""Write nested settings as TOML (the standard library only reads it)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def toml_text(tables: Mapping[str, Any], header: str) -> str:
    """TOML of nested mappings, numbers, strings, lists of those and lists of mappings (as inline tables).

    `header` becomes a comment. Numbers are written with six significant digits.
    """
    lines = [f"# {line}" for line in header.splitlines()]
    _write_table(tables, (), lines)
    return "\n".join(lines) + "\n"


def _write_table(table: Mapping[str, Any], path: tuple[str, ...], lines: list[str]) -> None:
    plain = {key: value for key, value in table.items() if not isinstance(value, Mapping)}
    if path and plain:
        lines.extend(["", "[" + ".".join(_key(part) for part in path) + "]"])
    for key, value in plain.items():
        lines.append(f"{_key(key)} = {_value(value)}")
    for key, value in table.items():
        if isinstance(value, Mapping):
            _write_table(value, (*path, key), lines)


def _key(key: str) -> str:
    return key if key.replace("-", "").replace("_", "").isalnum() else f'"{key}"'


def _value(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{_key(k)} = {_value(v)}" for k, v in value.items()) + " }"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_value(item) for item in value) + "]"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        text = f"{value:.6g}"
        return text if any(mark in text for mark in ".enf") else text + ".0"
    if isinstance(value, int):
        return str(value)
    return '"' + str(value).replace("\\", "\\\\").replace('"', '\\"') + '"'
