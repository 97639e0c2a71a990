"""Permissions and verbs that stand together in the table of roles: what one duty needs."""

from __future__ import annotations

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
    "connectors.view_channel",
    "connectors.view_allegement",
    "reconciliation.view_match",
    "expenses.view_fee",
    "expenses.view_cost",
    "onboarding.view_partyfile",
)
FILE_WORK = tuple(
    f"onboarding.{verb}_partyfile" for verb in ("open", "keep", "submit", "take_up", "take_step")
)
FILE_CHECKS = tuple(
    f"onboarding.{verb}_partyfile"
    for verb in ("approve", "send_back", "decline", "close", "take_step")
)
FILE_STOPS = tuple(f"onboarding.{verb}_partyfile" for verb in ("close", "take_step"))
PAY = ("expenses.view_payrolljournal",)  # what people earn is not for everybody who reads
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
MESSAGE_WORK = (
    "retry_message", "resend_message", "mark_outside_message", "take_back_message", "miss_message",
    "issue_form_message",
    "dismiss_allegement", "freeze_channel",
)  # fmt: skip
PENALTY_WORK = (
    "receive_penaltystatement", "appeal_penaltybreak", "propose_interestclaim", "propose_buyin",
    "execute_buyin", "abandon_buyin", "propose_assetuse", "propose_incomepayment", "choose_election",
    "propose_withdrawal",
)  # fmt: skip
RECONCILIATION_WORK = (
    "run_reconciliation", "make_match", "undo_match", "own_break", "explain_break", "chase_break",
    "propose_break", "receive_counterpartystatement",
)  # fmt: skip
SETTLEMENT_CHECKS = ("release", "reject", "unhold", "release_part")
PENALTY_CHECKS = (
    "accept_evidence", "decline_evidence", "cross_nettingset", "approve_recordevent", "decline_recordevent",
    "accept_penaltybreak", "win_penaltybreak", "approve_interestclaim", "decline_interestclaim",
    "drop_interestclaim", "notify_buyin", "compensate_buyin", "approve_assetuse", "decline_assetuse",
    "give_back_assetuse", "cancel_recordevent", "accept_incomepayment", "decline_incomepayment",
    "accept_incomedifference", "instruct_election", "decline_election", "approve_withdrawal",
    "decline_withdrawal",
)  # fmt: skip
LIMIT_CHANGES = ("override", "cap", "opening", "closing")
TRIES_DAYS = ("settlements.try_scenario", "settlements.keep_scenario")
DECIDES_LIMITS = tuple(
    f"limits.{v}_{what}" for what in LIMIT_CHANGES for v in ("approve", "decline")
)

# Of everybody who has a queue of their own.
ITEM_WORK = tuple(
    f"workflow.{verb}_workitem" for verb in ("claim", "hand_over", "pause", "resume", "comment")
)
