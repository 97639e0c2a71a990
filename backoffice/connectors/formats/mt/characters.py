"""What SWIFT's character set X can carry, and the lines and references made of it. Strict: for writing."""

from __future__ import annotations

import re

from backoffice.connectors.formats.mt.rur6 import in_latin
from backoffice.connectors.formats.refusing import Problems

X = re.compile(r"[A-Za-z0-9/\-?:().,'+ ]*\Z", re.ASCII)
NOT_X = re.compile(r"[^A-Za-z0-9/\-?:().,'+ ]", re.ASCII)
REFERENCE = 16


def reference(text: str, where: str, problems: Problems, most: int = REFERENCE) -> str:
    """A reference: at most 16 characters, no slash at either end, no two of them inside."""
    in_x(text, where, problems)
    if len(text) > most:
        problems.add("too-long", where, text, most=most)
    if not text.strip() or text.startswith("/") or text.endswith("/") or "//" in text:
        problems.add("wrong-value", where, text, form="16x, no // and no / at its ends")
    return text


def in_x(text: str, where: str, problems: Problems) -> str:
    """One line that SWIFT carries as it is; Cyrillic is transliterated before, lines are parted."""
    wrong = sorted(set(NOT_X.findall(text)))
    if wrong:
        shown = " ".join(c if c.isprintable() else repr(c)[1:-1] for c in wrong)
        problems.add("wrong-characters", where, text, characters=shown)
    return text


def lines_of(
    text: str, where: str, problems: Problems, *, width: int = 65, most: int = 6
) -> list[str]:
    """A text in lines that neither begin a field nor end the message. Too long a text is refused."""
    latin = [in_x(line.strip(), where, problems) for line in in_latin(text).split("\n")]
    lines = [part for line in latin for part in _cut(line, width)]
    lines = [f".{line[1:]}" if line[:1] in (":", "-") else line for line in lines]
    if len(lines) > most:
        problems.add("too-long", where, text, most=width * most)
    return lines


def _cut(text: str, width: int) -> list[str]:
    """Lines shorter than the width, cut at blanks; a line of the full width goes on inside its word."""
    lines: list[str] = []
    while len(text) >= width:
        blank = text.rfind(" ", 1, width)
        lines.append(text[:blank] if blank > 0 else text[:width])
        text = text[blank + 1 :].lstrip() if blank > 0 else text[width:]
    return [*lines, text] if text else lines
