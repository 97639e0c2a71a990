"""What nobody may hold together: the sides of one matter, and why they are apart (domain-decisions 7)."""

from __future__ import annotations

from typing import NamedTuple


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
        ("refdata.propose_process",),
        ("refdata.activate_rule", "deals.confirm_deal", "deals.approve_deal", "deals.take_step_deal",
         "refdata.take_step_process", "onboarding.submit_partyfile", "onboarding.approve_partyfile",
         "onboarding.take_step_partyfile"),
        "who changes how deals are confirmed or parties taken on neither puts that in force nor does it",
    ),
    Apart(
        ("onboarding.open_partyfile", "onboarding.keep_partyfile", "onboarding.submit_partyfile",
         "onboarding.take_up_partyfile", "deals.capture_deal"),
        ("onboarding.approve_partyfile",),
        "who fills in the file of a party, or deals with it, does not take it on",
    ),
    Apart(
        ("settlements.propose_assetuse",),
        ("settlements.approve_assetuse", "settlements.give_back_assetuse"),
        "who proposes to use a client's assets does not move them",
    ),
    Apart(
        ("settlements.propose_taxyear",),
        ("settlements.approve_taxyear",),
        "who proposes to end a tax year does not withhold",
    ),
    Apart(
        (
            "expenses.receive_supplierinvoice", "expenses.propose_costcontract", "expenses.propose_fixedasset",
            "expenses.ask_disposal_fixedasset",
        ),
        (
            "expenses.book_supplierinvoice", "expenses.sign_costcontract", "expenses.end_costcontract",
            "expenses.accept_fixedasset", "expenses.dispose_fixedasset",
        ),
        "who brings a supplier's contract, invoice or equipment neither signs nor books it",
    ),
    Apart(
        ("settlements.propose_withdrawal",),
        ("settlements.approve_withdrawal", "settlements.release_settlement"),
        "who asks for a client's money to go out does not let it go",
    ),
    Apart(("settlements.propose_incomepayment", "settlements.choose_election"),
          ("settlements.accept_incomepayment", "settlements.accept_incomedifference", "settlements.instruct_election"),
          "who records what a place paid or an owner chose neither books nor instructs it"),
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
    Apart(("reconciliation.propose_break",), ("reconciliation.accept_break",),
          "who proposes what is booked for a difference does not book it"),
    Apart(("expenses.receive_payrolljournal", "connectors.prepare_payfile"),
          ("expenses.accept_payrolljournal", "connectors.release_payfile"),
          "who brings what people earn neither books it nor lets the money go"),
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
    Apart(("connectors.mark_outside_message", "connectors.freeze_channel"),
          ("connectors.confirm_outside_message", "connectors.thaw_channel"),
          "who says that a message went another way, or stops a channel, does not confirm it alone"),
    Apart(("connectors.receive_channel",),
          ("deals.capture_deal", "settlements.release_settlement", "settlements.propose_evidence",
           "settlements.accept_evidence", "refdata.file_proposal"),
          "who brings what places say does nothing that they speak about"),
    Apart(("connectors.propose_fixmapping", "connectors.import_fix"), ("connectors.approve_fixmapping",),
          "who brings fills does not say how they are booked"),
    Apart(
        ("deals.propose_importmapping", "deals.receive_dealimport", "deals.request_undo_dealimport"),
        ("deals.approve_importmapping", "deals.undo_dealimport"),
        "who brings files of deals neither says alone how they are read nor takes them back alone",
    ),
    Apart(("ledger.restart_nightstep", "ledger.explain_openpoint"),
          ("ledger.sign_off_businessday", "ledger.sign_off_businessperiod"),
          "who closes a day or a month does not sign it off"),
    Apart(("ledger.ask_reopen_businessday",),
          ("ledger.approve_reopen_businessday", "ledger.decline_reopen_businessday"),
          "who asks for a closed day to be opened again does not open it"),
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
