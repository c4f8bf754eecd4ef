"""No file is opened because a model asks for it, neither by the reader nor by its caller."""

from __future__ import annotations

import resource
import shutil
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from data.layout import ROOT as DATA_ROOT
from hostile.bombs import LINK
from hostile.make_corpus import CORPUS
from predictors.errors import ModelError
from predictors.reading import close_workers, isolated, read_isolated
from predictors.samples import sample_bytes

ROOT = DATA_ROOT.parent

# Every file that Python opens, runs or connects to after the first model, while models that name other files
# are read in the process itself, in a worker, and for an estimate. The first model loads what is loaded late.
SCRIPT = """
import sys
from pathlib import Path
from predictors.cli.main import main
from predictors.errors import ModelError
from predictors.reading import read_isolated, read_model
from predictors.samples import sample_bytes
def tried(read, model):
    try:
        read(model)
    except ModelError:  # it names a file that nobody opens
        pass
folder = Path(sys.argv[1])
first, *models = sorted(folder.glob("*.onnx"))
for read in (read_isolated, read_model):
    tried(read, first)
    read(sample_bytes("alexnet"))
target = ["--device", "huawei-p40-pro", "--delegate", "cpu", "--format", "csv"]
main(["estimate", str(first), *target])
seen = []
watched = ("open", "os.", "shutil.", "socket.", "subprocess.", "ctypes.", "import", "exec")
sys.addaudithook(lambda event, found: seen.append((event, found)) if event.startswith(watched) else None)
for model in models:
    tried(read_model, model)
    tried(read_isolated, model)
    main(["estimate", str(model), *target])
print("SEEN", sorted({(event, str(found[0])) for event, found in seen}))
"""
HARMLESS = {"os.scandir", "exec"}
"""Listing the folder of the figures, and code that libraries make for themselves."""


@pytest.fixture
def tempting(tmp_path: Path) -> Path:
    """Models that name other files, beside a link to a file that they would like to read."""
    folder = tmp_path / "a" / "b" / "c"
    folder.mkdir(parents=True)
    (tmp_path / "secret").write_bytes(bytes(range(1, 33)))
    (folder / LINK).symlink_to(tmp_path / "secret")
    (folder / "0-first.onnx").write_bytes((CORPUS / "shape-without-content.onnx").read_bytes())
    for path in CORPUS.glob("external-*.onnx"):
        shutil.copy(path, folder)
    return folder


@pytest.mark.slow
def test_only_the_model_itself_is_opened(tempting: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(tempting)], cwd=ROOT, capture_output=True, text=True, check=True
    )
    (line,) = [line for line in done.stdout.splitlines() if line.startswith("SEEN ")]
    seen = eval(line.removeprefix("SEEN "))  # noqa: S307  # what the script above printed
    models = {str(path) for path in tempting.glob("*.onnx")}
    opened = {path for event, path in seen if event == "open"}
    assert len(opened & models) == 8
    # Numbers are descriptors, opened by name before; of the project, its own figures may be read.
    others = {path for path in opened - models if not path.isdigit()}
    assert {path for path in others if not Path(path).is_relative_to(ROOT)} == set()
    assert {event for event, _ in seen} - HARMLESS == {"open"}


def limits_of(process_id: int) -> dict[str, tuple[int, int]]:
    names = ("RLIMIT_NOFILE", "RLIMIT_FSIZE", "RLIMIT_AS", "RLIMIT_CORE")
    return {name: resource.prlimit(process_id, getattr(resource, name)) for name in names}


@pytest.mark.slow
def test_the_worker_could_not_open_a_file_if_it_wanted_to(tempting: Path) -> None:
    """Also what onnx does below Python is held by this: the kernel refuses a fourth descriptor."""
    close_workers()
    for path in tempting.glob("*.onnx"):
        with suppress(ModelError):  # a shape lies in a file that nobody opens
            read_isolated(path)
    (worker,) = isolated._POOL._idle
    process_id = worker.process.process_id
    memory = isolated.MEMORY_MB * 2**20
    assert limits_of(process_id) == {
        "RLIMIT_NOFILE": (3, 3),
        "RLIMIT_FSIZE": (0, 0),
        "RLIMIT_AS": (memory, memory),
        "RLIMIT_CORE": (0, 0),
    }
    descriptors = {path.name for path in Path(f"/proc/{process_id}/fd").iterdir()}
    assert descriptors == {"0", "1", "2"}


def test_the_worker_has_none_of_the_servers_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_OF_THE_SERVER", "x")
    close_workers()
    read_isolated(sample_bytes("alexnet"))
    (worker,) = isolated._POOL._idle
    environment = Path(f"/proc/{worker.process.process_id}/environ").read_bytes()
    assert b"SECRET_OF_THE_SERVER" not in environment
