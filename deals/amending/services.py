"""Writing an amendment: a new version with its flows, what it uses of limits, and one event."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any

import msgspec
from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection, transaction

from backoffice.access.models import User
from backoffice.events.services import NewEvent, record_events
from backoffice.kernel.decimals import plain
from backoffice.workflow.transitions import Step, advance
from deals.amending.terms import DATE, Amendment, OtherBooks
from deals.capturing.candidates import Candidate, CapturedDeal
from deals.capturing.intake import ForRepair, InvalidDeal, candidate_of
from deals.capturing.storing import put_version
from deals.exposing.exposure import needs_of
from deals.exposing.stopping import moved_of, require_room_for_more
from deals.exposing.twice import exactly
from deals.models import Deal, Flow
from deals.processing.steps import end_deal_cases
from deals.selectors import HEAD, head_of
from deals.services import SOURCE
from deals.state import UNSETTLED
from limits.replacing import Replaced, replace_needs
from limits.rules import Allotment, LimitRequest
from refdata.selectors import reference_data

AMENDED, ANNOTATED = "deal.amend", "deal.annotate"

# The same economics with other details: nothing that is due changes.
_ANNOTATE = """
WITH moved AS (
       UPDATE deals_deal d
          SET version = d.version + 1,
              makers = CASE WHEN %(actor)s = ANY(d.makers) THEN d.makers ELSE d.makers || %(actor)s END
        WHERE d.id = %(id)s
       RETURNING d.id, d.version),
     written AS (
       INSERT INTO deals_dealversion (deal_id, number, side, quantity, price, currency, gross_amount,
              net_amount, method, traded_at, details, actor_id, recorded_at)
       SELECT v.deal_id, m.version, v.side, v.quantity, v.price, v.currency, v.gross_amount,
              v.net_amount, v.method, v.traded_at, %(details)s, %(actor)s, %(at)s
         FROM deals_dealversion v JOIN moved m ON v.deal_id = m.id AND v.number = m.version - 1)
INSERT INTO deals_flow (deal_id, version, kind, direction, asset_id, quantity, due_date)
SELECT f.deal_id, m.version, f.kind, f.direction, f.asset_id, f.quantity, f.due_date
  FROM deals_flow f JOIN moved m ON f.deal_id = m.id AND f.version = m.version - 1
 ORDER BY f.id
"""


@transaction.atomic
def amend_terms(
    row: Any, amendment: Amendment, *, reason: str, evidence: str, actor: User, at: datetime
) -> None:
    """Put new economics in place: the deal, which the caller has locked, is captured again.

    Raises InvalidDeal, OutOfScope, OtherBooks, LimitExceeded and StopLossReached (a proposed deal),
    TransitionNotAllowed.
    """
    candidate = resolved(row, amendment, actor=actor, at=at)
    candidate = exactly(candidate, instead_of=[row.pk])
    deal, number = candidate.deal, row.version + 1
    more = _dealt_more(row, candidate)
    require_room_for_more(deal, candidate.needs, more=more, at=at)
    replaced = replace_needs(SOURCE, {row.pk: candidate.request}, at=at)
    head = {
        "book": deal.book.id, "owner": deal.owner_id, "counterparty": deal.counterparty.id,
        "instrument": deal.traded.instrument_id, "capacity": deal.terms.capacity,
        "trade_date": deal.trade_date, "due_date": deal.due_date,
    }  # fmt: skip
    assert tuple(head) == HEAD
    columns = {**head, "version": number, "breached": row.breached or bool(replaced.short)}
    facts = {
        **_facts(amendment, number, evidence=evidence),
        **_moved(row, candidate, replaced),
    }
    before = head_of(row)
    advance(
        Deal, "amend", [Step(row.pk, reason, facts, columns)], actor=actor, at=at
    ).raise_single()
    end_deal_cases([row.pk], reason="The deal is another version.", actor=actor, at=at)
    captured = CapturedDeal(row.pk, candidate, Allotment(granted=True), {})
    put_version(captured, number, head_before=DjangoJSONEncoder().encode(before))


def _dealt_more(row: Any, candidate: Candidate) -> Decimal:
    """How much more of the thing dealt comes in than by the version before; in another book all of it."""
    asset_id = candidate.deal.traded.asset_id
    more = moved_of(candidate.deal.flows, asset_id)
    if row.book_id == candidate.deal.book.id:
        more -= moved_of(Flow.objects.filter(deal=row, version=row.version), asset_id)
    return more


def resolved(row: Any, amendment: Amendment, *, actor: User, at: datetime) -> Candidate:
    """The deal as the amendment would have it, with what it needs; nothing is written."""
    try:
        candidate = candidate_of(amendment.terms, actor=actor, at=at)
    except ForRepair as waiting:  # as it stands it can be booked: what makes it worse is refused
        raise InvalidDeal(waiting.problems, count=len(waiting.problems)) from None
    if candidate.deal.book.entity_id != row.entity_id:
        raise OtherBooks()
    # Whoever amends it, it stays the deal of who dealt it.
    needs = needs_of(candidate.deal, reference_data(), trader=row.captured_by.username)
    request = LimitRequest([need.as_need() for need in needs], binding=candidate.deal.executed)
    return replace(candidate, needs=needs, request=request)


@transaction.atomic
def annotate(row: Any, amendment: Amendment, *, reason: str, actor: User, at: datetime) -> None:
    """Put other details in place: nothing that was agreed changes, so everything stays where it is."""
    if "trader" in {**amendment.before, **amendment.after} and row.state in UNSETTLED:
        # Of a total nothing more is taken: the deal is part of it already.
        candidate = exactly(resolved(row, amendment, actor=actor, at=at), instead_of=[row.pk])
        request = candidate.request
        replace_needs(SOURCE, {row.pk: request}, at=at)  # limits of people follow the person
    said = msgspec.to_builtins(amendment.terms)
    details = {k: v for k, v in row.details.items() if k not in amendment.before}
    details |= {name: said[name] for name in amendment.after}
    with connection.cursor() as cursor:
        cursor.execute(
            _ANNOTATE,
            {
                "id": row.pk,
                "actor": actor.pk,
                "at": at,
                "details": DjangoJSONEncoder().encode(details),
            },
        )
    event = NewEvent(
        kind=ANNOTATED, subject_type="deal", subject_id=row.pk, entity_id=row.entity_id,
        reason=reason, facts=_facts(amendment, row.version + 1),
    )  # fmt: skip
    record_events([event], actor_id=actor.pk, at=at)


def _facts(amendment: Amendment, number: int, *, evidence: str = "") -> dict[str, Any]:
    return {
        "version": number, "before": dict(amendment.before), "after": dict(amendment.after),
        **({"evidence": evidence} if evidence else {}),
    }  # fmt: skip


def _moved(row: Any, candidate: Candidate, replaced: Replaced) -> Mapping[str, Any]:
    """What follows from the new terms, as the event says it."""
    deal = candidate.deal
    facts: dict[str, Any] = {
        "net_before": plain(row.net_amount), "net_after": plain(deal.amounts.net),
        "limits": {f"L-{id}": plain(delta) for id, delta in replaced.deltas.items()},
    }  # fmt: skip
    if deal.executed:
        facts["executed"] = True
    if replaced.short:
        facts["breaches"] = {f"L-{id}": str(short) for id, short in replaced.short.items()}
    if deal.due_date != row.due_date:
        facts[DATE] = [row.due_date.isoformat(), deal.due_date.isoformat()]
    return facts
