"""Administration shows what the business does, and changes none of it."""

from __future__ import annotations

from django.contrib import admin

from backoffice.access.admin import Facts
from backoffice.connectors.models import InboundFile, OutboundMessage
from backoffice.events.models import ConsumerCursor, Event, ParkedEvent
from deals.models import Deal, Inbound
from ledger.models import JournalEntry
from limits.models import Limit
from reporting.models import ReportRun
from settlements.models import Settlement, SettlementRun


@admin.register(Event)
class Events(Facts):
    permission = "events.read_feed"
    list_display = ("id", "kind", "subject_type", "subject_id", "actor", "recorded_at")
    list_select_related = ("actor",)
    list_filter = ("subject_type",)


@admin.register(ParkedEvent)
class ParkedEvents(Facts):
    permission = "events.read_feed"
    list_display = ("consumer", "event_id", "subject_type", "subject_id", "error", "parked_at")


@admin.register(ConsumerCursor)
class Cursors(Facts):
    permission = "events.read_feed"
    list_display = ("name", "number", "failures")


@admin.register(Deal)
class Deals(Facts):
    permission = "deals.view_deal"
    list_display = ("__str__", "external_ref", "state", "book", "counterparty", "trade_date")
    list_select_related = ("book", "counterparty")
    search_fields = ("=external_ref",)


@admin.register(Inbound)
class InboundDeals(Facts):
    permission = "deals.view_deal"
    list_display = ("__str__", "external_ref", "state", "received_by", "received_at")
    list_select_related = ("received_by",)


@admin.register(Settlement)
class Settlements(Facts):
    permission = "settlements.view_settlement"
    list_display = ("__str__", "status", "reason", "place", "counterparty", "due_date")
    list_select_related = ("place", "counterparty")


@admin.register(SettlementRun)
class Runs(Facts):
    permission = "settlements.view_settlement"
    list_display = ("__str__", "state", "business_date", "decided", "settled", "sent", "left_out")


@admin.register(JournalEntry)
class Entries(Facts):
    permission = "ledger.view_ledger"
    list_display = ("__str__", "kind", "source_type", "source_id", "effective_date", "recorded_at")


@admin.register(Limit)
class Limits(Facts):
    permission = "limits.view_limit"
    list_display = ("name", "kind", "entity", "cap", "used", "reserved", "excess", "currency")
    list_select_related = ("entity",)


@admin.register(ReportRun)
class Reports(Facts):
    permission = "reporting.view_report"
    list_display = ("__str__", "report", "state", "row_count", "sha256", "requested_by")
    list_select_related = ("requested_by",)


@admin.register(InboundFile)
class Files(Facts):
    permission = "settlements.view_settlement"
    list_display = ("name", "lines", "problems", "received_at")


@admin.register(OutboundMessage)
class Messages(Facts):
    permission = "settlements.view_settlement"
    list_display = ("settlement_id", "place", "created_at", "written_at")
    list_select_related = ("place",)
