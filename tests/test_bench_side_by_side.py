"""The table beside other tools: the same models for all, and words where a tool is missing or fails."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import onnx
import pytest

from bench import side_by_side
from bench.side_by_side import NotInstalled, Tool, fusion_rules, measured, ours, python_of, with_weights
from predictors.fusing import fuse
from predictors.reading import read_model
from predictors.registry import predictor
from predictors.samples import sample_bytes

SAMPLE = "squeezenet-1.1"


def kernels_of(content: bytes) -> list[tuple[str, int]]:
    model = fuse(read_model(content), "tflite-cpu")
    return [(kernel.kind.value, kernel.macs) for kernel in model.kernels]


def test_weights_in_the_file_change_nothing_of_the_network() -> None:
    light = sample_bytes(SAMPLE)
    heavy = with_weights(light)
    assert kernels_of(heavy) == kernels_of(light)
    # 1.24 million parameters of four bytes each, which the sample leaves out.
    assert len(heavy) - len(light) > 4 * 1_200_000
    assert not [node for node in onnx.load_model_from_string(heavy).graph.node if "Constant" in node.op_type]


def test_rules_name_the_operators_as_the_detector_does() -> None:
    rules = fusion_rules()
    assert {"BF_conv_bn", "BF_dwconv_relu", "BF_conv_maxpool", "BF_fc_relu"} <= set(rules)
    assert not [name for name in rules if "dense" in name or "pooling" in name]
    assert rules["MON"] == {"obey": 0}


def test_our_own_times_are_of_a_whole_estimate(tmp_path: Path) -> None:
    path = tmp_path / f"{SAMPLE}.onnx"
    path.write_bytes(with_weights(sample_bytes(SAMPLE)))
    found = ours(path, predictor("huawei-p40-pro", "cpu", "fp32"), repeats=2)
    assert len(found["ms"]) == 2
    assert found["kernels"] == len(kernels_of(path.read_bytes()))
    assert found["macs_m"] == pytest.approx(sum(macs for _, macs in kernels_of(path.read_bytes())) / 1e6)


def fake_tools(monkeypatch: pytest.MonkeyPatch, folder: Path, text: str) -> None:
    """Put one script in the place of both tools, run by this Python."""
    script = folder / "fake_times.py"
    script.write_text(text, encoding="utf-8")
    tools = (Tool("first 1", ("first",), str(script)), Tool("second 2", ("second",), str(script)))
    monkeypatch.setattr(side_by_side, "_tools", lambda: tools)
    monkeypatch.setattr(side_by_side, "python_of", lambda _tool: Path(sys.executable))


def test_what_a_tool_answers_stands_in_its_column(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    answer = {"ms": [3.0, 1.0, 2.0], "kernels": 7, "macs_m": 5.5}
    text = "import json, sys\nfor each in sys.argv[3:]:\n"
    text += f"    print(json.dumps({{'file': each, **{json.dumps(answer)}}}))\n"
    fake_tools(monkeypatch, tmp_path, text)
    rows, troubles = measured([SAMPLE], tmp_path)
    found = dict(zip(side_by_side.COLUMNS, rows[0], strict=True))
    assert (found["onnx_tool_ms"], found["nn_meter_ms"]) == (2.0, 2.0)
    assert (found["nn_meter_kernels"], found["onnx_tool_macs_m"]) == (7, 5.5)
    assert found["ours_kernels"] == len(kernels_of(sample_bytes(SAMPLE)))
    assert troubles == []


def test_a_tool_that_fails_leaves_cells_empty_and_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake_tools(monkeypatch, tmp_path, "raise SystemExit('ERROR: no such thing')")
    rows, troubles = measured([SAMPLE], tmp_path)
    found = dict(zip(side_by_side.COLUMNS, rows[0], strict=True))
    assert found["onnx_tool_ms"] is None
    assert found["nn_meter_ms"] is None
    assert found["ours_kernels"] == len(kernels_of(sample_bytes(SAMPLE)))
    assert troubles == [f"{name} is not installed: ERROR: no such thing." for name in ("first 1", "second 2")]


@pytest.mark.slow
def test_what_cannot_be_installed_says_why(tmp_path: Path) -> None:
    missing = tmp_path / "missing.whl"
    with pytest.raises(NotInstalled, match="ERROR"):
        python_of(Tool("nothing 1", ("--no-index", str(missing)), "none.py"), tmp_path)
