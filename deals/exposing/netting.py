"""What a counterparty may cost us before settlement, over all deals of a netting agreement together.

Recomputed every night, and when prices or rates concern one of its deals. The agreement is then the
source of the exposure and its deals count nothing by themselves; a deal captured since counts its own
add-on, which is never less than what it adds (rules, section 12: netted is at most gross).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple

from django.db import connection

from deals.exposing.exposure import LimitRow, NoRate, definitions
from deals.exposing.live import LiveDeal, LiveFlow, Wants, facts_of, flows_by_deal, live_deals
from deals.exposing.taken import NETTED, is_explained, taken_by
from deals.exposing.valuing import Basis, Market
from deals.services import SOURCE
from limits.exposures import Difference, Recomputed, replace_as_seen, replace_exposures
from limits.rules import NettedDeal, NettedExposure, netted_exposure
from limits.state import LimitKind
from refdata.selectors import reference_data

NETTING = "netting"  # what limits know an agreement by
CHUNK = 5_000
_NOTHING = Decimal(0)

_IN_FORCE = """
SELECT id FROM refdata_agreement
 WHERE netting AND valid_from <= %(day)s AND (valid_until IS NULL OR %(day)s < valid_until)
   AND (netting_until IS NULL OR %(day)s < netting_until) ORDER BY id
"""
_TAKEN = """
SELECT source_id, limit_id, amount, basis FROM limits_reservation
 WHERE source_type = 'netting' AND state = 'COMMITTED' AND (%(id)s IS NULL OR source_id = %(id)s)
"""


def counts_netted(deal: LiveDeal, limit: LimitRow) -> bool:
    """Whether a deal counts under a limit only together with the others of its agreement."""
    kind = LimitKind.COUNTERPARTY_PRESETTLEMENT.value
    return deal.netting_id is not None and limit.kind == kind


def netting_agreements(on: date) -> list[int]:
    """Those in force on a day."""
    with connection.cursor() as cursor:
        cursor.execute(_IN_FORCE, {"day": on})
        return [row[0] for row in cursor.fetchall()]


class Netted(NamedTuple):
    """What differs under an agreement: of its deals by themselves, and of all of them together."""

    alone: list[Difference]
    together: list[Difference]
    checked: int
    stale: set[str]


def net_agreement(agreement_id: int, *, business_date: date, at: datetime) -> Recomputed:
    """Bring what an agreement and its deals use of limits to what they should, in one transaction."""
    seen: list[Netted] = []

    def look() -> dict[str, list[Difference]]:
        """No breach ends or begins because the deals are gone and their agreement is not yet there."""
        seen.append(netted_differences(agreement_id, business_date))
        return {SOURCE: seen[-1].alone, NETTING: seen[-1].together}

    done = replace_as_seen(look, business_date=business_date, at=at)
    done.checked += seen[-1].checked
    done.stale |= seen[-1].stale
    return done


def netted_differences(
    agreement_id: int, day: date, market_of: Callable[..., Market] = Market
) -> Netted:
    """What an agreement and its deals should use, where it is not what they use; changes nothing."""
    deals = list(_deals_of(agreement_id, day))
    flows = flows_by_deal([deal.id for deal in deals])
    priced = {f.asset_id for each in flows.values() for f in each if f.code is None}
    market = market_of(reference_data(), day, priced)
    limits = _limits_of(deals, day)
    now = {
        limit.id: netted_in(limit.currency, deals, flows, market).exposure
        for limit in limits.values()
    }
    before = {limit_id: amount for _, limit_id, amount, _ in _taken(agreement_id)}
    together = [
        Difference(
            agreement_id,
            id,
            before.get(id),
            now.get(id),
            f"D{day:%Y%m%d}",
            True,
            goes_with=agreement_id,
        )
        for id in sorted(before.keys() | now.keys())
        if before.get(id) != now.get(id)
    ]
    alone = _alone(deals, flows, limits, market, agreement_id)
    return Netted(alone, together, len(now), market.stale())


def end_agreements(*, business_date: date, at: datetime) -> Recomputed:
    """What agreements hold that are over: their deals count by themselves again."""
    in_force = set(netting_agreements(business_date))
    ended = [
        Difference(id, limit_id, amount, None, basis, True)
        for id, limit_id, amount, basis in _taken(None)
        if id not in in_force
    ]
    return replace_exposures(NETTING, ended, business_date=business_date, at=at)


def netted_in(
    currency: str, deals: Sequence[LiveDeal], flows: dict[int, list[LiveFlow]], market: Market
) -> NettedExposure:
    """The current exposure method over deals, in a currency, at the prices and rates of a day."""
    parameters = definitions().parameters
    basis = market.today(None, False)
    rows = []
    for deal in deals:
        facts = facts_of(deal, flows.get(deal.id, ()), max(market.day, deal.trade_date))
        notional = _in(currency, deal.gross, deal.currency, market, basis)
        add_on = parameters.add_on(facts.asset_class, facts.on, facts.matures_on)
        worth = worth_of(flows.get(deal.id, ()), currency, market, basis)
        rows.append(NettedDeal(notional, worth, add_on))
    return netted_exposure(rows, minor_unit=market.reference.currencies[currency].minor_unit)


def worth_of(flows: Sequence[LiveFlow], currency: str, market: Market, basis: Basis) -> Decimal:
    """What is still due to us, less what we owe, at the prices and rates of a day; not discounted.

    A security of which no price is known is worth what is paid for it: nothing is gained or lost.
    """
    worth = _NOTHING
    for flow in flows:
        sign = 1 if flow.direction == "RECEIVE" else -1
        if flow.code is not None:
            worth += sign * _in(currency, flow.quantity, flow.code, market, basis)
            continue
        price = market.prices.get(flow.asset_id)
        if price is None:
            return _NOTHING
        value = flow.quantity * price.value
        worth += sign * _in(currency, value, price.currency, market, basis)
    return worth


def _in(currency: str, amount: Decimal, of: str, market: Market, basis: Basis) -> Decimal:
    """An amount in another currency, not rounded: what is netted is rounded once. Raises NoRate."""
    if of == currency:
        return amount
    rate = basis.rate(of, currency)
    if rate is None:
        raise NoRate(currency=of, into=currency, day=market.day.isoformat())
    return amount * rate


def _deals_of(agreement_id: int, day: date) -> Iterator[LiveDeal]:
    chosen = {
        "all": True, "instruments": [], "rates": False, "most": CHUNK, "day": day,
        "netting": agreement_id,
    }  # fmt: skip
    after = 0
    while deals := live_deals(chosen | {"after": after}):
        after = deals[-1].id
        yield from deals


def _limits_of(deals: Sequence[LiveDeal], day: date) -> dict[int, LimitRow]:
    """The limits of the counterparty, and of its group."""
    if not deals:
        return {}
    facts = facts_of(deals[0], (), day)
    return {
        limit.id: limit
        for limit, _ in definitions().wanted(facts)
        if counts_netted(deals[0], limit)
    }


def _alone(
    deals: Sequence[LiveDeal], flows: dict[int, list[LiveFlow]], limits: dict[int, LimitRow],
    market: Market, agreement_id: int,
) -> list[Difference]:  # fmt: skip
    """What these deals count by themselves until now."""
    found = []
    known = {deal.id: deal for deal in deals}
    for (deal_id, limit_id), row in taken_by(list(known)).items():
        if limit_id in limits and row.amount:
            deal = known[deal_id]
            wants = Wants(deal, flows.get(deal_id, ()), market.day)
            explained = is_explained(deal, limits[limit_id], row, market, wants)
            words = f"{NETTED}{agreement_id}"
            found.append(
                Difference(
                    deal_id,
                    limit_id,
                    row.amount,
                    _NOTHING,
                    words,
                    explained,
                    goes_with=agreement_id,
                )
            )
    return found


def _taken(agreement_id: int | None) -> list[tuple[int, int, Decimal, str | None]]:
    with connection.cursor() as cursor:
        cursor.execute(_TAKEN, {"id": agreement_id})
        return cursor.fetchall()  # type: ignore[no-any-return]
