"""Balance sheet in base currency: what the firm has, what it owes, and what is its own (IAS 1.54)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from ledger.accounting.books import Books, sums_of
from ledger.accounting.chart import SECTION_OF, Line
from ledger.accounting.chart import Section as Part
from ledger.accounting.worths import Instead
from ledger.state import AccountKind
from refdata.models import Entity
from reporting.reports.base import Column, Known, Parameter, Report, Row, Section
from reporting.reports.stated import assets_of, entities, named, row_of
from settlements.accounting.statements import statements_of

RESULT = "RESULT"
SHOWN = Decimal("1e-12")


def rows(parameters: Mapping[str, date], known: Known) -> Iterator[Row]:
    day = parameters["business_date"]
    books = [(entity, statements_of(entity, day, known=known.mark)) for entity in entities(known)]
    for section in (_lines, _figures, _lacking):
        for entity, each in books:
            yield from section(entity, each)


def _lines(entity: Entity, books: Books) -> Iterator[Row]:
    """Assets as debits, everything else as credits; all that was earned by now is one line of equity."""
    sums, result = sums_of(books.figures), Decimal(0)
    for line, amount in sums.items():
        part = SECTION_OF[line]
        if part == Part.RESULT:
            result -= amount
        else:
            side = (
                {"assets": f"{amount:f}"} if part == Part.ASSETS else {"financed": f"{-amount:f}"}
            )
            yield row_of(REPORT, "lines", entity, part=part.value, line=line.value, **side)
    if sums:
        yield row_of(
            REPORT, "lines", entity, part=Part.EQUITY.value, line=RESULT, financed=f"{result:f}"
        )


def _figures(entity: Entity, books: Books) -> Iterator[Row]:
    for (line, _id, _asset, quantity, worth, amount), account, asset in named(books.figures):
        yield row_of(
            REPORT, "figures", entity, part=SECTION_OF[line].value, line=line.value, kind=account.kind, asset=asset,
            place=account.place, counterparty=account.counterparty, book=account.book,
            quantity=f"{quantity.normalize():f}", debit=f"{amount:f}", account=account.number,
            worth=None if worth is None else f"{worth.quantize(SHOWN).normalize():f}",
        )  # fmt: skip


def _lacking(entity: Entity, books: Books) -> Iterator[Row]:
    assets = assets_of({each.asset_id for each in books.lacking})
    for asset, day, instead in books.lacking:
        yield row_of(
            REPORT,
            "lacking",
            entity,
            asset=assets[asset],
            day=day.isoformat(),
            instead=instead.value,
        )


LINES = {**dict(Line.choices), RESULT: _("Profit or loss to date")}

REPORT = Report(
    name="balance-sheet",
    title=_("Balance sheet"),
    purpose=_(
        "What the firm has, owes and owns at the end of a day in its base currency, by the lines that IFRS names,"
        " at the prices and rates of the day; both sides come to the same. Below it every account that is in a line."
    ),
    parameters=(Parameter("business_date", _("Business date")),),
    columns=(
        Column("section", _("Section")),
        Column("entity", _("Entity"), names="entity"),
        Column("part", _("Part"), labels=dict(Part.choices)),
        Column("line", _("Line"), labels=LINES),
        Column("assets", _("Assets"), "money", currency="currency", sums=True),
        Column("financed", _("Liabilities and equity"), "money", currency="currency", sums=True),
        Column("kind", _("Account"), labels=dict(AccountKind.choices)),
        Column("asset", _("Asset"), names="asset"),
        Column("quantity", _("Quantity"), "quantity"),
        Column("worth", _("Worth of one"), "price"),
        Column("debit", _("Debit, below zero credit"), "money", currency="currency", sums=True),
        Column("place", _("Place"), names="place"),
        Column("counterparty", _("Counterparty"), names="party"),
        Column("book", _("Book")),
        Column("account", _("Number"), printed=False),
        Column("day", _("Day"), "date"),
        Column("instead", _("Counted instead"), labels=dict(Instead.choices)),
        Column("currency", _("Currency")),
    ),
    sections=(
        Section("lines", _("Balance sheet"), ("entity", "part", "line", "assets", "financed", "currency")),
        Section("figures", _("Accounts"), (
            "entity", "part", "line", "kind", "asset", "quantity", "worth", "debit", "place", "counterparty", "book",
            "account", "currency")),
        Section("lacking", _("Without a price of their day"), ("entity", "asset", "day", "instead")),
    ),
    rows=rows,
)  # fmt: skip
