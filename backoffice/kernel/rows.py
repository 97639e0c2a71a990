"""Rows as text that PostgreSQL reads: an array of a composite type, or the lines of a COPY."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any


def composite_array(rows: Iterable[Sequence[Any]]) -> str:
    """`{"(1,abc,)","(2,\\"x y\\",t)"}`: None is an empty field, every other value its text."""
    return "{" + ",".join(f'"{_escaped(_composite(row))}"' for row in rows) + "}"


def _composite(row: Sequence[Any]) -> str:
    return "(" + ",".join(map(_field, row)) + ")"


def _field(value: Any) -> str:
    if value is None:
        return ""
    if value is True or value is False:
        return "t" if value else "f"
    text = str(value)
    if text.isalnum():
        return text
    return '"' + text.replace("\\", "\\\\").replace('"', '""') + '"'


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')


def text_array(texts: Iterable[str]) -> str:
    """`{"a","b \\"c\\""}`: an array of texts, none of them null."""
    return "{" + ",".join(f'"{_escaped(text)}"' for text in texts) + "}"


_COPY_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})
_needs_escape = re.compile(r"[\\\t\n\r]").search


def copy_lines(rows: Iterable[Sequence[Any]]) -> str:
    """Rows in COPY's text format: tabs between fields, `\\N` for None, everything else its text.

    Most rows hold nothing to escape: they are formatted whole, and looked at whole.
    """
    lines = []
    for row in rows:
        width = len(row)
        line = _formats[width] % tuple(row)
        if _hides_something(line) or line.count("\t") != width - 1 or line.count("\n") != 1:
            line = "\t".join(map(_copy_field, row)) + "\n"
        lines.append(line)
    return "".join(lines)


_formats = ["\t".join(["%s"] * width) + "\n" for width in range(41)]
_hides_something = re.compile(r"[\\\r]|None").search


def _copy_field(value: Any) -> str:
    if type(value) is str:
        return value.translate(_COPY_ESCAPES) if _needs_escape(value) else value
    if value is None:
        return "\\N"
    if value is True or value is False:
        return "t" if value else "f"
    return str(value)  # numbers and dates hold nothing to escape
