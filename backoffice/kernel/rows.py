"""Rows as text that PostgreSQL reads: an array of a composite type, or the lines of a COPY."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
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


def array(values: Sequence[Any]) -> str:
    """`{1,2,NULL,"a b"}`: values of one type as PostgreSQL reads an array of them.

    As a parameter it takes a tenth of the time of a list, which the driver adapts value by value.
    """
    if _BARE.issuperset(map(type, values)):
        return "{" + ",".join(map(str, values)) + "}"
    if set(map(type, values)) == {str}:  # of thousands most are the same few
        known = {text: _element(text) for text in set(values)}
        return "{" + ",".join(map(known.__getitem__, values)) + "}"
    return "{" + ",".join(map(_element, values)) + "}"


_BARE = frozenset((int, Decimal, date))  # whose text needs no quotes


def _element(value: Any) -> str:
    if value is None:
        return "NULL"
    if value is True or value is False:
        return "t" if value else "f"
    text = str.__str__(value) if isinstance(value, str) else str(value)  # of an enum its value
    return text if _plain(text) else f'"{_escaped(text)}"'


_plain = re.compile(r"[0-9.+-]+(E[+-]?[0-9]+)?").fullmatch  # numbers, dates

_COPY_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})
_needs_escape = re.compile(r"[\\\t\n\r]").search
_NULL = "\\N"


def copy_lines(rows: Iterable[Sequence[Any]]) -> str:
    """Rows in COPY's text format: tabs between fields, `\\N` for None, everything else its text.

    Most rows hold nothing to escape: they are formatted whole, and all of them looked at as one text. Where
    it has more of any character than the format itself, each field is.
    """
    rows, lines, tabs, empty = list(rows), [], 0, 0
    for row in rows:
        if None in row:
            line = tuple([_NULL if value is None else value for value in row])
            empty += line.count(_NULL)
        else:
            line = tuple(row)
        tabs += len(line) - 1
        lines.append(_formats[len(line)] % line)
    text = "".join(lines)
    of_format = (text.count("\t"), text.count("\n"), text.count("\\"), text.count("\r"))
    if of_format == (tabs, len(rows), empty, 0):
        return text
    return "".join(["\t".join(map(_copy_field, row)) + "\n" for row in rows])


_formats = ["\t".join(["%s"] * width) + "\n" for width in range(41)]


def _copy_field(value: Any) -> str:
    if type(value) is str:
        return value.translate(_COPY_ESCAPES) if _needs_escape(value) else value
    if value is None:
        return "\\N"
    if value is True or value is False:
        return "t" if value else "f"
    return str(value)  # numbers and dates hold nothing to escape
