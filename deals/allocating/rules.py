"""Sharing out a block, and making a block of fills: everything sums exactly. Pure.

Nothing is worked out anew: quantity, amounts, fees and flows of the block are split by the shares, what
is left over going to the largest remainders, so that each of them sums to the block's to the last unit.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import NamedTuple

from backoffice.kernel.decimals import plain
from backoffice.kernel.errors import FieldProblem, Invalid
from backoffice.kernel.i18n import gettext_noop
from backoffice.kernel.rounding import allocate
from deals.terms import Amounts, FlowTerms

MOST_SHARES = 200
WHOLE = Decimal(100)
AVERAGE_DECIMALS = Decimal("1e-8")  # of the average price, half up


class SharesDiffer(Invalid):
    code = "shares-differ"
    title = gettext_noop("The shares do not come to the whole")
    detail = gettext_noop("They come to %(sum)s of %(whole)s.")
    hint = gettext_noop("Name every share by its quantity, or every one in percent.")


class Share(NamedTuple):
    """Where a part of a block goes, and how much of it: a quantity, or percent."""

    book: str
    quantity: Decimal | None = None
    percent: Decimal | None = None
    capacity: str = ""
    client: str = ""
    account: str = ""


class Whole(NamedTuple):
    """What a deal comes to, as far as it can be split or added up."""

    quantity: Decimal
    amounts: Amounts
    flows: tuple[FlowTerms, ...]


@dataclass(frozen=True, slots=True)
class Units:
    """In which steps each asset is split: how many decimals it has."""

    of_quantity: int
    of_money: int
    money_id: int
    of_asset: Callable[[int], int]


def quantities_of(whole: Decimal, shares: Sequence[Share], *, decimals: int) -> list[Decimal]:
    """The quantity of each share. Raises SharesDiffer, with what is wrong beside each share."""
    problems = [p for number, share in enumerate(shares) for p in _wrong(number, share, decimals)]
    given = [s.quantity for s in shares if s.quantity is not None]
    percents = [s.percent for s in shares if s.percent is not None]
    total, wanted = (sum(percents), WHOLE) if percents else (sum(given), whole)
    if problems or (given and percents) or total != wanted or not shares:
        raise SharesDiffer(problems, sum=plain(Decimal(total)), whole=plain(wanted))
    if not percents:
        return given
    found = allocate(whole, percents, decimals)
    nothing = [_problem(n, "nothing-left") for n, quantity in enumerate(found) if not quantity]
    if nothing:
        raise SharesDiffer(nothing, sum=plain(Decimal(total)), whole=plain(wanted))
    return found


def _wrong(number: int, share: Share, decimals: int) -> list[FieldProblem]:
    size = share.quantity if share.quantity is not None else share.percent
    if size is None or (share.quantity is not None and share.percent is not None) or size <= 0:
        return [_problem(number, "bad-share")]
    if share.quantity is not None and share.quantity != round(share.quantity, decimals):
        return [_problem(number, "too-many-decimals")]
    return []


def _problem(number: int, code: str) -> FieldProblem:
    return FieldProblem(
        f"/shares/{number}", code, gettext_noop("The share is no quantity above zero of the block."),
        gettext_noop("Name a quantity or percent, in the smallest units of the block or more."),
    )  # fmt: skip


def split(whole: Whole, quantities: Sequence[Decimal], units: Units) -> list[Whole]:
    """The parts of a whole, by their quantities; of each flow and amount they sum to the whole's."""

    def parts(total: Decimal, decimals: int) -> list[Decimal]:
        return allocate(total, quantities, decimals)

    gross = parts(whole.amounts.gross, units.of_money)
    fees = [parts(fee, units.of_money) for fee in whole.amounts.fees]
    flows = [parts(flow.quantity, units.of_asset(flow.asset_id)) for flow in whole.flows]
    split_flows = [
        tuple(
            flow._replace(quantity=share[n])
            for flow, share in zip(whole.flows, flows, strict=True)
            if share[n]
        )
        for n in range(len(quantities))
    ]
    beside = whole.amounts.net - whole.amounts.gross
    between = [_beside(each, whole.flows, units.money_id) for each in split_flows]
    if beside != _beside(whole.flows, whole.flows, units.money_id):
        between = parts(beside, units.of_money)
    return [
        Whole(
            quantity,
            Amounts(gross[n], tuple(fee[n] for fee in fees), gross[n] + between[n]),
            split_flows[n],
        )
        for n, quantity in enumerate(quantities)
    ]


def _beside(flows: Sequence[FlowTerms], of: Sequence[FlowTerms], money_id: int) -> Decimal:
    """What is paid with the price, fees and accrued interest, in the direction of the money of a deal."""
    paid = [f.direction for f in of if f.kind == "PRINCIPAL" and f.asset_id == money_id]
    return sum(
        (
            flow.quantity if flow.direction == next(iter(paid), "PAY") else -flow.quantity
            for flow in flows
            if flow.kind in ("FEE", "ACCRUED") and flow.asset_id == money_id
        ),
        Decimal(0),
    )


def added(wholes: Sequence[Whole]) -> Whole:
    """What fills come to together: quantity, amounts and flows are their sums."""
    flows: dict[tuple[object, ...], FlowTerms] = {}
    for whole in wholes:
        for flow in whole.flows:
            key = (flow.kind, flow.direction, flow.asset_id, flow.due_date)
            known = flows.get(key)
            flows[key] = flow if known is None else known._replace(
                quantity=known.quantity + flow.quantity
            )  # fmt: skip
    amounts = [whole.amounts for whole in wholes]
    return Whole(
        sum((whole.quantity for whole in wholes), Decimal(0)),
        Amounts(
            sum((each.gross for each in amounts), Decimal(0)),
            tuple(fee for each in amounts for fee in each.fees),
            sum((each.net for each in amounts), Decimal(0)),
        ),
        tuple(flows.values()),
    )


def average_price(fills: Sequence[tuple[Decimal, Decimal]]) -> Decimal:
    """The prices weighted by the quantities, half up to 8 decimals.

    It tells the average; the amounts of a block are the sums of its fills, and not this times quantity.
    """
    quantity = sum((q for q, _ in fills), Decimal(0))
    total = sum((q * p for q, p in fills), Decimal(0))
    return (total / quantity).quantize(AVERAGE_DECIMALS, ROUND_HALF_UP)


def different(documents: Sequence[Mapping[str, object]], own: frozenset[str]) -> list[str]:
    """The members, but those that each fill has of its own, in which some differ from the first."""
    first = documents[0]
    names = {name for document in documents for name in document} - own
    return sorted(
        name for name in names if any(each.get(name) != first.get(name) for each in documents)
    )
