"""Documents for the firm's bookkeeping: sold, bought, received and paid, each once, and reversed where replaced.

Each is a fact with a day of its own and the moment when it was recorded, as entries are: a batch has those that are
there by its day and were not known, or not yet due, when the one before it was made. So none is told twice, and what
is late or reversed comes with the next.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _

from backoffice.kernel.decimals import plain
from refdata.dated_rules.rows import rules_as_known
from refdata.models import Entity
from reporting.reports.base import Column, Known, Parameter, Report, Row, Section
from reporting.reports.documents_told import ZERO, Asked, Told
from reporting.reports.ledger_batch import points_of
from reporting.reports.ratios import RATIOS, held, ratio_columns
from reporting.reports.stated import entities

CENT = Decimal("0.01")
KINDS = {
    "SALE": _("Services sold"), "PURCHASE": _("Services bought"), "SECURITIES": _("Securities bought by an act"),
    "RECEIPT": _("Money received"), "PAYMENT": _("Money paid"),
}  # fmt: skip


def rows(parameters: Mapping[str, Any], known: Known) -> Iterator[Row]:
    until, after = points_of(parameters, known)
    rules = rules_as_known(known.horizon)
    asked = [Asked(entity, until, after, rules) for entity in entities(known)]
    found = [(each, each.told()) for each in asked]
    for each, documents in found:
        yield from (_document(each.entity, told) for told in documents)
    for each, documents in found:
        for told in documents:
            yield from _lines(each.entity, told)
    for each, documents in found:
        yield from _sums(each.entity, documents)
    for each, documents in found:
        yield from _ratios(each.entity, documents, each.booked())


def money(amount: Decimal) -> str:
    """With two places at least, and never rounded."""
    short = amount.quantize(CENT)
    return f"{short if short == amount else amount.normalize():f}"


def _document(entity: Entity, told: Told) -> Row:
    return REPORT.row(
        section="documents", entity=entity.code, document=told.reference, kind=told.kind,
        day=told.day.isoformat(), number=told.number, net=money(told.net), vat=money(told.vat),
        total=money(told.net + told.vat), currency=told.currency,
        reverses=told.reference if told.reverses else None, **{key: value or None for key, value in told.said.items()},
    )  # fmt: skip


def _lines(entity: Entity, told: Told) -> Iterator[Row]:
    for number, line in enumerate(told.lines, start=1):
        if line.code:
            yield REPORT.row(
                section="lines", entity=entity.code, document=told.reference, line=str(number), code=line.code,
                quantity=plain(line.quantity), rate=line.rate, net=money(line.net), vat=money(line.vat),
                total=money(line.net + line.vat), currency=told.currency,
                reverses=told.reference if told.reverses else None,
            )  # fmt: skip


def _sums(entity: Entity, documents: Sequence[Told]) -> Iterator[Row]:
    """How many of each kind there are and what they come to, in each currency."""
    sums: defaultdict[tuple[str, str], list[Any]] = defaultdict(lambda: [0, ZERO, ZERO])
    for told in documents:
        at = sums[told.kind, told.currency]
        at[0], at[1], at[2] = at[0] + 1, at[1] + told.net, at[2] + told.vat
    for kind, currency in sorted(sums, key=lambda key: (list(KINDS).index(key[0]), key[1])):
        count, net, vat = sums[kind, currency]
        yield REPORT.row(
            section="sums", entity=entity.code, kind=kind, count=str(count), net=money(net), vat=money(vat),
            total=money(net + vat), currency=currency,
        )  # fmt: skip


def _ratios(
    entity: Entity, documents: Sequence[Told], booked: Mapping[str, Decimal]
) -> Iterator[Row]:
    """What banks moved is what the entries of the batch moved; a difference is among the breaks of the day."""
    moved: defaultdict[str, Decimal] = defaultdict(Decimal)
    for told in documents:
        if told.kind in ("RECEIPT", "PAYMENT"):
            moved[told.currency] += told.net if told.kind == "RECEIPT" else -told.net
    for currency in sorted({*moved, *booked}):
        yield REPORT.row(
            section="ratios", entity=entity.code, currency=currency,
            **held("MONEY", moved[currency], booked.get(currency, ZERO)),
        )  # fmt: skip


LABELS = {"MONEY": _("Received less paid by statements = money that the entries moved")}
REMARKS = {"BANK_REVERSAL": _("The bank took back what it had booked")}

REPORT = Report(
    name="bookkeeping-documents",
    title=_("Documents for bookkeeping"),
    purpose=_(
        "Services sold and bought, acts and payments by a day that were not there by the end of an earlier one, each"
        " once, with the reversal of what was replaced; what they come to, held against the entries of the same batch."
    ),
    parameters=(
        Parameter("business_date", _("Business date")),
        Parameter("after_date", _("After the end of"), required=False),
        Parameter("after_known", _("As was known then at"), "moment", required=False),
    ),
    columns=(
        Column("section", _("Section")),
        Column("entity", _("Entity"), names="entity"),
        Column("document", _("Document")),
        Column("kind", _("Kind"), labels=KINDS),
        Column("day", _("Day"), "date"),
        Column("number", _("Number")),
        Column("party", _("Party"), names="party"),
        Column("line", _("Line"), "count"),
        Column("code", _("Service or security")),
        Column("quantity", _("Quantity"), "quantity"),
        Column("count", _("Count"), "count"),
        Column("rate", _("Rate"), "price"),
        Column("net", _("Net"), "money", currency="currency", sums=True),
        Column("vat", _("VAT"), "money", currency="currency", sums=True),
        Column("total", _("Total"), "money", currency="currency", sums=True),
        Column("reverses", _("Reverses")),
        Column("account", _("Account")),
        Column("place", _("Place"), names="place"),
        Column("their_number", _("Their number")),
        Column("their_day", _("Their date"), "date"),
        Column("their_name", _("Their name")),
        Column("their_inn", _("Their INN")),
        Column("their_account", _("Their account"), printed=False),
        Column("their_bank", _("Their bank"), printed=False),
        Column("purpose", _("Purpose"), printed=False),
        Column("contract", _("Contract"), printed=False),
        Column("contract_day", _("Date of the contract"), "date", printed=False),
        Column("remark", _("Remark"), labels=REMARKS, printed=False),
        *ratio_columns(LABELS),
        Column("currency", _("Currency")),
    ),
    sections=(
        Section("documents", _("Documents"), (
            "entity", "document", "kind", "day", "number", "party", "net", "vat", "total", "currency", "reverses",
            "account", "place", "their_number", "their_day", "their_name", "their_inn", "their_account", "their_bank",
            "purpose", "contract", "contract_day", "remark")),
        Section("lines", _("Their lines"), (
            "entity", "document", "line", "code", "quantity", "rate", "net", "vat", "total", "currency", "reverses")),
        Section("sums", _("By kind"), ("entity", "kind", "count", "net", "vat", "total", "currency")),
        RATIOS,
    ),
    rows=rows,
)  # fmt: skip
