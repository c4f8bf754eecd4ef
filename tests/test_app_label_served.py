"""Labels from the command line and at their addresses: the same figures, and refusals in words."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from xml.etree import ElementTree

import pytest
from starlette.routing import Match

from app.label.__main__ import main
from app.label.facts import BASE_URL_VARIABLE
from app.server import routes
from app.server.routes import label_routes
from predictors.samples import sample_bytes
from served_support import served

ON = ["--date", "2026-11-21"]


def printed(capfd: pytest.CaptureFixture[str], arguments: list[str]) -> str:
    assert main(arguments) == 0
    return capfd.readouterr().out


def test_command_line_and_address_give_the_same_label(capfd: pytest.CaptureFixture[str]) -> None:
    arguments = ["device", "huawei-p40-pro", "--score", "iecs", *ON, "--base-url", "http://app.example/"]
    for form in ("svg", "json"):
        answer = served(f"/label/huawei-p40-pro.{form}", "score=iecs&on=2026-11-21")
        assert answer.status_code == 200
        assert bytes(answer.body).decode() == printed(capfd, [*arguments, "--format", form])


def test_command_line_and_address_speak_german_alike(capfd: pytest.CaptureFixture[str]) -> None:
    arguments = ["device", "huawei-p40-pro", *ON, "--base-url", "http://app.example/", "--lang", "de"]
    for form in ("svg", "json"):
        answer = served(f"/label/huawei-p40-pro.{form}", "on=2026-11-21&lang=de")
        shown = bytes(answer.body).decode()
        assert "höher ist besser" in shown
        assert shown == printed(capfd, [*arguments, "--format", form])


def test_the_picture_and_its_twin_name_their_types() -> None:
    kinds = {"svg": "image/svg+xml", "png": "image/png", "json": "application/json"}
    for form, kind in kinds.items():
        answer = served(f"/label/huawei-p40-lite.{form}", "theme=dark&style=badge")
        assert answer.headers["content-type"].startswith(kind)
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert bytes(served("/label/huawei-p40-lite.png").body).startswith(b"\x89PNG")


def test_a_sample_network_has_an_address_on_every_target() -> None:
    twin = json.loads(bytes(served("/label/mobilenet-v2/huawei-p40-pro/cpu/fp32.json").body))
    assert (twin["kind"], twin["device_id"], twin["unit"]) == (
        "model-estimate", "huawei-p40-pro", "mJ per inference",
    )  # fmt: skip
    assert twin["interval"]["low"] < twin["value"] < twin["interval"]["high"]
    assert "sample=mobilenet-v2" in twin["permalink"]


@pytest.mark.parametrize(
    ("path", "query", "status", "code"),
    [
        ("/label/gone.svg", "", 404, "UNKNOWN_DEVICE"),
        ("/label/raspberry-pi-4.json", "", 404, "NO_SCORES"),
        ("/label/huawei-p40-pro.exe", "", 400, "UNKNOWN_FORMAT"),
        ("/label/huawei-p40-pro.svg", "theme=pink", 400, "UNKNOWN_THEME"),
        ("/label/huawei-p40-pro.svg", "lang=xx", 400, "UNKNOWN_LANGUAGE"),
        ("/label/huawei-p40-pro.svg", "score=best", 400, "BROKEN_LABEL"),
        ("/label/huawei-p40-pro.svg", "on=never", 400, "BROKEN_LABEL"),
        ("/label/<script>.svg", "", 400, "BROKEN_LABEL"),
        ("/label/no-such-net/huawei-p40-pro/cpu/fp32.svg", "", 404, "UNKNOWN_SAMPLE"),
        ("/label/mobilenet-v2/gone/cpu/fp32.svg", "", 404, "DEVICE_UNKNOWN"),
        ("/label/mobilenet-v2/huawei-p40-pro/cpu/fp32.svg", "side=0", 400, "OPTION_VALUE"),
    ],
)
def test_what_is_not_there_is_refused_in_words(path: str, query: str, status: int, code: str) -> None:
    answer = served(path, query)
    assert answer.status_code == status
    body = json.loads(bytes(answer.body))
    assert body["code"] == code
    assert body["message"]


@pytest.mark.parametrize("path", ["/preview/estimate.png", "/label/huawei-p40-pro.svg"])
def test_who_would_wait_long_for_a_picture_is_asked_to_come_again(
    path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(routes, "_DRAWING", asyncio.Semaphore(0))
    monkeypatch.setattr(routes, "LONGEST_WAIT_S", 0.01)
    answer = served(path)
    assert answer.status_code == 503
    assert "retry-after" in answer.headers


def test_routes_leave_the_addresses_of_pages_and_of_streamlit_alone() -> None:
    for path in ("/label", "/label/", "/label/_stcore/health", "/_stcore/health", "/devices"):
        scope = {"type": "http", "method": "GET", "path": path, "root_path": ""}
        assert all(route.matches(scope)[0] is Match.NONE for route in label_routes())


def test_a_configured_address_goes_on_the_label(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(BASE_URL_VARIABLE, "https://energy.example/lens/")
    twin = json.loads(bytes(served("/label/huawei-p40-pro.json").body))
    assert twin["permalink"].startswith("https://energy.example/lens/label?device=huawei-p40-pro")


def test_a_label_that_holds_the_host_of_its_asker_is_kept_by_no_shared_cache(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A cache in front would hand the address that a stranger made up to everybody."""
    monkeypatch.delenv(BASE_URL_VARIABLE, raising=False)
    assert served("/label/huawei-p40-pro.svg").headers["cache-control"] == "private, max-age=300"
    monkeypatch.setenv(BASE_URL_VARIABLE, "https://energy.example")
    assert served("/label/huawei-p40-pro.svg").headers["cache-control"] == "public, max-age=300"


@pytest.mark.parametrize(
    ("address", "is_local"),
    [("http://localhost:8501", True), ("http://127.0.0.1/lens", True), ("http://[::1]:8501", True),
     ("https://energy.example", False), ("http://localhost.example", False)],
)  # fmt: skip
def test_a_label_says_that_its_address_works_on_this_machine_only(
    address: str, is_local: bool, capfd: pytest.CaptureFixture[str]
) -> None:
    arguments = ["device", "huawei-p40-pro", *ON, "--base-url", address, "--format"]
    assert json.loads(printed(capfd, [*arguments, "json"]))["permalink_is_local"] is is_local
    assert ("On this machine" in printed(capfd, [*arguments, "svg"])) is is_local


def test_a_model_file_gets_a_label(tmp_path: Path) -> None:
    model, out = tmp_path / "a&b.onnx", tmp_path / "label.svg"
    model.write_bytes(sample_bytes("squeezenet-1.1"))
    assert main(["model", str(model), "--device", "huawei-p40-pro", "--out", str(out), *ON]) == 0
    root = ElementTree.fromstring(out.read_text(encoding="utf-8"))  # noqa: S314
    shown = [element.text for element in root.iter("{http://www.w3.org/2000/svg}text")]
    assert "a&b" in shown
    assert any(text is not None and text.startswith("Estimated (") for text in shown)


def test_a_picture_goes_into_a_file(tmp_path: Path) -> None:
    out = tmp_path / "label.png"
    assert main(["device", "oneplus-8-pro", "--format", "png", "--theme", "dark", "--out", str(out)]) == 0
    assert out.read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["device", "nokia-3310"], "UNKNOWN_DEVICE"),
        (["device", "jetson-tx2"], "NO_SCORES"),
        (["model", "missing.onnx"], "MODEL_FILE"),
        (["device", "oneplus-8-pro", "--out", "no/such/folder/x.svg"], "CANNOT_WRITE"),
    ],
)
def test_bad_input_ends_with_one_message_and_code_2(
    arguments: list[str], code: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 2
    captured = capsys.readouterr()
    assert captured.err.startswith("label: ")
    assert captured.err.rstrip().endswith(f"[{code}]")
    assert len(captured.err.splitlines()) == 1
    assert not captured.out


@pytest.mark.parametrize("below", ["energy", "/energy/", "a/b"])
def test_below_a_path_labels_are_there_and_lead_there(below: str) -> None:
    place = "/" + below.strip("/")
    answer = served(f"{place}/label/huawei-p40-pro.json", "on=2026-11-21", below)
    assert answer.status_code == 200
    assert f"http://app.example{place}/label?" in bytes(answer.body).decode()
    plain = served("/label/huawei-p40-pro.json", "on=2026-11-21")
    assert bytes(answer.body).decode().replace(f"{place}/label?", "/label?") == bytes(plain.body).decode()
    assert served("/label/huawei-p40-pro.json", "", below).status_code == 404
    assert served(f"{place}/devices", "device=x", below).headers["location"] == "./?device=x"
