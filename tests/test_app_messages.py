"""What the layers below say reaches a German reader in German, with its changing parts and numbers."""

from __future__ import annotations

import pytest
from onnx import helper

from app.i18n.messages import tell
from app.i18n.texts import in_language
from app.paths import ROOT
from data.dictionary import load_dictionary
from data.messages import Message
from data.tracing.errors import MESSAGES, Problem, TraceError
from predictors import estimate_model
from predictors.errors import CodedError, ModelError
from predictors.reading import read_isolated
from predictors.reading.limits import Limits
from predictors.reading.source import pruned_source
from predictors.registry import targets
from predictors.samples import sample_bytes
from reading_support import from_nodes
from tracing_support import read


def german(text: str) -> str:
    with in_language("de"):
        return tell(text)


def test_a_sentence_keeps_its_changing_parts() -> None:
    said = Message(
        "The measured ratios spread widely: the interval spans a factor of {factor:.1f}.",
        factor=3.4,
    )
    assert german(said) == (
        "Die gemessenen Verhältnisse streuen weit: das Intervall umspannt einen Faktor von 3,4."
    )
    assert tell(said) == said


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


def test_no_text_is_no_text() -> None:
    assert german("") == ""


def test_a_hint_of_the_isolated_reader_keeps_its_command() -> None:
    """Dimensions were once written like thousands: `--shape x=1,3.224.224`."""
    with pytest.raises(ModelError) as refused:
        read_isolated(from_nodes([helper.make_node("Abs", ["x"], ["y"])], {"x": [1, 16, "q", 9]}))
    assert "zum Beispiel --shape x=1,16,128,9 (Zahlen durch Kommas getrennt)" in german(refused.value.message)


def test_a_rail_keeps_its_name() -> None:
    """The rail 1.8 was once called 1,8."""
    with pytest.raises(TraceError) as refused:
        read("time_s,power_w\n0,1.5\n1,1.5\n2,1.5\n", rails=("1.8",))
    assert refused.value.code == "UNKNOWN_RAIL"
    assert "keine Schiene 1.8." in german(refused.value.message)


def test_numbers_of_a_refusal_are_written_the_german_way() -> None:
    line = Problem("NOT_A_NUMBER", MESSAGES["NOT_A_NUMBER"], line=12_002, count=3_400)
    assert german(line.text).startswith("Zeile 12.002, insgesamt 3.400 Zeilen: ")
    with pytest.raises(ModelError) as refused, pruned_source(bytes(2_000), Limits(file_bytes=1_500)):
        pass
    assert "2.000 Bytes; die Grenze ist 1.500 " in german(refused.value.message)
    assert "2,000 bytes; the limit is 1,500 " in refused.value.message
