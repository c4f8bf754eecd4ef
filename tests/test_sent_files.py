"""Files that a visitor sent: no more is taken than a field says, and what was read is let go."""

from __future__ import annotations

from typing import Any

import pytest
from streamlit.proto.Common_pb2 import FileURLs
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.uploaded_file_manager import UploadedFile, UploadedFileRec

from app.ui.sent_files import MEBIBYTE, contents_of
from data.errors import WorkError
from data.language.gguf import GgufHeader
from data.workers import calls
from test_app_tokens import opened, texts
from test_gguf import LLAMA, TENSORS, header


def sent(name: str, size: int) -> UploadedFile:
    return UploadedFile(UploadedFileRec(name, name, "text/csv", bytes(size)), FileURLs())


def test_a_field_states_its_limit_in_the_browser_only() -> None:
    """A browser that does not ask our page first may send 200 MB, and any number of files."""
    two = [sent("a.toml", MEBIBYTE), sent("b.csv", MEBIBYTE)]
    assert [(name, len(content)) for name, content in contents_of(two, 2)] == [
        ("a.toml", MEBIBYTE), ("b.csv", MEBIBYTE)
    ]  # fmt: skip
    with pytest.raises(WorkError) as caught:
        contents_of([*two, sent("c", 1)], 2)
    assert caught.value.code == "FILE_TOO_LARGE"
    assert "a.toml, b.csv, c" in caught.value.message


def test_a_header_is_read_once_and_its_file_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[GgufHeader] = []
    put: list[tuple[str, int]] = []
    reading, adding = calls.read_gguf, MemoryUploadedFileManager.add_file

    def counted(*arguments: Any, **named: Any) -> GgufHeader:
        read.append(reading(*arguments, **named))
        return read[-1]

    def watched(self: MemoryUploadedFileManager, session_id: str, file: UploadedFileRec) -> None:
        put.append((file.name, len(file.data)))
        adding(self, session_id, file)

    monkeypatch.setattr(calls, "read_gguf", counted)
    monkeypatch.setattr(MemoryUploadedFileManager, "add_file", watched)
    content = header(LLAMA, TENSORS)
    app = opened(llm_model="own")
    app.file_uploader(key="llm-gguf").upload("a.gguf", content)
    app.run()
    assert put == [("a.gguf", len(content)), ("a.gguf", 0)]
    assert "Tiny 1B" in texts(app)
    app.run()
    assert not app.exception
    assert "Tiny 1B" in texts(app)
    assert len(read) == 1
