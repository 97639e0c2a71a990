"""Administration of reference data: changes are proposed where it is not a fact, nothing is deleted."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest

from backoffice.access.admin import Facts
from refdata import models
from refdata.proposing_admin import Inline, ReferenceData
from refdata.scopes import seen_by, visible_or_shared


class ReferenceFacts(Facts):
    permission = "refdata.view_refdata"


class PartyIdentifiers(Inline):
    model = models.PartyIdentifier


class InstrumentIdentifiers(Inline):
    model = models.InstrumentIdentifier


@admin.register(models.Party)
class Parties(ReferenceData):
    list_display = ("code", "name", "name_ru", "roles", "country", "status")
    search_fields = ("code", "name", "name_ru")
    list_filter = ("status", "kind")
    inlines: ClassVar = [PartyIdentifiers]


@admin.register(models.PartyGroup)
class PartyGroups(ReferenceData):
    list_display = ("code", "name", "name_ru")
    search_fields = ("code", "name", "name_ru")


@admin.register(models.Agreement)
class Agreements(ReferenceData):
    seen = seen_by()
    list_display = ("number", "kind", "party", "entity", "valid_from", "valid_until", "netting")
    list_select_related = ("party", "entity")
    list_filter = ("kind", "netting")
    search_fields = ("number", "party__code", "party__name")
    autocomplete_fields = ("party",)


@admin.register(models.Instrument)
class Instruments(ReferenceData):
    list_display = ("isin", "ticker", "asset", "kind", "market", "currency", "status")
    search_fields = ("isin", "ticker", "asset__name")
    list_filter = ("market", "kind", "status")
    list_select_related = ("asset",)
    autocomplete_fields = ("asset", "issuer")
    inlines: ClassVar = [InstrumentIdentifiers]


@admin.register(models.Asset)
class Assets(ReferenceData):
    list_display = ("code", "kind", "name", "name_ru", "decimals")
    search_fields = ("code", "name", "name_ru")


@admin.register(models.Calendar)
class Calendars(ReferenceData):
    list_display = ("code", "name", "kind", "timezone")


@admin.register(models.CalendarDay)
class CalendarDays(ReferenceData):
    list_display = ("calendar", "day", "is_open", "trade_date", "note")
    list_filter = ("calendar",)
    date_hierarchy = "day"
    list_select_related = ("calendar",)


@admin.register(models.SettlementCycle)
class Cycles(ReferenceData):
    list_display = ("market", "days", "calendar", "valid_from", "valid_until", "source")
    list_select_related = ("calendar",)


@admin.register(models.CurrencyCalendar)
class CurrencyCalendars(ReferenceData):
    list_display = ("currency", "calendar", "valid_from", "valid_until", "source")
    list_select_related = ("currency", "calendar")


@admin.register(models.CurrencyPair)
class Pairs(ReferenceData):
    list_display = ("base", "quote", "spot_days", "valid_from", "valid_until", "source")
    list_select_related = ("base", "quote")


@admin.register(models.Market)
class Markets(ReferenceData):
    list_display = ("mic", "operating_mic", "name", "country", "city", "status")
    search_fields = ("mic", "name", "city")
    list_filter = ("status", "category")


@admin.register(models.Bank)
class Banks(ReferenceData):
    list_display = ("code", "scheme", "name", "city", "swift", "status")
    search_fields = ("code", "name", "swift")
    list_filter = ("scheme", "country")


@admin.register(models.LegalEntity)
class LegalEntities(ReferenceData):
    list_display = ("lei", "name", "country", "status", "registration", "renewal_date")
    search_fields = ("lei", "name")


@admin.register(models.ListedSecurity)
class ListedSecurities(ReferenceData):
    list_display = ("isin", "symbols")
    search_fields = ("isin",)


@admin.register(models.ListedCompany)
class ListedCompanies(ReferenceData):
    list_display = ("symbol", "name", "cik", "sector")
    search_fields = ("symbol", "name", "cik")


@admin.register(models.BondTerms)
class BondsTerms(ReferenceData):
    """Payments are laid out when terms become complete, and stay as they are then."""

    list_display = ("instrument", "start_date", "maturity_date", "coupon_rate", "day_count")
    list_select_related = ("instrument",)
    autocomplete_fields = ("instrument",)


@admin.register(models.Source)
class Sources(ReferenceData):
    list_display = ("code", "name", "stale_after_days", "calendar")
    list_select_related = ("calendar",)


@admin.register(models.Upload)
class Uploads(ReferenceFacts):
    list_display = ("__str__", "name", "loader", "uploaded_by", "uploaded_at", "loaded_at")
    list_select_related = ("uploaded_by",)


@admin.register(models.Place)
class Places(ReferenceData):
    list_display = ("code", "name", "name_ru", "finality", "matching", "calendar")
    list_select_related = ("calendar",)


@admin.register(models.NostroAccount)
class NostroAccounts(ReferenceData):
    seen = seen_by()
    list_display = ("number", "currency", "place", "entity", "owner")
    list_select_related = ("place", "entity", "owner")


@admin.register(models.DepositoryAccount)
class DepositoryAccounts(ReferenceData):
    seen = seen_by()
    list_display = ("number", "kind", "place", "entity", "owner")
    list_select_related = ("place", "entity", "owner")


@admin.register(models.Entity)
class Entities(ReferenceData):
    seen = seen_by(entity="pk")
    list_display = ("code", "name", "name_ru", "jurisdiction", "base_currency")


@admin.register(models.Book)
class Books(ReferenceData):
    seen = seen_by(book="pk")
    list_display = ("code", "name", "entity", "purpose")
    list_select_related = ("entity",)


@admin.register(models.BookScope)
class Scopes(ReferenceData):
    seen = seen_by(book="book_id")
    list_display = ("user", "entity", "book")
    list_select_related = ("user", "entity", "book")


@admin.register(models.FeeSchedule)
class Fees(ReferenceData):
    seen = seen_by()
    list_display = ("entity", "kind", "product", "rate", "minimum", "currency", "valid_from")
    list_select_related = ("entity",)


@admin.register(models.StandingInstruction)
class Instructions(ReferenceFacts):
    """Proposed and approved by two people on the pages, so only shown here."""

    seen = seen_by(visible_or_shared)
    list_display = (
        "__str__",
        "party",
        "place",
        "status",
        "valid_from",
        "proposed_by",
        "approved_by",
    )
    list_select_related = ("party", "place", "proposed_by", "approved_by")
    list_filter = ("status",)


CONTACT_FIXED = ("party", "name", "position", "phone", "email", "language", "settles", "source")


@admin.register(models.PartyContact)
class Contacts(ReferenceData):
    """Added with the moment from which they are known; withdrawn, never changed."""

    list_display = (
        "party", "name", "position", "phone", "email", "settles", "known_since", "withdrawn_date",
    )  # fmt: skip
    list_select_related = ("party",)
    search_fields = ("party__code", "party__name", "name")

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> Any:
        return () if obj is None else CONTACT_FIXED


@admin.register(models.Proposal)
class Proposals(ReferenceFacts):
    seen = seen_by(visible_or_shared)
    list_display = ("__str__", "subject_type", "name", "state", "proposed_by", "approved_by")
    list_select_related = ("proposed_by", "approved_by")
    list_filter = ("state", "subject_type")


@admin.register(models.CallBack)
class CallBacks(ReferenceFacts):
    seen = seen_by(visible_or_shared, entity="ssi__entity_id")
    list_display = ("ssi", "contact", "said", "called_by", "called_at")
    list_select_related = ("ssi", "contact", "called_by")


@admin.register(models.Price)
class Prices(ReferenceData):
    """What a source said stays; a price by hand is proposed by one and approved by another."""

    changes = ""
    list_display = (
        "instrument", "price_date", "source", "kind", "value", "low", "high", "currency", "recorded_at",
    )  # fmt: skip
    list_select_related = ("instrument",)


@admin.register(models.FxRate)
class Rates(ReferenceFacts):
    list_display = ("base", "quote", "rate_date", "source", "value", "recorded_at")


@admin.register(models.DatedRule)
class Rules(ReferenceFacts):
    """Proposed and put in force by two people on the pages, so only shown here."""

    list_display = (
        "__str__",
        "kind",
        "key",
        "valid_from",
        "valid_until",
        "superseded_from",
        "state",
        "verification",
    )
    list_filter = ("kind", "state", "verification")
    search_fields = ("kind", "key", "source")


@admin.register(models.FirmProfile)
class Profiles(ReferenceFacts):
    """Proposed and approved by two people on the pages, so only shown here."""

    seen = seen_by()
    list_display = (
        "__str__",
        "entity",
        "valid_from",
        "jurisdiction",
        "licence",
        "tax_agent",
        "swift",
        "state",
    )
    list_select_related = ("entity",)
    list_filter = ("state",)
