"""Working out what a deal comes to. Pure: terms and reference data in, rows out.

Every check adds to one list of problems, so that a dealer sees all of them at once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from backoffice.kernel.errors import FieldProblem
from backoffice.kernel.i18n import gettext_noop
from backoffice.kernel.rounding import half_up_minor
from deals.capturing.admissions import check_admission
from deals.capturing.agreements import check_agreement
from deals.capturing.checking import TOLERATED, Check, instant, look_up, number, whole
from deals.products import PRODUCTS
from deals.terms import Agreed, Amounts, FlowTerms, Terms, Traded, amounts_of
from onboarding.state import FileRole
from refdata.fees import fee_of
from refdata.rows import BookRow, CurrencyRow, PartyRow
from refdata.selectors import ReferenceData


@dataclass(frozen=True, slots=True)
class ResolvedDeal:
    """A deal that can be stored: everything found, every amount worked out."""

    terms: Terms
    book: BookRow
    owner_id: int
    counterparty: PartyRow
    agreed: Agreed
    traded_at: datetime
    amounts: Amounts
    flows: tuple[FlowTerms, ...]
    figures: Mapping[str, str]
    warnings: tuple[FieldProblem, ...] = ()

    @property
    def traded(self) -> Traded:
        return self.agreed.traded

    @property
    def currency(self) -> CurrencyRow:
        return self.agreed.currency

    @property
    def quantity(self) -> Decimal:
        return self.agreed.quantity

    @property
    def price(self) -> Decimal:
        return self.agreed.price

    @property
    def trade_date(self) -> date:
        return self.agreed.trade_date

    @property
    def due_date(self) -> date:
        return self.agreed.due_date

    @property
    def executed(self) -> bool:
        return self.terms.stage == "executed"


def resolve(
    terms: Terms, reference: ReferenceData, *, now: datetime
) -> ResolvedDeal | Check[Terms]:
    """The deal ready to store, or the check with everything that is wrong with it."""
    check = Check(terms, reference, now)
    product = PRODUCTS[terms.product]
    book = look_up(check, reference.books, "book", terms.book)
    counterparty = _counterparty(check)
    owner_id = _owner(check, book)
    traded = product.traded_of(check)
    currency = look_up(check, reference.currencies, "currency", terms.currency)
    quantity = _quantity(check)
    price = product.price_of(check)
    traded_at = instant(check)
    trade_date, due_date = (
        product.dates_of(check, traded, traded_at) if traded and traded_at else (None, None)
    )
    check_agreement(check, book, counterparty, trade_date)
    _admitted(check, counterparty, trade_date)
    fees = _agreed_fees(check)
    if traded is not None and quantity is not None:
        whole(check, "quantity", traded, quantity)
    due = None
    if traded and currency and trade_date and due_date and None not in (quantity, price):
        assert quantity is not None and price is not None
        agreed = Agreed(quantity, price, traded, currency, trade_date, due_date)
        due = product.due_of(check, agreed)
    hard = [p for p in check.problems if not (terms.stage == "executed" and p.code in TOLERATED)]
    if hard:
        return check
    assert book and counterparty and traded_at and owner_id is not None and due
    if not terms.fees and quantity:
        fees = _scheduled_fees(check, book, agreed, counterparty, due.turnover)
    paid = [
        FlowTerms("FEE", "PAY", agreed.currency.asset_id, fee, agreed.due_date)
        for fee in fees
        if fee
    ]
    return ResolvedDeal(
        terms, book, owner_id, counterparty, agreed, traded_at,
        amounts_of(terms.side, due, fees), (*due.flows, *paid), due.figures, tuple(check.problems),
    )  # fmt: skip


def _counterparty(check: Check[Terms]) -> PartyRow | None:
    """Who owes it: whom it was dealt with, or the central counterparty that took their place.

    A venue that reports the central counterparty itself names it as the counterparty alone.
    """
    clearing, pointer = check.terms.clearing, "counterparty"
    found: PartyRow | None = look_up(
        check, check.reference.parties, "counterparty", check.terms.counterparty
    )
    if clearing is not None and clearing.mode == "CCP" and clearing.ccp:
        pointer = "clearing/ccp"
        found = check.reference.parties.get(clearing.ccp)
        if found is None:
            check.add(
                "/clearing/ccp", "unknown-counterparty", gettext_noop("%(value)s is not known."),
                gettext_noop("Check the spelling, or have it added to the reference data."),
                value=clearing.ccp,
            )  # fmt: skip
    if found is not None and found.status != "ACTIVE":
        check.add(
            f"/{pointer}", "counterparty-blocked", gettext_noop("%(name)s is blocked."),
            gettext_noop("Ask the administrators why; deals wait until it is lifted."),
            name=found.name,
        )  # fmt: skip
    return found


def _admitted(check: Check[Terms], counterparty: PartyRow | None, on: date | None) -> None:
    """Whether the files of counterparty and client let us deal with them on the trade date."""
    terms = check.terms
    check_admission(check, "counterparty", FileRole.COUNTERPARTY, counterparty, on)
    if terms.capacity != "OWN" and terms.client:
        client = check.reference.parties.get(terms.client)
        check_admission(check, "client", FileRole.CLIENT, client, on)


def _owner(check: Check[Terms], book: BookRow | None) -> int | None:
    """Whose deal it is: our own, or the client's who must then be named with an account."""
    terms = check.terms
    if terms.capacity == "OWN":
        return book.own_party_id if book else None
    if not terms.account:
        check.add(
            "/account", "required", gettext_noop("A client's deal names the client's account."),
            gettext_noop("Add account, or set capacity to OWN."),
        )  # fmt: skip
    if not terms.client:
        check.add(
            "/client", "required", gettext_noop("A client's deal names the client."),
            gettext_noop("Add client, or set capacity to OWN."),
        )  # fmt: skip
        return None
    found = look_up(check, check.reference.parties, "client", terms.client)
    return found.id if found else None


def _quantity(check: Check[Terms]) -> Decimal | None:
    """Above zero; only an executed deal may be of nothing, since venues report such fills."""
    executed = check.terms.stage == "executed"
    found = number(check, "quantity", check.terms.quantity, scale=8, above_zero=not executed)
    if found == 0:
        check.add(
            "/quantity", "nothing-dealt", gettext_noop("The deal is of nothing."),
            gettext_noop("It is kept as it was executed; nothing is due under it."),
        )  # fmt: skip
    return found


def _agreed_fees(check: Check[Terms]) -> tuple[Decimal, ...]:
    fees = []
    for index, fee in enumerate(check.terms.fees):
        if fee.currency != check.terms.currency:
            check.add(
                f"/fees/{index}/currency", "fee-currency",
                gettext_noop("A fee is in the currency of the deal."),
                gettext_noop("Convert it, or book it apart."),
            )  # fmt: skip
        amount = number(check, f"fees/{index}/amount", fee.amount, scale=4, above_zero=False)
        if amount is not None and fee.payer == "US":
            currency = check.reference.currencies.get(fee.currency)
            fees.append(half_up_minor(amount, currency.minor_unit if currency else 2))
    return tuple(fees)


def _scheduled_fees(
    check: Check[Terms], book: BookRow, agreed: Agreed, counterparty: PartyRow, turnover: Decimal
) -> tuple[Decimal, ...]:
    currency = agreed.currency
    rows = check.reference.fees_of(
        entity_id=book.entity_id, product=check.terms.product, market=agreed.traded.market,
        counterparty_id=counterparty.id, currency=currency.code, capacity=check.terms.capacity,
        on=agreed.trade_date,
    )  # fmt: skip
    measures = {"NOTIONAL": turnover, "QUANTITY": agreed.quantity, "DEAL": Decimal(1)}
    return tuple(fee_of(row, measures[row.basis], currency.minor_unit) for row in rows)


def problem_texts(problems: list[FieldProblem]) -> Iterator[str]:
    """The problems in English, for stored reasons."""
    for problem in problems:
        yield f"{problem.pointer}: {problem.code}"
