"""Which account of ours a statement is of, or why that cannot be told."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Sequence
from typing import Any

from backoffice.kernel.errors import FieldProblem
from backoffice.kernel.i18n import gettext_noop
from reconciliation.terms import NewStatement
from refdata.models import NostroAccount

BLANKS = re.compile(r"[\s\x00]+")

# code: what is wrong, and what to do
WORDS: dict[str, tuple[str, str]] = {
    "unknown-account": (
        gettext_noop("Account %(account)s is not among our accounts with banks."),
        gettext_noop("Have the account added to the reference data, then take the file again."),
    ),
    "other-currency": (
        gettext_noop("Account %(account)s is kept in %(known)s, and the statement is in %(currency)s."),
        gettext_noop(
            "Have the account added in this currency, then take the file again; or ask the bank."
        ),
    ),
    "several-accounts": (
        gettext_noop(
            "Account %(account)s is kept at %(known)s, and the statement names none of them."
        ),
        gettext_noop("Ask the bank to name itself in the statement by its BIC or BIK."),
    ),
    "closed-account": (
        gettext_noop("Account %(account)s was closed on %(closed)s, and the statement is of %(day)s."),
        gettext_noop("Ask the bank why it moves a closed account, or have the date corrected."),
    ),
}  # fmt: skip


def written(number: str) -> str:
    """A number as accounts are compared by it: blanks that are for the eye do not count."""
    return BLANKS.sub("", number).upper()


class Accounts:
    """Our accounts with banks, by number, of those entities that may be written for (None: all)."""

    def __init__(
        self, statements: Sequence[NewStatement], entities: Collection[int] | None
    ) -> None:
        self.by_number: dict[str, list[NostroAccount]] = defaultdict(list)
        rows = NostroAccount.objects.select_related("place").order_by("pk")
        if entities is not None:
            rows = rows.filter(entity_id__in=entities)
        wanted = {written(each.account) for each in statements}
        for row in rows:
            if (number := written(row.number)) in wanted:
                self.by_number[number].append(row)

    def of(self, statement: NewStatement) -> NostroAccount | FieldProblem:
        """The one account that it is of, or the problem that it has with ours."""
        found = self.by_number.get(written(statement.account), [])
        if not found:
            return _problem(statement, "unknown-account")
        fitting = [row for row in found if row.currency == statement.currency]
        if not fitting:
            known = ", ".join(sorted({row.currency for row in found}))
            return _problem(statement, "other-currency", known=known)
        if len(fitting) > 1:
            fitting = [row for row in fitting if _is_bank(row, statement.bank)]
        if len(fitting) != 1:
            known = ", ".join(sorted({row.place.code for row in found}))
            return _problem(statement, "several-accounts", known=known)
        return _open_or_problem(statement, fitting[0])


def _is_bank(row: NostroAccount, told: str) -> bool:
    """A BIC fits by its first eight characters: branches of a bank share its accounts."""
    told = written(told)
    return bool(told) and (told == row.place.bik or told[:8] == row.place.bic[:8])


def _open_or_problem(statement: NewStatement, row: NostroAccount) -> NostroAccount | FieldProblem:
    days = [
        statement.until_date,
        *(line.value_date or line.booking_date for line in statement.lines),
    ]
    last = max((day for day in days if day), default=None)
    if row.closed_on and last and last > row.closed_on:
        return _problem(statement, "closed-account", closed=row.closed_on, day=last)
    return row


def _problem(statement: NewStatement, code: str, **facts: Any) -> FieldProblem:
    detail, hint = WORDS[code]
    told = {"account": statement.account[:60], "currency": statement.currency,
            "lines": len(statement.lines), **{k: str(v) for k, v in facts.items()}}  # fmt: skip
    return FieldProblem(f"statement {statement.position}", code, detail, hint, told)
