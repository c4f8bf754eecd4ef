"""The SQL box under attack: reading and writing files, other databases, settings, running without end."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from data.errors import SqlError
from data.sql import sandbox
from data.sql.sandbox import Limits, sealed_query
from data.sql.sandbox_worker import checked_statement
from data.workers.waiting_line import WaitingLine
from data_support import full_bundle

REFUSED = {"SQL_ONLY_SELECT", "SQL_NOT_ALLOWED", "SQL_UNKNOWN_NAME", "SQL_ONE_STATEMENT", "SQL_SYNTAX"}

FILES = [
    "SELECT * FROM read_csv_auto('{secret}')",
    "SELECT * FROM read_json('{secret}')",
    "SELECT * FROM read_json_auto('{secret}')",
    "SELECT * FROM read_ndjson('{secret}')",
    "SELECT * FROM read_blob('{secret}')",
    "SELECT * FROM parquet_scan('{secret}')",
    "SELECT * FROM parquet_metadata('{secret}')",
    "SELECT * FROM parquet_schema('{secret}')",
    "SELECT * FROM sniff_csv('{secret}')",
    "SELECT * FROM sqlite_scan('{secret}', 't')",
    "SELECT * FROM read_xlsx('{secret}')",
    "SELECT * FROM iceberg_scan('{secret}')",
    "SELECT * FROM arrow_scan(1, 2, 3)",
    "SELECT * FROM pandas_scan(1)",
    "SELECT * FROM seq_scan('devices')",
    "FROM '{secret}'",
    'FROM "{secret}"',
    "FROM 'file://{secret}'",
    "FROM 'https://192.0.2.1/x.csv'",
    "FROM 's3://bucket/x.parquet'",
    "SELECT * FROM query('SELECT * FROM read_text(''{secret}'')')",
    "SELECT * FROM query_table('{secret}')",
    "SELECT * FROM devices, LATERAL (SELECT * FROM read_text('{secret}'))",
    "SELECT * FROM devices WHERE EXISTS (FROM read_text('{secret}'))",
    "SELECT (FROM read_text('{secret}'))",
    "SELECT * FROM devices UNION ALL BY NAME FROM read_text('{secret}')",
    "WITH RECURSIVE n AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM n, read_text('{secret}')) FROM n",
    "PIVOT (FROM read_text('{secret}')) ON filename USING count(*)",
    "SELECT * FROM devices ORDER BY (SELECT content FROM read_text('{secret}'))",
    "SELECT list_transform([1], x -> (SELECT content FROM read_text('{secret}')))",
    "SELECT getenv('HOME')",
    "SELECT * FROM duckdb_secrets()",
    "SELECT * FROM which_secret('{secret}', 's3')",
    "SELECT * FROM pragma_database_list()",
    "SELECT * FROM duckdb_logs()",
    "SELECT * FROM duckdb_temporary_files()",
    # The name of a part of the query must not open the way to something else of that name.
    "WITH duckdb_databases AS (SELECT * FROM duckdb_databases) FROM duckdb_databases",
    "WITH a AS (FROM duckdb_tables), duckdb_tables AS (SELECT 1) FROM a",
    "SELECT * FROM pg_settings WHERE 1 IN (WITH pg_settings AS (SELECT 1) FROM pg_settings)",
    'SELECT * FROM sqlite_master WHERE 1 IN (WITH "SQLITE_MASTER" AS (SELECT 1) FROM sqlite_master)',
    'FROM "{secret}" WHERE 1 IN (WITH "{secret}" AS (SELECT 1) FROM "{secret}")',
    'WITH "a.csv" AS (SELECT 1) FROM "a.csv"',
    "SELECT json_serialize_plan('SELECT current_setting(''temp_directory'')', optimize := true)",
    "SELECT json_serialize_plan('FROM read_text(''{secret}'')')",
    "SELECT json_deserialize_sql('{}')",
    "SELECT main.current_setting('temp_directory')",
    "SELECT 'temp_directory'.current_setting()",
    "SELECT list_transform(['temp_directory'], lambda x: current_setting(x))",
    "SELECT current_query()",
    "SELECT current_catalog()",
    "SELECT pg_postmaster_start_time()",
    "SELECT inet_server_addr()",
    "SELECT pg_sleep(100)",
    "SELECT sleep_ms(100)",
    "SELECT write_log('x')",
    "SELECT setseed(0.5)",
    "SELECT __internal_decompress_string(1)",
    "DESCRIBE SELECT * FROM read_text('{secret}')",
    "SUMMARIZE FROM '{secret}'",
    "SELECT * FROM unnest((SELECT array_agg(x) FROM duckdb_settings() x))",
    "SELECT * FROM range((SELECT count(*) FROM read_text('{secret}')))",
    "ＳＥＬＥＣＴ 1",
    "SELECT \x00 1",
]

CHANGES = [
    "COPY (SELECT 1) TO '{secret}'",
    "COPY devices TO PROGRAM 'sh'",
    "COPY devices FROM '{secret}'",
    "EXPORT DATABASE '{secret}' (FORMAT parquet)",
    "IMPORT DATABASE '{secret}'",
    "ATTACH '{secret}' AS other",
    "ATTACH ':memory:' AS other",
    "DETACH joulelens",
    "USE memory",
    "INSTALL httpfs FROM community",
    "FORCE INSTALL httpfs",
    "LOAD '{secret}'",
    "UPDATE EXTENSIONS",
    "SET enable_external_access = true",
    "SET lock_configuration = false",
    "SET GLOBAL threads = 64",
    "SET SESSION search_path = 'x'",
    "SET VARIABLE x = 1",
    "RESET memory_limit",
    "PRAGMA enable_external_access",
    "PRAGMA memory_limit = '90GB'",
    "CALL dbgen(sf = 1)",
    "CHECKPOINT",
    "VACUUM",
    "BEGIN TRANSACTION",
    "CREATE TABLE own AS SELECT 1",
    "CREATE VIEW own AS FROM devices",
    "CREATE MACRO own() AS TABLE (FROM read_text('{secret}'))",
    "CREATE SECRET (TYPE s3)",
    "CREATE TYPE own AS ENUM ('a')",
    "INSERT INTO devices SELECT * FROM devices",
    "UPDATE devices SET name = 'x'",
    "MERGE INTO devices USING devices AS d ON true WHEN MATCHED THEN DELETE",
    "TRUNCATE devices",
    "ALTER TABLE devices ADD COLUMN x INTEGER",
    "COMMENT ON TABLE devices IS 'x'",
    "PREPARE p AS SELECT 1",
    "EXECUTE p",
    "EXPLAIN ANALYZE SELECT 1",
    "ANALYZE",
    "SELECT 1; ATTACH '{secret}'",
    "SELECT 1;;; SET threads = 64",
    "/* SELECT */ DROP TABLE devices",
    "SELECT 1 -- \n; DROP TABLE devices",
]


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    path = tmp_path / "secret.csv"
    path.write_text("name\nthe-secret\n", encoding="utf-8")
    return path


@pytest.mark.parametrize("sql", [*FILES, *CHANGES], ids=lambda sql: sql[:40].replace("/", "|"))
def test_an_attempt_is_refused_in_words_before_it_runs(sql: str, secret: Path) -> None:
    with full_bundle().cursor() as cursor, pytest.raises(SqlError) as caught:
        checked_statement(cursor, sql.replace("{secret}", str(secret)))
    assert caught.value.code in REFUSED
    assert "the-secret" not in caught.value.message
    assert "Error" not in caught.value.message


@pytest.mark.parametrize(
    "sql", ["SELECT * FROM read_text('{secret}')", "COPY (SELECT 1) TO '{secret}'", "FROM '{secret}'"]
)
def test_even_unchecked_the_connection_reaches_no_file(sql: str, secret: Path) -> None:
    """The check is the first wall; the sealed connection behind it is the second."""
    import duckdb

    with full_bundle().cursor() as cursor, pytest.raises(duckdb.Error):
        cursor.execute(sql.replace("{secret}", str(secret)))
    assert secret.read_text(encoding="utf-8") == "name\nthe-secret\n"


@pytest.mark.parametrize("setting", ["enable_external_access", "memory_limit", "lock_configuration"])
def test_even_unchecked_no_setting_can_be_changed(setting: str) -> None:
    import duckdb

    with full_bundle().cursor() as cursor, pytest.raises(duckdb.Error, match="locked"):
        cursor.execute(f"SET {setting} = 1")


@pytest.mark.parametrize(
    "harmless",
    [
        'WITH "größte" AS (SELECT max(energy_mj) AS x FROM board_runs) SELECT * FROM "größte"',
        "WITH devices AS (SELECT 1 AS x) SELECT * FROM devices",
        "SELECT current_date - DATE '2020-01-01' AS days",
        "SELECT CURRENT_TIMESTAMP IS NOT NULL",
    ],
)
def test_names_and_functions_of_everyday_queries_pass(harmless: str) -> None:
    with full_bundle().cursor() as cursor:
        assert cursor.execute(f"SELECT * FROM ({checked_statement(cursor, harmless)})").fetchall()  # noqa: S608


@pytest.mark.parametrize("deep", ["abs(" * 900 + "1" + ")" * 900, "[" * 400 + "]" * 400], ids=["f", "l"])
def test_a_query_too_deep_to_be_checked_says_so(deep: str) -> None:
    with pytest.raises(SqlError) as caught:
        sealed_query(full_bundle(), f"SELECT {deep}")
    assert caught.value.code == "SQL_TOO_NESTED"


def test_a_function_that_heeds_no_interrupt_is_ended_by_its_own_process() -> None:
    request = {
        "path": str(full_bundle().path),
        "sql": "SELECT levenshtein(repeat('a', 300000), repeat('b', 300000))",
        "seconds": 0.3,
        "rows": 10,
        "memory_mb": 1536,
        "answer_mb": 1,
    }
    # Ended from outside, ten seconds later, it would raise instead of answering.
    answer = sandbox._run_worker(json.dumps(request).encode(), Limits(seconds=0.3))
    assert json.loads(answer)["code"] == "SQL_TIMEOUT"


@pytest.mark.parametrize("odd", ["SELECT union_value(a := 1)", "SELECT DATE 'infinity'"])
def test_values_that_cannot_be_shown_are_words(odd: str) -> None:
    with pytest.raises(SqlError) as caught:
        sealed_query(full_bundle(), odd)
    assert caught.value.code == "SQL_NOT_SHOWABLE"
    assert "CAST" in caught.value.message


def test_more_queries_than_places_wait_and_then_say_so(monkeypatch: pytest.MonkeyPatch) -> None:
    door = WaitingLine(at_once=1, most_waiting=0)
    monkeypatch.setattr(sandbox, "LINE", door)
    with pytest.raises(SqlError) as caught:
        sealed_query(full_bundle(), "SELECT 1")
    assert caught.value.code == "SQL_BUSY"
    door.most_waiting = 1
    assert sealed_query(full_bundle(), "SELECT 1 AS x").frame["x"].tolist() == [1]
    with door.place():
        assert door.waiting == 0


@pytest.mark.slow
@pytest.mark.parametrize(
    "endless",
    [
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n",
        "SELECT count(*) FROM range(100000) a, range(100000) b, range(100000) c",
        "SELECT sum(sqrt(a.range * b.range)) FROM range(1000000) a, range(1000000) b",
        "SELECT count(*) FROM range(1000000000000)",
    ],
    ids=["recursion", "product", "roots", "count"],
)
def test_what_would_never_end_is_stopped(endless: str) -> None:
    with pytest.raises(SqlError) as caught:
        sealed_query(full_bundle(), endless, Limits(seconds=0.3))
    assert caught.value.code in {"SQL_TIMEOUT", "SQL_TOO_MUCH_MEMORY"}
