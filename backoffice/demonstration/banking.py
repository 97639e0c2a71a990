"""What the correspondent bank of the demonstration says of our accounts: in two formats, one that does not balance.

Invented; running again changes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal

from backoffice.connectors.formats.camt.writing import write_camt053
from backoffice.connectors.formats.cash import (
    Account,
    Balance,
    CashLine,
    CashStatement,
    Counterparty,
    StatementKind,
)
from backoffice.connectors.formats.mt.writing import write_mt940
from backoffice.connectors.models import InboundFile
from backoffice.connectors.receiving.services import take_file

ACCOUNT = "CORR-RUS-CASH"
FEE, INTEREST, TRANSFER = "NCHG", "NINT", "NTRF"
# Of each account, day by day: type, amount, our reference, the bank's, who, text.
Told = tuple[str, str, str, str, str, str]
DOLLARS: Sequence[Sequence[Told]] = (
    (
        (TRANSFER, "11570.00", "", "C7701", "Demo Bank Five", "FX SETTLEMENT EUR USD"),
        (TRANSFER, "-9256.00", "PAY-1", "C7702", "Demo Bank Five", "FX SETTLEMENT EUR USD"),
        (FEE, "-25.00", "", "C7703", "", "ACCOUNT MAINTENANCE"),
    ),
    (
        (TRANSFER, "5000.00", "", "", "Demo Bank Two", "DEPOSIT RETURNED"),
        (TRANSFER, "5000.00", "", "", "Demo Bank Two", "DEPOSIT RETURNED"),
        (INTEREST, "41.10", "", "C7711", "", "INTEREST ON BALANCES"),
        (TRANSFER, "-2400.00", "", "C7712", "Demo Data", "MARKET DATA, INVOICE DD-77"),
        (TRANSFER, "-310.00", "", "C7713", "Demo Data", "ONE MORE TERMINAL"),
    ),
)  # fmt: skip
YUAN: Sequence[Told] = (
    (TRANSFER, "-71234.00", "PAY-2", "C8801", "Demo Bank Five", "FX SETTLEMENT USD CNY"),
    (FEE, "-60.00", "", "C8802", "", "PAYMENT COMMISSION"),
)  # fmt: skip
OPENING = Decimal(20_000_000)  # of each, as the books of the firm open
UNTOLD = Decimal("100.00")  # by which the yuan closes other than its lines say


def told_of() -> dict[str, Decimal]:
    """By currency, what the account has moved by when these statements end."""
    dollars = sum((Decimal(each[1]) for day in DOLLARS for each in day), Decimal(0))
    return {"USD": dollars, "CNY": sum((Decimal(each[1]) for each in YUAN), UNTOLD)}


def load_statements(days: Sequence[date], *, at: datetime) -> None:
    """The dollars of two days as camt.053, the yuan of the later one as MT940. `days`: the earlier first."""
    earlier, later = days
    first = _statement("USD", 1, (earlier, earlier), OPENING, DOLLARS[0])
    closing = first.closing.amount if first.closing else Decimal(0)
    second = _statement("USD", 2, (earlier, later), closing, DOLLARS[1])
    yuan = _statement("CNY", 1, (earlier, later), OPENING, YUAN, untold=UNTOLD)
    message = write_camt053(
        [first, second], message_id=f"CORR-{later:%y%m%d}", created_at=at, version="08"
    )
    for name, raw in (("dollars.xml", message), ("yuan.sta", write_mt940(yuan))):
        name = f"CORR-{later:%Y-%m-%d}-{name}"
        if not InboundFile.objects.filter(name=name).exists():
            take_file(raw, name=name, channel="exchange", actor=None, at=at)


def _statement(
    currency: str, number: int, days: tuple[date, date], opening: Decimal, told: Sequence[Told],
    *, untold: Decimal = Decimal(0),
) -> CashStatement:  # fmt: skip
    since, until = days
    lines = tuple(_line(n, until, currency, each) for n, each in enumerate(told, 1))
    moved = sum((line.amount for line in lines), untold)
    return CashStatement(
        format="demonstration", kind=StatementKind.END_OF_DAY, account=Account.of(ACCOUNT),
        currency=currency, reference=f"{currency}{until:%y%m%d}", number=str(number), from_date=since,
        until_date=until, opening=Balance("OPBD", since, opening, currency),
        closing=Balance("CLBD", until, opening + moved, currency), lines=lines,
    )  # fmt: skip


def _line(number: int, day: date, currency: str, told: Told) -> CashLine:
    type_code, amount, ours, theirs, who, text = told
    return CashLine(
        position=number, value_date=day, booking_date=day, amount=Decimal(amount), currency=currency,
        type_code=type_code, our_reference=ours, bank_reference=theirs,
        counterparty=Counterparty(name=who), text=text,
    )  # fmt: skip
