"""Record-date events as people send them: read with all problems at once, proposed by one, approved by another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

import msgspec
from django.db import transaction

from backoffice.access.models import User
from backoffice.events.services import NewEvent, record_events
from backoffice.kernel.decimals import parse
from backoffice.kernel.errors import Conflict, FieldProblem, Invalid
from backoffice.kernel.i18n import gettext_noop
from backoffice.workflow.transitions import Outcome, Step, advance
from deals.capturing.schema import shaped
from deals.terms import Day, Number, Text
from deals.told import day_told, unknown
from refdata.rules import cycle_of
from refdata.selectors import ReferenceData, reference_data
from settlements.models import RecordEvent
from settlements.transforming.rules import ex_date_of
from settlements.transforming.state import EventKind, EventState

OF_MONEY = (EventKind.CASH, EventKind.REDEMPTION)


class Told(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """What an announcement says. `rate` and `currency` of money, `outturn`, `new` and `old` of securities.

    Of an exchange `rate` and `currency` may say by what a fraction of a unit of the outturn is paid.

    Without `ex_date` it follows from the settlement cycle of the instrument's market.
    """

    kind: Text
    instrument: Text
    record_date: Day
    payment_date: Day
    document: Text
    ex_date: Day | None = None
    rate: Number | None = None
    currency: Text | None = None
    outturn: Text | None = None
    new: Number | None = None
    old: Number | None = None


class InvalidEvent(Invalid):
    code = "invalid-record-event"
    title = gettext_noop("The event cannot be taken as it is")
    detail = gettext_noop("%(count)s problems were found.")
    hint = gettext_noop("Mend the members named in errors and send it again.")


class KnownEvent(Conflict):
    code = "record-event-known"
    title = gettext_noop("That event is there already")
    detail = gettext_noop("%(event)s is about the same instrument, kind and record date.")
    hint = gettext_noop("Have it declined first, where it is wrong.")


def event_of(document: Mapping[str, Any]) -> Told:
    """The event in a decoded object; pages take this way too. Raises WrongShape."""
    return shaped(document, Told)


@transaction.atomic
def propose_event(*, told: Told, actor: User, at: datetime) -> RecordEvent:
    """Store what was announced, for other eyes to approve. Raises InvalidEvent, KnownEvent."""
    terms = _parsed(told, reference_data())
    same = RecordEvent.objects.exclude(state=EventState.DECLINED).filter(
        instrument_id=terms["instrument_id"], kind=terms["kind"], record_date=terms["record_date"]
    )
    if known := same.first():
        raise KnownEvent(event=str(known))
    row = RecordEvent.objects.create(
        **terms, proposed_by=actor, proposed_at=at, makers=[actor.pk], document=told.document
    )
    event = NewEvent(
        kind="recordevent.propose", subject_type="recordevent", subject_id=row.pk, entity_id=None,
        target=EventState.PROPOSED.value, facts={"document": told.document},
    )  # fmt: skip
    record_events([event], actor_id=actor.pk, at=at)
    return row


@transaction.atomic
def approve_events(*, ids: Sequence[int], actor: User, at: datetime) -> Outcome:
    """Put events in force, as other eyes: they are applied after their record date."""
    return advance(RecordEvent, "approve", [Step(id) for id in ids], actor=actor, at=at)


@transaction.atomic
def decline_events(*, ids: Sequence[int], reason: str, actor: User, at: datetime) -> Outcome:
    """Say, as other eyes, that an event is not so."""
    return advance(RecordEvent, "decline", [Step(id, reason) for id in ids], actor=actor, at=at)


def _parsed(told: Told, reference: ReferenceData) -> dict[str, Any]:
    problems: list[FieldProblem] = []
    if told.kind not in EventKind.values:
        problems.append(_problem("kind", told.kind, gettext_noop("%(value)s is no kind of event.")))
    instrument = reference.instruments.get(told.instrument)
    if instrument is None:
        problems.append(unknown("instrument", told.instrument))
    record, payment = day_told("record_date", told.record_date, problems), day_told(
        "payment_date", told.payment_date, problems)  # fmt: skip
    terms: dict[str, Any] = {"kind": told.kind, "record_date": record, "payment_date": payment}
    if told.kind in OF_MONEY or (told.kind == EventKind.EXCHANGE and (told.rate or told.currency)):
        currency = reference.currencies.get(told.currency or "")
        if currency is None:
            problems.append(unknown("currency", told.currency or ""))
        terms["rate"] = _number("rate", told.rate, problems)
        terms["money_asset_id"] = currency.asset_id if currency else None
    if told.kind not in OF_MONEY:
        outturn = reference.instruments.get(told.outturn or "")
        if outturn is None:
            problems.append(unknown("outturn", told.outturn or ""))
        terms["outturn_id"] = outturn.asset_id if outturn else None
        terms |= {
            "new": _number("new", told.new, problems),
            "old": _number("old", told.old, problems),
        }
    terms["ex_date"] = day_told("ex_date", told.ex_date, problems) if told.ex_date else None
    if problems:
        raise InvalidEvent(problems, count=len(problems))
    assert instrument is not None and record is not None and payment is not None
    if terms["ex_date"] is None:
        cycle = cycle_of(
            reference.cycles, market=instrument.market, kind=instrument.kind, trade_date=record
        )
        calendar = reference.calendars[cycle.calendar]
        terms["ex_date"] = ex_date_of(record, cycle_days=cycle.days, calendar=calendar)
    if not terms["ex_date"] <= record <= payment:
        raise InvalidEvent([_problem("record_date", told.record_date, gettext_noop(
            "%(value)s is before the ex-date or after the payment date."))], count=1)  # fmt: skip
    return terms | {"instrument_id": instrument.asset_id}


def _problem(name: str, value: str, detail: str) -> FieldProblem:
    return FieldProblem(
        f"/{name}", f"wrong-{name.replace('_', '-')}", detail,
        gettext_noop("Compare it with the announcement."), {"value": value},
    )  # fmt: skip


def _number(name: str, text: str | None, problems: list[FieldProblem]) -> Decimal | None:
    try:
        value = parse(text or "", scale=12)
    except ValueError:
        value = Decimal(0)
    if value <= 0:
        problems.append(
            _problem(name, text or "", gettext_noop("%(value)s is not a number above zero."))
        )
        return None
    return value
