"""What a letter says of settlements that fail, read at once for all of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from backoffice.connectors.letters.wording import Failing
from deals.confirming.models import ReceivedConfirmation
from deals.confirming.state import ConfirmationState
from deals.documents import names_of
from refdata.selectors import reference_data
from settlements.models import Settlement
from settlements.state import Matching


def failing_of(since: Mapping[int, date]) -> dict[int, Failing]:
    """By settlement, what is left of it; `since` says from which day each of them fails."""
    rows: Any = Settlement.objects.filter(pk__in=since).select_related(
        "entity__own_party", "counterparty", "asset", "money_asset", "place"
    )
    found = list(rows.order_by("pk"))
    theirs = _their_references([row.source_id for row in found if row.source_type == "deal"])
    return {
        row.pk: _failing(row, theirs.get(row.source_id, "") if row.source_type == "deal" else "", since[row.pk])
        for row in found
    }  # fmt: skip


def _their_references(deal_ids: Sequence[int]) -> dict[int, str]:
    """What the counterparty calls the deals that it confirmed to us."""
    rows = ReceivedConfirmation.objects.filter(
        deal__in=deal_ids, state=ConfirmationState.MATCHED
    ).order_by("pk")
    return {id: reference for id, reference in rows.values_list("deal_id", "their_ref") if id}


def _failing(row: Any, theirs: str, since: date) -> Failing:
    currency = row.money_asset.code
    return Failing(
        ours=str(row), theirs=theirs, us=names_of(row.entity.own_party),
        them=names_of(row.counterparty), security=names_of(row.asset), isin=row.asset.code,
        quantity=row.quantity - row.settled_quantity, amount=row.amount - row.settled_amount,
        currency=currency, digits=reference_data().minor_units[row.money_asset_id],
        place=names_of(row.place), delivers=row.delivers,
        matched=row.matching == Matching.MATCHED, since=since,
    )  # fmt: skip
