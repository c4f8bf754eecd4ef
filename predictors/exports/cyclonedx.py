"""A report as a CycloneDX 1.6 ML-BOM: the model as a component with its energy per inference.

Format: https://cyclonedx.org/docs/1.6/json/, `modelCard.considerations.environmentalConsiderations`. Energy
is in kWh, the only unit there; the properties beside it carry millijoules, interval, evidence and versions.
"""

from __future__ import annotations

import json
from typing import Any

from predictors.exports.content import TOOL, Exported, energy_kwh, estimate_words, facts, report_id
from predictors.results.estimates import Estimate

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
