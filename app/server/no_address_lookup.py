"""Keeps the server from asking other machines for its own address.

Streamlit compares the origin of a WebSocket that is not from its own address with every address this machine
might have, and asks a server on the internet for one of them: once more for each such connection, up to two
seconds in which nobody else is served. Whoever reaches the app by another name is let in by the `Host` that
the proxy passes on, or by `server.corsAllowedOrigins`; no looked-up address is needed.
"""

from __future__ import annotations

from streamlit import net_util


def ask_nobody() -> None:
    """Let Streamlit know no addresses of this machine but those that are configured."""
    net_util.get_internal_ip = _unknown
    net_util.get_external_ip = _unknown


def _unknown() -> None:
    return None
