"""By which accounts of the firm's plan of accounts our accounts and the lines of the statements are handed over. Pure.

A plan is data: one row for a kind of firm, such as `RU-BROKER`, or for one entity. It names a code for every kind of
our accounts and for those lines that no account of ours is. A code may be narrower by what is counted: `CASH.FOREIGN`
goes before `CASH`, `HOLDING.DEBT` before `HOLDING`. The accounts of the firm's own costs may be missing, as in plans
that are older than these: then nothing is handed over once something stands on one.
"""

from __future__ import annotations

from typing import Annotated

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop
from msgspec import Meta, Struct

from backoffice.kernel.errors import Invalid
from ledger.accounting.chart import Line
from ledger.state import AccountKind
from refdata.dated_rules.kinds import RuleKind
from refdata.firm_profiles.state import Jurisdiction, Licence


class Measure(TextChoices):
    """What an account counts: money of the books, other money, or securities of a kind."""

    BASE = "BASE", _("Base currency")
    FOREIGN = "FOREIGN", _("Other currency")
    DEBT = "DEBT", _("Debt securities")
    EQUITY = "EQUITY", _("Equity securities")


SECURITIES = frozenset({Measure.DEBT, Measure.EQUITY})
# Accounts of clients, and of whoever else has one with us: their securities are no assets of ours.
CLIENTS_CASH, DUE_TO_CLIENTS = "CLIENTS_CASH", "DUE_TO_CLIENTS"
CUSTODY_HELD, CUSTODY_OWED = "CUSTODY_HELD", "CUSTODY_OWED"
# Lines that say no more than the account they come of, which may be told finer.
_BY_ACCOUNT = frozenset({
    Line.CASH, Line.BUDGET, Line.RECEIVABLES, Line.PAYABLES, Line.CAPITAL, Line.WRITE_OFFS,
    Line.FIXED_ASSETS, Line.OTHER_RECEIVABLES, Line.OTHER_PAYABLES, Line.STAFF_COSTS, Line.RUNNING_COSTS,
    Line.DEPRECIATION, Line.DISPOSALS,
})  # fmt: skip
OF_COSTS = frozenset({
    AccountKind.SUPPLIER, AccountKind.STAFF, AccountKind.SOCIAL, AccountKind.PERSONNEL, AccountKind.EXPENSE,
    AccountKind.FIXED_ASSET, AccountKind.ACCUMULATED, AccountKind.DEPRECIATION, AccountKind.DISPOSAL,
})  # fmt: skip
_OF_LINES = tuple(line for line in Line if line not in _BY_ACCOUNT and line != Line.CLIENTS_MONEY)
NAMES = tuple(dict.fromkeys((
    *AccountKind.values, CLIENTS_CASH, DUE_TO_CLIENTS, CUSTODY_HELD, CUSTODY_OWED,
    *(line.value for line in _OF_LINES),
)))  # fmt: skip


class PlanLacks(Invalid):
    code = "account-not-in-plan"
    title = gettext_noop("The plan of accounts has no account for this")
    detail = gettext_noop("%(plan)s names no account for %(name)s.")
    hint = gettext_noop("Propose a version of the plan that names it; another person activates it.")


Code = Annotated[str, Meta(pattern="^[0-9A-Z]{1,8}([.-][0-9A-Z]{1,8}){0,3}$")]


class Plan(Struct, frozen=True, forbid_unknown_fields=True):
    """`accounts` by name, or by `name.measure`; every name but those of costs has a code of its own."""

    name: Annotated[str, Meta(min_length=1, max_length=200)]
    accounts: dict[str, Code]

    def __post_init__(self) -> None:
        if missing := [
            name for name in NAMES if name not in self.accounts and name not in OF_COSTS
        ]:
            raise ValueError(f"no account for {', '.join(missing)}")
        known = {f"{name}.{measure}" for name in NAMES for measure in Measure.values}
        if unknown := sorted(self.accounts.keys() - known - set(NAMES)):
            raise ValueError(f"no such accounts or lines: {', '.join(unknown)}")

    @property
    def lacks(self) -> frozenset[AccountKind]:
        """The kinds of account that have no code."""
        return OF_COSTS - self.accounts.keys()

    def code(self, name: str, measure: Measure) -> str:
        """Raises PlanLacks."""
        found = self.accounts.get(f"{name}.{measure}", self.accounts.get(name))
        if found is None:
            raise PlanLacks(plan=self.name, name=name)
        return found


def name_of_account(kind: AccountKind, measure: Measure, *, is_ours: bool) -> str:
    """What an account is called in plans."""
    if is_ours:
        return kind.value
    if measure in SECURITIES:
        return CUSTODY_HELD if kind == AccountKind.HOLDING else CUSTODY_OWED
    return CLIENTS_CASH if kind == AccountKind.CASH else DUE_TO_CLIENTS


def name_of_figure(line: Line, kind: AccountKind | None) -> str:
    """What a figure of the statements is called in plans; `kind` is that of its account, if it is of one of ours."""
    if line == Line.CLIENTS_MONEY:
        return CLIENTS_CASH
    if line not in _BY_ACCOUNT:
        return line.value
    if line in (Line.RECEIVABLES, Line.PAYABLES) and kind == AccountKind.POSITION:
        return AccountKind.SETTLEMENT.value
    return AccountKind.SETTLEMENT.value if kind is None else kind.value


class Asked(Struct, frozen=True, forbid_unknown_fields=True):
    """An account of a kind, or a figure on a line that is of one."""

    measure: Measure
    kind: AccountKind
    line: Line | None = None
    is_ours: bool = True


def code_asked(plan: Plan, asked: Asked) -> str:
    if asked.line is not None:
        name = name_of_figure(asked.line, asked.kind)
    else:
        name = name_of_account(asked.kind, asked.measure, is_ours=asked.is_ours)
    return plan.code(name, asked.measure)


def key_of(jurisdiction: str, licence: str) -> str:
    """The key of the plan of a kind of firm."""
    return f"{jurisdiction}-{licence}"


PLAN: RuleKind[Plan] = RuleKind(
    name="accounting.plan",
    title=_("Accounting: by which accounts of its plan a firm's entries are handed over"),
    keys=tuple(key_of(law, licence) for law in Jurisdiction.values for licence in Licence.values),
    key_pattern="[A-Z0-9][A-Z0-9-]{0,19}",
    value=Plan,
    given=Asked,
    found=str,
    compute=code_asked,
)
