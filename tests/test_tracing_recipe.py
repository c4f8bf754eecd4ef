"""Columns by hand: a recipe says what each column is, is saved as text and used again."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from data.__main__ import main
from data.tracing import Reading, TraceError, open_trace, read_trace
from data.tracing.recipe import recipe_of, written

TABLE = "x;a;b;who\n" + "".join(
    f"{100 * k};{-v};5;{who}\n" for k in range(11) for who, v in (("left", 400), ("right", 100))
)
"""Time in ms, current in mA written as negative, voltage in V, two boards as rows."""
RECIPE = """
time = "x"
time_unit = "ms"
device = "who"
[[rail]]
name = "board"
current = "a"
current_unit = "mA"
voltage = 3
sign = -1
"""


def by_hand(text: str, recipe: str) -> Reading:
    """A file read by a recipe."""
    source = io.BytesIO(text.encode())
    return read_trace(source, layout=open_trace(source, recipe=recipe_of(recipe)))


def test_any_table_can_be_read_by_a_recipe() -> None:
    # (0.4 A + 0.1 A) * 5 V * 1 s
    assert by_hand(TABLE, RECIPE).recording.span().energy_j == pytest.approx(2.5)


def test_one_device_of_several_can_be_chosen() -> None:
    chosen = RECIPE.replace('device = "who"', 'device = "who"\ndevices = "right"')
    assert by_hand(TABLE, chosen).recording.span().energy_j == pytest.approx(0.5)


def test_a_table_without_heading_or_time_is_read_by_numbers_and_a_rate() -> None:
    text = "".join(f"7 {2000 + k % 2}\n" for k in range(101))
    recipe = 'rate_hz = 100.0\n[[rail]]\npower = 2\npower_unit = "mW"\n'
    assert by_hand(text, recipe).recording.span().energy_j == pytest.approx(2.0, rel=1e-3)


def test_energy_columns_and_fixed_voltages_are_read() -> None:
    counted = "when,e\n" + "".join(f"{k},{0.001 * k}\n" for k in range(11))
    recipe = 'time = "when"\n[[rail]]\nenergy = "e"\nenergy_unit = "Wh"\n'
    assert by_hand(counted, recipe).recording.span().energy_j == pytest.approx(36.0)
    fixed = "when,c\n" + "".join(f"{k},0.5\n" for k in range(11))
    recipe = 'time = "when"\n[[rail]]\ncurrent = "c"\nvoltage_v = 12\n'
    assert by_hand(fixed, recipe).recording.span().energy_j == pytest.approx(60.0)


@pytest.mark.parametrize(
    ("recipe", "code"),
    [
        ("time = ", "RECIPE_UNREADABLE"),
        ('time = "x"\n', "RECIPE_INCOMPLETE"),
        ("rate_hz = 1e-320\n[[rail]]\npower = 2\n", "RECIPE_INCOMPLETE"),  # times would be infinite
        ('[[rail]]\npower = "a"\n', "RECIPE_INCOMPLETE"),
        ('time = "x"\n[[rail]]\ncurrent = "a"\n', "RECIPE_INCOMPLETE"),
        ('time = "x"\ntime_unit = "mW"\n[[rail]]\npower = "a"\n', "RECIPE_INCOMPLETE"),
        ('time = "x"\ncolour = 1\n[[rail]]\npower = "a"\n', "RECIPE_KEY"),
        ('time = "x"\n[[rail]]\npower = "z"\n', "RECIPE_COLUMN"),
        ('time = "x"\n[[rail]]\npower = 9\n', "RECIPE_COLUMN"),
    ],
)
def test_a_recipe_that_cannot_be_used_is_refused_by_code(recipe: str, code: str) -> None:
    with pytest.raises(TraceError) as caught:
        by_hand(TABLE, recipe)
    assert caught.value.code == code


@pytest.mark.parametrize(
    "text",
    [
        TABLE.replace("x;a;b;who", "time_ms;current_ma;voltage_v;board"),
        "Time (min),Power (W)\n" + "".join(f"{k},2.0\n" for k in range(11)),
        "date and time,energy_uj\n" + "".join(f"2024-01-01 00:00:{k:02d},{k * 5000000}\n" for k in range(11)),
    ],
)
def test_what_was_recognised_is_saved_and_used_again(text: str) -> None:
    source = io.BytesIO(text.encode())
    layout = open_trace(source)
    first = read_trace(source, layout=layout)
    again = by_hand(text, written(layout, first.rails))
    assert again.recording.span().energy_j == pytest.approx(first.recording.span().energy_j)
    assert again.layout.format_id == "recipe"


@pytest.mark.slow
def test_the_command_saves_a_recipe_and_uses_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    table, recipe = tmp_path / "t.csv", tmp_path / "r.toml"
    table.write_text("time_s,power_w\n" + "".join(f"{k},5300\n" for k in range(11)))
    assert main(["trace", str(table), "--save-recipe", str(recipe), "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out)["energy_mj"] == pytest.approx(53_000.0)
    recipe.write_text(recipe.read_text().replace('"mW"', '"W"'))
    assert main(["trace", str(table), "--recipe", str(recipe), "--format", "json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["energy_mj"] == pytest.approx(53_000_000.0)
    assert found["format"] == "recipe"
