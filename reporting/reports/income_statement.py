"""Income statement in base currency: what was earned between two dates, line by line (IAS 1.82)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from ledger.accounting.books import Figure, sums_of
from ledger.accounting.chart import SECTION_OF, Line
from ledger.accounting.chart import Section as Part
from ledger.state import AccountKind
from refdata.models import Entity
from reporting.reports.base import Column, Known, Parameter, Report, Row, Section
from reporting.reports.stated import entities, named, row_of
from settlements.accounting.statements import statements_of


def rows(parameters: Mapping[str, date], known: Known) -> Iterator[Row]:
    first, last = parameters["earned_from"], parameters["earned_until"]
    found = [(each, earned_between(each, first, last, known)) for each in entities(known)]
    for section in (_lines, _figures):
        for entity, figures in found:
            yield from section(entity, figures)


def earned_between(entity: Entity, first: date, last: date, known: Known) -> Sequence[Figure]:
    """What each account added to each line of the result from a day until another: debits below zero.

    The result to the last day less the one to the eve of the first, both as known then. What was not quoted by the eve
    counts there as it was quoted first: of what a firm began with nothing is earned before it has a price.
    """
    sums: defaultdict[tuple[Line, int | None, int | None], Decimal] = defaultdict(Decimal)
    for day, sign in ((last, -1), (first - timedelta(days=1), 1)):
        books = statements_of(entity, day, known=known.mark, quoted_until=last)
        for each in books.figures:
            if SECTION_OF[each.line] == Part.RESULT:
                sums[each.line, each.account_id, each.asset_id] += sign * each.amount
    return [Figure(*key, Decimal(0), None, amount) for key, amount in sums.items() if amount]


def _lines(entity: Entity, figures: Sequence[Figure]) -> Iterator[Row]:
    for line, amount in sums_of(figures).items():
        yield row_of(REPORT, "lines", entity, line=line.value, earned=f"{amount:f}")


def _figures(entity: Entity, figures: Sequence[Figure]) -> Iterator[Row]:
    for figure, account, asset in named(figures):
        yield row_of(
            REPORT, "figures", entity, line=figure.line.value, kind=account.kind, asset=asset, book=account.book,
            counterparty=account.counterparty, earned=f"{figure.amount:f}", account=account.number,
        )  # fmt: skip


REPORT = Report(
    name="income-statement",
    title=_("Income statement"),
    purpose=_(
        "What the firm earned and spent between two dates in its base currency, by the lines that IFRS names: the"
        " result to the last day less that to the eve of the first. Below it every account and asset that made it."
    ),
    parameters=(
        Parameter("earned_from", _("Earned from")),
        Parameter("earned_until", _("Earned until")),
    ),
    columns=(
        Column("section", _("Section")),
        Column("entity", _("Entity"), names="entity"),
        Column("line", _("Line"), labels=dict(Line.choices)),
        Column("kind", _("Account"), labels=dict(AccountKind.choices)),
        Column("asset", _("Asset"), names="asset"),
        Column("book", _("Book")),
        Column("counterparty", _("Counterparty"), names="party"),
        Column("earned", _("Earned, below zero spent"), "money", currency="currency", sums=True),
        Column("account", _("Number"), printed=False),
        Column("currency", _("Currency")),
    ),
    sections=(
        Section("lines", _("Income statement"), ("entity", "line", "earned", "currency")),
        Section("figures", _("Accounts"), (
            "entity", "line", "kind", "asset", "book", "counterparty", "earned", "account", "currency")),
    ),
    rows=rows,
)  # fmt: skip
