"""Asking what a deal would need of its limits, and what would make it fit. Nothing is held or changed.

Each suggestion is the deal itself, tried again with one thing changed: what is told would pass now.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import ROUND_FLOOR, Decimal
from typing import Any, NamedTuple

import msgspec

from backoffice.access.models import User
from backoffice.kernel.errors import Refusal
from deals.capturing.candidates import Candidate
from deals.capturing.intake import candidate_of
from deals.exposing.exposure import DealNeed, later_needs_of
from deals.exposing.stopping import is_reached, missing, reduces_position
from deals.exposing.totals import counts_in_total
from deals.exposing.twice import Exactly, Looks
from deals.terms import Terms
from limits.models import Limit
from limits.rules import moved_away
from limits.selectors import available, with_overrides
from limits.state import POSITIONS
from refdata.firm_days import firm_day
from refdata.scopes import scope_of
from refdata.selectors import reference_data

CAPTURE, RELEASE = "capture", "release"  # when a deal takes what it needs
MOST_BOOKS = 5  # that are suggested
_NOTHING = Decimal(0)


class Use(NamedTuple):
    """A limit that applies: how it stands, what the deal needs of it, and when it takes that."""

    need: DealNeed
    limit: Any  # of `with_overrides`
    available: Decimal
    taken: str
    reduces: bool = False  # what is held: a stop-loss lets that through
    exact: Exactly | None = (
        None  # of a total, where what the deal may move it by at most does not fit
    )

    @property
    def needed(self) -> Decimal:
        """How much of the room it takes; of a position, how far it moves it from nothing."""
        return cost_of(self.need, self.limit) if self.exact is None else self.exact.more

    @property
    def short(self) -> Decimal:
        if is_reached(self.limit):
            return _NOTHING if self.reduces else missing(self.limit)
        if self.exact is not None:
            return self.exact.short(self.limit.cap + self.limit.in_force - self.limit.reserved)
        return max(self.needed - self.available, _NOTHING)


def cost_of(need: DealNeed, limit: Any) -> Decimal:
    if limit.kind not in POSITIONS:
        return need.amount
    return max(moved_away(limit.net, need.amount), _NOTHING)


class Suggestion(NamedTuple):
    """One change with which the deal would pass; `limits` are what an override must add to which."""

    change: str
    value: str = ""
    limits: tuple[tuple[DealNeed, Decimal], ...] = ()


class Answer(NamedTuple):
    """What was found: every limit that applies, and what would make the deal pass if it does not."""

    uses: Sequence[Use]
    would_pass: Sequence[Suggestion]

    @property
    def fits(self) -> bool:
        return not any(use.short for use in self.uses if use.taken == CAPTURE)


@dataclass(slots=True)
class Asked:
    """A deal that is asked about, and the limits as one look saw them: all trials see the same."""

    actor: User
    at: datetime
    rows: dict[int, Any] = field(default_factory=dict)
    looks: Looks = field(default_factory=Looks)

    def tried(self, terms: Terms) -> Candidate:
        return candidate_of(terms, actor=self.actor, at=self.at)

    def uses(self, terms: Terms) -> list[Use]:
        """Raises InvalidDeal, NoRate, OutOfScope."""
        candidate = self.tried(terms)
        needs = candidate.needs
        later = later_needs_of(candidate.deal, reference_data(), trader=self.actor.username)
        self._look({need.limit.id for need in [*needs, *later]})
        reduces = self._reduces(candidate)
        return [
            self._use(candidate, need, taken, reduces)
            for taken, found in ((CAPTURE, needs), (RELEASE, later))
            for need in found
        ]

    def _use(self, candidate: Candidate, need: DealNeed, taken: str, reduces: bool) -> Use:
        row = self.rows[need.limit.id]
        left, exact = available(row), None
        if counts_in_total(need.limit.kind) and need.amount > left:
            exact = self.looks.at(need.limit, candidate.deal, firm_day(self.at))
        return Use(need, row, left, taken, reduces, exact)

    def passes(self, terms: Terms) -> bool:
        """Whether a deal would be captured; what is refused for another reason would not."""
        try:
            candidate = self.tried(terms)
        except Refusal:
            return False
        self._look({need.limit.id for need in candidate.needs})
        reduces = self._reduces(candidate)
        uses = (self._use(candidate, need, CAPTURE, reduces) for need in candidate.needs)
        return not any(use.short for use in uses)

    def _reduces(self, candidate: Candidate) -> bool:
        """Asked only where a stop-loss is reached: elsewhere it makes no difference."""
        rows = (self.rows[need.limit.id] for need in candidate.needs)
        return any(is_reached(row) for row in rows) and reduces_position(candidate.deal)

    def _look(self, ids: set[int]) -> None:
        new = ids - self.rows.keys()
        if new:
            found = with_overrides(Limit.objects.filter(pk__in=new), at=self.at)
            self.rows |= {row.pk: row for row in found}


def ask(terms: Terms, *, actor: User, at: datetime) -> Answer:
    """Every limit that would apply, and what would make it pass. Raises InvalidDeal, NoRate."""
    asked, terms = Asked(actor, at), msgspec.structs.replace(terms, stage="proposed")
    answer = Answer(asked.uses(terms), ())
    if answer.fits:
        return answer
    return answer._replace(would_pass=list(_suggestions(terms, answer, asked)))


def _suggestions(terms: Terms, answer: Answer, asked: Asked) -> Iterator[Suggestion]:
    quantity = _largest(terms, asked.passes)
    if quantity:
        yield Suggestion("quantity", quantity)
    settlement = terms.settlement
    if settlement.method == "FOP":
        paid = msgspec.structs.replace(settlement, method="DVP")
        if asked.passes(msgspec.structs.replace(terms, settlement=paid)):
            yield Suggestion("settlement.method", "DVP")
    if settlement.date is not None:
        usual = msgspec.structs.replace(settlement, date=None)
        if asked.passes(msgspec.structs.replace(terms, settlement=usual)):
            yield Suggestion("settlement.date", _date_of(usual, terms, asked))
    for code in _other_books(terms, asked):
        yield Suggestion("book", code)
    short = [(use.need, use.short) for use in answer.uses if use.taken == CAPTURE and use.short]
    yield Suggestion("override", limits=tuple(short))


def _largest(terms: Terms, passes: Callable[[Terms], bool]) -> str:
    """The largest whole quantity below the one asked for that passes; empty where there is none."""
    most = Decimal(terms.quantity).to_integral_value(ROUND_FLOOR)
    low, high = 0, int(most)
    if passes(msgspec.structs.replace(terms, quantity=str(high))):
        return str(high)
    while high - low > 1:
        middle = (low + high) // 2
        if passes(msgspec.structs.replace(terms, quantity=str(middle))):
            low = middle
        else:
            high = middle
    return str(low) if low else ""


def _date_of(settlement: Any, terms: Terms, asked: Asked) -> str:
    """The day on which the market's cycle settles it."""
    tried = msgspec.structs.replace(terms, settlement=settlement)
    return asked.tried(tried).deal.due_date.isoformat()


def _other_books(terms: Terms, asked: Asked) -> list[str]:
    """Books of the same entity, within the asker's scope, in which it would pass."""
    books = reference_data().books
    own, scope = books[terms.book], scope_of(asked.actor)
    others = (
        code
        for code, row in sorted(books.items())
        if code != own.code
        and row.entity_id == own.entity_id
        and scope.covers(entity_id=row.entity_id, book_id=row.id)
        and asked.passes(msgspec.structs.replace(terms, book=code))
    )
    return [code for _, code in zip(range(MOST_BOOKS), others, strict=False)]
