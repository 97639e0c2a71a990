"""What people do about their confirmations, and what follows when a deal of ours changes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from backoffice.access.models import User
from backoffice.kernel.errors import Conflict
from backoffice.kernel.i18n import gettext_noop
from backoffice.workflow.transitions import Outcome, Step, advance
from deals.confirming.holding import hold_matching
from deals.confirming.matching import match_confirmations
from deals.confirming.models import ReceivedConfirmation
from deals.confirming.state import LIVE, OPEN
from deals.models import Deal
from deals.services import confirm_deals


class OtherDeal(Conflict):
    code = "other-deal"
    title = gettext_noop("The confirmation cannot be about that deal")
    detail = gettext_noop(
        "%(deal)s is cancelled, or of another entity or counterparty than %(confirmation)s."
    )
    hint = gettext_noop("Link it to a live deal with its sender.")


class DealHasConfirmation(Conflict):
    code = "deal-has-confirmation"
    title = gettext_noop("The deal is matched already")
    detail = gettext_noop("%(deal)s is matched to %(other)s.")
    hint = gettext_noop(
        "If they sent it twice, have them withdraw one; else find the deal that is meant."
    )


@transaction.atomic
def link_confirmations(
    *, ids: Sequence[int], deal_id: int, reason: str = "", actor: User, at: datetime
) -> Outcome:
    """Say by hand which deal confirmations are about; what then agrees or differs is found as ever.

    Raises OtherDeal, DealHasConfirmation.
    """
    hold_matching()
    for row in ReceivedConfirmation.objects.filter(pk__in=ids).order_by("pk"):
        _require_linkable(row, deal_id)
    facts = {"deal": f"D-{deal_id}"}
    columns = {"deal": deal_id, "linked": True}
    steps = [Step(id, reason, facts, columns) for id in ids]
    outcome = advance(ReceivedConfirmation, "link", steps, actor=actor, at=at)
    match_confirmations(ids=outcome.done, at=at)
    return outcome


def _require_linkable(row: ReceivedConfirmation, deal_id: int) -> None:
    deal = Deal.objects.filter(
        pk=deal_id, entity_id=row.entity_id, counterparty_id=row.sender_id
    ).exclude(state="CANCELLED")
    if not deal.exists():
        raise OtherDeal(deal=f"D-{deal_id}", confirmation=str(row))
    other = ReceivedConfirmation.objects.filter(deal_id=deal_id, state="MATCHED").first()
    if other is not None:
        raise DealHasConfirmation(deal=f"D-{deal_id}", other=str(other))


@transaction.atomic
def dispute_confirmations(*, ids: Sequence[int], reason: str, actor: User, at: datetime) -> Outcome:
    """They are told that it is wrong, and why; their next message replaces it."""
    steps = [Step(id, reason) for id in ids]
    return advance(ReceivedConfirmation, "dispute", steps, actor=actor, at=at)


@transaction.atomic
def reject_confirmations(*, ids: Sequence[int], reason: str, actor: User, at: datetime) -> Outcome:
    """It is about no deal of ours, and they know."""
    return advance(
        ReceivedConfirmation, "reject", [Step(id, reason) for id in ids], actor=actor, at=at
    )


@transaction.atomic
def withdraw_confirmations(
    *, ids: Sequence[int], reason: str, actor: User, at: datetime
) -> Outcome:
    """They took it back by another road than a message, which the reason names."""
    return advance(
        ReceivedConfirmation, "withdraw", [Step(id, reason) for id in ids], actor=actor, at=at
    )


class NotMatched(Conflict):
    code = "confirmation-not-matched"
    title = gettext_noop("The confirmation is not matched")
    detail = gettext_noop("%(confirmation)s is %(state)s, and confirms nothing.")
    hint = gettext_noop(
        "Have the difference put right first; the deal can be confirmed by other evidence."
    )


@transaction.atomic
def confirm_matched(*, ids: Sequence[int], actor: User, at: datetime) -> Outcome:
    """Confirm the deals that these are matched to, with them as evidence; another person approves.

    Raises NotMatched. Refused are deals that are confirmed already.
    """
    outcome = Outcome()
    for row in ReceivedConfirmation.objects.filter(pk__in=ids).order_by("pk"):
        if row.state != "MATCHED" or row.deal_id is None:
            raise NotMatched(confirmation=str(row), state=row.state)
        evidence = str(row)
        one = confirm_deals(ids=[row.deal_id], how="matched", evidence=evidence, actor=actor, at=at)
        outcome.done.extend(row.pk for _ in one.done)
        if one.refused:
            outcome.refused[row.pk] = one.refused[row.deal_id]
    return outcome


_CHANGED = """
SELECT c.id FROM deals_receivedconfirmation c JOIN deals_deal d ON d.id = c.deal_id
 WHERE c.deal_id = ANY(%(deals)s) AND c.state = 'MATCHED'
   AND (d.version <> c.deal_version OR d.state = 'CANCELLED') ORDER BY c.id
"""
# What is new itself, what points to a deal that changed, and what such a deal may be meant by.
_CONCERNED = """
SELECT c.id FROM deals_receivedconfirmation c WHERE c.id = ANY(%(ids)s) AND c.state = 'RECEIVED'
 UNION
SELECT c.id FROM deals_receivedconfirmation c
 WHERE c.state = ANY(%(open)s) AND (c.deal_id = ANY(%(deals)s) OR c.deal_id IN (
        SELECT m.deal_id FROM deals_receivedconfirmation m WHERE m.id = ANY(%(ids)s) AND m.deal_id IS NOT NULL))
 UNION
SELECT c.id FROM deals_receivedconfirmation c
  JOIN deals_receivedconfirmation o ON o.id = ANY(%(ids)s) AND o.state <> ALL(%(live)s)
   AND o.entity_id = c.entity_id AND o.sender_id = c.sender_id AND o.quantity = c.quantity
 WHERE c.state = ANY(%(open)s)
 UNION
SELECT c.id FROM deals_deal d
  JOIN deals_dealversion v ON v.deal_id = d.id AND v.number = d.version
  JOIN deals_receivedconfirmation c ON c.entity_id = d.entity_id AND c.sender_id = d.counterparty_id
   AND c.state = ANY(%(open)s)
   AND (d.external_ref = c.our_ref OR 'D-' || d.id = c.our_ref OR v.details->>'uti' = c.uti
        OR v.quantity = c.quantity OR v.price = c.price OR v.net_amount = c.amount OR v.net_amount = c.quantity)
 WHERE d.id = ANY(%(deals)s)
 ORDER BY 1
"""


def follow_changes(
    *, deal_ids: Sequence[int], confirmation_ids: Sequence[int], at: datetime
) -> None:
    """Matches of a version that is no longer the deal's are void; what may have changed is matched again."""
    facts: dict[str, Any] = {
        "deals": list(deal_ids), "ids": list(confirmation_ids),
        "open": [state.value for state in OPEN], "live": [state.value for state in LIVE],
    }  # fmt: skip
    _void_changed(facts, at)
    with connection.cursor() as cursor:
        cursor.execute(_CONCERNED, facts)
        ids = [row[0] for row in cursor.fetchall()]
    match_confirmations(ids=ids, at=at)


@transaction.atomic
def _void_changed(facts: dict[str, Any], at: datetime) -> None:
    hold_matching()
    with connection.cursor() as cursor:
        cursor.execute(_CHANGED, facts)
        ids = [row[0] for row in cursor.fetchall()]
    reason = "The deal is another version, or cancelled."
    advance(ReceivedConfirmation, "void", [Step(id, reason) for id in ids], actor=None, at=at)
    facts["ids"].extend(ids)
