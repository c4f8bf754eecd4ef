"""TOML from outside: what takes long, or is no TOML, is refused in the words of the door that read it."""

from __future__ import annotations

import pytest

from data.errors import JouleLensError
from data.plain_toml import MOST_CHARACTERS, read_plain_toml
from data.tracing.recipe import recipe_of
from predictors.energy.calibrated.own_devices import device_of_files

HOSTILE = {
    "nested lists": "a=" + "[" * 30_000,
    "nested tables": "a=" + "{a=" * 20_000,
    "dotted key": "a" + ".a" * 30_000 + "=1",
    "dotted key in quotes": "''" + ".''" * 20_000 + "=1",
    "dotted key in double quotes and spaces": '"" ' + '. "" ' * 10_000 + "=1",
    "dotted key of an inline table": "b={a" + ".a" * 30_000 + "=1}",
    "dotted table": "[a" + ".a" * 30_000 + "]",
    "dotted tables": "\n".join(f"[a{'.a' * 60}.b{number}]" for number in range(400)),
    "number of many digits": "a=" + "9" * 50_000,
    "whole number of 24,000 bits": "a=[{b=0x" + "f" * 6_000 + "}]",
    "whole number of 65 bits": "a=0b1" + "0" * 64,
    "too long": "a=1\n" * (MOST_CHARACTERS // 4 + 1),
    "no TOML": "\0\0",
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_hostile_toml_is_refused_at_once_at_every_door(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        read_plain_toml(text)
    with pytest.raises(JouleLensError) as recipe:
        recipe_of(text)
    with pytest.raises(JouleLensError) as device:
        device_of_files([("a.toml", text.encode()), ("a.csv", b"model,precision,energy_mj\n")])
    assert (recipe.value.code, device.value.code) == ("RECIPE_UNREADABLE", "DEVICE_FILE_DAMAGED")


def test_plain_toml_is_read() -> None:
    text = 'name = "a 1.2.3"\nurl = "https://a.b.c.example"\n[conditions.of.it]\nidle_power_w = 1.5\n'
    assert read_plain_toml(text) == {
        "name": "a 1.2.3",
        "url": "https://a.b.c.example",
        "conditions": {"of": {"it": {"idle_power_w": 1.5}}},
    }
