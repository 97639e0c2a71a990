"""Statements and lines as they are answered over REST."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from backoffice.access.problems import translated
from backoffice.kernel.decimals import plain
from reconciliation.models import Statement, StatementLine
from refdata.selectors import reference_data


def stated(amount: Decimal | None, currency: str) -> dict[str, str] | None:
    """An amount as a bank states it: with the decimals of its currency, more of them where it has more."""
    if amount is None:
        return None
    known = reference_data().currencies.get(currency)
    whole, _, fraction = plain(amount).partition(".")
    fraction = fraction.ljust(known.minor_unit if known else 0, "0")
    return {"amount": f"{whole}.{fraction}" if fraction else whole, "currency": currency}


def remark_document(remark: Mapping[str, Any]) -> dict[str, str]:
    return {"code": remark["code"], "detail": translated(remark["text"], remark["facts"])}


def statement_document(row: Any) -> dict[str, Any]:
    """What a bank said of an account, whether it agrees with itself, and with the statement before it.

    `follows` and `gap` are of now: `row` comes from `selectors.statements`.
    """
    return {
        "reference": str(row), "file": row.source, "position": row.position,
        "entity": row.entity.code, "place": row.nostro.place.code, "account": row.nostro.number,
        "currency": row.currency, "format": row.format, "kind": row.kind,
        "bank_reference": row.bank_reference, "number": row.number, "sequence": row.sequence,
        "from_date": row.from_date, "until_date": row.until_date,
        "opening": stated(row.opening, row.currency), "closing": stated(row.closing, row.currency),
        "credits": stated(row.credits, row.currency), "debits": stated(row.debits, row.currency),
        "turnover": row.turnover, "lines": row.lines, "lines_added": row.added,
        "duplicates": row.duplicates, "balanced": row.balanced,
        "difference": stated(row.difference, row.currency),
        "follows": row.before_id and f"ST-{row.before_id}", "gap": stated(row.gap_now, row.currency),
        "remarks": [remark_document(each) for each in row.remarks], "text": row.text,
        "recorded_at": row.recorded_at,
    }  # fmt: skip


def line_document(row: StatementLine, statement: Statement, position: int) -> dict[str, Any]:
    """A line as a statement tells it; `told_by` is the one that told it first."""
    return {
        "reference": str(row), "position": position, "told_by": f"ST-{row.statement_id}",
        "repeated": row.statement_id != statement.pk, "day": row.day,
        "booking_date": row.booking_date, "amount": stated(row.amount, row.currency),
        "status": row.status, "reversal": row.reversal, "type_code": row.type_code,
        "occurrence": row.occurrence, "our_reference": row.our_reference,
        "bank_reference": row.bank_reference, "end_to_end_id": row.end_to_end_id, "uetr": row.uetr,
        "counterparty": {
            "name": row.counterparty_name, "account": row.counterparty_account,
            "bank": row.counterparty_bank, "tax_number": row.counterparty_tax_number,
        },
        "text": row.text, "details": row.details,
    }  # fmt: skip
