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
    ("-- nothing", "SQL_EMPTY"),
    ("SELEC 1", "SQL_SYNTAX"),
    ("SELECT 1; SELECT 2", "SQL_ONE_STATEMENT"),
    ("SELECT 1; DROP TABLE devices", "SQL_ONE_STATEMENT"),
    ("DELETE FROM devices", "SQL_ONLY_SELECT"),
    ("DROP TABLE devices", "SQL_ONLY_SELECT"),
    ("CREATE TEMP TABLE t (a INTEGER)", "SQL_ONLY_SELECT"),
    ("ATTACH 'other.db'", "SQL_ONLY_SELECT"),
    ("INSTALL httpfs", "SQL_ONLY_SELECT"),
    ("LOAD httpfs", "SQL_ONLY_SELECT"),
    ("COPY devices TO 'out.csv'", "SQL_ONLY_SELECT"),
    ("EXPORT DATABASE 'out'", "SQL_ONLY_SELECT"),
    ("SET memory_limit = '90GB'", "SQL_ONLY_SELECT"),
    ("PRAGMA threads = 64", "SQL_ONLY_SELECT"),
    ("PRAGMA database_list", "SQL_ONLY_SELECT"),
    ("CALL pragma_version()", "SQL_ONLY_SELECT"),
    ("SELECT * FROM read_csv('/etc/passwd')", "SQL_NOT_ALLOWED"),
    ("SELECT * FROM read_text('/etc/passwd')", "SQL_NOT_ALLOWED"),
    ("SELECT * FROM read_parquet('http://127.0.0.1/x.parquet')", "SQL_NOT_ALLOWED"),
    ("SELECT * FROM glob('/*')", "SQL_NOT_ALLOWED"),
    ("SELECT * FROM duckdb_settings()", "SQL_NOT_ALLOWED"),
    ("SELECT * FROM query('SELECT 1')", "SQL_NOT_ALLOWED"),
    ("SELECT current_setting('memory_limit')", "SQL_NOT_ALLOWED"),
    ("SELECT (SELECT count(*) FROM glob('*'))", "SQL_NOT_ALLOWED"),
    ("WITH a AS (SELECT * FROM read_csv('x')) SELECT * FROM a", "SQL_NOT_ALLOWED"),
    ("SELECT * FROM devices WHERE name IN (SELECT content FROM read_text('x'))", "SQL_NOT_ALLOWED"),
    ("SELECT * FROM '/etc/passwd'", "SQL_UNKNOWN_NAME"),
    ("SELECT * FROM 'x.csv'", "SQL_UNKNOWN_NAME"),
    ("SELECT * FROM duckdb_databases", "SQL_UNKNOWN_NAME"),
    ("SELECT * FROM nothing", "SQL_UNKNOWN_NAME"),
]


@pytest.mark.parametrize(("sql", "code"), CHECKED)
def test_refused_before_it_runs(sql: str, code: str) -> None:
    with full_bundle().cursor() as cursor, pytest.raises(SqlError) as caught:
        checked_statement(cursor, sql)
    assert caught.value.code == code
    assert caught.value.message


@pytest.mark.slow
@pytest.mark.parametrize(
    ("sql", "code"),
    [
        ("", "SQL_EMPTY"),
        ("  \n", "SQL_EMPTY"),
        ("SELECT " + "1, " * 6000 + "1", "SQL_TOO_LONG"),
        ("SELECT * FROM read_csv('/etc/passwd')", "SQL_NOT_ALLOWED"),
        ("DROP TABLE devices", "SQL_ONLY_SELECT"),
        ("SELECT nothing FROM devices", "SQL_UNKNOWN_NAME"),
        ("SELECT 'a'::INTEGER", "SQL_FAILED"),
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
    assert error.code == "SQL_TIMEOUT"
    assert "0.5 s" in error.message


@pytest.mark.parametrize(
    "bomb",
    ["SELECT repeat('x', 4000000000)", "SELECT length(repeat('x', 3000000000))", "SELECT range(1000000000)"],
)
def test_memory_bombs_are_defused(bomb: str) -> None:
    assert refusal(bomb).code == "SQL_TOO_MUCH_MEMORY"


def test_answer_that_is_too_large() -> None:
    error = refusal("SELECT repeat('x', 100000) FROM range(100)", Limits(answer_mb=1))
    assert error.code == "SQL_RESULT_TOO_LARGE"


@pytest.mark.parametrize(
    ("sql", "limits"),
    [
        ("SELECT d.*, d.*, d.* FROM devices d", Limits(columns=20)),
        ("SELECT unnest(range(300)), 1", Limits(values=500)),
        ("SELECT list({'a': i, 'b': [i]}) FROM range(200) t(i)", Limits(values=700)),
        ("SELECT map(range(300), range(300))", Limits(values=600)),
    ],
)
def test_answer_of_too_many_columns_or_values(sql: str, limits: Limits) -> None:
    """Small as Arrow, each value is an object of the server: a struct takes two hundred bytes."""
    assert refusal(sql, limits).code == "SQL_RESULT_TOO_LARGE"


def test_messages_are_words() -> None:
    error = refusal("SELECT nothing FROM devices")
    assert "nothing" in error.message
    assert "Traceback" not in error.message
    assert "Binder Error" not in error.message
