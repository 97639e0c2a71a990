"""The statements of an entity: its books in its base currency, and what the policies of its books make different."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal, localcontext

from backoffice.events.selectors import KnownAt
from backoffice.kernel.errors import Broken
from backoffice.kernel.rounding import half_up_minor
from ledger.accounting.books import EXACT, Books, Figure, books_of
from ledger.accounting.chart import Line
from ledger.accounting.regular_way import POLICY, Category, Policy, Recognised, booked, stated
from ledger.accounting.worths import Worths
from ledger.models import LedgerAccount
from ledger.state import AccountKind
from refdata.dated_rules.rows import rules_as_known
from refdata.models import Book, Entity
from settlements.accounting.owing import not_owed, relabelled
from settlements.accounting.stands import Standing, stands_of

ZERO = Decimal(0)
AS_BOOKED = Policy(Category.FVTPL, Recognised.TRADE_DATE)


def statements_of(
    entity: Entity, day: date, *, known: KnownAt, quoted_until: date | None = None
) -> Books:
    """What an entity has, owes and earned by the end of a day, as known at a watermark; it comes to nothing.

    What was not quoted by then counts by what was quoted first until `quoted_until`, else until the day itself.

    A book whose policy is not that of our books (fair value through profit or loss, trade date) is put right by figures
    on the account of its position. Raises NoRateToValue, AmortisedCostNotReckoned.
    """
    worths = Worths(entity.base_currency, quoted_until or day, known)
    books = books_of(entity, day, worths)
    with localcontext(prec=EXACT):
        figures = relabelled([*books.figures, *_put_right(entity, day, worths, books)])
    return Books(figures, sorted(worths.lacking))


def _put_right(entity: Entity, day: date, worths: Worths, books: Books) -> Iterator[Figure]:
    policies = rules_as_known(worths.known.horizon).by_key(POLICY, day)
    securities = {
        each.asset_id: each.line
        for each in books.figures if each.line in (Line.FVTPL, Line.SOLD_SHORT)
    }  # fmt: skip
    for book in Book.objects.filter(entity=entity).select_related("entity").order_by("code"):
        policy = policies.get(book.code, policies.get("", AS_BOOKED))
        if policy == AS_BOOKED:
            continue
        stands = stands_of(book, day, worths, policy)
        account = _position_of(book) if stands else None
        for asset_id, standing in stands.items():
            line = securities.get(asset_id, Line.FVTPL)
            otherwise = _otherwise(policy, standing, line)
            gain = Figure(
                Line.GAINS, account, asset_id, ZERO, None, otherwise.pop(Line.GAINS, ZERO)
            )
            figures = [gain._replace(line=name, amount=otherwise[name]) for name in otherwise]
            figures += not_owed(policy, standing, worths)
            yield from _rounded(figures, gain, worths.minor_unit)


def _position_of(book: Book) -> int | None:
    rows = LedgerAccount.objects.filter(
        book=book, kind=AccountKind.POSITION, owner_id=book.entity.own_party_id
    )
    return rows.values_list("pk", flat=True).first()


def _otherwise(policy: Policy, standing: Standing, line: Line) -> dict[Line, Decimal]:
    """What the policy says more than our books on each line; of what is owed that is told by deal (`owing`)."""
    change = defaultdict(Decimal, stated(policy, standing.stand))
    for told in (
        booked(standing.stand, line), _coupons(policy, standing, line), _earned(standing),
    ):  # fmt: skip
        for name, amount in told.items():
            change[name] -= amount
    return {
        name: change[name]
        for name in Line if change[name] and name not in (Line.RECEIVABLES, Line.PAYABLES)
    }  # fmt: skip


def _coupons(policy: Policy, standing: Standing, line: Line) -> dict[Line, Decimal]:
    """What our books say of accrued coupons that the policy does not: they accrue from settlement (IFRS 9 B3.1.6), and
    of what is measured through the reserve they are interest, on its line, and no gain.
    """
    held, bought = standing.accrued_held, standing.accrued_bought
    if policy.category == Category.FVTPL:
        return {line: bought, Line.GAINS: -bought}
    of_all = {line: held + bought, Line.GAINS: -held - bought}
    if policy.category == Category.AMORTISED_COST:
        return of_all  # the effective rate has coupons in it
    return of_all | {Line.FVOCI: -held, Line.INTEREST: held}


def _earned(standing: Standing) -> dict[Line, Decimal]:
    """What our books do not say of interest by the effective rate: on what is held, and on what went."""
    return {
        Line.AMORTISED_COST: -standing.earned_held, Line.GAINS_AT_COST: -standing.earned_gone,
        Line.INTEREST: standing.earned_held + standing.earned_gone,
    }  # fmt: skip


def _rounded(figures: Sequence[Figure], gain: Figure, minor_unit: int) -> Iterator[Figure]:
    """Each by itself; what rounding leaves is a gain. All together are nothing: a policy moves no money."""
    if gain.amount + sum((each.amount for each in figures), ZERO):
        raise Broken(f"the policy of an account makes something of nothing: {gain}")
    left = ZERO
    for each in figures:
        amount = half_up_minor(each.amount, minor_unit)
        left -= amount
        yield each._replace(amount=amount)
    if left:
        yield gain._replace(amount=left)
