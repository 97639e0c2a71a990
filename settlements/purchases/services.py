"""Everything that can be done to purchases from individuals: their steps in order, and paying ahead."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from django.db import connection, transaction

from backoffice.access.models import User
from backoffice.kernel.errors import Invalid, NotFound
from backoffice.kernel.i18n import gettext_noop
from backoffice.workflow.transitions import Outcome, Step, advance, each_by_itself
from deals.services import affirm_deals
from deals.state import DealState
from settlements.purchases.models import Purchase
from settlements.purchases.processing.steps import bring_cases, take_own_step
from settlements.purchases.proofs import proof_of
from settlements.purchases.ready import PRODUCT
from settlements.purchases.state import PURCHASE_LIFECYCLE


class ReasonNeeded(Invalid):
    code = "reason-needed"
    title = gettext_noop("A reason is needed")
    detail = gettext_noop("Paying before the securities are there is an exception: say why.")
    hint = gettext_noop("Write down why, for the person who decides.")


_OPEN = """
WITH put AS (
     INSERT INTO settlements_purchase (entity_id, deal_id, state, advance, opened_at)
     SELECT d.entity_id, d.id, 'OPEN', 'NONE', %(at)s FROM deals_deal d
      WHERE d.id = ANY(%(ids)s) AND d.product = %(product)s ORDER BY d.id
         ON CONFLICT (deal_id) DO NOTHING
     RETURNING id, entity_id, deal_id)
INSERT INTO events_event (kind, subject_type, subject_id, entity_id, recorded_at, target, facts)
SELECT 'purchase.open', 'purchase', p.id, p.entity_id, %(at)s, 'OPEN',
       jsonb_build_object('deal', 'D-' || p.deal_id)
  FROM put p ORDER BY p.id
"""


@transaction.atomic
def open_purchases(*, deal_ids: Sequence[int], at: datetime) -> None:
    """Begin the checklists of those deals that buy from an individual, each once, with what its process adds.

    For deals that have changed meanwhile what is added is worked out anew.
    """
    with connection.cursor() as cursor:
        cursor.execute(_OPEN, {"ids": list(deal_ids), "at": at, "product": PRODUCT})
    bring_cases(deal_ids, at=at)


def _step(name: str) -> Callable[..., Outcome]:
    @transaction.atomic
    def service(*, ids: Sequence[int], actor: User, at: datetime) -> Outcome:
        return each_by_itself(ids, lambda id: _take(id, name, actor, at))

    service.__doc__ = f"The step {name} of purchases, each with what proves it. Raises nothing."
    return service


def _take(id: int, name: str, actor: User, at: datetime) -> None:
    """Its turn first, then what proves it: the refusal names what is missing."""
    rows = Purchase.objects.select_for_update(of=("self",)).select_related("deal__counterparty")
    row = rows.filter(pk=id).first()
    if row is None:
        raise NotFound(what="purchase", reference=f"PU-{id}")
    PURCHASE_LIFECYCLE.require(name, source=row.state)
    facts = proof_of(row, name, at)
    bring_cases([row.deal_id], at=at)
    take_own_step(row, name, actor=actor, at=at)
    advance(Purchase, name, [Step(id, facts=facts)], actor=actor, at=at).raise_single()
    if name == "contract" and row.deal.state == DealState.CAPTURED:
        # Two people compared the signed contract: the counterparty agrees.
        shown = {row.deal_id: facts["evidence"]}
        affirm_deals(evidence=shown, how="signed", at=at).raise_single()


identify_purchases = _step("identify")
screen_purchases = _step("screen")
contract_purchases = _step("contract")
order_purchases = _step("order")
credit_purchases = _step("credit")
act_purchases = _step("act")
pay_purchases = _step("pay")


@transaction.atomic
def ask_advances(*, ids: Sequence[int], reason: str, actor: User, at: datetime) -> Outcome:
    """Ask for paying before the securities are credited; another person decides. Raises ReasonNeeded."""
    if not reason.strip():
        raise ReasonNeeded()
    return advance(Purchase, "ask_advance", [Step(id, reason) for id in ids], actor=actor, at=at)


@transaction.atomic
def allow_advances(*, ids: Sequence[int], actor: User, at: datetime) -> Outcome:
    """Allow it, as the second pair of eyes."""
    return advance(Purchase, "allow_advance", [Step(id) for id in ids], actor=actor, at=at)


@transaction.atomic
def refuse_advances(*, ids: Sequence[int], reason: str, actor: User, at: datetime) -> Outcome:
    """Refuse it: the seller is paid after the act."""
    return advance(Purchase, "refuse_advance", [Step(id, reason) for id in ids], actor=actor, at=at)
