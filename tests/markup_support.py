"""Where text from outside would be read as markup on a page: checked on the messages a page sends."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from google.protobuf.message import Message
from streamlit.testing.v1 import AppTest

# Elements whose text the browser shows as it is. Everything else reads Markdown in some of its fields.
PLAIN_ELEMENTS = frozenset({"Text", "TextInput", "TextArea", "Code", "Arrow", "Dataframe", "FileUploader"})
# Fields that are never drawn as text of the page, by element: what was asked for, or plain options.
PLAIN_FIELDS = {"Selectbox": {"options", "raw_value", "value"}, "DownloadButton": {"url"}}
ADDRESS_FIELDS = frozenset({"id", "form_id", "query_param_key", "page", "query_string", "active_script_hash"})


def elements(app: AppTest) -> Iterator[Message]:
    """Every element's message, blocks (expanders, tabs) included."""

    def below(node: Any) -> Iterator[Message]:
        for child in node.children.values():
            if isinstance(getattr(child, "proto", None), Message):
                yield child.proto
            if hasattr(child, "children"):
                yield from below(child)

    yield from below(app._tree)


def texts_of(message: Message) -> Iterator[tuple[str, str]]:
    """Field name and content of every text in a message, nested ones included."""
    for field, value in message.ListFields():
        many = value if field.is_repeated else [value]
        for one in many:
            if isinstance(one, str):
                yield field.name, one
            elif isinstance(one, Message):
                yield from texts_of(one)


def places_of_markup(app: AppTest, hostile: str) -> list[str]:
    """Elements in which `hostile`, which is Markdown or HTML, stands as it came and would take effect."""
    found = []
    for message in elements(app):
        kind = type(message).__name__
        if kind in PLAIN_ELEMENTS:
            continue
        plain = PLAIN_FIELDS.get(kind, set()) | ADDRESS_FIELDS
        found += [
            f"{kind}.{name}" for name, text in texts_of(message) if name not in plain and hostile in text
        ]
    return found


def places_of_html(app: AppTest) -> list[str]:
    """Elements that let HTML through."""
    return [type(message).__name__ for message in elements(app) if getattr(message, "allow_html", False)]
