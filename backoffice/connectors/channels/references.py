"""What a place calls our messages by, in at most sixteen characters, and which message a name is. Pure.

`S12` is the instruction of settlement S-12, `C1S12` the first request to cancel it, `H1S12` and `R1S12` the first
commands to hold it and to release it.
"""

from __future__ import annotations

import re
from typing import NamedTuple

NEW, CANCEL, HOLD, RELEASE = "NEWM", "CANC", "HOLD", "RELE"
_LETTERS = {CANCEL: "C", HOLD: "H", RELEASE: "R"}
_FUNCTIONS = {letter: function for function, letter in _LETTERS.items()}
_NAME = re.compile(r"(?:([CHR])([1-9][0-9]{0,2}))?S([1-9][0-9]{0,11})\Z", re.ASCII)


class Named(NamedTuple):
    """A message by what it is about, what it is for, and which of its kind it is."""

    settlement_id: int
    function: str = NEW
    number: int = 1


def reference_of(message: Named) -> str:
    if message.function == NEW:
        return f"S{message.settlement_id}"
    return f"{_LETTERS[message.function]}{message.number}S{message.settlement_id}"


def named_by(reference: str) -> Named | None:
    """The message of a reference; None where it is none of ours."""
    match = _NAME.match(reference.strip())
    if match is None:
        return None
    letter, number, id = match.groups()
    return Named(int(id), _FUNCTIONS[letter], int(number)) if letter else Named(int(id))
