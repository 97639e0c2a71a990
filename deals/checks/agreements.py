"""Which agreement covers a deal: the one it names, or any with its party that holds on its trade date. Pure."""

from __future__ import annotations

from decimal import Decimal

from deals.capturing.agreements import parties_to
from deals.checks.measures import Look, Measure
from deals.rules import ResolvedDeal
from refdata.agreements.rows import AgreementRow
from refdata.agreements.state import AgreementKind as Kind

CURRENCY = frozenset({"fx_spot", "fx_forward", "fx_swap"})
MONEY = frozenset({"deposit", "loan"})
# What a kind of agreement is made for. One that names its products covers these, whatever its kind.
COVERS: dict[str, frozenset[str]] = {
    Kind.ISDA: CURRENCY,
    Kind.RISDA: CURRENCY,
    Kind.GMRA: frozenset({"repo"}),
    Kind.RU_REPO: frozenset({"repo"}),
    Kind.GENERAL: CURRENCY | MONEY,
    Kind.LOAN: MONEY,
    Kind.BROKERAGE: frozenset({"equity", "bond", "repo"}) | CURRENCY,
    Kind.PURCHASE: frozenset({"individual_purchase"}),
}


def covers(row: AgreementRow, product: str, currency: str) -> bool:
    """Whether an agreement is about deals of a product in a currency."""
    products = row.products or COVERS.get(row.kind, ())
    return product in products and (not row.currencies or currency in row.currencies)


def without_agreement(deal: ResolvedDeal, look: Look) -> Measure | None:
    """1 where no agreement covers the deal, 0 where one does; cleared deals need none."""
    terms, clearing = deal.terms, deal.terms.clearing
    if clearing is not None and clearing.mode == "CCP":
        return None
    rows = look.reference.agreements.in_force(
        deal.book.entity_id, parties_to(terms, look.reference, deal.counterparty), deal.trade_date
    )
    found = any(
        covers(row, terms.product, terms.currency)
        for row in rows
        if terms.agreement in (None, row.number)
    )
    return Measure(Decimal(not found), deal.counterparty.name)
