"""Taking in how our messages stand: of instructions, of requests to cancel them, and of commands."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from backoffice.connectors.channels.references import CANCEL, HOLD, NEW, RELEASE, Named
from backoffice.connectors.channels.sending import Said as Answered
from backoffice.connectors.channels.sending import note_answers
from backoffice.connectors.formats.statuses import Axis, StatusAdvice
from backoffice.connectors.models import OutboundMessage
from backoffice.connectors.places.outcome import Outcome
from backoffice.connectors.places.saying import DENIED, DONE, is_refusal, said_by, text_of
from backoffice.connectors.places.told import (
    Source,
    Told,
    about,
    moment_of,
    named_of,
    position_of,
    refused,
    unknown_reference,
)
from backoffice.events.services import NewEvent, record_events
from backoffice.kernel.errors import FieldProblem
from backoffice.kernel.i18n import gettext_noop
from backoffice.workflow.transitions import Step
from settlements.advising.services import NewAdvice, take_advice
from settlements.changing.instructions import take_cancelled, take_denied
from settlements.models import Settlement
from settlements.models import StatusAdvice as Kept


def take_statuses(told: Sequence[Told], source: Source, *, at: datetime) -> Outcome:
    """Statuses of a file in its order: instructions first, then what was asked about them."""
    outcome = Outcome()
    found: list[tuple[Told, StatusAdvice, Named]] = []
    for each in told:
        assert isinstance(each.said, StatusAdvice)
        named = named_of(each.said.about)
        if named is None:
            outcome.problem(each, unknown_reference(each, each.said.about))
        else:
            found.append((each, each.said, named))
    ids = [named.settlement_id for *_, named in found]
    _lock_messages(ids)
    known = about(ids, source)
    for each, advice, named in found:
        if named.settlement_id not in known:
            outcome.problem(each, unknown_reference(each, advice.about))
    good = [row for row in found if row[2].settlement_id in known]
    outcome.entities |= {known[named.settlement_id].entity_id for *_, named in good}
    _instructions([row for row in good if _is_of_instruction(row[1], row[2])], outcome, at)
    for each, advice, named in good:
        if not _is_of_instruction(advice, named):
            _asked(each, advice, named, outcome, at)
    return outcome


def _lock_messages(settlement_ids: Sequence[int]) -> None:
    """Messages before settlements: an acknowledgement of the transport locks them in this order."""
    rows = OutboundMessage.objects.filter(settlement_id__in=settlement_ids).exclude(channel="")
    list(rows.order_by("pk").select_for_update().values_list("pk", flat=True))


def _is_of_instruction(advice: StatusAdvice, named: Named) -> bool:
    return named.function == NEW and not advice.code(Axis.CANCELLATION)


def _instructions(
    rows: Sequence[tuple[Told, StatusAdvice, Named]], outcome: Outcome, at: datetime
) -> None:
    """Those that were said before count as known; the others are taken all at once."""
    keys = {(named.settlement_id, each.message) for each, _, named in rows}
    known = set(
        Kept.objects.filter(settlement_id__in={id for id, _ in keys}).values_list(
            "settlement_id", "message"
        )
    )
    fresh, seen = [], set(known)
    for each, advice, named in rows:
        key = (named.settlement_id, each.message)
        if key in seen:
            outcome.duplicate(each)
        else:
            seen.add(key)
            fresh.append((each, advice, named))
    new = [
        NewAdvice(
            named.settlement_id, each.message, moment_of(advice.told_at, at), said_by(advice),
            text_of(advice),
        )
        for each, advice, named in fresh
    ]  # fmt: skip
    refusals = take_advice(advice=new, at=at).refused if new else {}
    for each, _, named in fresh:
        if named.settlement_id in refusals:
            outcome.problem(each, refused(each, refusals[named.settlement_id]))
        else:
            outcome.add(each)
    _note_messages(fresh, at)


def _note_messages(rows: Sequence[tuple[Told, StatusAdvice, Named]], at: datetime) -> None:
    """Whatever a place says of an instruction, it has it; unless it rejects it."""
    said = {named.settlement_id: (each, advice) for each, advice, named in rows}
    messages = OutboundMessage.objects.filter(settlement_id__in=said, function=NEW).exclude(
        channel=""
    )
    answers = []
    for id, settlement_id in messages.values_list("pk", "settlement_id"):
        each, advice = said[settlement_id]
        answers.append(Answered(id, not is_refusal(advice), each.message))
    note_answers(answers, at=at)


def _asked(each: Told, advice: StatusAdvice, named: Named, outcome: Outcome, at: datetime) -> None:
    """What became of a request to cancel, or of a command; each in its own order."""
    cancels = named.function in (NEW, CANCEL)
    code = advice.code(Axis.CANCELLATION if cancels else Axis.COMMAND) or advice.code(
        Axis.PROCESSING
    )
    denied, done = code in DENIED, code in DONE
    messages = OutboundMessage.objects.filter(
        settlement_id=named.settlement_id, function=CANCEL if cancels else named.function
    ).order_by("-number")
    message = (
        messages.filter(number=named.number).first() if named.function != NEW else messages.first()
    )
    if message is None:
        outcome.problem(each, unknown_reference(each, advice.about))
        return
    if message.answer == each.message:
        outcome.duplicate(each)
        return
    if cancels and (denied or done):
        take = take_cancelled if done else take_denied
        step = Step(named.settlement_id, text_of(advice), {"message": each.message})
        refusals = take(answers={named.settlement_id: step}, at=at).refused
        if refusals:
            outcome.problem(each, refused(each, refusals[named.settlement_id]))
            return
    note_answers([Answered(message.pk, not denied, each.message)], at=at)
    if denied and named.function in (HOLD, RELEASE):
        _tell_of_denied(each, advice, named, at)
        outcome.problem(each, _command_denied(each, advice))
        return
    outcome.add(each)


def _tell_of_denied(each: Told, advice: StatusAdvice, named: Named, at: datetime) -> None:
    row = Settlement.objects.get(pk=named.settlement_id)
    event = NewEvent(
        kind="settlement.deny_command", subject_type="settlement", subject_id=row.pk,
        entity_id=row.entity_id, reason=text_of(advice),
        facts={"message": each.message, "function": named.function},
    )  # fmt: skip
    record_events([event], actor_id=None, at=at)


def _command_denied(each: Told, advice: StatusAdvice) -> FieldProblem:
    return FieldProblem(
        position_of(each), "command-denied",
        gettext_noop("The place did not do what %(found)s asked for."),
        gettext_noop("At the place it stands as before. Call it, then hold or release it again."),
        facts={"found": advice.about[:60]},
    )  # fmt: skip
