"""What owners elect: who held on the record date chooses by the deadline, else the default counts.

A client's word is recorded with its evidence by one person and instructed by another; entitlements follow from
what was instructed, and from the default for all that nobody chose. Where it may be chosen before the record date,
they follow when that has closed, by what is held then; until it is paid, what was chosen is blocked.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import Max, Q, QuerySet

from backoffice.access.models import User
from backoffice.events.services import NewEvent, record_events
from backoffice.kernel.decimals import plain
from backoffice.kernel.errors import Conflict, Invalid, NotFound
from backoffice.kernel.i18n import gettext_noop
from backoffice.workflow.transitions import Outcome, Step, advance, each_by_itself
from ledger.settled import Holder
from refdata.firm_days import firm_day
from settlements.actions.blocking import block_chosen, free_chosen, last_choice
from settlements.actions.computing import AtAccount, due_to, with_accounts
from settlements.actions.entitling import write
from settlements.actions.models import Election, ElectionChoice, Entitlement, EventOption
from settlements.actions.state import ElectionState, EntitlementState, OptionKind
from settlements.actions.undoing import drop_expected
from settlements.models import RecordEvent
from settlements.transforming.state import IN_FORCE

CHUNK = 500


class DeadlinePassed(Conflict):
    code = "election-deadline-passed"
    title = gettext_noop("The deadline has passed")
    detail = gettext_noop("%(election)s was to be chosen by %(deadline)s.")
    hint = gettext_noop("The default counts; ask the place whether it still takes a choice.")


class ChosenWrongly(Invalid):
    code = "chosen-wrongly"
    title = gettext_noop("What is chosen is not what is held")
    detail = gettext_noop(
        "%(chosen)s is chosen of %(held)s, or an option is not among those of %(event)s."
    )
    hint = gettext_noop(
        "Say how many units go by each option; what is not named goes by the default."
    )


class PaidAlready(Conflict):
    code = "election-paid"
    title = gettext_noop("It was paid already")
    detail = gettext_noop("Something was paid of what %(election)s chose.")
    hint = gettext_noop("Ask the place what it takes back, and clear what was paid.")


def open_elections(event: RecordEvent, held: Sequence[Holder], *, on: date, at: datetime) -> int:
    """Everybody who holds at the end of a day may choose; how many are new. In the caller's transaction."""
    known = set(event.elections.values_list("entity_id", "owner_id", "place_id"))
    new = [row for row in held if row[:3] not in known]
    rows = Election.objects.bulk_create(
        Election(
            event=event, entity_id=each.holder.entity_id, owner_id=each.holder.owner_id,
            place_id=each.holder.place_id, account=each.account, quantity=each.holder.quantity,
            opened_at=at,
        )
        for each in with_accounts(new, on)
    )  # fmt: skip
    events = [
        NewEvent(
            kind="election.open", subject_type="election", subject_id=row.pk, entity_id=row.entity_id,
            target=ElectionState.WAITING.value, facts={"event": str(event), "quantity": plain(row.quantity)},
        )
        for row in rows
    ]  # fmt: skip
    record_events(events, actor_id=None, at=at)
    return len(rows)


@transaction.atomic
def choose(
    *, election_id: int, quantities: Mapping[int, Decimal], evidence: str, actor: User, at: datetime
) -> None:
    """Record so many units by the number of each option, as the owner's word says; other eyes instruct it.

    Raises DeadlinePassed, ChosenWrongly.
    """
    row = (
        Election.objects.select_for_update(of=("self",)).select_related("event").get(pk=election_id)
    )
    _require_time(row, at)
    options = {option.number: option for option in row.event.options.all()}
    total = sum(quantities.values(), Decimal(0))
    wrong = quantities.keys() - options.keys() or min(quantities.values(), default=0) <= 0
    if wrong or total > row.quantity:
        raise ChosenWrongly(chosen=plain(total), held=plain(row.quantity), event=str(row.event))
    facts = {"evidence": evidence, "chosen": {str(n): plain(q) for n, q in quantities.items()}}
    step = Step(row.pk, facts=facts, columns={"evidence": evidence})
    advance(Election, "choose", [step], actor=actor, at=at).raise_single()
    last = row.choices.aggregate(last=Max("round"))["last"] or 0
    ElectionChoice.objects.bulk_create(
        ElectionChoice(election=row, round=last + 1, option=options[n], quantity=quantity)
        for n, quantity in sorted(quantities.items())
    )


def instruct_elections(*, ids: Sequence[int], actor: User, at: datetime) -> Outcome:
    """As other eyes: the choice goes to the place, and is what the owner is entitled to.

    The event of this step is what messages to the place are written from. What goes by it is blocked until it is
    paid; of what is chosen before the record date all that was chosen is.
    """

    def take(id: int) -> None:
        row = _locked(id)
        _require_time(row, at)
        blocked = block_chosen(row, at=at)
        facts = {
            "event": str(row.event), "quantities": told_of(row), "blocked": plain(blocked),
        }  # fmt: skip
        advance(Election, "instruct", [Step(id, facts=facts)], actor=actor, at=at).raise_single()
        if firm_day(at) > row.event.record_date:
            entitle_elected(row.event, [row], at)

    return each_by_itself(ids, take)


@transaction.atomic
def accept_elections(*, ids: Sequence[int], message: str, at: datetime) -> Outcome:
    """The place took what was instructed, as its message says."""
    steps = [Step(id, facts={"message": message}) for id in ids]
    return advance(Election, "accept", steps, actor=None, at=at)


@transaction.atomic
def refuse_elections(*, ids: Sequence[int], reason: str, message: str, at: datetime) -> Outcome:
    """The place did not take it: nothing is expected of it, nothing blocked, and it waits for another choice.

    What was paid of it already is refused: a person clears that with the place.
    """

    def take(id: int) -> None:
        row = _locked(id)
        step = Step(id, reason, facts={"event": str(row.event), "message": message})
        advance(Election, "refuse", [step], actor=None, at=at).raise_single()
        rows = entitlements_of_elections([row])
        if rows.filter(state=EntitlementState.PAID).exists():
            raise PaidAlready(election=str(row))
        drop_expected(rows, reason=reason or str(row), at=at)
        free_chosen([row.pk], at=at)

    return each_by_itself(ids, take)


@transaction.atomic
def decline_elections(*, ids: Sequence[int], reason: str, actor: User, at: datetime) -> Outcome:
    """The evidence does not show it: it waits for another choice."""
    return advance(Election, "decline", [Step(id, reason) for id in ids], actor=actor, at=at)


def lapse_elections(*, at: datetime) -> int:
    """By the deadline what nobody instructed goes by the default; how many did. Running twice does nothing."""
    done = 0
    waiting = Election.objects.filter(
        state__in=(ElectionState.WAITING, ElectionState.CHOSEN), event__deadline_at__lte=at,
        event__state__in=IN_FORCE,
    )  # fmt: skip
    while True:
        with transaction.atomic():
            rows = list(
                waiting.select_for_update(of=("self",), skip_locked=True)
                .select_related("event").order_by("event_id", "pk")[:CHUNK]
            )  # fmt: skip
            steps = [Step(row.pk, facts={"event": str(row.event)}) for row in rows]
            advance(Election, "lapse", steps, actor=None, at=at)
            events = {row.event_id: row.event for row in rows}
            for id, event in events.items():
                if firm_day(at) > event.record_date:  # before it nobody knows who will hold
                    mine = [row for row in rows if row.event_id == id]
                    entitle_elected(event, mine, at, by_default=True)
        done += len(rows)
        if len(rows) < CHUNK:
            return done


def entitle_elected(
    event: RecordEvent, rows: Sequence[Election], at: datetime, *, by_default: bool = False
) -> None:
    """What each is entitled to by its options; what is chosen by none goes by the default."""
    options = {option.pk: option for option in event.options.all()}
    default = next((option for option in options.values() if option.is_default), None)
    by_option: dict[int, list[AtAccount]] = {}
    for row in rows:
        quantities = {} if by_default else dict(chosen_of(row))
        left = row.quantity - sum(quantities.values(), Decimal(0))
        if left and default is not None:
            quantities[default.pk] = quantities.get(default.pk, Decimal(0)) + left
        for option_id, quantity in quantities.items():
            by_option.setdefault(option_id, []).append(_held(row, quantity))
    for option_id, held in sorted(by_option.items()):
        option: EventOption = options[option_id]
        if option.kind != OptionKind.LAPSE:
            wanted = due_to(event, option, held)
            write(event, option, [(each, []) for each in wanted], at=at)


def entitlements_of_elections(rows: Sequence[Election]) -> QuerySet[Entitlement]:
    """What follows from elections: what their owners are entitled to of the event at the place."""
    found = Q(pk__in=())
    for row in rows:
        found |= Q(event=row.event_id, entity=row.entity_id, owner=row.owner_id, place=row.place_id)
    return Entitlement.objects.filter(found)


def chosen_of(row: Election) -> list[tuple[int, Decimal]]:
    """The last choice of an election: option and quantity."""
    return list(last_choice(row).values_list("option", "quantity"))


def told_of(row: Election) -> dict[str, str]:
    """The same as it is told: units by the number of each option."""
    chosen = last_choice(row).values_list("option__number", "quantity")
    return {str(number): plain(quantity) for number, quantity in chosen}


def _held(row: Election, quantity: Decimal) -> AtAccount:
    return AtAccount(
        row.account, False, Holder(row.entity_id, row.owner_id, row.place_id, quantity)
    )


def _locked(id: int) -> Election:
    rows = Election.objects.select_for_update(of=("self",)).select_related("event")
    row = rows.filter(pk=id).first()
    if row is None:
        raise NotFound(what="election", reference=f"EL-{id}")
    return row


def _require_time(row: Election, at: datetime) -> None:
    deadline = row.event.deadline_at
    if deadline is not None and at >= deadline:
        raise DeadlinePassed(election=str(row), deadline=deadline.isoformat())
