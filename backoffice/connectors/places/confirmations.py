"""Taking in the place's word that something settled: whole or in part, compared before it is booked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, time
from decimal import Decimal
from typing import NamedTuple

from backoffice.connectors.channels.references import NEW
from backoffice.connectors.formats.securities import Confirmation
from backoffice.connectors.places.comparing import differences, units_told
from backoffice.connectors.places.outcome import Outcome
from backoffice.connectors.places.told import (
    About,
    Source,
    Told,
    about,
    named_of,
    position_of,
    refused,
    unknown_reference,
)
from backoffice.events.services import NewEvent, record_events
from backoffice.kernel.decimals import plain
from backoffice.kernel.errors import FieldProblem
from backoffice.kernel.i18n import gettext_noop
from settlements.models import Evidence
from settlements.netting.settling import lock_with_members
from settlements.posting import SettledTerms, part_terms
from settlements.selectors import locked_terms
from settlements.services import Proof, settle_by_places_word

EVIDENCE = "place-message"
NOON = time(12)  # of a day that is told without a time


class Word(NamedTuple):
    """A confirmation with what it is about."""

    told: Told
    said: Confirmation
    about: About


def take_confirmations(told: Sequence[Told], source: Source, *, at: datetime) -> Outcome:
    """Confirmations of a file in its order: of one settlement one after the other.

    One that says something else than we instructed is not booked: it is a problem, and work for a clerk. So
    is one that takes back what was confirmed: that is undone by a settlement the other way.
    """
    outcome = Outcome()
    words = _words(told, source, outcome)
    outcome.entities |= {word.about.entity_id for word in words}
    proved = _proved(words)
    left: list[Word] = []
    for word in words:
        key = (word.about.id, word.told.message)
        if key in proved:
            outcome.duplicate(word.told)
            continue
        proved.add(key)
        if word.said.is_final:
            left.append(word)
        elif word.said.pre_confirmation:
            outcome.add(word.told)  # of the money or the securities alone: nothing is final by it
        else:
            _not_booked(word, "reversed", outcome, at)
    while left:
        now = {word.about.id: word for word in reversed(left)}  # the first of each
        left = [word for word in left if now[word.about.id] is not word]
        _settle(now, source, outcome, at)
    return outcome


def _words(told: Sequence[Told], source: Source, outcome: Outcome) -> list[Word]:
    found = []
    for each in told:
        assert isinstance(each.said, Confirmation)
        found.append((each, each.said, named_of(each.said.instruction)))
    known = about([named.settlement_id for *_, named in found if named], source)
    words = []
    for each, said, named in found:
        if named is None or named.function != NEW or named.settlement_id not in known:
            outcome.problem(each, unknown_reference(each, said.instruction))
        else:
            words.append(Word(each, said, known[named.settlement_id]))
    return words


def _proved(words: Sequence[Word]) -> set[tuple[int, str]]:
    rows = Evidence.objects.filter(
        settlement_id__in={word.about.id for word in words}, kind=EVIDENCE
    )
    return set(rows.values_list("settlement_id", "reference"))


def _settle(now: Mapping[int, Word], source: Source, outcome: Outcome, at: datetime) -> None:
    lock_with_members(sorted(now))
    terms = {each.id: each for each in locked_terms(sorted(now))}
    proofs: dict[int, Proof] = {}
    parts: dict[int, Decimal] = {}
    for id, word in sorted(now.items()):
        units = units_told(word.said, word.about)
        found = differences(word.said, word.about, _amount(terms[id], units))
        if units is None:
            quantity = word.said.terms.quantity
            found = [
                *found,
                ("quantity", word.about.isin, f"{quantity.kind} {plain(quantity.amount)}"),
            ]
        if found and terms[id].is_open:
            _differs(word, found, outcome, at)
            continue
        proofs[id] = Proof(
            kind=EVIDENCE, reference=word.told.message, settled_at=settled_at(word.said, source, at),
            details=_details(word, source),
        )  # fmt: skip
        if units is not None and terms[id].quantity:
            parts[id] = units
    refusals = settle_by_places_word(proofs=proofs, parts=parts, at=at).refused if proofs else {}
    for id in proofs:
        if id in refusals:
            outcome.problem(now[id].told, refused(now[id].told, refusals[id]))
        else:
            outcome.add(now[id].told)


def _amount(terms: SettledTerms, units: Decimal | None) -> Decimal | None:
    """What of our money goes with so many pieces; None where there are not so many left."""
    if units is None or not 0 < units <= terms.quantity:
        return None
    return part_terms(terms, units).amount


def settled_at(said: Confirmation, source: Source, at: datetime) -> datetime:
    """The place's own time. Of a day alone: when it was told, if that was on the day, else noon of it."""
    if said.settled_at is not None:
        return said.settled_at
    if said.told_at is not None and said.told_at.astimezone(source.zone).date() == said.settled_on:
        return said.told_at
    noon = datetime.combine(said.settled_on, NOON, tzinfo=source.zone)
    is_today = at.astimezone(source.zone).date() == said.settled_on
    return min(noon, at) if is_today else noon


def _details(word: Word, source: Source) -> dict[str, str]:
    references = word.said.references
    told = {
        "file": source.file, "format": word.said.format, "servicer": references.servicer,
        "infrastructure": references.infrastructure, "common": references.common,
    }  # fmt: skip
    return {name: text for name, text in told.items() if text}


def _differs(
    word: Word, found: Sequence[tuple[str, str, str]], outcome: Outcome, at: datetime
) -> None:
    what = "; ".join(f"{name}: {ours} | {theirs}" for name, ours, theirs in found)
    _tell(word, "settlement.differ", what, at)
    outcome.problem(word.told, *(
        FieldProblem(
            position_of(word.told), f"{name}-differs",
            gettext_noop("The place settled %(theirs)s, we instructed %(ours)s of %(settlement)s."),
            gettext_noop("Nothing is booked. Ask the place; then record its document, with other eyes."),
            facts={"ours": ours, "theirs": theirs, "settlement": f"S-{word.about.id}"},
        )
        for name, ours, theirs in found
    ))  # fmt: skip


def _not_booked(word: Word, what: str, outcome: Outcome, at: datetime) -> None:
    _tell(word, "settlement.differ", what, at)
    outcome.problem(
        word.told,
        FieldProblem(
            position_of(word.told), "confirmation-reversed",
            gettext_noop("The place takes back that %(settlement)s settled."),
            gettext_noop("Nothing is undone by itself: a settlement the other way undoes it."),
            facts={"settlement": f"S-{word.about.id}"},
        ),
    )  # fmt: skip


def _tell(word: Word, kind: str, what: str, at: datetime) -> None:
    event = NewEvent(
        kind=kind, subject_type="settlement", subject_id=word.about.id,
        entity_id=word.about.entity_id, reason=what[:500], facts={"message": word.told.message},
    )  # fmt: skip
    record_events([event], actor_id=None, at=at)
