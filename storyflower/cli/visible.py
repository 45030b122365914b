"""Makes control characters visible: names of files, sheets and labels may contain sequences that command a terminal.

A name such as `\\x1b]0;title\\x07.xlsx` would otherwise change the window's title, colours, or lines printed before.
"""

from collections.abc import Iterable

from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment

_ALLOWED = "\n\t"
_DELETE, _C1 = 0x7F, range(0x80, 0xA0)
_SURROGATES = range(0xD800, 0xE000)  # bytes of a file's name that are not UTF-8: no stream takes them
_PICTURES = {code: chr(0x2400 + code) for code in range(0x20) if chr(code) not in _ALLOWED}
_VISIBLE = _PICTURES | {_DELETE: "\u2421"} | dict.fromkeys((*_C1, *_SURROGATES), "\ufffd")
_JSON_ESCAPES = {code: f"\\u{code:04x}" for code in (_DELETE, *_C1, *_SURROGATES)}


def visible(text: str) -> str:
    """Replace each control character, except for line feeds and tabs, by a picture of it such as `␛`.

    Bytes of names that are not UTF-8 become U+FFFD.
    Rich itself removes the bell, backspace, vertical tab, form feed and carriage return.
    """
    return text.translate(_VISIBLE)


def without_raw_controls(json_text: str) -> str:
    """Escape the characters that only JSON permits in its strings: DEL, U+0080 to U+009F and lone surrogates."""
    return json_text.translate(_JSON_ESCAPES)


class VisibleConsole(Console):
    """A console that prints the control characters of all texts as `visible` ones, whatever is printed."""

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        """Yield the segments of a renderable; those with control codes of Rich itself are left alone."""
        for segment in super().render(renderable, options):
            yield segment if segment.control else Segment(visible(segment.text), segment.style)
