"""Pages of the books: trial balance → account → entry → event, and positions."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext

from backoffice.desk import balances, listings, totals
from backoffice.desk.base import Page, tell_refusal
from backoffice.desk.computed import ComputedList
from backoffice.desk.lists import ListView, Shown
from backoffice.events.models import Event
from backoffice.events.selectors import KnownAt, known_at
from backoffice.kernel.errors import Refusal
from backoffice.seen import about_seen
from backoffice.templatetags import desk
from ledger.selectors import FAR, accounts, card_of, entries, postings_of, trial_balance
from ledger.state import AccountKind
from reconciliation.matching.selectors import matched
from refdata.firm_days import firm_day
from refdata.models import Asset
from refdata.scopes import scope_of

VIEW_MATCH = "reconciliation.view_match"


class AtMoment(Page):
    """A page of the books as of a date, as known at a moment."""

    permission = "ledger.view_ledger"

    def moment(self) -> tuple[date, KnownAt]:
        query = self.request.GET
        try:
            as_of = date.fromisoformat(query.get("as_of", ""))
        except ValueError:
            as_of = FAR
        try:
            then = datetime.fromisoformat(query.get("known_at", ""))
            known = known_at(then if then.tzinfo else timezone.make_aware(then))
        except ValueError:
            known = known_at(None)
        except Refusal as refusal:
            tell_refusal(self.request, refusal)
            known = known_at(None)
        return as_of, known


class AsKnown(AtMoment, ComputedList):
    """A list of balances as of a date, as known at a moment; computed whole, shown in pages."""

    template_name = "ledger/as_known.html"

    def lines(self) -> list[Any]:
        self.as_of, self.known = self.moment()
        return trial_balance(as_of=self.as_of, known=self.known, scope=scope_of(self.user))

    def chosen(self, lines: list[Any]) -> list[Any]:
        """The lines of the asset in the address, or all of them, in an order that a page can go on in."""
        self.asset = self.request.GET.get("asset", "")
        self.assets = sorted({line.asset for line in lines})
        return [line for line in lines if self.asset in ("", line.asset)]

    def more(self) -> dict[str, Any]:
        return {"known": self.known, "assets": self.assets, "asset": self.asset}


class TrialBalance(AsKnown):
    listing = balances.TRIAL_BALANCE

    def filtered(self) -> Any:
        self.shown_lines = self.chosen(self.lines())
        return [balances.line_row(line) for line in self.shown_lines]

    def shown(self) -> Shown:
        found = super().shown()
        if self.asset:
            total = sum((line.amount for line in self.shown_lines), Decimal(0))
            found.subtitle = gettext("sum of debits less credits: %(total)s") % {
                "total": desk.asset_amount(total, self.asset)
            }
        return found


class Positions(AsKnown):
    listing = balances.POSITIONS

    def filtered(self) -> Any:
        held = self.chosen([line for line in self.lines() if line.kind == AccountKind.HOLDING])
        day = firm_day(timezone.now()) if self.as_of == FAR else self.as_of
        return balances.valued(held, day, self.known)


class AccountCard(ListView):
    permission = "ledger.view_ledger"
    template_name = "ledger/account.html"
    listing = balances.CARD

    def filtered(self) -> Any:
        self.account = get_object_or_404(accounts(visible_to=self.user), pk=self.kwargs["id"])
        self.money = get_object_or_404(Asset, code=self.kwargs["asset"])
        return None

    def fetch(self, rows: Any, before: int | None, limit: int) -> list[Any]:
        found: list[Any] = []
        while len(found) < limit:  # the selector gives a page of 50 and one more
            more = card_of(self.account.pk, self.money.pk, before=before)
            found += [balances.card_row(line, self.money.code) for line in more[:50]]
            if len(more) <= 50:
                break
            before = more[49].id
        return found[:limit]

    def key_of(self, row: Any) -> int:
        return int(row["id"])

    def counted(self, rows: Any) -> totals.Total:
        return totals.Total("")

    def more(self) -> dict[str, Any]:
        return {"account": self.account, "asset": self.money}


class Journal(ListView):
    permission = "ledger.view_ledger"
    template_name = "ledger/journal.html"
    listing = listings.ENTRIES


class Events(ListView):
    permission = "events.read_feed"
    listing = listings.EVENTS


class ShowEntry(Page):
    permission = "ledger.view_ledger"
    template_name = "ledger/entry.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        entry = get_object_or_404(entries(visible_to=self.user), pk=kwargs["id"])
        events = Event.objects.filter(
            about_seen(self.user), subject_type=entry.source_type, subject_id=entry.source_id
        ).select_related("actor")
        return {
            "entry": entry,
            "postings": postings_of([entry.pk])[entry.pk],
            "matched": matched(entries=[entry.pk]) if self.user.has_perm(VIEW_MATCH) else (),
            "events": events.order_by("-id")[:50],
        }


class ShowEvent(Page):
    permission = "events.read_feed"
    template_name = "ledger/event.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        rows = Event.objects.select_related("actor", "sequenced").filter(about_seen(self.user))
        return {"event": get_object_or_404(rows, pk=kwargs["id"])}
