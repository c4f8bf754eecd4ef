"""Where the files of this layer lie, relative to one root, so that tests can build from a changed copy."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from data.errors import DataError, DictionaryError

ROOT = Path(__file__).resolve().parent


@dataclass(frozen=True, slots=True)
class Layout:
    """The input files below `root`: figures, traces, schema, sources, corrections, checksums."""

    root: Path = ROOT

    @property
    def schema(self) -> Path:
        """Folder of the dictionary, one TOML file per subject."""
        return self.root / "schema"

    @property
    def sources(self) -> Path:
        """Source records."""
        return self.root / "sources.toml"

    @property
    def corrections(self) -> Path:
        """Declared corrections."""
        return self.root / "corrections.toml"

    @property
    def checksums(self) -> Path:
        """SHA-256 of every figure file, in the format of `sha256sum`."""
        return self.root / "SHA256SUMS"

    def texts(self) -> tuple[Path, ...]:
        """Every text that, with the figures, decides what a bundle holds."""
        return (*sorted(self.schema.glob("*.toml")), self.sources, self.corrections, self.checksums)


def read_toml(path: Path, error: type[DataError] = DictionaryError) -> dict[str, Any]:
    """Read a TOML file; raises `error` with a coded message when it is missing or malformed."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise error("FILE_MISSING", f"{path.name} is missing. Restore it from the repository.") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as problem:
        raise error("NOT_TOML", f"{path.name} is not valid TOML: {problem}. Mend that line.") from None


META_TABLE = "bundle_meta"
