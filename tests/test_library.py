"""The documented library example runs, and reports turn into tables."""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import replace

import pandas as pd
import pytest

from app.navigation import ROOT
from estimate_support import HOSTILE, estimate, four_kernels
from predictors import estimate_model
from predictors.estimates import Note
from predictors.report import ModelReport, ModelSummary, NotEstimated
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
    line = "import sys; import app.charts.kernel_bars, app.estimate_frames; print('streamlit' in sys.modules)"
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
