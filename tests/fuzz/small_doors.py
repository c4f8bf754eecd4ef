"""Doors for small things: figures in links and addresses, tables of devices and scores, recipes, headers."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from urllib.parse import parse_qsl, urlencode

from app.compare import shelf_link
from app.estimate import carried as estimates
from app.frame import carried_devices as devices
from app.label.address import Asked, read_address, read_stamp
from app.label.content import certainty_line, make_label
from app.label.facts import EstimateFacts, ScoreFacts, issue_now
from app.label.files import FORMATS, label_file
from app.timelines import carried as recordings
from app.url_state.number_fields import LIMITS, is_bad
from app.your_device import carried as scores
from data.errors import JouleLensError
from data.language.gguf import read_gguf
from data.tracing.profiles import read_profile
from data.tracing.recipe import recipe_of
from predictors.cli.kernel_file import _parse
from predictors.energy.calibrated.checked import checked
from predictors.energy.calibrated.own_devices import device_of_files
from predictors.energy.own_kernels.files import read_fit
from predictors.errors import InputError
from scoring import pcs
from scoring.iecs import iecs
from scoring.table import read_table

HEAD = 'schema_version = 1\nname = "My board"\nscope = "board-wall"\nidle_power_w = 2.5\nthreads = 4\n'
ROWS = "model,precision,energy_mj,latency_ms,n\nmobilenet-v2,fp32,90.5,31.25,3\nresnet-50,int8,300 mJ,,\n"
BOARD = b"My board~board-wall~board~tflite~meter~2.5~mobilenet-v2*fp32*90.5*31.25~resnet-50*int8*300"
LABELS: tuple[Mapping[str, str], ...] = (
    {"own": "My phone", "score": "pcs", "v": "61.5", "rows": "30-35", "rank": "2-9-30", "i": "55_66_1_4"},
    {"own": "My phone", "score": "iecs", "v": "12.5", "rows": "3-35", "rank": "0-0-0", "on": "2026-11-21"},
    {"model": "net", "device": "huawei-p40-pro", "delegate": "cpu", "precision": "fp32", "at": "Phone",
     "by": "measured", "e": "10_8_12", "k": "30-2-0", "beats": "4", "sha": "0123abcd", "for": "vision"},
)  # fmt: skip
LINKS = (
    b"1~huawei-p40-pro~cpu~fp32~kernels~10_8_12_5_4_6~20~1.0~1.5~net",
    b"1_1000_2.5_1.5_3_500_40_10_9_11",
    b"net~fp32~huawei-p40-pro~cpu~10~8~12~5~kernels",
    b"My phone~pcs*61.5*30-35*2-9-30*55_66_1_4~iecs*12.5*30-35*2-9-30*",
    BOARD,
    *(urlencode(each).encode() for each in LABELS),
)
SCORES = b"dnn_id,delegate,avg_power_w,energy_per_inference_j\nDNN1,CPU1,2.5,0.4\nDNN2,GPU,1.5,0.1\n"
RECIPE = (
    b'time = "t"\ntime_unit = "s"\n[[rail]]\nname = "all"\ncurrent = 2\ncurrent_unit = "mA"\nvoltage_v = 5\n'
)
PROFILES = (
    b'[{"cat":"Session","name":"model_run","ts":1,"dur":90},\n'
    b'{"cat":"Node","name":"conv_kernel_time","ts":2,"dur":40,"args":{"op_name":"Conv"}}]',
    b'[{"count":10},{"name":"conv","timeMs":4.5,"averageMs":0.45,"percentage":100}]',
    b"node type,first,avg_ms,%,cdf%,mem KB,times called,name\nCONV_2D,0.1,0.2,50,50,0,1,[conv]:0\n",
)
FIT = (
    b'{"version": 1, "settings": {"conv": {"features": ["macs"]}}, "networks": 9, '
    b'"kernels": "", "looped": ""}'
)
KERNELS = b"kernel,input_hw,c_in,c_out,kernel_size,stride\nconv-bn-relu,112,32,64,3,2\nfc,,1280,1000,,\n"


def links(content: bytes) -> None:
    """Read what a link carries at every place, and put what was taken into words."""
    text = content.decode("utf-8", "replace")
    if (estimate := estimates.read({estimates.PARAMETER: text})) is not None:
        estimates.carried_line(estimate)
    if (recording := recordings.read(text)) is not None:
        recordings.carried_words(recording)
    if (cell := shelf_link._read(text)) is not None:
        shelf_link._told(cell)
    for facts in scores.read(text):
        certainty_line(facts)
    for name in LIMITS:
        is_bad(name, text)
    _quietly(lambda: _label(dict(parse_qsl(text))))
    _quietly(lambda: _sent_on(text))


def _sent_on(text: str) -> None:
    device = devices.read(devices.sealed(text))
    if devices.read(devices.written(device)).rows != device.rows:
        raise AssertionError("a device changes on its way through a second link")


def _label(query: Mapping[str, str]) -> None:
    asked: Asked = read_address(query)
    on = read_stamp(query).on
    if isinstance(asked, ScoreFacts | EstimateFacts):
        label = make_label(asked, issue_now("http://localhost", on))
        for form in FORMATS:
            label_file(label, form)


def own_device(content: bytes) -> None:
    """Read a table alone, and description and table parted by an empty line."""
    head, _, rows = content.partition(b"\n\n")
    for files in ([("a.csv", content)], [("a.toml", head), ("a.csv", rows)]):
        _quietly(lambda files=files: checked(*device_of_files(files), _no_amounts))


def _no_amounts(name: str, _precision: str) -> tuple[float, ...]:
    raise InputError("CALIBRATION_ROWS", "{name} is not known.", name=name)


def score_table(content: bytes) -> None:
    """Read a table of scores, and score it."""

    def score() -> None:
        rows = read_table(content, "a.csv")
        pcs(rows, 6.0)
        iecs(rows)

    _quietly(score)


def recipe(content: bytes) -> None:
    """Read how columns are to be read."""
    _quietly(lambda: recipe_of(content.decode("utf-8", "replace")))


def profile(content: bytes) -> None:
    """Read a profiler log."""
    _quietly(lambda: read_profile(io.BytesIO(content)))


def gguf(content: bytes) -> None:
    """Read the header of a language model."""
    _quietly(lambda: read_gguf(io.BytesIO(content)))


def kernel_table(content: bytes) -> None:
    """Read a table of kernels."""
    _quietly(lambda: _parse(content.decode("utf-8", "replace")))


def kernel_fit(content: bytes) -> None:
    """Read the fit of a device's own kernels."""
    _quietly(lambda: read_fit(content.decode("utf-8", "replace")))


def _quietly(work: Callable[[], object]) -> None:
    """Do something that may refuse with a code."""
    try:
        work()
    except JouleLensError:
        return


DOORS: Mapping[str, tuple[tuple[bytes, ...], Callable[[bytes], None]]] = {
    "links": (LINKS, links),
    "own-device": ((ROWS.encode(), f"{HEAD}\n{ROWS}".encode()), own_device),
    "score-table": ((SCORES,), score_table),
    "recipe": ((RECIPE,), recipe),
    "profile": (PROFILES, profile),
    "kernel-table": ((KERNELS,), kernel_table),
    "kernel-fit": ((FIT,), kernel_fit),
}
"""Name -> files to damage, and what is done with one."""
