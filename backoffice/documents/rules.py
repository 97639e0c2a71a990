"""Rules of documents. Pure: which words a template may not use, and how a number is written."""

from __future__ import annotations

import re

LONGEST_TEMPLATE = 60_000
LONGEST_DATA = 200_000

# Functions that would read files or run other code, where they are called or handed on; and the two
# keywords, where they begin a statement. `json(bytes(…))` reads what is there already.
_NAMES = "read|plugin|eval|image|cbor|csv|toml|yaml|xml|bibliography"
_FORBIDDEN = re.compile(
    rf"#\s*(import|include|{_NAMES})\b"
    r"|[{;(\[,:=]\s*(import|include)\s+[\"'(\w@]|^\s*(import|include)\s+[\"(]"
    rf"|\b({_NAMES})\s*\("
    rf"|\blet\b[^\n=]*=\s*({_NAMES})\b"
    r"|\b(std)\b",
    re.MULTILINE,
)
_JSON_OF_FILE = re.compile(r"\bjson\s*\(\s*(?!bytes\s*\()")


def forbidden_word(text: str) -> tuple[int, str] | None:
    """The first line that asks for a file, a package or code, and the word; None where none does."""
    found = [
        (match.start(match.lastindex), str(match.group(match.lastindex)))
        for match in _FORBIDDEN.finditer(text)
        if match.lastindex
    ]
    found += [(match.start(), "json of a file") for match in _JSON_OF_FILE.finditer(text)]
    if not found:
        return None
    start, word = min(found)
    return text.count("\n", 0, start) + 1, word


def written_number(pattern: str, digits: int, *, number: int, year: int) -> str:
    """A number as its series writes it: `{year}` and `{number}` in a pattern, filled with zeros."""
    return pattern.replace("{year}", str(year)).replace("{number}", f"{number:0{digits}d}")
