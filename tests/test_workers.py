"""Work on what comes from outside: one waiting line, budgets, and nothing left when the visitor has gone."""

from __future__ import annotations

import errno
import gzip
import io
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from app_server import children
from data.budgets import LOG, RECORDING, TABLE, under
from data.contribution.check import check_csv
from data.contribution.schema import template
from data.errors import JouleLensError, WorkError
from data.messages import Message
from data.one_thread import ONE_THREAD
from data.tracing import TraceError, read_inferences, read_trace
from data.workers import calls, child, process, waiting_line
from data.workers.plain import packed, unpacked
from data.workers.process import End, WorkerProcess
from data.workers.waiting_line import WaitingLine
from predictors.energy.calibrated.own_devices import device_of_files
from scoring.table import read_table

pytestmark = pytest.mark.real_workers

LINES = b"time_s,power_w\n" + b"".join(b"%d.5,%d\n" % (at, 1 + at % 3) for at in range(1000))


OWN_ROWS = b"model,precision,energy_mj,latency_ms\nmobilenet-v2,fp32,30,20\nresnet-50,fp32,300,200\n"


class Gone(Exception):
    """The visitor has gone."""


def code_of(call: Callable[[], object]) -> str:
    with pytest.raises((WorkError, TraceError)) as caught:
        call()
    return caught.value.code


def test_a_worker_reads_what_is_read_here() -> None:
    here = read_trace(io.BytesIO(LINES), name="a.csv")
    there = calls.read_trace(io.BytesIO(LINES), name="a.csv")
    for one, other in zip(here.recording.arrays(), there.recording.arrays(), strict=True):
        assert np.array_equal(one, other)
    assert there.recording.parts() == here.recording.parts()
    assert there.layout == here.layout == calls.open_trace(io.BytesIO(LINES), "a.csv")
    assert replace(there, recording=here.recording) == here


def test_a_log_and_a_table_come_back_as_they_are_read_here() -> None:
    log = b"inference_index,start_us,end_us,duration_us\n0,0,10,10\n1,20,30,10\n2,x,y,z\n"
    here, there = read_inferences(io.BytesIO(log), "l"), calls.read_inferences(io.BytesIO(log), "l")
    assert there.start_s.tolist() == here.start_s.tolist() == pytest.approx([0.0, 2e-05])
    assert there.problems == here.problems
    content = template("application").encode()
    assert calls.check_csv(content, "application", "t.csv") == check_csv(content, "application", "t.csv")


def test_an_error_comes_back_with_its_code_line_and_values() -> None:
    with pytest.raises(TraceError) as there:
        calls.read_trace(io.BytesIO(b"a,b\n" + b"x,y\n" * 9), name="b.csv")
    with pytest.raises(TraceError) as here:
        read_trace(io.BytesIO(b"a,b\n" + b"x,y\n" * 9), name="b.csv")
    assert (there.value.code, there.value.line) == (here.value.code, here.value.line)
    assert there.value.message == here.value.message
    assert isinstance(there.value.message, Message)


@pytest.mark.slow
def test_readers_of_the_layers_above_work_in_a_worker_too() -> None:
    table = b"dnn_id,delegate,avg_power_w,energy_per_inference_j\nDNN1,CPU1,2.5,0.4\n"
    assert calls.read_content(read_table, table, "mine.csv") == read_table(table, "mine.csv")
    files = [("a.toml", b'schema_version = 1\nname = "A"\n'), ("a.csv", OWN_ROWS)]
    assert calls.read_content(device_of_files, files) == device_of_files(files)
    for reader, content, code in (
        (read_table, (b"\xff\xfe\x00", "mine.csv"), "NOT_CSV"),
        (device_of_files, ([("a.csv", b"\xff\xfe\x00")],), "DEVICE_FILE_ENCODING"),
    ):
        with pytest.raises(JouleLensError) as error:
            calls.read_content(reader, *content)
        assert error.value.code == code


@pytest.mark.parametrize("text", [b'{"object":["os:system",{}]}', b'{"array":["|O",""]}', b'{"eval":"1"}'])
def test_only_values_of_ours_come_back(text: bytes) -> None:
    with pytest.raises((ValueError, KeyError)):
        unpacked(text)


def test_what_does_not_cross_is_a_defect() -> None:
    with pytest.raises(TypeError):
        packed(object())


def test_a_bomb_ends_at_its_unpacked_size() -> None:
    bomb = io.BytesIO(gzip.compress(b"time_s,power_w\n" + b"0,1\n" * 500_000))
    budget = replace(RECORDING, unpacked_bytes=1_000_000)
    assert code_of(lambda: calls.read_trace(bomb, name="bomb", budget=budget)) == "UNPACKS_TOO_LARGE"
    with under(budget):
        assert code_of(lambda: read_trace(bomb, name="bomb")) == "UNPACKS_TOO_LARGE"


def test_samples_bytes_and_processor_time_are_budgets() -> None:
    source = io.BytesIO(LINES)
    few = replace(RECORDING, samples=999)
    assert code_of(lambda: calls.read_trace(source, name="a", budget=few)) == "TOO_MANY_SAMPLES"
    small = replace(RECORDING, sent_bytes=100)
    assert code_of(lambda: calls.read_trace(source, name="a", budget=small)) == "FILE_TOO_LARGE"
    assert calls.read_trace(source, name="a", budget=few.times(2)).recording.samples == 1000


def test_what_comes_as_bytes_is_measured_before_it_is_copied() -> None:
    few = replace(TABLE, sent_bytes=10)
    assert code_of(lambda: calls.check_csv(bytes(11), "kernel", "a", budget=few)) == "FILE_TOO_LARGE"
    two = {"a": bytes(6), "b": bytes(5)}
    assert code_of(lambda: calls.check_deepen(two, None, budget=few)) == "FILE_TOO_LARGE"


def test_lines_of_a_log_and_the_size_of_an_answer_are_budgets() -> None:
    log = io.BytesIO(b"inference_index,start_us,duration_us\n" + b"0,0,10\n1,20,10\n2,40,10\n")
    assert (
        code_of(lambda: calls.read_inferences(log, "l", budget=replace(LOG, rows=3))) == "TOO_MANY_INFERENCES"
    )
    assert calls.read_inferences(log, "l", budget=replace(LOG, rows=4)).count == 3
    assert (
        code_of(lambda: calls.read_inferences(log, "l", budget=replace(LOG, answer_bytes=99)))
        == "WORK_ANSWER"
    )


def test_little_memory_is_said_and_the_file_not_blamed() -> None:
    most = replace(RECORDING, memory_mb=400)
    many = io.BytesIO(b"time_s,power_w\n" + b"".join(b"%d,1\n" % at for at in range(900_000)))
    assert code_of(lambda: calls.read_trace(many, name="a", budget=most)) in ("WORK_MEMORY", "WORK_CRASHED")


def test_a_table_of_a_million_columns_is_refused_at_once() -> None:
    """Each unknown name was compared with each known one: hours."""
    names = b",".join(b"c%d" % at for at in range(1_000_000))
    checked = calls.check_csv(names + b"\n", "application", "wide.csv")
    assert [finding.code for finding in checked.findings.kept] == ["TOO_MANY_COLUMNS"]
    at_most = b",".join(b"c%d" % at for at in range(TABLE.columns)) + b"\n"
    found = check_csv(at_most, "application", "t").findings.kept
    assert "TOO_MANY_COLUMNS" not in {finding.code for finding in found}


NAMES = b",".join(b"c%d" % at for at in range(1_000_000))
WIDE: dict[str, Callable[[], object]] = {
    "recording": lambda: read_trace(io.BytesIO(NAMES + b"\n0,1\n0,1\n"), name="a"),
    "log": lambda: read_inferences(io.BytesIO(b"start_us,end_us," + NAMES + b"\n0,1\n"), "a"),
    "log with ;": lambda: read_inferences(io.BytesIO(NAMES.replace(b",", b";") + b"\n0;1\n"), "a"),
    "own device": lambda: device_of_files([("a.csv", OWN_ROWS.replace(b"\n", b"," + NAMES + b"\n", 1))]),
    "scores": lambda: read_table(
        b"dnn_id,delegate,avg_power_w,energy_per_inference_j," + NAMES[:5_000_000], "a"
    ),
}


@pytest.mark.parametrize("door", WIDE)
def test_a_million_columns_are_refused_before_they_are_looked_at(door: str) -> None:
    """Each took a time with the square of them, or a cell of each for every row."""
    with pytest.raises(JouleLensError) as caught:
        WIDE[door]()
    assert caught.value.code in ("TOO_MANY_COLUMNS", "INPUT_COLUMNS")


@pytest.mark.parametrize("kind", ["device", "fifo", "folder"])
def test_what_is_no_file_is_refused_without_waiting(kind: str, tmp_path: Path) -> None:
    path = {"device": Path("/dev/zero"), "fifo": tmp_path / "fifo", "folder": tmp_path}[kind]
    if kind == "fifo":
        os.mkfifo(path)
    assert code_of(lambda: calls.read_trace(path, name="x")) == "NOT_A_FILE"
    assert code_of(lambda: calls.open_trace(tmp_path / "missing", "x")) == "NOT_FOUND"


def test_a_full_disk_is_not_the_files_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    answer = child._answer(full, {"arguments": (), "named": {}}, RECORDING, -1, -1)
    error = unpacked(answer)
    assert isinstance(error, WorkError)
    assert error.code == "NO_SPACE"


def test_work_ends_with_its_visitor() -> None:
    before = set(children(os.getpid()))
    asked = threading.Event()

    def leave(_before: int) -> None:
        asked.set()
        raise Gone

    lines = io.BytesIO(b"time_s,power_w\n" + b"".join(b"%d,1\n" % at for at in range(400_000)))
    with pytest.raises(Gone):
        calls.read_trace(lines, name="a", attend=leave)
    assert asked.is_set()
    assert set(children(os.getpid())) <= before
    assert calls.read_trace(io.BytesIO(LINES), name="a").recording.samples == 1000


def test_two_work_others_wait_in_order_and_the_rest_is_turned_away() -> None:
    one = WaitingLine(at_once=2, most_waiting=2)
    order: list[int] = []
    told: list[int] = []
    free = threading.Event()

    def work(number: int, attend: Callable[[int], None] = waiting_line.nobody) -> None:
        with one.place(attend):
            order.append(number)
            free.wait(20)

    def start(number: int, attend: Callable[[int], None] = waiting_line.nobody) -> threading.Thread:
        thread = threading.Thread(target=work, args=(number, attend))
        thread.start()
        return thread

    def until(holds: Callable[[], bool]) -> None:
        end = time.monotonic() + 20
        while not holds() and time.monotonic() < end:
            time.sleep(0.01)
        assert holds()

    threads = [start(0), start(1)]
    until(lambda: len(order) == 2)
    threads.append(start(2, told.append))
    until(lambda: one.waiting == 1)
    threads.append(start(3, told.append))
    until(lambda: {2, 3} <= set(told))
    assert code_of(lambda: work(4)) == "BUSY"
    free.set()
    for thread in threads:
        thread.join(20)
    assert order[2:] == [2, 3]
    assert one.waiting == 0


def test_who_leaves_the_line_leaves_no_gap() -> None:
    one = WaitingLine(at_once=1, most_waiting=1)

    def leave(_before: int) -> None:
        raise Gone

    with one.place(), pytest.raises(Gone), one.place(leave):
        pass
    assert one.waiting == 0
    with one.place():
        pass


def test_a_worker_that_hangs_is_ended_by_the_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "START_S", 0.2)
    worker = WorkerProcess("data.workers.child", ["data.tracing.reading:open_trace", "-1", "-1"])
    assert worker.exchange([], 0.0) is End.CLOCK
    assert not worker.is_running


def test_commands_use_one_thread_unless_they_are_told_otherwise() -> None:
    """Set before numpy is loaded, which looks once; what whoever starts the process has said stands."""
    code = """
import runpy, sys
sys.argv = ["predictors", "--help"]
try:
    runpy.run_module("predictors", run_name="__main__")
except SystemExit:
    import numpy, threadpoolctl
    print({one["num_threads"] for one in threadpoolctl.threadpool_info()}, file=sys.stderr)
"""
    said = {name: value for name, value in os.environ.items() if name not in ONE_THREAD}
    told = said | {"OPENBLAS_NUM_THREADS": "2"}
    for environment, threads in ((said, 1), (told, min(2, os.cpu_count() or 1))):
        command = [sys.executable, "-c", code]
        done = subprocess.run(command, cwd=process.PLACE, env=environment, capture_output=True, text=True)
        assert done.stderr.strip() == f"{{{threads}}}"
