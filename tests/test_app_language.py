"""Two languages from one catalogue: nothing missing, nothing hard-coded, numbers written the reader's way."""

from __future__ import annotations

import ast

import pytest

from app.i18n import formats
from app.i18n.catalogue import places, problems, room_of, texts_in_code
from app.i18n.texts import LANGUAGES, SOURCE, in_language, marks, t, tn
from app.paths import ROOT
from language_rules import bare_texts, built_texts

FILES = sorted(
    path.relative_to(ROOT).as_posix()
    for path in [*(ROOT / "app").rglob("*.py"), *(ROOT / "pages").glob("*.py")]
)
NOT_ON_PAGES = frozenset({
    "app/i18n/catalogue.py", "app/label/cli.py",  # for people at a terminal, where everything is in English
    "app/i18n/texts.py", "app/frame/document_language.py",
    "app/i18n/below_texts.py",  # names, a script, rules
    "app/label/svg.py", "app/label/png.py", "app/server/label_routes.py",  # markup, names of fonts, headers
})  # fmt: skip
OTHERS = [code for code in LANGUAGES if code != SOURCE]
PENDING: frozenset[str] = frozenset()
"""Rooms whose texts are still on their way into the catalogue."""


@pytest.mark.parametrize(
    "path", [path for path in FILES if room_of(path) not in PENDING and path not in NOT_ON_PAGES]
)
def test_no_text_is_hard_coded(path: str) -> None:
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    assert list(bare_texts(tree)) == []
    assert list(built_texts(tree)) == []


@pytest.mark.parametrize("code", OTHERS)
def test_nothing_is_missing_in_the_catalogue(code: str) -> None:
    rooms = {room: texts for room, texts in texts_in_code().items() if room not in PENDING}
    assert [each for room, texts in rooms.items() for each in problems(code, room, texts)] == []


@pytest.mark.parametrize(
    "source",
    [
        'st.info("No device passes these filters.")',
        'label = "Energy"',
        'st.markdown(f"{count} of them")',
        'st.button("Back", key="back to start")',
        't(CHOICES.get(x, "Something else"))',
    ],
)
def test_a_hard_coded_text_is_found(source: str) -> None:
    assert list(bare_texts(ast.parse(source)))


@pytest.mark.parametrize(
    "source",
    [
        't("No device passes these filters.")',
        'NAME = verbatim("TensorFlow Lite")',
        'raise ValueError("this cannot be")',
        'frame["Energy per inference"]',
        '"""A docstring of words."""',
        'st.button(t("Back"), key="back to start")',
        'columns = ["energy_mj", "device_id"]',
    ],
)
def test_what_no_reader_sees_is_not_reported(source: str) -> None:
    assert not list(bare_texts(ast.parse(source)))


def test_a_sentence_glued_from_pieces_is_found() -> None:
    assert list(built_texts(ast.parse('t(f"{a} of b")')))


def test_a_text_that_the_catalogue_would_not_find_is_found() -> None:
    assert list(built_texts(ast.parse("""f"{a} {t('a text')}\"""")))
    assert not list(built_texts(ast.parse('f"{a} {t(NAME)}"')))


def test_numbers_follow_the_language() -> None:
    with in_language("de"):
        assert formats.energy(1234567) == "1,23 kJ"
        assert formats.count(33049) == "33.049"
        assert formats.number(0.026512) == "0,0265"
    assert formats.energy(1234567) == "1.23 kJ"


def test_an_unknown_language_is_that_of_the_code() -> None:
    with in_language("xx"):
        assert t("Devices") == "Devices"


def test_an_amount_decides_the_form() -> None:
    assert tn("{n} row", "{n} rows", 1) == "1 row"
    assert tn("{n} row", "{n} rows", 1234) == "1,234 rows"
    assert tn(*marks("a row", "{n} rows"), 3, n="three") == "three rows"


def test_places_are_read_and_broken_braces_are_not() -> None:
    assert places("{a} and {b_c}, {a}") == {"a", "b_c"}
    with pytest.raises(ValueError, match=r"."):
        places("{a")
