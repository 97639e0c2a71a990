"""Everything a person or a place can do to settlements; what makes them final stands in `settling.py`.

Every function is one intention, one transaction and any number of rows. The clock, the business
date and the person acting are arguments; nothing below this line looks them up.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.db import connection, transaction

from backoffice.access.models import User
from backoffice.kernel.errors import Forbidden, Refusal
from backoffice.kernel.i18n import gettext_noop
from backoffice.workflow.transitions import Outcome, Step, advance
from refdata.firm_days import firm_day
from settlements.deadlines.selectors import instructed_late
from settlements.exposures import lock_with_siblings
from settlements.linking.selectors import partners_of
from settlements.matching import match_told
from settlements.models import Settlement
from settlements.netting.binding import bound, free_of
from settlements.parting.services import take_part_terms
from settlements.proving import Proof as Proof
from settlements.purchases.ready import unready_payments
from settlements.room import take_room, tell_of_limits
from settlements.running.ties import left_with
from settlements.screening import screened
from settlements.settling import NotSent as NotSent
from settlements.settling import settle_by_places_word as settle_by_places_word
from settlements.settling import settle_settlements as settle_settlements
from settlements.standing import LinkedRefused, stopped_by_instruction, stopped_with_partners
from settlements.state import Approval, Reason


class InstructionToucher(Forbidden):
    code = "ssi-maker-releases"
    title = gettext_noop("Another person has to release the first payment of this instruction")
    detail = gettext_noop("You proposed or approved %(ssi)s yourself.")
    hint = gettext_noop("Ask a colleague who did not touch the instruction.")


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
    Of those linked *with* each other all are released, or none. What would put more at risk than a settlement-day limit
    allows stays as it is, and risk is told.
    """
    partners = partners_of(ids)
    wanted = sorted({*ids, *(other for others in partners.values() for other in others)})
    partners = partners_of(wanted)
    siblings = lock_with_siblings(wanted)
    released = _released(wanted)  # one that was enriched again joins its partner that has left
    partners = {
        id: [] if id in released else [o for o in others if o not in released]
        for id, others in partners.items()
    }
    wanted = [id for id in wanted if id in ids or id not in released]
    found = screened(wanted, on=firm_day(at))
    evidence = found.evidence
    refused: dict[int, Any] = _touched(wanted, actor) | stopped_by_instruction(wanted)
    refused |= found.refused | unready_payments(wanted) | bound(wanted)
    outcome = Outcome(refused=refused)
    while going := [id for id in wanted if id not in _with_partners(outcome.refused, partners)]:
        point = transaction.savepoint()
        steps = [Step(id, facts=evidence.get(id, {})) for id in going]
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
    take_part_terms(outcome.done, day=firm_day(at))
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
    match_told(steps=matched, told={}, actor=None, at=at)


@transaction.atomic
def reject_settlements(*, ids: Sequence[int], reason: str, actor: User, at: datetime) -> Outcome:
    """Send prepared settlements back to be repaired."""
    free, refused = free_of(ids)
    steps = [Step(id, reason) for id in free]
    return advance(Settlement, "reject", steps, actor=actor, at=at).refusing(refused)


@transaction.atomic
def repair_settlements(*, ids: Sequence[int], actor: User, at: datetime) -> Outcome:
    """Put rejected settlements before other eyes again."""
    return advance(Settlement, "repair", [Step(id) for id in ids], actor=actor, at=at)


@transaction.atomic
def match_settlements(*, ids: Sequence[int], actor: User | None, at: datetime) -> Outcome:
    """Record that both sides have instructed the same; by a person, or by the place's word."""
    free, refused = free_of(ids)
    found = match_told(steps=[Step(id) for id in free], told={}, actor=actor, at=at)
    return found.refusing(refused)


@transaction.atomic
def hold_settlements(*, ids: Sequence[int], reason: str, actor: User, at: datetime) -> Outcome:
    """Keep settlements from settling until other eyes let them go."""
    free, refused = free_of(ids)
    steps = [Step(id, reason, columns={"released_quantity": None}) for id in free]
    return advance(Settlement, "hold", steps, actor=actor, at=at).refusing(refused)


@transaction.atomic
def unhold_settlements(*, ids: Sequence[int], actor: User, at: datetime) -> Outcome:
    """Let held settlements go on, as the second pair of eyes."""
    return advance(Settlement, "unhold", [Step(id) for id in ids], actor=actor, at=at)


@transaction.atomic
def send_settlements(*, ids: Sequence[int], at: datetime, day: date | None = None) -> Outcome:
    """Hand instructions to their places; instructions, screening, cut-offs and limits are checked once more.

    They are to settle on `day`, without one on that of the moment at each place. What comes after the
    deadline of its place for instructions goes, and says so (ADEA).
    """
    siblings = lock_with_siblings(ids)
    refused = stopped_with_partners(ids, on=firm_day(at), at=at, day=day)
    refused |= _without_room([id for id in ids if id not in refused], siblings, at)
    tell_of_limits(refused, actor=None, at=at)
    going = [id for id in ids if id not in refused]
    if late := instructed_late(going, at):
        Settlement.objects.filter(pk__in=late).update(reason=Reason.ADEA)
    return advance(Settlement, "send", [Step(id) for id in going], actor=None, at=at).refusing(
        refused
    )


def _without_room(ids: Sequence[int], siblings: Sequence[int], at: datetime) -> dict[int, Refusal]:
    """Take room for these; those that limits refuse, and what would leave with them by a link."""
    refused: dict[int, Refusal] = {}
    while True:
        point = transaction.savepoint()
        short = take_room([id for id in ids if id not in refused], siblings=siblings, at=at)
        tied = [id for id in left_with(short, ids) if id not in refused]
        refused |= short
        if not tied:
            transaction.savepoint_commit(point)
            return refused
        transaction.savepoint_rollback(point)  # nothing is taken for what does not go
        held, why = next(iter(short.items()))
        refused |= {id: LinkedRefused(settlement=f"S-{held}", why=str(why)) for id in tied}


# Agreed and due, and the end of the day has come: matched, or with its place.
_OVERDUE = """
SELECT s.id, s.reason, s.amount - s.settled_amount, c.code
  FROM settlements_settlement s JOIN refdata_asset c ON c.id = s.money_asset_id
 WHERE s.entity_id = %s AND s.due_date <= %s AND s.settlement = 'PENDING' AND s.netted_by_id IS NULL
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
