"""Whether a statement agrees with itself: opening + movements = closing, and totals with lines. Pure.

None of it refuses a statement: what does not balance is said, and is for people to clear with the bank.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from typing import Any

from backoffice.connectors.formats.cash import (
    CashStatement,
    LineStatus,
    Remark,
    StatementKind,
    Turnover,
)
from backoffice.kernel.i18n import gettext_noop

TEXTS = {
    "does-not-balance": gettext_noop(
        "Opening %(opening)s and movements of %(moved)s do not make the closing %(closing)s:"
        " %(difference)s %(currency)s are not explained."
    ),
    "no-balance": gettext_noop("It has no opening or no closing balance: it cannot be checked."),
    "currencies-differ": gettext_noop(
        "Its opening is in %(opening)s, its closing in %(closing)s: it cannot be checked."
    ),
    "foreign-lines": gettext_noop(
        "%(count)s of its lines are in another currency than the account's %(currency)s."
    ),
    "credits-without-documents": gettext_noop("Credits of %(amount)s have no document."),
    "debits-without-documents": gettext_noop("Debits of %(amount)s have no document."),
    "no-such-day": gettext_noop("Line %(line)s has the day %(found)s; it was taken as %(taken)s."),
    "undated-line": gettext_noop("Line %(line)s has neither a value date nor a booking date."),
    "outside-period": gettext_noop(
        "The document in line %(line)s is of %(day)s, outside the period of its account."
    ),
    "holding-differs": gettext_noop(
        "Of %(security)s in %(account)s the opening %(opening)s and movements of %(moved)s do not make"
        " the closing %(closing)s: %(difference)s are not explained."
    ),
    "nets-differ": gettext_noop(
        "%(count)s of its nets are not what their penalties make: %(stated)s is stated and"
        " %(listed)s %(currency)s is listed in the first."
    ),
    "does-not-follow": gettext_noop(
        "It opens with %(opening)s, and the statement before it closed with %(closing)s."
    ),
}  # fmt: skip

# Totals that are stated and differ from the lines (`turnover-differs`), by what is totalled.
TURNOVERS = {
    "credits": gettext_noop(
        "Its credits are stated as %(stated)s and are %(listed)s by its lines."
    ),
    "debits": gettext_noop("Its debits are stated as %(stated)s and are %(listed)s by its lines."),
    "credit_count": gettext_noop("It states %(stated)s credits and has %(listed)s."),
    "debit_count": gettext_noop("It states %(stated)s debits and has %(listed)s."),
    "count": gettext_noop("It states %(stated)s lines and has %(listed)s."),
    "gross": gettext_noop("Its lines are stated to sum to %(stated)s and sum to %(listed)s."),
    "net": gettext_noop("Its net is stated as %(stated)s and is %(listed)s by its lines."),
}


def turnover_differs(what: str, stated: Decimal | int, listed: Decimal | int) -> Remark:
    facts = {"what": what, "stated": stated, "listed": listed}
    return Remark("turnover-differs", TURNOVERS[what], facts)


def remark(code: str, **facts: Any) -> Remark:
    return Remark(code, TEXTS[code], facts)


def checked(statement: CashStatement) -> CashStatement:
    """The statement with the remarks on how it agrees with itself after those of its reader."""
    found = [*statement.remarks, *_balances(statement), *_turnovers(statement), *_lines(statement)]
    return replace(statement, remarks=tuple(found))


def follows(earlier: CashStatement, later: CashStatement) -> Remark | None:
    """A remark unless a statement opens with what the one before it closed with."""
    if not earlier.closing or not later.opening:
        return remark("no-balance")
    before, after = earlier.closing, later.opening
    if (before.amount, before.currency) == (after.amount, after.currency):
        return None
    return remark("does-not-follow", opening=after.amount, closing=before.amount)


def _balances(statement: CashStatement) -> Iterator[Remark]:
    opening, closing = statement.opening, statement.closing
    if not opening or not closing:
        if statement.kind is StatementKind.END_OF_DAY:
            yield remark("no-balance")
        return
    if opening.currency != closing.currency:
        yield remark("currencies-differ", opening=opening.currency, closing=closing.currency)
        return
    moved = closing.amount - opening.amount
    stated = _stated(statement.turnover)
    # Where totals are stated they may explain the balances although documents are missing; that
    # the documents are missing is said by itself.
    if moved == stated or (statement.lists_lines and moved == statement.booked):
        return
    took = statement.booked if statement.lists_lines else stated
    if took is None:
        return
    yield remark(
        "does-not-balance", opening=opening.amount, moved=took, closing=closing.amount,
        difference=moved - took, currency=closing.currency,
    )  # fmt: skip


def _stated(turnover: Turnover | None) -> Decimal | None:
    if turnover is None or turnover.credits is None or turnover.debits is None:
        return None
    return turnover.credits - turnover.debits


def _turnovers(statement: CashStatement) -> Iterator[Remark]:
    told = statement.turnover
    if told is None or not statement.lists_lines:
        return
    if statement.format.startswith("1C"):
        yield from _without_documents(statement, told)
        return
    count = len(statement.lines)
    # A line of nothing is a credit or a debit as its mark says; here it could be either.
    nothing = any(not line.amount for line in statement.lines)
    credit_count = sum(line.amount > 0 for line in statement.lines)
    pairs: tuple[tuple[str, Decimal | int | None, Decimal | int], ...] = (
        ("credits", told.credits, statement.credits),
        ("debits", told.debits, statement.debits),
        ("credit_count", None if nothing else told.credit_count, credit_count),
        ("debit_count", None if nothing else told.debit_count, count - credit_count),
        ("count", told.count, count),
        ("gross", told.gross, statement.credits + statement.debits),
        ("net", told.net, statement.credits - statement.debits),
    )
    for what, stated, listed in pairs:
        if stated is not None and stated != listed:
            yield turnover_differs(what, stated, listed)


def _without_documents(statement: CashStatement, told: Turnover) -> Iterator[Remark]:
    for what, stated, listed in (
        ("credits", told.credits, statement.credits),
        ("debits", told.debits, statement.debits),
    ):
        if stated is None or stated == listed:
            continue
        if stated > listed:
            yield remark(f"{what}-without-documents", amount=stated - listed)
        else:
            yield turnover_differs(what, stated, listed)


def _lines(statement: CashStatement) -> Iterator[Remark]:
    for line in statement.lines:
        if line.value_date is None and line.booking_date is None:
            yield remark("undated-line", line=line.position)
    booked = [line for line in statement.lines if line.status is LineStatus.BOOKED]
    foreign = sum(line.currency != statement.currency for line in booked)
    if foreign:
        yield remark("foreign-lines", count=foreign, currency=statement.currency)
