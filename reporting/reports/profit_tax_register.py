"""Register of the firm's own profit tax on securities: disposals, coupons, bases, losses carried, control ratios.

What is counted and how is said where it is reckoned (`settlements/profit_tax`, `ledger/profit_tax`). What is missing,
or could not be tested, is said, never guessed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from backoffice.kernel.decimals import plain
from reporting.reports.base import Cell, Known, Parameter, Report, Row, units_shown
from reporting.reports.profit_tax_columns import COLUMNS, SECTIONS
from settlements.profit_tax.coupons import Coupons, coupons_between
from settlements.profit_tax.disposals import Disposal, disposals_between
from settlements.profit_tax.facts import ProfitFacts
from settlements.profit_tax.price_tests import PriceTest
from settlements.profit_tax.years import FIRST, OWN_BASES, Book
from settlements.realised.closings import closings_between
from settlements.realised.results import Part


def rows(parameters: Mapping[str, date], known: Known) -> Iterator[Row]:
    start, until = parameters["realised_from"], parameters["realised_until"]
    facts = ProfitFacts(horizon=known.horizon, entity_ids=known.entity_ids)
    if not facts.own:
        return
    books = {code: Book(own) for code, own in facts.own.items()}
    for each in disposals_between(facts, min(start, FIRST), until):
        book = books[each.closing.pool.entity]
        if each.closing.realised >= FIRST:
            book.add(each)
        if each.closing.realised >= start:
            book.add_of_period(each)
            yield _disposal(each)
    _add_realised(books, facts, start, until)
    told = list(books.values())
    yield from _coupons(books, coupons_between(facts, start, until))
    for book in told:
        yield from _bases(book, start, until, facts)
    for book in told:
        yield from _losses(book, until, facts)
    for book in told:
        yield from _ratios(book, start, until, facts)


def _add_realised(books: Mapping[str, Book], facts: ProfitFacts, start: date, until: date) -> None:
    """What the realised result says of the same period, reckoned by itself."""
    closings = closings_between(
        start, until, horizon=facts.horizon, entity_ids=facts.entity_ids, owner_ids=facts.owner_ids
    )
    for each in closings:
        if facts.is_own(each.pool):
            books[each.pool.entity].add_realised(each)


def _disposal(each: Disposal) -> Row:
    c, pool, counted = each.closing, each.closing.pool, each.counted
    unit = pool.base_unit
    amounts = {
        "proceeds": c.in_base.proceeds, "sale_adjustment": each.sale.more, "received": each.received,
        "sale_fee": c.in_base.sale_fee, "cost": c.in_base.cost, "cost_adjustment": each.purchase.more,
        "paid": each.paid, "purchase_fee": c.in_base.purchase_fee, "result": each.result,
    }  # fmt: skip
    return REPORT.row(
        section="disposals", entity=pool.entity, way=each.way.value, asset=pool.asset, isin=pool.isin,
        traded=str(each.traded).lower(), base=each.base, opening=c.opening,
        opening_date=c.opening_day.isoformat(), closing=c.closing, closing_date=c.closing_day.isoformat(),
        realised_date=c.realised.isoformat(), quantity=units_shown(c.quantity, c.places, trimmed=True),
        apart=str(each.apart).lower() if each.received or each.paid else None, counted=each.state,
        currency=pool.base_currency,
        **_side("sale", c.sale, each.sale), **_side("cost", c.purchase, each.purchase),
        **{name: units_shown(amount, unit) if counted else None for name, amount in amounts.items()},
    )  # fmt: skip


def _side(name: str, side: Part, test: PriceTest) -> dict[str, Cell]:
    """Of one side the currency and rate it was counted at, and how its price stands to the market's."""
    found = test.range
    return {
        f"{name}_currency": side.currency,
        f"{name}_rate": None if side.rate is None else plain(side.rate.value),
        f"{name}_test": test.verdict.value,
        f"{name}_low": None if found is None else _price(test.low.numerator, test.low.denominator),
        f"{name}_high": None if found is None else _price(test.high.numerator, test.high.denominator),
        f"{name}_source": None
        if found is None
        else f"{found.source}, {found.day.isoformat()}, {found.currency}",
    }  # fmt: skip


def _price(over: int, under: int) -> str:
    return plain(Decimal(over) / Decimal(under))


def _coupons(
    books: Mapping[str, Book], by_issuer: Mapping[tuple[str, str, str], Coupons]
) -> Iterator[Row]:
    """By security what came and went with deals of the disposals, and what the issuer paid."""
    with_deals = {
        (code, *key): amounts for code, book in books.items() for key, amounts in book.coupons.items()
    }  # fmt: skip
    for key in sorted(with_deals.keys() | by_issuer.keys()):
        code, asset, isin = key
        own, issuer = books[code].entity, by_issuer.get(key, Coupons())
        received, paid = with_deals.get(key, (0, 0))
        yield REPORT.row(
            section="coupons", entity=code, asset=asset, isin=isin, currency=own.currency,
            received=units_shown(received, own.unit), paid=units_shown(paid, own.unit),
            by_issuer=_money(issuer.amount, own.unit), missing=str(issuer.missing) if issuer.missing else None,
        )  # fmt: skip


def _bases(book: Book, start: date, until: date, facts: ProfitFacts) -> Iterator[Row]:
    own = book.entity
    for each in book.taxed(start, until, facts.rules):
        sums = each.sums
        yield REPORT.row(
            section="bases", entity=own.code, year=str(each.year), base=each.base, currency=own.currency,
            income=units_shown(sums.income, own.unit), costs=units_shown(sums.costs, own.unit),
            result=units_shown(sums.result, own.unit), lowered=_money(each.lowered, own.unit),
            taxable=_money(each.taxable, own.unit), rate=None if each.rate is None else plain(each.rate),
            tax=_money(each.tax, own.unit), missing=str(sums.missing) if sums.missing else None,
            untested=str(sums.untested) if sums.untested else None,
        )  # fmt: skip


def _losses(book: Book, until: date, facts: ProfitFacts) -> Iterator[Row]:
    """Of bases that carry their losses on, each year since the first disposal in them."""
    own = book.entity
    for base in OWN_BASES:
        for each in book.losses(base, until, facts.rules):
            yield REPORT.row(
                section="losses", entity=own.code, year=str(each.year), base=base, currency=own.currency,
                loss_opening=_money(each.opening, own.unit), loss_expired=_money(each.expired, own.unit),
                lowered=_money(each.used, own.unit), loss_new=_money(each.new, own.unit),
                loss_closing=_money(each.closing, own.unit),
                counted="OK" if each.ruled or not each.opening else "NO_RULE",
            )  # fmt: skip


def _ratios(book: Book, start: date, until: date, facts: ProfitFacts) -> Iterator[Row]:
    own, totals = book.entity, book.totals
    if not book.bases:
        return
    yield _ratio(
        book, "RESULT", totals.taxed, totals.expected,
        realised=units_shown(totals.realised, own.unit), adjusted=units_shown(totals.adjusted, own.unit),
        coupons=units_shown(totals.coupons, own.unit), by_rates=units_shown(totals.by_rates, own.unit),
    )  # fmt: skip
    years = range(max(start, FIRST).year, until.year + 1)
    of_bases = sum(sums.result for (year, _), sums in book.bases.items() if year in years)
    yield _ratio(book, "BASES", of_bases, sum(book.results[year] for year in years))
    for base in OWN_BASES:
        carried = book.losses(base, until, facts.rules)
        if carried:
            left = sum((each.new - each.used - each.expired for each in carried), Decimal(0))
            yield _ratio(book, "LOSSES", *(
                int(amount.scaleb(own.unit)) for amount in (carried[-1].closing, left)))  # fmt: skip


def _ratio(book: Book, name: str, one: int, other: int, **more: Cell) -> Row:
    own = book.entity
    return REPORT.row(
        section="ratios", entity=own.code, currency=own.currency, ratio=name, one=units_shown(one, own.unit),
        other=units_shown(other, own.unit), holds=str(one == other).lower(), **more,
    )  # fmt: skip


def _money(amount: Decimal | None, unit: int) -> Cell:
    return None if amount is None else f"{amount:.{unit}f}"


REPORT = Report(
    name="profit-tax-register",
    title=_("Profit tax register of securities"),
    purpose=_(
        "Of the firm's own securities what it disposed of: price, cost and coupon apart, both prices held against the"
        " market's, the bases of the tax by year, losses carried forward, and control ratios."
    ),
    parameters=(
        Parameter("realised_from", _("Realised from")),
        Parameter("realised_until", _("Realised until")),
    ),
    columns=COLUMNS,
    sections=SECTIONS,
    rows=rows,
)  # fmt: skip
