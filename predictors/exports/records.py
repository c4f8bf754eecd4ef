"""A report in the data model of BoAmps (Boavizta): how the energy of an AI task is reported.

Format: https://github.com/Boavizta/BoAmps, `model/report_schema.json` and the schemas it refers to. One file
is one task on one infrastructure, so it holds the first estimate. A report describes a measurement; this one
says in every place it can that it is an estimate. `unit` was asked for in measures while energy could have
several units, and is allowed since kWh is the only one: it is written for readers of either time.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from predictors.exports.content import (
    TOOL,
    Exported,
    energy_kwh,
    estimate_words,
    facts,
    first_estimate,
    report_id,
)
from predictors.model.graph import Graph, Shape
from predictors.results.estimates import Estimate
from predictors.results.frames import rounded
from predictors.results.report import ModelSummary

SPEC_VERSION = "1.6"


def cyclonedx(exported: Exported) -> str:
    """The bill of materials as JSON text."""
    report = exported.report
    bom = {
        "$schema": f"http://cyclonedx.org/schema/bom-{SPEC_VERSION}.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": SPEC_VERSION,
        "serialNumber": f"urn:uuid:{report_id(report)}",
        "version": 1,
        "metadata": {
            "timestamp": exported.made_at.isoformat(timespec="seconds"),
            "tools": {
                "components": [{"type": "application", "name": TOOL, "version": report.method_version}]
            },
            "properties": [{"name": "joulelens:data_version", "value": report.data_version}],
        },
        "components": [_component(exported)],
    }
    return json.dumps(bom, indent=2)


def _component(exported: Exported) -> dict[str, Any]:
    model = exported.report.model
    component: dict[str, Any] = {
        "type": "machine-learning-model",
        "bom-ref": f"model-{model.sha256[:16] or 'unknown'}",
        "name": exported.model_name,
        "modelCard": {
            "considerations": {
                "environmentalConsiderations": {
                    "energyConsumptions": [
                        _consumption(exported, estimate) for estimate in exported.report.estimates
                    ]
                }
            }
        },
        "properties": [
            {"name": "joulelens:macs", "value": str(model.macs)},
            {"name": "joulelens:params", "value": str(model.params)},
        ],
    }
    if model.sha256:
        component["hashes"] = [{"alg": "SHA-256", "content": model.sha256}]
    return component


def _consumption(exported: Exported, estimate: Estimate) -> dict[str, Any]:
    energy = {"value": energy_kwh(estimate.energy_mj), "unit": "kWh"}
    told = {**facts(exported.report, estimate), "per": "one inference"}
    return {
        "activity": "inference",
        "energyProviders": [
            {
                "description": estimate_words(exported.report, estimate),
                "organization": {"name": "unknown"},
                "energySource": "unknown",
                "energyProvided": energy,
            }
        ],
        "activityEnergyCost": energy,
        "properties": [{"name": f"joulelens:{name}", "value": value} for name, value in told.items()],
    }


QUALITY = ((0.10, "high"), (0.25, "medium"), (0.50, "low"))
"""Largest relative error of each grade, as the schema describes them."""
PROCESSORS = {"gpu": "gpu", "armnn-opencl": "gpu", "tensorrt": "gpu", "nnapi": "npu"}


def boamps(exported: Exported) -> str:
    """The report as JSON text. Raises InputError OPTION_VALUE when there is no estimate to report."""
    report = exported.report
    estimate = first_estimate(report)
    content = {
        "header": {
            "reportId": str(report_id(report)),
            "reportDatetime": exported.made_at.strftime("%Y-%m-%d %H:%M:%S"),
            "reportStatus": "draft",
            "publisher": {"name": TOOL, "projectName": TOOL, "confidentialityLevel": "public"},
        },
        "task": _task(exported, estimate),
        "measures": [
            {
                "measurementMethod": f"{TOOL}, estimate from kernel measurements ({estimate.evidence.value})",
                "version": f"data {report.data_version}, method {report.method_version}",
                "powerConsumption": energy_kwh(estimate.energy_mj),
                "unit": "kWh",
                "measurementDuration": rounded(estimate.latency_ms / 1000.0),
            }
        ],
        "infrastructure": {
            "infraType": "other",
            "components": [
                {
                    "componentName": f"{estimate.device_id}, {estimate.delegate}",
                    "componentType": PROCESSORS.get(estimate.delegate, "cpu"),
                    "nbComponent": 1,
                }
            ],
        },
        **_quality(estimate),
        "joulelens": facts(report, estimate),
    }
    return json.dumps(content, indent=2)


def _task(exported: Exported, estimate: Estimate) -> dict[str, Any]:
    model = exported.report.model
    return {
        "taskStage": "inference",
        "taskFamily": "neural network inference",
        "nbRequest": 1,
        "algorithms": [
            {
                "algorithmType": "neural network",
                "algorithmName": exported.model_name,
                **_framework(model),
                "parametersNumber": rounded(model.params / 1e9),
                "layersNumber": len(estimate.kernels),
                "quantization": estimate.precision,
            }
        ],
        "dataset": [*_datasets(exported.graph, "input"), *_datasets(exported.graph, "output")],
        "taskDescription": estimate_words(exported.report, estimate),
    }


def _framework(model: ModelSummary) -> dict[str, str]:
    """The format of the file and its version, as the fields for a framework."""
    if model.file_format == "tflite":
        return {"framework": "TensorFlow Lite", "frameworkVersion": f"schema {model.opset}"}
    return {"framework": "ONNX", "frameworkVersion": f"opset {model.opset}"}


def _datasets(graph: Graph, usage: str) -> list[dict[str, Any]]:
    names: Sequence[str] = graph.inputs if usage == "input" else graph.outputs
    return [
        {
            "dataUsage": usage,
            "dataType": _data_type(graph, name, usage),
            "dataQuantity": _first(graph.shape(name)),
            "shape": str(graph.shape(name) or "unknown"),
        }
        for name in names
    ]


def _first(shape: Shape | None) -> int:
    return shape[0] if shape else 1


def _data_type(graph: Graph, name: str, usage: str) -> str:
    shape, tensor = graph.shape(name), graph.tensors.get(name)
    if usage == "input" and shape is not None and len(shape) == 4 and shape[1] in {1, 3}:
        return "image"
    return "token" if tensor is not None and tensor.dtype in {"int64", "int32"} else "other"


def _quality(estimate: Estimate) -> dict[str, str]:
    """The grade whose error the interval stays within; left out where it is wider than all of them."""
    if estimate.energy_mj <= 0:
        return {}
    error = max(estimate.energy_mj_high - estimate.energy_mj, estimate.energy_mj - estimate.energy_mj_low)
    grade = next((name for limit, name in QUALITY if error <= limit * estimate.energy_mj), "")
    return {"quality": grade} if grade else {}
