"""The lists of the desk as data: their columns, filters, sums, and what a row opens."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from backoffice.access.models import User
from backoffice.desk.deal_words import PRODUCTS, dealt_in, side_words
from backoffice.desk.lists import Listing, opens
from backoffice.desk.run_words import cycle_words
from backoffice.desk.tables import Column
from backoffice.desk.words import problem_words
from backoffice.events.models import Event
from backoffice.seen import about_seen
from backoffice.templatetags import desk
from deals import selectors as dealing
from deals.filters import DealFilter, InboundFilter
from deals.state import InboundState
from ledger.filters import (
    EntryFilter,
    PoolFilter,
)
from ledger.lots.selectors import pools
from ledger.selectors import entries
from settlements import selectors as settling
from settlements.filters import SettlementFilter


def link(name: str, text: Any) -> Any:
    return format_html('<a class="mono" href="{}">{}</a>', reverse(name, args=[str(text)]), text)


def _deal_state(deal: Any) -> Any:
    badge = desk.badge(deal.state)
    if not deal.breached:
        return badge
    return format_html('{} <span class="badge bad">{}</span>', badge, gettext("beyond limit"))


def _instrument(deal: Any) -> Any:
    if deal.instrument is None:
        return dealt_in(deal)
    name = desk.name(deal.instrument.asset)
    return format_html('<span title="{}">{}</span>', name, deal.instrument.ticker or name)


DEALS = Listing(
    name="deals",
    title=_("Deals"),
    empty=_("No deals fit. Deals appear here as soon as they are captured over REST or on the page New deal."),
    rows=lambda user: dealing.deals(visible_to=user),
    filters=DealFilter,
    fields={
        "status": _("State"), "book": _("Book"), "counterparty": _("Counterparty"),
        "instrument": _("Instrument"), "entity": _("Entity"), "trade_date_after": _("Traded from"),
        "trade_date_before": _("Traded until"),
    },
    opens=opens("deal"),
    total=("net_amount", "currency"),
    by_entity=True,
    subject="deal",
    actions=("confirm", "approve", "reject", "cancel", "group"),
    columns=(
        Column(_("Deal"), "reference", write=lambda d: link("deal", d)),
        Column(_("State"), "state", "state", write=_deal_state),
        Column(_("Product"), "product", write=lambda d: str(PRODUCTS.get(d.product, d.product)), usual=False),
        Column(_("Side"), "side", write=lambda d: side_words(d.side)),
        Column(_("Instrument"), "instrument.ticker", write=_instrument),
        Column(_("Quantity"), "quantity", "quantity"),
        Column(_("Price"), "price", "price"),
        Column(_("Net amount"), "net_amount", "money", "currency"),
        Column(_("Currency"), "currency"),
        Column(_("Counterparty"), "counterparty", "name"),
        Column(_("Book"), "book.code"),
        Column(_("Trade date"), "trade_date", "day"),
        Column(_("Due"), "due_date", "day"),
        Column(_("ISIN"), "instrument.isin", "code", usual=False),
        Column(_("Gross amount"), "gross_amount", "money", "currency", usual=False),
        Column(_("External reference"), "external_ref", "code", usual=False),
        Column(_("Owner"), "owner", "name", usual=False),
        Column(_("Method"), "method", usual=False),
        Column(_("Captured"), "captured_at", "moment", usual=False),
        Column(_("Version"), "version", "number", usual=False),
    ),
)  # fmt: skip


def _settlement_state(row: Any) -> Any:
    badge = desk.badge(row.status)
    if not row.reason:
        return badge
    why = desk.reason_words(row.reason)  # cut off by its column, so all of it stands behind it
    return format_html('{}<small class="reason" title="{}">{}</small>', badge, why, why)


def _direction(row: Any) -> str:
    if row.quantity:
        return gettext("We deliver") if row.delivers else gettext("We receive")
    return gettext("Money comes in") if row.delivers else gettext("We pay")


SETTLEMENTS = Listing(
    name="settlements",
    title=_("Settlements"),
    empty=_("No settlements fit. A worker prepares one as soon as a deal is confirmed."),
    rows=lambda user: settling.settlements(visible_to=user),
    filters=SettlementFilter,
    fields={
        "status": _("State"), "open": _("Open"), "netted": _("Settled by a net"),
        "waits": _("Waits for"), "place": _("Place"),
        "counterparty": _("Counterparty"), "entity": _("Entity"), "due_date": _("Due"),
        "due_date_after": _("Due from"), "due_date_before": _("Due until"), "deal": _("Deal"),
    },
    opens=opens("settlement"),
    total=("amount", "money_asset__code"),
    by_entity=True,
    subject="settlement",
    actions=("release", "reject", "match", "hold", "unhold", "repair"),
    columns=(
        Column(_("Settlement"), "reference", write=lambda s: link("settlement", s)),
        Column(_("State"), "status", "state", write=_settlement_state),
        Column(_("Deal"), "source_id", write=lambda s: desk.ref(s.source_type, s.source_id)),
        Column(_("Direction"), "delivers", write=_direction),
        Column(_("Asset"), "asset", "name"),
        Column(_("Quantity"), "quantity", "quantity"),
        Column(_("Amount"), "amount", "money", "money_asset.code"),
        Column(_("Currency"), "money_asset.code"),
        Column(_("Counterparty"), "counterparty", "name"),
        Column(_("Place"), "place.code"),
        Column(_("Due"), "due_date", "day"),
        Column(_("Owner"), "owner", "name", usual=False),
        Column(_("Settled so far"), "settled_quantity", "quantity", usual=False),
        Column(_("Priority"), "priority", "number", usual=False),
        Column(_("Matched on"), "matched_date", "day", usual=False),
        Column(_("Settled on"), "settled_date", "day", usual=False),
        Column(_("Reason"), "reason", "reason", usual=False),
        Column(_("Held or not"), "hold", write=lambda s: desk.badge(s.hold, axis="hold"), usual=False),
        Column(_("Transmission"), "transmission", usual=False,
               write=lambda s: desk.badge(s.transmission, axis="transmission")),
        Column(_("Runs that left it out"), "skipped_runs", "number", usual=False),
        Column(_("Prepared"), "prepared_at", "moment", usual=False),
    ),
)  # fmt: skip


INBOUND = Listing(
    name="inbounds",
    title=_("Repair queue"),
    empty=_("Nothing waits for repair. Executed deals whose references cannot be resolved would appear here,"
            " counted and valued."),
    rows=lambda user: dealing.inbound(visible_to=user),
    filters=InboundFilter,
    fields={"status": _("State")},
    start={"status": InboundState.REPAIR.value},
    opens=opens("inbound"),
    total=("amount", "currency"),
    columns=(
        Column(_("Reference"), "reference", write=lambda i: link("inbound", i)),
        Column(_("State"), "state", "state"),
        Column(_("External reference"), "external_ref", "code"),
        Column(_("What is wrong"), "problems",
               write=lambda i: ", ".join(problem_words(p["code"]) for p in i.problems)),
        Column(_("Worth"), "amount", "money", "currency"),
        Column(_("Currency"), "currency"),
        Column(_("From"), "received_by.username"),
        Column(_("Received"), "received_at", "moment"),
        Column(_("Deal"), "deal_id", write=lambda i: desk.ref("deal", i.deal_id) if i.deal_id else ""),
    ),
)  # fmt: skip

RUNS = Listing(
    name="runs",
    title=_("Settlement runs"),
    empty=_("No run yet. A run chooses what settles of all that is due, and says why it leaves the rest out."),
    rows=lambda user: settling.settlement_runs(visible_to=user).prefetch_related("cycles"),
    opens=opens("run"),
    columns=(
        Column(_("Run"), "reference", write=lambda r: link("run", r)),
        Column(_("State"), "state", "state"),
        Column(_("Business date"), "business_date", "day"),
        Column(_("Cycle"), "cycles", write=cycle_words),
        Column(_("What it wants"), "objective", write=lambda r: r.get_objective_display()),
        Column(_("Looked at"), "decided", "number"),
        Column(_("Settled"), "settled", "number"),
        Column(_("Sent"), "sent", "number"),
        Column(_("Left out"), "left_out", "number"),
        Column(_("Asked by"), "requested_by.username"),
        Column(_("Asked at"), "requested_at", "moment"),
    ),
)  # fmt: skip

ENTRIES = Listing(
    name="entries",
    title=_("Journal"),
    empty=_("No entries fit. An entry is written when a deal is booked or a settlement becomes final."),
    rows=lambda user: entries(visible_to=user),
    filters=EntryFilter,
    fields={
        "effective_date_after": _("Effective from"),
        "effective_date_before": _("Effective until"),
    },
    opens=lambda entry: reverse("entry", args=[entry.pk]),
    columns=(
        Column(_("Entry"), "reference",
               write=lambda e: format_html('<a class="mono" href="{}">{}</a>', reverse("entry", args=[e.pk]), e)),
        Column(_("Kind"), "kind", write=lambda e: desk.entry_kind(e.kind)),
        Column(_("Cause"), "source_id", write=lambda e: desk.ref(e.source_type, e.source_id)),
        Column(_("Entity"), "entity", "name"),
        Column(_("Effective"), "effective_date", "day"),
        Column(_("Recorded"), "recorded_at", "moment"),
        Column(_("Reason"), "reason"),
    ),
)  # fmt: skip


LOTS = Listing(
    name="lots",
    title=_("Lots"),
    empty=_("No trades fit. Lots appear here as soon as a trade in a security is booked."),
    rows=lambda user: pools(visible_to=user),
    filters=PoolFilter,
    fields={"owner": _("Owner"), "instrument": _("Instrument"), "account": _("Account")},
    opens=opens("lot-pool"),
    columns=(
        Column(_("Lots"), "reference", write=lambda p: link("lot-pool", p)),
        Column(_("Entity"), "entity", "name"),
        Column(_("Owner"), "owner", "name"),
        Column(_("Instrument"), "asset", "name"),
        Column(_("ISIN"), "asset.code", "code"),
        Column(_("Account"), "account", write=lambda p: p.get_account_display()),
    ),
)  # fmt: skip


def _events(user: User) -> QuerySet[Any]:
    return Event.objects.select_related("actor").filter(about_seen(user))


def _change(event: Any) -> str:
    if not event.target:
        return ""
    target = desk.label_after(event.kind, event.target)
    return f"{desk.label_after(event.kind, event.source)} → {target}" if event.source else target


EVENTS = Listing(
    name="events",
    title=_("Events"),
    empty=_("Nothing has happened yet. Every step taken by anybody is written here, once and for good."),
    rows=_events,
    opens=lambda event: reverse("event", args=[event.pk]),
    columns=(
        Column(_("Event"), "pk", write=lambda e: format_html(
            '<a href="{}">{}</a>', reverse("event", args=[e.pk]), desk.step_name(e.kind))),
        Column(_("About"), "subject_id", write=lambda e: desk.ref(e.subject_type, e.subject_id)),
        Column(_("Change"), "target", write=_change),
        Column(_("Who"), "actor.username",
               write=lambda e: e.actor.username if e.actor else gettext("by rule")),
        Column(_("Why"), "reason"),
        Column(_("Recorded"), "recorded_at", "moment"),
        Column(_("Kind"), "kind", "code", usual=False),
    ),
)  # fmt: skip
