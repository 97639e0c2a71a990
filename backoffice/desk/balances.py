"""Lists of what was computed: the trial balance, positions with their values, the card of an account."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from backoffice.desk.cells import dated
from backoffice.desk.lists import Listing
from backoffice.desk.tables import Column
from backoffice.events.selectors import KnownAt
from backoffice.templatetags import desk
from ledger.selectors import CardLine, TrialBalanceLine
from refdata.models import Asset
from refdata.quotes import prices_on, stale_check


def _card(row: Any) -> str:
    return reverse("account", args=[row["account_id"], row["asset"]])


TRIAL_BALANCE = Listing(
    name="ledger",
    title=_("Trial balance"),
    empty=_("No balances at that moment. A balance appears with the first entry on its account."),
    rows=None,
    opens=_card,
    columns=(
        Column(_("Entity"), "entity"),
        Column(_("Account"), "kind", write=lambda r: format_html(
            '<a href="{}">{}</a>', _card(r), desk.state_label(r["kind"]))),
        Column(_("Owner"), "owner", "code"),
        Column(_("With or at"), "with_or_at", "code"),
        Column(_("Asset"), "asset", "code"),
        Column(_("Debit"), "debit", "amount", "asset"),
        Column(_("Credit"), "credit", "amount", "asset"),
    ),
)  # fmt: skip


def line_row(line: TrialBalanceLine) -> dict[str, Any]:
    """A balance with its debit or credit side."""
    with_or_at = " ".join(filter(None, (line.place, line.counterparty, line.book)))
    return {
        "account_id": line.account_id, "entity": line.entity, "kind": line.kind, "owner": line.owner,
        "with_or_at": with_or_at, "asset": line.asset,
        "debit": line.amount if line.amount > 0 else None,
        "credit": -line.amount if line.amount < 0 else None,
    }  # fmt: skip


def _value(row: Any) -> Any:
    if row["price"] is None:
        return format_html('<span class="badge warn">{}</span>', gettext("no price"))
    return desk.money(row["value"], row["currency"])


POSITIONS = Listing(
    name="positions",
    title=_("Positions"),
    empty=_("Nobody holds anything at that moment. A position appears when securities are received."),
    rows=None,
    opens=_card,
    columns=(
        Column(_("Entity"), "entity"),
        Column(_("Owner"), "owner", "code"),
        Column(_("Place"), "place"),
        Column(_("Instrument"), "name", write=lambda r: format_html(
            '{} <span class="mono faint">{}</span>', r["name"], r["asset"])),
        Column(_("Quantity"), "quantity", "quantity", write=lambda r: format_html(
            '<a href="{}">{}</a>', _card(r), desk.quantity(r["quantity"]))),
        Column(_("Price"), "price", "price"),
        Column(_("Price date"), "price_date",
               write=lambda r: dated(r["price_date"], stale=r["price_stale"])),
        Column(_("Price source"), "price_source", usual=False),
        Column(_("Value"), "value", "money", "currency", write=_value),
        Column(_("Currency"), "currency"),
    ),
)  # fmt: skip


def valued(held: Sequence[TrialBalanceLine], day: date, known: KnownAt) -> list[dict[str, Any]]:
    """What is held, at the last price on or before a day that was known then."""
    assets = {a.code: a for a in Asset.objects.filter(code__in={line.asset for line in held})}
    prices = prices_on(day, [a.pk for a in assets.values()], horizon=known.horizon)
    is_stale = stale_check(day)
    rows = []
    for line in held:
        price = prices.get(assets[line.asset].pk)
        rows.append({
            "account_id": line.account_id, "entity": line.entity, "owner": line.owner,
            "place": line.place, "asset": line.asset, "name": desk.name(assets[line.asset]),
            "quantity": line.amount,
            "price": price.value if price else None,
            "price_date": price.day if price else None,
            "price_stale": is_stale(price.source, price.day) if price else None,
            "price_source": price.source if price else "",
            "value": line.amount * price.value if price else None,
            "currency": price.currency if price else "",
        })  # fmt: skip
    return rows


CARD = Listing(
    name="account",
    title=_("Account"),
    empty=_("Nothing has moved on this account."),
    rows=None,
    opens=lambda row: reverse("entry", args=[row["entry_id"]]),
    columns=(
        Column(_("Effective"), "effective_date", "day"),
        Column(_("Entry"), "entry", write=lambda r: format_html(
            '<a class="mono" href="{}">{}</a>', reverse("entry", args=[r["entry_id"]]), r["entry"])),
        Column(_("Kind"), "kind", write=lambda r: desk.entry_kind(r["kind"])),
        Column(_("Cause"), "cause", write=lambda r: desk.ref(r["source_type"], r["source_id"])),
        Column(_("Other account"), "other_kind", write=lambda r: format_html(
            '<a href="{}">{}</a>', reverse("account", args=[r["other_account_id"], r["asset"]]),
            desk.state_label(r["other_kind"]))),
        Column(_("Debit"), "debit", "amount", "asset"),
        Column(_("Credit"), "credit", "amount", "asset"),
        Column(_("Recorded"), "recorded_at", "moment"),
    ),
)  # fmt: skip


def card_row(line: CardLine, asset: str) -> dict[str, Any]:
    """A movement with its debit or credit side."""
    return {
        **line._asdict(), "asset": asset, "entry": f"E-{line.entry_id}",
        "cause": f"{line.source_type}:{line.source_id}",
        "debit": line.amount if line.amount > 0 else None,
        "credit": -line.amount if line.amount < 0 else None,
    }  # fmt: skip
