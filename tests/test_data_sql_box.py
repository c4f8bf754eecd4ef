"""The SQL box: answers SELECTs over the bundle, and refuses or survives everything else in words."""

from __future__ import annotations

import pytest

from data.errors import SqlError
from data.sql.sandbox import EXAMPLES, Limits, SqlAnswer, sealed_query
from data.sql.sandbox_worker import checked_statement
from data_support import full_bundle


def ask(sql: str, limits: Limits | None = None) -> SqlAnswer:
    return sealed_query(full_bundle(), sql, limits)


def refusal(sql: str, limits: Limits | None = None) -> SqlError:
    with pytest.raises(SqlError) as caught:
        ask(sql, limits)
    assert caught.value.message
    return caught.value


@pytest.mark.parametrize(("title", "sql"), EXAMPLES)
def test_examples_answer(title: str, sql: str) -> None:
    answer = ask(sql)
    assert title
    assert not answer.frame.empty
    assert not answer.truncated


def test_rows_and_order_are_kept() -> None:
    answer = ask("SELECT device_id FROM devices ORDER BY position DESC LIMIT 2; -- the last two")
    assert answer.frame["device_id"].tolist() == ["gap9-evk", "ndp9120"]
    assert answer.seconds >= 0


def test_rows_above_the_cap_are_left_out_and_said() -> None:
    answer = ask("SELECT sample_index FROM trace_samples", Limits(rows=100))
    assert len(answer.frame) == 100
    assert answer.truncated
    assert not ask("SELECT * FROM devices", Limits(rows=400)).truncated


@pytest.mark.parametrize(
    "sql",
    [
        "SHOW TABLES",
        "DESCRIBE devices",
        "FROM devices LIMIT 1",
        "WITH own AS (SELECT 1 AS x) SELECT * FROM own",
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5) SELECT * FROM n",
        "SELECT comment FROM duckdb_columns WHERE table_name = 'devices'",
        "SELECT * FROM range(3)",
    ],
)
def test_harmless_forms_answer(sql: str) -> None:
    with full_bundle().cursor() as cursor:
        assert cursor.execute(f"SELECT * FROM ({checked_statement(cursor, sql)})").fetchall()  # noqa: S608


CHECKED = [
    ("-- nothing", "sql-empty"),
    ("SELEC 1", "sql-syntax"),
    ("SELECT 1; SELECT 2", "sql-one-statement"),
    ("SELECT 1; DROP TABLE devices", "sql-one-statement"),
    ("DELETE FROM devices", "sql-only-select"),
    ("DROP TABLE devices", "sql-only-select"),
    ("CREATE TEMP TABLE t (a INTEGER)", "sql-only-select"),
    ("ATTACH 'other.db'", "sql-only-select"),
    ("INSTALL httpfs", "sql-only-select"),
    ("LOAD httpfs", "sql-only-select"),
    ("COPY devices TO 'out.csv'", "sql-only-select"),
    ("EXPORT DATABASE 'out'", "sql-only-select"),
    ("SET memory_limit = '90GB'", "sql-only-select"),
    ("PRAGMA threads = 64", "sql-only-select"),
    ("PRAGMA database_list", "sql-only-select"),
    ("CALL pragma_version()", "sql-only-select"),
    ("SELECT * FROM read_csv('/etc/passwd')", "sql-not-allowed"),
    ("SELECT * FROM read_text('/etc/passwd')", "sql-not-allowed"),
    ("SELECT * FROM read_parquet('http://127.0.0.1/x.parquet')", "sql-not-allowed"),
    ("SELECT * FROM glob('/*')", "sql-not-allowed"),
    ("SELECT * FROM duckdb_settings()", "sql-not-allowed"),
    ("SELECT * FROM query('SELECT 1')", "sql-not-allowed"),
    ("SELECT current_setting('memory_limit')", "sql-not-allowed"),
    ("SELECT (SELECT count(*) FROM glob('*'))", "sql-not-allowed"),
    ("WITH a AS (SELECT * FROM read_csv('x')) SELECT * FROM a", "sql-not-allowed"),
    ("SELECT * FROM devices WHERE name IN (SELECT content FROM read_text('x'))", "sql-not-allowed"),
    ("SELECT * FROM '/etc/passwd'", "sql-unknown-name"),
    ("SELECT * FROM 'x.csv'", "sql-unknown-name"),
    ("SELECT * FROM duckdb_databases", "sql-unknown-name"),
    ("SELECT * FROM nothing", "sql-unknown-name"),
]


@pytest.mark.parametrize(("sql", "code"), CHECKED)
def test_refused_before_it_runs(sql: str, code: str) -> None:
    with full_bundle().cursor() as cursor, pytest.raises(SqlError) as caught:
        checked_statement(cursor, sql)
    assert caught.value.code == code
    assert caught.value.message


@pytest.mark.parametrize(
    ("sql", "code"),
    [
        ("", "sql-empty"),
        ("  \n", "sql-empty"),
        ("SELECT " + "1, " * 6000 + "1", "sql-too-long"),
        ("SELECT * FROM read_csv('/etc/passwd')", "sql-not-allowed"),
        ("DROP TABLE devices", "sql-only-select"),
        ("SELECT nothing FROM devices", "sql-unknown-name"),
        ("SELECT 'a'::INTEGER", "sql-failed"),
    ],
)
def test_refused(sql: str, code: str) -> None:
    assert refusal(sql).code == code


def test_a_query_that_takes_too_long_is_stopped() -> None:
    endless = (
        "SELECT count(*) FROM trace_samples a, trace_samples b, trace_samples c "
        "WHERE a.power_w > b.power_w + c.power_w"
    )
    error = refusal(endless, Limits(seconds=0.5))
    assert error.code == "sql-timeout"
    assert "0.5 s" in error.message


@pytest.mark.parametrize(
    "bomb",
    ["SELECT repeat('x', 4000000000)", "SELECT length(repeat('x', 3000000000))", "SELECT range(1000000000)"],
)
def test_memory_bombs_are_defused(bomb: str) -> None:
    assert refusal(bomb).code == "sql-too-much-memory"


def test_answer_that_is_too_large() -> None:
    error = refusal("SELECT repeat('x', 100000) FROM range(100)", Limits(answer_mb=1))
    assert error.code == "sql-result-too-large"


def test_messages_are_words() -> None:
    error = refusal("SELECT nothing FROM devices")
    assert "nothing" in error.message
    assert "Traceback" not in error.message
    assert "Binder Error" not in error.message
