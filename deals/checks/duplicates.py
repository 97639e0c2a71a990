"""Deals that are equal in everything but their reference: found after capture, many at a time.

Equal are two deals of one entity with the same owner, counterparty, product, side, quantity, price,
currency, dates and what is dealt, whichever the book. Fills of a venue and reported deals are told
apart by the identifiers that their venue or the parties gave them. Capture itself does not look:
it would pay an index lookup for every deal.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import connection, transaction

from backoffice.access.models import User
from backoffice.events.services import NewEvent, record_events
from backoffice.kernel.errors import Conflict
from backoffice.kernel.i18n import gettext_noop
from backoffice.workflow.services import NewItem, close_items, open_items
from backoffice.workflow.transitions import Outcome, Step, advance
from deals.checks.kinds import DUPLICATES
from deals.checks.models import Suspicion
from deals.checks.state import SuspicionState
from deals.confirming.clocks import Stage
from deals.confirming.reading import due_by
from refdata.firm_days import firm_day
from refdata.selectors import reference_data

POSSIBLE_DUPLICATE = "possible-duplicate"


class PossibleDuplicate(Conflict):
    code = POSSIBLE_DUPLICATE
    title = gettext_noop("The deal may be another one captured twice")
    detail = gettext_noop("%(deal)s equals %(earlier)s in all but its reference.")
    hint = gettext_noop("Cancel it, or say that it is another deal; then confirm it.")


_KEEP = """
INSERT INTO deals_fingerprint (deal_id, digest)
SELECT d.id, md5(concat_ws('|', d.entity_id, d.owner_id, d.counterparty_id, d.instrument_id, d.product,
                           d.trade_date, d.due_date, v.side, v.quantity, v.price, v.currency,
                           v.details->>'pair', v.details->'figures'->>'far_date'))::uuid
  FROM deals_deal d JOIN deals_dealversion v ON v.deal_id = d.id AND v.number = d.version
 WHERE d.id = ANY(%(ids)s) ORDER BY d.id
    ON CONFLICT (deal_id) DO UPDATE SET digest = excluded.digest
"""
# Of each deal the nearest one captured before it. What the venue, or both parties, named apart is apart.
_FIND = """
INSERT INTO deals_suspicion (entity_id, deal_id, earlier_id, blocks, makers, opened_at)
SELECT d.entity_id, d.id, twin.id, %(blocks)s, '{}', %(at)s
  FROM deals_deal d
  JOIN deals_dealversion v ON v.deal_id = d.id AND v.number = d.version
  JOIN deals_fingerprint f ON f.deal_id = d.id
  CROSS JOIN LATERAL (
       SELECT o.id FROM deals_fingerprint g
         JOIN deals_deal o ON o.id = g.deal_id
         JOIN deals_dealversion w ON w.deal_id = o.id AND w.number = o.version
        WHERE g.digest = f.digest AND g.deal_id < d.id AND o.state NOT IN ('CANCELLED', 'REPLACED')
          AND w.traded_at BETWEEN v.traded_at - %(within)s * interval '1 minute'
                              AND v.traded_at + %(within)s * interval '1 minute'
          AND (v.details->>'uti') IS NOT DISTINCT FROM (w.details->>'uti')
          AND (v.details->'execution'->>'venue_trade_id')
              IS NOT DISTINCT FROM (w.details->'execution'->>'venue_trade_id')
        ORDER BY g.deal_id DESC LIMIT 1) AS twin
 WHERE d.id = ANY(%(ids)s) AND d.state NOT IN ('CANCELLED', 'REPLACED')
 ORDER BY d.id
    ON CONFLICT (deal_id, earlier_id) DO NOTHING
RETURNING id, deal_id, earlier_id, entity_id
"""
_DIFFERENT = """
SELECT s.id FROM deals_suspicion s
  JOIN deals_fingerprint f ON f.deal_id = s.deal_id
  JOIN deals_fingerprint g ON g.deal_id = s.earlier_id
 WHERE s.state = 'OPEN' AND f.digest <> g.digest
   AND (s.deal_id = ANY(%(ids)s) OR s.earlier_id = ANY(%(ids)s)) ORDER BY s.id
"""
_ABOUT = """
SELECT d.id, coalesce(i.market, ''), d.trade_date, v.traded_at, abs(v.net_amount), v.currency
  FROM deals_deal d JOIN deals_dealversion v ON v.deal_id = d.id AND v.number = d.version
  LEFT JOIN refdata_instrument i ON i.asset_id = d.instrument_id
 WHERE d.id = ANY(%s)
"""


@transaction.atomic
def find_duplicates(*, deal_ids: Sequence[int], at: datetime) -> int:
    """Compare deals with those captured before them; return how many are suspected to be one.

    Running twice finds nothing new. What an amendment made different is suspected no more.
    """
    rule = reference_data().rules.find(DUPLICATES, firm_day(at))
    given: dict[str, Any] = {"ids": list(deal_ids), "at": at}
    with connection.cursor() as cursor:
        cursor.execute(_KEEP, given)
        cursor.execute(_DIFFERENT, given)
        _drop([row[0] for row in cursor.fetchall()], at)
        if rule is None:
            return 0
        cursor.execute(_FIND, given | {"within": Decimal(rule.minutes), "blocks": rule.blocks})
        found = cursor.fetchall()
    _tell(found, at)
    return len(found)


def _tell(found: Sequence[tuple[int, int, int, int]], at: datetime) -> None:
    """A clerk decides before the deal should be confirmed; the event names both."""
    with connection.cursor() as cursor:
        cursor.execute(_ABOUT, [[row[1] for row in found]])
        about = {row[0]: row[1:] for row in cursor.fetchall()}
    items, events = [], []
    for id, deal, earlier, entity in found:
        market, trade_date, dealt_at, amount, currency = about[deal]
        due_at = due_by(Stage.CONFIRMATION, market=market, trade_date=trade_date, dealt_at=dealt_at)
        items.append(
            NewItem(
                kind=POSSIBLE_DUPLICATE, queue="clerk", subject_type="suspicion", subject_id=id,
                entity_id=entity, reason=f"D-{deal} = D-{earlier}", amount=amount,
                currency=currency, due_at=due_at,
            )
        )  # fmt: skip
        facts = {"deal": f"D-{deal}", "earlier": f"D-{earlier}"}
        events.append(
            NewEvent(
                kind="suspicion.open", subject_type="suspicion", subject_id=id, entity_id=entity,
                target=SuspicionState.OPEN.value, facts=facts,
            )
        )  # fmt: skip
    open_items(items, at=at)
    record_events(events, actor_id=None, at=at)


@transaction.atomic
def dismiss_suspicions(*, ids: Sequence[int], reason: str, actor: User, at: datetime) -> Outcome:
    """A person says that the deals are two, and why; the later one may be confirmed."""
    outcome = advance(Suspicion, "dismiss", [Step(id, reason) for id in ids], actor=actor, at=at)
    _close(outcome.done, at, actor.pk)
    return outcome


@transaction.atomic
def drop_suspicions(*, deal_ids: Sequence[int], at: datetime) -> None:
    """Of deals that were cancelled nothing is suspected any more."""
    rows = Suspicion.objects.filter(state=SuspicionState.OPEN)
    found = rows.filter(deal__in=deal_ids) | rows.filter(earlier__in=deal_ids)
    _drop(list(found.order_by("pk").values_list("pk", flat=True)), at)


def _drop(ids: Sequence[int], at: datetime) -> None:
    outcome = advance(Suspicion, "fall_away", [Step(id) for id in ids], actor=None, at=at)
    _close(outcome.done, at, None)


def _close(ids: Sequence[int], at: datetime, actor_id: int | None) -> None:
    close_items(
        subject_type="suspicion", subject_ids=ids, kinds=[POSSIBLE_DUPLICATE], at=at,
        actor_id=actor_id,
    )  # fmt: skip


def blocked_by_suspicion(deal_ids: Sequence[int]) -> dict[int, PossibleDuplicate]:
    """The deals that are not confirmed before a person has decided, each with its refusal."""
    rows = Suspicion.objects.filter(
        deal__in=deal_ids, state=SuspicionState.OPEN, blocks=True
    ).order_by("pk")
    return {
        deal: PossibleDuplicate(deal=f"D-{deal}", earlier=f"D-{earlier}")
        for deal, earlier in rows.values_list("deal_id", "earlier_id")
    }
