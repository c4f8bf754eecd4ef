"""Every question the layers above ask the bundle, one function each, as a data frame with its sources.

Columns are those of the dictionary (`data.dictionary.column` has label, unit and meaning); every row has
`source_id`, and `correction_ids` where a declared correction concerns a cell. Empty cells stay empty.
"""

# ruff: noqa: S608 - names come from the dictionary, values are bound
from __future__ import annotations

from typing import TYPE_CHECKING

from data.bundle import Bundle
from data.dictionary import table
from data.sql_text import name

if TYPE_CHECKING:
    import pandas as pd


def _all(
    bundle: Bundle, table_name: str, order: str = "rowid", where: str = "", values: tuple[object, ...] = ()
) -> pd.DataFrame:
    columns = ", ".join(f"t.{name(column.name)}" for column in table(table_name).stored)
    condition = f" WHERE {where}" if where else ""
    return bundle.frame(f"SELECT {columns} FROM {name(table_name)} AS t{condition} ORDER BY {order}", values)


def devices(bundle: Bundle) -> pd.DataFrame:
    """Every device of every source, phones first."""
    return _all(bundle, "devices", "position")


def device_coverage(bundle: Bundle) -> pd.DataFrame:
    """What was measured on each device: columns device_id, table_name, row_count, source_id."""
    measured = (
        "application_measurements",
        "kernel_measurements",
        "board_runs",
        "conv_layers",
        "accelerators",
        "microcontrollers",
        "llm_decode",
        "token_runs",
        "edge_results",
        "network_runs",
        "cell_runs",
        "cpu_frequency",
        "traces",
    )
    parts = " UNION ALL ".join(
        f"SELECT device_id, '{each}' AS table_name, count(*) AS row_count, source_id FROM {each} "
        "WHERE device_id IS NOT NULL GROUP BY device_id, source_id"
        for each in measured
    )
    order = "ORDER BY d.position, m.table_name, m.source_id"
    return bundle.frame(f"SELECT m.* FROM ({parts}) AS m JOIN devices AS d USING (device_id) {order}")


def reference_dnns(bundle: Bundle) -> pd.DataFrame:
    """The twelve reference networks, DNN1 to DNN12."""
    return _all(bundle, "reference_dnns", "length(t.dnn_id), t.dnn_id")


def application_measurements(bundle: Bundle) -> pd.DataFrame:
    """Power (W) and energy per inference (mJ) of phone, network and delegate; NULL where printed empty."""
    return _all(bundle, "application_measurements")


def published_scores(bundle: Bundle) -> pd.DataFrame:
    """PCS and IECS as printed, and the AI performance score read off a figure."""
    return _all(bundle, "published_scores")


def kernel_measurements(
    bundle: Bundle, device_id: str = "huawei-p40-pro", delegate: str = "cpu", configured_only: bool = True
) -> pd.DataFrame:
    """Energy (mJ), mean power (W) and latency (ms) of single kernels of one device and delegate.

    `configured_only` leaves out kernels published without their configuration.
    """
    where = "t.device_id = ? AND t.delegate = ?" + (" AND t.configured" if configured_only else "")
    return _all(bundle, "kernel_measurements", "rowid", where, (device_id, delegate))


def all_kernel_measurements(bundle: Bundle) -> pd.DataFrame:
    """Every measured kernel of every device and delegate, with and without configuration."""
    return _all(bundle, "kernel_measurements")


def kernel_ranges(bundle: Bundle) -> pd.DataFrame:
    """Published range of energy (mJ) per kernel type and delegate."""
    return _all(bundle, "kernel_ranges")


def model_ranges(bundle: Bundle) -> pd.DataFrame:
    """Published range of energy (mJ) per model family and delegate."""
    return _all(bundle, "model_ranges")


def systems(bundle: Bundle) -> pd.DataFrame:
    """Which device and back end each published system name stands for."""
    return _all(bundle, "systems")


def networks(bundle: Bundle) -> pd.DataFrame:
    """Networks that boards ran, with MACs and parameters in millions."""
    return _all(bundle, "networks")


def board_runs(bundle: Bundle) -> pd.DataFrame:
    """Whole-board runs on the wall meter: power (W), latency (ms), energy per inference (mJ)."""
    return _all(bundle, "board_runs")


def board_networks(bundle: Bundle) -> pd.DataFrame:
    """The board runs of known networks, with family, MACs, parameters and precision."""
    return _all(bundle, "board_networks")


def conv_layers(bundle: Bundle) -> pd.DataFrame:
    """Single convolutions on Jetson TX2: latency (ms), rail power (W), energy (mJ); delegate cpu or gpu."""
    return _all(bundle, "conv_layers")


def accelerators(bundle: Bundle) -> pd.DataFrame:
    """Board power (W), throughput (1/s) and energy (mJ) of accelerators by network, precision and batch."""
    return _all(bundle, "accelerators")


def microcontrollers(bundle: Bundle) -> pd.DataFrame:
    """Energy (mJ) of small systems per task; `energy_basis` says per inference or per streaming run."""
    return _all(bundle, "microcontrollers")


def llm_decode(bundle: Bundle) -> pd.DataFrame:
    """Energy (mJ) per request and per token of language models on Jetson AGX Orin."""
    return _all(bundle, "llm_decode")


def token_runs(bundle: Bundle) -> pd.DataFrame:
    """Energy (mJ) per token and tokens per second of language models on boards and phones, by phase."""
    return _all(bundle, "token_runs")


def edge_results(bundle: Bundle) -> pd.DataFrame:
    """Energy per inference (mJ) of edge systems on the wall meter, as published; MLPerf v3.1 to v5.1."""
    return _all(bundle, "edge_results")


def network_runs(bundle: Bundle) -> pd.DataFrame:
    """Image networks and neural operators on Jetson Orin Nano: energy (mJ), latency (ms), power (W)."""
    return _all(bundle, "network_runs")


def cell_runs(bundle: Bundle) -> pd.DataFrame:
    """NAS-Bench-201 cells on one core of Raspberry Pi 5: energy above idle (mJ) of the core rail."""
    return _all(bundle, "cell_runs")


def cpu_frequency(bundle: Bundle) -> pd.DataFrame:
    """Power (W) of one busy core by its clock (MHz), on chips of phones."""
    return _all(bundle, "cpu_frequency")


def traces(bundle: Bundle) -> pd.DataFrame:
    """The power recordings in the bundle."""
    return _all(bundle, "traces")


def trace_samples(bundle: Bundle, trace_id: str) -> pd.DataFrame:
    """Samples of one recording: time (s), power (W), voltage (V), current (A); empty when there is none."""
    return _all(bundle, "trace_samples", "t.sample_index", "t.trace_id = ?", (trace_id,))


def trace_inferences(bundle: Bundle, trace_id: str) -> pd.DataFrame:
    """Inferences of one recording on the phone's clock; empty for recordings without."""
    return _all(bundle, "trace_inferences", "t.sequence", "t.trace_id = ?", (trace_id,))


def sources(bundle: Bundle) -> pd.DataFrame:
    """Who measured what, how, and under which licence."""
    return _all(bundle, "sources")


def corrections(bundle: Bundle, table_name: str | None = None) -> pd.DataFrame:
    """Declared corrections, of one table or of all."""
    if table_name is None:
        return _all(bundle, "corrections")
    return _all(bundle, "corrections", "rowid", "t.table_name = ?", (table_name,))
