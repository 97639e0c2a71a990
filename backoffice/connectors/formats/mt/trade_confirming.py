"""MT515 in, MT518 both ways: a trade in securities as its counterparty or our broker confirms it.

SWIFT Standards, Category 5, MT515 and 518 (A GENL with LINK, B CONFDET with CONFPRTY, C SETDET with SETPRTY and AMT).
"""

from __future__ import annotations

from datetime import date

from backoffice.connectors.formats.mt.blocks import Sequence
from backoffice.connectors.formats.mt.generic import Reading
from backoffice.connectors.formats.mt.instructing import function_in
from backoffice.connectors.formats.mt.spelling import Addresses, Block
from backoffice.connectors.formats.mt.terms import (
    NO_QUANTITY,
    PLACE,
    amount_of,
    linked,
    parties_of,
    party_in,
    security_of,
)
from backoffice.connectors.formats.refusing import Problems
from backoffice.connectors.formats.terms import Party, QuantityKind
from backoffice.connectors.formats.trade_confirmations import Side, Told, TradeConfirmation

FUNCTIONS = {"NEWM": Told.NEW, "CANC": Told.CANCELLED}
PAYMENTS = {"APMT": True, "FREE": False}


def confirmation_of(reading: Reading) -> TradeConfirmation:
    general, details = reading.sequence("GENL"), reading.sequence("CONFDET")
    settling = reading.sequence("SETDET", required=False)
    told = function_in(reading, tuple(FUNCTIONS))
    isin, description = security_of(reading, details)
    side = reading.known(details, "22H", "BUSE", [*Side], required=True)
    payment = reading.known(details, "22H", "PAYM", PAYMENTS, required=True)
    parties = {
        role: party
        for part in details.sequences("CONFPRTY")
        for role in ("BUYR", "SELL")
        if (party := party_in(reading, part, role))
    }
    traded = reading.day(reading.one(details, "98", "TRAD", required=True))
    settles = reading.day(reading.one(details, "98", "SETT", required=True))
    _no_day(reading, details, traded, "TRAD")
    _no_day(reading, details, settles, "SETT")
    previous = linked(reading, general, "PREV")
    if told == "CANC" and not previous:
        reading.missing(":20C::PREV", general.line)
    return TradeConfirmation(
        reference=reading.text(general, "20C", "SEME", required=True),
        side=Side(side or Side.BUY),
        quantity=reading.counted(details, "CONF", required=True) or NO_QUANTITY,
        trade_date=traded or date.min, settlement_date=settles or date.min, isin=isin,
        against_payment=PAYMENTS.get(payment, True), told=FUNCTIONS.get(told, Told.NEW),
        previous=previous,
        price=reading.price(reading.one(details, "90", "DEAL", required=True)),
        money=amount_of(reading, "SETT"), gross=amount_of(reading, "DEAL"),
        accrued=amount_of(reading, "ACRU"), buyer=parties.get("BUYR"), seller=parties.get("SELL"),
        place=parties_of(reading, settling).get(PLACE), description=description,
        our_reference=linked(reading, general, "RELA"),
        common=linked(reading, general, "COMM", "TRRF"),
        type=reading.code(settling, "22F", "SETR") or "TRAD", sender=reading.message.sender,
        receiver=reading.message.receiver,
        prepared_on=reading.day(reading.one(general, "98", "PREP")),
        told_at=reading.told_at(general), format=reading.format, kept=reading.kept(),
    )  # fmt: skip


def _no_day(reading: Reading, inside: Sequence, day: date | None, qualifier: str) -> None:
    """A code in the place of a day (OPEN) confirms no deal of ours."""
    found = reading.one(inside, "98", qualifier)
    if found and day is None and found.field.tag == "98B":
        reading.wrong(found.field, found.value, "YYYYMMDD")


def write_mt518(confirmation: TradeConfirmation, addresses: Addresses | None = None) -> bytes:
    """One message. Raises Refused with everything that is wrong in it."""
    problems = Problems("MT518")
    _check(confirmation, problems)
    block = Block(problems)
    _general(block, confirmation)
    _details(block, confirmation)
    with block.sequence("SETDET"):
        block.code("SETR", confirmation.type, "type")
        if confirmation.place:
            block.party(PLACE, confirmation.place, "place")
        for qualifier, money, where in (
            ("DEAL", confirmation.gross, "gross"), ("ACRU", confirmation.accrued, "accrued"),
            ("SETT", confirmation.money, "money"),
        ):  # fmt: skip
            if money:
                with block.sequence("AMT"):
                    block.money(qualifier, money, where)
    return block.written("518", addresses)


def _check(confirmation: TradeConfirmation, problems: Problems) -> None:
    cancels = confirmation.told is Told.CANCELLED
    for missing, there in (
        ("price", confirmation.price), ("buyer", confirmation.buyer),
        ("seller", confirmation.seller), ("previous", confirmation.previous or not cancels),
        ("money", confirmation.money or not confirmation.against_payment),
    ):  # fmt: skip
        if not there:
            problems.add("required", missing, missing=missing)
    if confirmation.told is Told.AMENDED:
        problems.add("wrong-code", "told", confirmation.told, known="NEWT, CANC")
    if confirmation.quantity.kind is QuantityKind.AMORTISED:
        problems.add("wrong-code", "quantity", confirmation.quantity.kind, known="UNIT, FAMT")


def _general(block: Block, confirmation: TradeConfirmation) -> None:
    with block.sequence("GENL"):
        block.reference("SEME", confirmation.reference, "reference")
        code = "CANC" if confirmation.told is Told.CANCELLED else "NEWM"
        block.lines.append(f":23G:{code}")
        block.day("PREP", confirmation.prepared_on)
        block.field("22F", "TRTR", "TRAD")
        for qualifier, reference, where in (
            ("PREV", confirmation.previous, "previous"),
            ("RELA", confirmation.our_reference, "our_reference"),
            ("COMM", confirmation.common, "common"),
        ):
            if reference:
                with block.sequence("LINK"):
                    block.reference(qualifier, reference, where)


def _details(block: Block, confirmation: TradeConfirmation) -> None:
    with block.sequence("CONFDET"):
        block.day("TRAD", confirmation.trade_date)
        block.day("SETT", confirmation.settlement_date)
        if confirmation.price:
            block.price(confirmation.price)
        block.field("22H", "BUSE", confirmation.side)
        block.field("22H", "PAYM", "APMT" if confirmation.against_payment else "FREE")
        parties: tuple[tuple[str, Party | None, str], ...] = (
            ("BUYR", confirmation.buyer, "buyer"), ("SELL", confirmation.seller, "seller"),
        )  # fmt: skip
        for role, party, where in parties:
            if party:
                block.party(role, party, where, name="CONFPRTY")
        block.quantity("CONF", confirmation.quantity, "quantity")
        block.isin(confirmation.isin)
