"""Files that a visitor sent: how much of them is taken, and letting go of their bytes once they are read.

A field states its limit in the browser only: the server takes any file up to `server.maxUploadSize`, and any
number of them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from shutil import disk_usage
from tempfile import gettempdir
from typing import IO, Any, Final, TypeVar

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.runtime.uploaded_file_manager import UploadedFile, UploadedFileRec

from data.errors import JouleLensError
from data.workers.calls import check_size
from data.workers.scratch import scratch_file
from predictors.errors import printable

T = TypeVar("T")
MEBIBYTE: Final = 2**20
"""What Streamlit's fields call a megabyte."""
NAME_SIGNS: Final = 80
FREE_MB: Final = 220
"""Room on the disk that stays for what others send: the largest upload passes through it."""


def contents_of(files: Sequence[UploadedFile], most_mb: int) -> list[tuple[str, bytes]]:
    """Return names and contents of files that have at most so many megabytes together.

    Raises WorkError FILE_TOO_LARGE before anything is copied.
    """
    names = printable(", ".join(file.name for file in files), NAME_SIGNS)
    check_size(sum(file.size for file in files), names, most_mb * MEBIBYTE)
    return [(file.name, bytes(file.getbuffer())) for file in files]


def moved(file: UploadedFile, slot: str) -> IO[bytes]:
    """Return a file's bytes from the disk, where a page asks for them again; the server lets go of its own.

    They stay in the session under the key `slot`, in a file without a name, until another takes its place or
    the key is gone. Where the disk has little room, Streamlit's copy is returned, and stays.
    """
    kept: tuple[str, IO[bytes]] | None = st.session_state.get(slot)
    if kept is None or kept[0] != file.file_id:
        st.session_state.pop(slot, None)
        try:
            if disk_usage(gettempdir()).free < file.size + FREE_MB * MEBIBYTE:
                return file
            copy = scratch_file()
            with file.getbuffer() as content:
                copy.write(content)
            copy.flush()
        except (OSError, JouleLensError):
            return file
        st.session_state[slot] = kept = (file.file_id, copy)
        keep_name_only(file)
    return kept[1]


def read_once(file: UploadedFile, slot: str, read: Callable[[], T], is_passing: Callable[[T], bool]) -> T:
    """Return what `read` makes of a file: kept in the session under `slot`, and the file's bytes let go.

    A passing refusal is not kept, nor are the bytes let go: the file is read again at the next run.
    """
    kept: tuple[str, T] | None = st.session_state.get(slot)
    if kept is None or kept[0] != file.file_id:
        found = read()
        if is_passing(found):
            return found
        keep_name_only(file)
        st.session_state[slot] = kept = (file.file_id, found)
    return kept[1]


def let_go(file: Any) -> None:
    """Drop a file that was read, here and in the server: its field is to be a new one."""
    context = get_script_run_ctx()
    remove = getattr(context.uploaded_file_mgr, "remove_file", None) if context else None
    if context is not None and remove is not None:
        remove(session_id=context.session_id, file_id=file.file_id)
    file.close()


def keep_name_only(file: UploadedFile) -> None:
    """Drop the bytes of a file that was read; its field goes on showing it, and returns it empty."""
    context = get_script_run_ctx()
    put = getattr(context.uploaded_file_mgr, "add_file", None) if context else None
    if context is not None and put is not None:
        empty = UploadedFileRec(file_id=file.file_id, name=file.name, type=file.type, data=b"")
        put(session_id=context.session_id, file=empty)
    file.close()
