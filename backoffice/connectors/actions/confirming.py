"""Taking in what places booked of corporate actions: reconciled with what is expected, paid by the place's word.

Securities have to be those that are expected, else nothing is booked. Money that differs is booked as it came, and the
difference waits for other eyes (settlements/actions/paying).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from django.db import transaction

from backoffice.connectors.actions.known import (
    event_called,
    keep,
    known_messages,
    unknown_event,
)
from backoffice.connectors.actions.state import Did, MessageKind
from backoffice.connectors.channels.instructing import units_of
from backoffice.connectors.formats.corporate_actions import EventConfirmation
from backoffice.connectors.formats.terms import Function
from backoffice.connectors.places.confirmations import EVIDENCE, NOON
from backoffice.connectors.places.known import accounts_of, securities_of
from backoffice.connectors.places.outcome import Outcome
from backoffice.connectors.places.told import Source, Told, position_of, refused
from backoffice.kernel.decimals import plain
from backoffice.kernel.errors import Conflict, FieldProblem, Invalid, Refusal
from backoffice.kernel.i18n import gettext_noop
from refdata.models import Asset
from settlements.actions.models import Entitlement
from settlements.actions.paying import NothingExpected, pay
from settlements.actions.state import EntitlementState
from settlements.models import RecordEvent
from settlements.proving import Proof

ZERO = Decimal(0)


class ConfirmationReversed(Conflict):
    code = "payment-reversed"
    title = gettext_noop("The place takes a payment back")
    detail = gettext_noop("What was booked of %(event)s by %(previous)s is taken back.")
    hint = gettext_noop(
        "Nothing is undone by itself: cancel the event, or clear it with the place."
    )


class NotThePaidUnits(Conflict):
    code = "units-differ"
    title = gettext_noop("The place booked other securities than are expected")
    detail = gettext_noop("%(theirs)s came, and %(ours)s is expected of %(event)s.")
    hint = gettext_noop(
        "Nothing is booked. Ask the place; then record its document, with other eyes."
    )


class OtherMoney(Invalid):
    code = "other-money"
    title = gettext_noop("It was paid in other money")
    detail = gettext_noop("%(event)s is paid in %(ours)s, and the place booked %(theirs)s.")
    hint = gettext_noop("Nothing is booked. Ask the place for what it is due in.")


class Booked(NamedTuple):
    """What a place booked, by currency and by security; below zero it went."""

    money: dict[str, Decimal]
    units: dict[str, Decimal]


def take_event_confirmations(told: Sequence[Told], source: Source, *, at: datetime) -> Outcome:
    """What was booked of events, message by message: paid, known already, or a problem."""
    outcome = Outcome()
    known = known_messages(told, source)
    accounts = accounts_of(
        (each.said.account for each in told if isinstance(each.said, EventConfirmation)), source
    )
    for each in told:
        said = each.said
        assert isinstance(said, EventConfirmation)
        if each.message in known:
            outcome.duplicate(each)
            continue
        event = event_called(said.event, source, isin=said.isin)
        account = accounts.get(said.account)
        if event is None or account is None:
            outcome.problem(
                each, unknown_event(each, said.event) if event is None else _foreign(each, said)
            )
            continue
        outcome.entities.add(account.entity_id)
        try:
            with transaction.atomic():
                did = _take(each, said, event, account.entity_id, source, at)
                keep(
                    each, source, MessageKind.CONFIRMATION, did, at=at, event=event, account=said.account,
                    entity_id=account.entity_id,
                )  # fmt: skip
        except Refusal as refusal:
            outcome.problem(each, refused(each, refusal))
        else:
            known.add(each.message)
            outcome.add(each)
    return outcome


def _take(
    each: Told,
    said: EventConfirmation,
    event: RecordEvent,
    entity_id: int,
    source: Source,
    at: datetime,
) -> Did:
    """Raises ConfirmationReversed, NothingExpected, NotThePaidUnits, OtherMoney and what `pay` raises."""
    if said.function is Function.REVERSE:
        raise ConfirmationReversed(event=str(event), previous=said.previous or said.event)
    booked = _booked(said)
    rows = _entitled(event, entity_id, said, source)
    if not rows:
        raise NothingExpected(event=str(event), place=source.place)
    expected = [row for row in rows if row.state == EntitlementState.EXPECTED]
    amount = _amount(event, rows, booked)
    if not expected:
        paid = [row for row in rows if row.state == EntitlementState.PAID]
        if paid and sum((row.paid_amount or ZERO for row in paid), ZERO) == amount:
            return Did.SAME  # a document or a line of a statement has said so before
        raise NothingExpected(event=str(event), place=source.place)
    _require_units(event, expected, booked)
    owed = sum((row.receipt for row in expected), ZERO)
    differs = amount != owed
    reason = f"{said.format} {said.reference}: {plain(amount)}, {plain(owed)}" if differs else ""
    proof = Proof(
        kind=EVIDENCE, reference=each.message, settled_at=_moment(said, source, at),
        details={"file": source.file, "account": said.account, "option": said.option},
    )  # fmt: skip
    pay(
        entitlement_ids=[row.pk for row in expected], amount=amount, proof=proof, reason=reason, at=at
    )  # fmt: skip
    return Did.PAID_OTHERWISE if differs else Did.PAID


def _entitled(
    event: RecordEvent, entity_id: int, said: EventConfirmation, source: Source
) -> list[Entitlement]:
    """What stands or was paid on the account by the option; one without options is told by its only one."""
    rows = Entitlement.objects.filter(
        event=event, entity=entity_id, place=source.place_id, account=said.account,
        state__in=(EntitlementState.EXPECTED, EntitlementState.PAID),
    )  # fmt: skip
    if event.options.exists() and said.option.isdecimal():
        rows = rows.filter(option__number=int(said.option))
    return list(rows.select_related("money_asset").order_by("pk"))


def _booked(said: EventConfirmation) -> Booked:
    money: dict[str, Decimal] = defaultdict(Decimal)
    units: dict[str, Decimal] = defaultdict(Decimal)
    known = securities_of(each.isin for each in said.securities)
    for move in said.cash:
        if move.booked is not None:
            money[move.booked.currency] += (
                move.booked.amount if move.credit else -move.booked.amount
            )
    for each in said.securities:
        security = known.get(each.isin)
        counted = (
            units_of(each.quantity, security.kind, security.nominal)
            if security and each.quantity
            else None
        )
        told = counted if counted is not None else (each.quantity.amount if each.quantity else ZERO)
        units[each.isin] += told if each.credit else -told
    return Booked(dict(money), {isin: units_ for isin, units_ in units.items() if units_})


def _amount(event: RecordEvent, rows: Sequence[Entitlement], booked: Booked) -> Decimal:
    """All the money that came. Raises OtherMoney."""
    codes = {row.money_asset.code for row in rows if row.money_asset}
    other = booked.money.keys() - codes
    if other and any(booked.money[code] for code in other):
        raise OtherMoney(
            event=str(event), ours=", ".join(sorted(codes)) or "–", theirs=", ".join(sorted(other))
        )
    return sum((amount for code, amount in booked.money.items() if code in codes), ZERO)


def _require_units(event: RecordEvent, rows: Sequence[Entitlement], booked: Booked) -> None:
    """Raises NotThePaidUnits. What goes and comes of one security is taken together, as in a split."""
    units: dict[int, Decimal] = defaultdict(Decimal)
    for row in rows:
        units[event.instrument_id] -= row.taken
        if row.outturn_id:
            units[row.outturn_id] += row.given
    isins = dict(Asset.objects.filter(pk__in=units).values_list("pk", "instrument__isin"))
    ours = {str(isins.get(id) or id): amount for id, amount in units.items() if amount}
    if ours != booked.units:
        raise NotThePaidUnits(event=str(event), ours=_spelt(ours), theirs=_spelt(booked.units))


def _spelt(units: dict[str, Decimal]) -> str:
    return ", ".join(f"{isin} {plain(amount)}" for isin, amount in sorted(units.items())) or "–"


def _moment(said: EventConfirmation, source: Source, at: datetime) -> datetime:
    """Of the day on which it was booked, noon of the place's clock, and never later than now."""
    booked = [
        *(each.booked_on for each in said.cash),
        *(each.booked_on for each in said.securities),
    ]
    days = [day for day in booked if day]
    if not days:
        return said.told_at or at
    return min(datetime.combine(max(days), NOON, tzinfo=source.zone), at)


def _foreign(each: Told, said: EventConfirmation) -> FieldProblem:
    return FieldProblem(
        position_of(each), "unknown-account",
        gettext_noop("%(account)s is no account of ours at %(place)s."),
        gettext_noop("Add the account to the reference data, then take the file in again."),
        facts={"account": said.account[:40], "place": said.format},
    )  # fmt: skip
