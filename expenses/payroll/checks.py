"""What a payroll journal has to satisfy, and what its tax is held against. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple

from backoffice.kernel.i18n import gettext_noop
from backoffice.kernel.identifiers import problem_with, problem_with_account
from expenses.payroll.told import TOTALS, ToldJournal, ToldPay
from ledger.ndfl.brackets import Bracket
from ledger.ndfl.pay import due_by_rate

ZERO = Decimal(0)


class TaxDiffers(NamedTuple):
    """Tax of a person at a rate: what the journal withholds, and what the scale says is to be withheld now."""

    rate: Decimal
    told: Decimal
    reckoned: Decimal


def tax_differences(
    told: Mapping[Decimal, Decimal], *, base: Decimal, before: Mapping[Decimal, Decimal],
    brackets: Sequence[Bracket],
) -> list[TaxDiffers]:  # fmt: skip
    """Where a journal withholds otherwise than the scale, of the year so far with this journal in it.

    `base` is that of the year, `before` what was withheld of it at each rate before.
    """
    reckoned = due_by_rate(base, before, brackets)
    pairs = (
        TaxDiffers(rate, told.get(rate, ZERO), reckoned.get(rate, ZERO))
        for rate in sorted({*told, *reckoned})
    )
    return [each for each in pairs if each.told != each.reckoned]


class Wrong(NamedTuple):
    """What is wrong with a field of a row."""

    name: str
    code: str
    detail: str
    hint: str
    value: object


def problems_of_line(line: ToldPay) -> Iterator[Wrong]:
    """What a row has to satisfy by itself: it adds up, its base is what is taxed, its numbers are possible."""
    yield from _sums(line)
    yield from _tax(line)
    if line.inn and problem_with("INN", line.inn):
        yield Wrong("inn", "wrong-inn", gettext_noop("%(value)s is no INN."),
                    gettext_noop("Write its ten or twelve digits."), line.inn)  # fmt: skip
    if (line.account or line.bik) and problem_with_account(line.account, line.bik):
        yield Wrong("account", "wrong-account", gettext_noop("The account %(value)s does not fit the BIK."),
                    gettext_noop("Give both, or neither where the pay goes another way."), line.account)  # fmt: skip


def _sums(line: ToldPay) -> Iterator[Wrong]:
    for name in ("accrued", "base", "held", "contributions", "net"):
        amount: Decimal = getattr(line, name)
        if amount < 0:
            yield Wrong(name, "below-zero", gettext_noop("%(value)s is below zero."),
                        gettext_noop("What was paid too much is corrected by another journal."), amount)  # fmt: skip
    net = line.accrued - line.ndfl - line.held
    if line.net != net:
        yield Wrong("net", "does-not-add-up",
                    gettext_noop("Accrued less tax and less what is held is %(value)s."),
                    gettext_noop("Look which of the four amounts is wrong."), net)  # fmt: skip
    taxed = line.accrued - sum(line.deductions.values(), ZERO) if line.code else ZERO
    if line.base != taxed:
        yield Wrong("base", "wrong-base",
                    gettext_noop("By its code and its deductions the base is %(value)s."),
                    gettext_noop("What has no code is not taxed; deductions lower the base."), taxed)  # fmt: skip


def _tax(line: ToldPay) -> Iterator[Wrong]:
    if not line.code and (line.by_rate or line.deductions):
        yield Wrong("code", "required", gettext_noop("What is taxed has no code of its income."),
                    gettext_noop("Give the code by which the tax office knows it, such as 2000."), "–")  # fmt: skip
    for rate, tax in line.by_rate.items():
        if tax < 0 or tax != tax.to_integral_value():
            yield Wrong("by_rate", "wrong-tax", gettext_noop("%(value)s is no tax in whole rubles."),
                        gettext_noop("Tax is withheld in whole rubles, from zero up (art. 52 p. 6)."),
                        f"{rate}: {tax}")  # fmt: skip
    if any(amount < 0 for amount in line.deductions.values()):
        yield Wrong("deductions", "below-zero", gettext_noop("%(value)s is below zero."),
                    gettext_noop("A deduction lowers the base."), min(line.deductions.values()))  # fmt: skip


def totals_of(lines: Sequence[ToldPay]) -> dict[str, Decimal]:
    """What the rows come to."""
    return {name: sum((getattr(line, name) for line in lines), ZERO) for name in TOTALS}


def differing_totals(told: ToldJournal) -> Iterator[tuple[str, Decimal]]:
    """The totals that the rows do not come to, each with what they make."""
    for name, total in totals_of(told.lines).items():
        if told.totals[name] != total:
            yield name, total
