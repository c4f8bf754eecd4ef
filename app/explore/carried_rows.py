"""Measurements of the reader's own in the copied link to Explore: a table that fits into a link goes along.

Whoever opens such a link has the rows beside the bundle's. They are checked like an uploaded file, and
whoever sees them is told that nobody else checked them.
"""

from __future__ import annotations

import base64
import zlib
from collections.abc import Iterable, Mapping
from itertools import accumulate
from typing import Final

import streamlit as st

from app.i18n.formats import literal
from app.i18n.messages import tell
from app.i18n.texts import t, tn
from app.measurements.levels import LEVELS
from app.measurements.rows import BROUGHT, keep_own, linked_levels, own_checks
from app.ui.shared import carry, leave_out
from data.contribution.check import Checked
from data.contribution.schema import schema
from data.errors import PASSING, ContributionError, JouleLensError
from data.inert_csv import csv_text
from data.workers import calls

PARAMETER: Final = "own_table"
VERSION: Final = "1"
"""Of how the rows are packed; a link of another version is not read."""
MOST_SIGNS: Final = 6_000
"""Of a table in a link: what browsers, mail and chat programs pass on whole."""
MOST_BYTES: Final = 200_000
"""Of an unpacked table, which has less: so few signs could hold megabytes of blanks."""
TAKEN, REFUSED = "rows-of-link-taken", "rows-of-link-refused"
WRITTEN: Final = "rows-for-link"
"""Session key: the rows that were written last, and how: Explore asks at every click."""


def carry_rows(level_id: str) -> None:
    """Let the copied link carry the reader's rows of a level of the contribution, if there are any."""
    checked = own_checks().get(level_id)
    if checked is None:
        return
    kept = st.session_state.get(WRITTEN)
    if kept is None or kept[0] is not checked:
        st.session_state[WRITTEN] = kept = (checked, written(checked))
    if text := kept[1]:
        carry({PARAMETER: text})
        return
    leave_out(
        tn(
            "Your {n} row is too much for a link. Send your file; it is read under “Your measurements”.",
            "Your {n} rows are too many for a link. Send your file; it is read under “Your measurements”.",
            len(checked.rows),
        )
    )


def written(checked: Checked) -> str:
    """Return rows as the link holds them: version, level, and the packed table; empty where they do not fit.

    What `unpacked` would not take is not written, and a long table is given up before it is packed.
    """
    if _is_longer(checked.rows, MOST_BYTES):
        return ""
    names = [
        each.name
        for each in schema(checked.level)
        if any(row.get(each.name) is not None for row in checked.rows)
    ]
    rows = [{name: _cell(row.get(name)) for name in names} for row in checked.rows]
    table = csv_text(names, rows).encode()
    if len(table) >= MOST_BYTES:
        return ""
    packed = base64.urlsafe_b64encode(zlib.compress(table, 9))
    text = f"{VERSION}.{checked.level}.{packed.decode().rstrip('=')}"
    return text if len(text) <= MOST_SIGNS else ""


def _is_longer(rows: Iterable[Mapping[str, object]], most: int) -> bool:
    """Whether cells alone come to that many signs; looks at no more rows than that takes."""
    sizes = accumulate(sum(len(_cell(each)) + 1 for each in row.values() if each is not None) for row in rows)
    return any(size >= most for size in sizes)


def _cell(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)


def unpacked(text: str) -> tuple[str, bytes]:
    """Return level and table (CSV) that a link holds.

    Raises ContributionError LINK_ROWS for anything else, and for a link that some program has cut.
    """
    version, _, rest = text.partition(".")
    level, _, packed = rest.partition(".")
    reader = zlib.decompressobj()
    content = b""
    if version == VERSION and level in BROUGHT:
        try:
            signs = base64.b64decode(packed + "=" * (-len(packed) % 4), altchars=b"-_", validate=True)
            content = reader.decompress(signs, MOST_BYTES)
        except (ValueError, zlib.error):
            content = b""
    # Only at its end does the packed table say that it is whole, and hold the sum that it is checked by.
    if not content or not reader.eof:
        raise ContributionError(
            "LINK_ROWS",
            "The link holds no table that can be read: some programs cut long links. Ask for a new link, or "
            "for the file.",
        )
    return level, content


def take_rows() -> None:
    """Keep the rows that the address holds in this session, once: who clears them is rid of them.

    Rows of the session's own stay, whatever a link holds.
    """
    asked = str(st.query_params.get(PARAMETER, ""))[: MOST_SIGNS + 1]
    if not asked or st.session_state.get(TAKEN) == asked:
        return
    st.session_state[TAKEN] = asked
    try:
        _take(asked)
    except JouleLensError as error:
        if error.code in PASSING:
            del st.session_state[TAKEN]
        st.session_state[REFUSED] = (error.code, tell(error.message))


def _take(text: str) -> None:
    level, content = unpacked(text)
    here = own_checks().get(level)
    if here is not None and level not in linked_levels():
        if written(here) == text:
            return
        raise ContributionError(
            "LINK_ROWS",
            "The rows of the link are not taken: this session has rows of its own on that level. Open the "
            "link in a new tab.",
        )
    checked = calls.check_csv(content, level, "link")
    if not checked.accepted:
        raise ContributionError(
            "LINK_ROWS",
            "The rows of the link are not taken: a cell of them is wrong. Ask for a new link, or for the "
            "file.",
        )
    keep_own(checked, is_linked=True)


def forget_link() -> None:
    """Take the rows out of the address: the next link that is copied from it would have them again."""
    st.query_params.pop(PARAMETER, None)


def show_rows_of_link() -> None:
    """Say which rows came with the address that is open, and what could not be read of it."""
    if refused := st.session_state.pop(REFUSED, None):
        code, message = refused
        st.warning(
            t("{message}  \nCode: `{code}`", message=literal(message), code=code), icon=":material/link_off:"
        )
    if PARAMETER not in st.query_params:
        return
    for level in sorted(linked_levels()):
        st.info(
            tn(
                "**{level}:** {n} row came with the link, marked ★: somebody’s own measurement, which nobody "
                "checked. It is in this session only.",
                "**{level}:** {n} rows came with the link, marked ★: somebody’s own measurements, which "
                "nobody checked. They are in this session only.",
                len(own_checks()[level].rows),
                level=t(LEVELS[level].title),
            ),
            icon=":material/link:",
        )
