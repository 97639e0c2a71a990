"""What deals should use of their limits, worked out anew from their terms, prices and rates.

Every night, and for the deals concerned when prices or rates were added. Each exposure is worked out
twice: with what its present amount was made of, and with what is known now. Where the first differs
the books of limits are wrong, which is an alarm; where only the second does, the market has moved.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime, timedelta
from typing import Any, Protocol

from django.db import connection, transaction

from backoffice.events.consumers import Happened
from deals.exposing.exposure import LimitRow, definitions
from deals.exposing.holdings import count_holdings, revalue_holdings
from deals.exposing.live import LIVE, Exposure, LiveDeal, Wants, flows_by_deal, live_deals
from deals.exposing.needs import BY_REFERENCE
from deals.exposing.netting import counts_netted, end_agreements, net_agreement, netting_agreements
from deals.exposing.taken import Taken, counts_in_nets, is_explained, taken_by, valued
from deals.exposing.totals import counts_in_total
from deals.exposing.valuing import Market
from deals.models import Revaluation
from deals.services import SOURCE
from limits.breaches import open_of_positions
from limits.defining.closings import empty_closed
from limits.exposures import Difference, Recomputed, prove_counters, replace_exposures
from refdata.models import Price
from refdata.selectors import forget_reference_data, reference_data

CHUNK = 5_000
HEARD_BY = timedelta(seconds=2)  # no process is without a new limit any more


_ENDED = """
SELECT r.source_id, r.limit_id, r.amount, r.basis
  FROM limits_reservation r LEFT JOIN deals_deal d ON d.id = r.source_id
 WHERE r.source_type = 'deal' AND r.state = 'COMMITTED'
   AND (d.id IS NULL OR d.state <> ALL(%s)
        AND NOT (d.state IN ('SETTLED', 'CLOSED') AND EXISTS (
              SELECT 1 FROM limits_limit l WHERE l.id = r.limit_id AND limits_net(l) IS NOT NULL)))
 ORDER BY r.source_id LIMIT %s
"""


def recompute_exposures(*, business_date: date, at: datetime) -> Recomputed:
    """Bring what all live deals use to what they should use at the prices and rates of a day.

    Restartable: every chunk is a transaction of its own, and a chunk that is right is not written.
    """
    done = _recompute(business_date, at, everything=True)
    done.add(end_agreements(business_date=business_date, at=at))
    while ended := _ended():
        done.add(replace_exposures(SOURCE, ended, business_date=business_date, at=at))
    empty_closed(at=at)
    done.add(prove_counters(business_date=business_date, at=at))
    open_of_positions(at=at)
    return done


def revalue_exposures(
    *, instrument_ids: Collection[int], rates: bool, business_date: date, at: datetime,
    everything: bool = False,
) -> Recomputed:  # fmt: skip
    """The same for the deals that added prices, or added rates, concern; for all where a limit is new."""
    return _recompute(
        business_date, at, everything=everything, instrument_ids=instrument_ids, rates=rates
    )


def _recompute(
    business_date: date, at: datetime, *, everything: bool = False,
    instrument_ids: Collection[int] = (), rates: bool = False,
) -> Recomputed:  # fmt: skip
    done, after = Recomputed(), 0
    netted = set(netting_agreements(business_date)) if everything or rates else set()
    chosen: dict[str, Any] = {
        "all": everything, "instruments": sorted(instrument_ids), "rates": rates, "most": CHUNK,
        "day": business_date,
    }  # fmt: skip
    while True:
        deals = live_deals(chosen | {"after": after})
        if not deals:
            break
        after = deals[-1].id
        netted |= {deal.netting_id for deal in deals if deal.netting_id is not None}
        priced = {deal.instrument_id for deal in deals if deal.instrument_id is not None}
        market = Market(reference_data(), business_date, priced)
        looked, differences = differences_of(deals, market)
        done.checked += looked
        done.stale |= market.stale()
        done.add(_replaced(differences, business_date, at))
    for agreement_id in sorted(netted):
        done.add(net_agreement(agreement_id, business_date=business_date, at=at))
    when: dict[str, Any] = {"business_date": business_date, "at": at}
    if everything:
        done.add(count_holdings(**when))
    else:
        done.add(revalue_holdings(instrument_ids=instrument_ids, rates=rates, **when))
    return done


def _replaced(differences: Sequence[Difference], day: date, at: datetime) -> Recomputed:
    """What is missing is added only while its deal is locked and alive; the rest needs no lock."""
    missing = [each for each in differences if each.before is None]
    there = [each for each in differences if each.before is not None]
    done = replace_exposures(SOURCE, there, business_date=day, at=at)
    if missing:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                "SELECT id FROM deals_deal WHERE id = ANY(%s) AND state = ANY(%s) ORDER BY id FOR SHARE",
                [sorted({each.source_id for each in missing}), list(LIVE)],
            )
            alive = {row[0] for row in cursor.fetchall()}
            added = [each for each in missing if each.source_id in alive]
            done.add(replace_exposures(SOURCE, added, business_date=day, at=at))
    return done


def _ended() -> list[Difference]:
    """What deals that are over still hold."""
    with connection.cursor() as cursor:
        cursor.execute(_ENDED, [list(LIVE), CHUNK])
        rows = cursor.fetchall()
    return [Difference(id, limit, amount, None, basis, False) for id, limit, amount, basis in rows]


def differences_of(deals: Sequence[LiveDeal], market: Market) -> tuple[int, list[Difference]]:
    """How many exposures these deals have, and those that are not what they should be."""
    ids = [deal.id for deal in deals]
    taken = taken_by(ids)
    flows = flows_by_deal(ids)
    wants = {deal.id: Wants(deal, flows.get(deal.id, ()), market.day) for deal in deals}
    found: list[Difference] = []
    looked = 0
    for deal in deals:
        for exposure in wants[deal.id].today():
            row = taken.pop((deal.id, exposure.limit.id), None)
            if counts_netted(deal, exposure.limit) or counts_in_total(exposure.limit.kind):
                continue  # with the others: of its agreement, or in all currencies
            if counts_in_nets(row):
                continue  # what its nets pay to a clearing house is counted there
            looked += 1
            difference = _difference(deal, exposure, row, market, wants[deal.id])
            if difference is not None:
                found.append(difference)
    # What is left counts under limits that do not concern the deal, as far as this process knows
    # them; what concerned it when it was dealt, time or reference data have taken it out of.
    defined = {limit.id: limit for limit in definitions().limits()}
    found += [
        Difference(row.source_id, row.limit_id, row.amount, None, row.basis, explained)
        for row in taken.values()
        if row.limit_id in defined
        for explained in [
            _by_reference(defined[row.limit_id])
            or wants[row.source_id].at_first(row.limit_id) is not None
        ]
    ]
    return looked, found


def _difference(
    deal: LiveDeal, exposure: Exposure, row: Taken | None, market: Market, wants: Wants
) -> Difference | None:
    limit, want = exposure
    today = market.today(deal.instrument_id, want.moves or want.quantity is not None)
    now = valued(deal, limit, want, market, today)
    words = wants.words(today)
    if row is None:
        newer = limit.defined_at + HEARD_BY > deal.captured_at or _by_reference(limit)
        return Difference(deal.id, limit.id, None, now, words, newer)
    if row.amount == now:
        return None
    explained = is_explained(deal, limit, row, market, wants)
    return Difference(deal.id, limit.id, row.amount, now, words, explained)


def _by_reference(limit: LimitRow) -> bool:
    """Whether a deal may come under it later, or leave it: by time, or by reference data."""
    return limit.group_id is not None or limit.kind in BY_REFERENCE


@transaction.atomic
def ask_for_revaluation(events: Sequence[Happened], *, at: datetime) -> None:
    """One request for all that was added: a worker takes it up in transactions of its own."""
    instruments = {id for event in events for id in event.facts.get("instruments", ())}
    proposed = [e.subject_id for e in events if e.kind == "refdata.change"]
    instruments |= set(
        Price.objects.filter(pk__in=proposed).values_list("instrument_id", flat=True)
    )
    Revaluation.objects.create(
        instruments=sorted(instruments), rates=any(e.kind == "rate.load" for e in events),
        everything=any(e.kind == "opening.apply" for e in events), asked_at=at,
    )  # fmt: skip


class Revalues(Protocol):
    """Brings the exposures that added prices, or added rates, concern (or all) to what they should be."""

    def __call__(
        self, *, instrument_ids: Collection[int], rates: bool, everything: bool,
        business_date: date, at: datetime,
    ) -> Recomputed: ...  # fmt: skip


def take_up_revaluations(
    *, business_date: date, at: datetime, causes: Sequence[Revalues] = (revalue_exposures,)
) -> Recomputed:
    """Work off what was asked for; a worker that dies leaves its request to the next.

    `causes` are all that hold exposures which prices and rates move. Those under a new limit are looked
    at when no process captures without it any more, and with reference data that know it.
    """
    done = Recomputed()
    while True:
        waiting = Revaluation.objects.filter(done_at=None)
        heard = waiting.exclude(everything=True, asked_at__gt=at - HEARD_BY)
        asked = list(heard.order_by("id")[:CHUNK])
        if not asked:
            return done
        if any(each.everything for each in asked):
            forget_reference_data()
        found = Recomputed()
        for revalue in causes:
            found.add(
                revalue(
                    instrument_ids={id for each in asked for id in each.instruments},
                    rates=any(each.rates for each in asked),
                    everything=any(each.everything for each in asked),
                    business_date=business_date, at=at,
                )
            )  # fmt: skip
        done.add(found)
        Revaluation.objects.filter(pk__in=[each.pk for each in asked]).update(
            done_at=at, changed=found.changed, alarms=found.alarms
        )
