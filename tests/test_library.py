"""The documented library example runs, and reports turn into tables."""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import replace
from html import escape

import pandas as pd
import pytest

from app.paths import ROOT
from estimate_support import HOSTILE, estimate, four_kernels
from predictors import estimate_model
from predictors.reading import read_model
from predictors.research.diff import diff_models, diff_sentence
from predictors.research.radio_links import make_link
from predictors.research.split import split_graph
from predictors.research.split_result import split_sentences
from predictors.results.estimates import Note
from predictors.results.report import ModelReport, ModelSummary, NotEstimated
from predictors.samples import sample_bytes

GUIDE = ROOT / "docs" / "library.md"
BLOCK = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)


def test_every_block_of_the_guide_runs_in_order() -> None:
    blocks = BLOCK.findall(GUIDE.read_text(encoding="utf-8"))
    assert len(blocks) >= 8
    names: dict[str, object] = {}
    for block in blocks:
        exec(compile(block, str(GUIDE), "exec"), names)  # noqa: S102 - the project's own guide
    assert "estimate" in names


def test_pictures_for_notebooks_need_no_streamlit() -> None:
    line = "import sys; import app.charts.kernel_bars, app.estimate.frames; print('streamlit' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", line], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_a_report_is_a_table_with_every_target() -> None:
    report = estimate_model(sample_bytes("alexnet"), device="huawei-p40-pro")
    frame = report.to_frame()
    assert len(frame) == len(report.estimates) + len(report.not_estimated)
    first = report.estimates[0]
    row = frame.iloc[0]
    assert row["energy_mj"] == pytest.approx(first.energy_mj, rel=1e-6)
    assert row["kernels"] == first.coverage.kernels
    assert row["method_version"] == report.method_version
    assert set(frame["evidence"]) <= {"predicted", "transferred", "approximated", "unsupported"}


def test_kernels_are_a_table_whose_shares_add_up() -> None:
    frame = four_kernels().to_frame()
    assert list(frame["energy_mj"]) == [50.0, 15.0, 30.0, 5.0]
    assert list(frame["share"]) == [0.5, 0.15, 0.3, 0.05]
    assert estimate().to_frame().empty


def test_two_models_and_a_split_are_tables_whose_columns_add_up() -> None:
    target = {"device": "raspberry-pi-4", "delegate": "tflite-ruy"}
    diff = diff_models(sample_bytes("alexnet"), sample_bytes("squeezenet-1.1"), **target)
    pairs = diff.to_frame()
    assert len(pairs) == len(diff.rows)
    assert pairs["energy_diff_mj"].sum() == pytest.approx(diff.energy_diff_mj, rel=1e-6)
    assert pairs["energy_mj_b"].sum() == pytest.approx(diff.b.kernel_sum.energy_mj, rel=1e-6)
    split = split_graph(read_model(sample_bytes("alexnet")), make_link("lte"), **target)
    cuts = split.to_frame()
    assert list(cuts["kernels_on_device"]) == [cut.kernels for cut in split.cuts]
    assert cuts["device_energy_mj"].iloc[-1] == pytest.approx(split.estimate.energy_mj, rel=1e-6)
    for shown, words in (
        (diff._repr_html_(), diff_sentence(diff)),
        (split._repr_html_(), split_sentences(split)[0]),
        (split.estimate._repr_html_(), "raspberry-pi-4, tflite-ruy, fp32"),
    ):
        assert escape(words) in shown
        assert "<table" in shown
        assert re.search(r"\bnan\b", shown.lower()) is None  # Narayanan measured radios


def test_tables_of_notebooks_escape_names_of_kernels() -> None:
    part = four_kernels().kernels[0]
    named = replace(part, kernel=replace(part.kernel, name=HOSTILE))
    shown = replace(four_kernels(), kernels=(named,))._repr_html_()
    assert HOSTILE not in shown
    assert escape(HOSTILE) in shown


def test_the_table_of_a_notebook_escapes_what_comes_from_outside() -> None:
    summary = ModelSummary(HOSTILE, "", (), 0, 0, 0, 0, "fp32", 17, "")
    made = replace(four_kernels(), device_id=HOSTILE)
    failure = NotEstimated("phone", "gpu", "fp32", Note("EVIDENCE_TOO_THIN", HOSTILE))
    html = ModelReport(summary, (made,), (failure,), "d", "m")._repr_html_()
    assert "<b>x</b>" not in html
    assert "&lt;b&gt;" in html
    assert "phone" in html
    assert isinstance(ModelReport(summary, ()).to_frame(), pd.DataFrame)
    assert "method" in ModelReport(summary, ())._repr_html_()
