"""MT940 and 950 (the statement of a day), 941 (balances) and 942 (the report within a day)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date

from backoffice.connectors.formats.cash import (
    Balance,
    CashLine,
    CashStatement,
    LineStatus,
    StatementKind,
)
from backoffice.connectors.formats.mt.blocks import Field
from backoffice.connectors.formats.mt.dates import day_near
from backoffice.connectors.formats.mt.fields import Reading, no_such_day
from backoffice.connectors.formats.mt.narrative import narrative_of

# :61: 6!n[4!n]2a[1!a]15d1!a3!c16x[//16x][34x]; banks pad a missing entry date with blanks, leave
# the third letter of the type out, and write references longer than they may be.
ENTRY = re.compile(
    r"(?P<value>[0-9]{6})(?P<entry>[0-9]{4}|\s{4})?(?P<mark>[RE]?[CD])(?P<funds>[A-Z])?"
    r"(?P<amount>[0-9]+,[0-9]*)(?P<type>[A-Z][A-Z0-9 ]{3})(?P<rest>[^\n]*)(?:\n(?P<more>.*))?\Z",
    re.ASCII | re.DOTALL,
)
ENTRY_FORM = "2301310131D1234,56NTRFREFERENCE//REFERENCE"
NONE = "NONREF"
SIGNS = {"C": 1, "D": -1, "RC": -1, "RD": 1, "EC": 1, "ED": -1}


@dataclass(slots=True)
class Entries:
    """The lines of a message while its fields pass by in their order."""

    reading: Reading
    currency: str
    lines: list[CashLine] = field(default_factory=list)
    text: str = ""
    _entry: Field | None = None
    _told: list[str] = field(default_factory=list)

    def read(self) -> None:
        for each in self.reading.message.fields:
            if each.tag == "61":
                self._close()
                self._entry = each
            elif each.tag in ("86", "NS") and self._entry:
                self._told.append(each.value)
            elif each.tag == "86":
                self.text = each.value.strip()
            elif each.tag not in ("86", "NS"):
                self._close()
        self._close()

    def _close(self) -> None:
        if self._entry:
            line = self._line(self._entry, "\n".join(self._told))
            if line:
                self.lines.append(line)
        self._entry, self._told = None, []

    def _line(self, each: Field, told: str) -> CashLine | None:
        reading = self.reading
        match = ENTRY.match(each.value)
        if not match:
            reading.problems.add("wrong-field", each.where, each.value, form=ENTRY_FORM)
            return None
        mark = match["mark"]
        value_date = reading.day(match["value"], each)
        ours, _, theirs = match["rest"].partition("//")
        narrative = narrative_of(told, match["more"] or "")
        return CashLine(
            position=len(self.lines) + 1, value_date=value_date,
            booking_date=self._booked(match["entry"], value_date, each),
            amount=SIGNS[mark] * reading.amount(match["amount"], each), currency=self.currency,
            status=LineStatus.PENDING if mark.startswith("E") else LineStatus.BOOKED,
            reversal=mark.startswith("R"), type_code=match["type"].strip(),
            our_reference=_reference(ours), bank_reference=_reference(theirs),
            end_to_end_id=narrative.end_to_end_id, counterparty=narrative.counterparty,
            text=narrative.text, source_line=each.line,
        )  # fmt: skip

    def _booked(self, text: str | None, value_date: date | None, each: Field) -> date | None:
        """Without an entry date, and where it cannot be told, a line is booked on its value date."""
        if not text or not text.strip() or value_date is None:
            return value_date
        try:
            day, exists = day_near(text, value_date)
        except ValueError:
            self.reading.problems.add("wrong-date", each.where, text, form="MMDD")
            return None
        if not exists:
            self.reading.remarks.append(no_such_day(each.line, text, day))
        return day


def _reference(text: str) -> str:
    text = text.strip()
    return "" if text == NONE else text


def statement_of(reading: Reading) -> CashStatement | None:
    """MT940 or MT950. Both balances are required: a statement without its end was cut off."""
    opening = reading.balance("60F", "60M", required=True)
    closing = reading.balance("62F", "62M", required=True)
    entries = Entries(reading, opening.currency if opening else "")
    entries.read()
    if not opening or not closing:
        return None
    return _statement(reading, StatementKind.END_OF_DAY, entries, opening, closing)


def report_of(reading: Reading) -> CashStatement | None:
    """MT941 or MT942: what stands at a moment, with balances where the bank gives them."""
    opening, closing = reading.balance("60F", "60M"), reading.balance("62F", "62M")
    told = closing or opening
    entries = Entries(reading, told.currency if told else reading.currency_of_floor())
    entries.read()
    if not entries.currency:
        reading.one("34F", required=True)
        return None
    return _statement(reading, StatementKind.INTRADAY, entries, opening, closing)


def _statement(
    reading: Reading, kind: StatementKind, entries: Entries,
    opening: Balance | None, closing: Balance | None,
) -> CashStatement:  # fmt: skip
    number, sequence = reading.numbers()
    forward = [reading.balance_in(each) for each in reading.all("65")]
    return CashStatement(
        format=reading.format, kind=kind, account=reading.account(), currency=entries.currency,
        reference=reading.text("20", required=True), number=number, sequence=sequence,
        from_date=opening.day if opening else None, until_date=closing.day if closing else None,
        opening=opening, closing=closing, available=reading.balance("64"),
        forward=tuple(balance for balance in forward if balance), turnover=reading.turnover(),
        lists_lines=reading.kind != "941", lines=tuple(entries.lines), text=entries.text,
        created_at=reading.moment(), message_id=reading.text("20"), encoding=reading.encoding,
        remarks=tuple(reading.remarks),
    )  # fmt: skip
