"""Repo: securities sold on a near date and bought back on a far one, both against payment. Pure.

    value      quantity x price, of bonds in percent and with what has accrued by the near date
    near       value x (1 - haircut), half up to the minor unit
    interest   near x rate x share of a year by the day count from near to far, half up
    far        near + interest, which is less than near where the rate is below zero

Collateral may be substituted between the dates: the old comes back and the new goes out on one day, both
free of payment, and what comes back last is what was given last. Money and interest stay as they were.

A sale is a repo: we take the money. A purchase is a reverse repo. The securities come back, so neither
is a disposal: position, lots and cost stay (domain-decisions 28, decision 0101).
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import Literal, NamedTuple

import msgspec

from backoffice.kernel.day_counts import fraction
from backoffice.kernel.decimals import plain
from backoffice.kernel.i18n import gettext_noop
from backoffice.kernel.rounding import half_up_minor
from deals.capturing.checking import Check, amount_of, look_up, number
from deals.products import bond, equity
from deals.products.far import Tenor, date_or_tenor, day_of, require_open
from deals.products.money_market import DayCount, interest_flow, rate_of, takes_it_all
from deals.products.securities import exchanged, market_dates, security_of
from deals.terms import OTHER_SIDE, Agreed, Day, Due, Number, Priced, SettlementTerms, Text, Traded

KINDS = equity.KINDS | bond.KINDS
MONEY_WAYS = {"buy": "PAY", "sell": "RECEIVE"}
dates_of = market_dates


class RepoSettlement(SettlementTerms, forbid_unknown_fields=True, kw_only=True):
    """Both ways on each date; no date means: it begins by the market's cycle."""

    method: Literal["DVP"] = "DVP"


class Substitution(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Other securities take the place of those that were given, from a date on."""

    date: Day
    instrument: Text
    quantity: Number


class Repo(Priced, forbid_unknown_fields=True, kw_only=True):
    """A repo (sell) or reverse repo (buy): `price` values the securities, `rate` is a fraction a year."""

    product: Literal["repo"]
    instrument: Text
    price_kind: Literal["clean", "dirty"] = "clean"
    rate: Number
    day_count: DayCount
    haircut: Number = "0"
    far_date: Day | None = None
    tenor: Tenor | None = None
    substitutions: list[Substitution] = msgspec.field(default_factory=list)
    settlement: RepoSettlement = msgspec.field(default_factory=RepoSettlement)

    def secured_by(self) -> str | None:
        return self.substitutions[-1].instrument if self.substitutions else None


def traded_of(check: Check[Repo]) -> Traded | None:
    return security_of(check, KINDS)


def due_of(check: Check[Repo], agreed: Agreed) -> Due | None:
    """The securities and the money, one way on the near date and back on the far one with interest."""
    terms, currency = check.terms, agreed.currency
    rate = rate_of(check)
    kept = _kept(check)
    value = _value(check, agreed)
    far_date = date_or_tenor(
        check, "far_date", terms.far_date, start=agreed.due_date,
        calendars=[
            check.reference.settlement_calendar(
                agreed.traded.market,
                check.reference.instruments[agreed.traded.code].kind, agreed.trade_date,
            )
        ],
    )  # fmt: skip
    if rate is None or kept is None or value is None or far_date is None:
        return None
    held = [
        Held(agreed.due_date, agreed.traded.asset_id, agreed.quantity),
        *_held(check, agreed, far_date),
    ]
    near = amount_of(check, value * kept, currency, above_zero=bool(agreed.quantity))
    if near is None:
        return None
    share = fraction(terms.day_count, agreed.due_date, far_date)
    interest = half_up_minor(near * rate * share, currency.minor_unit)
    if takes_it_all(check, interest, near):
        return None
    money, back = currency.asset_id, OTHER_SIDE[terms.side]
    flows = [
        *exchanged(
            terms.side, held[0].asset_id, agreed.quantity, money, {"PRINCIPAL": near}, agreed.due_date
        ),
        *(
            flow
            for old, new in pairwise(held)
            for flow in (
                *exchanged(back, old.asset_id, old.quantity, money, {}, new.since),
                *exchanged(terms.side, new.asset_id, new.quantity, money, {}, new.since),
            )
        ),
        *exchanged(
            back, held[-1].asset_id, held[-1].quantity, money,
            {"PRINCIPAL": near}, far_date,
        ),
        *([interest_flow(MONEY_WAYS[back], money, interest, far_date)] if interest else []),
    ]  # fmt: skip
    figures = {
        "far_date": far_date.isoformat(), "value": plain(value), "interest_amount": plain(interest),
        "far_amount": plain(near + interest),
    }  # fmt: skip
    return Due(near, value * kept, flows, figures=figures)


class Held(NamedTuple):
    """The collateral from a day on."""

    since: date
    asset_id: int
    quantity: Decimal


def _held(check: Check[Repo], agreed: Agreed, far_date: date) -> list[Held]:
    """What takes the place of the first collateral, in turn; a problem for what cannot."""
    reference = check.reference
    first = reference.instruments[agreed.traded.code]
    calendar = reference.settlement_calendar(agreed.traded.market, first.kind, agreed.trade_date)
    found: list[Held] = []
    before = agreed.due_date
    for position, each in enumerate(check.terms.substitutions):
        name = f"substitutions/{position}"
        quantity = number(check, f"{name}/quantity", each.quantity, scale=8, above_zero=True)
        new = look_up(check, reference.instruments, f"{name}/instrument", each.instrument)
        since = day_of(check, f"{name}/date", each.date)
        if quantity is None or new is None or since is None:
            continue
        if not before < since < far_date:
            check.add(
                f"/{name}/date", "substitution-outside",
                gettext_noop("%(day)s is not between the dates of the repo, or not after the one before."),
                gettext_noop("Collateral is substituted after it was given and before it comes back."),
                day=each.date,
            )  # fmt: skip
        require_open(check, f"{name}/date", since, [calendar])
        if (new.kind, new.market) != (first.kind, first.market) or new.status != "ACTIVE":
            check.add(
                f"/{name}/instrument", "other-collateral",
                gettext_noop("%(name)s cannot take the place of %(first)s."),
                gettext_noop("Securities of the same kind and market, and not suspended, settle alike."),
                name=new.name, first=first.name,
            )  # fmt: skip
        found.append(Held(since, new.asset_id, quantity))
        before = since
    return found


def _value(check: Check[Repo], agreed: Agreed) -> Decimal | None:
    """What the securities are worth on the near date; of bonds what has accrued is worth something too."""
    terms = check.terms
    exact = agreed.quantity * agreed.price
    if check.reference.instruments[agreed.traded.code].kind in bond.KINDS:
        found = bond.accruing(check, agreed)
        if found is None:
            return None
        coupon, accrued = found
        exact = exact * coupon.outstanding / bond.PERCENT
        exact += accrued if terms.price_kind == "clean" else 0
    return amount_of(check, exact, agreed.currency)


def _kept(check: Check[Repo]) -> Decimal | None:
    """The share of the value that is paid: what the haircut leaves of it."""
    haircut = number(check, "haircut", check.terms.haircut, scale=12, above_zero=False)
    if haircut is not None and haircut >= 1:
        check.add(
            "/haircut", "haircut-too-large", gettext_noop("A haircut of %(haircut)s leaves nothing."),
            gettext_noop("Write it as a fraction: 0.15 is fifteen percent."),
            haircut=plain(haircut),
        )  # fmt: skip
        return None
    return None if haircut is None else 1 - haircut
