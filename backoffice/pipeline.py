"""What follows what: from each event to the work it causes. Start reading here.

  A deal is taken, and what may stop it:
    deal.capture ──► book the trade (executed deals)      ──► breach.open ──► work for risk
    deal.capture ──► compare with the deals before it    ──► suspicion.open: work for a clerk
    deal.capture ──► begin the checklist of a purchase from an individual, with the steps that its process adds:
        ──► purchase.take_step by each step's role, in turn; deal.amend, deal.cancel ──► asked for anew, or over
    deal.settle, deal.cancel, limit.release ──► breach.cure when nothing is in excess any more
    price.load, rate.load, refdata.change (of a price) ──► work out exposures anew ──► limit.revalue,
        limit.alarm: work for an administrator
    override.propose, cap.propose ──► (other eyes approve) ──► in force by date, by the clock
    opening.propose, closing.propose ──► (other eyes approve) ──► a limit is there, or ends, by the clock
    opening.apply ──► work out exposures anew: what is live counts under the new limit

  It is confirmed, or changed:
    deal.capture ──► affirmed at once where no confirmation is required
    confirmation.receive ──► matched with a deal ──► deal.affirm, or work for a clerk; again when either changes
    a confirmation cut-off passes ──► work for a clerk
    inbound.replay ──► process.begin, where its process asks others to look at it ──► inbound.take_step ──► confirmed
    deal.confirm ──► process.begin, where its process asks for more ──► work for each step's role, in turn
    deal.approve, deal.affirm ──► book the trade          ──► prepare settlements
    deal.amend ──► reverse the trade, and book it anew     ──► confirmed and approved again
    deal.allocate, deal.group ──► reverse the trade; the deals in its place are booked by their own capture
    deal.undo_allocation ──► its parts are reversed by their own cancellation, the block is booked anew
    deal.cancel ──► reverse the trade
    deal.request_cancel ──► work for a clerk and a checker ──► settlement.request_cancel ──► its place answers

  What is owed becomes settlements:
    settlement.prepare, .enrich ──► larger than its place takes: shapes, each instructed by itself
    deal.reinstruct ──► prepare settlements anew, or what is left of them
    deal.affirm (a cleared deal) ──► it joins its net obligations ──► compared with the figure of the house
    netobligation.figure ──► equal: a clerk agrees ──► one settlement on the net; different: work for a clerk
    payments that may be netted ──► nettingset.form ──► a clerk agrees by the cut-off ──► one settlement on the net;
        else, or when a member is cancelled late: each settles by itself
    recordevent.propose ──► (other eyes approve) ──► after its record date: pending settlements replaced, claims made,
        and whoever held then entitled; what may be chosen: election.open ──► work for a clerk until its deadline
    bonds' schedules, by the clock ──► recordevent.propose: coupons and repayments of what is held
    ssi.revoke, ssi.approve, refdata.change (of a party) ──► settlements that must be enriched or re-instructed
    sanctions.load, a changed name ──► screened again ──► screeninghit.open ──► work for risk, then the manager

  It settles:
    settlement.prepare ──► (a person releases) ──► settlementrun.request ──► run
    a cycle of a place falls due, by its clock ──► settlementrun.request ──► run
    settlement.send ──► a message for its place, through its channel ──► the place answers ──► evidence ──► settled
    settlement.hold, .unhold (after it was sent) ──► a command to its place
    message.stop, .refuse ──► work for a clerk: something is missing, or the place does not take it
    settlement.differ, .deny_command (a place says something else) ──► work for a clerk, until it is settled or over
    allegement.receive ──► compared with ours ──► work for a clerk, until it is answered, taken back or set aside
    a fail grows old, by the clock ──► settlement.react, as its process says ──► work for a role, until it is over, and
        where it says so a letter to the counterparty: message.send, settlement.chase; without an address: message.stop;
        the same of what waits for repair, a purchase that is not paid, a day that is not signed off
    settlement.exceed_limit ──► work for risk, until it is released, sent or settled
    settlement.ask_cancel (the other side asks) ──► work for a clerk, until we ask too or it is over
    settlement.lack_cover (a place moved what by our books is not there) ──► work for a clerk, until settled
    evidence.propose ──► (other eyes accept the document) ──► settled
    settlement.settle ──► state, postings, limits and deal: done already, in the same transaction
    settlement.settle_part ──► requests to cancel the deal are over; what is left waits for the next part
    settlement.settle, settlement.agree_cancel ──► a part is settled, the rest cancelled: work for a clerk
    deal.cancel_rest ──► the rest leaves the books and the lots
    penaltystatement.receive ──► work for an accountant (booked by other eyes); penaltybreak.open ──► for a clerk,
        and in the queue of breaks until it is decided
    incomepayment.propose ──► (other eyes accept) ──► entitlement.pay: booked; incomedifference.open ──► for a checker
    election.choose ──► (other eyes instruct) ──► election.instruct: blocked until it is paid, and a message for each
        option through the channel of the place ──► election.accept, or .refuse: work for a clerk again
    a place announces ──► recordevent.propose; otherwise, or takes it back ──► .overtake, or for other eyes: .ask_cancel
    feestatement.receive, feeinvoice.propose ──► work for an accountant; feebreak.open ──► for a clerk
    payrolljournal.receive ──► work for a manager ──► payrolljournal.accept: booked, with the tax of each person;
        payfile.prepare ──► work for a manager ──► payfile.release: the file may be taken to the bank
    costcontract.propose ──► (the manager signs it) ──► what is expected month by month, accrued where no invoice is
    supplierinvoice.receive ──► explained by a contract, else work for an accountant ──► (other eyes) ──► a cost
    break.open, supplierinvoice.book ──► a line that pays an invoice is matched with it; paid without one: work
    fixedasset.propose, budget.propose, allocationkey.propose ──► work for the manager ──► (other eyes) ──► in force
    a month is closed ──► expensealert.raise, where expense outran income ──► work for the manager, until answered
    assetuse.propose ──► (other eyes move it) ──► in our use until it is given back; its right ends: work for a clerk
    withdrawal.propose ──► (other eyes approve: tax kept back) ──► its payment is released ──► paid, or taken back
    taxyear.propose ──► work for the manager ──► taxyear.approve: what clients owe is withheld

  What banks say:
    inboundfile.receive, .retake ──► (the same transaction) ──► statement.store, one for each statement
    inboundfile.receive with problems ──► work for a clerk, until all of it is taken in or it is set aside
    statement.store ──► matched with our books ──► payments that a line proves are settled; the rest: break.open
    break.open ──► work for a clerk ──► break.propose (book, write off, take as evidence) ──► (other eyes accept)

  The firm around it:
    ssi.propose ──► (a call-back, other eyes approve) ──► used from then on
    partyfile.open ──► (documents, owners, answers) ──► partyfile.submit ──► work for a checker, or for the next step of
        its process ──► partyfile.approve ──► the party is there, its limits are proposed (opening.propose)
    the calendar of a file ──► partyfile.fall_due ──► work for a clerk ──► submitted and approved again; a document or
        review that is overdue, or a hit of an owner, stops dealing: work for the manager
    proposal.file ──► (other eyes approve: written then) ──► refdata.change
    rolegrant.propose ──► (a manager approves) ──► the role is held
    reportrun.request ──► a worker computes the report at a watermark
    the cut-off of a day passes ──► its night, step by step: see night.py; sealed ──► businessday.take_step, where its
        process asks for more sign-offs ──► signed off, it is handed over:
        ledgerbatch.prepare (entries and documents) ──► work for an accountant ──► ledgerbatch.hand_over, .accept
    a month or year is over ──► closed in steps once its days are signed off ──► businessperiod.sign_off
    businessday.ask_reopen ──► (other eyes open it) ──► it and all after it close anew, with their months and years
    whatever happens ──► told to webhooks, in the order of numbers ──► webhook.disable ──► work for an administrator

Consumers read the numbered events in order, each with its own cursor, and do their work exactly
once inside the database. Workers are nudged after commits; beat makes them look every second anyway.
"""

from __future__ import annotations

from backoffice.events.consumers import follow
from backoffice.following import (
    OVER,
    answer_alleged,
    begin_purchases,
    book_trades,
    follow_cancellations,
    follow_nets,
    follow_netting,
    follow_penalty_differences,
    follow_record_events,
    follow_withdrawals,
    instruct_elections,
    instruct_places,
    look_for_duplicates,
    net_cleared_deals,
    pay_suppliers,
    prepare,
    reconcile_statements,
    revalue_limits,
    shape,
    take_up_reports,
    take_up_runs,
    watch_instructions,
    watch_limits,
    watch_party_files,
    write_letters,
)
from backoffice.grants.waiting import GRANT_KINDS, tell_manager
from backoffice.webhooks.waiting import WEBHOOK_KINDS, tell_of_webhooks
from backoffice.work.actions import (
    ELECTION_EVENTS,
    INCOME_EVENTS,
    tell_of_elections,
    tell_of_income,
)
from backoffice.work.asked import ANSWERS, tell_of_asked_cancels
from backoffice.work.breaks import BREAK_EVENTS, tell_of_breaks
from backoffice.work.claims import CLAIM_EVENTS, tell_of_claims
from backoffice.work.confirming import follow_confirmations, tell_clerks_of_confirmations
from backoffice.work.costs import (
    COST_EVENTS,
    MANAGED_EVENTS,
    tell_manager_of_costs,
    tell_of_costs,
)
from backoffice.work.fees import FEE_EVENTS, tell_of_fees
from backoffice.work.files import FILE_EVENTS, tell_of_files
from backoffice.work.ledger_batches import BATCH_EVENTS, tell_of_ledger_batches
from backoffice.work.messages import MESSAGE_EVENTS, tell_of_messages
from backoffice.work.party_files import PARTY_FILE_EVENTS, tell_of_party_files
from backoffice.work.payroll import PAYROLL_EVENTS, tell_of_payroll
from backoffice.work.penalties import PENALTY_EVENTS, tell_of_penalties
from backoffice.work.people import (
    close_done_items,
    tell_administrator,
    tell_checkers,
    tell_clerks,
    tell_clerks_of_cover,
    tell_closers,
)
from backoffice.work.processes import PROCESS_EVENTS, tell_of_processes
from backoffice.work.purchases import PURCHASE_EVENTS, tell_of_purchases
from backoffice.work.reopening import REOPENING_EVENTS, tell_of_reopening
from backoffice.work.rests import tell_of_rests
from backoffice.work.risk import (
    HIT_KINDS,
    tell_risk,
    tell_risk_of_hits,
    tell_risk_of_settlements,
)
from backoffice.work.tax_years import TAX_YEAR_EVENTS, tell_of_tax_years
from backoffice.work.uses import USE_EVENTS, tell_of_uses
from backoffice.work.withdrawals import WITHDRAWAL_EVENTS, tell_of_withdrawals
from deals.confirming.state import CONFIRMATION_LIFECYCLE
from settlements.clearing.state import NET_LIFECYCLE
from settlements.netting.state import SET_LIFECYCLE

PENALTY_DIFFERENCES = tuple(kind for kind in PENALTY_EVENTS if kind.startswith("penaltybreak."))
CONFIRMATION_STEPS = tuple(f"confirmation.{name}" for name in CONFIRMATION_LIFECYCLE.transitions)
NET_STEPS = tuple(f"netobligation.{name}" for name in NET_LIFECYCLE.transitions)
SET_STEPS = tuple(f"nettingset.{name}" for name in SET_LIFECYCLE.transitions)
# What the house does by itself.
DOING = (
    follow("look-for-duplicates", look_for_duplicates, "deal.capture", "deal.amend", "deal.cancel"),
    follow("begin-purchases", begin_purchases, "deal.capture", "deal.amend", "deal.cancel"),
    follow("match-confirmations", follow_confirmations,
           "confirmation.receive", "confirmation.match", "confirmation.replace", "confirmation.withdraw",
           "confirmation.reject", "deal.capture", "deal.amend", "deal.cancel", "deal.undo_allocation",
           "inbound.take_step"),
    follow("book-trades", book_trades, "deal.capture", "deal.approve", "deal.affirm", "deal.cancel",
           "deal.amend", "deal.allocate", "deal.group", "deal.cancel_rest",
           "deal.undo_allocation"),
    follow("cancellations", follow_cancellations,
           "deal.request_cancel", "deal.agree_cancel", "deal.approve_cancel", "deal.deny_cancel",
           "deal.withdraw_cancel", "deal.cancel", "deal.cancel_rest", "settlement.settle",
           "settlement.settle_part", "netobligation.settle"),
    follow("tell-risk", watch_limits,  # the name of its cursor
           "deal.capture", "deal.amend", "deal.settle", "deal.cancel_rest", "deal.undo_allocation", *OVER,
           "limit.release", "limit.expire"),
    follow("revalue-limits", revalue_limits, "price.load", "rate.load", "opening.apply", "refdata.change"),
    follow("watch-party-files", watch_party_files, *HIT_KINDS),
    follow("prepare-settlements", prepare, "deal.approve", "deal.affirm", "deal.reinstruct"),
    follow("shape-settlements", shape, "settlement.prepare", "settlement.enrich"),
    follow("net-cleared-deals", net_cleared_deals, "deal.approve", "deal.affirm"),
    follow("follow-nets", follow_nets,
           "netobligation.compute", "netobligation.figure", *NET_STEPS, "settlement.release"),
    follow("follow-netting", follow_netting, "nettingset.form", *SET_STEPS, "settlement.release"),
    follow("follow-record-events", follow_record_events,
           "recordevent.propose", "recordevent.approve", "recordevent.decline", "recordevent.overtake",
           "recordevent.replace", "recordevent.cancel", "recordevent.ask_cancel", "settlement.agree_cancel"),
    follow("follow-withdrawals", follow_withdrawals, "settlement.settle", "settlement.agree_cancel"),
    follow("watch-instructions", watch_instructions,
           "ssi.approve", "ssi.revoke", "refdata.change", "settlement.send", "settlement.enrich",
           "settlement.settle", "settlement.agree_cancel"),
    follow("take-up-runs", take_up_runs, "settlementrun.request"),
    follow("instruct-places", instruct_places,
           "settlement.send", "settlement.request_cancel", "settlement.hold", "settlement.unhold"),
    follow("instruct-elections", instruct_elections, "election.instruct"),
    follow("answer-alleged", answer_alleged, "settlement.match"),
    follow("reconcile-statements", reconcile_statements, "statement.store"),
    follow("pay-suppliers", pay_suppliers, "break.open", "break.recur", "supplierinvoice.book"),
    follow("follow-penalty-differences", follow_penalty_differences, *PENALTY_DIFFERENCES),
    follow("take-up-reports", take_up_reports, "reportrun.request"),
)  # fmt: skip
# Who is given work, or is done with it.
TELLING = (
    follow("tell-clerks", tell_clerks, "inbound.receive", "settlement.fail", "settlement.settle"),
    follow("tell-clerks-of-confirmations", tell_clerks_of_confirmations,
           *CONFIRMATION_STEPS, "deal.confirm", "deal.approve", "deal.reject", "deal.affirm", "deal.cancel"),
    follow("tell-clerks-of-asked-cancels", tell_of_asked_cancels, "settlement.ask_cancel", *ANSWERS),
    follow("tell-clerks-of-rests", tell_of_rests,
           "settlement.settle", "settlement.agree_cancel", "settlement.deny_cancel", "deal.request_cancel",
           "deal.deny_cancel", "deal.withdraw_cancel", "deal.reinstruct", "deal.cancel_rest", "deal.cancel"),
    follow("tell-clerks-of-cover", tell_clerks_of_cover,
           "settlement.lack_cover", "settlement.settle", "settlement.agree_cancel"),
    follow("tell-clerks-of-messages", tell_of_messages, *MESSAGE_EVENTS),
    follow("tell-of-purchases", tell_of_purchases, *PURCHASE_EVENTS, "deal.cancel"),
    follow("write-letters", write_letters, "settlement.react"),
    follow("tell-of-processes", tell_of_processes, *PROCESS_EVENTS),
    follow("tell-of-party-files", tell_of_party_files, *PARTY_FILE_EVENTS),
    follow("tell-of-claims", tell_of_claims, *CLAIM_EVENTS),
    follow("tell-of-uses", tell_of_uses, *USE_EVENTS),
    follow("tell-of-withdrawals", tell_of_withdrawals, *WITHDRAWAL_EVENTS),
    follow("tell-of-tax-years", tell_of_tax_years, *TAX_YEAR_EVENTS),
    follow("tell-of-ledger-batches", tell_of_ledger_batches, *BATCH_EVENTS),
    follow("tell-of-income", tell_of_income, *INCOME_EVENTS),
    follow("tell-of-elections", tell_of_elections, *ELECTION_EVENTS),
    follow("tell-of-penalties", tell_of_penalties, *PENALTY_EVENTS),
    follow("tell-of-files", tell_of_files, *FILE_EVENTS),
    follow("tell-of-breaks", tell_of_breaks, *BREAK_EVENTS),
    follow("tell-of-fees", tell_of_fees, *FEE_EVENTS),
    follow("tell-of-payroll", tell_of_payroll, *PAYROLL_EVENTS),
    follow("tell-of-costs", tell_of_costs, *COST_EVENTS),
    follow("tell-manager-of-costs", tell_manager_of_costs, *MANAGED_EVENTS),
    follow("close-items", close_done_items, "deal.prepare"),
    follow("tell-checkers", tell_checkers,
           "evidence.propose", "evidence.accept", "evidence.decline",
           "ssi.propose", "ssi.approve", "ssi.revoke",
           "proposal.file", "proposal.approve", "proposal.decline", "proposal.withdraw"),
    follow("tell-risk-and-manager", tell_risk,
           "breach.open", "breach.accept", "breach.cure",
           "override.propose", "override.approve", "override.decline", "override.withdraw",
           "override.expire", "cap.propose", "cap.approve", "cap.decline", "cap.withdraw",
           *(f"{each}.{step}" for each in ("opening", "closing")
             for step in ("propose", "approve", "decline", "withdraw"))),
    follow("tell-risk-of-settlements", tell_risk_of_settlements,
           "settlement.exceed_limit", "settlement.release", "settlement.reject", "settlement.send",
           "settlement.settle"),
    follow("tell-risk-of-hits", tell_risk_of_hits, *HIT_KINDS),
    follow("tell-manager-of-roles", tell_manager, *GRANT_KINDS),
    follow("tell-closers", tell_closers,
           "night.break_off", "night.restart", "openpoint.open", "openpoint.recur",
           "businessday.seal", "businessday.take_step", "businessday.sign_off"),
    follow("tell-manager-of-reopening", tell_of_reopening, *REOPENING_EVENTS),
    follow("tell-administrator", tell_administrator,
           "event.park", "settlementrun.break_off", "settlementrun.drop_shard",
           "reportrun.break_off", "limit.alarm"),
    follow("tell-administrator-of-webhooks", tell_of_webhooks, *WEBHOOK_KINDS),
)  # fmt: skip
CONSUMERS = DOING + TELLING
