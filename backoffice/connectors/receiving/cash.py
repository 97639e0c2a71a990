"""Taking in what banks say of our accounts: read by the format, stored by reconciliation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from backoffice.access.models import User
from backoffice.connectors.formats.cash import (
    Balance,
    CashDetail,
    CashLine,
    CashStatement,
    Remark,
    Turnover,
)
from backoffice.connectors.formats.recognising import read_cash
from backoffice.connectors.models import InboundFile
from backoffice.connectors.receiving.taken import Taken, problem_document
from backoffice.kernel.decimals import plain
from backoffice.kernel.money import Money
from reconciliation.models import Statement
from reconciliation.services import store_statements
from reconciliation.terms import NewLine, NewStatement, Stored
from refdata.firm_days import firm_day
from refdata.scopes import scope_of


def take_cash(file: InboundFile, raw: bytes, *, actor: User | None, at: datetime) -> Taken:
    """Store the statements of a file; those that it brought before count as known. Raises Refused."""
    told = [new_statement(number, each) for number, each in enumerate(read_cash(raw), 1)]
    brought = Statement.objects.filter(source=str(file))
    before = dict(brought.values_list("position", "entity_id"))
    stored = store_statements(
        told, source=str(file), at=at, actor_id=actor.pk if actor else None, taken=before,
        entities=scope_of(actor).entities if actor else None,
    )  # fmt: skip
    return _counted(told, before, stored)


def _counted(
    told: Sequence[NewStatement], before: Mapping[int, int], stored: Sequence[Stored]
) -> Taken:
    kept = [each for each in stored if each.problem is None]
    verdicts = {each.balanced for each in kept} - {None}
    return Taken(
        format=", ".join(sorted({each.format for each in told})), statements=len(told),
        lines=sum(len(each.lines) for each in told), added=sum(each.added for each in kept),
        duplicates=sum(each.duplicates for each in kept)
        + sum(len(each.lines) for each in told if each.position in before),
        refused=sum(each.lines for each in stored if each.problem is not None),
        balanced=all(verdicts) if verdicts else None,
        problems=[problem_document(each.problem) for each in stored if each.problem],
        entities=frozenset([*before.values(), *(each.entity_id for each in kept if each.entity_id)]),
    )  # fmt: skip


def new_statement(position: int, told: CashStatement) -> NewStatement:
    """A statement of a format as reconciliation takes it. A balance in another currency than its own is left out:
    a remark of the reader says so."""
    return NewStatement(
        position=position, format=told.format, kind=told.kind.value, account=told.account.number,
        bank=told.account.bank, currency=told.currency, reference=told.reference, number=told.number,
        sequence=told.sequence, from_date=told.from_date, until_date=told.until_date,
        made_on=firm_day(told.created_at) if told.created_at else None,
        opening=_amount(told.opening, told.currency), closing=_amount(told.closing, told.currency),
        turnover=_turnover(told.turnover), lists_lines=told.lists_lines, text=told.text,
        lines=[_line(each) for each in told.lines], remarks=[_remark(each) for each in told.remarks],
    )  # fmt: skip


def _amount(balance: Balance | None, currency: str) -> Any:
    return balance.amount if balance and balance.currency == currency else None


def _line(told: CashLine) -> NewLine:
    return NewLine(
        position=told.position, value_date=told.value_date, booking_date=told.booking_date,
        amount=told.amount, currency=told.currency, status=told.status.value, reversal=told.reversal,
        type_code=told.type_code, our_reference=told.our_reference, bank_reference=told.bank_reference,
        end_to_end_id=told.end_to_end_id, uetr=told.uetr, text=told.text,
        counterparty_name=told.counterparty.name, counterparty_account=told.counterparty.account,
        counterparty_bank=told.counterparty.bank, counterparty_tax_number=told.counterparty.tax_number,
        details=[_detail(each) for each in told.details],
    )  # fmt: skip


def _detail(told: CashDetail) -> dict[str, Any]:
    """A payment inside a booking, without what the bank does not say of it."""
    found = {
        "money": _money(told.money), "instructed": _money(told.instructed),
        "our_reference": told.our_reference, "bank_reference": told.bank_reference,
        "end_to_end_id": told.end_to_end_id, "uetr": told.uetr, "text": told.text,
        "counterparty": {k: v for k, v in asdict(told.counterparty).items() if v},
    }  # fmt: skip
    return {name: value for name, value in found.items() if value}


def _money(money: Money | None) -> dict[str, str] | None:
    if money is None:
        return None
    return {"amount": plain(money.amount), "currency": money.currency}


def _turnover(told: Turnover | None) -> dict[str, Any]:
    """Totals as the file states them, those that it does not state left out."""
    stated = asdict(told) if told else {}
    return {
        name: value if isinstance(value, int) else plain(value)
        for name, value in stated.items()
        if value is not None
    }


def _remark(told: Remark) -> dict[str, Any]:
    return {
        "code": told.code,
        "text": told.text,
        "facts": {k: str(v) for k, v in told.facts.items()},
    }
