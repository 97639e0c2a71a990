"""Pages of the inventory: what can be delivered and paid, and the rows that make one number of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
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

from backoffice.access.models import User
from backoffice.desk.base import Page, tell_refusal
from backoffice.desk.computed import ComputedList
from backoffice.desk.lists import Listing
from backoffice.desk.naming import ASSET, OWNER, PLACE, called, names_of
from backoffice.desk.tables import Column
from backoffice.kernel.errors import Refusal
from backoffice.templatetags import desk
from ledger.models import LedgerAccount
from refdata.firm_days import firm_day
from refdata.models import Asset, CreditLine, Earmark, Restriction
from refdata.scopes import scope_of
from settlements.inventory.selectors import Asked, Line, due_of, lines

LONGEST = 200  # open settlements on the page of one row


KEYS = ("entity", "place", "owner", "asset")


def _address(row: Any) -> str:
    query = urlencode({name: row[name] for name in (*KEYS, "on")})
    return f"{reverse('inventory-row')}?{query}"


def _amount(name: str) -> Callable[[Any], str]:
    """Money in its minor units, securities as quantities; nothing is a dash."""
    return lambda row: desk.asset_amount(row[name], row["asset"]) if row[name] else desk.NOTHING


def _name(rows: Sequence[Any], user: User) -> None:
    """What the codes of a page stand for, asked at once."""
    names = names_of((kind, row[kind]) for row in rows for kind in (OWNER, PLACE, ASSET))
    for row in rows:
        row["names"] = names


def _free(row: Any) -> SafeString:
    shown = format_html('<a href="{}">{}</a>', _address(row), _amount("free")(row))
    if not row["restrictions"]:
        return shown
    return format_html('{} <span class="badge bad">{}</span>', shown, gettext("restricted"))


INVENTORY = Listing(
    name="inventory",
    title=_("Inventory"),
    empty=_("Nobody holds anything there. A row appears when something is held, or is due to come."),
    rows=None,
    opens=_address,
    prepare=_name,
    columns=(
        Column(_("Entity"), "entity"),
        Column(_("Place"), "place", write=called(PLACE)),
        Column(_("Owner"), "owner", write=called(OWNER)),
        Column(_("Asset"), "asset", write=called(ASSET)),
        Column(_("Free"), "free", "quantity", write=_free),
        Column(_("Settled"), "settled", "quantity", write=_amount("settled")),
        Column(_("Set apart"), "set_apart", "quantity", write=_amount("set_apart")),
        Column(_("Credit line"), "credit_line", "quantity", usual=False, write=_amount("credit_line")),
        Column(_("Sent"), "sent", "quantity", write=_amount("sent")),
        Column(_("Comes"), "comes", "quantity", write=_amount("comes")),
        Column(_("Goes"), "goes", "quantity", write=_amount("goes")),
        Column(_("By the value date"), "projected", "quantity", write=_amount("projected")),
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
            return firm_day(timezone.now())


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
        names = names_of([(OWNER, line.owner), (PLACE, line.place), (ASSET, line.asset)])
        return {
            "line": line, "held": line.held, "owner": names[OWNER, line.owner],
            "at_place": names[PLACE, line.place],
            "asset": names[ASSET, line.asset], "on": on, "limit": LONGEST,
            "account": account.filter(kind=kind).first(),
            "earmarks": earmarks.exclude(valid_until__lte=on).order_by("id"),
            "credit_lines": CreditLine.objects.filter(**key, currency=line.asset, valid_from__lte=on)
            .exclude(valid_until__lte=on).order_by("id"),
            "restrictions": Restriction.objects.filter(pk__in=line.held.restrictions).order_by("id"),
            "due": due_of(line, on=on, limit=LONGEST),
        }  # fmt: skip
