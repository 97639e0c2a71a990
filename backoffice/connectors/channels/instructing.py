"""From a settlement to what is said of it in any format of securities. Pure: what is missing the writer refuses."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from backoffice.connectors.channels.details import Details
from backoffice.connectors.channels.references import HOLD, Named, reference_of
from backoffice.connectors.channels.state import BondsCounted
from backoffice.connectors.formats.refusing import Problems
from backoffice.connectors.formats.securities import Command, Instruction
from backoffice.connectors.formats.terms import (
    Direction,
    Link,
    LinkKind,
    Partial,
    Party,
    Price,
    Quantity,
    QuantityKind,
    Terms,
)
from backoffice.kernel.money import Money

# A repo is told by its own kind of transaction, seen from who delivers first.
_TYPES = {("repo", "sell"): "REPU", ("repo", "buy"): "RVPO"}
IN_PERCENT = "BOND"


class Manner(NamedTuple):
    """What a channel says of how its place counts and names."""

    bonds: str = BondsCounted.FAMT
    party_scheme: str = ""


def quantity_of(units: Decimal, details: Details, manner: Manner, where: str) -> Quantity:
    """Pieces, or the face amount of what is dealt in percent. Raises Refused without a nominal."""
    return counted(units, details.kind, details.nominal, bonds=manner.bonds, where=where)


def counted(
    units: Decimal, kind: str, nominal: Decimal | None, *, bonds: str, where: str
) -> Quantity:
    """So many pieces of a security as a place counts them. Raises Refused for a bond without a nominal."""
    if kind != IN_PERCENT or bonds == BondsCounted.UNIT:
        return Quantity(QuantityKind.UNIT, units)
    if nominal is None:
        problems = Problems("message")
        problems.add("required", where, missing="nominal")
        problems.refuse()
    return Quantity(QuantityKind.FACE, units * nominal)


def units_of(quantity: Quantity, kind: str, nominal: Decimal | None) -> Decimal | None:
    """How many pieces a place speaks of; None where that cannot be said."""
    if quantity.kind is QuantityKind.UNIT:
        return quantity.amount
    if quantity.kind is not QuantityKind.FACE or kind != IN_PERCENT or not nominal:
        return None
    units = quantity.amount / nominal
    return units if units * nominal == quantity.amount else None


def instruction_of(body: Mapping[str, Any], details: Details, manner: Manner) -> Instruction:
    """The instruction as it was asked for when it was sent. Raises Refused."""
    against = body["method"] == "DVP"
    money = Money(Decimal(body["amount"]), body["currency"])
    minimum = Decimal(body["minimum"]) if body.get("minimum") else None
    least = quantity_of(minimum, details, manner, "minimum").amount if minimum else None
    return Instruction(
        reference=reference_of(Named(details.settlement_id)),
        terms=Terms(
            direction=Direction.DELIVER if body["delivers"] else Direction.RECEIVE,
            against_payment=against,
            quantity=quantity_of(Decimal(body["quantity"]), details, manner, "quantity"),
            settlement_date=date.fromisoformat(body["due_date"]), account=details.account,
            isin=details.isin, trade_date=details.trade_date, money=money if against else None,
            price=_price(body, details), accrued=_accrued(body, details, against),
            place=Party(bic=whole(details.place_bic)) if details.place_bic else None,
            agent=_agent(details, manner), counterparty=_behind(details),
        ),
        type=_TYPES.get((details.product, details.side), "TRAD"),
        on_hold=bool(body.get("on_hold")), partial=_partial(body, minimum), minimum=least,
        priority=int(body["priority"]) + 1,
        links=tuple(_link(each) for each in body.get("links") or ()),
        cash_account=details.cash_account if against else "",
    )  # fmt: skip


def command_of(message: Named, details: Details) -> Command:
    return Command(
        reference=reference_of(message), account=details.account,
        instruction=reference_of(Named(message.settlement_id)), hold=message.function == HOLD,
    )  # fmt: skip


def _price(body: Mapping[str, Any], details: Details) -> Price | None:
    if not details.price:
        return None
    percent = details.kind == IN_PERCENT
    return Price(_plain(details.price), "" if percent else body["currency"])


def _accrued(body: Mapping[str, Any], details: Details, against: bool) -> Money | None:
    if not against or not details.accrued:
        return None
    return Money(details.accrued, body["currency"])


def _plain(number: Decimal) -> Decimal:
    """Without zeros that say nothing: a price is kept with twelve decimals, a message carries fewer."""
    return Decimal(f"{number.normalize():f}")


def _partial(body: Mapping[str, Any], minimum: Decimal | None) -> Partial:
    if not body.get("partial"):
        return Partial.NOT_ALLOWED
    return Partial.FROM_QUANTITY if minimum else Partial.ALLOWED


def _link(each: Mapping[str, str]) -> Link:
    kinds = {"WITH": LinkKind.WITH, "BEFORE": LinkKind.BEFORE, "AFTER": LinkKind.AFTER}
    id = int(each["reference"].removeprefix("S-"))
    return Link(kinds[each["kind"]], reference_of(Named(id)))


def _agent(details: Details, manner: Manner) -> Party | None:
    """Who has an account with the place on the other side, by the names that the place knows."""
    scheme = manner.party_scheme
    if scheme:
        code = details.their_ids.get(scheme, "")
        return Party(code=code, scheme=scheme, account=details.their_account) if code else None
    bic = details.their_ids.get("BIC", "")
    return Party(bic=whole(bic), account=details.their_account) if bic else None


def _behind(details: Details) -> Party:
    bic = details.their_ids.get("BIC", "")
    return Party(bic=whole(bic)) if bic else Party(name=details.their_name)


def whole(bic: str) -> str:
    """Of eleven characters: a head office has the branch XXX."""
    return f"{bic}XXX" if len(bic) == 8 else bic
