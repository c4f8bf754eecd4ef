"""The server's log: a line of JSON per event, and nothing that a visitor brought along."""

from __future__ import annotations

import json
import logging

import pytest

from app import log
from estimate_support import opened
from hostile.make_corpus import CORPUS
from hostile.networks import SCRIPT


def lines(caplog: pytest.LogCaptureFixture) -> list[dict[str, object]]:
    """The events of a test, as they would be written."""
    records = [record for record in caplog.records if record.name == "joulelens"]
    return [json.loads(log.JsonLines().format(record)) for record in records]


@pytest.fixture
def heard(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.INFO, logger="joulelens")
    return caplog


def test_an_event_is_one_line_with_time_level_name_and_facts(heard: pytest.LogCaptureFixture) -> None:
    log.event("tried", size=3, text="two\nlines \u202e")
    [record] = heard.records
    text = log.JsonLines().format(record)
    assert "\n" not in text
    assert text.isascii()
    line = json.loads(text)
    assert line.pop("time").endswith("+00:00")
    assert line == {"level": "info", "event": "tried", "size": 3, "text": "two\nlines \u202e"}


def test_a_timed_event_says_how_it_ended(heard: pytest.LogCaptureFixture) -> None:
    class CodedError(Exception):
        code = "MODEL_EMPTY"

    with log.timed("done", n=1) as facts:
        facts["more"] = 2
    with pytest.raises(CodedError), log.timed("refused"):
        raise CodedError("private words")
    with pytest.raises(KeyError), log.timed("failed"):
        raise KeyError("private words")
    done, refused, failed = lines(heard)
    assert (done["outcome"], done["n"], done["more"]) == ("ok", 1, 2)
    assert isinstance(done["ms"], float)
    assert (refused["outcome"], failed["outcome"]) == ("MODEL_EMPTY", "KeyError")
    assert "private" not in heard.text


def test_the_level_can_be_chosen(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv(log.LEVEL_VARIABLE, "Warning")
    logger = logging.getLogger("joulelens")
    kept = (logger.propagate, logger.level, logger.handlers[:])
    try:
        log.set_up()
        log.set_up()
        log.event("quiet")
        log.event("loud", logging.ERROR)
    finally:
        logger.propagate, logger.level, logger.handlers[:] = kept
        logger.manager._clear_cache()
    [line] = capsys.readouterr().err.splitlines()
    assert json.loads(line)["event"] == "loud"


def test_pages_uploads_and_estimates_are_told_without_names(heard: pytest.LogCaptureFixture) -> None:
    app = opened()
    for name in ("names-of-scripts", "cycle"):
        if not app.file_uploader:
            app.button(key="clear").click().run()
        app.file_uploader[0].upload(f"very-private-{name}.onnx", (CORPUS / f"{name}.onnx").read_bytes())
        app.run()
    told = lines(heard)
    assert {"page", "upload", "estimate"} <= {str(line["event"]) for line in told}
    uploads = [line for line in told if line["event"] == "upload"]
    assert [line["outcome"] for line in uploads] == ["ok", "MODEL_CYCLE"]
    assert uploads[0]["nodes"] == 3
    written = json.dumps(told)
    assert "very-private" not in written
    assert SCRIPT[:10] not in written
