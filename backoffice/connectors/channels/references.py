"""What a place calls our messages by, in at most sixteen characters, and which message a name is. Pure.

`S12` is the instruction of settlement S-12, `C1S12` the first request to cancel it, `H1S12` and `R1S12` the first
commands to hold it and to release it. `E7` is what was chosen of a corporate action: each choice is told once.
"""

from __future__ import annotations

import re
from typing import NamedTuple

NEW, CANCEL, HOLD, RELEASE = "NEWM", "CANC", "HOLD", "RELE"
ELECT = "ELEC"
CHASE = "CHAS"  # a letter to the counterparty, that no place ever names
_LETTERS = {CANCEL: "C", HOLD: "H", RELEASE: "R", CHASE: "Q"}
_FUNCTIONS = {letter: function for function, letter in _LETTERS.items()}
_CHOICE = re.compile(r"E([1-9][0-9]{0,14})\Z", re.ASCII)
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


def reference_of_choice(choice_id: int) -> str:
    return f"E{choice_id}"


def choice_named_by(reference: str) -> int | None:
    """The choice of an election that a reference means; None where it is none of ours."""
    match = _CHOICE.match(reference.strip())
    return int(match.group(1)) if match else None
