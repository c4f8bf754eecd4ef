"""Which parts of Streamlit's browser code a page will need, named in its head: browsers load them early.

Streamlit's page asks for the code of pictures, tables and fields only once the first of each has come from
the server: megabytes, before which nothing is drawn. While the server still puts the page together, the
browser has time for them. Names that a later version of Streamlit does not have are left out.
"""

from __future__ import annotations

import json
import re
from functools import lru_cache
from pathlib import Path
from typing import Final

import streamlit

from app.i18n.texts import verbatim

FOLDER: Final = Path(streamlit.__file__).parent / "static" / "static" / "js"
PARTS: Final = (
    "ButtonGroup", "Selectbox", "ImageList", "PageLink", "TextInput", "Checkbox", "PlotlyChart", "DataFrame",
)  # fmt: skip
"""Files of `FOLDER` without their version, those that are needed first at the front."""
LARGE: Final = ("PlotlyChart", "DataFrame")
"""Large files: a browser that waits for the server loads them first."""
LINK: Final = verbatim('<link rel="modulepreload" crossorigin href="./static/js/{file}">')
BEGIN: Final = verbatim(
    '<script type="module">const begin = async () => {{ for (const file of {files}) '
    "await import(`./static/js/${{file}}`).catch(() => null); }}; "
    "window.requestIdleCallback?.(begin);</script>"
)
_IMPORT: Final = re.compile(r'from ?["\'`]\./([\w.-]+\.js)["\'`]')
MOST_OF_IMPORTS: Final = 6_000
"""Characters at the front of a file in which its imports stand."""


def early_code(page: str) -> str:
    """Return what the head of a page gets: links to files that it does not name, and their start."""
    return "".join(LINK.format(file=file) for file in _files() if file not in page) + _begin()


@lru_cache(maxsize=1)
def _files() -> tuple[str, ...]:
    return tuple(dict.fromkeys(file for part in PARTS for file in _files_of(part)))


@lru_cache(maxsize=1)
def _begin() -> str:
    return BEGIN.format(files=json.dumps([_files_of(part)[-1] for part in LARGE if _files_of(part)]))


def _files_of(part: str) -> list[str]:
    """A part's file and those that it imports; nothing where there is no such part, or more than one."""
    found = list(FOLDER.glob(f"{part}.*.js"))
    if len(found) != 1:
        return []
    with found[0].open(encoding="utf-8") as stream:
        imports = _IMPORT.findall(stream.read(MOST_OF_IMPORTS))
    return [*imports, found[0].name]
