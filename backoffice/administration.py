"""The administration as people find it: in the order of the flow, in their language, beside the desk."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import admin
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

# Titles of the parts and of what stands in them; what is not named here keeps its own name.
PARTS: dict[str, Any] = {
    "access": _("People and keys"), "auth": _("Roles"), "grants": _("Roles of people"), "refdata": _("Reference data"),
    "documents": _("Documents"), "ledger": _("Ledger"), "limits": _("Limits"),
    "onboarding": _("Files of parties"), "deals": _("Deals"),
    "settlements": _("Settlements"), "connectors": _("Messages"), "reporting": _("Reports"),
    "events": _("Events"), "workflow": _("Workload"),
}  # fmt: skip
NAMES: dict[str, Any] = {
    "User": _("People"), "ApiKey": _("Keys"), "RoleGrant": _("Roles of people"),
    "PersonalRead": _("Reads of personal data"),
    "Group": _("Roles"), "Event": _("Events"),
    "ParkedEvent": _("Parked events"), "ConsumerCursor": _("How far consumers have read"),
    "Deal": _("Deals"), "Inbound": _("Received deals"), "Settlement": _("Settlements"),
    "SettlementRun": _("Settlement runs"), "JournalEntry": _("Journal"), "Limit": _("Limits"),
    "ReportRun": _("Report runs"), "InboundFile": _("Files received"),
    "OutboundMessage": _("Messages sent"), "Channel": _("Channels"), "Party": _("Parties"),
    "PartyFile": _("Files of parties"), "Entity": _("Entities"),
    "Book": _("Books"), "Place": _("Places"), "Currency": _("Currencies"),
    "Instrument": _("Instruments"), "Calendar": _("Calendars"), "Price": _("Prices"),
    "FxRate": _("Exchange rates"), "StandingInstruction": _("Standing instructions"),
    "FeeSchedule": _("Fee schedules"), "SettlementCycle": _("Settlement cycles"),
}  # fmt: skip


class Administration(admin.AdminSite):
    """Django's own pages under our titles; "view site" leads to the desk."""

    site_header = _("Back office: administration")
    site_title = _("Administration")
    index_title = _("People, reference data, and what the business did")
    site_url = "/"

    def login(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """One door for everybody: the one that asks for the second factor."""
        if request.user.is_authenticated:
            raise PermissionDenied
        following = request.GET.get(REDIRECT_FIELD_NAME, reverse("admin:index"))
        query = urlencode({REDIRECT_FIELD_NAME: following})
        return HttpResponseRedirect(f"{reverse('login')}?{query}")

    def get_app_list(
        self, request: HttpRequest, app_label: str | None = None
    ) -> list[dict[str, Any]]:
        """Parts in the order in which apps depend on each other, which is that of the flow."""
        order = [name.rpartition(".")[2] for name in settings.INSTALLED_APPS]
        parts: list[Any] = list(super().get_app_list(request, app_label))
        for part in parts:
            part["name"] = PARTS.get(part["app_label"], part["name"])
            for model in part["models"]:
                model["name"] = NAMES.get(model["object_name"], model["name"])
        return sorted(parts, key=lambda part: _place(order, part["app_label"]))


def _place(order: list[str], label: str) -> int:
    return order.index(label) if label in order else len(order)
