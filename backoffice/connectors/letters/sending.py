"""Letters as they are written and leave: once each, kept as they were, nothing while their channel is stopped.

What lacks an address is stopped and says how to mend it. What was asked for and is over before it left is dropped.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.db.models import Q

from backoffice.connectors.channels.lines import line_if_free, note_look
from backoffice.connectors.channels.models import ChannelLine
from backoffice.connectors.channels.references import Named, reference_of
from backoffice.connectors.channels.state import LineState, MessageState
from backoffice.connectors.letters.failing import failing_of
from backoffice.connectors.letters.queueing import MAIL
from backoffice.connectors.letters.wording import FORMAT, Letter, headers, kept, read, told
from backoffice.connectors.models import OutboundMessage
from backoffice.events.faults import reached
from backoffice.events.services import NewEvent, record_events
from backoffice.kernel.i18n import gettext_noop
from backoffice.workflow.transitions import Alike, Step, advance
from refdata.contacts import settlement_contacts
from refdata.firm_days import firm_day
from settlements.state import Cancellation, Finality

BATCH = 50
WAITS = (MessageState.QUEUED, MessageState.STOPPED, MessageState.WRITTEN)
NO_CONTACT: Mapping[str, Any] = {
    "where": "counterparty", "code": "no-settlement-contact",
    "detail": gettext_noop("%(party)s has nobody whom we write to about settlements."),
    "hint": gettext_noop("Have the administrator add a contact with an e-mail address for settlements, then let it be"
                         " written again; or ask them yourself, and say that it was sent outside."),
}  # fmt: skip
NO_MAIL: Mapping[str, Any] = {
    "where": "channel", "code": "no-mail-server", "detail": gettext_noop("This system sends no e-mail."),
    "hint": gettext_noop("Have the administrator set EMAIL_URL and EMAIL_FROM, then let it be written again."),
}  # fmt: skip


def work_on_letters(*, at: datetime) -> None:
    """One look: what is over is dropped, what is queued is written, what is written leaves. May run twice."""
    drop_letters(at=at)
    while write_letters(at=at):
        pass
    try:
        while send_letter(at=at):
            pass
    except OSError as error:  # smtplib's errors are some of them
        note_look(MAIL, at=at, error=str(error))


@transaction.atomic
def drop_letters(*, at: datetime) -> None:
    """What a letter asks for has happened, or is wanted no more: it does not leave."""
    over = Q(settlement__settlement=Finality.SETTLED)
    over |= Q(settlement__cancellation=Cancellation.AGREED)
    rows = OutboundMessage.objects.filter(over, channel=MAIL, state__in=WAITS).order_by("pk")
    ids = list(rows.values_list("pk", flat=True))
    advance(OutboundMessage, "drop", Alike(ids), actor=None, at=at)


def _rows(state: str, limit: int) -> list[OutboundMessage]:
    rows = OutboundMessage.objects.filter(channel=MAIL, state=state).select_for_update(of=("self",))
    return list(rows.select_related("settlement__counterparty").order_by("sequence", "pk")[:limit])


@transaction.atomic
def write_letters(*, at: datetime, limit: int = BATCH) -> int:
    """Write what is queued, at most `limit`; how many were looked at. A letter is written once, for ever."""
    line = line_if_free(MAIL)
    if line is None or line.state == LineState.FROZEN:
        return 0
    rows = _rows(MessageState.QUEUED, limit)
    fresh = [row for row in rows if row.content is None]
    good = _written(fresh, line, at)
    again = [row.pk for row in rows if row.content is not None]
    advance(OutboundMessage, "write", Alike(sorted([*good, *again])), actor=None, at=at)
    return len(rows)


def _written(rows: list[OutboundMessage], line: ChannelLine, at: datetime) -> list[int]:
    parties = {row.settlement.counterparty_id for row in rows if row.settlement}
    contacts = settlement_contacts(parties, on=firm_day(at)) if rows else {}
    since = {row.settlement_id: date.fromisoformat(row.body["since"]) for row in rows}
    failing = failing_of({id: day for id, day in since.items() if id is not None}) if rows else {}
    number, done = line.number, []
    for row in rows:
        assert row.settlement is not None
        contact = contacts.get(row.settlement.counterparty_id)
        if contact is None or not settings.EMAIL_FROM:
            _stop(row, NO_MAIL if contact else NO_CONTACT, at)
            continue
        subject, text = told(
            failing[row.settlement.pk], name=contact.name, language=contact.language
        )
        row.reference = reference_of(Named(row.settlement.pk, row.function, row.number))
        letter = Letter(contact.email, subject, _message_id(row), at, text)
        number += 1
        row.sequence, row.name, row.format = number, f"{MAIL}-{number:09d}.txt", FORMAT
        row.content, row.written_at, row.problems = kept(letter), at, []
        row.save(update_fields=[
            "reference", "sequence", "name", "format", "content", "written_at", "problems",
        ])  # fmt: skip
        done.append(row.pk)
    ChannelLine.objects.filter(pk=line.pk).update(number=number)
    return done


def _message_id(row: OutboundMessage) -> str:
    domain = settings.EMAIL_FROM.rpartition("@")[2].strip("> ") or "localhost"
    return f"<{row.reference}.{row.pk}@{domain}>"


def _stop(row: OutboundMessage, problem: Mapping[str, Any], at: datetime) -> None:
    assert row.settlement is not None
    party = row.settlement.counterparty
    row.problems = [{**problem, "facts": {"party": party.code}}]
    row.save(update_fields=["problems"])
    reason = f"{problem['where']}: {problem['code']}"
    step = Step(row.pk, reason, {"about": row.about})
    advance(OutboundMessage, "stop", [step], actor=None, at=at)


@transaction.atomic
def send_letter(*, at: datetime) -> bool:
    """Let the next letter leave; whether one did. Killed before our commit, the same letter leaves again.

    Raises OSError where the mail server does not take it; it stays and is tried again.
    """
    line = line_if_free(MAIL)
    if line is None or line.state == LineState.FROZEN:
        return False
    rows = _rows(MessageState.WRITTEN, 1)
    if not rows:
        return False
    (row,) = rows
    letter = read(bytes(row.content or b""))
    EmailMessage(
        letter.subject, letter.text, settings.EMAIL_FROM, [letter.to], headers=headers(letter)
    ).send()
    reached("message.left")
    OutboundMessage.objects.filter(pk=row.pk).update(sent_at=at)
    advance(OutboundMessage, "send", [Step(row.pk)], actor=None, at=at)
    told_of = NewEvent(
        kind="settlement.chase", subject_type="settlement", subject_id=row.settlement_id or 0,
        entity_id=row.entity_id, facts={"message": str(row), "to": letter.to, "step": row.body["step"]},
    )  # fmt: skip
    record_events([told_of], actor_id=None, at=at)
    note_look(MAIL, at=at, last_file=row.name)
    return True
