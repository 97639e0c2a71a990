"""What a bank says of an account of ours, in files of its formats, and the days on which it does."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from backoffice.connectors.formats.camt.writing import write_camt053
from backoffice.connectors.formats.cash import (
    Account,
    Balance,
    CashLine,
    CashStatement,
    StatementKind,
)
from backoffice.connectors.formats.mt.writing import write_mt940
from backoffice.kernel.business_days import BusinessDays
from tests.live.books import ACCOUNT, CURRENCY
from tests.live.stack import Stack

FIRM_ZONE = ZoneInfo("Europe/Moscow")
FEE = "ACCOUNT MAINTENANCE FEE"


@dataclass(frozen=True)
class Told:
    """A line of the bank: what moved, our reference where it has it, and its words."""

    amount: Decimal
    reference: str = ""
    text: str = ""
    kind: str = "NTRF"


def last_days(stack: Stack, count: int) -> list[date]:
    """The last business days of the bank before today, the oldest first."""
    closed = stack.query(
        "SELECT d.day FROM refdata_calendarday d JOIN refdata_calendar c ON c.id = d.calendar_id"
        " WHERE c.code = 'TARGET' AND NOT d.is_open"
    )
    calendar = BusinessDays("TARGET", {day: False for (day,) in closed})
    before = (today() - timedelta(days=n) for n in range(1, 60))
    return [day for day in before if calendar.is_business_day(day)][:count][::-1]


def today() -> date:
    return datetime.now(FIRM_ZONE).date()


@dataclass(frozen=True)
class Statement:
    """What the bank says of a day, or of several; `untold` is what it closes with beside its lines."""

    number: int
    day: date
    opening: Decimal
    lines: tuple[Told, ...] = ()
    untold: Decimal = Decimal(0)
    until: date | None = None

    @property
    def closing(self) -> Decimal:
        return sum((line.amount for line in self.lines), self.opening)

    def _said(self) -> CashStatement:
        since, until = self.day, self.until or self.day
        lines = tuple(
            CashLine(
                position=n, value_date=self.day, booking_date=self.day, amount=each.amount,
                currency=CURRENCY, type_code=each.kind, our_reference=each.reference,
                bank_reference=f"B{self.number}{n:03d}", text=each.text,
            )
            for n, each in enumerate(self.lines, 1)
        )  # fmt: skip
        return CashStatement(
            format="test", kind=StatementKind.END_OF_DAY, account=Account.of(ACCOUNT),
            currency=CURRENCY, reference=f"EUR{self.number:05d}", number=str(self.number),
            from_date=since, until_date=until,
            opening=Balance("OPBD", since, self.opening, CURRENCY),
            closing=Balance("CLBD", until, self.closing + self.untold, CURRENCY), lines=lines,
        )  # fmt: skip

    def as_mt940(self) -> dict[str, Any]:
        return _file(f"{self.number}.sta", write_mt940(self._said()))

    def as_camt(self) -> dict[str, Any]:
        message = f"{ACCOUNT}-{self.number}"
        made = write_camt053(
            [self._said()], message_id=message, created_at=datetime.now(UTC), version="08"
        )
        return _file(f"{self.number}.xml", made)


def _file(name: str, raw: bytes) -> dict[str, Any]:
    """As a browser is given a file."""
    return {"name": name, "mimeType": "application/octet-stream", "buffer": raw}
