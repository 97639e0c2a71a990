"""The lines of the statements, named as IFRS names them (IAS 1.54 and 1.82, IFRS 7.8 and 7.20). Pure."""

from __future__ import annotations

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Section(TextChoices):
    """What a line belongs to. Assets are debits; of the others credits are shown above zero."""

    ASSETS = "ASSETS", _("Assets")
    LIABILITIES = "LIABILITIES", _("Liabilities")
    EQUITY = "EQUITY", _("Equity")
    RESULT = "RESULT", _("Profit or loss")


class Line(TextChoices):
    """The order is that of the statements."""

    CASH = "CASH", _("Cash and cash equivalents")
    FVTPL = "FVTPL", _("Financial assets at fair value through profit or loss")
    FVOCI = "FVOCI", _("Financial assets at fair value through other comprehensive income")
    AMORTISED_COST = "AMORTISED_COST", _("Financial assets at amortised cost")
    DERIVATIVE_ASSETS = (
        "DERIVATIVE_ASSETS",
        _("Derivatives and changes in value of purchases, above zero"),
    )
    RECEIVABLES = "RECEIVABLES", _("Receivables from settlements")
    CLIENTS_MONEY = "CLIENTS_MONEY", _("Money of clients at banks and depositories")
    FIXED_ASSETS = "FIXED_ASSETS", _("Equipment and licences, less depreciation")
    OTHER_RECEIVABLES = "OTHER_RECEIVABLES", _("Paid in advance to suppliers and employees")
    SOLD_SHORT = "SOLD_SHORT", _("Financial liabilities at fair value: securities sold short")
    DERIVATIVE_LIABILITIES = (
        "DERIVATIVE_LIABILITIES", _("Derivatives and changes in value of purchases, below zero"),
    )  # fmt: skip
    PAYABLES = "PAYABLES", _("Payables from settlements")
    DUE_TO_CLIENTS = "DUE_TO_CLIENTS", _("Due to clients")
    OTHER_PAYABLES = "OTHER_PAYABLES", _("Payables to suppliers and employees")
    BUDGET = "BUDGET", _("Taxes owed to the budget")
    CAPITAL = "CAPITAL", _("Capital and opening balances")
    RESERVE = "RESERVE", _("Fair value reserve")
    GAINS = "GAINS", _("Net gains on financial instruments at fair value through profit or loss")
    GAINS_OF_RESERVE = (
        "GAINS_OF_RESERVE",
        _("Gains reclassified from the fair value reserve on disposal"),
    )
    GAINS_AT_COST = (
        "GAINS_AT_COST",
        _("Gains on derecognition of financial assets at amortised cost"),
    )
    INTEREST = "INTEREST", _("Interest and income of securities")
    FEES = "FEES", _("Fees and commissions")
    PENALTIES = "PENALTIES", _("Penalties for settlement fails")
    WRITE_OFFS = "WRITE_OFFS", _("Differences written off")
    STAFF_COSTS = "STAFF_COSTS", _("Personnel expenses")
    RUNNING_COSTS = "RUNNING_COSTS", _("Administrative expenses")
    DEPRECIATION = "DEPRECIATION", _("Depreciation of equipment and licences")
    DISPOSALS = "DISPOSALS", _("Gains and losses on disposal of equipment and licences")
    REVALUATION = "REVALUATION", _("Exchange and price differences of other items")


_FIRST_OF = {
    Line.CASH: Section.ASSETS, Line.SOLD_SHORT: Section.LIABILITIES, Line.CAPITAL: Section.EQUITY,
    Line.GAINS: Section.RESULT,
}  # fmt: skip


def _sections() -> dict[Line, Section]:
    found, section = {}, Section.ASSETS
    for line in Line:
        section = _FIRST_OF.get(line, section)
        found[line] = section
    return found


SECTION_OF = _sections()
