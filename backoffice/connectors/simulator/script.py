"""What a played place and its counterparties get wrong, by a seed: the same day goes wrong in the same way. Pure.

Of an instruction at most one thing goes wrong, of a file of answers at most one.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from enum import StrEnum


class Fault(StrEnum):
    """The first ones are of an instruction, the last three of a file of answers."""

    LATE_MATCH = "late-match"  # the other side instructs only in the next cycle
    WRONG_SSI = "wrong-ssi"  # the other side named another account, until somebody cancels
    CENT = "cent"  # the other side's amount is off by a cent, until it mends it in the next cycle
    PARTIAL = "partial"  # half of it settles in one cycle, the rest in the next
    CLOSED_ACCOUNT = "closed-account"  # it is rejected
    LOST_FILE = "lost-file"  # the answers do not come, until the place sends them once more with its last cycle
    DUPLICATE_FILE = "duplicate-file"  # the answers come twice
    MALFORMED = "malformed"  # a message breaks off in the middle; it comes again, whole


OF_FILES = (Fault.LOST_FILE, Fault.DUPLICATE_FILE, Fault.MALFORMED)
OF_INSTRUCTIONS = tuple(fault for fault in Fault if fault not in OF_FILES)
STEPS = 1_000_000  # into which a share is parted


@dataclass(frozen=True)
class Script:
    """How often each thing goes wrong, as a share; without any nothing does."""

    seed: int = 0
    shares: Mapping[Fault, Decimal] = field(default_factory=dict)

    def of_instruction(self, reference: str) -> Fault | None:
        return self._drawn(OF_INSTRUCTIONS, f"instruction/{reference}")

    def of_file(self, name: str) -> Fault | None:
        return self._drawn(OF_FILES, f"file/{name}")

    def _drawn(self, faults: Iterable[Fault], name: str) -> Fault | None:
        """The fault in whose part of the whole a name falls."""
        at = Decimal(zlib.crc32(f"{self.seed}/{name}".encode()) % STEPS) / STEPS
        for fault in faults:
            at -= self.shares.get(fault, Decimal(0))
            if at < 0:
                return fault
        return None


def script_in(text: str, *, seed: int) -> Script:
    """`late-match=0.05,partial=0.1`. Raises ValueError for what is no fault or no share."""
    shares: dict[Fault, Decimal] = {}
    for part in filter(None, text.split(",")):
        name, _, share = part.partition("=")
        try:
            shares[Fault(name.strip())] = Decimal(share)
        except InvalidOperation:
            raise ValueError(f"{share!r} is no share") from None
    if any(not 0 <= share <= 1 for share in shares.values()):
        raise ValueError("a share is from 0 to 1")
    return Script(seed, shares)
