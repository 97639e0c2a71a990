"""Statements as they come in, whoever read them, and what became of each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from backoffice.kernel.errors import FieldProblem


@dataclass(frozen=True, slots=True, kw_only=True)
class NewLine:
    """One booking as the bank tells it. `amount` is positive where money came; `details` is plain JSON."""

    position: int
    value_date: date | None
    booking_date: date | None
    amount: Decimal
    currency: str
    status: str
    reversal: bool = False
    type_code: str = ""
    our_reference: str = ""
    bank_reference: str = ""
    end_to_end_id: str = ""
    uetr: str = ""
    counterparty_name: str = ""
    counterparty_account: str = ""
    counterparty_bank: str = ""
    counterparty_tax_number: str = ""
    text: str = ""
    details: Sequence[Mapping[str, Any]] = ()

    @property
    def reference(self) -> str:
        """What the booking is known by: the bank's own word for it before those of others."""
        return self.bank_reference or self.end_to_end_id or self.our_reference


@dataclass(frozen=True, slots=True, kw_only=True)
class NewStatement:
    """A statement that was read. `position` counts in its file; `bank` is a BIC or BIK, where it names one.

    Balances are in `currency`; where the file tells one in another, it is None and a remark says so. A remark has
    `code`, `text` and `facts`; `lists_lines` is False where only balances and totals are told. `made_on` is the day
    on which the bank wrote it: of lines for which no other day is told.
    """

    position: int
    format: str
    kind: str
    account: str
    currency: str
    bank: str = ""
    reference: str = ""
    number: str = ""
    sequence: str = ""
    from_date: date | None = None
    until_date: date | None = None
    made_on: date | None = None
    opening: Decimal | None = None
    closing: Decimal | None = None
    turnover: Mapping[str, Any] = field(default_factory=dict)
    lists_lines: bool = True
    lines: Sequence[NewLine] = ()
    text: str = ""
    remarks: Sequence[Mapping[str, Any]] = ()

    @property
    def last_day(self) -> date | None:
        """The day of lines for which none is told."""
        return self.until_date or self.from_date or self.made_on


@dataclass(frozen=True, slots=True)
class Stored:
    """What became of one statement: its row and how many of its lines were new, or why it was not taken."""

    position: int
    lines: int
    statement_id: int | None = None
    entity_id: int | None = None
    added: int = 0
    balanced: bool | None = None
    problem: FieldProblem | None = None

    @property
    def duplicates(self) -> int:
        return self.lines - self.added if self.statement_id else 0
