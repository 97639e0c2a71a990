"""Mapping rules for fills: proposed and approved by two people, then applied to what waits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from backoffice.access.models import User
from backoffice.connectors.formats.fix import Fill, read_dump
from backoffice.connectors.models import FixMapping
from backoffice.connectors.state import CounterpartyBy, InstrumentBy, MappingState
from backoffice.events.services import NewEvent, record_events
from backoffice.kernel.errors import Conflict, Invalid, NotFound
from backoffice.kernel.i18n import gettext_noop
from backoffice.kernel.references import number_in
from backoffice.workflow.transitions import Outcome, Step, advance
from deals.models import Inbound
from deals.repairing.services import Repaired, repair_many
from deals.state import InboundState
from refdata.models import Book, Party
from refdata.scopes import OutOfScope, scope_of, visible
from refdata.selectors import ReferenceData, reference_data

CHUNK = 2_000


class MappingIncomplete(Invalid):
    code = "mapping-incomplete"
    title = gettext_noop("The rule does not say enough")
    detail = gettext_noop("%(what)s is not known or is missing: %(value)s.")
    hint = gettext_noop("Name a book, a party and a market that the reference data knows.")


class MappingInForce(Conflict):
    code = "mapping-in-force"
    title = gettext_noop("Another rule is in force for these sessions")
    detail = gettext_noop("Sender %(sender)s and target %(target)s have an approved rule already.")
    hint = gettext_noop("Withdraw that one first.")


@dataclass(frozen=True, slots=True, kw_only=True)
class MappingTerms:
    """What a rule says, in the words of the interface; empty means any, or: as the fill says."""

    sender: str = ""
    target: str = ""
    instrument_by: str = InstrumentBy.SYMBOL.value
    currency: str = ""
    market: str = ""
    settle_days: int | None = None
    book: str
    counterparty_by: str = CounterpartyBy.PARTY.value
    counterparty: str = ""
    reason: str = ""


@transaction.atomic
def propose_mapping(*, terms: MappingTerms, actor: User, at: datetime) -> FixMapping:
    """Propose a rule; nothing is booked by it before another person approves it.

    Raises MappingIncomplete, OutOfScope.
    """
    book = Book.objects.filter(code=terms.book).first()
    if book is None:
        raise MappingIncomplete(what="book", value=terms.book or "-")
    if not scope_of(actor).covers(entity_id=book.entity_id, book_id=book.pk):
        raise OutOfScope(what=book.code)
    reference, party = reference_data(), None
    if terms.counterparty_by == CounterpartyBy.PARTY:
        found = reference.parties.get(terms.counterparty)
        if found is None:
            raise MappingIncomplete(what="counterparty", value=terms.counterparty or "-")
        party = Party.objects.get(pk=found.id)
    if terms.currency and terms.currency not in reference.currencies:
        raise MappingIncomplete(what="currency", value=terms.currency)
    markets = {row.market for row in reference.cycles}
    if (terms.market or terms.settle_days is not None) and terms.market not in markets:
        raise MappingIncomplete(what="market", value=terms.market or "-")
    row = FixMapping.objects.create(
        entity_id=book.entity_id, sender=terms.sender, target=terms.target, instrument_by=terms.instrument_by,
        currency=terms.currency, market=terms.market, settle_days=terms.settle_days, book=book,
        counterparty_by=terms.counterparty_by, party=party, reason=terms.reason,
        makers=[actor.pk], proposed_by=actor, proposed_at=at,
    )  # fmt: skip
    event = NewEvent(
        kind="fixmapping.propose", subject_type="fixmapping", subject_id=row.pk,
        entity_id=book.entity_id, target=MappingState.PROPOSED.value,
        facts={"sender": row.sender, "target": row.target, "book": book.code},
    )  # fmt: skip
    record_events([event], actor_id=actor.pk, at=at)
    return row


@transaction.atomic
def approve_mappings(*, ids: Sequence[int], actor: User, at: datetime) -> Outcome:
    """As the second pair of eyes: the rules are in force. Raises MappingInForce."""
    try:
        with transaction.atomic():
            return advance(FixMapping, "approve", [Step(id) for id in ids], actor=actor, at=at)
    except IntegrityError:
        row = FixMapping.objects.get(pk=ids[0])
        raise MappingInForce(sender=row.sender or "*", target=row.target or "*") from None


@transaction.atomic
def decline_mappings(*, ids: Sequence[int], reason: str, actor: User, at: datetime) -> Outcome:
    """The rule is wrong; another may be proposed."""
    return advance(FixMapping, "decline", [Step(id, reason) for id in ids], actor=actor, at=at)


@transaction.atomic
def withdraw_mappings(*, ids: Sequence[int], reason: str, actor: User, at: datetime) -> Outcome:
    """The rule is no longer applied; what was booked by it stays."""
    return advance(FixMapping, "withdraw", [Step(id, reason) for id in ids], actor=actor, at=at)


def mappings() -> QuerySet[FixMapping]:
    return FixMapping.objects.select_related("book", "party", "proposed_by").order_by("-id")


def mappings_seen(*, visible_to: User) -> QuerySet[FixMapping]:
    """The rules a person may see: those that book into its books."""
    return visible(mappings(), visible_to, book="book_id")


def mapping(reference: str, *, visible_to: User) -> FixMapping:
    """The rule of a reference such as `FM-3`. Raises NotFound."""
    row = (
        mappings_seen(visible_to=visible_to)
        .filter(pk=number_in(reference, "FM", "mapping rule"))
        .first()
    )
    if row is None:
        raise NotFound(what="mapping rule", reference=reference)
    return row


def replay_mapping(*, mapping_id: int, actor: User, at: datetime) -> Repaired:
    """Book what waits and is ruled by this rule; each chunk is a commit. Again: nothing is added."""
    waiting = Inbound.objects.filter(state=InboundState.REPAIR, source__startswith="FIX ")
    ids = list(waiting.order_by("id").values_list("id", flat=True))
    repaired = Repaired()
    for start in range(0, len(ids), CHUNK):
        found = replay_mapped(ids=ids[start : start + CHUNK], only=mapping_id, actor=actor, at=at)
        repaired.done |= found.done
        repaired.left |= found.left
    return repaired


@transaction.atomic
def replay_mapped(
    *, ids: Sequence[int], actor: User, at: datetime, only: int | None = None
) -> Repaired:
    """Book those of these received fills for which a rule is in force; the others go on waiting."""
    rules = list(mappings().filter(state=MappingState.APPROVED))
    reference, changes = reference_data(), {}
    rows = Inbound.objects.filter(pk__in=ids, state=InboundState.REPAIR) if rules else []
    for row in rows:
        fill = next(iter(read_dump(row.raw.encode()).fills), None)
        rule = rule_for(rules, fill) if fill is not None and not fill.corrects else None
        if fill is not None and rule is not None and only in (None, rule.pk):
            changes[row.pk] = changes_by(rule, fill, reference)
    if not changes:
        return Repaired()
    return repair_many(changes=changes, reason="mapping rule", actor=actor, at=at)


def rule_for(rules: Sequence[FixMapping], fill: Fill) -> FixMapping | None:
    """The most specific rule whose sender and target fit."""
    fits = [r for r in rules if r.sender in ("", fill.sender) and r.target in ("", fill.target)]
    return max(fits, key=lambda r: (bool(r.sender) + bool(r.target), r.pk), default=None)


def changes_by(rule: FixMapping, fill: Fill, reference: ReferenceData) -> Mapping[str, Any]:
    """The members that a rule gives to a fill. What the fill says itself stays."""
    by_symbol = rule.instrument_by == InstrumentBy.SYMBOL
    changes: dict[str, Any] = {
        "instrument": fill.symbol if by_symbol else fill.security_id,
        "book": rule.book.code,
        "counterparty": _counterparty(rule, fill),
    }
    if rule.currency and not fill.currency:
        changes["currency"] = rule.currency
    if rule.market:
        changes["execution"] = {"venue": rule.market}
    if rule.settle_days is not None and not fill.settlement_date:
        trade_date, _ = reference.trade_date(rule.market, fill.executed_at)
        cycle = next(row for row in reference.cycles if row.market == rule.market)
        due = reference.calendars[cycle.calendar].add(trade_date, rule.settle_days)
        changes["settlement"] = {"method": "DVP", "date": due.isoformat()}
    return changes


def _counterparty(rule: FixMapping, fill: Fill) -> str:
    if rule.counterparty_by == CounterpartyBy.SENDER:
        return fill.sender
    if rule.counterparty_by == CounterpartyBy.TARGET:
        return fill.target
    assert rule.party is not None
    return rule.party.code
