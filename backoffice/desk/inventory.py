"""Pages of the inventory: what can be delivered and paid, and the rows that make one number of it."""

from __future__ import annotations

from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from backoffice.desk.base import Page, tell_refusal
from backoffice.desk.computed import ComputedList, by_its_page
from backoffice.desk.lists import Listing
from backoffice.desk.tables import Column
from backoffice.kernel.errors import Refusal
from backoffice.templatetags import desk
from ledger.models import LedgerAccount
from refdata.models import Asset, CreditLine, Earmark, Restriction
from refdata.scopes import scope_of
from settlements.inventory.selectors import Asked, Line, due_of, lines

LONGEST = 200  # open settlements on the page of one row


KEYS = ("entity", "place", "owner", "asset")


def _address(row: Any) -> str:
    query = urlencode({name: row[name] for name in (*KEYS, "on")})
    return f"{reverse('inventory-row')}?{query}"


def _free(row: Any) -> SafeString:
    shown = format_html('<a href="{}">{}</a>', _address(row), desk.quantity(row["free"]))
    if not row["restrictions"]:
        return shown
    return format_html('{} <span class="badge bad">{}</span>', shown, gettext("restricted"))


INVENTORY = Listing(
    name="inventory",
    title=_("Inventory"),
    empty=_("Nobody holds anything there. A row appears when something is held, or is due to come."),
    rows=by_its_page,
    opens=_address,
    columns=(
        Column(_("Entity"), "entity"),
        Column(_("Place"), "place", "code"),
        Column(_("Owner"), "owner", "code"),
        Column(_("Asset"), "asset", "code"),
        Column(_("Settled"), "settled", "quantity"),
        Column(_("Set apart"), "set_apart", "quantity"),
        Column(_("Credit line"), "credit_line", "quantity", usual=False),
        Column(_("Sent"), "sent", "quantity"),
        Column(_("Free"), "free", "quantity", write=_free),
        Column(_("Comes"), "comes", "quantity"),
        Column(_("Goes"), "goes", "quantity"),
        Column(_("By the value date"), "projected", "quantity"),
    ),
)  # fmt: skip


def row_of(line: Line, on: date) -> dict[str, Any]:
    return {
        "on": on.isoformat(),
        "entity": line.entity, "place": line.place, "owner": line.owner, "asset": line.asset,
        "settled": line.held.settled, "set_apart": line.held.set_apart,
        "credit_line": line.held.credit_line, "restrictions": line.held.restrictions,
        **line.expected._asdict(), "free": line.free, "projected": line.projected,
    }  # fmt: skip


class OnDay(Page):
    """A page of the inventory for the value date in the address, or today."""

    permission = "ledger.view_ledger"

    def day(self) -> date:
        try:
            return date.fromisoformat(self.request.GET.get("on", ""))
        except ValueError:
            return timezone.localdate()


class Inventory(OnDay, ComputedList):
    template_name = "ledger/inventory.html"
    listing = INVENTORY
    keys = ("place", "owner", "asset")

    def filtered(self) -> Any:
        self.asked = {name: self.request.GET.get(name, "").strip() for name in self.keys}
        try:
            found = lines(Asked(on=self.day(), **self.asked), scope=scope_of(self.user))
        except Refusal as refusal:
            tell_refusal(self.request, refusal)
            found = []
        return [row_of(line, self.day()) for line in found]

    def more(self) -> dict[str, Any]:
        return {"on": self.day(), "asked": self.asked}


class ShowInventory(OnDay):
    """One number, and every row that it is made of: postings, earmarks, lines, restrictions, what is due."""

    template_name = "ledger/inventory_row.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not all(request.GET.get(name) for name in KEYS):
            return redirect("inventory")
        return self.render_to_response(self.get_context_data())

    def line(self, on: date) -> Line:
        """The row that the address names. Raises Http404."""
        query = self.request.GET
        asked = Asked(on=on, place=query["place"], owner=query["owner"], asset=query["asset"])
        try:
            found = lines(asked, scope=scope_of(self.user))
        except Refusal as refusal:
            raise Http404(str(refusal)) from None
        for row in found:
            if row.entity == query["entity"]:
                return row
        raise Http404("nothing is held there")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        on = self.day()
        line = self.line(on)
        entity, owner, place, asset = line.key
        key = {"entity_id": entity, "owner_id": owner, "place_id": place}
        account = LedgerAccount.objects.filter(**key, kind__in=("HOLDING", "CASH"), book=None)
        money = Asset.objects.filter(pk=asset, kind="CURRENCY").exists()
        kind = "CASH" if money else "HOLDING"
        earmarks = Earmark.objects.filter(**key, asset_id=asset, valid_from__lte=on)
        return {
            "line": line, "held": line.held, "on": on, "limit": LONGEST,
            "account": account.filter(kind=kind).first(),
            "earmarks": earmarks.exclude(valid_until__lte=on).order_by("id"),
            "credit_lines": CreditLine.objects.filter(**key, currency=line.asset, valid_from__lte=on)
            .exclude(valid_until__lte=on).order_by("id"),
            "restrictions": Restriction.objects.filter(pk__in=line.held.restrictions).order_by("id"),
            "due": due_of(line, on=on, limit=LONGEST),
        }  # fmt: skip
