"""Which declared steps follow from what the market says. Pure.

Our axes are moved by the market's: accepted and rejected are of the transmission, matched and not matched
of the matching (by inference: alleged), the other side's and the depository's holds are told by their
reasons, and settlement that is no longer possible on its date (PENF) makes it fail. Pending alone moves
nothing. An answer about a cancellation moves it only where we asked for it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from settlements.advising.reasons import Reason
from settlements.advising.state import Inferred, MarketMatching, MarketSettlement, Processing

THEIR_HOLD = (Reason.PRCY,)
PLACES_HOLD = (Reason.SBLO, Reason.BLOC)


class Said(NamedTuple):
    """What a message says on the four axes; an axis that it does not name is empty."""

    processing: str = ""
    inferred: str = ""
    matching: str = ""
    settling: str = ""
    reasons: Sequence[str] = ()


class Stands(NamedTuple):
    """How the settlement stands on the axes of ours that a message can move."""

    transmission: str
    matching: str
    hold: str
    settlement: str
    cancellation: str


def steps_of(said: Said, now: Stands) -> Iterator[str]:
    """The steps that lead from how it stands to what is said, in the order in which they are taken."""
    yield from _transmission(said, now)
    yield from _matching(said, now)
    yield from _hold(said, now)
    if said.settling == MarketSettlement.PENF and now.settlement == "PENDING":
        yield "fail"
    if said.processing == Processing.CAND and now.cancellation == "REQUESTED":
        yield "agree_cancel"


def _transmission(said: Said, now: Stands) -> Iterator[str]:
    if said.processing == Processing.REJT and now.transmission in ("SENT", "ACKNOWLEDGED"):
        yield "bounce"
    elif said != Said() and said.processing != Processing.REJT and now.transmission == "SENT":
        yield "acknowledge"  # whatever else it says: it has it


def _matching(said: Said, now: Stands) -> Iterator[str]:
    if said.matching == MarketMatching.MACH and now.matching != "MATCHED":
        yield "match"
    elif said.matching == MarketMatching.NMAT and now.matching == "MATCHED":
        yield "unmatch"
    elif said.inferred == Inferred.MACH and not said.matching and now.matching == "UNMATCHED":
        yield "allege"


def _hold(said: Said, now: Stands) -> Iterator[str]:
    """Held as long as a message that speaks of matching or settlement names the reason."""
    wanted = next(
        (
            step
            for step, codes in (("hold_theirs", THEIR_HOLD), ("hold_csd", PLACES_HOLD))
            if any(code in said.reasons for code in codes)
        ),
        "",
    )
    held = {"THEIRS": "hold_theirs", "CSD": "hold_csd"}.get(now.hold, "")
    if held and held != wanted and (said.matching or said.settling):
        yield "unhold_outside"
    if wanted and held != wanted and now.hold != "OURS":
        yield wanted
