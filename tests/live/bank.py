"""A bank that keeps an account of the European entity: what settles there, and the files in which it says so."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
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
from tests.live.stack import Stack, wait_for

ENTITY, PLACE, ACCOUNT, CURRENCY = "EUR", "CSDX", "CSDX-EUR-CASH", "EUR"
ZONE, FIRM_ZONE = ZoneInfo("Europe/Berlin"), ZoneInfo("Europe/Moscow")
FEE = "ACCOUNT MAINTENANCE FEE"


@dataclass(frozen=True)
class Told:
    """A line of the bank: what moved, our reference where it has it, and its words."""

    amount: Decimal
    reference: str = ""
    text: str = ""
    kind: str = "NTRF"


@dataclass
class Bank:
    """Its business days are those of its calendar; `days` are the last of them before today, the oldest first."""

    stack: Stack
    days: list[date] = field(init=False)

    def __post_init__(self) -> None:
        closed = self.stack.query(
            "SELECT d.day FROM refdata_calendarday d JOIN refdata_calendar c ON c.id = d.calendar_id"
            " WHERE c.code IN ('TARGET', 'XETR') AND NOT d.is_open"
        )
        calendar = BusinessDays("BOTH", {day: False for (day,) in closed})
        today = datetime.now(FIRM_ZONE).date()
        before = (today - timedelta(days=n) for n in range(1, 60))
        self.days = [day for day in before if calendar.is_business_day(day)][:5][::-1]

    def balance_before(self, day: date) -> Decimal:
        """What our books have on the account at the end of the day before."""
        ((held,),) = self.stack.query(
            "SELECT coalesce(sum(l.amount), 0) FROM ledger_line l"
            " JOIN ledger_journalentry j ON j.id = l.entry_id"
            " JOIN ledger_ledgeraccount a ON a.id = l.account_id AND a.kind = 'CASH'"
            " JOIN refdata_entity e ON e.id = a.entity_id AND e.own_party_id = a.owner_id"
            " JOIN refdata_place p ON p.id = a.place_id JOIN refdata_asset s ON s.id = l.asset_id"
            f" WHERE e.code = '{ENTITY}' AND p.code = '{PLACE}' AND s.code = '{CURRENCY}'"
            f" AND j.effective_date < '{day}'"
        )
        return Decimal(held).quantize(Decimal("0.01"))

    def sold(self, quantities: Sequence[int], day: date) -> list[tuple[str, Decimal]]:
        """Shares sold and settled there on a day: the reference and the money of each."""
        dealt = datetime.combine(self.days[0], time(11, 0), tzinfo=ZONE)
        settlements = [self._prepared(quantity, dealt) for quantity in quantities]
        due = settlements[0]["due_date"]
        for each in settlements:
            self._do("checker", f"/settlements/{each['reference']}/release/")
        self._do("clerk", "/settlement-runs/", {"business_date": due, "entity": ENTITY})
        for each in settlements:
            self._prove(each["reference"], day)
        return [(each["reference"], Decimal(each["amount"]["amount"])) for each in settlements]

    def _do(self, who: str, path: str, body: Any = None) -> Any:
        status, answer = self.stack.insist("POST", path, who, body)
        assert status in (200, 201, 202), (path, answer)
        return answer

    def _prepared(self, quantity: int, dealt: datetime) -> Any:
        deal = self._do("dealer", "/deals/", {
            "external_ref": f"BANK-{uuid.uuid4().hex[:10]}", "product": "equity", "side": "sell",
            "book": "EQ-EU", "counterparty": "999900DEMOBANKFIVE78", "instrument": "DE0007164600",
            "quantity": str(quantity), "price": "231.40", "currency": CURRENCY,
            "traded_at": dealt.isoformat(), "settlement": {"method": "DVP", "date": None},
        })["reference"]  # fmt: skip
        self._do("clerk", f"/deals/{deal}/confirm/")
        self._do("checker", f"/deals/{deal}/approve/")

        def found() -> Any:
            _, answer = self.stack.call("GET", f"/settlements/?deal={deal}", "clerk")
            return answer["results"]

        return wait_for(found, seconds=60, what=f"a settlement of {deal}")[0]

    def _prove(self, reference: str, day: date) -> None:
        """Sent by the run; final by a document that one records and another accepts."""

        def sent() -> bool:
            _, answer = self.stack.call("GET", f"/settlements/{reference}/", "clerk")
            return answer["axes"]["transmission"] in ("SENT", "ACKNOWLEDGED")

        wait_for(sent, seconds=60, what=f"{reference} to be sent")
        settled_at = datetime.combine(day, time(12, 0), tzinfo=ZONE).isoformat()
        body = {"document": f"Report of {reference}", "settled_at": settled_at}
        claim = self._do("clerk", f"/settlements/{reference}/evidence/", body)
        self._do("checker", f"/evidence/{claim['reference']}/accept/")


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
