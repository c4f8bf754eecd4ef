"""What a token costs: figures of the sources, the law's error with a model left out, and refusals by code."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from predictors.cli.main import main
from predictors.errors import InputError
from predictors.tokens.answer import TokenEvidence
from predictors.tokens.devices import device_setups, mode_ratios
from predictors.tokens.estimate import estimate_tokens
from predictors.tokens.law import ENERGY, TIME, cells_of, fitted
from predictors.tokens.question import TokenQuestion
from predictors.tokens.rows import token_rows

NANO = "jetson-orin-nano"


def asked(device_id: str, **given: Any) -> TokenQuestion:
    return TokenQuestion(device_id, **given)


@pytest.mark.parametrize(
    ("device", "energy_mj", "scope"),
    [
        (NANO, 182, "rail"),
        ("xiaomi-15-pro", 149, "whole-phone"),
        ("meizu-21", 261, "whole-phone"),
        ("huawei-mate40-pro", 349, "whole-phone"),
    ],
)
def test_llama_costs_what_was_measured(device: str, energy_mj: float, scope: str) -> None:
    answer = estimate_tokens(asked(device, model="Llama-3.2-1B", input_tokens=1024))
    assert round(answer.token_mj.value) == energy_mj
    assert answer.evidence is TokenEvidence.MEASURED
    assert answer.scope == scope
    assert answer.token_mj.low < answer.token_mj.value < answer.token_mj.high


def test_runtimes_of_one_phone_are_systems_of_their_own() -> None:
    softwares = device_setups()["iphone-17-pro"]
    found = {
        software: estimate_tokens(asked("iphone-17-pro", model="Gemma-4-E2B", software=software))
        for software in softwares
    }
    figures = sorted(round(answer.token_mj.value) for answer in found.values())
    assert (figures[0], figures[-1], len(figures)) == (147, 260, 6)


def llama_cells() -> Any:
    rows = [row for row in token_rows() if row.device_id == NANO and row.family == "llama.cpp"]
    return cells_of(rows)


def test_a_model_left_out_is_within_fifteen_per_cent_in_the_median() -> None:
    fit = fitted(llama_cells(), ENERGY)
    assert fit.models == 13
    assert fit.error_percent <= 15
    assert 70 <= fit.coverage_percent <= 90
    assert all(each >= 0 for each in fit.law.coefficients)


def test_weights_of_one_and_two_bits_cost_more_per_megabyte() -> None:
    _, dense, low, *_ = fitted(llama_cells(), ENERGY).law.coefficients
    assert low > 2 * dense


def test_power_modes_are_those_of_the_source() -> None:
    ratios = {each.power_mode: each for each in mode_ratios(NANO)}
    assert list(ratios) == ["7W", "15W", "MAXN"]
    middles = {mode: each.middle for mode, each in ratios.items()}
    assert middles == pytest.approx({"7W": 1.12, "15W": 1.04, "MAXN": 1.12}, abs=0.01)
    assert (round(ratios["15W"].low, 2), round(ratios["15W"].high, 2)) == (0.96, 1.07)
    assert (round(ratios["MAXN"].low, 2), round(ratios["MAXN"].high, 2)) == (1.09, 1.23)
    assert all(each.error_percent <= 8 for each in ratios.values())


def test_a_law_finds_what_it_was_made_of() -> None:
    """Cells of a known law give its coefficients, modes and slope back."""
    truth = np.array([10.0, 50.0, 400.0, 90.0, 20.0])
    from predictors.tokens.law import Cell, fit_law

    cells = []
    for number, (params, size, low) in enumerate(
        [(0.1, 0.1, False), (0.5, 0.3, False), (1.0, 0.9, False), (1.5, 0.8, False),
         (2.0, 0.2, True), (4.0, 0.7, True), (8.0, 1.0, True)]
    ):  # fmt: skip
        features = np.array([1.0, size * (not low), size * low, params * (not low), params * low])
        for mode, factor in (("25W", 1.0), ("15W", 1.1)):
            for prompt in (1048, 2048):
                energy = float(features @ truth) * factor * float(np.exp(0.05 * (prompt - 2048) / 1000))
                cells.append(Cell(str(number), mode, prompt, params, size, low, energy, 1.0))
    law = fit_law(cells, ENERGY)
    assert law.coefficients == pytest.approx(truth, rel=1e-6)
    assert law.modes == pytest.approx({"25W": 1.0, "15W": 1.1})
    assert law.slope == pytest.approx(0.05)


def test_the_command_answers_as_agreed(capsys: pytest.CaptureFixture[str]) -> None:
    command = (
        "tokens --device jetson-orin-nano --params-b 1.2 --format q4_k_m --power-mode 25W "
        "--output-tokens 256 --format-out json"
    )
    assert main(command.split()) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["evidence"] == "predicted"
    assert said["scope"] == "rail"
    assert said["rail"] == "VDD_CPU_GPU_CV"
    assert said["energy_mj_per_token_low"] < said["energy_mj_per_token"] < said["energy_mj_per_token_high"]
    assert said["energy_j_per_answer"] == pytest.approx(256 * said["energy_mj_per_token"] / 1000, rel=1e-4)
    assert said["tokens_per_s"] > 0
    assert said["measured_in"] == ["2026"]
    # Nearest measured: LFM2.5-1.2B 157 mJ, Llama-3.2-1B 182 mJ.
    assert 130 < said["energy_mj_per_token"] < 190


def test_the_table_of_the_command_says_scope_and_year(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["tokens", "--device", "meizu-21", "--model", "Llama-3.2-1B", "--battery-wh", "18"]) == 0
    said = capsys.readouterr().out
    for words in ("260.9 mJ", "whole-phone", "2025", "answers per charge", "measured"):
        assert words in said


def test_an_answer_on_a_phone_holds_its_prompt() -> None:
    answer = estimate_tokens(asked("meizu-21", model="Llama-3.2-1B", input_tokens=1000, output_tokens=200))
    assert answer.prompt_j == pytest.approx(46.17, abs=0.05)
    assert answer.answer_j.value == pytest.approx(46.17 + 0.2 * 260.9, rel=0.002)


def test_between_two_models_the_interval_holds_both() -> None:
    answer = estimate_tokens(asked("meizu-21", params_b=1.4))
    assert answer.evidence is TokenEvidence.NEIGHBOURS
    assert answer.token_mj.low < 260.9 < answer.token_mj.value < 354.0 < answer.token_mj.high
    assert answer.error_percent is None


def test_answers_per_charge() -> None:
    answer = estimate_tokens(asked("meizu-21", model="Llama-3.2-1B"))
    charge = answer.answers_per_charge(10.0)
    assert charge is not None
    assert charge.value == pytest.approx(36_000 / answer.answer_j.value)
    assert charge.low < charge.value < charge.high
    assert answer.answers_per_charge() is None


@pytest.mark.parametrize(
    ("device", "given", "code"),
    [
        (NANO, {"params_b": 0.0}, "TOKENS_PARAMS"),
        (NANO, {"params_b": 1e6}, "TOKENS_PARAMS"),
        (NANO, {"params_b": float("nan")}, "TOKENS_PARAMS"),
        (NANO, {"params_b": -1.0}, "TOKENS_PARAMS"),
        (NANO, {"params_b": 1.2, "weights_mb": 0.0}, "TOKENS_WEIGHTS"),
        (NANO, {"params_b": 1.2, "weight_format": "Q3_K_S"}, "TOKENS_FORMAT"),
        (NANO, {"params_b": 1.2, "power_mode": "30W"}, "TOKENS_POWER_MODE"),
        ("meizu-21", {"params_b": 1.4, "power_mode": "25W"}, "TOKENS_POWER_MODE"),
        (NANO, {"params_b": 1.2, "input_tokens": 4096}, "TOKENS_PROMPT"),
        (NANO, {"params_b": 1.2, "input_tokens": 2048, "output_tokens": 2048}, "TOKENS_PROMPT"),
        (NANO, {"params_b": 1.2, "output_tokens": 0}, "TOKENS_LENGTH"),
        (NANO, {"params_b": 7.0, "weight_format": "Q4_K_M"}, "TOKENS_RANGE"),
        (NANO, {"params_b": 1.2, "weights_mb": 4000.0}, "TOKENS_RANGE"),
        (NANO, {"params_b": 1.2, "software": "vLLM"}, "TOKENS_SOFTWARE"),
        (NANO, {"model": "GPT-5"}, "TOKENS_MODEL"),
        (NANO, {"model": "Llama-3.2-1B", "weight_format": "Q3_K_S"}, "TOKENS_FORMAT"),
        (NANO, {"model": "Llama-3.2-1B", "weights_mb": 9_999.0}, "TOKENS_WEIGHTS"),
        (NANO, {"model": "Llama-3.2-1B", "params_b": 8.0}, "TOKENS_PARAMS"),
        (NANO, {"model": "Llama-3.2-1B", "params_b": 0.5}, "TOKENS_PARAMS"),
        ("meizu-21", {"params_b": 1.3, "weights_mb": 5.0}, "TOKENS_WEIGHTS"),
        ("meizu-21", {"model": "Llama-3.2-1B", "weight_format": "Q2_K"}, "TOKENS_FORMAT"),
        ("meizu-21", {"params_b": 1.3, "weight_format": "NONSENSE"}, "TOKENS_FORMAT"),
        ("iphone-17-pro", {"model": "Gemma-4-E2B", "output_tokens": 10**12}, "TOKENS_PROMPT"),
        ("raspberry-pi-5", {"model": "Qwen2.5-1.5B", "input_tokens": 10**6}, "TOKENS_PROMPT"),
        (NANO, {}, "TOKENS_NO_MODEL"),
        (NANO, {"params_b": 1.2, "battery_wh": -1.0}, "TOKENS_BATTERY"),
        ("meizu-21", {"params_b": 3.0}, "TOKENS_RANGE"),
        ("meizu-21", {"params_b": 0.5}, "TOKENS_RANGE"),
        ("iphone-17-pro", {"params_b": 2.0}, "TOKENS_RANGE"),
        ("jetson-agx-orin", {"params_b": 3.0}, "TOKENS_RANGE"),
        ("oneplus-8-pro", {"params_b": 1.2}, "TOKENS_NOT_MEASURED"),
        ("toaster", {"params_b": 1.2}, "DEVICE_UNKNOWN"),
    ],
)
def test_bad_input_has_a_code_and_no_figure(device: str, given: dict[str, Any], code: str) -> None:
    with pytest.raises(InputError) as refused:
        estimate_tokens(asked(device, **given))
    assert refused.value.code == code


def test_a_refusal_names_the_range_that_was_measured() -> None:
    with pytest.raises(InputError, match=r"1\.24 to 1\.54 billion"):
        estimate_tokens(asked("meizu-21", params_b=3.0))
    with pytest.raises(InputError, match="7W, 15W, 25W, MAXN"):
        estimate_tokens(asked(NANO, params_b=1.0, power_mode="60W"))


def test_a_longer_name_finds_its_model() -> None:
    answer = estimate_tokens(asked(NANO, model="Llama-3.2-1B-Instruct.Q4_K_M.gguf"))
    assert answer.question.model == "Llama-3.2-1B"
    assert answer.question.weights_mb == 771


def test_speed_has_its_own_law() -> None:
    assert fitted(llama_cells(), TIME).error_percent <= 15
