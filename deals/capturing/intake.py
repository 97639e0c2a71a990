"""Taking deals in: raw bytes to outcome, the same for one deal, a bulk row, a page and a replay."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal, InvalidOperation

import msgspec
from django.db import transaction

from backoffice.access.models import User
from backoffice.kernel.errors import FieldProblem, Invalid
from backoffice.kernel.i18n import gettext_noop
from deals.capturing.candidates import Candidate, RequestKey
from deals.capturing.checking import LARGEST_AMOUNT, Check, unresolved_only
from deals.checks.judging import judge
from deals.checks.measures import Look
from deals.exposing.exposure import DealNeed, NoRate, needs_of
from deals.models import Inbound
from deals.repairing.receiving import problem_documents, tell_received
from deals.rules import ResolvedDeal, resolve
from deals.terms import Terms
from limits.rules import LimitRequest
from refdata.last_prices import last_prices
from refdata.rules import NoCycle
from refdata.scopes import OutOfScope, scope_of
from refdata.selectors import ReferenceData, reference_data


class InvalidDeal(Invalid):
    code = "invalid-deal"
    title = gettext_noop("The deal cannot be captured as it is")
    detail = gettext_noop("%(count)s problems were found.")
    hint = gettext_noop("Mend the members named in errors and send the deal again.")


class ForRepair(Exception):
    """An executed deal that cannot be resolved: it is kept as received and repaired."""

    def __init__(self, terms: Terms, problems: Sequence[FieldProblem]) -> None:
        super().__init__(terms.external_ref)
        self.terms = terms
        self.problems = problems


def candidate_of(
    terms: Terms, *, actor: User, at: datetime, key: RequestKey | None = None
) -> Candidate:
    """The checked deal with what it needs, into a book that the actor sees.

    Raises OutOfScope, InvalidDeal, or ForRepair when it is executed.
    """
    reference = reference_data()
    book = reference.books.get(terms.book)
    if book is not None and not scope_of(actor).covers(entity_id=book.entity_id, book_id=book.id):
        raise OutOfScope(what=book.code)
    try:
        deal = resolve(terms, reference, now=at)
        if not isinstance(deal, Check):
            deal = _judged(deal, reference, at)
            needs = needs_of(deal, reference, trader=actor.username)
            request = LimitRequest([need.as_need() for need in needs], binding=deal.executed)
            return Candidate(deal=deal, needs=needs, request=request, actor=actor, at=at, key=key)
        problems = deal.problems
    except (NoCycle, NoRate) as refusal:
        if terms.stage == "proposed":
            raise
        problems = [FieldProblem("", refusal.code, refusal.detail, refusal.hint, refusal.facts)]
        raise ForRepair(terms, problems) from None
    if terms.stage == "executed" and unresolved_only(problems):
        raise ForRepair(terms, problems)
    raise InvalidDeal(problems, count=len(problems))


def _judged(deal: ResolvedDeal, reference: ReferenceData, at: datetime) -> ResolvedDeal:
    """The deal with what the checks in force warn of. Raises InvalidDeal for what they refuse."""
    found = judge(deal, Look(reference, last_prices(), at))
    if found.refused:
        raise InvalidDeal(found.refused, count=len(found.refused))
    return replace(deal, warnings=(*deal.warnings, *found.warned)) if found.warned else deal


def needs_of_terms(terms: Terms, *, actor: User, at: datetime) -> Sequence[DealNeed]:
    """What a proposed deal would take of which limits. Raises InvalidDeal."""
    terms = msgspec.structs.replace(terms, stage="proposed")
    return candidate_of(terms, actor=actor, at=at).needs


@transaction.atomic
def store_for_repair(waiting: ForRepair, *, actor: User, at: datetime) -> Inbound:
    """Keep an executed deal that cannot be booked: counted and valued, never lost.

    The same one again (by sender and external reference) is the row that is there already.
    """
    terms = waiting.terms
    book = reference_data().books.get(terms.book)
    row, created = Inbound.objects.get_or_create(
        received_by=actor,
        external_ref=terms.external_ref,
        defaults={
            "entity_id": book.entity_id if book else None,
            "book_id": book.id if book else None,
            "body": msgspec.json.encode(terms).decode(),
            "problems": problem_documents(waiting.problems),
            "amount": _worth(terms),
            "currency": terms.currency,
            "received_at": at,
            "makers": [actor.pk],
        },
    )
    if created:
        tell_received([row], actor=actor, at=at)
    return row


def _worth(terms: Terms) -> Decimal | None:
    """What it would come to; nothing for what is no number, or more than anybody could owe."""
    try:
        worth = terms.worth()
    except InvalidOperation:
        return None
    return worth if worth is not None and abs(worth) < LARGEST_AMOUNT else None
