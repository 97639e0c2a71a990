"""What our messages ask of a played place, read by the readers of their formats."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import tzinfo
from decimal import Decimal
from typing import Any, NamedTuple

from backoffice.connectors.formats.decoding import decode
from backoffice.connectors.formats.mt.blocks import messages_in
from backoffice.connectors.formats.one_c.orders import PaymentOrder, read_orders
from backoffice.connectors.formats.payments.model import PaymentOrderFile
from backoffice.connectors.formats.recognising import format_of, read_payments, read_securities
from backoffice.connectors.formats.refusing import Problems
from backoffice.connectors.formats.securities import Command, Instruction
from backoffice.connectors.formats.terms import Direction, Function, Partial
from backoffice.connectors.simulator.saying import Repeated, Tongue
from backoffice.connectors.simulator.terms import NORMAL, NOTHING, Instructed

NEW, CANCEL, HOLD, RELEASE = "NEWM", "CANC", "HOLD", "RELE"
LINES = ".jsonl"
PAYMENTS = ("pain", "pacs")
BIC = re.compile(rb"<BICFI>([A-Z0-9]{8,11})</BICFI>")
OURS = re.compile(r"\bS-[0-9]+\b", re.ASCII)
UNTOLD = ("", "")


class Asked(NamedTuple):
    """One thing asked for: a new instruction, or something about the one that has the reference `about`."""

    function: str
    reference: str
    about: str
    tongue: Tongue
    instructed: Instructed | None = None
    terms: Repeated | None = None


def asked_in(name: str, raw: bytes, zone: tzinfo) -> list[Asked]:
    """Everything that a file asks for, in its order. Raises Refused."""
    if name.endswith(LINES):
        return [_of_line(json.loads(line)) for line in raw.decode().splitlines()]
    found = format_of(raw)
    if found and found.name in PAYMENTS:
        return list(_payments(raw, zone))
    if found and found.name == "1C":
        return [_order(each) for each in read_orders(raw)]
    read = read_securities(raw, zone=zone)
    tongue = Tongue.MT if found and found.name == "MT5xx" else Tongue.ISO20022
    addresses = _of_mt(raw) if tongue is Tongue.MT else _of_document(raw)
    return [
        _of_message(each, tongue, addresses)
        for each in read
        if isinstance(each, Instruction | Command)
    ]


def _of_line(message: dict[str, Any]) -> Asked:
    reference, function = message["reference"], message["function"]
    if function != NEW:
        return Asked(CANCEL, reference, reference, Tongue.JSON)
    minimum = message.get("minimum")
    return Asked(NEW, reference, reference, Tongue.JSON, Instructed(
        reference=reference, party=message["owner"],
        counterparty=message["counterparty"], delivers=message["delivers"],
        asset=message["isin"] or "", money=message["currency"], left=Decimal(message["quantity"]),
        amount_left=Decimal(message["amount"]), partial_allowed=bool(message.get("partial")),
        minimum=None if minimum is None else Decimal(minimum),
        priority=int(message.get("priority", NORMAL)),
        cash_account=message.get("cash_account") or "",
    ))  # fmt: skip


def _of_message(each: Instruction | Command, tongue: Tongue, addresses: tuple[str, str]) -> Asked:
    owner, place = addresses
    if isinstance(each, Command):
        terms = Repeated(tongue, owner, place, each.account)
        return Asked(HOLD if each.hold else RELEASE, each.reference, each.instruction, tongue, terms=terms)  # fmt: skip
    terms = _terms(each, tongue, owner, place)
    if each.function is Function.CANCEL:
        return Asked(CANCEL, each.reference, each.previous, tongue, terms=terms)
    return Asked(NEW, each.reference, each.reference, tongue, _instructed(each), terms)


def _terms(each: Instruction, tongue: Tongue, owner: str, place: str) -> Repeated:
    terms = each.terms
    return Repeated(
        tongue, owner, place, terms.account, isin=terms.isin, kind=terms.quantity.kind.value,
        type=each.type, delivers=terms.direction is Direction.DELIVER,
        against_payment=terms.against_payment, currency=terms.money.currency if terms.money else "",
        cash_account=each.cash_account,
        date=terms.settlement_date.isoformat() if terms.settlement_date else "",
    )  # fmt: skip


def _instructed(each: Instruction) -> Instructed:
    """Whoever has an account with the place is the other side: by that account, else by name."""
    terms, money = each.terms, each.terms.money
    other = terms.agent or terms.counterparty
    return Instructed(
        reference=each.reference, party=terms.account,
        counterparty=(other.account or other.shown) if other else "",
        delivers=terms.direction is Direction.DELIVER, asset=terms.isin,
        money=money.currency if money else "", left=terms.quantity.amount,
        amount_left=money.amount if money else NOTHING,
        partial_allowed=each.partial in (Partial.ALLOWED, Partial.FROM_QUANTITY),
        minimum=each.minimum, priority=each.priority or NORMAL, purse=each.cash_account,
        due=terms.settlement_date.isoformat() if terms.settlement_date else "", held=each.on_hold,
    )  # fmt: skip


def _payments(raw: bytes, zone: tzinfo) -> Iterator[Asked]:
    """Payments of a bank's client; between banks nobody is played."""
    file = read_payments(raw, zone=zone)
    if not isinstance(file, PaymentOrderFile):
        return
    for group in file.groups:
        for each in group.transfers:
            reference = each.end_to_end_id
            yield Asked(NEW, reference, reference, Tongue.PAYMENT, Instructed(
                reference=reference, party=group.debtor_account, counterparty=each.creditor.name,
                delivers=False, asset="", money=each.amount.currency, left=NOTHING,
                amount_left=each.amount.amount, due=group.execution_date.isoformat(),
                cash_account=each.creditor_account,
            ), Repeated(Tongue.PAYMENT, "", "", group.debtor_account))  # fmt: skip


def _order(each: PaymentOrder) -> Asked:
    """What we call a payment stands in its purpose; an order without is known by its number."""
    named = OURS.search(each.purpose)
    reference = named[0] if named else each.number
    return Asked(NEW, reference, reference, Tongue.PAYMENT, Instructed(
        reference=reference, party=each.payer.account, counterparty=each.receiver.name,
        delivers=False, asset="", money="RUB", left=NOTHING, amount_left=each.amount,
        due=each.day.isoformat(), cash_account=each.receiver.account,
    ), Repeated(Tongue.PAYMENT, "", "", each.payer.account))  # fmt: skip


def _of_mt(raw: bytes) -> tuple[str, str]:
    """Who sent a message and who gets it, by its headers."""
    (*_, last) = messages_in(decode(raw, format="MT5xx").text, Problems("MT5xx"))
    return last.sender, last.receiver


def _of_document(raw: bytes) -> tuple[str, str]:
    found = [bic.decode() for bic in BIC.findall(raw)[:2]]
    return (found[0], found[1]) if len(found) == len(UNTOLD) else UNTOLD
