"""Reading netting sets: one, many, the settlements within, and what netting saved."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

from django.db.models import QuerySet, Sum
from django.db.models.functions import Abs

from backoffice.access.models import User
from backoffice.kernel.errors import NotFound
from backoffice.kernel.references import number_in
from refdata.scopes import visible
from settlements.models import NettingMember, NettingSet, Settlement
from settlements.netting.eligible import KEY, groups
from settlements.netting.state import BINDING, SetMode, SetState


class Within(NamedTuple):
    """A settlement of a set and what it brings: signed, above zero received."""

    settlement: Settlement
    quantity: Decimal
    amount: Decimal


def netting_sets(*, visible_to: User) -> QuerySet[NettingSet]:
    """Those of the entities that a person sees whole."""
    rows = NettingSet.objects.select_related(
        "entity", "counterparty", "owner", "place", "agreement", "asset", "money_asset"
    ).order_by("-id")
    return visible(rows, visible_to)


def netting_set(reference: str, *, visible_to: User) -> NettingSet:
    """The set of a reference such as `NT-12`. Raises NotFound."""
    id = number_in(reference, "NT", "netting set")
    row = netting_sets(visible_to=visible_to).filter(pk=id).first()
    if row is None:
        raise NotFound(what="netting set", reference=reference)
    return row


def within(row: NettingSet, *, limit: int | None = None) -> list[Within]:
    """What it is agreed on with, or while it is open what it would be agreed on with now; in ascending id."""
    if row.state != SetState.OPEN or row.mode != SetMode.PAYMENTS:
        members = NettingMember.objects.filter(netting_set=row).order_by("settlement_id")
        members = members.select_related("settlement__money_asset", "settlement__asset")[:limit]
        return [Within(each.settlement, each.quantity, each.amount) for each in members]
    key = tuple(getattr(row, name) for name in KEY)
    found = groups(since=row.due_date, until=row.due_date)
    ids = next((group.ids for group in found if group.key == key), [])
    rows = Settlement.objects.filter(pk__in=ids[:limit]).order_by("pk")
    return [
        Within(each, Decimal(0), each.amount if each.delivers else -each.amount)
        for each in rows.select_related("money_asset", "asset")
    ]


class Saved(NamedTuple):
    """What live sets of a currency come to: how many settlements and how much, gross and net."""

    currency: str
    size: int
    gross: Decimal
    net: Decimal

    @property
    def share(self) -> Decimal:
        """How much of the gross does not move, in per cent."""
        return round((self.gross - self.net) / self.gross * 100, 1) if self.gross else Decimal(0)


def saved_by_currency(*, visible_to: User) -> list[Saved]:
    """What the sets save that are open or agreed on and not settled."""
    rows = netting_sets(visible_to=visible_to).filter(state__in=(SetState.OPEN, *BINDING))
    found = rows.order_by("money_asset__code").values("money_asset__code").annotate(
        size=Sum("count"), gross=Sum("gross_amount"), net=Sum(Abs("amount"))
    )  # fmt: skip
    return [Saved(*row) for row in found.values_list("money_asset__code", "size", "gross", "net")]


def nets_of(row: NettingSet) -> Sequence[Settlement]:
    """The settlements that settle it, where it is agreed."""
    rows = Settlement.objects.filter(source_type="set", source_id=row.pk)
    return list(rows.exclude(cancellation="AGREED").order_by("pk"))
