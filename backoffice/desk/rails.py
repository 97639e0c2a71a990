"""The left rail: in the order of the flow, only what the role may open."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from backoffice.desk import frame


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the rail."""

    title: Any
    url: str
    current: bool
    gap: bool = False
    count: str = ""


# title, name of the address, permission, whether a gap comes before
RAIL: tuple[tuple[Any, str, str, bool], ...] = (
    (_("My work"), "home", "", False),
    (_("Overview"), "overview", "reporting.view_report", False),
    (_("Files of parties"), "party-files", "onboarding.view_partyfile", False),
    (_("Deals"), "deals", "deals.view_deal", False),
    (_("Confirmations"), "confirmations", "deals.view_deal", False),
    (_("Repair queue"), "inbounds", "deals.repair_inbound", False),
    (_("Imports"), "imports", "deals.view_dealimport", False),
    (_("FIX logs"), "fix", "connectors.import_fix", False),
    (_("Limits"), "limits", "limits.view_limit", False),
    (_("Clearing"), "clearing", "settlements.view_settlement", False),
    (_("Netting"), "netting", "settlements.view_settlement", False),
    (_("Corporate actions"), "record-events", "settlements.view_settlement", False),
    (_("Settlements"), "settlements", "settlements.view_settlement", False),
    (_("Settlement board"), "settlement-board", "settlements.view_settlement", False),
    (_("Channels"), "channels", "connectors.view_channel", False),
    (_("Fails"), "fails", "settlements.view_settlement", False),
    (_("What if"), "scenarios", "settlements.try_scenario", False),
    (_("Runs"), "runs", "settlements.run_settlement", False),
    (_("Purchases from individuals"), "purchases", "settlements.view_settlement", False),
    (_("Documents"), "documents", "documents.view_document", False),
    (_("Cash ladder"), "cash", "ledger.view_ledger", False),
    (_("Fees"), "fees", "expenses.view_fee", False),
    (pgettext_lazy("payroll", "Pay"), "payroll-journals", "expenses.view_payrolljournal", False),
    (_("Costs"), "costs", "expenses.view_cost", False),
    (_("Positions"), "positions", "ledger.view_ledger", False),
    (_("Inventory"), "inventory", "ledger.view_ledger", False),
    (_("Lots"), "lots", "ledger.view_ledger", False),
    (_("Reconciliation"), "statements", "reconciliation.view_statement", False),
    (_("Workbench"), "workbench", "reconciliation.view_match", False),
    (_("Breaks"), "breaks", "reconciliation.view_match", False),
    (_("Ledger"), "ledger", "ledger.view_ledger", False),
    (_("Reports"), "reports", "reporting.view_report", False),
    (_("Close"), "days", "ledger.view_close", False),
    (_("Reference data"), "reference", "refdata.view_refdata", True),
    (_("Screening"), "screening", "refdata.view_screeninghit", False),
    (_("Workload"), "work", "workflow.view_workitem", False),
    (_("Processes"), "processes", "workflow.view_workitem", False),
    (_("Roles"), "rolegrants", "grants.view_rolegrant", False),
    (_("Webhooks"), "webhooks", "webhooks.view_webhook", False),
    (_("Events"), "events", "events.read_feed", False),
    (_("Reads of personal data"), "personal-reads", "access.view_personalread", False),
)

# Pages with an address of their own that belong to an entry: the beginning of theirs, the entry's name.
UNDER = {
    "/signed-copies/": "documents", "/templates/": "documents", "/agreements/": "netting",
    "/evidence/": "settlements", "/suspicions/": "settlements", "/outbound-messages/": "channels",
    "/allegements/": "channels", "/valuations/": "days", "/report-runs/": "reports",
    "/income-payments/": "record-events", "/income-differences/": "record-events",
    "/elections/": "record-events", "/event-messages/": "record-events", "/workload/": "work",
    "/productivity/": "home",
}  # fmt: skip


def entries(request: HttpRequest) -> list[Entry]:
    """The rail of this person, the entry of this page marked, counts where they must act."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return []
    counts = frame.frame_of(user).counts
    shown = [
        (reverse(name), title, name, gap)
        for title, name, permission, gap in RAIL
        if not permission or user.has_perm(permission)
    ]
    here = _here(request.path, [url for url, *_rest in shown])
    found = [
        Entry(title, url, url == here, gap, frame.written(counts.get(name, 0)))
        for url, title, name, gap in shown
    ]
    if user.is_staff:
        found.append(Entry(_("Administration"), reverse("admin:index"), False))
    return found


def _here(path: str, urls: Sequence[str]) -> str:
    """The entry that a page is under: the longest whose address it begins with; the first only itself."""
    under = next((reverse(name) for start, name in UNDER.items() if path.startswith(start)), "")
    if under:
        return under
    home = reverse("home")
    fits = [url for url in urls if (path == url if url == home else path.startswith(url))]
    return max(fits, key=len, default="")
