"""The QR code of a permalink, as rows of dark and light modules."""

from __future__ import annotations

import segno

QUIET_MODULES = 4
"""Light modules around the code that ISO/IEC 18004 asks for."""

Modules = tuple[tuple[bool, ...], ...]


def qr_modules(text: str) -> Modules:
    """Return the code as rows, True for dark, quiet zone included. About 15 % of it may be damaged (level M).

    Raises ValueError for a text of more than about 2,300 characters.
    """
    code = segno.make(text, error="m", micro=False, boost_error=False)
    return tuple(tuple(bool(each) for each in row) for row in code.matrix_iter(border=QUIET_MODULES))
