"""Node data for Model Explorer (Google AI Edge): energy as a colour on every node.

Format: `GraphNodeData` of model_explorer/node_data_builder.py (version 0.1.34): `results` by the id of a
node, a `name`, a `gradient`. Its ONNX adapter (model-explorer-onnx 0.4.2) takes the node's name for the id,
made unique as ONNX IR does; it leaves no mark by which a tensor's name would be found. The file holds the
first estimate; the energy of a kernel stands on one of its nodes, so that groups add up. `joulelens` beside
it carries what the format has no place for.
"""

from __future__ import annotations

import json
from typing import Any

from predictors.exports.anchors import anchor, kernel_nodes, names_once
from predictors.exports.content import Exported, estimate_words, facts, first_estimate, kernel_facts
from predictors.results.rounding import rounded

GRADIENT = (("0", "#fde725"), ("0.5", "#21918c"), ("1", "#440154"))
"""Stops and colours: viridis from light to dark, readable without seeing colours."""


def model_explorer(exported: Exported) -> str:
    """The node data as JSON text. Raises InputError OPTION_VALUE when there is no estimate."""
    report = exported.report
    estimate = first_estimate(report)
    results: dict[str, dict[str, float]] = {}
    kernels: dict[str, dict[str, Any]] = {}
    nodeless: list[dict[str, Any]] = []
    names = names_once(exported.graph)
    nodes_of_kernels = kernel_nodes(exported.graph, estimate.kernels)
    for part, nodes in zip(estimate.kernels, nodes_of_kernels, strict=True):
        carrier = anchor(nodes)
        if carrier is None:
            nodeless.append(kernel_facts(part))
            continue
        results[names[carrier.index]] = {"value": rounded(part.energy_mj)}
        kernels[names[carrier.index]] = kernel_facts(part)
    data = {
        "name": f"Energy (mJ), {estimate.device_id} {estimate.delegate} {estimate.precision}, "
        f"{estimate.evidence.value}, data {report.data_version}, method {report.method_version}",
        "results": results,
        "gradient": [{"stop": float(stop), "bgColor": colour} for stop, colour in GRADIENT],
        "joulelens": {
            "about": estimate_words(report, estimate),
            "estimate": facts(report, estimate),
            "kernels": kernels,
            "kernels_without_node": nodeless,
        },
    }
    return json.dumps(data, indent=1)
