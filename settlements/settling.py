"""Making settlements final, whole or in part: state, evidence, postings, limits and deal in one transaction."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection, transaction

from backoffice.events.faults import reached
from backoffice.kernel.decimals import plain
from backoffice.kernel.errors import Conflict, Refusal
from backoffice.kernel.i18n import gettext_noop
from backoffice.kernel.rows import array
from backoffice.workflow.transitions import Outcome, Step, advance
from ledger.guarding import WouldBeNegative
from settlements.covering import tell_of_uncovered, uncovered
from settlements.finishing import finish_settlements
from settlements.linking.selectors import waiting_for
from settlements.matching import match_by_inference
from settlements.models import Settlement
from settlements.netting.settling import lock_with_members, settle_members_of
from settlements.parting.rules import is_part
from settlements.posting import SettledTerms, part_terms
from settlements.proving import Proof, proved_already, put_evidence
from settlements.selectors import locked_terms
from settlements.straight import settle_straight, straight_among


class NotSent(Conflict):
    code = "not-sent"
    title = gettext_noop("It was never sent to its place")
    detail = gettext_noop("%(settlement)s has not left; no word can settle it.")
    hint = gettext_noop("Look at which settlement the answer means.")


class MoreThanLeft(Conflict):
    code = "more-than-left"
    title = gettext_noop("More than is left of it")
    detail = gettext_noop("Of %(settlement)s %(left)s is left to settle, not %(quantity)s.")
    hint = gettext_noop("Compare its parts with what the place reports.")


class PartNotAllowed(Conflict):
    code = "part-not-allowed"
    title = gettext_noop("It does not settle in such a part")
    detail = gettext_noop("%(quantity)s of %(settlement)s: partial settlement does not allow that.")
    hint = gettext_noop("Keep to its minimum and its lots, or settle it whole.")


class WaitsForLinked(Conflict):
    code = "waits-for-linked"
    title = gettext_noop("It settles after another that has not settled")
    detail = gettext_noop("%(settlement)s waits for %(first)s.")
    hint = gettext_noop("Settle that one first, or end the link.")


class ProvedAlready(Conflict):
    code = "proved-already"
    title = gettext_noop("That part is settled already")
    detail = gettext_noop("%(evidence)s has proved a part of %(settlement)s before.")
    hint = gettext_noop("Nothing is left to do: what is proved once is booked once.")


# What the market said before it settled is over; the advice itself stays.
_FORGET_REASONS = """
UPDATE settlements_settlement SET reasons = '{}' WHERE id = ANY(%s) AND reasons <> '{}'
"""


@transaction.atomic
def settle_settlements(
    *, proofs: Mapping[int, Proof], settled_date: date, at: datetime,
    parts: Mapping[int, Decimal] | None = None, reasons: Mapping[int, str] | None = None,
) -> Outcome:  # fmt: skip
    """Make settlements final, whole or in part: state, evidence, postings, limits and deal, in one transaction.

    `proofs` names, for each settlement, what shows that it is final; `parts` how much of its securities
    settles now (absent: everything that may, of one held in part what was released). `reasons` says, in the
    market's codes, why the rest of a part does not. A part moves it to PARTIAL and leaves a
    `SettlementPart`; the one that leaves nothing moves it to SETTLED, and with the last of a deal the deal.
    At places in our own books a part keeps to the settlement's minimum and lot; what an outside place says
    is booked as it says. One that is settled already, and evidence that has proved a part before, are
    refused: the same twice writes nothing twice. In our own books one that settles after another does not
    before it; both may settle here together. So is one that would take from somebody at a place what is not there
    (WouldBeNegative), the last first; the rest is settled. Refuses with WaitsForLinked, MoreThanLeft, PartNotAllowed,
    ProvedAlready.
    """
    parts = parts or {}
    refused: dict[int, Any] = {}
    while True:
        going = {id: proof for id, proof in proofs.items() if id not in refused}
        try:
            return _settle(going, settled_date, at, parts, reasons or {}).refusing(refused)
        except WouldBeNegative as why:
            refused |= uncovered(going, settled_date, why, parts)


@transaction.atomic
def _settle(
    proofs: Mapping[int, Proof], settled_date: date, at: datetime, parts: Mapping[int, Decimal],
    reasons: Mapping[int, str],
) -> Outcome:  # fmt: skip
    lock_with_members(sorted(proofs))
    straight, at_once = straight_among(proofs, parts), Outcome()
    if straight.ids:
        proof = proofs[straight.ids[0]]
        at_once = settle_straight(straight, proof, day=settled_date, at=at)
        straight = straight.of(at_once.done)
        proofs = {id: proofs[id] for id in proofs.keys() - {*straight.ids}}
    found = {terms.id: terms for terms in locked_terms(sorted(proofs))} if proofs else {}
    now, refused = _settling(found, proofs, parts)
    whole = [id for id in sorted(proofs) if id not in refused and _is_last(found, now, id)]
    rest = [id for id in sorted(now) if not _is_last(found, now, id)]
    outcome = _moved("settle", whole, found, now, proofs, at=at, day=settled_date)
    parted = _moved("settle_part", rest, found, now, proofs, at=at, reasons=reasons)
    done = sorted([*at_once.done, *outcome.done, *parted.done])
    answered = Outcome(done, {**outcome.refused, **parted.refused, **refused})
    if not done:
        return answered
    reached("shard.moved")
    settled = [now[id] for id in sorted([*outcome.done, *parted.done])]
    _prove(settled, proofs, settled_date, at)
    members = settle_members_of(outcome.done, settled_date=settled_date, at=at)
    finish_settlements(
        sorted([*at_once.done, *outcome.done, *(terms.id for terms in members)]),
        [*settled, *members],
        straight, parted=sorted(parted.done), settled_date=settled_date, at=at,
    )  # fmt: skip
    return answered


def _prove(
    settled: Sequence[SettledTerms], proofs: Mapping[int, Proof], day: date, at: datetime
) -> None:
    if not settled:
        return
    ids = [terms.id for terms in settled]
    with connection.cursor() as cursor:
        cursor.execute(_FORGET_REASONS, [array(ids)])
    put_evidence({id: proofs[id] for id in ids}, settled, day, at)


def _settling(
    found: Mapping[int, SettledTerms], proofs: Mapping[int, Proof], parts: Mapping[int, Decimal]
) -> tuple[dict[int, SettledTerms], dict[int, Refusal]]:
    """What of each settles now, with its share of the money; and what does not settle so."""
    now: dict[int, SettledTerms] = {}
    refused: dict[int, Refusal] = {}
    if not found:
        return now, refused
    waiting = waiting_for([id for id, terms in found.items() if terms.internal])
    known = proved_already({id: proofs[id] for id, terms in found.items() if terms.number})
    for id, terms in found.items():
        quantity = parts.get(id, terms.most)
        if id in known:
            refused[id] = ProvedAlready(settlement=f"S-{id}", evidence=str(proofs[id]))
        elif not terms.is_open:
            continue  # the state says why it does not move
        elif quantity > terms.quantity or quantity < 0:
            refused[id] = MoreThanLeft(
                settlement=f"S-{id}", left=plain(terms.quantity), quantity=plain(quantity)
            )
        elif terms.quantity and not _may_be(terms, quantity):
            refused[id] = PartNotAllowed(settlement=f"S-{id}", quantity=plain(quantity))
        else:
            now[id] = part_terms(terms, quantity)
    while late := {id: ahead for id, ahead in waiting.items() if id in now and _ahead(ahead, now)}:
        for id, ahead in late.items():
            first = ", ".join(f"S-{other}" for other in _ahead(ahead, now))
            refused[id] = WaitsForLinked(settlement=f"S-{id}", first=first)
        now = {id: terms for id, terms in now.items() if id not in late}
    return now, refused


def _ahead(ids: Sequence[int], now: Mapping[int, SettledTerms]) -> list[int]:
    """Those of some that do not settle whole here."""
    return [id for id in ids if id not in now or not now[id].is_last]


def _may_be(terms: SettledTerms, quantity: Decimal) -> bool:
    """Inside our books the settlement's own terms bind a part; a place outside has the last word."""
    if not terms.internal:
        return quantity > 0
    if not 0 < quantity <= terms.most:
        return False
    return quantity == terms.most or is_part(quantity, terms.quantity, terms.parting)


def _is_last(found: Mapping[int, SettledTerms], now: Mapping[int, SettledTerms], id: int) -> bool:
    return id not in now or now[id].quantity == found[id].quantity


def _moved(
    name: str, ids: Iterable[int], found: Mapping[int, SettledTerms],
    now: Mapping[int, SettledTerms], proofs: Mapping[int, Proof], *,
    at: datetime, day: date | None = None, reasons: Mapping[int, str] | None = None,
) -> Outcome:  # fmt: skip
    """Move the ones that settle whole, or in part; what is settled of each is counted on its row."""
    steps = []
    for id in ids:
        facts: dict[str, Any] = {"evidence": str(proofs[id])}
        columns: dict[str, Any] = {
            "settled_quantity": 0,
            "settled_amount": 0,
            "settled_interest": 0,
        }
        if id in now:
            before, part = found[id], now[id]
            columns = {
                "settled_quantity": before.settled + part.quantity,
                "settled_amount": before.settled_amount + part.amount,
                "settled_interest": before.settled_interest + part.interest,
            }
            if part.number:
                facts |= {"part": part.number, "quantity": plain(part.quantity)}
        if reasons is None:
            columns |= {"settled_date": day, "reason": "", "skipped_runs": 0}
        else:
            columns |= {"reason": reasons.get(id, "")}
        steps.append(Step(id, facts=facts, columns=columns))
    return advance(Settlement, name, steps, actor=None, at=at)


# Only what was sent to an outside place is settled by its word; on which day its own time zone says.
_ZONES = """
SELECT s.id, c.timezone
  FROM settlements_settlement s
  JOIN refdata_place p ON p.id = s.place_id
  JOIN refdata_calendar c ON c.id = p.calendar_id
 WHERE s.id = ANY(%s) AND p.finality = 'EXTERNAL' AND s.transmission <> 'NONE'
"""


class _MatchedForNothing(Exception):
    """What was taken to be matched since it settled does not settle: nothing of it may stay."""

    def __init__(self, refused: Mapping[int, Any]) -> None:
        super().__init__(sorted(refused))
        self.refused = refused


@transaction.atomic
def _by_word(
    proofs: Mapping[int, Proof], zones: Mapping[int, ZoneInfo], at: datetime,
    parts: Mapping[int, Decimal] | None, reasons: Mapping[int, str] | None,
) -> Outcome:  # fmt: skip
    inferred = match_by_inference(proofs=proofs, at=at)
    by_day: dict[date, dict[int, Proof]] = {}
    for id, proof in proofs.items():
        day = proof.settled_at.astimezone(zones[id]).date()
        by_day.setdefault(day, {})[id] = proof
    outcome = Outcome()
    for day, settled in sorted(by_day.items()):
        found = settle_settlements(
            proofs=settled, settled_date=day, at=at, parts=parts, reasons=reasons
        )
        outcome = Outcome(outcome.done + found.done, outcome.refused | found.refused)
    if inferred & outcome.refused.keys():
        raise _MatchedForNothing(
            {id: outcome.refused[id] for id in inferred & outcome.refused.keys()}
        )
    return outcome


@transaction.atomic
def settle_by_places_word(
    *, proofs: Mapping[int, Proof], at: datetime, parts: Mapping[int, Decimal] | None = None,
    reasons: Mapping[int, str] | None = None,
) -> Outcome:  # fmt: skip
    """Make final what outside places say is: each on the day it was in the place's own time.

    `parts` is how much of each they say (absent: all that is left). What was never sent is refused,
    whoever says so. One that nobody told us is matched was, since it settled; one that is refused changes nothing.
    """
    with connection.cursor() as cursor:
        cursor.execute(_ZONES, [sorted(proofs)])
        zones = {id: ZoneInfo(zone) for id, zone in cursor.fetchall()}
    lock_with_members(sorted(zones))
    refused: dict[int, Any] = {
        id: NotSent(settlement=f"S-{id}") for id in proofs.keys() - zones.keys()
    }
    while True:
        going = {id: proof for id, proof in proofs.items() if id not in refused}
        try:
            outcome = _by_word(going, zones, at, parts, reasons).refusing(refused)
            break
        except _MatchedForNothing as why:
            refused |= why.refused
    tell_of_uncovered(outcome.refused, proofs, at=at)
    return outcome
