"""Deals that take the place of others: the parts of a block, or the block of some fills.

The room that the others had under limits passes to them under its lock: nobody gets in between.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import connection, transaction

from backoffice.access.models import User
from backoffice.events.retrying import retried
from backoffice.kernel.decimals import plain
from backoffice.kernel.errors import Conflict, FieldProblem, Invalid, NotFound
from backoffice.kernel.i18n import gettext_noop
from backoffice.workflow.transitions import Step, advance
from deals.allocating.rules import (
    MOST_SHARES,
    Share,
    Units,
    Whole,
    added,
    average_price,
    different,
    quantities_of,
    split,
)
from deals.capturing.candidates import Candidate
from deals.capturing.capture import capture_deals
from deals.capturing.intake import ForRepair, InvalidDeal, candidate_of
from deals.capturing.schema import terms_of
from deals.exposing.exposure import needs_of
from deals.models import Deal, FlowKind
from deals.processing.steps import end_deal_cases
from deals.repairing.steps import held_by_repair
from deals.selectors import deals, flows_of, posted_terms
from deals.services import SOURCE
from deals.state import DealState
from deals.terms import Amounts, FlowTerms
from limits.models import Reservation
from limits.rules import LimitRequest
from limits.services import give_back_all, lock_headrooms
from refdata.selectors import reference_data

# What a fill has of its own; in everything else the fills of a block are alike.
OWN = frozenset({
    "external_ref", "quantity", "price", "traded_at", "fees", "uti", "execution", "trader", "origin",
})  # fmt: skip


class FillsDiffer(Invalid):
    code = "fills-differ"
    title = gettext_noop("These are not fills of one block")
    detail = gettext_noop("They differ in: %(members)s.")
    hint = gettext_noop("Group deals on the same terms that nobody has confirmed.")


class TooManyParts(Invalid):
    code = "too-many-parts"
    title = gettext_noop("There are too many parts, or too few")
    detail = gettext_noop("A block has from 1 to %(most)s parts.")
    hint = gettext_noop("Allocate it in two steps.")


class TooLateToGroup(Conflict):
    code = "too-late-to-group"
    title = gettext_noop("Only captured deals are grouped")
    detail = gettext_noop("%(deal)s is %(state)s.")
    hint = gettext_noop("Group fills before they are confirmed.")


def parts_of(row: Any, shares: Sequence[Share], *, actor: User, at: datetime) -> list[Candidate]:
    """The parts of a block as deals to be captured, of everything their exact share.

    Raises SharesDiffer, TooManyParts, InvalidDeal, OutOfScope.
    """
    if not 0 < len(shares) <= MOST_SHARES:
        raise TooManyParts(most=MOST_SHARES)
    whole, units = whole_of(row), _units(row)
    quantities = quantities_of(whole.quantity, shares, decimals=units.of_quantity)
    parts = split(whole, quantities, units)
    now = posted_terms(row)
    now["trader"] = now.get("trader") or row.captured_by.username
    first = (
        Deal.objects.filter(block_id=row.pk).count() + 1
    )  # those of an allocation taken back stay
    return [
        candidate_like(_of_share(now, row, number, share, part), part, actor=actor, at=at)
        for number, (share, part) in enumerate(zip(shares, parts, strict=True), start=first)
    ]


def whole_of(row: Any) -> Whole:
    """What a deal comes to, as it is stored."""
    flows = tuple(
        FlowTerms(f.kind, f.direction, f.asset_id, f.quantity, f.due_date)
        for f in flows_of(row.pk, row.version)
    )
    fees = tuple(flow.quantity for flow in flows if flow.kind == FlowKind.FEE)
    return Whole(row.quantity, Amounts(row.gross_amount, fees, row.net_amount), flows)


def _units(row: Any) -> Units:
    """Money is split in minor units, a security in the decimals in which the block was dealt."""
    reference = reference_data()
    currencies, minor = reference.currencies, reference.minor_units
    exponent = row.quantity.normalize().as_tuple().exponent
    dealt = max(0, -int(exponent))
    base = row.details.get("pair", "")[:3]
    of_quantity = currencies[base].minor_unit if base in currencies else dealt
    money = currencies[row.currency]
    return Units(
        of_quantity, money.minor_unit, money.asset_id, lambda asset: minor.get(asset, dealt)
    )


def _of_share(
    now: Mapping[str, Any], row: Any, number: int, share: Share, part: Whole
) -> dict[str, Any]:
    reference = f"{row.external_ref}/{number}"
    document = {
        **now, "external_ref": reference if len(reference) <= 64 else f"{row}/{number}",
        "quantity": plain(part.quantity), "book": share.book,
    }  # fmt: skip
    for name in ("capacity", "client", "account"):
        if value := getattr(share, name):
            document[name] = value
    if document.get("capacity") == "OWN":
        document = {k: v for k, v in document.items() if k not in ("client", "account")}
    if "fees" in document:  # what was agreed is what is split, whatever the schedule says
        ours = iter(part.amounts.fees)
        document["fees"] = [
            {**fee, "amount": plain(next(ours, Decimal(0)))}
            for fee in document["fees"]
            if fee.get("payer", "US") == "US"
        ]
    return document


def candidate_like(
    document: Mapping[str, Any], whole: Whole, *, actor: User, at: datetime
) -> Candidate:
    """A deal on these terms that comes to exactly that."""
    try:
        found = candidate_of(terms_of(dict(document)), actor=actor, at=at)
    except ForRepair as waiting:
        raise InvalidDeal(waiting.problems, count=len(waiting.problems)) from None
    deal = replace(found.deal, amounts=whole.amounts, flows=whole.flows)
    needs = needs_of(deal, reference_data(), trader=actor.username)
    request = LimitRequest([need.as_need() for need in needs], binding=deal.executed)
    return replace(found, deal=deal, needs=needs, request=request)


@transaction.atomic
def take_over(
    candidates: Sequence[Candidate], *, step: str, replaced: Sequence[int], block: int | None,
    reason: str, actor: User, at: datetime, ended: Mapping[str, Sequence[int]] | None = None,
) -> list[int]:  # fmt: skip
    """Capture deals in place of others, which the caller has locked; return their ids.

    `step` is what becomes of the others. Their block is `block`, or it is the deal that is captured.
    Raises AnotherStepFirst, LimitExceeded and what else a capture is refused with; nothing has happened then.
    """
    for refusal in held_by_repair(replaced).values():
        raise refusal
    held = Reservation.objects.filter(
        source_type=SOURCE, source_id__in=replaced, state="COMMITTED"
    ).values_list("limit_id", flat=True)
    wanted = {need.limit.id for candidate in candidates for need in candidate.needs}
    lock_headrooms({*held, *wanted}, at=at)  # all of them now, in ascending order
    give_back_all({SOURCE: list(replaced), **(ended or {})}, state="RELEASED")
    captured = []
    for outcome in capture_deals(candidates, instead_of=replaced):
        if outcome.refusal is not None:
            raise outcome.refusal
        assert outcome.deal_id is not None
        captured.append(outcome.deal_id)
    facts = {"deals": [f"D-{id}" for id in captured]}
    steps = [Step(id, reason, facts) for id in sorted(replaced)]
    for refusal in advance(Deal, step, steps, actor=actor, at=at).refused.values():
        raise refusal
    end_deal_cases(sorted(replaced), reason="Others took its place.", actor=actor, at=at)
    parts = captured if block else list(replaced)
    Deal.objects.filter(pk__in=parts).update(block_id=block or captured[0])
    return captured


@retried()
@transaction.atomic
def group_fills(
    *, ids: Sequence[int], external_ref: str, reason: str, actor: User, at: datetime
) -> int:
    """Make one block of fills on the same terms, at their average price; return its id.

    Its amounts are the sums of theirs, to the last unit. Raises FillsDiffer, TooLateToGroup,
    DuplicateDeal, and whatever else a capture is refused with.
    """
    if not 0 < len(ids) <= MOST_SHARES:
        raise TooManyParts(most=MOST_SHARES)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT 1 FROM deals_deal WHERE id = ANY(%s) ORDER BY id FOR UPDATE", [list(ids)]
        )
    rows: list[Any] = list(deals(visible_to=actor).filter(pk__in=ids).order_by("pk"))
    if len(rows) < len(set(ids)):
        raise NotFound(what="deal", reference=", ".join(f"D-{id}" for id in ids))
    for row in rows:
        if row.state != DealState.CAPTURED:
            raise TooLateToGroup(deal=str(row), state=row.state)
    documents = [posted_terms(row) | {"trade_date": row.trade_date} for row in rows]
    members = different(documents, OWN)
    if members:
        raise FillsDiffer(
            [
                FieldProblem(f"/{name}", FillsDiffer.code, FillsDiffer.title, FillsDiffer.hint)
                for name in members
            ],
            members=", ".join(members),
        )
    candidate = candidate_like(
        _of_block(rows, documents, external_ref), added([whole_of(row) for row in rows]),
        actor=actor, at=at,
    )  # fmt: skip
    (block,) = take_over(
        [candidate], step="group", replaced=[row.pk for row in rows], block=None, reason=reason,
        actor=actor, at=at,
    )  # fmt: skip
    return block


def _of_block(
    rows: Sequence[Any], documents: Sequence[Mapping[str, Any]], external_ref: str
) -> dict[str, Any]:
    """The terms of the block: those that all fills have, their average price, the last fill's time."""
    last = max(rows, key=lambda row: row.traded_at)
    document = {
        **{k: v for k, v in documents[0].items() if k not in OWN and k != "trade_date"},
        "external_ref": external_ref, "traded_at": last.traded_at.isoformat(),
        "quantity": plain(sum((row.quantity for row in rows), Decimal(0))),
        "trader": documents[0].get("trader") or rows[0].captured_by.username,
    }  # fmt: skip
    if "price" in documents[0]:
        document["price"] = plain(average_price([(row.quantity, row.price) for row in rows]))
    fees = [fee for each in documents for fee in each.get("fees", ())]
    return document | ({"fees": fees} if fees else {})
