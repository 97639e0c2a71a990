"""What brings and takes money, as SQL: one SELECT for each source, all with the same columns.

Each row is money of an owner at a place on a date: above zero it comes. `reference` names the row for people,
`other_id` the party on the other side, `booked` says that the books have it already and that its date is final.
Apps to the right add theirs when they are ready (`register`), and are asked in the same question.

Everything is read as known at a horizon: facts by the transaction that recorded them, and of what changes the events
since then say what it was before (`then`). With the present for a horizon no event is read.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from backoffice.kernel.lifecycle import Lifecycle
from refdata.as_known import added_since
from refdata.models import NostroAccount
from refdata.selectors import ReferenceData

COLUMNS = (
    "entity_id", "owner_id", "place_id", "asset_id", "due_date", "method", "source", "certainty", "booked",
    "amount", "reference", "other_id",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Of which days, from which knowledge, and at which moment a ladder is read."""

    on: date
    until: date
    today: date
    at: datetime
    horizon: int
    reference: ReferenceData


Facts = Callable[[Span], Mapping[str, Any]]


def no_facts(span: Span) -> Mapping[str, Any]:
    return {}


@dataclass(frozen=True, slots=True)
class CashSource:
    """A SELECT of the columns above; `facts` are parameters of its own, named after the source.

    `reads` are the lifecycles of which it asks for the state that was known.
    """

    name: str
    select: str
    facts: Facts = no_facts
    reads: tuple[Lifecycle, ...] = ()


SOURCES: dict[str, CashSource] = {}


def register(source: CashSource) -> None:
    SOURCES[source.name] = source


def all_rows() -> str:
    """The rows of all sources, as a common table expression needs them."""
    return "\n UNION ALL\n".join(f"({source.select})" for source in SOURCES.values())


def facts_of(span: Span) -> dict[str, Any]:
    found: dict[str, Any] = {
        "steps": _steps(), "accounts_since": added_since(NostroAccount, span.horizon),
    }  # fmt: skip
    for source in SOURCES.values():
        found |= source.facts(span)
    return found


def _steps() -> list[str]:
    """The kinds of events by which what the sources read moves on."""
    lifecycles = {each for source in SOURCES.values() for each in source.reads}
    return sorted(f"{each.subject}.{name}" for each in lifecycles for name in each.transitions)
