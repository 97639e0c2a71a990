"""Administration shows what the business does, and changes none of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import path, reverse
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from backoffice.access.admin import Facts
from backoffice.access.models import User
from backoffice.connectors.channels.models import Channel
from backoffice.connectors.models import InboundFile, OutboundMessage
from backoffice.desk.base import tell_refusal
from backoffice.desk.reports import download
from backoffice.events.models import ConsumerCursor, Event, ParkedEvent
from backoffice.grants.models import RoleGrant
from backoffice.kernel.errors import NotFound, Refusal
from backoffice.seen import about_seen
from deals.models import Deal, Inbound
from deals.selectors import inbound
from expenses.models import CostCentre
from ledger.models import BusinessDay, BusinessPeriod, DaySchedule, JournalEntry, NightStep
from ledger.selectors import entries
from limits.models import Limit
from onboarding.models import PartyFile
from refdata.proposing_admin import ReferenceData
from refdata.scopes import seen_by, visible_or_shared
from reporting.formats import FORMATS
from reporting.models import ReportRun
from reporting.selectors import report_runs
from reporting.state import RunState
from settlements.models import Settlement, SettlementRun

# The page of the desk that shows the same thing.
ON_DESK: dict[str, Callable[[Any], str]] = {
    "deal": lambda row: reverse("deal", args=[f"D-{row.pk}"]),
    "settlement": lambda row: reverse("settlement", args=[f"S-{row.pk}"]),
    "settlementrun": lambda row: reverse("run", args=[f"R-{row.pk}"]),
    "reportrun": lambda row: reverse("report-run", args=[f"RR-{row.pk}"]),
    "inbound": lambda row: reverse("inbound", args=[f"I-{row.pk}"]),
    "limit": lambda row: reverse("limit", args=[f"L-{row.pk}"]),
    "journalentry": lambda row: reverse("entry", args=[row.pk]),
    "rolegrant": lambda row: reverse("rolegrant", args=[str(row)]),
    "event": lambda row: reverse("event", args=[row.pk]),
    "partyfile": lambda row: reverse("party-file", args=[str(row)]),
}


class OnDesk(Facts):
    """Facts that the desk shows better: each leads to its page there."""

    def get_list_display(self, request: HttpRequest) -> Any:
        return [*super().get_list_display(request), "on_desk"]

    @admin.display(description=_("On the desk"))
    def on_desk(self, row: Model) -> str:
        return format_html('<a href="{}">{}</a>', self.view_on_site(row), gettext("Open"))

    def view_on_site(self, row: Model) -> str:
        return ON_DESK[str(row._meta.model_name)](row)


@admin.register(Event)
class Events(OnDesk):
    permission = "events.read_feed"

    def seen(self, rows: QuerySet[Any], user: User) -> QuerySet[Any]:
        return rows.filter(about_seen(user))

    list_display = ("id", "kind", "subject_type", "subject_id", "actor", "recorded_at")
    list_select_related = ("actor",)
    list_filter = ("subject_type",)


@admin.register(ParkedEvent)
class ParkedEvents(Facts):
    permission = "events.read_feed"
    seen = seen_by(entity="")
    list_display = ("consumer", "event_id", "subject_type", "subject_id", "error", "parked_at")


@admin.register(ConsumerCursor)
class Cursors(Facts):
    permission = "events.read_feed"
    seen = seen_by(entity="")
    list_display = ("name", "number", "failures")


@admin.register(Deal)
class Deals(OnDesk):
    permission = "deals.view_deal"
    seen = seen_by(book="book_id")
    list_display = ("__str__", "external_ref", "state", "book", "counterparty", "trade_date")
    list_select_related = ("book", "counterparty")
    search_fields = ("=external_ref",)


@admin.register(Inbound)
class InboundDeals(OnDesk):
    permission = "deals.view_deal"

    def seen(self, rows: QuerySet[Any], user: User) -> QuerySet[Any]:
        return rows.filter(pk__in=inbound(visible_to=user).order_by().values("pk"))

    list_display = ("__str__", "external_ref", "state", "received_by", "received_at")
    list_select_related = ("received_by",)
    search_fields = ("=external_ref",)


@admin.register(Settlement)
class Settlements(OnDesk):
    permission = "settlements.view_settlement"
    seen = seen_by(book="book_id")
    list_display = ("__str__", "status", "reason", "place", "counterparty", "due_date")
    list_select_related = ("place", "counterparty")
    list_filter = ("status",)


@admin.register(SettlementRun)
class Runs(OnDesk):
    permission = "settlements.view_settlement"
    seen = seen_by()
    list_display = ("__str__", "state", "business_date", "decided", "settled", "sent", "left_out")


@admin.register(JournalEntry)
class Entries(OnDesk):
    permission = "ledger.view_ledger"

    def seen(self, rows: QuerySet[Any], user: User) -> QuerySet[Any]:
        return rows.filter(pk__in=entries(visible_to=user).values("pk"))

    list_display = ("__str__", "kind", "source_type", "source_id", "effective_date", "recorded_at")


@admin.register(Limit)
class Limits(OnDesk):
    permission = "limits.view_limit"
    seen = seen_by(book="book_id")
    list_display = ("name", "kind", "entity", "cap", "used", "reserved", "excess", "currency")
    list_select_related = ("entity",)
    search_fields = ("name",)


@admin.register(PartyFile)
class PartyFiles(OnDesk):
    """Files of counterparties and clients; they are filled in and approved on the desk."""

    permission = "onboarding.view_partyfile"
    seen = seen_by()
    list_display = (
        "__str__",
        "name",
        "role",
        "kind",
        "state",
        "grade",
        "risk",
        "review_on",
        "entity",
    )
    list_select_related = ("entity",)
    list_filter = ("state", "role", "kind", "risk")
    search_fields = ("name", "code")


@admin.register(ReportRun)
class Reports(OnDesk):
    """Runs of reports with their files; a person with a scope sees the runs within it."""

    permission = "reporting.view_report"
    list_display = (
        "__str__", "files", "report", "stage", "state", "entity", "row_count", "requested_by",
        "requested_at",
    )  # fmt: skip
    list_select_related = ("requested_by", "entity")
    list_filter = ("report", "stage", "state", "entity")
    readonly_fields = ("files",)

    def seen(self, rows: QuerySet[Any], user: User) -> QuerySet[Any]:
        return report_runs(visible_to=user)

    def get_urls(self) -> list[Any]:
        address = "<str:reference>/file.<str:file_format>"
        view = self.admin_site.admin_view(self.download)
        return [path(address, view, name="reporting_reportrun_file"), *super().get_urls()]

    @admin.display(description=_("Files"))
    def files(self, run: ReportRun) -> str:
        if run.state != RunState.COMPLETED:
            return "–"
        name = "admin:reporting_reportrun_file"
        links = ((reverse(name, args=[run, each]), each.upper()) for each in FORMATS)
        return format_html_join(" · ", '<a href="{}" download>{}</a>', links)

    def download(self, request: HttpRequest, reference: str, file_format: str) -> HttpResponseBase:
        """A file of a run, for those who may see the run."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        assert isinstance(request.user, User)
        try:
            return download(request.user, reference, file_format)
        except NotFound as refusal:
            raise Http404(str(refusal)) from None
        except Refusal as refusal:
            tell_refusal(request, refusal)
            return HttpResponseRedirect(reverse("admin:reporting_reportrun_changelist"))


@admin.register(RoleGrant)
class RoleGrants(OnDesk):
    permission = "grants.view_rolegrant"
    list_display = ("__str__", "user", "role", "state", "valid_until", "proposed_by", "approved_by")
    list_select_related = ("user", "proposed_by", "approved_by")
    list_filter = ("state", "role")


@admin.register(InboundFile)
class Files(Facts):
    permission = "settlements.view_settlement"
    seen = seen_by(entity="")
    list_display = ("name", "lines", "problems", "received_at")


@admin.register(OutboundMessage)
class Messages(Facts):
    permission = "settlements.view_settlement"
    seen = seen_by(entity="entity_id", book="settlement__book_id")
    list_display = (
        "__str__",
        "about",
        "place",
        "channel",
        "state",
        "created_at",
        "written_at",
    )
    list_select_related = ("place", "choice")
    list_filter = ("state", "channel")
    exclude = ("content",)


@admin.register(Channel)
class ChannelRows(ReferenceData):
    permission = "connectors.view_channel"
    seen = seen_by(visible_or_shared)
    list_display = (
        "code",
        "place",
        "entity",
        "way",
        "format",
        "transport",
        "valid_from",
        "valid_until",
    )
    list_select_related = ("place", "entity")
    list_filter = ("way", "format", "transport")


@admin.register(BusinessDay)
class BusinessDays(Facts):
    permission = "ledger.view_close"
    seen = seen_by()
    list_display = ("__str__", "entity", "day", "state", "cut_off_at", "sealed_number")
    list_select_related = ("entity",)
    list_filter = ("state", "entity")


@admin.register(BusinessPeriod)
class BusinessPeriods(Facts):
    permission = "ledger.view_close"
    seen = seen_by()
    list_display = ("__str__", "entity", "kind", "first_day", "last_day", "state", "sealed_number")
    list_select_related = ("entity",)
    list_filter = ("kind", "state", "entity")


@admin.register(NightStep)
class NightSteps(Facts):
    permission = "ledger.view_close"
    seen = seen_by(entity="night__entity_id")
    list_display = ("__str__", "night", "name", "state", "attempts", "started_at", "finished_at")
    list_filter = ("state", "name")


@admin.register(DaySchedule)
class DaySchedules(ReferenceData):
    permission = "ledger.view_close"
    seen = seen_by()
    list_display = ("entity", "calendar", "timezone", "cut_off", "final_after", "valid_from")
    list_select_related = ("entity", "calendar")


@admin.register(CostCentre)
class CostCentres(ReferenceData):
    seen = seen_by()
    list_display = ("code", "name", "name_ru", "entity", "book", "valid_from", "valid_until")
    list_select_related = ("entity", "book")
    search_fields = ("code", "name", "name_ru")
