"""Measure this machine on the page: only where the server was started for it, and to the end with a meter."""

from __future__ import annotations

import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from app.paths import ROOT
from app.your_device import measure, measuring_job
from app.your_device.typed_table import BASE
from data.errors import JouleLensError
from data.workers.scratch import scratch_folder
from predictors.energy.own_kernels.files import FitTables, KernelFit, fit_json, read_kernels
from simulated_meter import Truth, make_tree, running_meter


@pytest.fixture(autouse=True)
def _no_jobs() -> Iterator[None]:
    measuring_job._jobs.clear()
    yield
    for job in measuring_job._jobs:
        job.process.kill()
        job.process.wait()
    measuring_job._jobs.clear()


def opened() -> AppTest:
    app = AppTest.from_file(str(ROOT / "app" / "main.py"), default_timeout=120)
    app.query_params["door"] = "meter"
    app.switch_page(str(ROOT / "pages" / "your_device.py"))
    return app.run()


def labels(app: AppTest) -> list[str]:
    return [each.label for each in app.button]


def press(app: AppTest, start: str) -> AppTest:
    return next(button for button in app.button if button.label.startswith(start)).click().run()


def ended(seconds: float = 240.0) -> measuring_job.Job:
    job, begin = measuring_job.current(), time.monotonic()
    assert job is not None
    while job.is_running and time.monotonic() - begin < seconds:
        time.sleep(0.2)
    assert not job.is_running
    return job


def test_no_room_for_what_is_measured_is_told_by_a_code(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv(measuring_job.ALLOWED_VARIABLE, "1")
    gone = tmp_path / "gone"
    monkeypatch.setattr(tempfile, "tempdir", str(gone))
    with pytest.raises(JouleLensError) as no_folder:
        measuring_job.start("My laptop", "three", "none", 2.0)
    with pytest.raises(JouleLensError) as no_optimised, scratch_folder():
        pass
    # The folder of the last measuring was tidied away before it was resumed.
    ended = subprocess.Popen(["true"])
    job = measuring_job.Job(ended, gone, "my-laptop", ("--name", "My laptop"))
    measuring_job._jobs.append(job)
    ended.wait()
    with pytest.raises(JouleLensError) as no_words:
        measuring_job.resume()
    told = [each.value.code for each in (no_folder, no_optimised, no_words)]
    assert told == ["NO_SCRATCH"] * 3
    assert (job.complaint(), job.notes(), job.kernel_progress()) == (
        "",
        [],
        measuring_job.KernelProgress(0, 0.0),
    )


def test_a_server_that_was_not_started_for_it_shows_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(measuring_job.ALLOWED_VARIABLE, raising=False)
    app = opened()
    assert not app.exception and not app.error
    assert "Measure this machine" not in labels(app)
    assert any("measure networks" in str(each.value) for each in app.code)
    assert measuring_job.start("My laptop", "three", "none", 2.0) is None


def test_missing_rights_and_wrong_names_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_tree(tmp_path)
    monkeypatch.setenv(measuring_job.ALLOWED_VARIABLE, "1")
    monkeypatch.setenv(measuring_job.SYSFS_VARIABLE, str(tmp_path))
    app = opened()
    assert not app.exception and not app.error
    app.text_input(key="ms_name").set_value("Raspberry Pi 4")
    app = press(app, "Measure this machine")
    assert any("DEVICE_FILE_ID" in str(each.value) for each in app.error)
    with pytest.raises(JouleLensError):
        measuring_job.start("!", "three", "none", 2.0)


@pytest.mark.long
def test_from_the_button_to_the_device_with_its_scores(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(measuring_job.ALLOWED_VARIABLE, "1")
    monkeypatch.setenv(measuring_job.SYSFS_VARIABLE, str(tmp_path))
    monkeypatch.setattr(measure, "GROUPS", {"conv-actions,mobilenet-v2-0.35-96": "two small ones"})
    truth = Truth(idle_w=3.0, cpu_w=8.0, rate_hz=100.0)
    with running_meter(tmp_path, truth, children=True):
        app = opened()
        app.text_input(key="ms_name").set_value("Bench laptop")
        app.number_input(key="ms_seconds").set_value(2.0)
        app = press(app, "Measure this machine")
        assert "Cancel; keep what is complete" in labels(app)
        assert measuring_job.start("Other", "three", "none", 2.0) is None, "two at once would disturb"
        job = ended()
    assert job.complaint() == ""
    app.run()
    assert not app.exception
    app = press(app, "Take Bench laptop")
    assert not app.exception and not app.error
    assert app.session_state[BASE]["energy_mj"].notna().all()
    assert app.metric[0].label == "Typical range of a network"


@pytest.mark.long
def test_cancelled_is_kept_and_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(measuring_job.ALLOWED_VARIABLE, "1")
    monkeypatch.setenv(measuring_job.SYSFS_VARIABLE, str(tmp_path))
    job = measuring_job.start("Bench laptop", "mobilenet-v2-0.35-96,conv-actions", "none", 20.0)
    assert job is not None
    begin = time.monotonic()
    while (record := job.record()) is None or not record.stretches:
        assert time.monotonic() - begin < 120.0
        time.sleep(0.1)
    measuring_job.cancel()
    assert ended().complaint().startswith("MEASURE_")
    app = opened()
    assert not app.exception
    assert "Go on measuring" in labels(app)
    before = len(job.record().stretches)  # type: ignore[union-attr]
    again = measuring_job.resume()
    assert again is not None
    while len(again.record().stretches) <= before:  # type: ignore[union-attr]
        assert time.monotonic() - begin < 200.0
        time.sleep(0.1)


@pytest.mark.slow
def test_kernels_are_profiled_cancelled_and_shown_with_their_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(measuring_job.ALLOWED_VARIABLE, "1")
    monkeypatch.setenv(measuring_job.SYSFS_VARIABLE, str(tmp_path))
    assert measuring_job.start_kernels() is None, "no device was measured"
    assert measuring_job.start("Bench laptop", "conv-actions", "none", 2.0) is not None
    assert ended().complaint() == ""
    app = press(opened(), "Profile its kernels")
    job, begin = measuring_job.current(), time.monotonic()
    assert job is not None and job.part == "kernels"
    rows_path, fit_path, _ = job.kernel_files()
    while not rows_path.is_file():
        assert time.monotonic() - begin < 200.0
        time.sleep(0.1)
    app = opened()
    assert not app.exception
    assert "Cancel; keep what is complete" in labels(app)
    assert job.kernel_progress().networks >= 1
    measuring_job.cancel()
    assert ended().complaint().startswith("MEASURE_")
    assert "Go on measuring" in labels(opened())
    assert read_kernels(rows_path.read_text())
    fit_path.write_text(fit_json(KernelFit({}, 1.0, 0.0, 0.1, 3.25, 20.0, 12), FitTables("")))
    app = opened()
    assert not app.exception and not app.error
    assert any("12" in each.value and "3.25" in each.value for each in app.markdown)
