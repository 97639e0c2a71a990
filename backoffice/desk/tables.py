"""The tables of reference data as data: title, rows, and the columns that people see."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from backoffice.access.models import User
from refdata.models import (
    Bank,
    BondPayment,
    Book,
    CalendarDay,
    Currency,
    CurrencyPair,
    DatedRule,
    FeeSchedule,
    FirmProfile,
    FxRate,
    Instrument,
    Market,
    Party,
    PartyContact,
    Place,
    Price,
    SettlementCycle,
    StandingInstruction,
)
from refdata.scopes import visible, visible_or_shared

NUMBERS = frozenset({"number", "money", "quantity", "amount", "price"})


@dataclass(frozen=True, slots=True)
class Column:
    """A title, where its cell comes from (`party.name`), and how it is written (`cells.KINDS`).

    `beside` is the path of the currency or asset that money and amounts are written in; `write`
    replaces the kind where a cell is made of several things, `value` the path where it is worked out. A column that
    is not `usual` is shown to those who choose it, by its path: no two columns of a list have one.
    """

    title: Any
    path: str
    kind: str = "text"
    beside: str = ""
    usual: bool = True
    write: Callable[[Any], Any] | None = None
    value: Callable[[Any], Any] | None = None

    @property
    def number(self) -> bool:
        return self.kind in NUMBERS

    def cell(self, row: Any) -> Any:
        if self.value is not None:
            return self.value(row)
        if self.path == "reference":
            return getattr(row, "reference", None) or str(row)
        return value_at(row, self.path)


def value_at(row: Any, path: str) -> Any:
    """What a path such as `party.name` leads to; None where it breaks off."""
    for name in path.split("."):
        row = row.get(name) if isinstance(row, dict) else getattr(row, name, None)
    return row


@dataclass(frozen=True, slots=True)
class Table:
    title: Any
    rows: Callable[[], QuerySet[Any]]
    columns: Sequence[Column]
    seen: Callable[[QuerySet[Any], User], QuerySet[Any]] | None = None  # None: the firm's


def _profile_link(row: FirmProfile) -> SafeString:
    return format_html('<a class="mono" href="{}">{}</a>', reverse("profile", args=[str(row)]), row)


VALID = (Column(_("Valid from"), "valid_from"), Column(_("Valid until"), "valid_until"))

TABLES: dict[str, Table] = {
    "parties": Table(
        _("Parties"),
        lambda: Party.objects.all(),
        (
            Column(_("Code"), "code", "code"), Column(_("Name"), "name"),
            Column(_("Name in Russian"), "name_ru"), Column(_("Roles"), "roles"),
            Column(_("Country"), "country"), Column(_("State"), "status", "state"),
        ),
    ),
    "instruments": Table(
        _("Instruments"),
        lambda: Instrument.objects.select_related("asset"),
        (
            Column(_("ISIN"), "isin", "code"), Column(_("Ticker"), "ticker"),
            Column(_("Name"), "asset.name"), Column(_("Kind"), "kind"),
            Column(_("Market"), "market"), Column(_("Currency"), "currency"),
            Column(_("Last price"), "last_price", "number"),
            Column(_("Price date"), "last_price_date"),
            Column(_("Price source"), "last_price_source"),
            Column(_("Price is stale"), "last_price_stale"),
            Column(_("State"), "status", "state"),
        ),
    ),
    "instructions": Table(
        _("Standing instructions"),
        lambda: StandingInstruction.objects.select_related(
            "party", "place", "proposed_by", "approved_by"
        ),
        (
            Column(_("Reference"), "reference", "code"), Column(_("Party"), "party.name"),
            Column(_("Place"), "place.code"), Column(_("Depository account"), "depository_account"),
            Column(_("Cash account"), "cash_account"), *VALID,
            Column(_("State"), "status", "state"), Column(_("Proposed by"), "proposed_by.username"),
            Column(_("Approved by"), "approved_by.username"),
        ),
        visible_or_shared,
    ),
    "contacts": Table(
        _("Contacts"),
        lambda: PartyContact.objects.select_related("party"),
        (
            Column(_("Party"), "party.name"), Column(_("Name"), "name"),
            Column(_("Job title"), "position"), Column(_("Telephone"), "phone", "code"),
            Column(_("Known since"), "known_since", "moment"), Column(_("Source"), "source"),
            Column(_("Withdrawn"), "withdrawn_date"),
        ),
    ),
    "profiles": Table(
        _("Firm profiles"),
        lambda: FirmProfile.objects.select_related("entity", "proposed_by", "approved_by"),
        (
            Column(_("Profile"), "reference", write=_profile_link), Column(_("Entity"), "entity", "name"),
            Column(_("Valid from"), "valid_from", "day"),
            Column(_("Jurisdiction"), "jurisdiction", write=lambda p: p.get_jurisdiction_display()),
            Column(_("Licence"), "licence", "label"), Column(_("Tax agent"), "tax_agent"),
            Column(_("Payments"), "swift", "label"), Column(_("State"), "state", "state"),
            Column(_("Proposed by"), "proposed_by.username"), Column(_("Approved by"), "approved_by.username"),
        ),
        visible,
    ),
    "rules": Table(  # shown by the list of `rule_listings`, which can be filtered
        _("Dated rules"),
        lambda: DatedRule.objects.all(),
        (
            Column(_("Reference"), "reference", "code"), Column(_("Kind"), "kind"),
            Column(_("Source"), "source"), *VALID, Column(_("State"), "state", "state"),
        ),
    ),
    "places": Table(
        _("Places"),
        lambda: Place.objects.select_related("calendar"),
        (
            Column(_("Code"), "code", "code"), Column(_("Name"), "name"),
            Column(_("Name in Russian"), "name_ru"), Column(_("Finality"), "finality"),
            Column(_("Matching"), "matching"), Column(_("Calendar"), "calendar.code"),
        ),
    ),
    "books": Table(
        _("Books"),
        lambda: Book.objects.select_related("entity"),
        (
            Column(_("Code"), "code", "code"), Column(_("Name"), "name"),
            Column(_("Entity"), "entity.name"), Column(_("Purpose"), "purpose"),
        ),
        lambda rows, user: visible(rows, user, book="pk"),
    ),
    "cycles": Table(
        _("Settlement cycles"),
        lambda: SettlementCycle.objects.select_related("calendar", "session_calendar"),
        (
            Column(_("Market"), "market", "code"), Column(_("Days"), "days", "number"),
            Column(_("Calendar"), "calendar.code"), Column(_("Sessions"), "session_calendar.code"),
            *VALID, Column(_("Source"), "source"),
        ),
    ),
    "calendars": Table(
        _("Calendars"),
        lambda: CalendarDay.objects.select_related("calendar"),
        (
            Column(_("Calendar"), "calendar.code", "code"), Column(_("Day"), "day"),
            Column(_("Open"), "is_open"), Column(_("Trade date"), "trade_date"),
            Column(_("Note"), "note"),
        ),
    ),
    "currencies": Table(
        _("Currencies"),
        lambda: Currency.objects.select_related("asset"),
        (
            Column(_("Code"), "code", "code"), Column(_("Number"), "numeric"),
            Column(_("Decimals"), "minor_unit", "number"), Column(_("Name"), "asset.name"),
            Column(_("Name in Russian"), "asset.name_ru"),
        ),
    ),
    "pairs": Table(
        _("Currency pairs"),
        lambda: CurrencyPair.objects.all(),
        (
            Column(_("Base"), "base_id", "code"), Column(_("Quote"), "quote_id", "code"),
            Column(_("Spot days"), "spot_days", "number"), *VALID, Column(_("Source"), "source"),
        ),
    ),
    "markets": Table(
        _("Markets"),
        lambda: Market.objects.all(),
        (
            Column(_("MIC"), "mic", "code"), Column(_("Operated by"), "operating_mic", "code"),
            Column(_("Name"), "name"), Column(_("Country"), "country"), Column(_("City"), "city"),
            Column(_("LEI"), "lei", "code", usual=False), Column(_("State"), "status", "state"),
        ),
    ),
    "banks": Table(
        _("Banks"),
        lambda: Bank.objects.all(),
        (
            Column(_("Code"), "code", "code"), Column(_("Scheme"), "scheme"),
            Column(_("Name"), "name"), Column(_("City"), "city"), Column(_("BIC"), "swift", "code"),
            Column(_("Source"), "source"),
        ),
    ),
    "bond-payments": Table(
        _("Bond payments"),
        lambda: BondPayment.objects.select_related("instrument"),
        (
            Column(_("ISIN"), "instrument.isin", "code"), Column(_("Kind"), "kind"),
            Column(_("Period begins"), "start_date"), Column(_("Period ends"), "end_date"),
            Column(_("Paid on"), "payment_date"), Column(_("Amount"), "amount", "number"),
            Column(_("Outstanding"), "outstanding", "number"),
        ),
    ),
    "fees": Table(
        _("Fee schedules"),
        lambda: FeeSchedule.objects.select_related("entity", "counterparty"),
        (
            Column(_("Entity"), "entity.code", "code"), Column(_("Kind"), "kind"),
            Column(_("Product"), "product"), Column(_("Rate"), "rate", "number"),
            Column(_("Minimum"), "minimum", "number"), Column(_("Currency"), "currency"), *VALID,
        ),
        visible,
    ),
    "prices": Table(
        _("Prices"),
        lambda: Price.objects.select_related("instrument__asset"),
        (
            Column(_("ISIN"), "instrument.isin", "code"), Column(_("Name"), "instrument.asset.name"),
            Column(_("Day"), "price_date"), Column(_("Source"), "source"),
            Column(_("Price"), "value", "number"), Column(_("Lowest"), "low", "number"),
            Column(_("Highest"), "high", "number"), Column(_("Currency"), "currency"),
        ),
    ),
    "rates": Table(
        _("Exchange rates"),
        lambda: FxRate.objects.all(),
        (
            Column(_("Base"), "base", "code"), Column(_("Quote"), "quote", "code"),
            Column(_("Day"), "rate_date"), Column(_("Source"), "source"),
            Column(_("Rate"), "value", "number"),
        ),
    ),
}  # fmt: skip
