"""Files that a visitor sent: no more is taken than a field says, and what was read is let go."""

from __future__ import annotations

from typing import Any

import pytest
from streamlit.proto.Common_pb2 import FileURLs
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.uploaded_file_manager import UploadedFile, UploadedFileRec

from app.models.model import uploaded_model
from app.models.upload import read_upload
from app.ui import sent_files
from app.ui.sent_files import MEBIBYTE, contents_of
from data.errors import JouleLensError, WorkError
from data.language.gguf import GgufHeader
from data.workers import calls
from data.workers.waiting_line import LINE
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
    with monkeypatch.context() as rush:
        rush.setattr(LINE, "most_waiting", 0)
        app.file_uploader(key="llm-gguf").upload("a.gguf", content)
        app.run()
        assert "BUSY" in texts(app) + "".join(each.value for each in app.error)
        assert put == [("a.gguf", len(content))], "what passes is not remembered, and the file stays"
    app.button(key="llm-again").click().run()
    assert put[-1] == ("a.gguf", 0)
    assert "Tiny 1B" in texts(app)
    app.run()
    assert not app.exception
    assert "Tiny 1B" in texts(app)
    assert len(read) == 1


def test_a_model_that_nobody_has_time_for_is_put_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(LINE, "most_waiting", 0)
    upload = read_upload("a.onnx", memoryview(b"no model"))
    assert upload.is_put_off
    with pytest.raises(JouleLensError) as caught:
        uploaded_model(upload)
    assert caught.value.code == "BUSY", "no code of a model file"
    monkeypatch.undo()
    assert not read_upload("a.onnx", memoryview(b"no model")).is_put_off, "it never will be one"


def test_a_recording_is_read_from_the_disk_and_the_server_lets_go_of_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It is asked for again with every rail and unit; where the disk is full the server keeps it."""
    state: dict[str, Any] = {}
    named: list[str] = []
    monkeypatch.setattr(sent_files.st, "session_state", state)
    monkeypatch.setattr(sent_files, "keep_name_only", lambda file: named.append(file.file_id))
    rows = "time_s,power_w\n" + "".join(f"{k / 10},{1 + k % 3}\n" for k in range(60))
    first, second = (
        UploadedFile(UploadedFileRec(each, each, "", rows.encode()), FileURLs()) for each in "ab"
    )
    kept = sent_files.moved(first, "slot")
    first.close()
    layout = calls.open_trace(kept, "a.csv")
    assert calls.read_trace(kept, name="a.csv", layout=layout).recording.samples == 60
    assert calls.read_trace(kept, name="a.csv", layout=layout).recording.samples == 60, "and once more"
    assert sent_files.moved(first, "slot") is kept
    monkeypatch.setattr(sent_files, "FREE_MB", 10**9)
    assert sent_files.moved(second, "slot") is second
    assert (named, state) == (["a"], {})
