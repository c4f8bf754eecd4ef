"""A device of one's own in a copied link: its figures arrive, and nobody's own is replaced."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from app.frame.carried_devices import MOST_SIGNS, PARAMETER, REFUSED, in_address, read, sealed, written
from app.i18n.formats import literal
from app.label.facts import ScoreFacts
from app.own_devices import DEVICES, MOST
from app.paths import ROOT
from app.your_device.carried import read as read_scores
from app.your_device.carried import written as written_scores
from data.errors import JouleLensError
from predictors.energy.calibrated.checked import resolved
from predictors.energy.calibrated.device_file import OwnDevice
from predictors.energy.calibrated.device_file import written as files_of
from predictors.energy.calibrated.device_rows import MeasuredNetwork
from predictors.energy.calibrated.own_folder import VARIABLE, look_again
from predictors.energy.calibrated.predictor import CalibratedPredictor
from scoring.ranking import Spread

ROWS = (
    MeasuredNetwork("mobilenet-v2", "fp32", 90.5, 31.25, energy_sd_mj=1.5, n=3),
    MeasuredNetwork("squeezenet-1.1", "fp32", 70.0),
    MeasuredNetwork("my*net", "int8", 12.5, 4.0, amounts=tuple(0.125 * at for at in range(12))),
)


def device(rows: tuple[MeasuredNetwork, ...] = ROWS[:2]) -> OwnDevice:
    head = OwnDevice("my-board-1", "My ~board| 1", meter="wall meter", idle_power_w=0.01)
    return resolved(replace(head, rows=rows))


def told(before: str, after: str) -> str:
    return sealed(written(device()).split("~", 2)[2].replace(before, after))


def opened(slug: str, **query: str) -> AppTest:
    app = AppTest.from_file(str(ROOT / "app" / "main.py"), default_timeout=120)
    for key, value in query.items():
        app.query_params[key] = value
    app.switch_page(str(ROOT / "pages" / f"{slug}.py"))
    return app.run()


def test_a_device_arrives_with_every_figure() -> None:
    terms = len(device().rows[0].amounts)
    own = replace(ROWS[2], amounts=tuple(0.125 * at for at in range(terms)))
    sent = device((*ROWS[:2], own))
    found = read(written(sent))
    assert (found.device_id, found.name, found.idle_power_w) == ("my-board-1", "My -board- 1", 0.01)
    assert [replace(row, model="") for row in found.rows] == [replace(row, model="") for row in sent.rows]
    assert found.rows[2].model == "my-net"
    ours, theirs = (CalibratedPredictor(each, "fp32") for each in (sent, found))
    assert ours.energy.log_values.tolist() == theirs.energy.log_values.tolist()


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "LINK_DEVICE"),
        ("1~My board", "LINK_DEVICE"),
        (written(device()).replace("2~", "1~", 1), "LINK_DEVICE"),
        (written(device())[:-1], "LINK_DEVICE"),  # 70 mJ cut to 7
        (written(device()).replace("90.5", "90.6"), "LINK_DEVICE"),
        (told("90.5", "-1"), "CALIBRATION_ROWS"),
        (told("90.5", "=1+1"), "CALIBRATION_ROWS"),
        (told("mobilenet-v2", "no-such-network"), "CALIBRATION_ROWS"),
        (told("My -board- 1", "Raspberry Pi 4"), "DEVICE_FILE_ID"),
        (told("board-wall", "moon"), "DEVICE_FILE_DAMAGED"),
        (told("wall meter", 'x"\nkind = "phone'), "DEVICE_FILE_DAMAGED"),
    ],
)
def test_what_is_no_device_is_refused_by_its_code(text: str, code: str) -> None:
    with pytest.raises(JouleLensError) as caught:
        read(text)
    assert caught.value.code == code


def test_whoever_opens_the_link_has_the_device_on_every_page_and_shares_it_again() -> None:
    app = opened("estimate", device="my-board-1", own_device=written(device()))
    assert not app.exception
    assert "came with the link" in app.info[0].value
    assert app.metric[0].value.endswith("mJ")
    assert app.selectbox(key="device").value == "my-board-1"
    carried = app.session_state["shared"].carried[PARAMETER]
    assert read(carried) == app.session_state[DEVICES]["my-board-1"]
    # Without the link in the address, as after a click in the bar, the name still says where it is from.
    app.query_params.pop(PARAMETER)
    app.run()
    assert not any("came with the link" in each.value for each in app.info)
    assert "My -board- 1 (from a link, unchecked)" in app.selectbox(key="device").options


@pytest.mark.slow
def test_the_page_of_the_device_opens_with_its_figures() -> None:
    app = opened("your_device", own_device=written(device()))
    assert not app.exception
    assert app.text_input(key="cal_name").value == "My -board- 1"
    assert app.session_state["cal_typed"]["energy_mj"].tolist() == ["90.5", "70"]
    assert read(app.session_state["shared"].carried[PARAMETER]).rows[0].energy_mj == 90.5


def test_a_link_replaces_no_device_of_the_session_and_a_broken_one_is_told() -> None:
    mine = device((replace(ROWS[0], energy_mj=1.0), ROWS[1]))
    app = AppTest.from_file(str(ROOT / "app" / "main.py"), default_timeout=120)
    app.session_state[DEVICES] = {mine.device_id: mine}
    app.query_params[PARAMETER] = f"{written(device())}|1~x"
    app.switch_page(str(ROOT / "pages" / "tokens.py"))
    app.run()
    assert app.session_state[DEVICES] == {mine.device_id: mine}
    assert "LINK_DEVICE" in app.warning[0].value
    assert PARAMETER not in app.session_state["shared"].carried  # this page shows no device of one's own
    assert not app.info


def page_that_takes() -> None:
    import streamlit as st

    from app import own_devices
    from app.frame.carried_devices import take_carried
    from predictors.energy.calibrated.own_devices import own_devices as known

    take_carried()
    if st.session_state.get("again"):
        own_devices.forget("my-board-1")
        own_devices.keep(st.session_state["again"])
    st.session_state.labels = own_devices.labels()
    st.session_state.known = [each.device_id for each in known()]


def test_a_link_pushes_nothing_out_and_takes_no_id_that_everybody_sees(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    app = AppTest.from_function(page_that_takes)
    app.query_params[PARAMETER] = written(device())
    full = {f"own-{at}": replace(device(), device_id=f"own-{at}") for at in range(MOST)}
    app.session_state[DEVICES] = full
    app.run()
    assert app.session_state[DEVICES] == full
    assert app.session_state[REFUSED][0] == "LINK_DEVICE"

    app = AppTest.from_function(page_that_takes)
    app.query_params[PARAMETER] = written(device())
    app.run()
    assert app.session_state.labels == {"my-board-1": "My -board- 1 (from a link, unchecked)"}
    app.session_state["again"] = device()
    app.run()
    assert list(app.session_state.labels) == ["my-board-1"]
    assert app.session_state.labels["my-board-1"].endswith("(yours)")

    toml, table = files_of(device())
    (tmp_path / "my-board-1.toml").write_text(toml)
    (tmp_path / "my-board-1.csv").write_text(table)
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    look_again()
    with pytest.raises(JouleLensError) as caught:
        read(written(device()))
    assert caught.value.code == "DEVICE_FILE_ID"
    app.run()  # the file came after the visitor's device: the server's stands once
    assert app.session_state.known == ["my-board-1"]
    look_again()


def page_of_every_device() -> None:
    from app.frame.carried_devices import carry_devices
    from app.ui.shared import begin, leave_out

    begin("How much?")
    leave_out("n" * 60)
    leave_out("n" * 60)
    carry_devices("estimate")


def test_a_device_too_long_for_a_link_is_named() -> None:
    name = "n" * 60
    rows = tuple(
        MeasuredNetwork(f"{name}{at}", "fp32", 1.0 + at, amounts=device().rows[0].amounts) for at in range(40)
    )
    long = device(rows)
    assert len(written(long)) > MOST_SIGNS
    app = AppTest.from_function(page_of_every_device)
    app.session_state[DEVICES] = {long.device_id: long}
    app.query_params["view"] = "everywhere"
    app.run()
    assert not app.exception
    left_out = app.session_state["shared"].left_out
    assert [words.partition(":")[0] for words in left_out] == ["n" * 60, literal(long.name)]
    assert in_address("a b*c~ü|") == "a+b*c%7E%C3%BC%7C"


def test_scores_of_ones_own_arrive_without_their_table() -> None:
    made = (
        ScoreFacts("", "My ~phone", "PCS", 61.5, 12, 35, 3, 9, 11, Spread(58.0, 64.0, 2, 4)),
        ScoreFacts("", "My ~phone", "IECS", 140.25, 12, 35, 5, 9, 11, None),
    )
    text = written_scores(made)
    assert [(each.score, each.value, each.spread) for each in read_scores(text)] == [
        ("PCS", 61.5, made[0].spread), ("IECS", 140.25, None),
    ]  # fmt: skip
    assert read_scores(text.replace("61.5", "1e999")) == ()
    assert read_scores("") == ()
    app = opened("your_device", door="scores", table="own", own_scores=text)
    assert [each.value for each in app.metric] == ["61.5", "140"]
    assert "nobody checked them" in app.info[0].value


def page_of_label() -> None:
    from dataclasses import replace
    from datetime import date

    import streamlit as st

    from app import own_devices
    from app.compare.conditions import back_end
    from app.i18n.texts import in_language
    from app.label.address import SampleAsked
    from app.label.content import make_label
    from app.label.facts import Issue
    from app.label.gather import sample_facts
    from data.errors import JouleLensError

    own_devices.keep(st.session_state.mine, is_linked=st.session_state.linked)
    asked = SampleAsked("squeezenet-1.1", None, "my-board-1", "own", "fp32")
    st.session_state.labels = []
    for code in ("en", "de"):
        with in_language(code):
            label = make_label(sample_facts(asked), Issue(date.min, "", "", ""))
            st.session_state.labels.append((label.subtitle, label.badge_name, back_end("own")))
    st.session_state.codes = []
    twin = replace(st.session_state.mine, name="BRÄU-1")
    for edited in ("", "my-board-1", "another"):
        try:
            own_devices.refuse_others_id(twin, edited)
        except JouleLensError as error:
            st.session_state.codes.append((edited, error.code))


def test_a_label_says_whose_device_it_is_in_the_language_of_the_reader() -> None:
    """What is kept of an estimate for all languages holds no words, and no word of whose it is."""
    mine = replace(device(), name="Bräu 1", device_id="my-board-1")
    app = AppTest.from_function(page_of_label, default_timeout=120)
    marks = {False: ("yours", "Ihres"), True: ("from a link, unchecked", "aus einem Link, ungeprüft")}
    for linked, (english, german) in marks.items():
        app.session_state["mine"], app.session_state["linked"] = mine, linked
        app.run()
        assert not app.exception
        (in_english, badge, own), (in_german, _, eigen) = app.session_state["labels"]
        assert in_english == f"on Bräu 1 ({english}), own, fp32"
        assert in_german == f"auf Bräu 1 ({german}), eigen, fp32"
        assert badge.endswith(f"({english})") and (own, eigen) == ("own", "eigen")
    # Another name of one id is told, unless the device is being written in another way.
    assert app.session_state["codes"] == [("", "DEVICE_FILE_ID"), ("another", "DEVICE_FILE_ID")]


def test_the_page_of_a_label_says_which_figures_it_is_computed_from() -> None:
    app = AppTest.from_file(str(ROOT / "app" / "main.py"), default_timeout=120)
    app.session_state[DEVICES] = {"my-board-1": device()}
    for key, value in {"sample": "squeezenet-1.1", "device": "my-board-1"}.items():
        app.query_params[key] = value
    app.query_params["delegate"], app.query_params["precision"] = "own", "fp32"
    app.switch_page(str(ROOT / "pages" / "label.py"))
    app.run()
    assert not app.exception
    assert "your device's own figures" in app.success[0].value
