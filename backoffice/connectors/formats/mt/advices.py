"""MT900 and MT910: one booking told as it is made. A statement with it follows; an advice proves nothing."""

from __future__ import annotations

import re

from backoffice.connectors.formats.cash import (
    CashLine,
    CashStatement,
    Counterparty,
    StatementKind,
)
from backoffice.connectors.formats.mt.blocks import Field
from backoffice.connectors.formats.mt.fields import Reading

VALUED = re.compile(r"([0-9]{6})([A-Z]{3})([0-9,]+)\s*\Z", re.ASCII)
ACCOUNT = re.compile(r"/(?:[CD]/)?([^\n]+)\n?")
NONE = "NONREF"


def advice_of(reading: Reading) -> CashStatement | None:
    """A confirmation of debit (900) or of credit (910)."""
    valued = reading.one("32A", required=True)
    match = VALUED.match(valued.value.strip()) if valued else None
    if valued and not match:
        reading.problems.add("wrong-field", valued.where, valued.value, form="230131EUR1234,56")
    account, reference = reading.account(), reading.text("20", required=True)
    related = reading.text("21", required=True)
    if not valued or not match:
        return None
    day, amount = reading.day(match[1], valued), reading.amount(match[3], valued)
    line = CashLine(
        position=1, value_date=day, booking_date=day,
        amount=amount if reading.kind == "910" else -amount, currency=match[2],
        our_reference="" if related == NONE else related, bank_reference=reference,
        counterparty=_ordering(reading), text=reading.text("72"), source_line=valued.line,
    )  # fmt: skip
    return CashStatement(
        format=reading.format, kind=StatementKind.ADVICE, account=account, currency=match[2],
        reference=reference, from_date=day, until_date=day, lines=(line,),
        created_at=reading.moment(), message_id=reference, encoding=reading.encoding,
        remarks=tuple(reading.remarks),
    )  # fmt: skip


def _ordering(reading: Reading) -> Counterparty:
    """Who ordered it, and their bank: an account after a slash, then a BIC or a name."""
    account, name = _party(reading.one("50A", "50F", "50K"))
    _, bank = _party(reading.one("52A", "52D"))
    return Counterparty(name=name, account=account, bank=bank)


def _party(each: Field | None) -> tuple[str, str]:
    if not each:
        return "", ""
    value = each.value.strip()
    match = ACCOUNT.match(value)
    return (match[1].strip(), value[match.end() :].strip()) if match else ("", value)
