"""Writes a drawing as SVG. Every text is escaped here, and only here."""

from __future__ import annotations

from typing import Final
from xml.sax.saxutils import escape

from app.label.shapes import Box, Code, Drawing, Polygon, Shape, Words

FONTS: Final = (
    "'Segoe UI', Roboto, 'Noto Sans', 'DejaVu Sans', 'Liberation Sans', Helvetica, Arial, sans-serif"
)


def to_svg(drawing: Drawing) -> str:
    """Return the drawing as an SVG document, with title and description for those who cannot see it."""
    width, height = _figure(drawing.width), _figure(drawing.height)
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}" role="img" font-family="{_attribute(FONTS)}">',
        f"<title>{xml_text(drawing.title)}</title>",
        f"<desc>{xml_text(drawing.description)}</desc>",
        *(_element(shape) for shape in drawing.shapes),
        "</svg>",
    ]
    return "\n".join(lines) + "\n"


def xml_text(text: str) -> str:
    """Return text for the content of an element: escaped, without signs that XML does not allow."""
    return escape("".join(sign if _allowed(sign) else "\ufffd" for sign in text))


def _attribute(text: str) -> str:
    return xml_text(text).replace('"', "&quot;")


def _allowed(sign: str) -> bool:
    # The signs of XML 1.0, section 2.2.
    code = ord(sign)
    return (
        sign in "\t\n\r" or 0x20 <= code <= 0xD7FF or 0xE000 <= code <= 0xFFFD or 0x10000 <= code <= 0x10FFFF
    )


def _element(shape: Shape) -> str:
    if isinstance(shape, Box):
        corner = f' rx="{_figure(shape.radius)}"' if shape.radius else ""
        return (
            f'<rect x="{_figure(shape.x)}" y="{_figure(shape.y)}" width="{_figure(shape.width)}" '
            f'height="{_figure(shape.height)}"{corner} fill="{shape.fill}"{_stroke(shape.stroke)}/>'
        )
    if isinstance(shape, Polygon):
        points = " ".join(f"{_figure(x)},{_figure(y)}" for x, y in shape.points)
        return f'<polygon points="{points}" fill="{shape.fill}"{_stroke(shape.stroke)}/>'
    if isinstance(shape, Words):
        weight = ' font-weight="700"' if shape.bold else ""
        anchor = f' text-anchor="{shape.anchor}"' if shape.anchor != "start" else ""
        return (
            f'<text x="{_figure(shape.x)}" y="{_figure(shape.y)}" font-size="{_figure(shape.size)}"'
            f'{weight}{anchor} fill="{shape.fill}">{xml_text(shape.text)}</text>'
        )
    return _code(shape)


def _code(code: Code) -> str:
    modules = len(code.modules)
    path = "".join(
        f"M{column} {row}h1v1h-1z"
        for row, line in enumerate(code.modules)
        for column, dark in enumerate(line)
        if dark
    )
    scale = code.side / modules
    return (
        f'<g transform="translate({_figure(code.x)} {_figure(code.y)}) scale({scale:.6g})" '
        f'shape-rendering="crispEdges"><rect width="{modules}" height="{modules}" fill="{code.light}"/>'
        f'<path d="{path}" fill="{code.dark}"/></g>'
    )


def _stroke(colour: str) -> str:
    return f' stroke="{colour}"' if colour else ""


def _figure(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")
