"""What a played place and its counterparties get wrong, by turns: the same day goes wrong in the same way. Pure.

Of an instruction at most one thing goes wrong, of a file of answers at most one. What cannot go wrong with the one
whose turn it is goes right.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple


class Fault(StrEnum):
    """What may go wrong with an instruction of securities, with a payment, with a file of answers."""

    LATE_MATCH = "late-match"  # the other side instructs only in the next cycle
    WRONG_SSI = "wrong-ssi"  # the other side named another account, until somebody cancels
    CENT = "cent"  # the other side's amount is off by a cent, until it mends it in the next cycle
    PARTIAL = "partial"  # half of it settles in one cycle, the rest in the next, where it may
    CLOSED_ACCOUNT = "closed-account"  # it is rejected; of a payment too
    PAID_A_CENT_LESS = "paid-a-cent-less"  # and nobody mends it
    UNTOLD_FEE = "untold-fee"  # the bank takes a commission that nobody knew of
    LOST_FILE = "lost-file"  # the answers do not come, until the place sends them once more with its last cycle
    DUPLICATE_FILE = "duplicate-file"  # the answers come twice
    MALFORMED = "malformed"  # a message breaks off in the middle; it comes again, whole


OF_FILES = (Fault.LOST_FILE, Fault.DUPLICATE_FILE, Fault.MALFORMED)
OF_PAYMENTS = (Fault.CLOSED_ACCOUNT, Fault.PAID_A_CENT_LESS, Fault.UNTOLD_FEE)
OF_SECURITIES = (
    Fault.LATE_MATCH, Fault.WRONG_SSI, Fault.CENT, Fault.PARTIAL, Fault.CLOSED_ACCOUNT,
)  # fmt: skip


class Turn(NamedTuple):
    """The `which` of every `of`, counted from 1."""

    which: int
    of: int

    def has_come(self, number: int) -> bool:
        return (number - self.which) % self.of == 0


@dataclass(frozen=True)
class Script:
    """Whose turn it is to go wrong; without any nothing does."""

    turns: Mapping[Fault, Turn] = field(default_factory=dict)

    def of_instruction(self, number: int, *, is_payment: bool) -> Fault | None:
        """Of the instruction, or of the payment, of that number at its place."""
        return self._whose(OF_PAYMENTS if is_payment else OF_SECURITIES, number)

    def of_file(self, number: int) -> Fault | None:
        return self._whose(OF_FILES, number)

    def _whose(self, faults: Iterable[Fault], number: int) -> Fault | None:
        turns = ((fault, self.turns.get(fault)) for fault in faults)
        return next((fault for fault, turn in turns if turn and turn.has_come(number)), None)


def script_in(text: str) -> Script:
    """`late-match=2/9,malformed=3/20`: the second of every nine, the third of every twenty.

    Raises ValueError for what is no fault or no turn.
    """
    turns: dict[Fault, Turn] = {}
    for part in filter(None, text.split(",")):
        name, _, told = part.partition("=")
        which, _, of = told.partition("/")
        if not which.isdecimal() or not of.isdecimal() or not 0 < int(which) <= int(of):
            raise ValueError(f"{told!r} is no turn, as 2/9 is")
        turns[Fault(name.strip())] = Turn(int(which), int(of))
    return Script(turns)
