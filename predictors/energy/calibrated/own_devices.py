"""Devices of the user's own that this process knows: those of a folder named by option or environment.

A server or command line is given a folder (`--devices DIR`, JOULELENS_DEVICES), whose devices everybody sees.
A visitor's own devices are asked of whoever knows the visitor of this thread (`ask_for_visitors`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Final

from data.messages import Message, joined
from data.plain_toml import read_plain_toml
from data.regular_files import read_small
from predictors.energy.calibrated.checked import counted_where_known
from predictors.energy.calibrated.device_file import (
    MOST_BYTES,
    OwnDevice,
    device_id_of,
    on_one_line,
    read_described,
    read_device,
)
from predictors.energy.calibrated.device_rows import COLUMNS, PRECISIONS, MeasuredTable, read_table
from predictors.energy.calibrated.own_folder import Stamp, folder_in_use, stamp
from predictors.energy.calibrated.predictor import CalibratedPredictor, delegate_of
from predictors.energy.calibrated.table_cells import table_lines
from predictors.energy.own_kernels.files import fit_changed_ns, kernel_paths
from predictors.energy.own_kernels.fitted import fitted_kernels
from predictors.errors import InputError, printable
from predictors.results.estimates import Note
from predictors.results.targets import Target

KERNELS: Final = ".kernels."
"""What names the files of a device's own kernels, beside its two."""
KERNELS_HERE: Final = Message(
    "Files of kernels (NAME.kernels.csv and .json) are not opened here: models of thousands of kernels take "
    "more time and memory than a server for everybody gives to each visitor. On a machine of your own they "
    "are used: put all files of the device into one folder and name it by JOULELENS_DEVICES at the start, or "
    "by --devices on the command line. Here the device answers from its two files."
)
COPY: Final = re.compile(
    r"^(copy of|kopie von) |([ _-]*\(\d{1,3}\)|[ _-]+(copy|kopie)( \d{1,3})?)+$", re.IGNORECASE
)
"""What browsers and file managers put to the name of a file that they save once more, in both languages."""
ID_COLUMNS: Final = ("device", "device_id")
"""Headings under which a table says of which device it is."""
NAME_SIGNS: Final = 120
"""Signs of a file's name that are compared and told: an id has up to 80."""
MOST_DEVICES: Final = 200
"""Devices read from one folder, so that a wrong folder does not hold the start."""


_asked: Final[list[Callable[[], tuple[OwnDevice, ...]]]] = []


def ask_for_visitors(devices: Callable[[], tuple[OwnDevice, ...]]) -> None:
    """Ask `devices` from now on for those of the visitor whom this thread works for."""
    _asked[:] = [devices]


def own_devices() -> tuple[OwnDevice, ...]:
    """Every device of the folder in use, then those of the visitor. Raises InputError.

    An id that has come into the folder since is the folder's: the visitor's page refuses it from then on.
    """
    ours = _of_folder()
    taken = {device.device_id for device in ours}
    theirs = (device for ask in _asked for device in ask())
    return (*ours, *(device for device in theirs if device.device_id not in taken))


def _of_folder() -> tuple[OwnDevice, ...]:
    return _folder().devices


def _folder() -> _Folder:
    folder = folder_in_use()
    return _read_folder(folder, stamp()) if folder else _Folder((), {})


def broken_devices() -> dict[str, InputError]:
    """Why files of the folder in use are no device here, by the id that each would have. Raises InputError.

    The other devices go on, the bundled ones too; a broken one is refused when it is asked for.
    """
    return dict(_folder().broken)


@dataclass(frozen=True)
class _Folder:
    """What a folder holds: its devices, and by id why others can't be used."""

    devices: tuple[OwnDevice, ...]
    broken: dict[str, InputError]


@lru_cache(maxsize=8)
def _read_folder(folder: str, _files: Stamp) -> _Folder:
    place = Path(folder)
    if not place.is_dir():
        raise InputError(
            "INPUT_FILE",
            "{folder} is no folder. Name one that holds device files (NAME.toml beside NAME.csv).",
            folder=printable(folder),
        )
    found: dict[str, OwnDevice] = {}
    broken: dict[str, InputError] = {}
    for path in sorted(place.glob("*.toml"))[:MOST_DEVICES]:
        try:
            device = _read_named(path)
        except InputError as error:
            broken[path.stem] = error
            continue
        device_id = device.device_id
        if device_id in found or device_id in broken or device_id in bundled_ids():
            found.pop(device_id, None)  # nobody knows which of two is meant
            broken[device_id] = InputError(
                "DEVICE_FILE_ID",
                "{path} describes {device}, an id that another device has already. Give it another name.",
                path=printable(path.name),
                device=device_id,
            )
        else:
            found[device_id] = device
    return _Folder(tuple(found.values()), {each: broken[each] for each in broken if each not in found})


def _read_named(path: Path) -> OwnDevice:
    try:
        return read_device_files(path)
    except InputError as error:  # whoever has many files has to know which
        raise InputError(error.code, joined([printable(path.name), error.message], ": ")) from None


def read_device_files(toml_path: Path) -> OwnDevice:
    """A device from its TOML file and the CSV beside it. Raises InputError."""
    device = counted_where_known(read_device(read_text(toml_path), read_text(toml_path.with_suffix(".csv"))))
    has_kernels = kernel_paths(toml_path.parent, toml_path.stem)[1].is_file()
    return replace(device, kernels_beside=str(toml_path)) if has_kernels else device


def device_of_files(files: Sequence[tuple[str, bytes]]) -> tuple[OwnDevice, MeasuredTable]:
    """What uploaded files (name, content) say: NAME.toml with NAME.csv, or a table alone.

    The rows are in the table alone, for `checked`. Raises InputError DEVICE_FILE_PARTS, DEVICE_FILE_ENCODING,
    and those of `read_described`.
    """
    if any(KERNELS in name for name, _ in files):
        raise InputError("DEVICE_FILE_PARTS", KERNELS_HERE)
    texts = {name.rpartition(".")[2].lower(): _text(name, content) for name, content in files}
    if "csv" not in texts or len(texts) < len(files) or not set(texts) <= {"csv", "toml"}:
        raise InputError(
            "DEVICE_FILE_PARTS",
            "A device is NAME.toml and NAME.csv together. Choose both files of one device, or one CSV alone.",
        )
    if "toml" not in texts:
        return OwnDevice("", ""), read_table(texts["csv"])
    device, table = read_described(texts["toml"], texts["csv"])
    _check_pair([name for name, _ in files], device.device_id, texts["csv"])
    return device, table


def names_differ(names: Sequence[str]) -> bool:
    """Whether files that were opened as one device have different names, up to marks of copies."""
    return len({COPY.sub("", name.rpartition(".")[0][:NAME_SIGNS]).strip().lower() for name in names}) > 1


def _check_pair(names: Sequence[str], device_id: str, csv_text: str) -> None:
    """Raise InputError DEVICE_FILE_PARTS where the table says that its figures are of another device."""
    _, lines = table_lines(csv_text, (*COLUMNS, *ID_COLUMNS))
    stated = {line.cells[key] for line in lines for key in ID_COLUMNS if line.cells.get(key)}
    others = sorted(each for each in stated if _slug(each) != device_id)
    if others:
        raise InputError(
            "DEVICE_FILE_PARTS",
            "{files} are files of two devices: the TOML file describes {device}, and rows of the table are "
            "of {other}. Choose NAME.toml and NAME.csv of one device, or leave that column out.",
            files=printable(" + ".join(names), 2 * NAME_SIGNS),
            device=device_id,
            other=printable(others[0], NAME_SIGNS),
        )


def _slug(name: str) -> str:
    try:
        return device_id_of(name)
    except InputError:
        return ""


def _text(name: str, content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InputError(
            "DEVICE_FILE_ENCODING",
            "{file} is not text in UTF-8. Save it as UTF-8 and choose it again.",
            file=printable(name),
        ) from None


def read_text(path: Path) -> str:
    """The text of a small UTF-8 file. Raises InputError INPUT_FILE."""
    try:
        return read_small(path, MOST_BYTES).decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(
            "INPUT_FILE",
            "{path} can't be read ({reason}). A device is NAME.toml with NAME.csv beside it, in UTF-8.",
            path=printable(str(path)),
            reason=getattr(error, "strerror", None) or Message("not UTF-8"),
        ) from None


@lru_cache(maxsize=1)
def bundled_ids() -> frozenset[str]:
    """The ids of the devices in the bundle, which no device of one's own may have."""
    from data import kept_bundle, queries

    return frozenset(str(device_id) for device_id in queries.devices(kept_bundle())["device_id"])


def refuse_bundled_id(device_id: str) -> None:
    """Raise InputError DEVICE_FILE_ID where a device of the bundle has this id."""
    if device_id in bundled_ids():
        raise InputError(
            "DEVICE_FILE_ID",
            "{device} is the id of a bundled device. Give yours another name.",
            device=device_id,
        )


def refuse_others_file(folder: Path, device_id: str, name: str) -> None:
    """Raise InputError DEVICE_FILE_ID where the files of this id in a folder are somebody else's.

    That is a file that describes another device, or a table without one, which may be a recording. A bundled
    device has no file there and is refused as such. A file that can't be read is written anew.
    """
    refuse_bundled_id(device_id)
    path = folder / f"{device_id}.toml"
    table = path.with_suffix(".csv")
    # Beside the record of a measuring, it is the table of a run that ended between its two files.
    if table.exists() and not path.exists() and not path.with_suffix(".measuring.json").exists():
        raise InputError(
            "DEVICE_FILE_ID",
            "{name} would be written over {path}, which belongs to no device file. Give the device another "
            "name or another folder, or move that file away.",
            name=printable(name),
            path=printable(str(table)),
        )
    try:
        other = read_plain_toml(read_text(path).lstrip("\ufeff")).get("name")
    except (InputError, ValueError):
        return
    if isinstance(other, str) and other.strip() != on_one_line(name).strip():
        raise InputError(
            "DEVICE_FILE_ID",
            "{name} would have the id {device}, and {path} describes {other} under it. Give yours another "
            "name or another folder, or move that file away if it is the same device.",
            name=printable(name),
            device=device_id,
            path=printable(str(path)),
            other=printable(other),
        )


def refuse_taken_id(device_id: str) -> None:
    """Raise InputError DEVICE_FILE_ID where a device that every visitor sees has this id."""
    refuse_bundled_id(device_id)
    if any(device.device_id == device_id for device in _of_folder()):
        raise InputError(
            "DEVICE_FILE_ID",
            "{device} is the id of a device that this server shows to everybody. Give yours another name.",
            device=device_id,
        )


def own_targets() -> tuple[Target, ...]:
    """One target per own device and precision with a measured energy."""
    return tuple(
        target
        for device in own_devices()
        for precision in PRECISIONS
        if (target := own_target(device, precision)) is not None
    )


def own_target(device: OwnDevice, precision: str) -> Target | None:
    """The target of one own device; None where no energy was measured in that precision."""
    predictor = fitted(device, precision)
    return predictor.target if len(predictor.energy.log_values) else None


def own_predictor(target: Target) -> CalibratedPredictor | None:
    """The predictor of one own target; None where it is no device of one's own."""
    for device in own_devices():
        if (device.device_id, delegate_of(device)) == (target.device_id, target.delegate):
            return fitted(device, target.precision)
    return None


@dataclass(frozen=True)
class _WithoutItsKernels(CalibratedPredictor):
    """Estimates from the measured networks: the kernels beside the device can't be used, and `why`."""

    why: Message

    def notes(self, *, far: bool = False) -> tuple[Note, ...]:
        note = Message(
            "The kernels beside the device file are not used, so its figures are those of the measured "
            "networks. {why}",
            why=self.why,
        )
        return (Note("OWN_KERNELS_UNREAD", note), *super().notes(far=far))


def fitted(device: OwnDevice, precision: str) -> CalibratedPredictor:
    """The predictor of a device, kernel by kernel where its own kernels lie beside its file."""
    return _fitted_from(device, precision, fit_changed_ns(device.kernels_beside))


@lru_cache(maxsize=64)
def _fitted_from(device: OwnDevice, precision: str, _changed_ns: int) -> CalibratedPredictor:
    # Kernels are profiled in fp32; int8 networks are predicted from the measured networks alone.
    if device.kernels_beside and precision == "fp32":
        from predictors.energy.own_kernels.predictor import OwnKernelPredictor

        try:
            kernels = fitted_kernels(Path(device.kernels_beside))
        except InputError as error:  # the other devices and what is known of this one go on
            return _WithoutItsKernels(device, precision, error.message)
        if kernels is not None:
            return OwnKernelPredictor(device, precision, kernels)
    return CalibratedPredictor(device, precision)


def own_names() -> dict[str, str]:
    """Device id to name of every own device."""
    return {device.device_id: device.name for device in own_devices()}
