"""Everything that can be done to deals after capture. Reads live in selectors.py, rules in rules.py.

Every function is one intention, one transaction and any number of rows. The clock and the person
acting are arguments; nothing below this line looks them up.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db import connection, transaction

from backoffice.access.models import User
from backoffice.kernel.errors import Conflict, Invalid, Refusal
from backoffice.kernel.i18n import gettext_noop
from backoffice.workflow.transitions import Alike, Outcome, Step, advance
from deals.checks.duplicates import blocked_by_suspicion
from deals.exposing.parting import Gone, kept_positions
from deals.models import Deal
from deals.processing.steps import approve_in_turn, begin, cases_needed, end_deal_cases
from deals.repairing.steps import end_repair_cases, held_by_repair
from deals.state import DealState
from limits.models import Reservation
from limits.replacing import replace_needs
from limits.services import give_back_all, lock_headrooms

HOW = ("matched", "affirmed", "signed", "recorded-call", "manual", "not-required")
SOURCE = "deal"  # what limits and settlements know a deal by


class UnknownHow(Invalid):
    code = "unknown-how"
    title = gettext_noop("The way of agreement is not known")
    detail = gettext_noop("%(how)s is none of: %(known)s.")
    hint = gettext_noop("Say how the counterparty agreed.")


class AgreementRequired(Conflict):
    code = "agreement-required"
    title = gettext_noop("The counterparty has confirmed the deal")
    detail = gettext_noop("%(deal)s is cancelled only with the agreement of the counterparty.")
    hint = gettext_noop("Ask for its cancellation, and record what the counterparty says.")


def _blocked(ids: Sequence[int]) -> dict[int, Refusal]:
    """The deals that nobody may confirm yet: they may be others, or nobody looked at their repair."""
    return {**blocked_by_suspicion(ids), **held_by_repair(ids)}


_PUT_CONFIRMATIONS = """
INSERT INTO deals_confirmation (deal_id, version, how, evidence, recorded_by_id, recorded_at)
SELECT d.id, d.version, %s, g.evidence, %s, %s
  FROM unnest(%s::bigint[], %s::text[]) AS g(id, evidence) JOIN deals_deal d ON d.id = g.id ORDER BY d.id
"""


@transaction.atomic
def confirm_deals(
    *, ids: Sequence[int], how: str = "manual", evidence: str = "", actor: User, at: datetime
) -> Outcome:
    """Record how the counterparty agreed; another person approves it, and whatever its process adds is done."""
    if how not in HOW:
        raise UnknownHow(how=how, known=", ".join(HOW))
    blocked = _blocked(ids)
    facts = {"how": how, "evidence": evidence}
    steps = [Step(id, facts=facts) for id in ids if id not in blocked]
    outcome = advance(Deal, "confirm", steps, actor=actor, at=at)
    shown = dict.fromkeys(ids, evidence)
    _put_confirmations(outcome.done, how, shown, actor.pk, at)
    cases = cases_needed(outcome.done, how)
    begin(cases, outcome.done, evidence=shown, actor=actor, at=at)
    return outcome.refusing(blocked)


@transaction.atomic
def affirm_deals(*, evidence: Mapping[int, str], how: str, at: datetime) -> Outcome:
    """The rule's own step: an exact match, or no confirmation required; by deal what shows it.

    Deals to whose process something was added are confirmed by it only, and wait for that.
    """
    blocked = _blocked(list(evidence))
    steps = {
        id: Step(id, facts={"how": how, "evidence": shown})
        for id, shown in evidence.items()
        if id not in blocked
    }
    cases = cases_needed(list(steps), how, by_rule=True)
    outcome = advance(
        Deal, "affirm", [s for id, s in steps.items() if id not in cases], actor=None, at=at
    )
    waiting = advance(Deal, "confirm", [steps[id] for id in cases], actor=None, at=at)
    begin(cases, waiting.done, evidence=evidence, actor=None, at=at)
    done = [*outcome.done, *waiting.done]
    _put_confirmations(done, how, evidence, None, at)
    return Outcome(done, outcome.refused).refusing({**waiting.refused, **blocked})


def _put_confirmations(
    ids: Sequence[int], how: str, evidence: Mapping[int, str], actor_id: int | None, at: datetime
) -> None:
    if ids:
        shown = [evidence[id] for id in ids]
        with connection.cursor() as cursor:
            cursor.execute(_PUT_CONFIRMATIONS, [how, actor_id, at, list(ids), shown])


@transaction.atomic
def approve_deals(*, ids: Sequence[int], actor: User, at: datetime) -> Outcome:
    """Approve what another person confirmed: the counterparty agrees, and settlement may begin.

    Where the process of a deal asks for more, it is one step further, and confirmed by the last of them.
    """
    apart = approve_in_turn(ids, actor=actor, at=at)
    told = {*apart.done, *apart.refused}
    steps = [Step(id) for id in ids if id not in told]
    outcome = advance(Deal, "approve", steps, actor=actor, at=at)
    return Outcome([*outcome.done, *apart.done], {**outcome.refused, **apart.refused})


@transaction.atomic
def reject_deals(*, ids: Sequence[int], reason: str, actor: User, at: datetime) -> Outcome:
    """Send a confirmation back; the deal is captured again and waits for a better one."""
    outcome = advance(Deal, "reject", [Step(id, reason) for id in ids], actor=actor, at=at)
    end_deal_cases(outcome.done, reason=reason, actor=actor, at=at)
    return outcome


# All of them are locked, so that none is approved between the look and the step.
_LOCK_STATES = "SELECT id, state FROM deals_deal WHERE id = ANY(%s) ORDER BY id FOR UPDATE"
_AGREED = (DealState.CONFIRMED, DealState.SETTLING)


@transaction.atomic
def cancel_deals(*, ids: Sequence[int], reason: str, actor: User, at: datetime) -> Outcome:
    """Cancel deals that the counterparty has not confirmed; their limits get their room back.

    Others are refused with AgreementRequired: `settlements.changing` asks for their cancellation.
    """
    with connection.cursor() as cursor:
        cursor.execute(_LOCK_STATES, [list(ids)])
        agreed = {id for id, state in cursor.fetchall() if state in _AGREED}
    steps = [Step(id, reason) for id in ids if id not in agreed]
    outcome = end_deals(steps, actor=actor, at=at)
    refused: dict[int, Refusal] = {id: AgreementRequired(deal=f"D-{id}") for id in sorted(agreed)}
    return outcome.refusing(refused)


@transaction.atomic
def end_deals(
    steps: Sequence[Step], *, actor: User | None, at: datetime,
    ended: Mapping[str, Sequence[int]] | None = None,
) -> Outcome:  # fmt: skip
    """Cancel deals, whoever had to agree has; with what other sources held that have `ended` with them."""
    outcome = advance(Deal, "cancel", steps, actor=actor, at=at)
    end_deal_cases(outcome.done, reason="The deal is cancelled.", actor=actor, at=at)
    end_repair_cases(outcome.done, actor=actor, at=at)
    give_back_all({SOURCE: sorted(outcome.done), **(ended or {})}, state="RELEASED")
    return outcome


@transaction.atomic
def settle_deals(
    *, ids: Sequence[int], at: datetime, ended: Mapping[str, Sequence[int]] | None = None
) -> Outcome:
    """Every flow is settled: the deal is, and what it held of its limits goes back to them.

    So does what other sources held that have `ended` with it, ids by type: limits are locked once.
    """
    outcome = mark_settled(ids=ids, at=at)
    give_back_settled(outcome.done, ended or {})
    return outcome


def mark_settled(*, ids: Sequence[int], at: datetime) -> Outcome:
    """The first half: for who posts in between. In the caller's transaction."""
    return advance(Deal, "settle", Alike(ids), actor=None, at=at)


def give_back_settled(ids: Sequence[int], ended: Mapping[str, Sequence[int]]) -> None:
    """The other half: limits are what many wait for, and are locked last."""
    give_back_all({SOURCE: sorted(ids), **ended}, state="RELEASED", positions_stay=True)


@transaction.atomic
def cancel_rests(
    steps: Sequence[Step], *, actor: User, at: datetime,
    gone: Gone, ended: Mapping[str, Sequence[int]] | None = None,
) -> Outcome:  # fmt: skip
    """What is left of deals is cancelled by agreement: they are settled as far as they are.

    Their limits get all their room back, and so do other sources that have `ended` with them; positions
    keep what was settled, and give back only what is `gone`.
    """
    kept = kept_positions({step.id: gone.get(step.id, {}) for step in steps})
    outcome = advance(Deal, "cancel_rest", steps, actor=actor, at=at)
    done = sorted(outcome.done)
    held = Reservation.objects.filter(source_type=SOURCE, source_id__in=done, state="COMMITTED")
    requests = {id: kept[id] for id in done}
    wanted = {need.limit_id for request in requests.values() for need in request.needs}
    lock_headrooms({*held.values_list("limit_id", flat=True), *wanted}, at=at)
    give_back_all({SOURCE: done, **(ended or {})}, state="RELEASED", positions_stay=True)
    if requests:
        replace_needs(SOURCE, requests, at=at)
    return outcome


@transaction.atomic
def close_deals(*, ids: Sequence[int], at: datetime) -> Outcome:
    """The day by which they were settled is signed off: nothing about them is open any more."""
    return advance(Deal, "close", [Step(id) for id in ids], actor=None, at=at)
