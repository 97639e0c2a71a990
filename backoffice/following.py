"""What the pipeline does with the events that it follows: each function takes a batch of them, as a consumer hands it.

What opens and closes work for people stands in `backoffice/work/`.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from backoffice.connectors.channels.electing import queue_elections
from backoffice.connectors.letters.queueing import queue_letters
from backoffice.connectors.places.allegements import answer_allegements
from backoffice.connectors.services import CANCEL, NEW, queue_commands, queue_instructions
from backoffice.events.consumers import Happened, subjects_of
from backoffice.work.people import tell_of_cancellations
from deals.booking.lots import keep_lots, reverse_lots
from deals.booking.posting import post_trades, reverse_trades
from deals.checks.duplicates import drop_suspicions, find_duplicates
from deals.exposing.recomputing import ask_for_revaluation
from expenses.costs.models import SupplierInvoice
from expenses.costs.paying import pay_invoices
from limits.breaches import cure_breaches, open_breaches
from onboarding.admitting import admit, files_hit
from reconciliation.breaks.penalties import follow_penalties
from reconciliation.breaks.pointing import point_out
from reconciliation.breaks.statements import check_statements
from reconciliation.matching.services import reconcile
from reconciliation.models import Break, Statement
from refdata.firm_days import firm_day
from reporting.tasks import compute_reports_after_commit
from settlements.changing.instructions import end_requests_of_settled
from settlements.changing.rest import book_rests
from settlements.clearing.computing import net_deals
from settlements.clearing.watching import follow_releases, watch_nets
from settlements.netting.shaping import shape_settlements
from settlements.netting.watching import follow_set_releases, watch_sets
from settlements.preparing import prepare_settlements
from settlements.purchases.services import open_purchases
from settlements.reversing.watching import end_requests_of_nets
from settlements.tasks import continue_runs_after_commit, revalue_limits_after_commit
from settlements.transforming.claiming import withdraw_claims
from settlements.transforming.watching import close_outturns, watch_events
from settlements.watching import watch_settlements
from settlements.withdrawing.services import follow_payments

OVER = ("deal.cancel", "deal.allocate", "deal.group")  # cancelled, or others took their place


def book_trades(events: Sequence[Happened], *, at: datetime) -> None:
    """Executed deals are booked at capture, proposed ones when confirmed; cancelled reversed, amended anew."""
    cancelled = {e.subject_id: e.reason for e in events if e.kind in OVER}
    reverse_trades(reasons=cancelled, at=at)
    reverse_lots(reasons=cancelled, at=at)
    amended = [e for e in events if e.kind == "deal.amend"]
    replaced = reverse_trades(
        reasons={e.subject_id: e.reason for e in amended}, at=at,
        before={e.subject_id: e.facts["version"] for e in amended},
    )  # fmt: skip
    reverse_lots(reasons=replaced, at=at)
    booked = [e for e in events if e.kind in ("deal.approve", "deal.affirm") or (
        e.kind in ("deal.capture", "deal.amend", "deal.undo_allocation") and e.facts.get("executed"))]  # fmt: skip
    post_trades(deal_ids=subjects_of(booked), at=at)
    keep_lots(deal_ids=subjects_of(booked), at=at)
    book_rests(deal_ids=subjects_of([e for e in events if e.kind == "deal.cancel_rest"]), at=at)


def prepare(events: Sequence[Happened], *, at: datetime) -> None:
    """A deal both sides agree on is prepared for settlement."""
    prepare_settlements(deal_ids=subjects_of(events), at=at)


def net_cleared_deals(events: Sequence[Happened], *, at: datetime) -> None:
    """A cleared deal is settled by the net of its account, asset and date."""
    net_deals(deal_ids=subjects_of(events), at=at)


def follow_nets(events: Sequence[Happened], *, at: datetime) -> None:
    """What waits for a clerk about nets; those whose settlement is released are instructed."""
    released = subjects_of([e for e in events if e.subject_type == "settlement"])
    follow_releases(settlement_ids=released, at=at)
    nets = subjects_of([e for e in events if e.subject_type == "netobligation"])
    watch_nets(ids=nets, at=at)


def follow_netting(events: Sequence[Happened], *, at: datetime) -> None:
    """What waits for a clerk about netting sets; those whose net is released are instructed."""
    released = subjects_of([e for e in events if e.subject_type == "settlement"])
    follow_set_releases(settlement_ids=released, at=at)
    close_outturns(settlement_ids=released, at=at)
    watch_sets(ids=subjects_of([e for e in events if e.subject_type == "nettingset"]), at=at)


def follow_record_events(events: Sequence[Happened], *, at: datetime) -> None:
    """An event that was proposed, or taken back by its place, waits for other eyes; claims of what is cancelled are
    withdrawn.
    """
    about = [e for e in events if e.subject_type == "recordevent"]
    withdrawn = {e.subject_id: e.reason for e in about if e.kind == "recordevent.ask_cancel"}
    watch_events(ids=subjects_of(about), withdrawn=withdrawn, at=at)
    cancelled = subjects_of([e for e in events if e.subject_type == "settlement"])
    withdraw_claims(settlement_ids=cancelled, at=at)
    close_outturns(settlement_ids=cancelled, at=at)


def shape(events: Sequence[Happened], *, at: datetime) -> None:
    """What is larger than its place takes is instructed in shapes."""
    shape_settlements(ids=subjects_of(events), at=at)


def begin_purchases(events: Sequence[Happened], *, at: datetime) -> None:
    """What is bought from an individual has its steps, in their order."""
    open_purchases(deal_ids=subjects_of(events), at=at)


def look_for_duplicates(events: Sequence[Happened], *, at: datetime) -> None:
    """Deals equal to one captured before them wait for a clerk; of cancelled ones nothing does."""
    cancelled = [e for e in events if e.kind == "deal.cancel"]
    drop_suspicions(deal_ids=subjects_of(cancelled), at=at)
    captured = [e for e in events if e.kind != "deal.cancel"]
    find_duplicates(deal_ids=subjects_of(captured), at=at)


def watch_party_files(events: Sequence[Happened], *, at: datetime) -> None:
    """A hit of an owner or signatory stops dealing with their party, once it is cleared dealing goes on."""
    admit(files_hit(subjects_of(events)), on=firm_day(at))


def watch_limits(events: Sequence[Happened], *, at: datetime) -> None:
    """An executed deal beyond its limits becomes breaches; what was given back may cure them."""
    open_breaches(events, at=at)
    cure_breaches(at=at)


def revalue_limits(events: Sequence[Happened], *, at: datetime) -> None:
    """Prices, rates or limits were added: a worker works out anew what deals use of their limits."""
    events = [e for e in events if e.kind != "refdata.change" or e.subject_type == "price"]
    if not events:
        return
    ask_for_revaluation(events, at=at)
    revalue_limits_after_commit()


def instruct_places(events: Sequence[Happened], *, at: datetime) -> None:
    """What was sent leaves as a message to its place; so do requests to cancel it, and that it is held or let go."""
    for kind, function in (("settlement.send", NEW), ("settlement.request_cancel", CANCEL)):
        ids = subjects_of([e for e in events if e.kind == kind])
        queue_instructions(settlement_ids=ids, at=at, function=function)
    held = [e for e in events if e.kind in ("settlement.hold", "settlement.unhold")]
    queue_commands(settlement_ids=subjects_of(held), at=at)


def instruct_elections(events: Sequence[Happened], *, at: datetime) -> None:
    """What an owner elected leaves as a message to its place, one for each option chosen."""
    queue_elections(election_ids=subjects_of(events), at=at)


def answer_alleged(events: Sequence[Happened], *, at: datetime) -> None:
    """What others instructed against us is answered once our own instruction is matched."""
    answer_allegements(settlement_ids=subjects_of(events), at=at)


def follow_cancellations(events: Sequence[Happened], *, at: datetime) -> None:
    """Who has to answer or approve a cancellation; what is settled meanwhile is cancelled no more."""
    settled = {
        subject: subjects_of([e for e in events if e.subject_type == subject])
        for subject in ("settlement", "netobligation")
    }
    end_requests_of_settled(settlement_ids=settled["settlement"], at=at)
    end_requests_of_nets(net_ids=settled["netobligation"], at=at)
    tell_of_cancellations([e for e in events if e.subject_type == "deal"], at=at)


def take_up_runs(events: Sequence[Happened], *, at: datetime) -> None:
    """A run was asked for: a worker takes it up in transactions of its own."""
    if events:
        continue_runs_after_commit()


def take_up_reports(events: Sequence[Happened], *, at: datetime) -> None:
    """A report was asked for: a worker computes it in transactions of its own."""
    if events:
        compute_reports_after_commit()


def watch_instructions(events: Sequence[Happened], *, at: datetime) -> None:
    """Settlements whose standing instruction is not good any more wait for a clerk: to enrich, or to re-instruct."""
    about = {
        subject: subjects_of([e for e in events if e.subject_type == subject])
        for subject in ("settlement", "ssi", "party")
    }
    watch_settlements(
        ids=about["settlement"], ssi_ids=about["ssi"], party_ids=about["party"], at=at
    )


def reconcile_statements(events: Sequence[Happened], *, at: datetime) -> None:
    """What a bank said is held against our books at once; what it should have said by now is missed."""
    day, ids = firm_day(at), subjects_of(events)
    rows = Statement.objects.filter(pk__in=ids).order_by("entity_id")
    nostros: dict[int, set[int]] = {}
    for entity_id, nostro_id in rows.values_list("entity_id", "nostro_id"):
        nostros.setdefault(entity_id, set()).add(nostro_id)
    for entity_id, of_entity in nostros.items():
        reconcile(entity_id=entity_id, nostro_ids=of_entity, day=day, at=at)
        check_statements(entity_id=entity_id, through=day - timedelta(days=1), at=at)
        point_out(entity_id=entity_id, nostro_ids=of_entity, day=day)


def pay_suppliers(events: Sequence[Happened], *, at: datetime) -> None:
    """Lines that pay invoices which are booked are matched with them, entity by entity."""
    breaks = [each.subject_id for each in events if each.subject_type == "break"]
    invoices = [each.subject_id for each in events if each.subject_type == "supplierinvoice"]
    found = {
        *Break.objects.filter(pk__in=breaks).values_list("entity_id", flat=True),
        *SupplierInvoice.objects.filter(pk__in=invoices).values_list("entity_id", flat=True),
    }
    for entity_id in sorted(found):
        pay_invoices(entity_id=entity_id, at=at)


def follow_penalty_differences(events: Sequence[Happened], *, at: datetime) -> None:
    """What a place says of penalties otherwise than we stands in the queue of breaks, until it is decided."""
    appeals = {
        each.subject_id: each.reason for each in events if each.kind == "penaltybreak.appeal"
    }
    follow_penalties(ids=subjects_of(events), appeals=appeals, at=at)


def follow_withdrawals(events: Sequence[Happened], *, at: datetime) -> None:
    """What became of the payments of clients' withdrawals."""
    follow_payments(settlement_ids=subjects_of(events), at=at)


def write_letters(events: Sequence[Happened], *, at: datetime) -> None:
    """Counterparties are written to where the process of a fail says so, once for each time."""
    queue_letters(events, at=at)
