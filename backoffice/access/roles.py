"""Who may do what: the one readable table from roles to permissions.

`manage.py sync_roles` writes it to Django's groups; a test compares. Dealers hold no back-office
permission, and nobody who captures deals may release money (domain-decisions 7).
"""

from __future__ import annotations

from typing import NamedTuple

READ = (
    "deals.view_deal",
    "limits.view_limit",
    "settlements.view_settlement",
    "ledger.view_ledger",
    "ledger.view_close",
    "reporting.view_report",
    "refdata.view_refdata",
    "workflow.view_workitem",
    "events.read_feed",
    "reconciliation.view_statement",
    "connectors.view_fixmapping",
    "connectors.view_inboundfile",
    "deals.view_dealimport",
    "deals.view_importmapping",
    "documents.view_document",
    "documents.view_template",
    "refdata.view_screeninghit",
)
PURCHASE_STEPS = (
    "issue", "identify", "screen", "contract", "order", "credit", "pay", "ask_advance",
)  # fmt: skip
SETTLEMENT_WORK = (
    "match", "hold", "prioritise", "allow_parts", "link", "repair", "enrich", "cancel", "run",
)  # fmt: skip
CLEARING_WORK = (
    "propose_evidence", "receive_clearingfigure", "receive_venuereversal", "agree_netobligation",
    "propose_recordevent", "form_nettingset", "agree_nettingset", "reopen_nettingset",
)  # fmt: skip
PENALTY_WORK = (
    "receive_penaltystatement", "appeal_penaltybreak", "propose_interestclaim", "propose_buyin",
    "execute_buyin", "abandon_buyin", "propose_assetuse",
)  # fmt: skip
SETTLEMENT_CHECKS = ("release", "reject", "unhold", "release_part")
PENALTY_CHECKS = (
    "accept_evidence", "decline_evidence", "cross_nettingset", "approve_recordevent", "decline_recordevent",
    "accept_penaltybreak", "win_penaltybreak", "approve_interestclaim", "decline_interestclaim",
    "drop_interestclaim", "notify_buyin", "compensate_buyin", "approve_assetuse", "decline_assetuse",
    "give_back_assetuse",
)  # fmt: skip
LIMIT_CHANGES = ("override", "cap", "opening", "closing")
DECIDES_LIMITS = tuple(
    f"limits.{v}_{what}" for what in LIMIT_CHANGES for v in ("approve", "decline")
)

ROLES: dict[str, tuple[str, ...]] = {
    "dealer": (
        "deals.capture_deal",
        "deals.amend_deal",
        "deals.view_deal",
        "deals.view_dealimport",
        "deals.view_importmapping",
        "deals.receive_dealimport",
        "deals.map_dealimport",
        "deals.load_dealimport",
        "documents.view_document",
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
        "deals.amend_deal",
        "deals.allocate_deal",
        "deals.cancel_deal",
        "deals.agree_cancel_deal",
        "deals.deny_cancel_deal",
        "deals.withdraw_cancel_deal",
        "deals.reinstruct_deal",
        "deals.undo_allocation_deal",
        "deals.repair_inbound",
        "deals.dismiss_suspicion",
        "deals.receive_dealimport",
        "deals.map_dealimport",
        "deals.load_dealimport",
        "deals.request_undo_dealimport",
        "deals.propose_importmapping",
        "deals.receive_confirmation",
        "deals.link_confirmation",
        "deals.dispute_confirmation",
        "deals.reject_confirmation",
        "deals.withdraw_confirmation",
        *(f"settlements.{verb}_settlement" for verb in SETTLEMENT_WORK),
        *(f"settlements.{what}" for what in (*CLEARING_WORK, *PENALTY_WORK)),
        "connectors.import_fix",
        "connectors.propose_fixmapping",
        "connectors.receive_inboundfile",
        "connectors.retake_inboundfile",
        "connectors.set_aside_inboundfile",
        "reporting.run_report",
        "refdata.propose_ssi",
        "refdata.revoke_ssi",
        "refdata.call_back_ssi",
        "refdata.file_proposal",
        "refdata.withdraw_proposal",
        "refdata.issue_agreement",
        "ledger.explain_openpoint",
        "documents.propose_signedcopy",
        *(f"settlements.{verb}_purchase" for verb in PURCHASE_STEPS),
    ),
    "checker": (
        *READ,
        "deals.approve_deal",
        "deals.reject_deal",
        "deals.cancel_deal",
        "deals.undo_dealimport",
        "deals.keep_dealimport",
        "deals.approve_importmapping",
        "deals.decline_importmapping",
        "deals.withdraw_importmapping",
        "deals.approve_cancel_deal",
        "deals.withdraw_cancel_deal",
        *(f"settlements.{verb}_settlement" for verb in SETTLEMENT_CHECKS),
        *(f"settlements.{what}" for what in PENALTY_CHECKS),
        "connectors.approve_fixmapping",
        "connectors.decline_fixmapping",
        "connectors.withdraw_fixmapping",
        "settlements.run_settlement",
        "reporting.run_report",
        "refdata.approve_ssi",
        "refdata.revoke_ssi",
        "refdata.call_back_ssi",
        "refdata.approve_proposal",
        "refdata.decline_proposal",
        "documents.accept_signedcopy",
        "documents.decline_signedcopy",
        "settlements.act_purchase",
        "settlements.allow_advance_purchase",
        "settlements.refuse_advance_purchase",
    ),
    "risk": (
        *READ,
        "limits.check_limit",
        "limits.try_limit",
        "limits.explain_breach",
        *(f"limits.{verb}_{what}" for what in LIMIT_CHANGES for verb in ("propose", "withdraw")),
        *DECIDES_LIMITS,
        "reporting.run_report",
        "refdata.propose_rule",
        "refdata.adopt_rule",
        "refdata.activate_rule",
        "refdata.decline_rule",
        "refdata.withdraw_rule",
        "refdata.repeal_rule",
        "refdata.propose_clearing_screeninghit",
        "refdata.confirm_screeninghit",
    ),
    "accountant": (
        *READ,
        "settlements.book_penaltystatement",
        "settlements.pay_interestclaim",
        "settlements.decline_penaltystatement",
        "connectors.receive_inboundfile",
        "connectors.retake_inboundfile",
        "connectors.set_aside_inboundfile",
        "reporting.run_report",
        "ledger.explain_openpoint",
        "ledger.restart_nightstep",
        "refdata.propose_rule",
        "refdata.adopt_rule",
        "refdata.withdraw_rule",
        "refdata.propose_profile",
        "refdata.withdraw_profile",
    ),
    "manager": (
        *READ,
        "reporting.run_report",
        "refdata.approve_ssi",
        "refdata.revoke_ssi",
        "refdata.call_back_ssi",
        "refdata.approve_proposal",
        "refdata.decline_proposal",
        *DECIDES_LIMITS,
        "ledger.sign_off_businessday",
        "refdata.activate_rule",
        "refdata.decline_rule",
        "refdata.repeal_rule",
        "refdata.approve_clearing_screeninghit",
        "refdata.decline_clearing_screeninghit",
        "refdata.confirm_screeninghit",
        "refdata.approve_profile",
        "refdata.decline_profile",
        "documents.approve_template",
        "documents.decline_template",
        "grants.view_rolegrant",
        "grants.approve_rolegrant",
        "grants.decline_rolegrant",
    ),
    "auditor": (
        *READ,
        "grants.view_rolegrant",
        "webhooks.view_webhook",
        "access.view_personalread",
    ),
    "admin": (
        *READ,
        "access.view_user",
        "access.add_user",
        "access.change_user",
        "access.view_apikey",
        "access.change_apikey",
        "access.remove_factor",
        "access.view_personalread",
        "webhooks.view_webhook",
        "webhooks.create_webhook",
        "webhooks.pause_webhook",
        "webhooks.resume_webhook",
        "webhooks.end_webhook",
        "webhooks.rotate_webhook",
        "webhooks.replay_webhook",
        "grants.view_rolegrant",
        "grants.propose_rolegrant",
        "grants.withdraw_rolegrant",
        "grants.end_rolegrant",
        "refdata.file_proposal",
        "refdata.withdraw_proposal",
        "refdata.propose_ssi",
        "refdata.revoke_ssi",
        "refdata.verify_rule",
        "ledger.restart_nightstep",
        "documents.propose_template",
        "documents.withdraw_template",
    ),
}


class Apart(NamedTuple):
    """Two sides of one matter that nobody holds together: who may do one of these may do none of those."""

    one: tuple[str, ...]
    other: tuple[str, ...]
    why: str


# Nobody may hold both sides: a role that would bring the second is not granted (domain-decisions 7). A
# person's own work is besides never approved by that person, with whatever roles (`makers`, other eyes).
SEGREGATION = (
    Apart(
        ("deals.capture_deal",),
        (
            "deals.approve_deal", "deals.approve_cancel_deal", "settlements.release_settlement",
            "limits.approve_override", "limits.approve_cap", "limits.approve_opening",
            "limits.approve_closing",
        ),
        "who deals or books deals neither approves nor pays them, nor gives them room",
    ),
    Apart(
        (
            "deals.confirm_deal", "deals.repair_inbound", "deals.receive_confirmation",
            "settlements.receive_venuereversal", "deals.link_confirmation", "deals.amend_deal", "deals.allocate_deal",
            "deals.agree_cancel_deal", "deals.reinstruct_deal", "deals.undo_allocation_deal",
        ),
        ("deals.approve_deal", "deals.approve_cancel_deal", "settlements.release_settlement"),
        "who says that the counterparty agreed does not let the money go",
    ),
    Apart(
        ("settlements.propose_assetuse",),
        ("settlements.approve_assetuse", "settlements.give_back_assetuse"),
        "who proposes to use a client's assets does not move them",
    ),
    Apart(
        ("limits.reserve_limit",),
        (
            "limits.approve_override", "limits.approve_cap", "limits.propose_override",
            "limits.approve_opening", "limits.approve_closing",
        ),
        "who uses limits does not set them",
    ),
    Apart(
        ("refdata.propose_ssi",),
        ("settlements.release_settlement", "refdata.approve_ssi"),
        "who brings a counterparty's details neither puts them in force nor pays by them",
    ),
    Apart(
        ("refdata.propose_clearing_screeninghit",),
        (
            "refdata.approve_clearing_screeninghit", "settlements.release_settlement",
            "deals.capture_deal",
        ),
        "who says that a hit is another neither agrees to it nor deals with or pays it",
    ),
    Apart(("settlements.propose_evidence",), ("settlements.accept_evidence",),
          "who records a document does not declare by it that the money came"),
    Apart(
        ("settlements.identify_purchase", "settlements.credit_purchase", "settlements.ask_advance_purchase"),
        ("settlements.act_purchase", "settlements.allow_advance_purchase"),
        "who says that a seller's securities came does not let the money go",
    ),
    Apart(
        ("documents.propose_template", "documents.propose_signedcopy"),
        ("documents.approve_template", "documents.accept_signedcopy"),
        "who writes a template or brings a signed copy does not put it in force",
    ),
    Apart(("settlements.agree_nettingset", "settlements.propose_recordevent"),
          ("settlements.cross_nettingset", "settlements.approve_recordevent"),
          "who brings what changes settlements does not put it in force"),
    Apart(("settlements.receive_clearingfigure", "settlements.agree_netobligation",
           "settlements.agree_nettingset"),
          ("settlements.release_settlement",), "who agrees to a net does not let it go"),
    Apart(
        ("settlements.repair_settlement", "settlements.hold_settlement"),
        ("settlements.release_settlement", "settlements.unhold_settlement"),
        "who stops or mends a settlement does not let it go",
    ),
    Apart(("connectors.receive_inboundfile",),
          ("settlements.release_settlement", "settlements.accept_evidence"),
          "who brings what a bank says neither lets money go nor declares by it that money came"),
    Apart(("connectors.propose_fixmapping", "connectors.import_fix"), ("connectors.approve_fixmapping",),
          "who brings fills does not say how they are booked"),
    Apart(
        ("deals.propose_importmapping", "deals.receive_dealimport", "deals.request_undo_dealimport"),
        ("deals.approve_importmapping", "deals.undo_dealimport"),
        "who brings files of deals neither says alone how they are read nor takes them back alone",
    ),
    Apart(("ledger.restart_nightstep", "ledger.explain_openpoint"),
          ("ledger.sign_off_businessday",), "who closes the day does not sign it off"),
    Apart(("grants.propose_rolegrant",), ("grants.approve_rolegrant",),
          "who proposes a role for somebody does not grant it"),
    Apart(("access.add_user", "access.change_user"),
          ("deals.capture_deal", "deals.confirm_deal", "deals.approve_deal", "settlements.release_settlement",
           "settlements.accept_evidence", "limits.approve_override", "refdata.approve_ssi"),
          "who grants roles touches neither deals nor money"),
)  # fmt: skip
SEGREGATED: tuple[tuple[str, str], ...] = tuple(
    (one, other) for apart in SEGREGATION for one in apart.one for other in apart.other
)
