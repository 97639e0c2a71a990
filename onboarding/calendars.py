"""When documents and reviews of a file are due, and from which day on its party is not dealt with. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Annotated, NamedTuple

from msgspec import Meta, Struct

from backoffice.kernel.day_counts import months_after
from backoffice.workflow.processes.definition import Words

Days = Annotated[int, Meta(ge=0, le=730)]
Months = Annotated[int, Meta(ge=1, le=120)]
ONE_DAY = timedelta(days=1)


class DocumentType(Struct, frozen=True, forbid_unknown_fields=True):
    """A kind of document: whether a file needs it, whether it expires, and how long before that somebody asks."""

    code: str
    name: Words
    required: bool = True
    expires: bool = False
    ask_days: Days = 30


class DocumentTypes(Struct, frozen=True, forbid_unknown_fields=True):
    documents: list[DocumentType]

    def __post_init__(self) -> None:
        if len({each.code for each in self.documents}) < len(self.documents):
            raise ValueError("a type of document stands there twice")

    def named(self, code: str) -> DocumentType | None:
        return next((each for each in self.documents if each.code == code), None)


class Held(NamedTuple):
    """A document that is there; without a day it does not expire. It is good on its last day."""

    code: str
    expires_on: date | None = None


class Lack(NamedTuple):
    """A document that is missing, or the day on which the best one of its type expired."""

    type: DocumentType
    expired_on: date | None


class Expiry(NamedTuple):
    """The last day of the best document of a type, and the day from which on somebody asks for another."""

    type: DocumentType
    last_day: date
    ask_from: date


def best_day(code: str, held: Sequence[Held]) -> tuple[bool, date | None]:
    """Whether there is a document of a type, and until when the best one is good; None: for ever."""
    days = [each.expires_on for each in held if each.code == code]
    if not days or None in days:
        return bool(days), None
    return True, max(day for day in days if day is not None)


def lacking(types: DocumentTypes, held: Sequence[Held], on: date) -> list[Lack]:
    """The documents that a file needs and does not have on a day."""
    found = []
    for each in types.documents:
        there, day = best_day(each.code, held)
        if each.required and (not there or (day is not None and day < on)):
            found.append(Lack(each, day))
    return found


def expiries(types: DocumentTypes, held: Sequence[Held]) -> list[Expiry]:
    """When the documents that a file needs and has run out, the first one first."""
    found = []
    for each in types.documents:
        there, day = best_day(each.code, held)
        if each.required and there and day is not None:
            found.append(Expiry(each, day, day - timedelta(days=each.ask_days)))
    return sorted(found, key=lambda expiry: (expiry.last_day, expiry.type.code))


class ReviewLevel(Struct, frozen=True, forbid_unknown_fields=True):
    """After how many months a file is looked at again, how early somebody is told, how long dealing goes on late."""

    risk: str
    months: Months
    ask_days: Days
    grace_days: Days


class ReviewLevels(Struct, frozen=True, forbid_unknown_fields=True):
    levels: list[ReviewLevel]


class Review(Struct, frozen=True):
    """The day of the next review, from when on somebody is told, and the last day of dealing without it."""

    due_on: date
    ask_from: date
    last_day: date


def review_of(levels: ReviewLevels, risk: str, approved_on: date) -> Review | None:
    """The next review of a file of a risk; None where the rule names none for it."""
    level = next((each for each in levels.levels if each.risk == risk), None)
    if level is None:
        return None
    due = months_after(approved_on, level.months, approved_on.day)
    return Review(due, due - timedelta(days=level.ask_days), due + timedelta(days=level.grace_days))
