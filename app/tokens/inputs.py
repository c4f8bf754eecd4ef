"""What is asked on the page of tokens: device, software, power mode, model, lengths, battery."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import streamlit as st

from app import bundle_cache
from app.i18n.formats import literal, number
from app.i18n.texts import t, verbatim
from app.ui.attend import attending
from app.ui.boundary import offer_again
from app.ui.meaning import battery_mah
from app.ui.sent_files import read_once
from app.url_state import widgets
from app.url_state.number_fields import LIMITS
from data.errors import PASSING, JouleLensError
from data.language.gguf import GgufHeader
from data.workers import calls
from predictors.errors import printable
from predictors.tokens.devices import device_setups, setup_of
from predictors.tokens.question import DEFAULT_TOKENS, TokenQuestion, from_header
from scoring.meaning import NOMINAL_VOLTAGE_V

if TYPE_CHECKING:
    from streamlit.runtime.uploaded_file_manager import UploadedFile

USUAL_DEVICE: Final = "jetson-orin-nano"
"""The device with most models."""
USUAL_MODEL: Final = verbatim("Llama-3.2-1B")
"""The model measured on most devices."""
NOT_STATED: Final = verbatim("not stated")
"""In the place of a software that the source does not name (`predictors.tokens.rows`)."""
OWN: Final = "own"
MAX_MB: Final = 200
"""Size of an upload; more than the header of any model takes."""
_HEADER_KEY: Final = "llm-header"
_BATTERY_WH: Final = {"iphone-17-pro": 16.5}
"""Capacity that the source of the figures states."""


def ask() -> tuple[TokenQuestion, JouleLensError | None]:
    """Let everything be chosen; returns the question, and why a file was refused that it would be about."""
    names = dict(zip(bundle_cache.devices()["device_id"], bundle_cache.devices()["name"], strict=True))
    setups = device_setups()
    first, second, third, fourth = st.columns([6, 4, 5, 6], gap="small")
    with first:
        options = {device: str(names.get(device, device)) for device in setups}
        device = widgets.selectbox(t("Device"), options, "llm_device", usual=_usual(list(setups)))
    with second:
        softwares = {each: _software_words(each) for each in setups[device]}
        usual = setup_of(TokenQuestion(device)).software
        software = widgets.selectbox(t("Software"), softwares, "llm_software", usual=usual)
    modes = [each for each in setups[device][software] if each]
    with third:
        mode = _power_mode(device, software, modes)
    question = TokenQuestion(device, software=software, power_mode=mode)
    question, refused = _model(question, fourth)
    return _lengths(question), refused


def _usual(known: list[str]) -> str:
    return USUAL_DEVICE if USUAL_DEVICE in known else known[0]


def _software_words(software: str) -> str:
    return t("not stated") if software == NOT_STATED else software


def _power_mode(device: str, software: str, modes: list[str]) -> str:
    if not modes:
        st.selectbox(t("Power mode"), [t("none measured")], disabled=True, key="llm_no_mode")
        return ""
    usual = setup_of(TokenQuestion(device, software=software)).power_mode
    options = {each: each for each in modes}
    return widgets.segmented_control(t("Power mode"), options, "llm_mode", usual=usual)


def _model(
    question: TokenQuestion, place: st.delta_generator.DeltaGenerator
) -> tuple[TokenQuestion, JouleLensError | None]:
    """Let the model be chosen at a place, and below it what a model leaves open."""
    setup = setup_of(question)
    options = {each: each for each in setup.models} | {OWN: t("another model, by its size")}
    with place:
        usual = USUAL_MODEL if USUAL_MODEL in options else next(iter(options))
        model = widgets.selectbox(t("Model"), options, "llm_model", usual=usual)
    if model != OWN:
        formats = list(dict.fromkeys(row.weight_format for row in setup.decode if row.model == model))
        if len(formats) > 1:
            with place:
                chosen = widgets.selectbox(
                    t("Weight format"), {each: each for each in formats}, "llm_measured_format"
                )
                return replace(question, model=model, weight_format=chosen), None
        return replace(question, model=model), None
    second, third, fourth = st.columns(3, gap="small", vertical_alignment="bottom")
    with second:
        params = _number(t("Parameters (billions)"), "llm_params", 1.0)
    question = replace(question, params_b=params)
    if setup.formats:
        with third:
            options = {each: each for each in setup.formats}
            chosen = widgets.selectbox(t("Weight format"), options, "llm_format")
        with fourth:
            size = st.number_input(
                t("Weights (MB)"), min_value=1.0, max_value=LIMITS["llm_mb"][1], value=None, step=50.0,
                key="llm_mb", bind="query-params", placeholder=t("by format"),
            )  # fmt: skip
        question = replace(question, weight_format=chosen, weights_mb=size)
    return _from_file(question)


def _number(label: str, key: str, usual: float) -> float:
    low, high = LIMITS[key]
    return float(
        st.number_input(
            label, min_value=low, max_value=high, value=usual, step=0.1, key=key, bind="query-params"
        )
    )


def _from_file(question: TokenQuestion) -> tuple[TokenQuestion, JouleLensError | None]:
    """The question about the model of a .gguf file, if one was given; its header goes before the fields."""
    with st.expander(t("Take parameters, format and size from a .gguf file"), icon=":material/upload_file:"):
        file = st.file_uploader(
            t("Model (.gguf)"), type=["gguf"], max_upload_size=MAX_MB, key="llm-gguf",
            help=t(
                "Only the header is read, in a process of its own, and nothing is kept. Of a larger file the "
                "beginning is enough: `{command}`.",
                command=verbatim("head -c 50000000 model.gguf > header.gguf"),
            ),
        )  # fmt: skip
        if file is None:
            st.session_state.pop(_HEADER_KEY, None)
            return question, None
        header = _header(file)
        if isinstance(header, JouleLensError):
            offer_again(header.code, "llm-again")
            return question, header  # no figure of the fields' model in the place of the file's
        st.caption(_header_words(header))
    return from_header(replace(question, params_b=None, weight_format="", weights_mb=None), header), None


def _header(file: UploadedFile) -> GgufHeader | JouleLensError:
    """What the header of a file says, or why it was refused."""

    def read() -> GgufHeader | JouleLensError:
        try:
            with attending(t("Reading the header …")) as attend:
                return calls.read_gguf(file, file.name, attend=attend)
        except JouleLensError as error:
            return error

    return read_once(
        file, _HEADER_KEY, read, lambda found: isinstance(found, JouleLensError) and found.code in PASSING
    )


def _header_words(header: GgufHeader) -> str:
    return t(
        "{name}: {params} billion parameters, {format}, architecture {architecture}.",
        name=literal(printable(header.name)) or t("Model without a name"),
        params=number(header.params_m / 1000),
        format=header.weight_format or t("format not stated"),
        architecture=literal(printable(header.architecture)),
    )


def _lengths(question: TokenQuestion) -> TokenQuestion:
    first, second, third = st.columns(3, gap="small")
    prompt = _whole(first, t("Tokens of the prompt"), "llm_prompt")
    answer = _whole(second, t("Tokens of the answer"), "llm_answer")
    battery = third.number_input(
        t("Battery (Wh)"), min_value=0.1, max_value=LIMITS["llm_wh"][1], value=None, step=1.0, key="llm_wh",
        bind="query-params", placeholder=_battery_words(question.device_id),
    )  # fmt: skip
    capacity = battery if battery is not None else known_battery_wh(question.device_id)
    return replace(question, input_tokens=prompt, output_tokens=answer, battery_wh=capacity)


def _whole(place: st.delta_generator.DeltaGenerator, label: str, key: str) -> int:
    low, high = LIMITS[key]
    value = place.number_input(
        label, min_value=int(low), max_value=int(high), value=DEFAULT_TOKENS, step=64, key=key,
        bind="query-params",
    )  # fmt: skip
    return int(value)


def known_battery_wh(device_id: str) -> float | None:
    """Capacity of a device's battery (Wh), None where no source states one."""
    if device_id in _BATTERY_WH:
        return _BATTERY_WH[device_id]
    capacity = battery_mah(device_id)
    return None if capacity is None else capacity * NOMINAL_VOLTAGE_V / 1000


def _battery_words(device_id: str) -> str:
    capacity = known_battery_wh(device_id)
    return t("not known") if capacity is None else number(capacity)
