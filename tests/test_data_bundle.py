"""What the built bundle holds: schema and comments of the dictionary, rows of the sources, units."""

# ruff: noqa: E501 - one published figure per line reads best
from __future__ import annotations

from collections.abc import Iterator

import duckdb
import pytest

from data import queries
from data.bundle import Bundle
from data.bundle_build.sources import REQUIRED
from data.dictionary import Table, load_dictionary
from data.errors import DictionaryError
from data_support import full_bundle

TABLES = tuple(load_dictionary().values())
OF_FIGURES = tuple(each for each in TABLES if not each.special)
ROWS = {
    "devices": 53,
    "systems": 107,
    "networks": 158,
    "reference_dnns": 12,
    "application_measurements": 280,
    "published_scores": 8,
    "kernel_measurements": 1810 + 512,
    "kernel_ranges": 2 * 9,
    "model_ranges": 2 * 9,
    "board_runs": 2731,
    "board_networks": 2430,
    "conv_layers": 8451,
    "accelerators": 432,
    "microcontrollers": 149,
    "llm_decode": 336,
    "token_runs": 611,
    "edge_results": 784,
    "network_runs": 308,
    "cell_runs": 3000,
    "cpu_frequency": 1888,
    "traces": 10,
    "trace_samples": 96_741,
    "trace_inferences": 1421,
}


@pytest.fixture(scope="module")
def bundle() -> Bundle:
    return full_bundle()


@pytest.fixture
def cursor(bundle: Bundle) -> Iterator[duckdb.DuckDBPyConnection]:
    with bundle.cursor() as cursor:
        yield cursor


def one(cursor: duckdb.DuckDBPyConnection, sql: str, *values: object) -> tuple[object, ...]:
    """The only row of a query."""
    rows = cursor.execute(sql, list(values)).fetchall()
    assert len(rows) == 1
    row: tuple[object, ...] = rows[0]
    return row


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_schema_and_comments_are_the_dictionary(cursor: duckdb.DuckDBPyConnection, table: Table) -> None:
    found = cursor.execute(
        "SELECT column_name, data_type, is_nullable, comment FROM duckdb_columns() "
        "WHERE table_name = ? ORDER BY column_index",
        [table.name],
    ).fetchall()
    expected = [
        (column.name, column.type, column.nullable, f"[{column.unit}] {column.meaning}")
        for column in table.stored
    ]
    assert found == expected
    (comment,) = one(cursor, "SELECT comment FROM duckdb_tables() WHERE table_name = ?", table.name)
    assert comment == f"{table.title}. {table.meaning}"


def test_no_table_besides_the_dictionary(cursor: duckdb.DuckDBPyConnection) -> None:
    names = {name for (name,) in cursor.execute("SELECT table_name FROM duckdb_tables()").fetchall()}
    assert names == {table.name for table in TABLES}


@pytest.mark.parametrize(("table", "rows"), ROWS.items())
def test_no_row_is_lost(cursor: duckdb.DuckDBPyConnection, table: str, rows: int) -> None:
    assert one(cursor, f"SELECT count(*) FROM {table}") == (rows,)  # noqa: S608


def test_every_table_of_figures_is_counted() -> None:
    assert set(ROWS) == {table.name for table in OF_FIGURES}


@pytest.mark.parametrize(
    "table", [*OF_FIGURES, load_dictionary()["corrections"]], ids=lambda table: table.name
)
def test_every_row_has_a_described_source(cursor: duckdb.DuckDBPyConnection, table: Table) -> None:
    orphans = f"SELECT count(*) FROM {table.name} ANTI JOIN sources USING (source_id)"  # noqa: S608
    assert one(cursor, orphans) == (0,)


def test_every_source_says_who_how_where_and_under_which_licence(bundle: Bundle) -> None:
    frame = queries.sources(bundle)
    assert len(frame) == 19
    for needed in ("source_title", "authors", "method", "url", "licence", "units_published"):
        assert frame[needed].str.strip().str.len().gt(0).all(), needed
        assert needed in REQUIRED
    assert set(frame.loc[frame["licence_stated"], "source_id"]) == {
        "mlperf-inference-power",
        "mlperf-tiny",
        "qutibench",
        "edgereasoning",
        "smolperf-2026",
        "llm-profiler",
        "mlperf-edge-results",
        "neural-operator-jetson",
        "freqbench",
    }


def test_sources_list_the_files_they_fill(bundle: Bundle) -> None:
    files = queries.sources(bundle).set_index("source_id")["files"]
    assert files["sysidentif-tx2"] == "figures/conv_layers_tx2.csv.gz"
    assert "figures/kernels_p40_pro_gpu.csv.gz" in files["platformx"]
    assert "traces/pixel8pro-norm-mobilenetv2.power.csv.gz" in files["platformx"]
    assert files[files.isna()].index.tolist() == ["lahmer-2022"]


@pytest.mark.parametrize(
    ("where", "column", "expected"),
    [
        # One figure per table, read off the published table by hand; energy converted to mJ, power to W.
        ("application_measurements WHERE device_id = 'huawei-p40-pro' AND dnn_id = 'DNN6' AND delegate = 'cpu'", "energy_mj", 79.7),
        ("application_measurements WHERE device_id = 'huawei-p40-pro' AND dnn_id = 'DNN6' AND delegate = 'cpu'", "avg_power_w", 2.7704),
        ("kernel_measurements WHERE kernel_id = '8TZF2X'", "avg_power_w", 0.49797),
        ("kernel_measurements WHERE kernel_id = 'XOZ1OE'", "energy_mj", 74.653),
        ("kernel_ranges WHERE kernel = 'avgpool' AND delegate = 'gpu'", "max_energy_mj", 1.14228),
        ("model_ranges WHERE family = 'MobileNetV1' AND delegate = 'cpu'", "max_energy_mj", 136.79),
        ("microcontrollers WHERE round = 'v0.7' AND system = 'NUCLEO-H7A3ZI-Q' AND benchmark = 'ad'", "energy_mj", 0.349026),
        ("microcontrollers WHERE round = 'v0.7' AND system = 'NUCLEO-H7A3ZI-Q' AND benchmark = 'ad'", "avg_power_w", 0.1528969),
        ("microcontrollers WHERE round = 'v0.7' AND system = 'NUCLEO-H7A3ZI-Q' AND benchmark = 'ad'", "supply_v", 3.0),
        ("llm_decode WHERE model LIKE '%1.5B' AND input_tokens = 130 AND output_tokens = 2048", "energy_per_token_mj", 594.686),
        ("llm_decode WHERE model LIKE '%1.5B' AND input_tokens = 130 AND output_tokens = 2048", "energy_mj", 1_295_226.0),
        ("conv_layers WHERE delegate = 'cpu' AND input_hw = 11 AND c_in = 3 AND kernel_size = 3 AND c_out = 1", "energy_mj", 0.6375128746032714),
        ("accelerators WHERE model = 'MLP' AND system = 'NCS' AND batch = 1 AND weights_kept_percent = 100", "energy_mj", 8.1958),
        ("devices WHERE device_id = 'huawei-p40-lite'", "tdp_w", 12.0),
        ("trace_samples WHERE trace_id LIKE 'rpi4-tflite-resnet50%' AND sample_index = 1", "power_w", 3.387),
    ],
)  # fmt: skip
def test_value_of_the_published_table(
    cursor: duckdb.DuckDBPyConnection, where: str, column: str, expected: float
) -> None:
    (value,) = one(cursor, f"SELECT {column} FROM {where}")  # noqa: S608
    assert value == pytest.approx(expected, rel=1e-12)


def test_cells_printed_empty_stay_empty(bundle: Bundle) -> None:
    frame = queries.application_measurements(bundle)
    empty = frame[frame["energy_mj"].isna()]
    assert len(empty) == 2
    assert empty["avg_power_w"].isna().all()
    assert len(frame) - len(empty) == 278


def test_kernels_keep_those_without_configuration(bundle: Bundle) -> None:
    assert len(queries.kernel_measurements(bundle, configured_only=False)) == 1810
    assert len(queries.kernel_measurements(bundle)) == 996
    assert len(queries.kernel_measurements(bundle, delegate="gpu")) == 512
    assert len(queries.all_kernel_measurements(bundle)) == 2322


def test_energy_is_power_times_latency_where_nothing_is_flagged(cursor: duckdb.DuckDBPyConnection) -> None:
    query = (
        "SELECT max(abs(energy_mj - avg_power_w * latency_ms) / energy_mj) FROM kernel_measurements "
        "WHERE delegate = 'cpu' AND energy_mj > 1 AND correction_ids IS NULL"
    )
    (worst,) = one(cursor, query)
    assert isinstance(worst, float)
    assert worst < 0.01


@pytest.mark.parametrize(
    ("where", "macs_m"),
    [
        # 112 x 112 outputs, 3 x 3 window, 3 to 32 channels would be 10.8 M; these are rows of the tables.
        ("kernel_measurements WHERE kernel_id = '4PRDME'", 112 * 112 * 7 * 7 * 3 * 96 / 1e6),
        ("conv_layers WHERE delegate = 'cpu' AND input_hw = 11 AND c_in = 3 AND kernel_size = 7 AND c_out = 57", 5 * 5 * 49 * 3 * 57 / 1e6),
    ],
)  # fmt: skip
def test_macs_by_hand(cursor: duckdb.DuckDBPyConnection, where: str, macs_m: float) -> None:
    assert one(cursor, f"SELECT macs_m FROM {where}")[0] == pytest.approx(macs_m)  # noqa: S608


def test_energy_above_idle_of_a_board_run(cursor: duckdb.DuckDBPyConnection) -> None:
    """The published computation of the first Raspberry Pi row: 394.5461 mJ in all, 155.9615 mJ above idle."""
    query = (
        "SELECT energy_mj, dynamic_energy_mj FROM board_networks "
        "WHERE system = 'rpi4coral-fan.on-armnn-v21.02-neon' AND model = 'efficientnet-lite0-non-quantized'"
    )
    assert one(cursor, query) == (394.5461, pytest.approx(155.9615, abs=5e-5))


def test_networks_on_boards_are_28_systems_in_two_precisions(bundle: Bundle) -> None:
    frame = queries.board_networks(bundle)
    assert frame["system"].nunique() == 28
    assert set(frame["precision"]) == {"fp32", "int8"}
    assert frame.groupby(["device_id", "delegate"]).ngroups == 16
    assert frame["input_hw"].between(96, 300).all()


def test_odroid_runs_belong_to_the_odroid(bundle: Bundle) -> None:
    frame = queries.board_runs(bundle)
    copied = frame[frame["system"].str.startswith("odroid") & frame["system_name"].str.contains("Xavier")]
    assert len(copied) == 264
    assert set(copied["device_id"]) == {"odroid-n2-plus"}
    assert copied["correction_ids"].str.contains("odroid-v20-system-name").all()


def test_streaming_runs_are_not_called_inferences(bundle: Bundle) -> None:
    frame = queries.microcontrollers(bundle)
    streaming = frame[frame["energy_basis"] == "streaming-run"]
    assert set(streaming["task"]) == {"streaming wake word"}
    assert (streaming["energy_mj"] / streaming["avg_power_w"] / 1000).between(1199, 1210).all()
    assert frame["system"].nunique() == 27


def test_phone_samples_are_5_khz_apart(bundle: Bundle) -> None:
    samples = queries.trace_samples(bundle, "pixel8pro-norm-mobilenetv2")
    assert len(samples) == 23_572
    assert samples["time_s"].diff().dropna().between(0.0002 - 1e-9, 0.0002 + 1e-9).all()
    first = samples.iloc[0]
    assert first["power_w"] == pytest.approx(0.08058618286563836 * 4.19175)


def test_inferences_split_into_warm_up_and_measured(bundle: Bundle) -> None:
    frame = queries.trace_inferences(bundle, "pixel8pro-norm-mobilenetv2")
    assert frame["phase"].value_counts().to_dict() == {"measured": 200, "warm-up": 34}
    assert ((frame["end_s"] - frame["start_s"]) * 1000).sub(frame["latency_ms"]).abs().max() < 1e-6


def test_flagged_cell_keeps_the_printed_value(bundle: Bundle) -> None:
    frame = queries.application_measurements(bundle)
    flagged = frame[frame["correction_ids"] == "redmi-note8-dnn2-nnapi"]
    assert flagged["energy_mj"].tolist() == [26.5]
    declared = queries.corrections(bundle, "application_measurements").set_index("correction_id")
    row = declared.loc["redmi-note8-dnn2-nnapi"]
    assert (row["action"], row["value_printed"], row["value_used"]) == ("flag", "0.0265", "0.0265")
    assert row["value_suggested"] == "0.265"


def test_every_row_mark_names_a_declared_correction(cursor: duckdb.DuckDBPyConnection) -> None:
    for table in OF_FIGURES:
        query = (
            f"SELECT DISTINCT unnest(string_split(correction_ids, ',')) FROM {table.name} "  # noqa: S608
            "WHERE correction_ids IS NOT NULL"
        )
        used = {name for (name,) in cursor.execute(query).fetchall()}
        declared = {name for (name,) in cursor.execute("SELECT correction_id FROM corrections").fetchall()}
        assert used <= declared, table.name


def test_corrections_count_the_rows_they_mark(cursor: duckdb.DuckDBPyConnection) -> None:
    declared = cursor.execute("SELECT correction_id, table_name, rows_concerned FROM corrections").fetchall()
    for correction_id, table, rows in declared:
        query = f"SELECT count(*) FROM {table} WHERE list_contains(string_split(correction_ids, ','), ?)"  # noqa: S608
        if rows:
            assert one(cursor, query, correction_id) == (rows,), correction_id


def test_nothing_can_be_written(cursor: duckdb.DuckDBPyConnection) -> None:
    with pytest.raises(duckdb.Error, match="read-only"):
        cursor.execute("DELETE FROM devices")


@pytest.mark.parametrize(
    "statement",
    ["SELECT * FROM read_csv('/etc/hosts')", "ATTACH 'x.db'", "COPY devices TO 'x.csv'", "SET threads = 8"],
)
def test_nothing_outside_can_be_reached(cursor: duckdb.DuckDBPyConnection, statement: str) -> None:
    with pytest.raises(duckdb.Error, match=r"disabled|locked"):
        cursor.execute(statement)


def test_variables_of_the_program_cannot_be_read(bundle: Bundle) -> None:
    secret = queries.devices(bundle)
    assert len(secret) == 53
    with bundle.cursor() as cursor, pytest.raises(duckdb.CatalogException, match="secret"):
        cursor.execute("SELECT * FROM secret")


def test_one_quantity_has_one_unit_in_every_table() -> None:
    units: dict[str, set[str]] = {}
    for table in TABLES:
        for column in table.stored:
            units.setdefault(column.name, set()).add(column.unit)
    assert {name: unit for name, unit in units.items() if len(unit) > 1} == {}


@pytest.mark.parametrize(
    ("suffix", "unit"),
    [("_mj", "mJ"), ("_w", "W"), ("_ms", "ms"), ("_s", "s"), ("_percent", "%"), ("_m", "M")],
)
def test_unit_suffix_of_a_name_is_its_unit(suffix: str, unit: str) -> None:
    named = {each.name: each.unit for table in TABLES for each in table.stored if each.name.endswith(suffix)}
    named = {name: unit for name, unit in named.items() if not name.endswith("_per_s")}
    assert named
    assert set(named.values()) == {unit}, named


def test_labels_and_headings() -> None:
    from data.dictionary import column, table

    assert column("board_runs", "energy_mj").heading == "Energy per inference (mJ)"
    assert column("devices", "name").heading == "Device name"
    assert table("llm_decode").title == "Language models"
    with pytest.raises(DictionaryError, match="UNKNOWN_COLUMN"):
        column("devices", "nothing")
    with pytest.raises(DictionaryError, match="UNKNOWN_TABLE"):
        table("nothing")
