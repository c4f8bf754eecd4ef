"""Two languages from one catalogue: nothing missing, nothing hard-coded, numbers written the reader's way."""

from __future__ import annotations

import ast
import string
import subprocess
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po

from app.i18n import formats
from app.i18n.texts import LANGUAGES, LOCALE, SOURCE, in_language, marks, t, tn
from app.paths import ROOT
from house_rules import project_module
from language_rules import bare_texts, built_texts

FILES = sorted(
    path.relative_to(ROOT).as_posix()
    for path in [*(ROOT / "app").rglob("*.py"), *(ROOT / "pages").glob("*.py")]
)
NOT_ON_PAGES = frozenset({
    "app/label/__main__.py",  # for people at a terminal, where everything is in English
    "app/i18n/texts.py",
    "app/log.py",  # its register of codes is for developers
    "app/i18n/declared.py",  # names, a script, rules
    "app/label/svg.py", "app/label/png.py", "app/server/routes.py",  # markup, names of fonts, headers
    "app/server/early_code.py",  # names of files
})  # fmt: skip
OTHERS = [code for code in LANGUAGES if code != SOURCE]


@pytest.fixture(scope="module")
def in_code(tmp_path_factory: pytest.TempPathFactory) -> Catalog:
    """Every text of the code, as `make texts` finds them."""
    template = tmp_path_factory.mktemp("texts") / "texts.pot"
    command = ["make", "--silent", "--no-print-directory", "texts-template", f"TEMPLATE={template}"]
    subprocess.run(command, cwd=ROOT, check=True, timeout=120)
    return read(template)


def read(path: Path) -> Catalog:
    with path.open("rb") as file:
        return read_po(file)


def places(text: str) -> dict[str, set[str]]:
    """Named places of a text, each with its formats. Raises ValueError for braces that don't close."""
    result: dict[str, set[str]] = {}
    for _, name, form, conversion in string.Formatter().parse(text):
        if name is not None:
            result.setdefault(name, set()).add(f"{conversion or ''}:{form}")
    return result


def test_no_text_is_hard_coded() -> None:
    found = [
        f"{path}:{line}: {text}"
        for path in FILES
        if path not in NOT_ON_PAGES
        for rule in (bare_texts, built_texts)
        for line, text in rule(project_module(path).tree)
    ]
    assert found == []


@pytest.mark.parametrize("code", OTHERS)
def test_every_text_of_the_code_is_translated(code: str, in_code: Catalog) -> None:
    translated = read(LOCALE / code / "texts.po")
    texts = {message.id: message for message in in_code if message.id}
    assert len(texts) > 2000
    known = {message.id for message in translated if message.id and is_complete(message.string)}
    assert set(texts) - known == set(), "run `make texts` and fill in what is empty"
    assert {message.id for message in translated if message.id} - set(texts) == set(), "run `make texts`"


def is_complete(translation: str | tuple[str, ...]) -> bool:
    return bool(translation) and all(translation)


@pytest.mark.parametrize("code", OTHERS)
def test_a_translation_has_the_places_and_formats_of_the_text(code: str) -> None:
    pairs = [pair for message in read(LOCALE / code / "texts.po") if message.id for pair in _forms(message)]
    # One may be said in words ("a row"), so a form for amounts may do without the amount.
    wrong = [pair for pair in pairs if len({_comparable(text) for text in pair}) > 1]
    assert wrong == []


def test_german_calls_a_median_one_and_a_board_by_one_word() -> None:
    # The last form: the median of one device is its value.
    pairs = [_forms(message)[-1] for message in read(LOCALE / "de" / "texts.po") if message.id]
    assert [pair for pair in pairs if "median" in pair[0].lower() and "median" not in pair[1].lower()] == []
    assert [german for _, german in pairs if "Platine" in german] == []


def _comparable(text: str) -> str:
    return str(sorted((name, sorted(forms)) for name, forms in places(text).items() if name != "n"))


def _forms(message: Message) -> list[tuple[str, str]]:
    """Pairs of English text and translation, one for each form."""
    if isinstance(message.id, tuple):
        return [(message.id[1], form) for form in message.string]
    return [(message.id, message.string)]


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
    assert places("{a} and {b_c:,}, {a}") == {"a": {":"}, "b_c": {":,"}}
    with pytest.raises(ValueError, match=r"."):
        places("{a")
