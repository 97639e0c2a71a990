"""The report to a client: what it has and what that is worth, its deals, every operation in its money and securities.

Of a day, a month, or any days asked for, by what the registers keep. A run has its number and its hash; what is
corrected is another run, and comparing both shows the difference and what caused it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from django.utils.translation import gettext_lazy as _

from refdata.models import Party
from refdata.quotes import prices_on
from reporting.reports.base import Column, Known, Parameter, Report, Row, Section, read
from reporting.reports.internal_registers import REPORT as REGISTERS
from reporting.reports.internal_registers import registers_of

# What stood of the client at each place, and what one of it was worth by the price that counts.
_HELD = """
SELECT n.code, p.code, coalesce(i.isin, s.code), trim_scale(sum(l.amount)), trim_scale(r.value), r.price_date::text,
       coalesce(round(sum(l.amount) * r.value, c.minor_unit), round(sum(l.amount), m.minor_unit)),
       coalesce(r.currency, m.code)
  FROM ledger_line l
  JOIN ledger_ledgeraccount a ON a.id = l.account_id AND a.kind IN ('HOLDING', 'CASH') AND a.owner_id = %(owner)s
  JOIN refdata_entity n ON n.id = a.entity_id
  JOIN refdata_place p ON p.id = a.place_id
  JOIN refdata_asset s ON s.id = l.asset_id
  LEFT JOIN refdata_instrument i ON i.asset_id = l.asset_id
  LEFT JOIN refdata_price r ON r.instrument_id = l.asset_id AND r.id = ANY(%(prices)s::bigint[])
  LEFT JOIN refdata_currency c ON c.code = r.currency
  LEFT JOIN refdata_currency m ON m.asset_id = l.asset_id
 WHERE l.effective_date <= %(until)s AND l.recorded_tx < %(horizon)s
   AND (%(entities)s::bigint[] IS NULL OR a.entity_id = ANY(%(entities)s::bigint[]))
 GROUP BY n.code, p.code, coalesce(i.isin, s.code), r.value, r.price_date, r.currency, c.minor_unit, m.code,
       m.minor_unit
HAVING sum(l.amount) <> 0
 ORDER BY n.code, coalesce(i.isin, s.code), p.code
"""
_WITHHELD = """
SELECT n.code, w.day::text, round(w.payment, b.minor_unit), round(w.withheld, b.minor_unit), n.base_currency
  FROM ledger_ndflwithholding w
  JOIN refdata_entity n ON n.id = w.entity_id
  JOIN refdata_currency b ON b.code = n.base_currency
 WHERE w.taxpayer_id = %(owner)s AND w.day BETWEEN %(from)s AND %(until)s AND w.recorded_tx < %(horizon)s
   AND w.source_type <> 'payrollline'
   AND (%(entities)s::bigint[] IS NULL OR w.entity_id = ANY(%(entities)s::bigint[]))
 ORDER BY n.code, w.day, w.id
"""


def rows(parameters: Mapping[str, Any], known: Known) -> Iterator[Row]:
    client, first, until = (parameters[name] for name in ("client", "kept_from", "kept_until"))
    owner = Party.objects.values_list("pk", flat=True).get(code=client)
    asked = known.facts | {"owner": owner, "from": first, "until": until}
    yield from _held(asked, until, known)
    for query in registers_of(owner, first, until, known):
        for row in query:
            yield REPORT.row(**REGISTERS.told(row))
    for entity, day, payment, withheld, currency in read(_WITHHELD, asked):
        yield REPORT.row(
            section="taxes", entity=entity, owner=client, day=day, gross=payment, withheld=withheld, currency=currency
        )  # fmt: skip


def _held(asked: Mapping[str, Any], until: date, known: Known) -> Iterator[Row]:
    prices = sorted(quote.id for quote in prices_on(until, horizon=known.horizon).values())
    for entity, place, asset, amount, price, day, value, currency in read(
        _HELD, {**asked, "prices": prices}
    ):
        yield REPORT.row(
            section="held", entity=entity, place=place, asset=asset, balance=amount, price=price, day=day,
            gross=value, currency=currency,
        )  # fmt: skip


REPORT = Report(
    name="client-report",
    title=_("Report to a client"),
    purpose=_(
        "What a client has at each place and what it is worth at the end of the days, its deals, every operation in its"
        " money and its securities between what stood and what stands, and the tax that was kept back."
    ),
    parameters=(
        Parameter("client", _("Client"), "party"),
        Parameter("kept_from", _("Kept from")),
        Parameter("kept_until", _("Kept until")),
    ),
    columns=(
        *REGISTERS.columns,
        Column("withheld", _("Withheld"), "money", currency="currency", sums=True),
    ),
    sections=(
        Section("held", _("What is held"), (
            "entity", "asset", "place", "balance", "price", "day", "gross", "currency")),
        *(
            Section(each.code, each.title, [name for name in each.columns if name != "owner"])
            for each in REGISTERS.sections
        ),
        Section("taxes", _("Tax kept back"), ("entity", "day", "gross", "withheld", "currency")),
    ),
    rows=rows,
)  # fmt: skip
