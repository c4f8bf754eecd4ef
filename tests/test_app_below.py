"""What the layers below say reaches a German reader in German, with its changing parts and numbers."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any, BinaryIO

import pytest

from app.i18n.below import _patterns, _translated, from_below
from app.i18n.below_texts import sentences
from app.i18n.texts import LOCALE, _catalogue, in_language
from app.paths import ROOT
from data.dictionary import load_dictionary
from data.messages import Message
from predictors import estimate_model
from predictors.errors import CodedError
from predictors.reading import read_isolated
from predictors.registry import targets
from predictors.samples import sample_bytes


def german(text: str) -> str:
    with in_language("de"):
        return from_below(text)


def test_a_sentence_keeps_its_changing_parts() -> None:
    said = Message(
        "The measured ratios spread widely: the interval spans a factor of {factor:.1f}.",
        factor=3.4,
    )
    assert german(said) == (
        "Die gemessenen Verhältnisse streuen weit: das Intervall umspannt einen Faktor von 3,4."
    )
    assert from_below(said) == said


def test_a_part_that_is_a_text_itself_is_translated_too() -> None:
    said = german(Message("{label} ({unit})", label=Message("Mean power"), unit="W"))
    assert said == "Mittlere Leistung (W)"


def test_a_heading_keeps_its_unit() -> None:
    column = next(
        column
        for table in load_dictionary().values()
        for column in table.columns.values()
        if column.label == "Mean power"
    )
    assert german(column.heading) == "Mittlere Leistung (W)"


def test_what_nobody_foresaw_stays_as_it_is() -> None:
    assert german("Something else entirely 1.5") == "Something else entirely 1.5"


def test_every_target_is_described_in_german() -> None:
    unknown = {
        text
        for target in targets()
        for text in (target.error_basis, target.meter)
        if text and german(text) == text
    }
    assert unknown == set()


@pytest.mark.parametrize("sample_id", ["mobilenet-v3-small", "googlenet"])
def test_every_note_and_law_of_an_estimate_is_known(sample_id: str) -> None:
    report = estimate_model(sample_bytes(sample_id))
    said = {note.message for estimate in report.estimates for note in estimate.warnings}
    said |= {kernel.law for estimate in report.estimates for kernel in estimate.kernels}
    assert len(said) > 10
    assert {text for text in said if text and german(text) == text} == set()


def test_every_heading_of_the_dictionary_is_known() -> None:
    known_everywhere = {
        "DOI",
        "arXiv",
        "GPU",
        "Android",
        "NNAPI",
        "TDP",
        "System",
        "Software",
        "Batch",
        "Commit",
    }
    known_everywhere |= {"MACs", "Phase", "Delegate", "Kernels"}
    labels = {column.label for table in load_dictionary().values() for column in table.columns.values()}
    assert {label for label in labels if german(label) == label} <= known_everywhere


def test_every_refusal_of_the_hostile_files_is_known() -> None:
    said = set()
    for path in sorted((ROOT / "tests" / "hostile" / "corpus").glob("*.onnx")):
        try:
            read_isolated(path.read_bytes())
        except CodedError as error:
            said.add(error.message)
    assert said
    assert {text for text in said if german(text) == text} == set()


def test_places_are_named_after_what_changes() -> None:
    code = 'message = f"The file has {len(rows)} rows of {file.size} bytes ({100 * share:.0f} %)."'
    assert [text for _, text in sentences(ast.parse(code))] == [
        "The file has {rows} rows of {size} bytes ({share} %)."
    ]


def test_code_is_not_taken_for_words() -> None:
    code = 'raise ValueError("this is a defect")\nquery = "SELECT a FROM b WHERE c"\n"""Docs of a thing."""'
    assert list(sentences(ast.parse(code))) == []


def test_a_short_text_does_not_break_into_a_long_one() -> None:
    said = "Nobody foresaw this sentence on that page, which is about something else."
    assert german(said) == said


def test_each_file_of_the_catalogue_is_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    from babel.messages import pofile

    read: list[str] = []

    def noting(file: BinaryIO, **more: Any) -> Any:
        read.append(Path(file.name).stem)
        return original(file, **more)

    original = pofile.read_po
    monkeypatch.setattr(pofile, "read_po", noting)
    for cached in (_catalogue, _patterns, _translated):
        cached.cache_clear()
    assert german("Nobody foresaw this sentence.") == "Nobody foresaw this sentence."
    assert german("Mean power") == "Mittlere Leistung"
    assert sorted(read) == sorted(path.stem for path in (LOCALE / "de").glob("*.po"))
