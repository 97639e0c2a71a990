"""What follows when settlements are final, or a part of them: deals, nets, limits and books."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from django.db import connection

from backoffice.events.constraints import keys_looked_up_at_once
from backoffice.kernel.rows import array
from deals.services import SOURCE, give_back_settled, mark_settled
from ledger.posting_alike import post_alike
from ledger.services import post_entries
from settlements.clearing.exposing import NET
from settlements.clearing.holding import hold_limits
from settlements.clearing.settling import nets_settled_by
from settlements.exposures import EXPOSURE, expose_anew
from settlements.posting import SettledTerms, accounts_of, entries_of
from settlements.remaining import rest_of
from settlements.straight import NONE, Straight, entries_alike

# What settling writes until it books: its keys are looked up before anything is held.
WRITTEN = (
    "events_event", "ledger_journalentry", "ledger_posting", "settlements_evidence",
    "settlements_settlementpart",
)  # fmt: skip

# Deals all of whose settlements are final, among the sources of these.
_DEALS_DONE = """
SELECT s.source_id, bool_or(s.cancellation = 'AGREED') FROM settlements_settlement s
 WHERE s.source_type = 'deal' AND s.source_id IN (
       SELECT source_id FROM settlements_settlement WHERE id = ANY(%s) AND source_type = 'deal')
 GROUP BY s.source_id
HAVING bool_and(s.settlement = 'SETTLED' OR s.cancellation = 'AGREED') ORDER BY s.source_id
"""


def finish_settlements(
    whole: Sequence[int], settled: Sequence[SettledTerms], straight: Straight = NONE, *,
    settled_date: date, at: datetime, parted: Sequence[int] = (),
) -> None:  # fmt: skip
    """What is over gives its limits back, with its deal; of what is settled in part the rest counts on.

    In the caller's transaction. `settled` says what of each is booked, beside those that are `straight`.
    """
    with connection.cursor() as cursor:
        cursor.execute(_DEALS_DONE, [array(whole)])
        found = cursor.fetchall()
    # Of what was cancelled some was instructed anew; a deal of which something was not is not settled.
    rests = rest_of([id for id, some_cancelled in found if some_cancelled])
    deal_ids = [id for id, _ in found if id not in rests]
    nets, cleared = nets_settled_by(whole, at=at)
    deal_ids = sorted({*deal_ids, *cleared})
    ended = {EXPOSURE: whole, NET: nets}
    settled_deals = mark_settled(ids=deal_ids, at=at).done
    # What many wait for is locked after all that takes time, keys looked up included, which else the commit does:
    # what is held, by the posting itself, then limits.
    with keys_looked_up_at_once(WRITTEN):
        entries = entries_of(settled, settled_date, accounts_of(settled))
        if straight.ids:
            post_alike(entries_alike(straight, settled_date), entries, at=at)
        else:
            post_entries(entries, at=at)
    if parted:  # limits move twice then: all of them are locked before, in their order
        hold_limits(
            {EXPOSURE: [*whole, *parted], NET: nets, SOURCE: settled_deals},
            entity_ids={terms.entity_id for terms in settled} | straight.entity_ids, at=at,
        )  # fmt: skip
    give_back_settled(settled_deals, ended)
    if parted:
        expose_anew(parted, at=at)
