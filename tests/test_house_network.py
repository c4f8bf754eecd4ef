"""The guard against outside connections works, so that a green suite means that nothing left the machine."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.mark.parametrize("address", [("192.0.2.1", 80), ("example.invalid", 443), ("2001:db8::1", 80, 0, 0)])
def test_a_connection_to_another_machine_fails(address: tuple[object, ...]) -> None:
    family = socket.AF_INET6 if len(address) == 4 else socket.AF_INET
    with socket.socket(family) as outside, pytest.raises(AssertionError, match="connection to"):
        outside.connect(address)


def test_a_connection_to_this_machine_is_allowed() -> None:
    with socket.socket() as server, socket.socket() as client:
        server.bind(("127.0.0.1", 0))
        server.listen()
        client.connect(server.getsockname())


def test_the_app_knows_its_address_and_asks_nobody_for_it(tmp_path: Path) -> None:
    """Streamlit's banner looks this machine's address up on the internet where none is configured."""
    script = (
        "from streamlit import config, net_util\n"
        "from streamlit.web import bootstrap\n"
        "def refuse(): raise SystemExit('asked a server on the internet')\n"
        "net_util.get_external_ip = refuse\n"
        "config.get_config_options(force_reparse=True)\n"
        "bootstrap._print_url(False)\n"
    )
    command = [sys.executable, "-c", script]
    with_settings = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert with_settings.returncode == 0, with_settings.stderr
    assert "localhost" in with_settings.stdout
    options = {**os.environ, "STREAMLIT_SERVER_HEADLESS": "true", "HOME": str(tmp_path)}
    without = subprocess.run(command, cwd=tmp_path, env=options, capture_output=True, text=True, check=False)
    assert "asked a server on the internet" in without.stderr
