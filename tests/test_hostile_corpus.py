"""The corpus of bad and hostile files through every door: a coded message or an estimate each, nothing else.

The reader itself sets the limits that hold for any file: 8 s and 768 MB in a process of its own.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from data.errors import JouleLensError
from data.layout import ROOT as DATA_ROOT
from hostile.bombs import LINK
from hostile.case import READ, Case
from hostile.make_corpus import CASES, CORPUS, write_corpus
from hostile.networks import MARKDOWN, SCRIPT, model_names
from predictors import estimate
from predictors.cli.main import EXIT_BAD_INPUT, main
from predictors.energy.kernels.composition import MOST_DIFFERENT, tell_apart
from predictors.errors import CODES, InputError
from predictors.estimate import estimate_model
from predictors.model.kernels import Kernel, KernelConfig, KernelKind
from predictors.reading import isolated, read_isolated, read_model
from predictors.samples import sample_bytes

ROOT = DATA_ROOT.parent
SMALL = [case for case in CASES if not case.large]
LARGE = [case for case in CASES if case.large]
TARGET = ("--device", "huawei-p40-pro", "--delegate", "cpu", "--format", "json")
CODED = re.compile(r"([A-Z]+(?:_[A-Z]+)+): \S")


def by_name(case: Case) -> str:
    return case.name


@pytest.fixture(scope="module")
def large_files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the large files, made now."""
    folder = tmp_path_factory.mktemp("large")
    write_corpus(folder, large=True)
    return folder


def path_of(case: Case, large_files: Path) -> Path:
    return (large_files if case.large else CORPUS) / f"{case.name}.onnx"


def outcome(path: Path, *, alone: bool = True) -> str:
    """The code that reading a file ends with, or READ; `alone`: in a process of its own."""
    try:
        (read_isolated if alone else read_model)(path)
    except JouleLensError as error:
        assert error.message.isprintable()
        return error.code
    return READ


def test_the_committed_corpus_is_what_the_script_makes(tmp_path: Path) -> None:
    made = write_corpus(tmp_path)
    committed = {path.name: path.read_bytes() for path in CORPUS.iterdir()}
    assert {path.name: path.read_bytes() for path in made} == committed
    assert len(committed) >= 45
    assert sum(map(len, committed.values())) < 2_000_000
    assert len({case.name for case in CASES}) == len(CASES)


@pytest.mark.slow
@pytest.mark.parametrize("case", CASES, ids=by_name)
def test_the_reader_answers_with_its_code_or_a_network(case: Case, large_files: Path) -> None:
    assert outcome(path_of(case, large_files)) in expected(case)


def expected(case: Case) -> set[str]:
    """The outcome of a case; a machine with much else to do may need more than the limit for a large one."""
    return (
        {case.outcome, "MODEL_READER_TIMEOUT", "BUSY"}
        if case.large and case.outcome == READ
        else {case.outcome}
    )


@pytest.mark.parametrize("case", SMALL, ids=by_name)
def test_reading_in_this_process_ends_alike(case: Case) -> None:
    assert outcome(CORPUS / f"{case.name}.onnx", alone=False) == case.outcome


def test_the_reader_is_limited_below_ten_seconds_and_a_gigabyte() -> None:
    assert isolated.TIMEOUT_S < 10
    assert isolated.MEMORY_MB < 1000


@pytest.mark.slow
@pytest.mark.parametrize("case", SMALL, ids=by_name)
def test_the_command_line_answers_with_a_code_or_an_estimate(
    case: Case, capsys: pytest.CaptureFixture[str]
) -> None:
    code = main(["estimate", str(CORPUS / f"{case.name}.onnx"), *TARGET])
    check_answer(case, code, *capsys.readouterr())


@pytest.mark.long
@pytest.mark.parametrize("case", LARGE, ids=by_name)
def test_the_command_line_answers_on_large_files_within_a_gigabyte(case: Case, large_files: Path) -> None:
    command = [sys.executable, "-m", "predictors", "estimate", str(path_of(case, large_files)), *TARGET]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=ROOT, stdout=pipe, stderr=pipe, text=True) as run:
        assert run.stdout is not None
        assert run.stderr is not None
        out, err = run.stdout.read(), run.stderr.read()
        _, status, usage = os.wait4(run.pid, 0)
        run.returncode = os.waitstatus_to_exitcode(status)
    check_answer(case, run.returncode, out, err)
    assert usage.ru_maxrss < 1_000_000  # kilobytes


def check_answer(case: Case, code: int, out: str, err: str) -> None:
    """An estimate for a file that can be read, or one line with a registered code."""
    if code == 0:
        assert '"energy_mj"' in out
        assert case.outcome == READ
        return
    assert code == EXIT_BAD_INPUT
    found = CODED.match(err)
    assert found is not None, err
    assert found[1] in CODES
    assert err.count("\n") == 1
    assert "Traceback" not in err


def test_a_network_of_too_many_kernels_is_not_estimated_everywhere_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Hundreds of thousands of figures would take gigabytes; one device is no problem."""
    network = sample_bytes("alexnet")
    monkeypatch.setattr(estimate, "MOST_FIGURES", 40)
    with pytest.raises(InputError, match="11 kernels") as caught:
        estimate_model(network, precision="fp32")
    assert caught.value.code == "MODEL_TOO_COMPLEX"
    report = estimate_model(network, device="huawei-p40-pro", delegate="cpu", precision="fp32")
    assert len(report.estimates) == 1


def test_kernels_of_too_many_kinds_are_refused_before_memory_is_asked_for() -> None:
    """A covariance between 19,000 kernels would take 2.9 GB, several times over."""
    kernels = [
        Kernel(place, f"k{place}", KernelKind.RELU, KernelConfig(8, 8, place + 1, place + 1))
        for place in range(MOST_DIFFERENT + 1)
    ]
    with pytest.raises(InputError, match="1,501 kernels of different configuration") as caught:
        tell_apart(kernels)
    assert caught.value.code == "MODEL_TOO_COMPLEX"
    different, places = tell_apart([*kernels[:-1], *kernels[:-1]])
    assert len(different) == MOST_DIFFERENT
    assert places.tolist() == [*range(MOST_DIFFERENT)] * 2


def test_the_corpus_says_what_the_tests_of_pages_rely_on() -> None:
    for name, text in (("names-of-scripts", SCRIPT), ("names-of-markdown", MARKDOWN)):
        assert text in model_names((CORPUS / f"{name}.onnx").read_bytes())
    assert LINK.encode() in (CORPUS / "external-link.onnx").read_bytes()
