"""What is posted to confirm a deal, and reading it: every problem at once, with what to do about it.

The side is the sender's own: they sell what we bought. A message is about one of our legal entities,
from one counterparty, under their own reference.
"""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal

import msgspec

from backoffice.kernel.decimals import parse
from backoffice.kernel.errors import FieldProblem, Invalid
from backoffice.kernel.i18n import gettext_noop
from deals.capturing.schema import object_in, shaped
from deals.terms import Day, Instant, Iso, Number, Text
from deals.told import day_told, own_book, unknown
from refdata.rows import InstrumentRow
from refdata.selectors import ReferenceData

NEW, WITHDRAW = "new", "withdraw"


class Told(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A confirmation as they tell it. Of money that is lent: the instrument is the currency, the quantity
    and amount are the principal, the price is the rate as a fraction, and who lends sells; when it comes
    back and with what interest is shown to people, and compared by them.
    """

    entity: Text
    counterparty: Text
    their_ref: Text
    side: Literal["buy", "sell"]
    quantity: Number
    currency: Iso
    trade_date: Day
    settlement_date: Day
    function: Literal["new"] = "new"
    instrument: Text | None = None
    pair: Text | None = None
    price: Number | None = None
    amount: Number | None = None
    our_ref: Text | None = None
    uti: Text | None = None
    place: Text | None = None
    sent_at: Instant | None = None
    far_date: Day | None = None
    interest: Number | None = None
    day_count: Text | None = None


class Withdrawal(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """They take back what they sent under a reference."""

    entity: Text
    counterparty: Text
    their_ref: Text
    function: Literal["withdraw"]
    reason: Text | None = None


class InvalidConfirmation(Invalid):
    code = "invalid-confirmation"
    title = gettext_noop("The confirmation cannot be taken as it is")
    detail = gettext_noop("%(count)s problems were found.")
    hint = gettext_noop("Mend the members named in errors and send it again.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Parsed:
    """A confirmation of which everything was found that can be; `instrument_id` None: not known here."""

    entity_id: int
    sender_id: int
    their_ref: str
    digest: bytes
    raw: str
    our_ref: str
    uti: str
    side: str
    told: str
    instrument_id: int | None
    pair: str
    quantity: Decimal
    price: Decimal | None
    currency: str
    amount: Decimal | None
    trade_date: date
    settlement_date: date
    place: str
    sent_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedWithdrawal:
    entity_id: int
    sender_id: int
    their_ref: str
    reason: str


def read_confirmation(raw: bytes | str) -> Told | Withdrawal:
    """The message in a JSON object. Raises Unreadable or WrongShape, with all problems at once."""
    return confirmation_of(object_in(raw))


def confirmation_of(document: Mapping[str, Any]) -> Told | Withdrawal:
    """The message in a decoded object; files and pages take this way too. Raises WrongShape."""
    shape: type[Told] | type[Withdrawal] = (
        Withdrawal if document.get("function") == WITHDRAW else Told
    )
    return shaped(document, shape)


def parse_message(told: Told | Withdrawal, reference: ReferenceData) -> Parsed | ParsedWithdrawal:
    """Everything looked up and read. Raises InvalidConfirmation, with all problems at once."""
    problems: list[FieldProblem] = []
    entity_id = _entity(told, reference, problems)
    sender = reference.parties.get(told.counterparty)
    if sender is None:
        problems.append(unknown("counterparty", told.counterparty))
    if isinstance(told, Withdrawal):
        _require(problems)
        assert sender is not None and entity_id is not None
        return ParsedWithdrawal(
            entity_id=entity_id, sender_id=sender.id, their_ref=told.their_ref,
            reason=told.reason or "",
        )  # fmt: skip
    quantity = _number("quantity", told.quantity, 8, problems)
    price = _number("price", told.price, 12, problems)
    amount = _number("amount", told.amount, 4, problems)
    trade_date = day_told("trade_date", told.trade_date, problems)
    settlement_date = day_told("settlement_date", told.settlement_date, problems)
    sent_at = _instant(told.sent_at, problems)
    if told.far_date is not None:
        day_told("far_date", told.far_date, problems)
    instrument = _traded(told, reference, problems)
    if told.currency not in reference.currencies:
        problems.append(unknown("currency", told.currency))
    if told.price is None and told.amount is None:
        problems.append(FieldProblem(
            "/amount", "required", gettext_noop("Neither a price nor an amount is told."),
            gettext_noop("Tell at least one of them."),
        ))  # fmt: skip
    _require(problems)
    assert sender is not None and entity_id is not None and quantity is not None
    assert trade_date is not None and settlement_date is not None
    raw = msgspec.json.encode(told).decode()
    return Parsed(
        entity_id=entity_id, sender_id=sender.id, their_ref=told.their_ref,
        digest=hashlib.sha256(raw.encode()).digest(), raw=raw, our_ref=told.our_ref or "",
        uti=told.uti or "", side=told.side, told=told.instrument or told.pair or "",
        instrument_id=instrument.asset_id if instrument else None, pair=told.pair or "",
        quantity=quantity, price=price, currency=told.currency, amount=amount,
        trade_date=trade_date, settlement_date=settlement_date, place=told.place or "",
        sent_at=sent_at,
    )  # fmt: skip


def _require(problems: list[FieldProblem]) -> None:
    if problems:
        raise InvalidConfirmation(problems, count=len(problems))


def _entity(
    told: Told | Withdrawal, reference: ReferenceData, problems: list[FieldProblem]
) -> int | None:
    """Our legal entity by its own code, or by a code or identifier of its party."""
    book = own_book(told.entity, reference)
    if book is None:
        problems.append(unknown("entity", told.entity))
        return None
    return book.entity_id


def _traded(
    told: Told, reference: ReferenceData, problems: list[FieldProblem]
) -> InstrumentRow | None:
    """The instrument where it is known; an unknown one is told apart later, it refuses nothing."""
    if (told.instrument is None) == (told.pair is None):
        problems.append(FieldProblem(
            "/instrument", "required", gettext_noop("Either an instrument or a currency pair is told."),
            gettext_noop("Name the ISIN of a security, or the pair of a currency deal as EUR/USD."),
        ))  # fmt: skip
    if told.pair is not None and (len(told.pair) != 7 or told.pair[3] != "/"):
        problems.append(FieldProblem(
            "/pair", "invalid", gettext_noop("%(value)s is not a currency pair."),
            gettext_noop("Write it as EUR/USD."), {"value": told.pair},
        ))  # fmt: skip
    return reference.instruments.get(told.instrument) if told.instrument else None


def _number(
    name: str, text: str | None, scale: int, problems: list[FieldProblem]
) -> Decimal | None:
    if text is None:
        return None
    try:
        value = parse(text, scale=scale)
    except ValueError:
        value = Decimal(-1)
    if value < 0 or (name == "quantity" and value == 0):
        problems.append(FieldProblem(
            f"/{name}", "not-positive", gettext_noop("%(value)s is not above zero."),
            gettext_noop("Send a positive number; side says which way it goes."), {"value": text},
        ))  # fmt: skip
    return value


def _instant(text: str | None, problems: list[FieldProblem]) -> datetime | None:
    if text is None:
        return None
    value: datetime | None = None
    with contextlib.suppress(ValueError):
        value = datetime.fromisoformat(text)
    if value is None or value.tzinfo is None:
        problems.append(FieldProblem(
            "/sent_at", "not-an-instant",
            gettext_noop("%(value)s is not a time with its offset from UTC."),
            gettext_noop("Write it as 2026-11-23T10:15:00+03:00."), {"value": text},
        ))  # fmt: skip
        return None
    return value
