"""The list of confirmations as data: theirs and ours side by side."""

from __future__ import annotations

from typing import Any

from django.db.models import OuterRef, QuerySet, Subquery
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from backoffice.access.models import User
from backoffice.desk.listings import link
from backoffice.desk.lists import Listing
from backoffice.desk.tables import Column
from backoffice.templatetags import desk
from deals.confirming.filters import ConfirmationFilter
from deals.confirming.models import ReceivedConfirmation
from deals.confirming.selectors import confirmations
from deals.models import DealVersion


def _rows(user: User) -> QuerySet[ReceivedConfirmation]:
    """With what we say of the version each was held against."""
    ours = DealVersion.objects.filter(deal=OuterRef("deal_id"), number=OuterRef("deal_version"))
    names = ("quantity", "net_amount", "currency")
    return confirmations(visible_to=user).annotate(
        **{f"our_{name}": Subquery(ours.values(name)[:1]) for name in names}
    )


def _side(row: Any) -> str:
    if row.is_money:
        return gettext("They lend") if row.side == "sell" else gettext("They borrow")
    return gettext("They sell") if row.side == "sell" else gettext("They buy")


CONFIRMATIONS = Listing(
    name="confirmations",
    title=_("Confirmations"),
    empty=_("No confirmations fit. What counterparties send over REST or in a file appears here, matched at once."),
    rows=_rows,
    filters=ConfirmationFilter,
    fields={
        "status": _("State"), "counterparty": _("Counterparty"), "their_ref": _("Their reference"),
        "deal": _("Deal"), "trade_date_after": _("Traded from"), "trade_date_before": _("Traded until"),
    },
    opens=lambda row: reverse("confirmation", args=[str(row)]),
    columns=(
        Column(_("Confirmation"), "reference", write=lambda c: link("confirmation", c)),
        Column(_("State"), "state", "state"),
        Column(_("Deal"), "deal_id", write=lambda c: desk.ref("deal", c.deal_id) if c.deal_id else ""),
        Column(_("Counterparty"), "sender", "name"),
        Column(_("Side"), "side", write=_side),
        Column(_("Instrument"), "told", "code"),
        Column(_("Their quantity"), "quantity", "quantity"),
        Column(_("Our quantity"), "our_quantity", "quantity"),
        Column(_("Their amount"), "amount", "money", "currency"),
        Column(_("Our amount"), "our_net_amount", "money", "our_currency"),
        Column(_("Currency"), "currency"),
        Column(_("Trade date"), "trade_date", "day"),
        Column(_("Settlement date"), "settlement_date", "day"),
        Column(_("Their reference"), "their_ref", "code"),
        Column(_("Price"), "price", "price", usual=False),
        Column(_("Our reference"), "our_ref", "code", usual=False),
        Column(_("UTI"), "uti", "code", usual=False),
        Column(_("Place"), "place", "code", usual=False),
        Column(_("Version"), "number", "number", usual=False),
        Column(_("Received"), "received_at", "moment", usual=False),
    ),
)  # fmt: skip
