"""Pages of the books: trial balance → account → entry → event, and positions."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.shortcuts import get_object_or_404
from django.utils import timezone

from backoffice.desk.base import Page, tell_refusal
from backoffice.events.models import Event
from backoffice.events.selectors import KnownAt, known_at
from backoffice.kernel.errors import Refusal
from ledger.models import LedgerAccount
from ledger.selectors import FAR, card_of, entries, postings_of, trial_balance
from ledger.state import AccountKind
from refdata.models import Asset
from refdata.selectors import latest_prices, visible_entity_ids


class AsKnown(Page):
    """A page of balances as of a date, as known at a moment."""

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

    def lines(self) -> list[Any]:
        self.as_of, self.known = self.moment()
        entities = visible_entity_ids(self.user)
        return trial_balance(as_of=self.as_of, known=self.known, entity_ids=entities)


class TrialBalance(AsKnown):
    template_name = "ledger/trial_balance.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        lines = self.lines()
        asset = self.request.GET.get("asset", "")
        shown = [line for line in lines if asset in ("", line.asset)]
        return {
            "lines": shown[:1000],
            "count": len(shown),
            "assets": sorted({line.asset for line in lines}),
            "asset": asset,
            "total": sum(line.amount for line in shown) if asset else None,
            "known": self.known,
        }


class Positions(AsKnown):
    template_name = "ledger/positions.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        held = [line for line in self.lines() if line.kind == AccountKind.HOLDING]
        ids = dict(Asset.objects.filter(code__in={x.asset for x in held}).values_list("code", "id"))
        names = dict(Asset.objects.filter(pk__in=ids.values()).values_list("code", "name"))
        day = timezone.localdate() if self.as_of == FAR else self.as_of
        prices = latest_prices(day, list(ids.values()), horizon=self.known.horizon)
        rows = []
        for line in held[:1000]:
            price = prices.get(ids[line.asset])
            value = line.amount * price.value if price else None
            rows.append({"line": line, "name": names[line.asset], "price": price, "value": value})
        return {"rows": rows, "known": self.known}


class AccountCard(Page):
    permission = "ledger.view_ledger"
    template_name = "ledger/account.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        rows = LedgerAccount.objects.select_related(
            "entity", "owner", "place", "counterparty", "book"
        )
        entities = visible_entity_ids(self.user)
        rows = rows if entities is None else rows.filter(entity_id__in=entities)
        account = get_object_or_404(rows, pk=kwargs["id"])
        asset = get_object_or_404(Asset, code=kwargs["asset"])
        lines = card_of(account.pk, asset.pk, before=self.number("before"))
        return {
            "account": account, "asset": asset, "lines": lines[:50],
            "older": lines[49].id if len(lines) > 50 else None,
        }  # fmt: skip


class ShowEntry(Page):
    permission = "ledger.view_ledger"
    template_name = "ledger/entry.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        entry = get_object_or_404(entries(visible_to=self.user), pk=kwargs["id"])
        events = Event.objects.filter(
            subject_type=entry.source_type, subject_id=entry.source_id
        ).select_related("actor")
        return {
            "entry": entry,
            "postings": postings_of([entry.pk])[entry.pk],
            "events": events.order_by("-id")[:50],
        }


class ShowEvent(Page):
    permission = "events.read_feed"
    template_name = "ledger/event.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        rows = Event.objects.select_related("actor", "sequenced")
        entities = visible_entity_ids(self.user)
        rows = rows if entities is None else rows.filter(entity_id__in=entities)
        return {"event": get_object_or_404(rows, pk=kwargs["id"])}
