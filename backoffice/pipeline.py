"""What follows what: from each event to the work it causes. Start reading here.

    deal.capture ──► book the trade (executed deals)      ──► breach.open ──► work for risk
    deal.settle, deal.cancel, limit.release ──► breach.cure when nothing is in excess any more
    price.load, rate.load ──► work out exposures anew ──► limit.revalue, limit.alarm: work for an administrator
    override.propose, cap.propose ──► (other eyes approve) ──► in force by date, by the clock
    deal.approve, deal.affirm ──► book the trade          ──► prepare settlements
    deal.cancel ──► reverse the trade
    settlement.prepare ──► (a person releases) ──► settlementrun.request ──► run
    ssi.revoke, ssi.approve, refdata.change (of a party) ──► settlements that must be enriched or re-instructed
    settlement.exceed_limit ──► work for risk, until it is released, sent or settled
    settlement.send ──► write the instruction for its place ──► the place answers ──► evidence ──► settled
    ssi.propose ──► (a call-back, other eyes approve) ──► used from then on
    proposal.file ──► (other eyes approve: written then) ──► refdata.change
    evidence.propose ──► (other eyes accept the document) ──► settled
    reportrun.request ──► a worker computes the report at a watermark
    the cut-off of a day passes ──► its night, step by step: see night.py
    rolegrant.propose ──► (a manager approves) ──► the role is held
    settlement.settle ──► state, postings, limits and deal: done already, in the same transaction

Consumers read the numbered events in order, each with its own cursor, and do their work exactly
once inside the database. Workers are nudged after commits; beat makes them look every second anyway.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from django.utils import timezone

from backoffice.connectors.services import queue_instructions
from backoffice.events.consumers import Consumer, Happened
from backoffice.grants.waiting import GRANT_KINDS, tell_manager
from backoffice.night import role_of
from backoffice.risk_work import tell_risk, tell_risk_of_settlements
from backoffice.workflow.services import NewItem, close_items, open_items
from deals.exposures import ask_for_revaluation
from deals.lots import keep_lots, reverse_lots
from deals.posting import post_trades, reverse_trades
from deals.rules import end_of_day
from limits.breaches import cure_breaches, open_breaches
from reporting.tasks import compute_reports_after_commit
from settlements.preparing import SSI_MISSING, prepare_settlements
from settlements.tasks import continue_runs_after_commit, revalue_limits_after_commit
from settlements.watching import watch_settlements

# What waits for a checker from then on, and the facts that say what about.
ASKS_FOR_EYES = {
    "evidence.propose": ("settlement", "document"), "ssi.propose": (), "proposal.file": ("name",),
}  # fmt: skip


def _subjects(events: Sequence[Happened]) -> list[int]:
    return sorted({event.subject_id for event in events})


def book_trades(events: Sequence[Happened]) -> None:
    """Executed deals are booked when captured, proposed ones when confirmed; cancelled reversed."""
    at = timezone.now()
    booked = [e for e in events if e.kind != "deal.cancel" and (
        e.kind != "deal.capture" or e.facts.get("executed"))]  # fmt: skip
    post_trades(deal_ids=_subjects(booked), at=at)
    keep_lots(deal_ids=_subjects(booked), at=at)
    cancelled = {e.subject_id: e.reason for e in events if e.kind == "deal.cancel"}
    reverse_trades(reasons=cancelled, at=at)
    reverse_lots(reasons=cancelled, at=at)


def prepare(events: Sequence[Happened]) -> None:
    """A deal both sides agree on is prepared for settlement."""
    prepare_settlements(deal_ids=_subjects(events), at=timezone.now())


def watch_limits(events: Sequence[Happened]) -> None:
    """An executed deal beyond its limits becomes breaches; what was given back may cure them."""
    open_breaches(events, at=timezone.now())
    cure_breaches(at=timezone.now())


def revalue_limits(events: Sequence[Happened]) -> None:
    """Prices or rates were added: a worker works out anew what deals use of their limits."""
    ask_for_revaluation(events, at=timezone.now())
    revalue_limits_after_commit()


def instruct_places(events: Sequence[Happened]) -> None:
    """What was sent leaves as a message to its place."""
    queue_instructions(settlement_ids=_subjects(events), at=timezone.now())


def take_up_runs(events: Sequence[Happened]) -> None:
    """A run was asked for: a worker takes it up in transactions of its own."""
    if events:
        continue_runs_after_commit()


def take_up_reports(events: Sequence[Happened]) -> None:
    """A report was asked for: a worker computes it in transactions of its own."""
    if events:
        compute_reports_after_commit()


def close_done_items(events: Sequence[Happened]) -> None:
    """What waited for an instruction no longer does once the deal is prepared."""
    close_items(
        subject_type="deal", subject_ids=_subjects(events), kinds=[SSI_MISSING], at=timezone.now()
    )


def tell_clerks(events: Sequence[Happened]) -> None:
    """What came in and cannot be booked, and what has failed to settle, waits for a clerk."""
    items = [
        NewItem(
            kind="repair" if e.kind == "inbound.receive" else "failing", queue="clerk",
            subject_type=e.subject_type, subject_id=e.subject_id, entity_id=e.entity_id,
            reason=", ".join(e.facts.get("problems", [])) or e.reason,
            amount=Decimal(e.facts["amount"]) if e.facts.get("amount") else None,
            currency=e.facts.get("currency", ""), due_at=end_of_day(e.recorded_at),
        )
        for e in events
        if e.kind != "settlement.settle"
    ]  # fmt: skip
    open_items(items, at=timezone.now())
    settled = [event for event in events if event.kind == "settlement.settle"]
    close_items(
        subject_type="settlement", subject_ids=_subjects(settled), kinds=["failing"],
        at=timezone.now(),
    )  # fmt: skip


def tell_administrator(events: Sequence[Happened]) -> None:
    """Events that no consumer could digest, broken runs and limits that were wrong wait for an administrator."""
    kinds = {"event.park": "parked-event", "limit.alarm": "limit-alarm"}
    items = [
        NewItem(
            kind=kinds.get(e.kind, "broken-run"), queue="admin", subject_type=e.subject_type,
            subject_id=e.subject_id, entity_id=e.entity_id, reason=e.reason,
        )
        for e in events
    ]  # fmt: skip
    open_items(items, at=timezone.now())


def tell_checkers(events: Sequence[Happened]) -> None:
    """Documents that would settle, instructions and changes of reference data wait for other eyes."""
    asked = [e for e in events if e.kind in ASKS_FOR_EYES]
    items = [
        NewItem(
            kind=e.subject_type, queue="checker", subject_type=e.subject_type,
            subject_id=e.subject_id, entity_id=e.entity_id,
            reason=": ".join(e.facts[name] for name in ASKS_FOR_EYES[e.kind]),
        )
        for e in asked
    ]  # fmt: skip
    open_items(items, at=timezone.now())
    for subject in ("evidence", "ssi", "proposal"):
        about = [e for e in events if e.subject_type == subject and e.kind not in ASKS_FOR_EYES]
        close_items(
            subject_type=subject, subject_ids=_subjects(about), kinds=[subject], at=timezone.now()
        )


def watch_instructions(events: Sequence[Happened]) -> None:
    """Settlements whose standing instruction is not good any more wait for a clerk: to enrich, or to re-instruct."""
    about = {
        subject: _subjects([e for e in events if e.subject_type == subject])
        for subject in ("settlement", "ssi", "party")
    }
    watch_settlements(
        ids=about["settlement"], ssi_ids=about["ssi"], party_ids=about["party"], at=timezone.now()
    )


def tell_manager_of_roles(events: Sequence[Happened]) -> None:
    """A role that somebody would hold waits for the manager."""
    tell_manager(events, at=timezone.now())


def tell_closers(events: Sequence[Happened]) -> None:
    """What holds up the close of a day waits for those who can go on with it."""
    waiting = {
        "night.break_off": "broken-night", "openpoint.open": "open-points",
        "openpoint.recur": "open-points", "businessday.seal": "sign-off",
    }  # fmt: skip
    items = [
        NewItem(
            kind=waiting[e.kind], queue=role_of(e.facts.get("step", waiting[e.kind])),
            subject_type="businessday", subject_id=e.facts.get("day", e.subject_id),
            entity_id=e.entity_id, reason=e.reason,
        )
        for e in events
        if e.kind in waiting
    ]  # fmt: skip
    open_items(items, at=timezone.now())
    for e in events:
        done = {"night.restart": "broken-night", "businessday.sign_off": "sign-off"}.get(e.kind)
        done = "open-points" if e.kind == "businessday.seal" else done
        if done:
            day = e.facts.get("day", e.subject_id)
            close_items(
                subject_type="businessday", subject_ids=[day], kinds=[done], at=timezone.now()
            )


CONSUMERS = (
    Consumer(
        "book-trades",
        frozenset({"deal.capture", "deal.approve", "deal.affirm", "deal.cancel"}),
        book_trades,
    ),
    Consumer("prepare-settlements", frozenset({"deal.approve", "deal.affirm"}), prepare),
    Consumer(
        "tell-risk",  # the name of its cursor
        frozenset(
            {
                "deal.capture",
                "deal.settle",
                "deal.cancel",
                "limit.release",
                "limit.expire",
            }
        ),
        watch_limits,
    ),
    Consumer("tell-manager-of-roles", GRANT_KINDS, tell_manager_of_roles),
    Consumer("revalue-limits", frozenset({"price.load", "rate.load"}), revalue_limits),
    Consumer(
        "tell-risk-and-manager",
        frozenset(
            {
                "breach.open",
                "breach.accept",
                "breach.cure",
                "override.propose",
                "override.approve",
                "override.decline",
                "override.withdraw",
                "override.expire",
                "cap.propose",
                "cap.approve",
                "cap.decline",
                "cap.withdraw",
            }
        ),
        tell_risk,
    ),
    Consumer(
        "watch-instructions",
        frozenset(
            {
                "ssi.approve",
                "ssi.revoke",
                "refdata.change",
                "settlement.send",
                "settlement.enrich",
                "settlement.settle",
                "settlement.agree_cancel",
            }
        ),
        watch_instructions,
    ),
    Consumer("instruct-places", frozenset({"settlement.send"}), instruct_places),
    Consumer("take-up-runs", frozenset({"settlementrun.request"}), take_up_runs),
    Consumer("take-up-reports", frozenset({"reportrun.request"}), take_up_reports),
    Consumer("close-items", frozenset({"deal.prepare"}), close_done_items),
    Consumer(
        "tell-clerks",
        frozenset({"inbound.receive", "settlement.fail", "settlement.settle"}),
        tell_clerks,
    ),
    Consumer(
        "tell-risk-of-settlements",
        frozenset(
            {
                "settlement.exceed_limit",
                "settlement.release",
                "settlement.reject",
                "settlement.send",
                "settlement.settle",
            }
        ),
        tell_risk_of_settlements,
    ),
    Consumer(
        "tell-checkers",
        frozenset(
            {
                "evidence.propose",
                "evidence.accept",
                "evidence.decline",
                "ssi.propose",
                "ssi.approve",
                "ssi.revoke",
                "proposal.file",
                "proposal.approve",
                "proposal.decline",
                "proposal.withdraw",
            }
        ),
        tell_checkers,
    ),
    Consumer(
        "tell-closers",
        frozenset(
            {
                "night.break_off",
                "night.restart",
                "openpoint.open",
                "openpoint.recur",
                "businessday.seal",
                "businessday.sign_off",
            }
        ),
        tell_closers,
    ),
    Consumer(
        "tell-administrator",
        frozenset({"event.park", "settlementrun.break_off", "reportrun.break_off", "limit.alarm"}),
        tell_administrator,
    ),
)
