"""Taking in payroll journals, accepting and declining them; a correction takes the place of what it corrects."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal

from django.db import connection, transaction

from backoffice.access.models import User
from backoffice.events.services import NewEvent, record_events
from backoffice.kernel.decimals import plain
from backoffice.kernel.errors import Conflict, NotFound
from backoffice.kernel.i18n import gettext_noop
from backoffice.workflow.transitions import Outcome, Step, advance, each_by_itself
from expenses.payroll.booking import SOURCE, book_journal, reverse_journal
from expenses.payroll.models import PayrollJournal, PayrollLine, PayrollRemark
from expenses.payroll.placing import Placed, placed
from expenses.payroll.reading import read_journal
from expenses.payroll.state import PAYROLL_LIFECYCLE, PayrollState
from expenses.payroll.taxing import as_kept, oddities
from expenses.payroll.told import ToldJournal
from refdata.models import Entity
from refdata.scopes import entities_seen_by
from refdata.selectors import reference_data
from settlements.ndfl.ending import NoTaxAgent

ZERO = Decimal(0)
LOCK_OF_PAYROLL = 7_000_073  # advisory, together with the number of an entity
LIVE = (PayrollState.PROPOSED, PayrollState.ACCEPTED)


class JournalKnown(Conflict):
    code = "payroll-journal-known"
    title = gettext_noop("There is a payroll journal of that number")
    detail = gettext_noop(
        "%(reference)s is number %(number)s of the month, and tells something else."
    )
    hint = gettext_noop(
        "Give it a number of its own; what is accepted is corrected by a journal that names it."
    )


class NothingToCorrect(Conflict):
    code = "payroll-journal-not-corrected"
    title = gettext_noop("The payroll journal that it corrects is not there")
    detail = gettext_noop(
        "No journal of the month with the number %(number)s is accepted and not corrected."
    )
    hint = gettext_noop(
        "Name an accepted journal of the same entity and month; one that waits is declined instead."
    )


class RemarksUnanswered(Conflict):
    code = "payroll-remarks-unanswered"
    title = gettext_noop("The tax of the payroll journal differs from the scale")
    detail = gettext_noop("%(count)s remarks of %(reference)s need a reason.")
    hint = gettext_noop("Say why it is accepted all the same, or decline it.")


def lock(entity_id: int) -> None:
    """Journals of an entity are taken in and accepted one after the other; in the caller's transaction."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(%s, hashint8(%s))", [LOCK_OF_PAYROLL, entity_id]
        )


@transaction.atomic
def receive_journal(
    *, content: bytes, document: str, actor: User, at: datetime
) -> tuple[PayrollJournal, bool]:
    """Keep a journal as its file tells it, for other eyes; whether it was a new one.

    The same file again is the same journal. Raises InvalidJournal, NotFound, NoTaxAgent, JournalKnown,
    NothingToCorrect, NoRuleInForce.
    """
    told = read_journal(content)
    entity = next((each for each in entities_seen_by(actor) if each.code == told.entity), None)
    if entity is None:
        raise NotFound(what="entity", reference=told.entity)
    lock(entity.pk)
    live = PayrollJournal.objects.filter(entity=entity, state__in=LIVE)
    known = live.filter(sha256=told.sha256).first()
    if known is not None:
        return known, False
    if not reference_data().profiles.of(entity.code, told.pay_date).withholds_ndfl:
        raise NoTaxAgent(entity=entity.code)
    named = live.filter(month=told.month, number=told.number).first()
    if named is not None:
        raise JournalKnown(reference=str(named), number=told.number)
    row = _kept(told, entity, placed(told, entity_id=entity.pk), content, document, actor, at)
    facts = {"month": told.month.isoformat(), "lines": len(told.lines), "document": document}
    event = NewEvent(
        kind=f"{SOURCE}.receive", subject_type=SOURCE, subject_id=row.pk, entity_id=entity.pk,
        target=row.state, facts=facts,
    )  # fmt: skip
    record_events([event], actor_id=actor.pk, at=at)
    return row, True


def _kept(
    told: ToldJournal, entity: Entity, lines: Sequence[Placed], content: bytes, document: str,
    actor: User, at: datetime,
) -> PayrollJournal:  # fmt: skip
    row = PayrollJournal.objects.create(
        entity=entity, number=told.number, month=told.month, pay_date=told.pay_date,
        replaces=_corrected(told, entity) if told.corrects else None, document=document,
        layout=told.layout, content=content, sha256=told.sha256,
        people=len({each.person_id for each in lines}),
        base=sum((each.told.base for each in lines), ZERO), received_by=actor, received_at=at,
        makers=[actor.pk], **told.totals,
    )  # fmt: skip
    PayrollLine.objects.bulk_create(
        PayrollLine(
            journal=row, number=number, person_id=each.person_id, centre_id=each.centre_id,
            resident=each.told.resident, code=each.told.code, accrued=each.told.accrued,
            deductions={code: plain(amount) for code, amount in each.told.deductions.items()},
            base=each.told.base, by_rate=as_kept(each.told.by_rate), ndfl=each.told.ndfl,
            held=each.told.held, contributions=each.told.contributions, net=each.told.net,
            account=each.told.account, bik=each.told.bik,
        )
        for number, each in enumerate(lines, start=1)
    )  # fmt: skip
    return row


def _corrected(told: ToldJournal, entity: Entity) -> PayrollJournal:
    row = PayrollJournal.objects.filter(
        entity=entity, month=told.month, number=told.corrects, state=PayrollState.ACCEPTED
    ).first()
    if row is None or row.corrections.filter(state=PayrollState.PROPOSED).exists():
        raise NothingToCorrect(number=told.corrects)
    return row


def accept_journals(*, ids: Sequence[int], reason: str, actor: User, at: datetime) -> Outcome:
    """Other eyes accept journals: each is booked, and what it corrects is reversed.

    Where the tax differs from the scale a reason is due, and the remarks are kept. Refuses with RemarksUnanswered,
    NothingToCorrect, NoRuleInForce.
    """

    def take(row: PayrollJournal) -> None:
        lock(row.entity_id)
        PAYROLL_LIFECYCLE.require("accept", source=row.state)
        odd = oddities(row)
        if odd and not reason.strip():
            raise RemarksUnanswered(count=len(odd), reference=str(row))
        advance(PayrollJournal, "accept", [Step(row.pk, reason)], actor=actor, at=at).raise_single()
        if row.replaces is not None:
            _reverse(row.replaces, row, at)
        PayrollRemark.objects.bulk_create(
            PayrollRemark(
                journal=row, person_id=each.person_id, what=each.what, rate=each.rate,
                told=each.told, reckoned=each.reckoned,
            )
            for each in odd
        )  # fmt: skip
        book_journal(row, at=at)

    return _each(ids, take)


def _reverse(old: PayrollJournal, by: PayrollJournal, at: datetime) -> None:
    if old.state != PayrollState.ACCEPTED:
        raise NothingToCorrect(number=old.number)
    advance(PayrollJournal, "reverse", [Step(old.pk, str(by))], actor=None, at=at).raise_single()
    reverse_journal(old, str(by), at=at)


def decline_journals(*, ids: Sequence[int], reason: str, actor: User, at: datetime) -> Outcome:
    """It is not what was paid: it counts nowhere, and its number is free again."""

    def take(row: PayrollJournal) -> None:
        advance(
            PayrollJournal, "decline", [Step(row.pk, reason)], actor=actor, at=at
        ).raise_single()

    return _each(ids, take)


def _each(ids: Sequence[int], take: Callable[[PayrollJournal], None]) -> Outcome:
    @transaction.atomic
    def all_of_them() -> Outcome:
        rows: Mapping[int, PayrollJournal] = {
            row.pk: row
            for row in PayrollJournal.objects.select_related("entity", "replaces__entity")
            .filter(pk__in=ids).order_by("pk").select_for_update(of=("self",))
        }  # fmt: skip

        def decide(id: int) -> None:
            if id not in rows:
                raise NotFound(what="payroll journal", reference=f"PJ-{id}")
            take(rows[id])

        return each_by_itself(ids, decide)

    return all_of_them()
