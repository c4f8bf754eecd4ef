"""The page of tokens: figures, scopes and years on the screen, refusals in words."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from app.frame.navigation import PAGES
from app.paths import ROOT
from app.tokens.others import other_rows


def opened(**query: str) -> AppTest:
    app = AppTest.from_file(str(ROOT / "app" / "main.py"), default_timeout=60)
    for key, value in query.items():
        app.query_params[key] = value
    file = next(entry.file for entry in PAGES if entry.slug == "tokens")
    app.switch_page(str(file))
    app.run()
    assert not app.exception
    return app


def texts(app: AppTest) -> str:
    shown = [each.value for kind in ("markdown", "caption", "info", "error") for each in app.get(kind)]
    return "\n".join([*map(str, shown), *(f"{each.label} {each.value}" for each in app.metric)])


def test_the_usual_question_is_answered_with_scope_and_year() -> None:
    app = opened()
    said = texts(app)
    for words in (
        "182 mJ",
        "one supply rail (VDD_CPU_GPU_CV)",
        "Measured in 2026",
        "1.5 to 3 W more",
        "Run by llama.cpp CUDA b9292.",
    ):
        assert words in said
    assert "Answers per charge" not in said


@pytest.mark.parametrize(
    ("device", "figure"),
    [("xiaomi-15-pro", "149 mJ"), ("meizu-21", "261 mJ"), ("huawei-mate40-pro", "349 mJ")],
)
def test_phones_show_what_was_measured_on_the_whole_phone(device: str, figure: str) -> None:
    said = texts(opened(llm_device=device))
    assert figure in said
    assert "whole phone" in said
    assert "Measured in 2025" in said


def test_a_known_battery_gives_answers_per_charge() -> None:
    assert "Answers per charge" in texts(opened(llm_device="huawei-mate40-pro"))
    assert "Answers per charge" in texts(opened(llm_device="meizu-21", llm_wh="18"))


def test_every_runtime_of_the_iphone_is_on_the_screen() -> None:
    app = opened(llm_device="iphone-17-pro")
    table = app.dataframe[0].value
    figures = sorted(round(value) for value in table["Energy per token (mJ)"])
    assert (figures[0], figures[-1], len(figures)) == (147, 260, 6)


def test_power_modes_stand_beside_25_watts() -> None:
    table = opened().table[0].value
    by_mode = table.set_index("Power mode")
    assert by_mode.loc["15W"].tolist()[:2] == ["1.04", "0.96 to 1.07"]
    assert by_mode.loc["MAXN"].tolist()[:2] == ["1.12", "1.09 to 1.23"]
    assert by_mode.loc["7W"].tolist()[0] == "1.11"


def test_other_devices_are_listed_by_meter() -> None:
    rows = other_rows("Llama-3.2-1B")
    assert set(rows["scope"]) == {"rail", "whole-phone"}
    assert all(part["token_mj"].is_monotonic_increasing for _, part in rows.groupby("scope"))
    app = opened()
    assert len(app.dataframe) == 2


def test_another_model_is_estimated_by_its_size() -> None:
    app = opened(llm_model="own", llm_params="1.2", llm_mode="25W")
    said = texts(app)
    assert "160 mJ" in said
    assert "10.4 % off in the median" in said


@pytest.mark.slow
@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({"llm_model": "own", "llm_params": "7"}, "TOKENS_RANGE"),
        ({"llm_model": "own", "llm_params": "3", "llm_device": "meizu-21"}, "TOKENS_RANGE"),
        ({"llm_model": "own", "llm_device": "iphone-17-pro"}, "TOKENS_RANGE"),
        ({"llm_prompt": "100000"}, "TOKENS_PROMPT"),
        ({"llm_model": "own", "llm_params": "0"}, "BAD_ADDRESS_NUMBER"),
        ({"llm_model": "own", "llm_params": "1e15"}, "BAD_ADDRESS_NUMBER"),
    ],
)
def test_what_was_not_measured_has_a_code_and_no_figure(query: dict[str, str], code: str) -> None:
    app = opened(**query)
    said = "\n".join(str(each.value) for kind in ("error", "warning") for each in app.get(kind))
    assert code in said
    if code.startswith("TOKENS"):
        assert not app.metric
