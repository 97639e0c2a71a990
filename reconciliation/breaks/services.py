"""What people do about a break: take it over, explain it, chase it, propose a remedy; other eyes accept that."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from django.db import transaction

from backoffice.access.models import User
from backoffice.events.services import NewEvent, record_events
from backoffice.kernel.errors import Invalid
from backoffice.kernel.i18n import gettext_noop
from backoffice.workflow.transitions import Outcome, Step, advance, each_by_itself
from reconciliation.breaks.remedies import carry_out, require_remedy
from reconciliation.breaks.state import BreakState, Remedy
from reconciliation.matching.pools import locked
from reconciliation.models import Break
from refdata.firm_days import firm_day


class ReasonMissing(Invalid):
    code = "break-reason-missing"
    title = gettext_noop("A reason is given in words")
    detail = gettext_noop("The reason is empty.")
    hint = gettext_noop("Say what it is, or whom you asked.")


class ChaseInPast(Invalid):
    code = "chase-in-past"
    title = gettext_noop("That day is over")
    detail = gettext_noop("It is to be looked at again on %(day)s.")
    hint = gettext_noop("Name a day that comes.")


@transaction.atomic
def own_breaks(*, ids: Sequence[int], actor: User, at: datetime) -> Outcome:
    """Take over what is live: from now on the person is asked about it."""
    rows = Break.objects.filter(pk__in=ids).exclude(state=BreakState.CLOSED).order_by("pk")
    done = list(rows.select_for_update().values_list("pk", "entity_id"))
    Break.objects.filter(pk__in=[id for id, _ in done]).update(owner=actor)
    record_events(
        [
            NewEvent(kind="break.own", subject_type="break", subject_id=id, entity_id=entity_id,
                     facts={"owner": actor.username})
            for id, entity_id in done
        ],
        actor_id=actor.pk, at=at,
    )  # fmt: skip
    return Outcome([id for id, _ in done])


@transaction.atomic
def explain_breaks(*, ids: Sequence[int], reason: str, actor: User, at: datetime) -> Outcome:
    """Say what it is, where nothing is to be done but wait; it closes when it differs no more."""
    if not reason.strip():
        raise ReasonMissing
    steps = [Step(id, reason, columns={"reason": reason, "owner": actor.pk}) for id in ids]
    return advance(Break, "explain", steps, actor=actor, at=at)


@transaction.atomic
def chase_breaks(
    *, ids: Sequence[int], reason: str, chase_on: date, actor: User, at: datetime
) -> Outcome:
    """Note whom we asked, and when to look again."""
    if not reason.strip():
        raise ReasonMissing
    if chase_on < firm_day(at):
        raise ChaseInPast(day=chase_on)
    steps = [
        Step(id, reason, facts={"chase_on": chase_on.isoformat()},
             columns={"reason": reason, "owner": actor.pk, "chase_on": chase_on})
        for id in ids
    ]  # fmt: skip
    return advance(Break, "chase", steps, actor=actor, at=at)


@transaction.atomic
def propose_remedies(
    *, ids: Sequence[int], remedy: Remedy, actor: User, at: datetime, reason: str = "",
    settlement_id: int | None = None,
) -> Outcome:  # fmt: skip
    """Propose what is done about them; nothing is booked before other eyes accept it.

    Each is refused by itself where the remedy does not fit it (RemedyDoesNotFit).
    """

    def propose(id: int) -> None:
        row = Break.objects.select_related("reconciliation").get(pk=id)
        require_remedy(row, remedy, settlement_id)
        facts = {"remedy": remedy.value}
        facts |= {"settlement": f"S-{settlement_id}"} if settlement_id else {}
        columns = {
            "remedy": remedy.value, "settlement": settlement_id, "reason": reason, "owner": actor.pk,
        }  # fmt: skip
        step = Step(id, reason, facts=facts, columns=columns)
        advance(Break, "propose", [step], actor=actor, at=at).raise_single()

    return each_by_itself(ids, propose)


@transaction.atomic
def accept_remedies(*, ids: Sequence[int], actor: User, at: datetime) -> Outcome:
    """As other eyes: what was proposed is done, its entry written, and line and entry are matched."""
    pools = Break.objects.filter(pk__in=ids).values_list("reconciliation_id", flat=True)
    locked(sorted({id for id in pools if id is not None}))

    def accept(id: int) -> None:
        step = Step(id, columns={"closed_at": at, "held": False})
        advance(Break, "accept", [step], actor=actor, at=at).raise_single()
        carry_out(
            Break.objects.select_related("reconciliation", "asset").get(pk=id), actor=actor, at=at
        )

    return each_by_itself(ids, accept)


@transaction.atomic
def decline_remedies(*, ids: Sequence[int], reason: str, actor: User, at: datetime) -> Outcome:
    """It is not that; what differs is open again."""
    steps = [Step(id, reason, columns={"remedy": "", "settlement": None}) for id in ids]
    return advance(Break, "decline", steps, actor=actor, at=at)
