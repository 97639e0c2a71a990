"""How an instruction, a request to cancel or a command of ours stands, by axes and with every reason."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from backoffice.connectors.formats.terms import NO_REFERENCES, Kept, PlaceReferences


class Axis(StrEnum):
    """What a status is of. The first four are the market's axes of an instruction (rules, section 2)."""

    PROCESSING = "IPRC"
    INFERRED = "INMH"
    MATCHING = "MTCH"
    SETTLEMENT = "SETT"
    CANCELLATION = "CPRC"  # of a request to cancel
    COMMAND = "TPRC"  # of a request to change
    EVENT = "EPRC"  # of a corporate action


@dataclass(frozen=True, slots=True)
class Reason:
    """Why: a code, of the market or, with a scheme, of the place; with the place's own words."""

    code: str
    text: str = ""
    scheme: str = ""


@dataclass(frozen=True, slots=True)
class Status:
    """One statement on one axis, with everything that it gives as a reason."""

    axis: Axis
    code: str
    reasons: tuple[Reason, ...] = ()
    scheme: str = ""  # of a code that is the place's own


@dataclass(frozen=True, slots=True)
class StatusAdvice:
    """How an instruction, a request to cancel or a command of ours stands (MT548, sese.024, 027, 031).

    `about` is our reference: of the instruction, or of the request where that is what is answered (`instruction`
    then names the instruction where the place says so).
    """

    reference: str
    about: str
    statuses: tuple[Status, ...]
    instruction: str = ""
    told_at: datetime | None = None
    references: PlaceReferences = NO_REFERENCES
    format: str = field(default="", compare=False)
    kept: tuple[Kept, ...] = field(default=(), compare=False)

    def status(self, axis: Axis) -> Status | None:
        """The market's word on an axis; where there is none, the place's own."""
        found = [each for each in self.statuses if each.axis is axis]
        return next((each for each in found if not each.scheme), found[0] if found else None)

    def code(self, axis: Axis) -> str:
        """What is said on an axis, empty where nothing is."""
        found = self.status(axis)
        return found.code if found else ""

    @property
    def reasons(self) -> tuple[str, ...]:
        """The market's codes of all reasons, each once, in their order."""
        codes = (
            each.code for status in self.statuses for each in status.reasons if not each.scheme
        )
        return tuple(dict.fromkeys(codes))

    @property
    def text(self) -> str:
        """What the place adds in words."""
        words = (each.text for status in self.statuses for each in status.reasons if each.text)
        return "; ".join(dict.fromkeys(words))
