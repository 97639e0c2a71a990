"""MT300 and MT320 as we write them. Strict: nothing that a network would refuse leaves.

SWIFT Standards, Category 3: the order of fields, and the common reference (22C): both parties' bank and location
codes in the order of the alphabet, and between them the last four digits of the rate, zeros at its end left out.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from backoffice.connectors.formats.mt.characters import lines_of, reference
from backoffice.connectors.formats.mt.spelling import Addresses, Block
from backoffice.connectors.formats.refusing import Problems
from backoffice.connectors.formats.terms import Party
from backoffice.connectors.formats.trade_confirmations import (
    FxConfirmation,
    LoanConfirmation,
    Told,
    Treasury,
)
from backoffice.kernel.decimals import plain
from backoffice.kernel.money import Money

RATE_DIGITS = 12  # of 36 and 37G, the comma among them
DAY_COUNTS = (
    "ACT/360",
    "ACT/365",
    "30E/360",
    "360/360",
    "AFI/365",
)  # a network refuses others (T36)
UNKNOWN = Party(name="UNKNOWN")  # where the other side has not told us where it is paid


def write_mt300(confirmation: FxConfirmation, addresses: Addresses | None = None) -> bytes:
    """One message. Raises Refused."""
    page = _Page(Problems("MT300"))
    if confirmation.bought.currency == confirmation.sold.currency:
        page.problems.add("wrong-currency", "sold", confirmation.sold.currency)
    _general(page, confirmation, confirmation.rate)
    page.put("15B", "")
    page.day("30T", confirmation.trade_date)
    page.day("30V", confirmation.value_date)
    page.rate("36", confirmation.rate, "rate")
    page.money("32B", confirmation.bought, "bought")
    page.party("57", confirmation.a_receives_at or UNKNOWN, "a_receives_at")
    page.money("33B", confirmation.sold, "sold")
    page.party("57", confirmation.b_receives_at or UNKNOWN, "b_receives_at")
    return page.written("300", addresses)


def write_mt320(confirmation: LoanConfirmation, addresses: Addresses | None = None) -> bytes:
    """One message. Raises Refused."""
    page = _Page(Problems("MT320"))
    problems = page.problems
    if confirmation.day_count not in DAY_COUNTS:
        problems.add("wrong-code", "day_count", confirmation.day_count, known=", ".join(DAY_COUNTS))
    if not confirmation.trade_date <= confirmation.value_date < confirmation.maturity:
        found = confirmation.maturity.isoformat()
        problems.add("wrong-date", "maturity", found, form="trade ≤ value < maturity")
    if confirmation.interest is None or confirmation.interest_date is None:
        problems.add("required", "interest", missing="interest, interest_date")
        return page.written("320", addresses)
    _general(page, confirmation, confirmation.rate)
    page.put("15B", "")
    page.put("17R", confirmation.role)
    page.day("30T", confirmation.trade_date)
    page.day("30V", confirmation.value_date)
    page.day("30P", confirmation.maturity)
    page.money("32B", confirmation.principal, "principal")
    page.day("30X", confirmation.interest_date)
    page.money("34E", confirmation.interest, "interest", signed=True)
    page.rate("37G", confirmation.rate, "rate", signed=True)
    page.put("14D", confirmation.day_count)
    for sequence, party, where in (
        ("15C", confirmation.a_receives_at, "a_receives_at"),
        ("15D", confirmation.b_receives_at, "b_receives_at"),
    ):
        page.put(sequence, "")
        page.party("57", party or UNKNOWN, where)
    return page.written("320", addresses)


def common_reference(one: Party, other: Party, rate: Decimal) -> str:
    """Field 22C: what both sides call the deal without having agreed on it."""
    ends = sorted(f"{party.bic[:4]}{party.bic[6:8]}" for party in (one, other))
    digits = plain(abs(rate)).replace(".", "").rstrip("0")[-4:]
    return f"{ends[0]}{digits:0>4}{ends[1]}"


def _is_below_zero(number: Decimal) -> bool:
    """What is no number is refused where it is written."""
    return number.is_finite() and number < 0


def _general(page: _Page, confirmation: Treasury, rate: Decimal) -> None:
    told, previous = confirmation.told, confirmation.previous
    if told is not Told.NEW and not previous:
        page.problems.add("required", "previous", missing="previous")
    page.put("15A", "")
    page.put("20", reference(confirmation.reference, "reference", page.problems))
    if previous:
        page.put("21", reference(previous, "previous", page.problems))
    page.put("22A", told)
    if isinstance(confirmation, LoanConfirmation):
        if confirmation.event not in ("CONF", "MATU", "ROLL"):
            known = "CONF, MATU, ROLL"
            page.problems.add("wrong-code", "event", confirmation.event, known=known)
        page.put("22B", confirmation.event)
    for where in ("party_a", "party_b"):
        if not getattr(confirmation, where).bic:
            page.problems.add("required", where, missing=f"{where}.bic")
    common = common_reference(confirmation.party_a, confirmation.party_b, rate)
    if confirmation.common and confirmation.common != common:
        page.problems.add("wrong-value", "common", confirmation.common, form=common)
    page.put("22C", common)
    page.party("82", confirmation.party_a, "party_a")
    page.party("87", confirmation.party_b, "party_b")


class _Page:
    """The lines of a block 4 without qualifiers, and what is wrong with what is to stand there."""

    def __init__(self, problems: Problems) -> None:
        self.problems = problems
        self.block = Block(problems)

    def put(self, tag: str, value: str) -> None:
        self.block.put(tag, value)

    def day(self, tag: str, day: date) -> None:
        self.put(tag, f"{day:%Y%m%d}")

    def money(self, tag: str, money: Money, where: str, *, signed: bool = False) -> None:
        sign = "N" if signed and _is_below_zero(money.amount) else ""
        told = Money(abs(money.amount), money.currency) if signed else money
        self.put(tag, f"{sign}{self.block.amount(told, where, zero=signed)}")

    def rate(self, tag: str, rate: Decimal, where: str, *, signed: bool = False) -> None:
        sign = "N" if signed and _is_below_zero(rate) else ""
        told = abs(rate) if signed else rate
        self.put(tag, f"{sign}{self.block.number(told, where, zero=signed, most=RATE_DIGITS)}")

    def party(self, number: str, party: Party, where: str) -> None:
        account = self.block.account_above(party.account, where)
        if party.bic:
            self.put(f"{number}A", f"{account}{self.block.bic(party.bic, where)}")
            return
        lines = lines_of(party.name, where, self.problems, width=35, most=4)
        if not lines:
            self.problems.add("required", where, missing=where)
        self.put(f"{number}D", account + "\r\n".join(lines))

    def written(self, kind: str, addresses: Addresses | None) -> bytes:
        return self.block.written(kind, addresses)
