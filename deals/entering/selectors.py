"""Reading the latest deals with a counterparty, as far as a person sees them."""

from __future__ import annotations

from backoffice.access.models import User
from deals.entering.rules import Dealt
from deals.models import Deal, DealVersion
from refdata.scopes import visible

LATEST = 200


def latest_with(party: str, *, visible_to: User) -> list[Dealt]:
    """The latest deals with a party that were not cancelled, the newest first."""
    deals = Deal.objects.filter(counterparty__code=party).exclude(
        state__in=("CANCELLED", "REPLACED")
    )
    ids = list(
        visible(deals, visible_to, book="book_id").order_by("-id").values_list("pk", flat=True)[:LATEST]
    )  # fmt: skip
    versions: dict[int, DealVersion] = {}
    for row in DealVersion.objects.filter(deal__in=ids).order_by("number"):
        versions[row.deal_id] = row
    rows = Deal.objects.filter(pk__in=ids).select_related("book", "instrument__asset")
    return [_dealt(deal, versions[deal.pk]) for deal in rows.order_by("-id")]


def _dealt(deal: Deal, version: DealVersion) -> Dealt:
    return Dealt(
        deal.pk, deal.product, version.side, deal.instrument.asset.code if deal.instrument else "",
        version.details.get("pair", ""), deal.book.code, deal.trade_date, version.quantity, version.price,
        version.currency, version.gross_amount, version.method, deal.capacity,
    )  # fmt: skip
