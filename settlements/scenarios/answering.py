"""What was foreseen as it is kept and told: plain, by reference, with what changes between the two endings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from backoffice.kernel.decimals import plain
from limits.models import Limit
from settlements.scenarios.limits import Beyond
from settlements.scenarios.terms import ScenarioTerms


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """How the day ends: why what fails does, what is beyond its limit, and what a day of it costs.

    `costs` is by currency what we would pay, `claims` what we would be paid; `releases` how much people have to
    release for it, `needed` how many people that takes, and `there` how many are; `more` how much there is besides
    what stands in the books.
    """

    due: int
    settled: frozenset[int]
    fails: Mapping[int, str]
    more_fails: int
    more: int
    beyond: Sequence[Beyond]
    costs: Mapping[str, Decimal]
    claims: Mapping[str, Decimal]
    releases: int
    needed: int
    there: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Foreseen:
    """Both endings beside each other, and what of the scenario is known by key."""

    business_date: date
    entity_id: int | None
    now: Ending
    then: Ending


def terms_of(told: ScenarioTerms) -> dict[str, Any]:
    return {
        "silent": list(told.silent), "volume": plain(told.volume), "earlier": list(told.earlier),
        "releases": told.releases, "away": told.away, "seconds": told.seconds, "rule": told.rule,
        "coming": [
            {
                "owner": row.owner, "place": row.place, "asset": row.asset, "quantity": plain(row.quantity),
                "after": row.after.isoformat("minutes") if row.after else None,
            }
            for row in told.coming
        ],
    }  # fmt: skip


def found_of(answer: Foreseen) -> dict[str, Any]:
    """Both endings, and by reference what fails or is beyond its limit in only one of them."""
    now, then = answer.now, answer.then
    limits = Limit.objects.in_bulk({each.limit_id for end in (now, then) for each in end.beyond})
    beyond_now, beyond_then = ({each.limit_id for each in end.beyond} for end in (now, then))
    return {
        "business_date": answer.business_date.isoformat(),
        "now": _ending(now, limits), "then": _ending(then, limits),
        "fails_besides": _named(then.fails, now.fails), "fails_no_longer": _named(now.fails, then.fails),
        "breaches_besides": [f"L-{id}" for id in sorted(beyond_then - beyond_now)],
        "breaches_no_longer": [f"L-{id}" for id in sorted(beyond_now - beyond_then)],
    }  # fmt: skip


def _ending(end: Ending, limits: Mapping[int, Limit]) -> dict[str, Any]:
    return {
        "due": end.due, "settled": len(end.settled), "fails": len(end.fails), "more": end.more,
        "more_fails": end.more_fails, "releases": end.releases, "people": {"needed": end.needed, "there": end.there},
        "breaches": [
            {
                "limit": f"L-{each.limit_id}", "name": limits[each.limit_id].name,
                "excess": {"amount": plain(each.excess), "currency": limits[each.limit_id].currency},
            }
            for each in end.beyond
        ],
        "costs": _money(end.costs), "claims": _money(end.claims),
    }  # fmt: skip


def _money(sums: Mapping[str, Decimal]) -> list[dict[str, str]]:
    return [
        {"amount": plain(amount), "currency": currency} for currency, amount in sorted(sums.items())
    ]


def _named(these: Mapping[int, str], those: Mapping[int, str]) -> list[dict[str, str]]:
    """Who fails here and not there, with the reason."""
    return [
        {"settlement": f"S-{id}", "reason": why}
        for id, why in sorted(these.items())
        if id not in those
    ]
