"""The worker behind the SQL box: one request in, one answer out, then it ends.

Reads a JSON request on standard input; writes a line of JSON (`ok`, `truncated`, `seconds`, or `code` and
`message`) and, where all went well, the rows as an Arrow stream.
"""

from __future__ import annotations

import io
import json
import os
import re
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import pyarrow as pa

from data.bundle import Bundle
from data.dictionary import load_dictionary
from data.errors import DataError, SqlError, no_query, too_much_memory, too_slow
from data.messages import Message, packed
from data.workers.frames import read_frame, write_frame

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

TABLE_FUNCTIONS = frozenset({"range", "generate_series", "unnest"})
SYSTEM_TABLES = frozenset({"information_schema.columns", "information_schema.tables", "duckdb_columns"})
REFUSED_FUNCTIONS = re.compile(
    r"current_(?!date$|time$|timestamp$|localtime$|localtimestamp$).*|getvariable|getenv|version|user|"
    r"session_user|inet_.*|pg_.*|txid_.*|json_(de)?serialize_.*|json_execute_.*|write_log|parse_duckdb_.*|"
    r"sleep.*|nextval|currval|setval|setseed|in_search_path|has_.*_privilege|duckdb_.*|__internal.*"
)
"""Functions that tell about the server, keep state, wait, or hold a query inside a text."""
PLAIN_NAME = re.compile(r"\w+")
LOOK_S = 0.05
"""Time (s) between two looks at how long a query has computed."""
GRACE_S = 0.5
"""Time (s) an interrupted query has to notice: some functions only do when they are done."""


def limit_memory(megabytes: int) -> None:
    """Let this process map no more than so much memory, where the system can do that."""
    try:
        import resource
    except ImportError:  # Windows has no such limit; the time limit still holds there.
        return
    size = megabytes * 1024 * 1024
    resource.setrlimit(resource.RLIMIT_AS, (size, size))


def _nodes(tree: Any) -> Iterator[Mapping[str, Any]]:
    if isinstance(tree, dict):
        yield tree
        for value in tree.values():
            yield from _nodes(value)
    elif isinstance(tree, list):
        for value in tree:
            yield from _nodes(value)


def _refuse(what: str) -> SqlError:
    message = Message(
        "{what} cannot be used here. Ask the bundle's own tables; SHOW TABLES lists them.", what=what
    )
    return SqlError("SQL_NOT_ALLOWED", message)


def _own_names(nodes: Sequence[Mapping[str, Any]], taken: frozenset[str]) -> set[str]:
    """Names of the query's own parts (WITH).

    They hold for a part of the query only, so none may be that of something else: outside of that part it
    would pass for the query's own and mean the other thing.
    """
    names = {
        str(entry.get("key", "")).lower()
        for node in nodes
        for entry in ((node.get("cte_map") or {}).get("map") or ())
    }
    for wrong in sorted(name for name in names if name in taken or not PLAIN_NAME.fullmatch(name)):
        raise _refuse(Message("Parts of a query with the name {wrong}", wrong=wrong))
    return names


def check_tree(tree: Any, tables: frozenset[str], taken: frozenset[str] = frozenset()) -> None:
    """Refuse every table, table function and function that is not the bundle's own or harmless.

    `taken` are the names of everything else that the database knows.
    """
    nodes = list(_nodes(tree))
    own_names = _own_names(nodes, taken)
    for node in nodes:
        kind = node.get("type")
        if kind == "TABLE_FUNCTION":
            called = str(node["function"].get("function_name", "")).lower()
            if called not in TABLE_FUNCTIONS:
                raise _refuse(f"{called}()")
        elif kind == "BASE_TABLE":
            schema = str(node.get("schema_name", "")).lower()
            named = str(node.get("table_name", "")).lower()
            full = f"{schema}.{named}" if schema not in ("", "main") else named
            if full not in tables | own_names | SYSTEM_TABLES:
                raise SqlError(
                    "SQL_UNKNOWN_NAME", "There is no table {full}. SHOW TABLES lists them.", full=full
                )
        elif kind == "FUNCTION" and REFUSED_FUNCTIONS.fullmatch(str(node.get("function_name", "")).lower()):
            raise _refuse(f"{node['function_name']}()")


def checked_statement(cursor: DuckDBPyConnection, sql: str) -> str:
    """The one SELECT in `sql`, written out again from its checked tree, so that only what was checked runs.

    Raises SqlError when there is none, when there are several, or when it reaches beyond the bundle.
    """
    try:
        statements = cursor.extract_statements(sql)
    except duckdb.Error as problem:
        raise SqlError(
            "SQL_SYNTAX", "This is not valid SQL ({problem}). Mend it and ask again.", problem=_words(problem)
        ) from None
    if not statements:
        raise no_query()
    if len(statements) > 1:
        raise SqlError("SQL_ONE_STATEMENT", "Only one statement at a time. Leave out what follows the first.")
    if not _is_select(statements[0]):
        message = Message("Nothing can be changed, attached, installed, copied or set here. Write a SELECT.")
        raise SqlError("SQL_ONLY_SELECT", message)
    try:
        return _rewritten(cursor, statements[0].query)
    except RecursionError:
        message = Message("The query is nested too deeply to be checked. Put fewer things inside each other.")
        raise SqlError("SQL_TOO_NESTED", message) from None


def _rewritten(cursor: DuckDBPyConnection, select: str) -> str:
    """A SELECT, written out again from its checked tree. Raises RecursionError where it is too deep."""
    row = cursor.execute("SELECT json_serialize_sql(?)", [select]).fetchone()
    tree = json.loads(row[0]) if row else {"error": True}
    if tree.get("error"):
        message = Message("This form of query cannot be checked and is not run. Write it as a plain SELECT.")
        raise SqlError("SQL_ONLY_SELECT", message)
    check_tree(tree, frozenset(load_dictionary()), _views(cursor))
    written = cursor.execute("SELECT json_deserialize_sql(?)", [json.dumps(tree)]).fetchone()
    return str(written[0]) if written else ""


def _views(cursor: DuckDBPyConnection) -> frozenset[str]:
    """Names of the database's own views, which tell about the server."""
    rows = cursor.execute("SELECT DISTINCT lower(view_name) FROM duckdb_views()").fetchall()
    return frozenset(str(name) for (name,) in rows)


def _is_select(statement: duckdb.Statement) -> bool:
    try:
        return bool(statement.type == duckdb.StatementType.SELECT)
    except ValueError:  # a kind that DuckDB knows and its Python package has no name for
        return False


def _words(problem: duckdb.Error) -> str:
    kept = [line.strip() for line in str(problem).splitlines() if line.strip()][:2]
    first = kept[0].partition(": ")[2] or kept[0]
    return " ".join([first, *(line for line in kept[1:] if not line.startswith("LINE"))])


def _translated(problem: duckdb.Error, seconds: float) -> SqlError:
    if isinstance(problem, duckdb.InterruptException):
        return too_slow(seconds)
    if isinstance(problem, duckdb.OutOfMemoryException):
        return too_much_memory()
    if isinstance(problem, duckdb.CatalogException | duckdb.BinderException):
        return SqlError(
            "SQL_UNKNOWN_NAME",
            "The query names what is not there ({problem}). SHOW TABLES lists the tables.",
            problem=_words(problem),
        )
    if isinstance(problem, duckdb.PermissionException):
        return _refuse(Message("Files and extensions"))
    return SqlError(
        "SQL_FAILED", "The query failed ({problem}). Change it and ask again.", problem=_words(problem)
    )


def run(cursor: DuckDBPyConnection, request: Mapping[str, Any]) -> tuple[pa.Table, bool]:
    """The rows of the request's query, at most `rows` of them, and whether there were more."""
    query = checked_statement(cursor, str(request["sql"]))
    rows = int(request["rows"])
    table = cursor.execute(f"SELECT * FROM ({query}) LIMIT {rows + 1}").to_arrow_table()  # noqa: S608
    if table is None:
        raise SqlError("SQL_ONLY_SELECT", "This statement has no rows to show. Type a SELECT.")
    if table.nbytes > int(request["answer_mb"]) * 1024 * 1024:
        message = Message(
            "The answer is larger than {megabytes} MB. Ask for fewer rows or columns.",
            megabytes=request["answer_mb"],
        )
        raise SqlError("SQL_RESULT_TOO_LARGE", message)
    shown = table.slice(0, rows)
    _check_values(shown, int(request["columns"]), int(request["values"]))
    return shown, table.num_rows > rows


def _check_values(table: pa.Table, columns: int, values: int) -> None:
    """Refuse what is small as Arrow, and in the server an object for each value."""
    if table.num_columns > columns:
        message = Message(
            "The answer has {columns:,} columns; at most {most:,} are shown. Name those that you need.",
            columns=table.num_columns,
            most=columns,
        )
        raise SqlError("SQL_RESULT_TOO_LARGE", message)
    inner = sum(_inner_values(chunk) for column in table.columns for chunk in column.chunks)
    if table.num_columns * table.num_rows + inner > values:
        message = Message(
            "The answer holds more than {most:,} values, those in lists and structs included. Ask for fewer "
            "rows or columns.",
            most=values,
        )
        raise SqlError("SQL_RESULT_TOO_LARGE", message)


def _inner_values(cells: pa.Array) -> int:
    """How many values lie inside of lists and structs, at any depth."""
    kind = cells.type
    if pa.types.is_struct(kind):
        parts = [cells.field(at) for at in range(kind.num_fields)]
    elif pa.types.is_map(kind):
        parts = [cells.keys, cells.items]
    elif pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind):
        parts = [cells.flatten()]
    else:
        return 0
    return sum(len(part) + _inner_values(part) for part in parts)


class _Speaker:
    """Lets one answer out and no second one: that of the query, or that of the watch over its time."""

    def __init__(self) -> None:
        self._turn = threading.Lock()
        # What libraries print goes nowhere: an answer is all that the asker must get.
        self._out = os.fdopen(os.dup(1), "wb")
        with Path(os.devnull).open("wb") as nowhere:
            os.dup2(nowhere.fileno(), 1)

    def take_turn(self) -> bool:
        """Whether nobody has answered yet; from then on somebody has."""
        return self._turn.acquire(blocking=False)

    def refuse(self, error: DataError) -> None:
        """Send why there is no answer."""
        said = {"ok": False, "code": error.code, "message": packed(error.message)}
        self.send(json.dumps(said).encode() + b"\n")

    def send(self, answer: bytes) -> None:
        """Send the answer to whoever asked."""
        write_frame(self._out, answer)


def _watch(cursor: DuckDBPyConnection, seconds: float, done: threading.Event, speaker: _Speaker) -> None:
    """Interrupt a query after `seconds` of computing; end this process if it does not notice."""
    # Of the processor, not of the clock: a busy machine must not cost a visitor the answer.
    end = time.process_time() + seconds
    while time.process_time() < end:
        if done.wait(LOOK_S):
            return
    cursor.interrupt()
    if not done.wait(GRACE_S) and speaker.take_turn():
        speaker.refuse(too_slow(seconds))
        os._exit(0)


def _timed(request: Mapping[str, Any], speaker: _Speaker) -> tuple[pa.Table, bool, float]:
    bundle = Bundle(Path(str(request["path"])))
    seconds, done = float(request["seconds"]), threading.Event()
    with bundle.cursor() as cursor:
        threading.Thread(target=_watch, args=(cursor, seconds, done, speaker), daemon=True).start()
        started = time.perf_counter()
        try:
            table, more = run(cursor, request)
        except duckdb.Error as problem:
            raise _translated(problem, seconds) from None
        finally:
            done.set()
        return table, more, time.perf_counter() - started


def main() -> int:
    """Answer the request on standard input; always exits 0 when it could answer at all."""
    request = json.loads(read_frame(sys.stdin.buffer) or b"{}")
    speaker = _Speaker()
    limit_memory(int(request["memory_mb"]))
    try:
        table, more, seconds = _timed(request, speaker)
        answer = _answer(table, more, seconds)
    except (DataError, MemoryError) as problem:
        if speaker.take_turn():
            speaker.refuse(problem if isinstance(problem, DataError) else too_much_memory())
        return 0
    if speaker.take_turn():
        speaker.send(answer)
    return 0


def _answer(table: pa.Table, more: bool, seconds: float) -> bytes:
    """A line of JSON, then the rows as an Arrow stream."""
    out = io.BytesIO()
    out.write(json.dumps({"ok": True, "truncated": more, "seconds": seconds}).encode() + b"\n")
    with pa.ipc.new_stream(out, table.schema) as stream:
        stream.write_table(table)
    return out.getvalue()


if __name__ == "__main__":
    sys.exit(main())
