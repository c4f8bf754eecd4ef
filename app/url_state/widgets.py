"""Choices that live in the address: a copied address opens the same view, in any language.

The address holds ids, never labels. Streamlit's own `bind="query-params"` writes labels, which change with
the language and the wording; it is used for free text and numbers only. A choice that is the usual one is not
in the address. What the address asks for and does not exist (any more) is named, never silently ignored.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from app.i18n.formats import listing, literal, quoted
from app.i18n.texts import t
from app.url_state.selections import folded_pills

MAX_VALUE_LENGTH: Final = 200  # characters; names that come in addresses have at most 80
MAX_VALUES: Final = 50  # choices of one field; no list here is that long
NOTHING: Final = [""]
"""Value in the address where nothing is chosen although there is a usual choice."""
UNDER_WAY_S: Final = 2.0
"""A browser that sent its address before ours reached it does so within this time."""


@dataclass(frozen=True, slots=True)
class _Written:
    """The last known value of a parameter, the one before, when it changed and on which page."""

    values: list[str]
    before: list[str]
    at_s: float
    page: str


def selectbox(
    label: str, options: Mapping[str, str], key: str, *, usual: str | None = None, noun: str = "", **more: Any
) -> str:
    """Show a selection of `options` (id -> label); returns the chosen id.

    `usual` (the first, if not given) is chosen where the address says nothing; `noun` names the choice in
    words about addresses. `more` goes to `st.selectbox`.
    """
    return _one(st.selectbox, label, options, key, usual, noun, more)


def segmented_control(
    label: str, options: Mapping[str, str], key: str, *, usual: str | None = None, noun: str = "", **more: Any
) -> str:
    """Show a row of buttons, one of which is always pressed; like `selectbox`."""
    return _one(st.segmented_control, label, options, key, usual, noun, {"required": True} | more)


def radio(
    label: str, options: Mapping[str, str], key: str, *, usual: str | None = None, noun: str = "", **more: Any
) -> str:
    """Show one of several round buttons; like `selectbox`."""
    return _one(st.radio, label, options, key, usual, noun, more)


def select_slider(
    label: str, options: Mapping[str, str], key: str, *, usual: str | None = None, noun: str = "", **more: Any
) -> str:
    """Show steps on a line; like `selectbox`."""
    return _one(st.select_slider, label, options, key, usual, noun, more)


def multiselect(
    label: str,
    options: Mapping[str, str],
    key: str,
    *,
    usual: Sequence[str] = (),
    start: Sequence[str] | None = None,
    noun: str = "",
    **more: Any,
) -> list[str]:
    """Show a folded choice of several of `options` (id -> label), `usual` at first; returns the chosen ids.

    `start` is chosen at first instead of `usual` where that depends on what only this session has; the
    address then names it. `more` goes to `folded_pills`.
    """
    if start is not None and _is_new(key) and not st.query_params.get_all(key):
        st.session_state[key] = list(start)
        _remember(key, [], [])
    return _many(folded_pills, label, options, key, usual, noun, more)


def select_range(label: str, options: Mapping[str, str], key: str, **more: Any) -> tuple[str, str]:
    """Show steps on a line (id -> label, at least two) with a handle at either end; returns both ids."""
    ids = list(options)
    full = (ids[0], ids[-1])
    is_new = _is_new(key)
    asked = _asked(key, options, label, is_new=is_new)
    ends = full if is_new else tuple(st.session_state[key])
    if asked is not None:
        ends = tuple(sorted(asked, key=ids.index)) or full
    if not set(ends) <= set(ids):
        ends = full
    if key in st.session_state and tuple(st.session_state[key]) != (ends[0], ends[-1]):
        st.session_state[key] = (ends[0], ends[-1])
    low, high = st.select_slider(
        label,
        ids,
        # Two values make it a range, whatever the session says.
        value=(ends[0], ends[-1]),
        format_func=lambda each: options.get(each, each),
        key=key,
        **more,
    )
    put(key, [] if (low, high) == full else list(dict.fromkeys([low, high])))
    return low, high


def pills(
    label: str,
    options: Mapping[str, str],
    key: str,
    *,
    usual: Sequence[str] = (),
    noun: str = "",
    **more: Any,
) -> list[str]:
    """Show buttons of which several can be pressed; like `multiselect`."""
    return _many(st.pills, label, options, key, usual, noun, {"selection_mode": "multi"} | more)


def tabs(names: Mapping[str, str], key: str) -> tuple[str, Mapping[str, Any]]:
    """Show tabs (id -> name), the first one open at first; returns the open one's id and every tab by id.

    Fill only the open one: a change runs the page again.
    """
    last = _last(key)
    opened = take(key, names, next(iter(names)), t("section"))
    state, first = f"{key}-tabs", f"{key}-first"
    if last is None:
        st.session_state[first] = opened
    elif _last(key) is not last or st.session_state.get(state) not in names.values():
        st.session_state[state] = names[opened]
    # The default stays: another one would make new tabs, and the click that comes with it would be lost.
    default = names.get(st.session_state[first], names[opened])
    shown = st.tabs(list(names.values()), key=state, default=default, on_change="rerun")
    by_id = dict(zip(names, shown, strict=True))
    now = next((each for each, tab in by_id.items() if tab.open), opened)
    put(key, [] if now == next(iter(names)) else [now])
    return now, by_id


def open_tab(key: str, name: str) -> None:
    """Open one of the tabs `key`, by its name in the reader's language. Call before they are shown."""
    st.session_state[f"{key}-tabs"] = name


def is_bound(key: str) -> bool:
    """Whether a key of the session belongs to a choice in the address."""
    return _record(key) in st.session_state


def take(key: str, options: Mapping[str, str], usual: str, noun: str = "") -> str:
    """Return the one choice that the address asks for, or else the session's, or the usual one."""
    kept = _last(key)
    asked = _asked(key, options, noun, is_new=kept is None)
    if asked is not None:
        return asked[0] if asked else usual
    return kept.values[0] if kept and kept.values and kept.values[0] in options else usual


def newly_asked(key: str, *, has_widget: bool = False) -> list[str] | None:
    """Return what the address holds for a key if it held something else before, None if it did not.

    Ask before `take` or the widget does, which make it known. To a widget that is new on the page
    (`has_widget`) everything is new.
    """
    return _news(key, is_new=_is_new(key) if has_widget else _last(key) is None)


def _last(key: str) -> _Written | None:
    """Return what was last written for a key of this page; None if that was never or on another page."""
    kept = st.session_state.get(_record(key))
    return kept if isinstance(kept, _Written) and kept.page == _page() else None


def put(key: str, values: Sequence[str]) -> None:
    """Write a parameter into the address, or take it out if there are no values."""
    present = st.query_params.get_all(key)
    wanted = list(values)
    if present == wanted:
        _remember(key, wanted, wanted)
        return
    if wanted:
        st.query_params[key] = wanted
    else:
        del st.query_params[key]
    _remember(key, wanted, present)


def _one(
    widget: Callable[..., Any],
    label: str,
    options: Mapping[str, str],
    key: str,
    usual: str | None,
    noun: str,
    more: dict[str, Any],
) -> str:
    first = usual if usual in options else next(iter(options), None)
    is_new = _is_new(key)
    asked = _asked(key, options, noun or label, is_new=is_new)
    if asked is not None:
        st.session_state[key] = asked[0] if asked else first
    elif is_new or st.session_state[key] not in options:
        st.session_state[key] = first
    chosen = widget(label, list(options), format_func=lambda each: options.get(each, each), key=key, **more)
    put(key, [] if chosen in (None, first) else [str(chosen)])
    return str(first if chosen is None else chosen)


def _many(
    widget: Callable[..., Any],
    label: str,
    options: Mapping[str, str],
    key: str,
    usual: Sequence[str],
    noun: str,
    more: dict[str, Any],
) -> list[str]:
    first = [each for each in usual if each in options]
    is_new = _is_new(key)
    asked = _asked(key, options, noun or label, is_new=is_new)
    if asked is not None:
        nothing = st.query_params.get_all(key) == NOTHING
        st.session_state[key] = [] if nothing else (asked or first)[: more.get("max_selections")]
    elif is_new:
        st.session_state[key] = first
    kept = st.session_state[key]
    possible = [each for each in kept if each in options]
    if possible != kept:
        st.session_state[key] = possible
    chosen = widget(label, list(options), format_func=lambda each: options.get(each, each), key=key, **more)
    ids = [str(each) for each in chosen]
    put(key, [] if ids == first else ids or NOTHING)
    return ids


def settle(key: str, options: Mapping[str, str], usual: str, noun: str) -> tuple[bool, str | None]:
    """Settle a choice ahead of its widget, for what comes before it on the page: `st.session_state[key]`.

    Returns whether it is new or changed by the address, and the id that this asks for: None if none, or an
    unknown one, which is named at this place of the page. Then the choice is `usual`.
    """
    is_new = _is_new(key)
    asked = _asked(key, options, noun, is_new=is_new)
    if asked is not None or is_new:
        st.session_state[key] = asked[0] if asked else usual
    if asked is None and is_new:
        _remember(key, [], [])
    return asked is not None or is_new, asked[0] if asked else None


def _is_new(key: str) -> bool:
    """Whether a widget is new on this page; one with its key on another page has a value of its own."""
    last = st.session_state.get(_record(key))
    return key not in st.session_state or (last is not None and last.page != _page())


def _page() -> str:
    context = get_script_run_ctx(suppress_warning=True)
    return "" if context is None else context.page_script_hash


def _asked(key: str, options: Mapping[str, str], noun: str, *, is_new: bool = False) -> list[str] | None:
    """Return the ids that the address newly asks for; None if it says what it said before.

    To a widget that is new on the page (another page may have had one with this key) all of it is new.
    """
    present = _news(key, is_new=is_new)
    if present is None:
        return None
    _remember(key, present, present)
    by_label = {label: each for each, label in options.items()}
    found = [value if value in options else by_label.get(value) for value in present]
    strange = [value for value, each in zip(present, found, strict=True) if each is None and value]
    if strange:
        name_unknown(strange, noun)
    return list(dict.fromkeys(each for each in found if each is not None))


def _news(key: str, *, is_new: bool) -> list[str] | None:
    """Return the values in the address if they are other ones than before; None if not."""
    present = [value[:MAX_VALUE_LENGTH] for value in st.query_params.get_all(key)[:MAX_VALUES]]
    last = None if is_new else st.session_state.get(_record(key))
    if last is None and not present:
        return None
    if last is not None and (present == last.values or _under_way(present, last)):
        return None
    return present


def _under_way(present: list[str], last: _Written) -> bool:
    """Whether this is the address from before our last writing, sent when that was still on its way."""
    return present == last.before and time.monotonic() - last.at_s < UNDER_WAY_S


def _record(key: str) -> str:
    return f"address:{key}"


def _remember(key: str, values: list[str], before: list[str]) -> None:
    last = st.session_state.get(_record(key))
    if last is None or last.values != values or last.page != _page():
        st.session_state[_record(key)] = _Written(values, before, time.monotonic(), _page())


def name_unknown(strange: Sequence[str], noun: str) -> None:
    """Say here which values of the address are unknown; `noun` names what they should be, on screen."""
    words = listing([quoted(literal(value)) for value in strange[:6]])
    st.warning(
        t(
            "The address asks for {values} ({noun}), not here (any more). The page shows the usual view "
            "instead: choose another one below.  \nCode: `{code}`",
            values=words,
            noun=literal(noun),
            code="UNKNOWN_ADDRESS_VALUE",
        ),
        icon=":material/link_off:",
    )
