"""Reads what `make bench` stored and shows its tables in the language of the reader."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pandas as pd

from app import bundle_cache
from app.i18n.texts import mark, t, verbatim
from app.methods.bench_sentences import is_like, like
from app.paths import ROOT
from app.ui.kernel_names import noun_words
from app.ui.target_names import delegate_names
from predictors.model.kernels import KernelKind

TITLES: Final = (
    mark("Time to estimate a model"),
    mark("Time to estimate a model, beside other tools"),
    mark("Time to start the app and to switch pages"),
    mark("Models a minute in a batch"),
    mark("Accuracy: {device}, {what}"),
    mark("Calibration of the intervals"),
    mark("MobileNetV1 variants, draw by draw"),
    mark("All model families"),
    mark("Energy per inference on recordings of known truth"),
)
NOTES: Final = (
    mark(
        "Reading, fusing and predicting on {target}, in one warm process, {times} times each. Over all "
        "models the median is {median} ms, the worst run {worst} ms. The first estimate of a process, which "
        "loads the fitting library and fits the predictor, took {first} s."
    ),
    mark(
        "Warm disk, bundle built, headless Chromium on the same machine. Counted from the command or the "
        "click to the new heading, and to the finished page with its pictures drawn and painted; median and "
        "worst of {starts} starts, and of {switches} switches to each page after a first visit. Without a "
        "graphics processor, Chromium draws the marks of Explore on the same cores."
    ),
    mark(
        "Errors on measurements that were left out of the fit, as the protocol says, beside the baselines. "
        "MAPE is the mean absolute error in per cent of the measured value; coverage is the share of "
        "measurements inside their 80 % interval, empty where a method gives none; `used` marks the method "
        "behind the estimates; `stratum` says which measurements were counted, all if empty. Of rows over "
        "several systems, the least and the greatest coverage of one system stand beside the mean."
    ),
    mark(
        "The share of left-out measurements inside the intervals of each nominal level; what was left out, "
        "and how, as in the accuracy tables. Estimates are given with the interval of 80 %. For boards it is "
        "the mean over all systems; sums of kernels stand for networks where none was measured."
    ),
    mark(
        "P40 Pro, CPU. The smallest and largest of {variants} random variants, per draw, beside the "
        "published ends (DeepEn2023). An end is a single network, so it depends on the draw: over seeds "
        "{first} to {last} our lower end is {lower} % and our upper end {upper} % off the published one in "
        "the median. Seed {picked} was picked because both its ends lie as the published draw's do: the "
        "range can be met, not every draw meets it."
    ),
    mark(
        "P40 Pro, {variants} variants of each family from seed {seed}, beside the published ranges "
        "(DeepEn2023; empty where none is printed). The networks are not the published ones, and an end is a "
        "single network: what can be compared is where a range lies, not its last digits."
    ),
    mark(
        "`python -m predictors batch --jobs {jobs}` over {models} ONNX files ({size} MB: random variants of "
        "{families} from seed {seed}, weights without content), start of Python and first fit of every "
        "worker included, one thread per process. `cpu_s` is the processor time of all its processes; the "
        "last column is the rate at which {cores} cores get through that if nothing else runs."
    ),
    mark(
        "The sample models with weights in their files, each tool in a warm process of its own with one "
        "thread. Processor time, so that nothing else the machine does counts; median of up to {runs} runs "
        "after a first one. Ours: read, checksum taken, fused, and predicted with intervals on {target}. "
        "{profiler}: read, shapes and MACs; it knows no energy and no kernels. {detector}: read and kernels "
        "detected, with the fusion table that ours uses; its predictors are a download and were not used, so "
        "nothing is predicted. MACs differ by definition: onnx-tool also counts element-wise work, pooling "
        "and bias. Kernels are counted as each tool reports them. All with onnx {onnx} on Python {python}. "
        "{tool} fails on {model} as this project writes it: {error}."
    ),
    mark(
        "Made-up recordings whose truth is known: idle, 30 to 400 inferences, idle, seen through a meter. Of "
        "{answered} answers the 80 % interval of the energy per inference holds the truth in {held} "
        "({percent} %); the other trials were refused with a reason, since the meter is too slow for what "
        "the log says. `tests/bench/trials.py` makes them."
    ),
)
EXTRACT: Final = re.compile(
    r"(?P<note>.*) (?P<shown>\d+) of (?P<all>\d+) rows; all are in `(?P<file>[^`]+)`\."
)
ACCURACY: Final = re.compile(r"Accuracy: (.+), ([^,]+)")
COLUMN: Final = re.compile(r"`(\w+)`")
HEADINGS: Final = {
    "model": mark("Model"),
    "origin": mark("Origin"),
    "kernels": mark("Kernels"),
    "file_mb": mark("File (MB)"),
    "ours_ms": mark("Ours (ms)"),
    "onnx_tool_ms": mark("onnx-tool (ms)"),
    "nn_meter_ms": mark("nn-Meter (ms)"),
    "ours_kernels": mark("Kernels, ours"),
    "nn_meter_kernels": mark("Kernels, nn-Meter"),
    "ours_macs_m": mark("Million MACs, ours"),
    "onnx_tool_macs_m": mark("Million MACs, onnx-tool"),
    "median_ms": mark("Median (ms)"),
    "worst_ms": mark("Worst (ms)"),
    "step": mark("Step"),
    "heading_median_s": mark("Heading, median (s)"),
    "heading_worst_s": mark("Heading, worst (s)"),
    "finished_median_s": mark("Finished, median (s)"),
    "finished_worst_s": mark("Finished, worst (s)"),
    "device_id": mark("Device"),
    "delegate": mark("Runs on"),
    "precision": mark("Precision"),
    "quantity": mark("Quantity"),
    "method": mark("Method"),
    "protocol": mark("Left out"),
    "n": mark("Measurements"),
    "mape_percent": mark("MAPE (%)"),
    "median_ape_percent": mark("Median error (%)"),
    "within_10_percent": mark("Within 10 % (%)"),
    "coverage_percent": mark("Coverage (%)"),
    "used": mark("Used"),
    "stratum": mark("Of these"),
    "coverage_low_percent": mark("Coverage, least (%)"),
    "coverage_high_percent": mark("Coverage, greatest (%)"),
    "what": mark("Of what"),
    "nominal_percent": mark("Nominal level (%)"),
    "observed_percent": mark("Inside (%)"),
    "family": mark("Family"),
    "seed": mark("Seed"),
    "variants": mark("Variants"),
    "min_energy_mj": mark("Least (mJ)"),
    "published_min_energy_mj": mark("Least, published (mJ)"),
    "min_off_percent": mark("Least, difference (%)"),
    "max_energy_mj": mark("Most (mJ)"),
    "published_max_energy_mj": mark("Most, published (mJ)"),
    "max_off_percent": mark("Most, difference (%)"),
    "targets": mark("Targets"),
    "models": mark("Models"),
    "elapsed_s": mark("Elapsed (s)"),
    "cpu_s": mark("Processor (s)"),
    "models_per_minute": mark("Models a minute"),
    "models_per_minute_two_quiet_cores": mark("Models a minute if nothing else ran (computed)"),
    "meter_rate_hz": mark("Meter (Hz)"),
    "inference_ms": mark("Inference (ms)"),
    "trouble": mark("Trouble"),
    "trials": mark("Trials"),
    "answered": mark("Answered"),
    "refused": mark("Refused"),
    "held_by_the_80_percent_interval": mark("Inside the interval"),
    "held_percent": mark("Inside the interval (%)"),
    "error_rms_percent": mark("Error, root mean square (%)"),
    "half_width_percent": mark("Half width of the interval (%)"),
}
"""Column of the bench -> its heading."""
NOT_THERE: Final = verbatim("not measured")
"""What the bench prints for a figure that there is not."""
PHRASES: Final = {
    "sample": mark("sample model"),
    "light": mark("ONNX test model"),
    "start": mark("start"),
    verbatim("switch to any page"): mark("switch to any page"),
    verbatim("Other phones"): mark("Other phones"),
    verbatim("Boards"): mark("Boards"),
    verbatim("Own devices"): mark("Devices of one's own"),
    verbatim("board left out whole"): mark("a whole board at a time"),
    "all-boards": mark("all boards"),
    "other-phones": mark("other phones"),
    "all": mark("all"),
    verbatim("all with a figure"): mark("all with a figure"),
    "energy": mark("energy"),
    "latency": mark("latency"),
    "avg_power": mark("average power"),
    verbatim("all kernel types"): mark("all kernel types"),
    "convolutions": mark("convolutions"),
    "kernels": mark("kernels"),
    "networks": mark("networks"),
    verbatim("reference networks"): mark("reference networks"),
    verbatim("sums of kernels"): mark("sums of kernels"),
    verbatim("Gaussian process on logs"): mark("Gaussian process on logarithms"),
    verbatim("baseline: MACs only"): mark("baseline: MACs only"),
    verbatim("baseline: median ratio of the phone and delegate"): mark(
        "baseline: median ratio of the phone and delegate"
    ),
    verbatim("baseline: random forest, published features"): mark(
        "baseline: random forest, published features"
    ),
    "best": mark("the best of several"),
    verbatim("lahmer-form law"): mark("law after Lahmer"),
    verbatim("method in use"): mark("method in use"),
    verbatim("non-negative sum over kernels"): mark("non-negative sum over kernels"),
    verbatim("pooled ratio"): mark("pooled ratio"),
    verbatim("ratio of times"): mark("ratio of times"),
    "10-fold": mark("a tenth at a time"),
    "5-fold": mark("a fifth at a time"),
    "largest 20 %": mark("the largest 20 %"),
    verbatim("largest 20 % by MACs"): mark("the largest 20 % by MACs"),
    verbatim("leave C_out out"): mark("one channel count at a time"),
    verbatim("leave one network out"): mark("one network at a time"),
    "leave-one-network-out": mark("one network at a time"),
    "leave-one-family-out": mark("one family at a time"),
    verbatim("sums of 20 layers, leave C_out out"): mark("one channel count at a time, sums of 20"),
    verbatim("whole input sizes left out"): mark("whole input sizes"),
    verbatim("whole output channels left out"): mark("one count of output channels at a time"),
    verbatim("channels in no multiple of 4 left out"): mark("channels in no multiple of 4"),
    verbatim("channels in multiples of 4"): mark("channels in multiples of 4"),
    verbatim("other channels"): mark("other channels"),
    verbatim("every device and delegate"): mark("every device and delegate"),
    "no": mark("no"),
    "yes": mark("yes"),
    "none": mark("none"),
    "offset": mark("clock off by a part of a second"),
    "drift": mark("clock runs at another rate"),
    "gap": mark("gap in the recording"),
    "burst": mark("burst of other load"),
    "noise": mark("noise"),
    "unlogged": mark("inferences that the log lacks"),
    "pre-processing": mark("work between inferences"),
    verbatim("point samples"): mark("point samples"),
    NOT_THERE: mark("not measured"),
}
"""Cell of the bench -> its words."""
PATTERNS: Final = (
    mark("switch to {page}"),
    mark("sums of {n} held-out kernels"),
    mark("calibrated on {n}"),
    mark("under {limit} mJ"),
    mark("{low} to {high} mJ"),
    mark("{limit} mJ and more"),
    mark("under {limit} ms"),
    mark("{low} to {high} ms"),
    mark("{limit} ms and more"),
)
"""Cells with something in them."""
KINDS: Final = frozenset(kind.value for kind in KernelKind)


def title_words(title: str) -> str:
    """Return the title of a table in the reader's language."""
    if found := ACCURACY.fullmatch(title):
        return t("Accuracy: {device}, {what}", device=_phrase(found[1]), what=_phrase(found[2]))
    return t(title)


def note_words(note: str) -> str:
    """Return how a table was measured in the reader's language."""
    found = EXTRACT.fullmatch(note)
    if found is None:
        return _with_headings(like(note, NOTES))
    rest = t(
        "{shown} of {all} rows; all are in `{file}`.",
        shown=found["shown"],
        all=found["all"],
        file=found["file"],
    )
    return f"{_with_headings(like(found['note'], NOTES))} {rest}"


def _with_headings(note: str) -> str:
    """Name the columns by their headings on screen."""
    return COLUMN.sub(lambda found: f"*{t(HEADINGS[found[1]])}*" if found[1] in HEADINGS else found[0], note)


def shown_table(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a table for the screen: headings in words, numbers as numbers, everything else in words."""
    devices = dict(zip(bundle_cache.devices()["device_id"], bundle_cache.devices()["name"], strict=True))
    columns = {}
    for name in frame.columns:
        cells = frame[name].replace(["", NOT_THERE], [None, None])
        numbers = pd.to_numeric(cells, errors="coerce")
        if numbers.isna().equals(cells.isna()):
            columns[t(HEADINGS.get(name, name))] = numbers
        else:
            columns[t(HEADINGS.get(name, name))] = _cells(frame, str(name), devices)
    return pd.DataFrame(columns)


def _cells(frame: pd.DataFrame, name: str, devices: dict[str, str]) -> list[str]:
    if name == "delegate" and "device_id" in frame:
        return _delegates(frame)
    return [devices.get(cell, cell_words(cell)) for cell in frame[name]]


def _delegates(frame: pd.DataFrame) -> list[str]:
    names = {
        device_id: delegate_names(list(dict.fromkeys(rows["delegate"])))
        for device_id, rows in frame.groupby("device_id")
    }
    pairs = zip(frame["device_id"], frame["delegate"], strict=True)
    return [cell_words(names[device_id].get(delegate, delegate)) for device_id, delegate in pairs]


def cell_words(cell: str) -> str:
    """Return a cell in the reader's words; "energy of a kind" is put together from its parts."""
    if cell in PHRASES or ", " not in cell:
        return _phrase(cell)
    return ", ".join(_phrase(part) for part in cell.split(", "))


def _phrase(words: str) -> str:
    if words in PHRASES:
        return t(PHRASES[words])
    return noun_words(words) if words in KINDS else like(words, PATTERNS)


def is_known(words: str) -> bool:
    """Whether a cell of words has a translation: it is listed, or a kind of kernel, or fits a pattern."""
    parts = [words] if words in PHRASES else words.split(", ")
    return all(each in PHRASES or each in KINDS or is_like(each, PATTERNS) for each in parts)


FOLDER: Final = ROOT / "docs" / "bench"
_CELL_BORDER: Final = re.compile(r"(?<!\\)\|")


@dataclass(frozen=True, slots=True)
class ResultTable:
    """One table of a bench run; cells are text as they were printed."""

    title: str
    note: str
    frame: pd.DataFrame


def bench_tables(folder: Path = FOLDER) -> tuple[ResultTable, ...]:
    """Return the tables of the stored report, in its order; none if no report was stored.

    The report is `README.md` in `folder`: per table a heading of level 2, a note, and a Markdown table.
    """
    report = folder / "README.md"
    if not report.is_file():
        return ()
    sections = re.split(r"^## ", report.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]
    return tuple(_table(section) for section in sections)


def stored_rows(name: str, folder: Path = FOLDER) -> pd.DataFrame:
    """Return all rows of one table of the bench, from `<name>.csv`; an empty frame if it was not stored.

    Columns of numbers are numbers, empty cells are missing.
    """
    path = folder / f"{name}.csv"
    return pd.read_csv(path) if path.is_file() else pd.DataFrame()


def _table(section: str) -> ResultTable:
    title, *lines = section.splitlines()
    grid = [_line_cells(line) for line in lines if line.startswith("|")]
    note = " ".join(line for line in lines if line and not line.startswith("|"))
    head, rows = (grid[0], grid[2:]) if grid else ([], [])
    return ResultTable(title.strip(), note, pd.DataFrame(rows, columns=head))


def _line_cells(line: str) -> list[str]:
    return [cell.strip().replace("\\|", "|") for cell in _CELL_BORDER.split(line.strip())[1:-1]]
