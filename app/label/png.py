"""Writes a drawing as PNG with Pillow, without a browser and without a network."""

from __future__ import annotations

import io
from functools import lru_cache
from typing import Final

from PIL import Image, ImageDraw, ImageFont

from app.label.shapes import Box, Code, Drawing, Polygon, Words

SCALE: Final = 2
"""Pixels per unit of the drawing: sharp on a phone's screen and at 8 cm in print."""

_ANCHORS: Final = {"start": "ls", "middle": "ms", "end": "rs"}
_FACES: Final = {
    False: ("DejaVuSans.ttf", "LiberationSans-Regular.ttf", "NotoSans-Regular.ttf", "Arial.ttf", "arial.ttf"),
    True: (
        "DejaVuSans-Bold.ttf",
        "LiberationSans-Bold.ttf",
        "NotoSans-Bold.ttf",
        "Arial Bold.ttf",
        "arialbd.ttf",
    ),
}
_PLAIN_SIGNS: Final = {
    "·": "-", "–": "-", "…": "...", "“": '"', "”": '"', "„": '"', "’": "'", "µ": "u", "×": "x",
    "ä": "ae", "ö": "oe", "ü": "ue", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue", "ß": "ss",
}  # fmt: skip
"""Replacements for Pillow's built-in font, which has ASCII characters only."""

Font = ImageFont.FreeTypeFont | ImageFont.ImageFont


def to_png(drawing: Drawing, scale: int = SCALE) -> bytes:
    """Return the drawing as a PNG file. A font of the system is used, or Pillow's own where there is none."""
    size = (round(drawing.width * scale), round(drawing.height * scale))
    image = Image.new("RGBA", size, (0, 0, 0, 0))
    canvas = ImageDraw.Draw(image)
    for shape in drawing.shapes:
        _draw(canvas, shape, scale)
    sink = io.BytesIO()
    image.save(sink, format="PNG")
    return sink.getvalue()


def _draw(canvas: ImageDraw.ImageDraw, shape: Box | Polygon | Words | Code, scale: int) -> None:
    if isinstance(shape, Box):
        _box(canvas, shape, scale)
    elif isinstance(shape, Polygon):
        points = [(x * scale, y * scale) for x, y in shape.points]
        canvas.polygon(points, fill=shape.fill, outline=shape.stroke or None, width=scale)
    elif isinstance(shape, Words):
        _words(canvas, shape, scale)
    else:
        _code(canvas, shape, scale)


def _box(canvas: ImageDraw.ImageDraw, box: Box, scale: int) -> None:
    x, y = box.x * scale, box.y * scale
    corners = (x, y, x + box.width * scale - 1, y + box.height * scale - 1)
    canvas.rounded_rectangle(
        corners, box.radius * scale, fill=box.fill, outline=box.stroke or None, width=scale
    )


def _words(canvas: ImageDraw.ImageDraw, words: Words, scale: int) -> None:
    font, is_own = _font(round(words.size * scale), words.bold)
    text = _plain(words.text) if is_own else words.text.replace("\n", " ")
    stroke = max(1, round(words.size * scale / 28)) if is_own and words.bold else 0
    place = (words.x * scale, words.y * scale)
    canvas.text(
        place, text, fill=words.fill, font=font, anchor=_ANCHORS[words.anchor],
        stroke_width=stroke, stroke_fill=words.fill,
    )  # fmt: skip


def _code(canvas: ImageDraw.ImageDraw, code: Code, scale: int) -> None:
    count = len(code.modules)
    # Whole pixels per module keep the edges sharp; what is left over widens the quiet zone.
    side = code.side * scale
    module = max(1, int(side // count))
    left, top = code.x * scale + (side - module * count) // 2, code.y * scale + (side - module * count) // 2
    canvas.rectangle(
        (code.x * scale, code.y * scale, code.x * scale + side - 1, code.y * scale + side - 1),
        fill=code.light,
    )
    for row, line in enumerate(code.modules):
        for column, dark in enumerate(line):
            if dark:
                x, y = left + column * module, top + row * module
                canvas.rectangle((x, y, x + module - 1, y + module - 1), fill=code.dark)


@lru_cache(maxsize=64)
def _font(size: int, bold: bool) -> tuple[Font, bool]:
    """Return a font and whether it is Pillow's own."""
    for face in _FACES[bold]:
        try:
            return ImageFont.truetype(face, size), False
        except OSError:
            continue
    return ImageFont.load_default(size), True


def _plain(text: str) -> str:
    replaced = "".join(_PLAIN_SIGNS.get(sign, sign) for sign in text)
    return replaced.encode("ascii", "replace").decode("ascii")
