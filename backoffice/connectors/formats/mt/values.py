"""Values of generic fields of ISO 15022, each by its form. All raise ValueError for anything else."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta, timezone, tzinfo
from decimal import Decimal

from backoffice.connectors.formats.moments import of_a_clock
from backoffice.connectors.formats.terms import Price, Quantity, QuantityKind
from backoffice.kernel.money import Money

NUMBER = re.compile(r"[0-9]{1,15},[0-9]{0,14}\Z", re.ASCII)
MONEY = re.compile(r"(N?)([A-Z]{3})([0-9,]+)\Z", re.ASCII)
QUANTITY = re.compile(r"([A-Z]{4})/(N?)([0-9,]+)\Z", re.ASCII)
DAY = re.compile(r"[0-9]{8}\Z", re.ASCII)
MOMENT = re.compile(
    r"([0-9]{8})([0-9]{2})([0-9]{2})([0-9]{2})(?:,[0-9]{1,3})?(?:/(N?)([0-9]{2})([0-9]{2})?)?\Z",
    re.ASCII,
)
MOST_DIGITS = 18

DAY_FORM = "YYYYMMDD"
MOMENT_FORM = "YYYYMMDDHHMMSS[/[N]HHMM]"
MONEY_FORM = "EUR1234,56"
DAYS_FORM = "YYYYMMDD/YYYYMMDD"
RATE_FORM = "12,5"
QUANTITY_FORM = "UNIT/100,"


def number(text: str) -> Decimal:
    """`15d`: the comma is part of it; where it is missing, the rest was cut off with it."""
    if not NUMBER.match(text) or len(text.replace(",", "").lstrip("0")) > MOST_DIGITS:
        raise ValueError("not a number with a comma")
    return Decimal(text.replace(",", "."))


def signed_number(text: str, *, signed: bool = True) -> Decimal:
    """`N12,5` where a sign may stand."""
    negative = signed and text.startswith("N")
    found = number(text[1:] if negative else text)
    return -found if negative else found


def money(text: str, *, signed: bool = False) -> Money:
    """`EUR1,5`, and with a sign `NEUR1,5`."""
    match = MONEY.match(text)
    if not match or (match[1] and not signed):
        raise ValueError("not money")
    amount = number(match[3])
    return Money(-amount if match[1] else amount, match[2])


def quantity(text: str, *, signed: bool = False) -> Quantity:
    """`UNIT/100,`, and with a sign `UNIT/N100,`."""
    match = QUANTITY.match(text)
    if not match or (match[2] and not signed):
        raise ValueError("not a quantity")
    amount = number(match[3])
    return Quantity(QuantityKind(match[1]), -amount if match[2] else amount)


def price(text: str) -> Price | None:
    """`PRCT/101,25` of 90A, `ACTU/EUR12,5` of 90B. None for types that are no price of a deal here."""
    type, _, value = text.partition("/")
    if MONEY.match(value):
        told = money(value)
        return Price(told.amount, told.currency)
    return Price(number(value)) if type == "PRCT" else None


def day(text: str) -> date:
    if not DAY.match(text):
        raise ValueError("not eight digits")
    return date(int(text[:4]), int(text[4:6]), int(text[6:]))


def moment(text: str, zone: tzinfo) -> datetime:
    """`YYYYMMDDHHMMSS` of the zone given, or with its offset from UTC after a slash."""
    match = MOMENT.match(text)
    if not match:
        raise ValueError("not a moment")
    at = day(match[1])
    if match[6]:
        offset = timedelta(hours=int(match[6]), minutes=int(match[7] or 0))
        zone = timezone(-offset if match[5] else offset)
    hour, minute, second = (int(match[part]) for part in (2, 3, 4))
    moment = datetime(at.year, at.month, at.day, hour, minute, second, tzinfo=zone)
    return of_a_clock(moment)
