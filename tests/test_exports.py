"""Exports: valid by the schemas of their formats, readable again, with interval, evidence and versions."""

from __future__ import annotations

import io
import json
import re
import shlex
import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import onnx.parser
import pandas as pd
import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from estimate_support import HOSTILE, open_model
from predictors.cli.main import REPORT_FORMATS, main
from predictors.errors import InputError
from predictors.estimate import estimate_graph
from predictors.exports import FORMATS, Exported
from predictors.exports.content import MJ_PER_KWH
from predictors.exports.graph_viewers import names_once
from predictors.model.graph import Graph
from predictors.reading import read_model
from predictors.results.frames import rounded
from predictors.results.rows import kernel_rows
from predictors.samples import sample_bytes

MADE_AT = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)


def exported(graph: Graph, name: str, **target: str) -> Exported:
    return Exported(estimate_graph(graph, name=name, **target), graph, MADE_AT)


@pytest.fixture(scope="module")
def sample() -> Exported:
    graph = read_model(sample_bytes("mobilenet-v3-small"))
    return exported(graph, "mobilenet-v3-small", device="huawei-p40-pro", delegate="cpu")


@pytest.fixture(scope="module")
def hostile() -> Exported:
    """Names that are markup, an operator nobody knows, and a device measured at the wall."""
    return exported(read_model(open_model()), HOSTILE, device="raspberry-pi-4", delegate="armnn-neon")


@pytest.fixture(scope="module")
def quantised() -> Exported:
    graph = read_model(sample_bytes("mobilenet-v2", precision="int8"))
    return exported(graph, "mobilenet-v2", device="raspberry-pi-4", delegate="tflite-ruy")


EACH = pytest.mark.parametrize("which", ["sample", "hostile", "quantised"])


def written(made: Exported, format_id: str) -> str:
    content = FORMATS[format_id].write(made)
    assert isinstance(content, str)
    return content


def test_the_command_line_offers_every_format() -> None:
    assert tuple(FORMATS) == REPORT_FORMATS
    assert len({each.suffix for each in FORMATS.values()}) == len(FORMATS)


@EACH
@pytest.mark.parametrize("format_id", [each for each in FORMATS if each not in {"parquet", "csv", "table"}])
def test_interval_scope_evidence_and_versions_are_in_every_format(
    which: str, format_id: str, request: pytest.FixtureRequest
) -> None:
    made: Exported = request.getfixturevalue(which)
    text, [estimate] = written(made, format_id).replace("\\", ""), made.report.estimates
    for end in (estimate.energy_mj_low, estimate.energy_mj_high):
        assert any(shown in text for shown in (f"{end:.3g}", f"{end:.4g}", repr(rounded(end))))
    assert estimate.evidence.value in text
    assert estimate.scope.value in text
    assert made.report.data_version in text
    assert made.report.method_version in text
    assert all(source_id in text for source_id in estimate.source_ids)


@EACH
def test_cyclonedx_is_valid_by_the_published_schema(which: str, request: pytest.FixtureRequest) -> None:
    made: Exported = request.getfixturevalue(which)
    text = written(made, "cyclonedx")
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None
    [component] = json.loads(text)["components"]
    considered = component["modelCard"]["considerations"]["environmentalConsiderations"]
    [used] = considered["energyConsumptions"]
    assert used["activity"] == "inference"
    assert used["activityEnergyCost"]["unit"] == "kWh"
    energy_mj = used["activityEnergyCost"]["value"] * MJ_PER_KWH
    assert energy_mj == pytest.approx(made.report.estimates[0].energy_mj, rel=1e-6)


def test_the_schema_would_notice(sample: Exported) -> None:
    broken = written(sample, "cyclonedx").replace('"kWh"', '"mJ"')
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(broken) is not None


def test_a_kilowatt_hour_is_so_many_millijoules() -> None:
    assert MJ_PER_KWH == 1000 * 3600 * 1000


# What BoAmps' report, algorithm, dataset, hardware and measure schemas ask for: required names, closed lists.
BOAMPS_REQUIRED = {
    "": {"task", "measures", "infrastructure"},
    "header": {"reportDatetime"},
    "header.publisher": {"confidentialityLevel"},
    "task": {"taskStage", "taskFamily", "algorithms", "dataset"},
    "task.dataset[]": {"dataUsage", "dataType"},
    "infrastructure": {"infraType", "components"},
    "infrastructure.components[]": {"componentType", "nbComponent"},
    "measures[]": {"measurementMethod", "powerConsumption", "unit"},
}
BOAMPS_LISTS = {
    "header.reportStatus": {"draft", "final", "corrective", "other"},
    "header.publisher.confidentialityLevel": {"public", "internal", "confidential", "secret"},
    "task.dataset[].dataUsage": {"input", "output"},
    "task.dataset[].dataType": {
        "tabular", "audio", "boolean", "image", "video", "object", "text", "token", "word", "other",
    },
    "infrastructure.infraType": {"publicCloud", "privateCloud", "onPremise", "other"},
    "quality": {"high", "medium", "low"},
    "measures[].unit": {"kWh"},
}  # fmt: skip
BOAMPS_NUMBERS = {
    "task.nbRequest", "task.algorithms[].parametersNumber", "task.algorithms[].layersNumber",
    "task.dataset[].dataQuantity", "measures[].powerConsumption", "measures[].measurementDuration",
    "infrastructure.components[].nbComponent",
}  # fmt: skip


def boamps_faults(value: Any, place: str = "") -> list[str]:
    """What breaks a rule of the schemas, by place."""
    if isinstance(value, list):
        faults = [fault for item in value for fault in boamps_faults(item, f"{place}[]")]
        return faults if value else [f"{place} is empty"]
    if isinstance(value, dict):
        missing = BOAMPS_REQUIRED.get(place, set()) - value.keys()
        inner = [
            fault
            for name, item in value.items()
            if name != "joulelens"
            for fault in boamps_faults(item, f"{place}.{name}".lstrip("."))
        ]
        return [f"{place}: {name} is missing" for name in sorted(missing)] + inner
    if place in BOAMPS_LISTS and value not in BOAMPS_LISTS[place]:
        return [f"{place} can't be {value!r}"]
    is_number = isinstance(value, int | float)
    return [f"{place} is a {type(value).__name__}"] if is_number != (place in BOAMPS_NUMBERS) else []


@EACH
def test_boamps_keeps_the_rules_of_its_schemas(which: str, request: pytest.FixtureRequest) -> None:
    made: Exported = request.getfixturevalue(which)
    report = json.loads(written(made, "boamps"))
    assert boamps_faults(report) == []
    [measure] = report["measures"]
    assert measure["powerConsumption"] * MJ_PER_KWH == pytest.approx(made.report.estimates[0].energy_mj, 1e-6)
    assert "estimate" in measure["measurementMethod"]
    assert uuid.UUID(report["header"]["reportId"])
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", report["header"]["reportDatetime"])


def test_boamps_faults_are_found() -> None:
    assert boamps_faults({"task": {"dataset": [{"dataUsage": "both"}]}, "measures": []}) != []
    assert boamps_faults({"quality": "perfect"})[-1] == "quality can't be 'perfect'"


def test_boamps_quality_follows_the_interval(sample: Exported) -> None:
    [estimate] = sample.report.estimates
    grades = {}
    for error in (0.09, 0.2, 0.4, 0.9):
        ends = {
            "energy_mj_low": estimate.energy_mj * (1 - error),
            "energy_mj_high": estimate.energy_mj * (1 + error - 1e-9),
        }
        changed = replace(estimate, **ends)
        made = replace(sample, report=replace(sample.report, estimates=(changed,)))
        grades[error] = json.loads(written(made, "boamps")).get("quality")
    assert grades == {0.09: "high", 0.2: "medium", 0.4: "low", 0.9: None}


def attached(text: str) -> Callable[[str, str, str], dict[str, Any]]:
    """Netron's reading of an attachment: entries by container, kind and target; the last of a name wins."""
    data = json.loads(text)
    assert data["signature"] == "netron:attachment"
    found: dict[tuple[str, str, str], dict[str, Any]] = {}
    for container in ("metadata", "metrics"):
        for item in data[container]:
            assert item["kind"] in {"model", "node", "value"}
            assert "\n" not in item["target"]
            entries = found.setdefault((container, item["kind"], item["target"]), {})
            assert item["name"] not in entries, "a second value of one name would hide the first"
            entries[item["name"]] = item["value"]
    return lambda container, kind, target: found.get((container, kind, target), {})


@EACH
def test_netron_finds_every_kernel_once(which: str, request: pytest.FixtureRequest) -> None:
    made: Exported = request.getfixturevalue(which)
    look = attached(written(made, "netron"))
    energies = [
        value
        for node in made.graph.nodes
        for kind, target in [("node", node.name), *(("value", output) for output in node.outputs)]
        if target and (value := look("metrics", kind, target).get("energy (mJ)")) is not None
    ]
    [estimate] = made.report.estimates
    assert len(energies) == len(estimate.kernels)
    assert sum(energies) == pytest.approx(estimate.kernel_sum.energy_mj, rel=1e-6)
    assert look("metadata", "model", "")["evidence"] == estimate.evidence.value


@EACH
def test_model_explorer_finds_every_kernel_once(which: str, request: pytest.FixtureRequest) -> None:
    made: Exported = request.getfixturevalue(which)
    data = json.loads(written(made, "model-explorer"))
    ids = names_once(made.graph)
    assert data["results"].keys() <= set(ids.values())
    named = {node.name for node in made.graph.nodes if node.name}
    assert named <= set(ids.values()), "a name of the file is an id of the tool"
    [estimate] = made.report.estimates
    total = sum(result["value"] for result in data["results"].values())
    assert total == pytest.approx(estimate.kernel_sum.energy_mj, rel=1e-6)
    assert len(data["results"]) == len(estimate.kernels)
    assert {stop["stop"] for stop in data["gradient"]} >= {0, 1}
    assert set(data) == {"name", "results", "gradient", "joulelens"}


def test_ids_are_unique_and_the_first_of_a_name_keeps_it() -> None:
    text = """<ir_version: 8, opset_import: ["" : 17]>
        net (float[1,4] x) => (float[1,4] y) { a = Relu(x)
        b = Relu(a)
        c = Relu(b)
        d = Relu(c)
        y = Relu(d) }"""
    proto = onnx.parser.parse_model(text)
    for node, name in zip(proto.graph.node, ("", "twin", "twin", "twin_1", ""), strict=True):
        node.name = name
    # By hand, in order: the second "twin" takes "twin_1", so the node of that name gets "_1" once more.
    graph = read_model(proto.SerializeToString())
    assert list(names_once(graph).values()) == ["node", "twin", "twin_1", "twin_1_1", "node_1"]


@EACH
def test_parquet_holds_the_rows_of_the_csv(which: str, request: pytest.FixtureRequest) -> None:
    made: Exported = request.getfixturevalue(which)
    content = FORMATS["parquet"].write(made)
    assert isinstance(content, bytes)
    frame = pd.read_parquet(io.BytesIO(content))
    assert frame.to_dict("records") == kernel_rows(made.report)
    about = frame.attrs["joulelens"]
    assert about["estimates"][0]["method_version"] == made.report.method_version


def test_names_from_the_file_are_no_markup(hostile: Exported) -> None:
    text = written(hostile, "markdown")
    assert HOSTILE not in text
    assert r"\<b\>x\</b\>" in text
    table = written(hostile, "latex")
    caption = next(line for line in table.splitlines() if line.startswith(r"\caption"))
    bare = re.sub(r"\\[A-Za-z]+\{\}|\\[&%$#_{}]", "", caption)
    assert not set("&%$#_~^<>") & set(bare.replace(r"\cite", ""))


def test_latex_braces_and_columns_are_balanced(sample: Exported) -> None:
    text = written(sample, "latex")
    table = text[: text.index("\n%")]
    for line in text.splitlines():
        unescaped = re.sub(r"\\[{}]", "", line.lstrip("% "))
        if "=" not in line and "@misc" not in line and line.strip("% ") != "}":
            assert unescaped.count("{") == unescaped.count("}"), line
    columns = re.search(r"\\begin\{tabular\}\{(\w+)\}", table)
    assert columns is not None
    rows = [line for line in table.splitlines() if line.endswith(r"\\")]
    assert {line.count("&") + 1 for line in rows} == {len(columns.group(1))}
    assert "@misc{deepen2023-kernels," in text
    assert r"\cite{deepen2023-kernels,tu-2023-sec}" in text


def test_the_same_estimate_has_the_same_identifier(sample: Exported, quantised: Exported) -> None:
    later = replace(sample, made_at=datetime(2027, 1, 1, tzinfo=UTC))
    ids = [json.loads(written(each, "cyclonedx"))["serialNumber"] for each in (sample, later, quantised)]
    assert ids[0] == ids[1] != ids[2]


def test_nothing_to_write_is_said(sample: Exported) -> None:
    empty = replace(sample, report=replace(sample.report, estimates=()))
    for format_id in ("boamps", "netron", "model-explorer"):
        with pytest.raises(InputError):
            FORMATS[format_id].write(empty)
    for format_id in ("markdown", "latex", "cyclonedx", "parquet"):
        assert FORMATS[format_id].write(empty)


def test_command_line_writes_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    model = tmp_path / "m.onnx"
    model.write_bytes(sample_bytes("alexnet"))
    words = ["estimate", str(model), "--device", "huawei-p40-pro", "--delegate", "cpu", "--format"]
    out = tmp_path / "m.parquet"
    assert main([*words, "parquet"]) == 2
    assert "--out" in capsys.readouterr().err
    assert main([*words, "parquet", "--out", str(out)]) == 0
    assert len(pd.read_parquet(out)) == 11
    assert main([*words, "latex"]) == 0
    assert r"\begin{table}" in capsys.readouterr().out
    assert main([*words, "json", "--out", str(tmp_path / "nowhere" / "m.json")]) == 2
    assert capsys.readouterr().err.startswith("INPUT_FILE: ")


GUIDE = Path(__file__).resolve().parent.parent / "docs" / "exports.md"


def test_the_guide_names_every_format_with_its_ending() -> None:
    rows = re.findall(r"^\| `([a-z-]+)` \| `\.([a-z.]+)` \|", GUIDE.read_text(encoding="utf-8"), re.MULTILINE)
    assert rows == [(each.id, each.suffix) for each in FORMATS.values()]


def test_the_command_of_the_guide_works(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("model.onnx").write_bytes(sample_bytes("alexnet"))
    blocks = re.findall(r"^```sh\n(.*?)^```", GUIDE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    [command] = [line for block in blocks for line in block.splitlines() if "-m predictors" in line]
    assert main(shlex.split(command)[3:]) == 0
    look = attached(Path("model.netron.json").read_text(encoding="utf-8"))
    assert look("metadata", "model", "")["device_id"] == "huawei-p40-pro"
