"""The guard against outside connections works, so that a green suite means that nothing left the machine."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import websockets
from websockets import Origin

from app_server import running_app
from load.crowd import marked_model
from load.visitor import Visitor

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


@pytest.mark.slow
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


# Loaded by Python before anything else of the server and of the processes it starts.
WATCH = """
import os, sys
SILENT = {"127.0.0.1", "::1", "localhost", "0.0.0.0", "::", "", None}
def heard(event, found):
    if event in {"socket.connect", "socket.sendto", "socket.sendmsg"}:
        place = found[1] if isinstance(found[1], tuple) else ("",)
    elif event in {"socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr"}:
        place = found
    else:
        return
    if place[0] not in SILENT:
        with open(os.environ["WATCH_LOG"], "a") as log:
            log.write(f"{event} {place[0]}\\n")
sys.addaudithook(heard)
with open(os.environ["WATCH_LOG"], "a") as log:
    log.write("watching\\n")
"""


@pytest.fixture
def watched(tmp_path: Path) -> dict[str, str]:
    """An environment in which every connection and every question for an address is written down."""
    (tmp_path / "sitecustomize.py").write_text(WATCH, encoding="utf-8")
    return os.environ | {"PYTHONPATH": str(tmp_path), "WATCH_LOG": str(tmp_path / "heard")}


def heard(environment: dict[str, str]) -> list[str]:
    return Path(environment["WATCH_LOG"]).read_text(encoding="utf-8").splitlines()


async def refused_from(origin: str, port: int) -> None:
    """Ask for a WebSocket as a page of another site would: an origin that Streamlit compares with its own."""
    with pytest.raises(websockets.InvalidStatus, match="403"):
        await websockets.connect(f"ws://127.0.0.1:{port}/_stcore/stream", origin=Origin(origin), proxy=None)


@pytest.mark.slow
def test_the_server_connects_to_no_other_machine(watched: dict[str, str], tmp_path: Path) -> None:
    async def visit_everything(port: int) -> list[str]:
        async with Visitor(port) as visitor:
            await visitor.open()
            for slug in [*visitor.pages, "estimate"]:
                await visitor.open(slug)
            await visitor.upload("model.onnx", marked_model(1))
            errors = visitor.errors
        await refused_from("http://elsewhere.invalid", port)
        return errors

    # Listening everywhere, as it does unless told otherwise: only then would Streamlit ask for its address.
    with running_app(tmp_path, "--server.address", "0.0.0.0", env=watched) as server:  # noqa: S104
        assert asyncio.run(visit_everything(server.port)) == []
    assert set(heard(watched)) == {"watching"}


def test_a_connection_of_the_server_would_be_heard(watched: dict[str, str]) -> None:
    script = "import socket; socket.socket(socket.AF_INET, socket.SOCK_DGRAM).connect(('192.0.2.1', 9))"
    subprocess.run([sys.executable, "-c", script], env=watched, check=True)
    assert heard(watched) == ["watching", "socket.connect 192.0.2.1"]
