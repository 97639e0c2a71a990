"""What the messages of corporate actions share: movements, balances, dates, rates and words.

SWIFT Standards, Category 5, MT564 to 568: sequences SECMOVE and CASHMOVE, fields 19B, 92A, D, F and J, 93B and C, 98a.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from backoffice.connectors.formats.corporate_actions import (
    Balance,
    CashMovement,
    EventDates,
    Ratio,
    SecuritiesMovement,
)
from backoffice.connectors.formats.mt import values
from backoffice.connectors.formats.mt.blocks import Sequence
from backoffice.connectors.formats.mt.generic import Reading
from backoffice.connectors.formats.mt.holding import sub_balance
from backoffice.connectors.formats.mt.terms import security_of
from backoffice.kernel.money import Money

DIRECTIONS = {"CRED": True, "DEBT": False}
RATIOS = ("NEWO", "ADEX", "ADSR")
BALANCES = (
    "ELIG", "BLOK", "BORR", "COLI", "COLO", "LOAN", "PEND", "PENR", "REGO", "SETT", "SPOS", "TRAD",
    "TRAN", "NOMI", "UNBA", "INBA", "OBAL", "AFFB", "UNAF", "CONB",
)  # fmt: skip


def event_of(reading: Reading, general: Sequence) -> tuple[str, str, str]:
    """The servicer's name of the event, the market's, and its kind."""
    return (
        reading.text(general, "20C", "CORP", required=True),
        reading.text(general, "20C", "COAF"),
        reading.code(general, "22F", "CAEV", required=True),
    )


def option_of(reading: Reading, inside: Sequence) -> tuple[str, str]:
    """The number of an option, and its type."""
    found = reading.one(inside, "13A", "CAON", required=True)
    number = found.value.strip() if found else ""
    # UNSO: not solicited, the servicer's own word for what has no number.
    if (
        found
        and number != "UNSO"
        and not (len(number) == 3 and number.isascii() and number.isdigit())
    ):
        reading.wrong(found.field, number, "001")
    return number, reading.code(inside, "22", "CAOP", required=True)


def dates_of(reading: Reading, *inside: Sequence) -> EventDates:
    """By the first of the sequences that has each."""

    def day(qualifier: str) -> date | None:
        found = (reading.first(each, "98", qualifier) for each in inside)
        return reading.day(next((each for each in found if each), None))

    return EventDates(
        announced_on=day("ANOU"), ex_date=day("XDTE"), record_date=day("RDTE"),
        effective_on=day("EFFD"), payment_date=day("PAYD"),
    )  # fmt: skip


def balances_of(reading: Reading, inside: Sequence) -> Iterator[Balance]:
    """Balances in 93B and, with what may be done with them, in 93C."""
    for each in reading.fields(inside, "93"):
        if each.field.tag == "93B" and each.qualifier in BALANCES:
            reading.seen.add(each.field.line)
            counted = reading.quantity(each, signed=True)
        elif each.field.tag == "93C":
            part = sub_balance(reading, each)
            counted = part.quantity if part else None
        else:
            continue
        if counted:
            yield Balance(each.qualifier, counted)


def securities_of(reading: Reading, inside: Sequence) -> Iterator[SecuritiesMovement]:
    for move in inside.sequences("SECMOVE"):
        isin, description = security_of(reading, move)
        yield SecuritiesMovement(
            credit=_direction(reading, move), isin=isin, description=description,
            quantity=reading.quantity(reading.first(move, "36B", "PSTA", "ENTL")),
            ratio=_ratio(reading, move), fractions=reading.code(move, "22F", "DISF"),
            price=reading.price(reading.first(move, "90", "PRPP")),
            paid_on=reading.day(reading.one(move, "98", "PAYD")),
            available_on=reading.day(reading.one(move, "98", "AVAL")),
            booked_on=reading.day(reading.one(move, "98", "POST")),
        )  # fmt: skip


def cash_of(reading: Reading, inside: Sequence) -> Iterator[CashMovement]:
    for move in inside.sequences("CASHMOVE"):
        yield CashMovement(
            credit=_direction(reading, move),
            booked=reading.money(reading.one(move, "19B", "PSTA")),
            entitled=reading.money(reading.one(move, "19B", "ENTL")),
            gross=reading.money(reading.one(move, "19B", "GRSS")),
            net=reading.money(reading.one(move, "19B", "NETT")),
            tax=reading.money(reading.one(move, "19B", "TAXR", "WITL")),
            per_unit=_per_unit(reading, move, "GRSS", "INTP"),
            rate=_percent(reading, move, "INTP"), tax_rate=_percent(reading, move, "TAXR", "WITL"),
            account=reading.account(move, "CASH"),
            paid_on=reading.day(reading.one(move, "98", "PAYD")),
            value_on=reading.day(reading.one(move, "98", "VALU")),
            booked_on=reading.day(reading.one(move, "98", "POST")),
        )  # fmt: skip


def interest_of(reading: Reading, inside: Sequence) -> Decimal | None:
    return _percent(reading, inside, "INTR")


def words_in(reading: Reading, inside: Sequence) -> str:
    """Every narrative of a sequence, in its order."""
    found = []
    for each in inside.fields:
        if each.tag[:2] == "70" and each.value.startswith(":") and "//" in each.value[:8]:
            reading.seen.add(each.line)
            found.append(each.value.partition("//")[2].strip())
    return "\n".join(filter(None, found))


def _direction(reading: Reading, move: Sequence) -> bool:
    code = reading.known(move, "22H", "CRDB", DIRECTIONS, required=True)
    return DIRECTIONS.get(code, True)


def _ratio(reading: Reading, move: Sequence) -> Ratio | None:
    found = reading.first(move, "92D", *RATIOS)
    if found is None:
        return None
    first, _, second = found.value.strip().partition("/")
    try:
        new, old = values.number(first), values.number(second)
    except ValueError:
        reading.wrong(found.field, found.value, "1,/2,")
        return None
    if not old:
        reading.wrong(found.field, found.value, "1,/2,")
        return None
    return Ratio(found.qualifier, new, old)


def _per_unit(reading: Reading, move: Sequence, *qualifiers: str) -> Money | None:
    """Money of one security: of 92F, or of the first type of 92J (`CDFI/USD0,5`)."""
    found = reading.first(move, "92F", *qualifiers)
    if found is None:
        found = reading.first(move, "92J", *qualifiers)
        found = found and found._replace(value=f"{found.value}/".split("/")[1].strip())
    return reading.money(found)


def _percent(reading: Reading, inside: Sequence, *qualifiers: str) -> Decimal | None:
    """A rate in percent: of 92A, or of the first type of 92R (`WITH/15,`)."""
    found = reading.first(inside, "92A", *qualifiers)
    if found is None:
        found = reading.first(inside, "92R", *qualifiers)
        found = found and found._replace(value=found.value.strip().rpartition("/")[2])
    return reading.rate(found, signed=True)
