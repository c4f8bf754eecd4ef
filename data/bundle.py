"""Open the bundle: read-only, sealed, built on first use, safe to share between threads and processes."""

# ruff: noqa: S608 - names come from the dictionary, values are bound
from __future__ import annotations

import os
import stat
import tempfile
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from data.bundle_build.build import build
from data.bundle_build.content_hash import inputs_digest
from data.errors import BundleError
from data.layout import META_TABLE, ROOT, Layout
from data.messages import Message
from data.sql_text import name
from data.version import DATA_VERSION

if TYPE_CHECKING:
    import pandas as pd
    from duckdb import DuckDBPyConnection

ENVIRONMENT_VARIABLE = "JOULELENS_BUNDLE"
"""Environment variable that names another place for the bundle."""

FILE_NAME = "joulelens.duckdb"
MEMORY_LIMIT = "512MB"

_SEALED: dict[str, str | bool | int | float | list[str]] = {
    "enable_external_access": "false",
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    # Without this a query could read any pandas frame of the program by naming its variable.
    "python_enable_replacements": "false",
    "memory_limit": MEMORY_LIMIT,
    "temp_directory": "",
    "threads": "2",
}


_SOUND: set[tuple[str, int, int, int]] = set()
"""Files (path, inode, bytes, time of last change) that this process has found sound."""


class Bundle:
    """A read-only bundle. Every call works on a cursor of its own, so threads may share one Bundle.

    No file, network or setting can be reached through it.
    """

    def __init__(self, path: Path) -> None:
        """Open the file at `path`; raises BundleError `BUNDLE_UNREADABLE` when it is not a sound bundle."""
        self.path = path
        self._lock = threading.Lock()
        try:
            self._connection = duckdb.connect(str(path), read_only=True, config=_SEALED)
            with suppress(duckdb.InvalidInputException):
                # It writes to standard output, where answers go; it is no option of a connection. Refused
                # where this process has the file open already: then it is locked, and was off before.
                self._connection.execute("SET enable_progress_bar = false")
                self._connection.execute("SET lock_configuration = true")
            self.meta = self._read_meta()
        except duckdb.Error as problem:
            first = str(problem).strip().splitlines()[0]
            message = Message(
                "{name} is not a sound bundle: {first}. Build it again: python -m data build",
                name=path.name,
                first=first,
            )
            raise BundleError("BUNDLE_UNREADABLE", message) from None

    def _read_meta(self) -> Mapping[str, str]:
        rows = self._connection.execute(f"SELECT entry, entry_value FROM {META_TABLE}").fetchall()
        return {str(entry): str(value) for entry, value in rows}

    def read_through(self) -> None:
        """Read every block once, so that DuckDB's own checksums see damage; raises duckdb.Error."""
        with self.cursor() as cursor:
            names = cursor.execute("SELECT table_name FROM duckdb_tables()").fetchall()
            for (each,) in names:
                cursor.execute(f"SELECT bit_xor(hash(t)) FROM {name(each)} AS t").fetchall()

    def cursor(self) -> DuckDBPyConnection:
        """A cursor of its own on the sealed connection; close it after use."""
        with self._lock:
            return self._connection.cursor()

    def frame(self, sql: str, parameters: Sequence[Any] = ()) -> pd.DataFrame:
        """Run one of this layer's own queries with bound parameters and return its rows as a data frame."""
        with self.cursor() as cursor:
            return cursor.execute(sql, list(parameters)).df()

    @property
    def version(self) -> str:
        """Version of the figures in this bundle."""
        return self.meta.get("data_version", "")

    @property
    def only_licensed(self) -> bool:
        """True when sources without a stated licence were left out."""
        return self.meta.get("only_licensed") == "true"

    def close(self) -> None:
        """Close the connection."""
        with self._lock:
            self._connection.close()


def default_path() -> Path:
    """Where the bundle lies: the environment variable's path, else `bundle/` beside the figures."""
    chosen = os.environ.get(ENVIRONMENT_VARIABLE, "").strip()
    return Path(chosen) if chosen else ROOT / "bundle" / FILE_NAME


def _fallback_path() -> Path:
    """Where the bundle is built when its folder cannot be written; raises BundleError `FOLDER_NOT_OURS`.

    Everybody may write to the temporary folder, so a folder there is taken only when it is ours and closed to
    others: whoever made it first could hand us a bundle of their own.
    """
    user = os.getuid() if hasattr(os, "getuid") else 0
    folder = Path(tempfile.gettempdir()) / f"joulelens-{user}-{DATA_VERSION}"
    with suppress(OSError):
        folder.mkdir(mode=0o700)
    try:
        status = folder.lstat()
    except OSError:
        return folder / FILE_NAME  # the build says why nothing can be written there
    is_ours = stat.S_ISDIR(status.st_mode) and status.st_uid == user and not status.st_mode & 0o077
    if not is_ours:
        raise BundleError(
            "FOLDER_NOT_OURS",
            "{folder} belongs to somebody else or is open to others: no bundle is taken from it. Remove it, "
            "or name a place with {variable}.",
            folder=str(folder),
            variable=ENVIRONMENT_VARIABLE,
        )
    return folder / FILE_NAME


def _read_through_once(bundle: Bundle) -> None:
    """Read the file through unless this process has done so since it was last written; duckdb.Error."""
    status = bundle.path.stat()
    version = (str(bundle.path.resolve()), status.st_ino, status.st_size, status.st_mtime_ns)
    if version not in _SOUND:
        bundle.read_through()
        _SOUND.add(version)


def _open_current(path: Path) -> Bundle | None:
    """The bundle at `path` if it is sound and built from the present inputs, else None."""
    if not os.path.isfile(path):  # noqa: PTH113  # without an error for names that are too long
        return None
    try:
        bundle = Bundle(path)
    except BundleError:
        return None
    try:
        if bundle.meta.get("inputs_digest") == inputs_digest(Layout()):
            _read_through_once(bundle)
            return bundle
    except duckdb.Error:
        pass  # Damaged: it is built again, as if it were missing.
    bundle.close()
    return None


def open_bundle(path: Path | None = None) -> Bundle:
    """Open the bundle, building it first when it is missing, damaged or made from other figures.

    Where its folder cannot be written, it is built in the temporary folder instead. Raises DataError when the
    figures are refused, BundleError when no place can be written.
    """
    wanted = path or default_path()
    current = _open_current(wanted)
    if current:
        return current
    try:
        return Bundle(build(wanted).path)
    except BundleError as problem:
        if path is not None or problem.code != "NOT_WRITABLE":
            raise
        fallback = _fallback_path()
        return _open_current(fallback) or Bundle(build(fallback).path)


def kept_bundle() -> Bundle:
    """The bundle, opened and checked once per process and place: for those who ask again and again.

    Raises what `open_bundle` raises. It is never closed.
    """
    return _kept(default_path())


@lru_cache(maxsize=2)
def _kept(path: Path) -> Bundle:
    return open_bundle()
