"""Everything a person or a place can do to settlements. Runs and preparing have files of their own.

Every function is one intention, one transaction and any number of rows. The clock, the business
date and the person acting are arguments; nothing below this line looks them up.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
from django.db import connection, transaction

from backoffice.access.models import User
from backoffice.kernel.errors import Conflict, Forbidden
from backoffice.kernel.i18n import gettext_noop
from backoffice.workflow.transitions import Outcome, Step, advance
from deals.services import settle_deals
from ledger.guarding import WouldBeNegative
from ledger.services import post_entries
from limits.services import give_back_all
from settlements.clearing.exposing import NET
from settlements.clearing.settling import nets_settled_by
from settlements.covering import tell_of_uncovered, uncovered
from settlements.exposures import EXPOSURE, lock_with_siblings
from settlements.models import Settlement
from settlements.posting import accounts_of, entries_of
from settlements.purchases.ready import unready_payments
from settlements.remaining import rest_of
from settlements.room import take_room, tell_of_limits
from settlements.screening import screened
from settlements.selectors import linked_with, settled_terms
from settlements.standing import LinkedRefused, stopped_by_instruction, stopped_with_partners
from settlements.state import Approval


class InstructionToucher(Forbidden):
    code = "ssi-maker-releases"
    title = gettext_noop("Another person has to release the first payment of this instruction")
    detail = gettext_noop("You proposed or approved %(ssi)s yourself.")
    hint = gettext_noop("Ask a colleague who did not touch the instruction.")


class NotSent(Conflict):
    code = "not-sent"
    title = gettext_noop("It was never sent to its place")
    detail = gettext_noop("%(settlement)s has not left; no word can settle it.")
    hint = gettext_noop("Look at which settlement the answer means.")


# Settlements whose instruction the actor proposed or approved, and with which nothing has been
# released yet (domain-decisions 7).
_OWN_INSTRUCTION = """
SELECT s.id, 'SSI-' || i.id
  FROM settlements_settlement s JOIN refdata_standinginstruction i ON i.id = s.ssi_id
 WHERE s.id = ANY(%(ids)s) AND %(actor)s IN (i.proposed_by_id, i.approved_by_id)
   AND NOT EXISTS (SELECT 1 FROM settlements_settlement o
                    WHERE o.ssi_id = i.id AND o.approval = 'APPROVED')
"""
_AUTO_MATCHED = """
SELECT s.id FROM settlements_settlement s JOIN refdata_place p ON p.id = s.place_id
 WHERE s.id = ANY(%s) AND p.matching = 'AUTO' AND s.matching <> 'MATCHED' ORDER BY s.id
"""


@transaction.atomic
def release_settlements(*, ids: Sequence[int], actor: User, at: datetime) -> Outcome:
    """Let prepared settlements go out, as the second pair of eyes; with each those linked with it.

    Each is answered for itself: released, or refused with its reason. What was revoked since it
    was prepared is refused here and again at sending, because an account may be closed in between;
    so is what screening stops. What else is screened clear says by which screenings.
    Of linked ones all are released, or none. What would put more at risk than a settlement-day limit
    allows stays as it is, and risk is told.
    """
    partners = {id: [other for other, _ in row] for id, row in linked_with(ids).items()}
    wanted = sorted({*ids, *(other for others in partners.values() for other in others)})
    partners = {id: [other for other, _ in row] for id, row in linked_with(wanted).items()}
    siblings = lock_with_siblings(wanted)
    released = _released(wanted)  # one that was enriched again joins its partner that has left
    partners = {
        id: [] if id in released else [o for o in others if o not in released]
        for id, others in partners.items()
    }
    wanted = [id for id in wanted if id in ids or id not in released]
    found = screened(wanted, on=at.date())
    refused: dict[int, Any] = _touched(wanted, actor) | stopped_by_instruction(wanted)
    refused |= found.refused | unready_payments(wanted)
    outcome = Outcome(refused=refused)
    while going := [id for id in wanted if id not in _with_partners(outcome.refused, partners)]:
        point = transaction.savepoint()
        steps = [Step(id, facts=found.evidence.get(id, {})) for id in going]
        tried = advance(Settlement, "release", steps, actor=actor, at=at)
        broken = any(partners[id] for id in tried.refused)
        short = {} if broken else take_room(tried.done, siblings=siblings, at=at)
        if not broken and not short:
            transaction.savepoint_commit(point)
            outcome = Outcome(tried.done, outcome.refused | tried.refused)
            break
        # Nothing of a pair goes out alone, nor beyond a limit.
        transaction.savepoint_rollback(point)
        outcome = outcome.refusing(tried.refused | short)
    alone = _with_partners(outcome.refused, partners).keys() - outcome.refused.keys()
    _match_automatically(outcome.done, at)
    tell_of_limits(outcome.refused, actor=actor, at=at)
    return outcome.refusing({id: _held_by(partners[id], outcome.refused) for id in sorted(alone)})


def _released(ids: Sequence[int]) -> set[int]:
    rows = Settlement.objects.filter(pk__in=ids, approval=Approval.APPROVED)
    return set(rows.values_list("pk", flat=True))


def _with_partners(
    refused: Mapping[int, Any], partners: Mapping[int, Sequence[int]]
) -> dict[int, None]:
    """The refused ones, and those that are linked with one of them."""
    return dict.fromkeys([*refused, *(other for id in refused for other in partners.get(id, ()))])


def _held_by(partners: Sequence[int], refused: Mapping[int, Any]) -> LinkedRefused:
    other = next(id for id in partners if id in refused)
    return LinkedRefused(settlement=f"S-{other}", why=str(refused[other]))


def _touched(ids: Sequence[int], actor: User) -> dict[int, Any]:
    with connection.cursor() as cursor:
        cursor.execute(_OWN_INSTRUCTION, {"ids": list(ids), "actor": actor.pk})
        return {id: InstructionToucher(ssi=ssi) for id, ssi in cursor.fetchall()}


def _match_automatically(ids: Sequence[int], at: datetime) -> None:
    """Where both sides are told at once, what is released is matched."""
    with connection.cursor() as cursor:
        cursor.execute(_AUTO_MATCHED, [list(ids)])
        matched = [Step(row[0]) for row in cursor.fetchall()]
    advance(Settlement, "match", matched, actor=None, at=at)


@transaction.atomic
def reject_settlements(*, ids: Sequence[int], reason: str, actor: User, at: datetime) -> Outcome:
    """Send prepared settlements back to be repaired."""
    return advance(Settlement, "reject", [Step(id, reason) for id in ids], actor=actor, at=at)


@transaction.atomic
def repair_settlements(*, ids: Sequence[int], actor: User, at: datetime) -> Outcome:
    """Put rejected settlements before other eyes again."""
    return advance(Settlement, "repair", [Step(id) for id in ids], actor=actor, at=at)


@transaction.atomic
def match_settlements(*, ids: Sequence[int], actor: User | None, at: datetime) -> Outcome:
    """Record that both sides have instructed the same; by a person, or by the place's word."""
    return advance(Settlement, "match", [Step(id) for id in ids], actor=actor, at=at)


@transaction.atomic
def hold_settlements(*, ids: Sequence[int], reason: str, actor: User, at: datetime) -> Outcome:
    """Keep settlements from settling until other eyes let them go."""
    return advance(Settlement, "hold", [Step(id, reason) for id in ids], actor=actor, at=at)


@transaction.atomic
def unhold_settlements(*, ids: Sequence[int], actor: User, at: datetime) -> Outcome:
    """Let held settlements go on, as the second pair of eyes."""
    return advance(Settlement, "unhold", [Step(id) for id in ids], actor=actor, at=at)


@transaction.atomic
def send_settlements(*, ids: Sequence[int], at: datetime) -> Outcome:
    """Hand instructions to their places; instructions, screening and limits are checked once more."""
    siblings = lock_with_siblings(ids)
    refused = stopped_with_partners(ids, on=at.date())
    good = [id for id in ids if id not in refused]
    refused |= take_room(good, siblings=siblings, at=at)
    tell_of_limits(refused, actor=None, at=at)
    steps = [Step(id) for id in ids if id not in refused]
    return advance(Settlement, "send", steps, actor=None, at=at).refusing(refused)


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """Whose word makes a settlement final: the message or document, and the place's own time."""

    kind: str
    reference: str
    settled_at: datetime
    details: Mapping[str, Any] = field(default_factory=dict)


_PUT_EVIDENCE = """
INSERT INTO settlements_evidence (settlement_id, kind, reference, settled_at, place_id, details, recorded_at)
SELECT g.id, g.kind, g.reference, g.settled_at, s.place_id, g.details, %s
  FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::timestamptz[], %s::jsonb[])
       AS g(id, kind, reference, settled_at, details)
  JOIN settlements_settlement s ON s.id = g.id
"""
# Deals all of whose settlements are final, among the sources of these.
_DEALS_DONE = """
SELECT s.source_id, bool_or(s.cancellation = 'AGREED') FROM settlements_settlement s
 WHERE s.source_type = 'deal' AND s.source_id IN (
       SELECT source_id FROM settlements_settlement WHERE id = ANY(%s) AND source_type = 'deal')
 GROUP BY s.source_id
HAVING bool_and(s.settlement = 'SETTLED' OR s.cancellation = 'AGREED') ORDER BY s.source_id
"""


@transaction.atomic
def settle_settlements(*, proofs: Mapping[int, Proof], settled_date: date, at: datetime) -> Outcome:
    """Make settlements final: state, evidence, postings, limits and deal, in one transaction.

    `proofs` names, for each settlement, what shows that it is final. One that is settled already
    is refused, so the same evidence twice writes nothing twice. So is one that would take from somebody
    at a place what is not there (WouldBeNegative), the last first; the rest is settled.
    """
    refused: dict[int, Any] = {}
    while True:
        going = {id: proof for id, proof in proofs.items() if id not in refused}
        try:
            return _settle(going, settled_date, at).refusing(refused)
        except WouldBeNegative as why:
            refused |= uncovered(going, settled_date, why)


@transaction.atomic
def _settle(proofs: Mapping[int, Proof], settled_date: date, at: datetime) -> Outcome:
    columns = {"settled_date": settled_date, "reason": ""}
    steps = [
        Step(id, facts={"evidence": f"{p.kind}:{p.reference}"}, columns=columns)
        for id, p in sorted(proofs.items())
    ]
    outcome = advance(Settlement, "settle", steps, actor=None, at=at)
    if not outcome.done:
        return outcome
    done = sorted(outcome.done)
    _put_evidence({id: proofs[id] for id in done}, at)
    with connection.cursor() as cursor:
        cursor.execute(_DEALS_DONE, [done])
        found = cursor.fetchall()
    # Of what was cancelled some was instructed anew; a deal of which something was not is not settled.
    rests = rest_of([id for id, some_cancelled in found if some_cancelled])
    deal_ids = [id for id, _ in found if id not in rests]
    nets, cleared = nets_settled_by(done, at=at)
    deal_ids = sorted({*deal_ids, *cleared})
    ended = {EXPOSURE: done, NET: nets}
    if deal_ids:
        settle_deals(ids=deal_ids, at=at, ended=ended)
    else:
        give_back_all(ended, state="RELEASED")
    terms = settled_terms(done)
    post_entries(entries_of(terms, settled_date, accounts_of(terms)), at=at)
    return outcome


# Only what was sent to an outside place is settled by its word; on which day its own time zone says.
_ZONES = """
SELECT s.id, c.timezone
  FROM settlements_settlement s
  JOIN refdata_place p ON p.id = s.place_id
  JOIN refdata_calendar c ON c.id = p.calendar_id
 WHERE s.id = ANY(%s) AND p.finality = 'EXTERNAL' AND s.transmission <> 'NONE'
"""


@transaction.atomic
def settle_by_places_word(*, proofs: Mapping[int, Proof], at: datetime) -> Outcome:
    """Make final what outside places say is: each on the day it was in the place's own time.

    What was never sent is refused, whoever says so.
    """
    with connection.cursor() as cursor:
        cursor.execute(_ZONES, [sorted(proofs)])
        zones = {id: ZoneInfo(zone) for id, zone in cursor.fetchall()}
    by_day: dict[date, dict[int, Proof]] = {}
    for id, proof in proofs.items():
        if id in zones:
            day = proof.settled_at.astimezone(zones[id]).date()
            by_day.setdefault(day, {})[id] = proof
    outcome = Outcome(refused={id: NotSent(settlement=f"S-{id}") for id in proofs.keys() - zones})
    for day, settled in sorted(by_day.items()):
        found = settle_settlements(proofs=settled, settled_date=day, at=at)
        outcome = Outcome(outcome.done + found.done, outcome.refused | found.refused)
    tell_of_uncovered(outcome.refused, proofs, at=at)
    return outcome


def _put_evidence(proofs: Mapping[int, Proof], at: datetime) -> None:
    rows = proofs.values()
    with connection.cursor() as cursor:
        cursor.execute(
            _PUT_EVIDENCE,
            [
                at,
                list(proofs),
                [proof.kind for proof in rows],
                [proof.reference for proof in rows],
                [proof.settled_at for proof in rows],
                [msgspec.json.encode(proof.details).decode() for proof in rows],
            ],
        )


# Agreed and due, and the end of the day has come: matched, or with its place.
_OVERDUE = """
SELECT s.id, s.reason, s.amount, c.code
  FROM settlements_settlement s JOIN refdata_asset c ON c.id = s.money_asset_id
 WHERE s.entity_id = %s AND s.due_date <= %s AND s.settlement = 'PENDING'
   AND s.approval = 'APPROVED' AND s.matching = 'MATCHED' AND s.cancellation <> 'AGREED'
 ORDER BY s.id LIMIT %s
"""


@transaction.atomic
def fail_overdue_settlements(*, entity_id: int, day: date, at: datetime, limit: int) -> int:
    """Matched settlements due by a day that has ended fail; at most `limit`, say how many did.

    One that is not matched has no settlement status at all: it is late on another axis (rules 2, L1).
    """
    with connection.cursor() as cursor:
        cursor.execute(_OVERDUE, [entity_id, day, limit])
        steps = [
            Step(id, reason, {"amount": str(amount), "currency": currency})
            for id, reason, amount, currency in cursor.fetchall()
        ]
    return len(advance(Settlement, "fail", steps, actor=None, at=at).done)
