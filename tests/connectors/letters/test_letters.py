"""Counterparties are written to where a process says so: once each time, in their language, never of what is over."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import pytest
from django.core import mail
from django.db import IntegrityError, transaction

from backoffice.access.models import User
from backoffice.connectors.channels.services import (
    doubt_after_restore,
    freeze_channels,
    retry_messages,
    thaw_channels,
)
from backoffice.connectors.letters.queueing import MAIL, queue_letters
from backoffice.connectors.letters.sending import work_on_letters
from backoffice.connectors.letters.wording import read
from backoffice.connectors.models import OutboundMessage
from backoffice.events.models import Event
from backoffice.work.messages import tell_of_messages
from backoffice.workflow.models import WorkItem
from refdata.models import DatedRule, Party, PartyContact
from settlements.fails.processing.kinds import CHASE_FAIL
from settlements.fails.processing.reacting import react_to_fails
from settlements.models import Settlement
from tests.pages.test_pages import browser
from tests.processes import put_in_force
from tests.settlements.fails.stage import BANK_FIVE, FRI, MON, NIGHT, THU, TUE
from tests.settlements.fails.test_reacting import fail

pytestmark = pytest.mark.django_db
WRITE = {
    "key": "write", "name": {"en": "Write to them", "ru": "Написать им"}, "role": "clerk",
    "after_days": 2, "sends": "chase",
    "when": [[{"measure": "amount", "op": "above", "values": ["1000000"]}]],
}  # fmt: skip


@pytest.fixture(autouse=True)
def posted(settings: Any) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    settings.EMAIL_FROM = "desk@firm.example"


def in_force(*reactions: dict[str, Any]) -> DatedRule:
    value = {"steps": [], "reactions": list(reactions)}
    return put_in_force(CHASE_FAIL, value, at=NIGHT - timedelta(days=25))


def contact(language: str = "en", **more: Any) -> PartyContact:
    party = Party.objects.get(code=BANK_FIVE)
    terms = {"name": "Ms Petrova", "phone": "+7 495 1", "email": "settle@bank.example",
             "language": language, "settles": True}  # fmt: skip
    return PartyContact.objects.create(party=party, **terms | more)


def react(day: date = FRI) -> None:
    """What happens on a day, and the letters that are asked for by it."""
    react_to_fails(on=day, at=NIGHT)
    events: Sequence[Any] = list(Event.objects.filter(kind="settlement.react").order_by("pk"))
    queue_letters(events, at=NIGHT)
    work_on_letters(at=NIGHT)


def states() -> list[str]:
    return list(OutboundMessage.objects.order_by("pk").values_list("state", flat=True))


def user(name: str) -> User:
    return User.objects.get(username=name)


def test_they_are_asked_in_their_language_for_what_fails() -> None:
    in_force(WRITE)
    contact()
    row = fail()
    react()

    (letter,) = mail.outbox
    assert letter.to == ["settle@bank.example"]
    assert letter.from_email == "desk@firm.example"
    assert letter.subject == f"Fails since 2026-11-23: our reference {row}, R0"
    for part in (
        "Dear Ms Petrova,", f"Our reference: {row}", "Your reference: not known to us",
        "We deliver", "Quantity: 100", "Amount: 1,000,000.01 EUR", "have the money there",
    ):  # fmt: skip
        assert part in letter.body
    assert states() == ["SENT"]
    kinds = Event.objects.filter(subject_type="settlement", subject_id=row.pk).order_by("pk")
    assert list(kinds.values_list("kind", flat=True)) == ["settlement.react", "settlement.chase"]


def test_in_russian_to_who_reads_that() -> None:
    in_force(WRITE)
    contact("ru")
    fail(delivers=False)
    react()

    (letter,) = mail.outbox
    assert "Получаем" in letter.body
    assert "1 000 000,01 EUR" in letter.body.replace("\xa0", " ")
    assert "Ваш референс: нам не известен" in letter.body


@pytest.mark.parametrize(("day", "letters"), [(TUE, 0), (THU, 1)])
def test_only_what_is_old_enough_is_asked_for(day: date, letters: int) -> None:
    in_force(WRITE)
    contact()
    fail()
    react(day)
    assert len(mail.outbox) == letters


def test_the_version_that_came_with_the_system_writes_to_nobody() -> None:
    contact()
    fail()
    react()
    assert states() == []


def test_each_is_written_once_however_often_it_is_looked_at() -> None:
    in_force(WRITE, {**WRITE, "key": "again", "after_days": 3})
    contact()
    row = fail()
    react(THU)
    for _ in range(3):
        react(FRI)

    assert [letter.extra_headers["Message-ID"] for letter in mail.outbox] == [
        f"<Q{n}S{row.pk}.{message.pk}@firm.example>"
        for n, message in enumerate(OutboundMessage.objects.order_by("pk"), start=1)
    ]
    assert len(mail.outbox) == 2
    again = OutboundMessage.objects.all()[0]
    again.pk = None
    with pytest.raises(IntegrityError, match="outbound_once"), transaction.atomic():
        again.save(force_insert=True)


def test_without_a_contact_it_stops_and_says_how_to_mend_it() -> None:
    in_force(WRITE)
    fail()
    react()
    assert (states(), mail.outbox) == (["STOPPED"], [])
    (row,) = OutboundMessage.objects.all()
    stopped: Any = Event.objects.get(kind="message.stop")
    tell_of_messages([stopped], at=NIGHT)
    item = WorkItem.objects.get(kind="message-stopped", closed_at=None)
    assert (item.queue, item.reason) == ("clerk", "counterparty: no-settlement-contact")
    page = browser("clerk", "ru").get(f"/outbound-messages/{row}/").content.decode()
    assert "добавить контакт с адресом" in page

    contact()
    retry_messages(ids=[row.pk], actor=user("clerk"), at=NIGHT).raise_single()
    work_on_letters(at=NIGHT)
    assert (states(), len(mail.outbox)) == (["SENT"], 1)


@pytest.mark.parametrize(
    "more", [{"settles": False}, {"withdrawn_date": date(2026, 11, 27)}], ids=str
)
def test_only_who_is_named_for_settlements_and_not_withdrawn(more: dict[str, Any]) -> None:
    in_force(WRITE)
    contact(**more)
    fail()
    react()
    assert states() == ["STOPPED"]


def test_a_system_that_sends_no_mail_says_so(settings: Any) -> None:
    settings.EMAIL_FROM = ""
    in_force(WRITE)
    contact()
    fail()
    react()
    assert OutboundMessage.objects.get().problems[0]["code"] == "no-mail-server"


def test_what_the_server_does_not_take_leaves_later_as_it_was_written(settings: Any) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    in_force(WRITE)
    contact()
    fail()
    react()
    (row,) = OutboundMessage.objects.all()
    assert row.state == "WRITTEN"
    assert "refused" in browser("admin").get("/channels/").content.decode()

    PartyContact.objects.update(withdrawn_date=MON)
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    work_on_letters(at=NIGHT)
    (sent,) = mail.outbox
    letter = read(bytes(row.content or b""))
    assert (sent.to, sent.subject, sent.body) == ([letter.to], letter.subject, letter.text)
    assert sent.extra_headers["Message-ID"] == letter.message_id


def test_what_is_over_before_it_left_is_not_asked_for(settings: Any) -> None:
    in_force(WRITE)
    row = fail()
    react()
    assert states() == ["STOPPED"]

    Settlement.objects.filter(pk=row.pk).update(settlement="SETTLED", settled_date=FRI)
    work_on_letters(at=NIGHT)
    assert states() == ["DROPPED"]
    dropped: Any = Event.objects.get(kind="message.drop")
    tell_of_messages([dropped], at=NIGHT)
    assert not WorkItem.objects.filter(kind="message-stopped", closed_at=None).exists()


def test_nothing_leaves_while_the_channel_is_stopped() -> None:
    in_force(WRITE)
    contact()
    fail()
    freeze_channels(codes=[MAIL], reason="Look first", actor=user("clerk"), at=NIGHT)
    react()
    assert (states(), mail.outbox) == (["QUEUED"], [])
    page = browser("checker").get("/channels/").content.decode()
    assert f'action="/channels/{MAIL}/thaw/"' in page

    thaw_channels(codes=[MAIL], actor=user("checker"), at=NIGHT).raise_single()
    work_on_letters(at=NIGHT)
    assert (states(), len(mail.outbox)) == (["SENT"], 1)


def test_after_a_restore_letters_are_in_doubt_too() -> None:
    in_force(WRITE)
    contact()
    fail()
    react()

    assert doubt_after_restore(restored_to=NIGHT, reason="Restored", at=NIGHT)[MAIL] == 1
    fail()
    react()
    assert states() == ["DOUBTED", "QUEUED"]
    assert len(mail.outbox) == 1


def test_it_is_among_the_messages_and_on_the_page_of_what_fails() -> None:
    in_force(WRITE)
    contact()
    row = fail()
    react()
    (message,) = OutboundMessage.objects.all()

    listed = browser("auditor").get("/outbound-messages/").content.decode()
    assert f"{message}" in listed
    shown = browser("auditor").get(f"/settlements/{row}/?tab=messages").content.decode()
    assert "Dear Ms Petrova" in shown
    assert "The counterparty was written to" in shown
    assert (
        "Dear Ms Petrova"
        in browser("auditor").get(f"/outbound-messages/{message}/").content.decode()
    )


def test_a_contact_for_settlements_has_an_address() -> None:
    with pytest.raises(IntegrityError, match="has_an_address"), transaction.atomic():
        contact(email="")
