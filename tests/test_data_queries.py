"""Every query runs on both bundles, gives the dictionary's columns, and a source on every row."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pandas as pd
import pytest

from data import queries
from data.bundle import Bundle
from data.dictionary import table
from data_support import full_bundle

TRACE = "pixel8pro-live-mobilenetv2-cifar10"
QUERIES = {
    name: function
    for name, function in inspect.getmembers(queries, inspect.isfunction)
    if function.__module__ == queries.__name__ and not name.startswith("_")
}
TABLE_OF = {"all_kernel_measurements": "kernel_measurements"}
WITHOUT_TABLE = {"device_coverage"}


def ask(function: Callable[..., pd.DataFrame], bundle: Bundle) -> pd.DataFrame:
    """Call a query, with a trace where it asks for one."""
    needs_trace = "trace_id" in inspect.signature(function).parameters
    return function(bundle, TRACE) if needs_trace else function(bundle)


@pytest.mark.slow
@pytest.mark.parametrize("only_licensed", [False, True], ids=["all", "licensed"])
@pytest.mark.parametrize("question", QUERIES)
def test_every_query_runs(question: str, only_licensed: bool) -> None:
    frame = ask(QUERIES[question], full_bundle(only_licensed))
    if question not in WITHOUT_TABLE:
        stored = [column.name for column in table(TABLE_OF.get(question, question)).stored]
        assert frame.columns.tolist() == stored
    if question != "bundle_meta":
        assert frame["source_id"].notna().all()
    if not only_licensed:
        assert not frame.empty


@pytest.mark.parametrize("question", QUERIES)
def test_every_query_says_what_it_gives(question: str) -> None:
    function = QUERIES[question]
    assert function.__doc__
    assert inspect.signature(function).return_annotation == "pd.DataFrame"


@pytest.mark.slow
def test_phones_come_first_and_in_the_source_order() -> None:
    frame = queries.devices(full_bundle())
    kinds = frame["kind"].drop_duplicates().tolist()
    assert kinds == ["phone", "board", "edge-server", "accelerator", "microcontroller"]
    eight = frame[frame["source_id"] == "tu-2023-sec"]
    assert eight["position"].tolist() == list(range(1, 9))
    assert eight["device_id"].iloc[0] == "oneplus-8-pro"
    assert eight["tdp_w"].tolist() == [10, 6, 15, 15, 12, 8, 10, 8]


def test_reference_networks_are_in_the_order_of_their_numbers() -> None:
    names = queries.reference_dnns(full_bundle())["dnn_id"].tolist()
    assert names == [f"DNN{number}" for number in range(1, 13)]


def test_coverage_counts_the_rows_of_each_device() -> None:
    frame = queries.device_coverage(full_bundle())
    tx2 = frame[frame["device_id"] == "jetson-tx2"].set_index("table_name")["row_count"].to_dict()
    assert tx2 == {"accelerators": 288, "conv_layers": 8451}
    assert frame.groupby("table_name")["row_count"].sum()["board_runs"] == 2731
    assert set(frame["device_id"]) == set(queries.devices(full_bundle())["device_id"])


def test_an_id_is_a_value_and_never_sql() -> None:
    bundle = full_bundle()
    assert queries.trace_samples(bundle, "x' OR '1'='1").empty
    assert queries.kernel_measurements(bundle, "x' OR '1'='1").empty
    assert queries.corrections(bundle, "x' OR '1'='1").empty


def test_threads_share_one_bundle() -> None:
    bundle = full_bundle()
    questions = [
        queries.devices,
        queries.board_networks,
        queries.kernel_measurements,
        queries.conv_layers,
    ] * 6
    with ThreadPoolExecutor(max_workers=8) as pool:
        sizes = list(pool.map(lambda question: len(question(bundle)), questions))
    assert sizes == [53, 2430, 996, 8451] * 6


def test_corrections_of_one_table() -> None:
    frame = queries.corrections(full_bundle(), "published_scores")
    assert set(frame["correction_id"]) >= {"pcs-misplaced-tdp", "iecs-equation-unknown"}
    assert set(frame["table_name"]) == {"published_scores"}
    for needed in ("action", "reason", "reported_by", "status"):
        assert frame[needed].str.len().gt(0).all()
