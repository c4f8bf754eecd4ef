"""A small architecture search: random variants of a family, estimated on several targets, and their front.

The variants are those of `predictors.samples.sample_variants`, the rows those of the batch command, so that
results of either can be read again. The accuracy proxy is the number of parameters unless the user has
figures of their own.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from data.messages import Message
from data.regular_files import open_file
from predictors.errors import CodedError, InputError, printable, writing
from predictors.research.batch import WRITERS, report_rows, spread, write_rows
from predictors.research.search_result import Candidate, Front, SearchResult, front

if TYPE_CHECKING:
    import pandas as pd

    from predictors.samples import Variant

DEFAULT_TARGETS = ("huawei-p40-pro/cpu/fp32", "raspberry-pi-4/tflite-ruy/fp32")
"""A phone and a board, both measured."""
CHUNK = 25  # variants a worker gets at a time, so that work is shared out evenly
MOST = 100_000  # variants; more would take hours
PROXY_COLUMN = "accuracy"
FIGURES = ("energy_mj", "energy_mj_low", "energy_mj_high", "latency_ms")
"""Columns of a candidate, in its order; only the first has to be there."""


@dataclass(frozen=True, slots=True)
class SearchOptions:
    """What to search. `targets` are device/delegate/precision; `source` are results to read instead of
    estimating; `accuracy` is a table with the columns `file` and `accuracy`."""

    family: str = "mobilenet-v2"
    count: int = 200
    seed: int = 0
    targets: tuple[str, ...] = DEFAULT_TARGETS
    jobs: int = 1
    dask_address: str | None = None
    source: Path | None = None
    accuracy: Path | None = None
    out: Path | None = None
    plot: Path | None = None


def run_search(options: SearchOptions) -> str:
    """Search, write what was asked for and return the fronts as text.

    Raises InputError OPTION_VALUE, INPUT_FILE, INPUT_COLUMNS, INPUT_EMPTY and for names that don't exist.
    """
    from predictors.research.search_plot import front_svg
    from predictors.research.search_result import search_table

    _check(options)
    frame = search_rows(options) if options.source is None else read_table(options.source)
    result = fronts_of(frame, None if options.accuracy is None else read_table(options.accuracy))
    lines = [search_table(result)]
    if options.out is not None:
        write_rows(frame.to_dict("records"), options.out)
        lines.append(f"{len(frame)} rows in {options.out}.")
    if options.plot is not None:
        _write_plot(options.plot, front_svg(result))
        lines.append(f"Picture in {options.plot}.")
    return "\n".join(lines)


def _check(options: SearchOptions) -> None:
    if not 1 <= options.count <= MOST:
        raise InputError(
            "OPTION_VALUE", "--count is out of range. Give a whole number from 1 to {most}.", most=MOST
        )
    if options.jobs < 1:
        raise InputError("OPTION_VALUE", "--jobs is out of range. Give a whole number from 1.")
    if options.out is not None and options.out.suffix not in WRITERS:
        raise InputError(
            "OPTION_VALUE",
            "The ending of --out says how to write the file, and this one is not known. Give a name that "
            "ends in {writers}.",
            writers=" or ".join(WRITERS),
        )
    if options.plot is not None and options.plot.suffix != ".svg":
        raise InputError("OPTION_VALUE", "--plot writes SVG only. Give a name that ends in .svg.")


def parse_target(text: str) -> tuple[str, str, str]:
    """Device, delegate and precision of "device/delegate/precision" (fp32 if left out).

    Raises InputError OPTION_VALUE, or the code of a name that does not exist.
    """
    from predictors.registry import find_targets

    parts = text.split("/")
    if len(parts) == 2:
        parts.append("fp32")
    if len(parts) != 3 or not all(parts):
        message = Message(
            "{text!r} is no target. Give --target as device/delegate/precision.", text=printable(text)
        )
        raise InputError("OPTION_VALUE", message)
    found = find_targets(*parts)
    if len(found) != 1:
        names = ", ".join(each.delegate for each in found)
        raise InputError(
            "OPTION_VALUE",
            "{text} is more than one target: {names}. Choose one.",
            text=printable(text),
            names=names,
        )
    return found[0].device_id, found[0].delegate, found[0].precision


def search_rows(options: SearchOptions) -> pd.DataFrame:
    """Draw and estimate the variants: one row per variant and target, in order, as the batch writes them."""
    import pandas as pd

    targets = tuple(parse_target(text) for text in options.targets)
    _variants(options.family, 1, options.seed)  # names an unknown family before any work is done
    return pd.DataFrame([row for part in _parts(options, targets) for row in part])


def _parts(
    options: SearchOptions, targets: tuple[tuple[str, str, str], ...]
) -> Iterator[list[dict[str, Any]]]:
    chunks = [range(start, min(start + CHUNK, options.count)) for start in range(0, options.count, CHUNK)]
    work = partial(
        estimate_variants, family=options.family, count=options.count, seed=options.seed, targets=targets
    )
    return spread(work, chunks, jobs=options.jobs, dask_address=options.dask_address)


def estimate_variants(
    places: range, *, family: str, count: int, seed: int, targets: Sequence[tuple[str, str, str]]
) -> list[dict[str, Any]]:
    """Rows of some of the variants; a network that can't be estimated is a row with its error."""
    variants = _variants(family, count, seed)
    return [row for place in places for row in _variant_rows(variants[place], targets)]


@lru_cache(maxsize=2)
def _variants(family: str, count: int, seed: int) -> list[Variant]:
    from predictors.samples import sample_variants

    return sample_variants(family, count, seed)


def _variant_rows(variant: Variant, targets: Sequence[tuple[str, str, str]]) -> list[dict[str, Any]]:
    from predictors.estimate import estimate_graph
    from predictors.reading import read_model

    rows: list[dict[str, Any]] = []
    try:
        graph = read_model(variant.build())
        for device, delegate, precision in targets:
            report = estimate_graph(
                graph, device=device, delegate=delegate, precision=precision, name=variant.id
            )
            rows += report_rows(variant.id, report)
    except CodedError as error:
        rows.append({"file": variant.id, "error_code": error.code, "error_message": error.message})
    return rows


def read_table(path: Path) -> pd.DataFrame:
    """A Parquet or CSV table. Raises InputError INPUT_FILE, OPTION_VALUE."""
    import pandas as pd

    if path.suffix not in WRITERS:
        message = Message(
            "{path} is neither .parquet nor .csv. Give a file of one of these.", path=printable(str(path))
        )
        raise InputError("OPTION_VALUE", message)
    try:
        with open_file(path) as file:
            return pd.read_parquet(file) if path.suffix == ".parquet" else pd.read_csv(file)
    except (OSError, ValueError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        message = Message(
            "{path} can't be read ({reason}). Check it and try again.",
            path=printable(str(path)),
            reason=printable(reason),
        )
        raise InputError("INPUT_FILE", message) from None


def fronts_of(frame: pd.DataFrame, accuracy: pd.DataFrame | None = None) -> SearchResult:
    """The Pareto front of every target in a table of results, networks of another scope apart.

    Rows without a finite energy or proxy are left out and counted. Raises InputError INPUT_COLUMNS for a
    missing column, INPUT_EMPTY when nothing is left to compare.
    """
    _need(frame, ("file", "device_id", "delegate", "precision", "params", "energy_mj"), "The results")
    proxy = "params"
    if accuracy is not None:
        _need(accuracy, ("file", PROXY_COLUMN), "The accuracy table")
        proxy = PROXY_COLUMN
        frame = frame.merge(accuracy[["file", PROXY_COLUMN]].drop_duplicates("file"), on="file", how="left")
    frame = frame.assign(**{name: _numbers(frame, name) for name in (proxy, *FIGURES)})
    figures = frame[frame["energy_mj"].notna()]
    known = figures[figures[proxy].notna()]
    if known.empty:
        raise InputError(
            "INPUT_EMPTY",
            "No network has both a figure and a proxy, so there is no front. Search more networks, or "
            "another target.",
        )
    fronts = []
    known = known.assign(scope=known["scope"].fillna("") if "scope" in known.columns else "")
    for (*names, scope), rows in known.groupby(["device_id", "delegate", "precision", "scope"], sort=False):
        candidates = tuple(_candidate(row, proxy) for row in rows.to_dict("records"))
        fronts.append(Front("/".join(map(str, names)), candidates, tuple(front(candidates)), str(scope)))
    missing = len(frame) - len(figures)
    return SearchResult(tuple(fronts), proxy, missing, len(figures) - len(known))


def _numbers(frame: pd.DataFrame, name: str) -> pd.Series[float]:
    """A column as numbers; what is none, not finite or not there at all is missing."""
    import numpy as np
    import pandas as pd

    if name not in frame.columns:
        return pd.Series(np.nan, index=frame.index)
    return pd.to_numeric(frame[name], errors="coerce").astype(float).replace([np.inf, -np.inf], np.nan)


def _need(frame: pd.DataFrame, columns: Sequence[str], what: str) -> None:
    missing = [name for name in columns if name not in frame.columns]
    if missing:
        raise InputError(
            "INPUT_COLUMNS",
            "{what} lack the column {missing}. Add it and try again.",
            what=what,
            missing=", ".join(missing),
        )


def _candidate(row: dict[str, Any], proxy: str) -> Candidate:
    return Candidate(str(row["file"]), float(row[proxy]), *(float(row[name]) for name in FIGURES))


def _write_plot(path: Path, text: str) -> None:
    with writing(path):
        path.write_text(text, encoding="utf-8")
