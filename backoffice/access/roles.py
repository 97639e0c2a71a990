"""Who may do what: the one readable table from roles to permissions.

`manage.py sync_roles` writes it to Django's groups; a test compares. Dealers hold no back-office
permission, and nobody who captures deals may release money (domain-decisions 7).
"""

from __future__ import annotations

READ = (
    "deals.view_deal",
    "limits.view_limit",
    "settlements.view_settlement",
    "ledger.view_ledger",
    "reporting.view_report",
    "refdata.view_refdata",
    "workflow.view_workitem",
    "events.read_feed",
    "connectors.view_fixmapping",
)

ROLES: dict[str, tuple[str, ...]] = {
    "dealer": (
        "deals.capture_deal",
        "deals.view_deal",
        "limits.check_limit",
        "limits.reserve_limit",
        "limits.view_limit",
        "refdata.view_refdata",
        "settlements.view_settlement",
    ),
    "clerk": (
        *READ,
        "deals.capture_deal",
        "deals.confirm_deal",
        "deals.repair_inbound",
        "settlements.match_settlement",
        "settlements.hold_settlement",
        "settlements.repair_settlement",
        "settlements.cancel_settlement",
        "settlements.run_settlement",
        "settlements.propose_evidence",
        "connectors.import_fix",
        "connectors.propose_fixmapping",
        "reporting.run_report",
        "refdata.propose_ssi",
    ),
    "checker": (
        *READ,
        "deals.approve_deal",
        "deals.reject_deal",
        "deals.cancel_deal",
        "settlements.release_settlement",
        "settlements.reject_settlement",
        "settlements.unhold_settlement",
        "settlements.accept_evidence",
        "settlements.decline_evidence",
        "connectors.approve_fixmapping",
        "connectors.decline_fixmapping",
        "connectors.withdraw_fixmapping",
        "settlements.run_settlement",
        "reporting.run_report",
        "refdata.approve_ssi",
    ),
    "risk": (
        *READ,
        "limits.check_limit",
        "limits.explain_breach",
        "limits.propose_override",
        "limits.approve_override",
        "limits.decline_override",
        "limits.withdraw_override",
        "limits.propose_cap",
        "limits.approve_cap",
        "limits.decline_cap",
        "limits.withdraw_cap",
        "reporting.run_report",
    ),
    "accountant": (*READ, "reporting.run_report"),
    "manager": (
        *READ,
        "reporting.run_report",
        "refdata.approve_ssi",
        "limits.approve_override",
        "limits.decline_override",
        "limits.approve_cap",
        "limits.decline_cap",
    ),
    "auditor": READ,
    "admin": (
        *READ,
        "access.view_user",
        "access.add_user",
        "access.change_user",
        "access.view_apikey",
        "access.change_apikey",
        "refdata.change_refdata",
        "refdata.propose_ssi",
    ),
}
