"""Taking in what counterparties confirm of deals: into the confirming of deals, which compares it with ours."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from backoffice.access.models import User
from backoffice.connectors.confirmations import Message, told_of
from backoffice.connectors.formats.recognising import read_treasury, recognise
from backoffice.connectors.models import InboundFile
from backoffice.connectors.places.bringing import require_may
from backoffice.connectors.places.outcome import Outcome
from backoffice.connectors.places.sources import source_of
from backoffice.connectors.places.told import Source, Told, all_refused, position_of
from backoffice.connectors.receiving.taken import Taken, problem_document
from backoffice.kernel.errors import FieldProblem, Refusal
from backoffice.kernel.i18n import gettext_noop
from deals.confirming.files import take_confirmation
from deals.confirming.receiving import (
    DUPLICATE,
    UNKNOWN,
    Received,
    receive_confirmations,
)
from deals.confirming.terms import Parsed, ParsedWithdrawal
from refdata.selectors import reference_data

MAY_RECEIVE = "deals.receive_confirmation"
SOURCE = "channel"


def take_treasury(file: InboundFile, raw: bytes, *, actor: User | None, at: datetime) -> Taken:
    """Take in a file of MT300 and MT320. Raises Refused, NoPlacesWord."""
    source = source_of(file, at, actor=actor)
    read = read_treasury(raw)
    told = [
        Told(position, f"{each.format}:{each.reference}"[:120], each)  # type: ignore[arg-type]
        for position, each in enumerate(read, 1)
    ]
    outcome = take_trade_confirmations(told, source, at=at)
    formats = [each.format for each in read]
    return Taken(
        format=recognise(raw).name, lines=len(read), added=len(outcome.added - outcome.bad),
        duplicates=len(outcome.known - outcome.added - outcome.bad), refused=len(outcome.bad),
        problems=[problem_document(each) for each in outcome.problems],
        entities=frozenset(outcome.entities), counts={name: formats.count(name) for name in sorted(set(formats))},
    )  # fmt: skip


def take_trade_confirmations(told: Sequence[Told], source: Source, *, at: datetime) -> Outcome:
    """Confirmations of a file in their order, kept once; matching follows each by its event."""
    outcome, reference = Outcome(), reference_data()
    for each in told:
        said: Message = each.said  # type: ignore[assignment]
        try:
            require_may(source.actor, MAY_RECEIVE)
            parsed = [
                take_confirmation(one, actor=source.actor) for one in told_of(said, reference)
            ]
        except Refusal as refusal:
            outcome.problem(each, *all_refused(each, refusal))
            continue
        outcome.entities |= {one.entity_id for one in parsed}
        _note(each, said, _received(parsed, source, at), outcome)
    return outcome


def _received(
    parsed: Sequence[Parsed | ParsedWithdrawal], source: Source, at: datetime
) -> list[Received]:
    return receive_confirmations(
        parsed, source=source.place[:20] or SOURCE, actor=source.actor, at=at
    )


def _note(each: Told, said: Message, became: Sequence[Received], outcome: Outcome) -> None:
    """An amendment takes back and tells anew: what it tells is what counts."""
    last = became[-1]
    if last.outcome == DUPLICATE or (last.outcome == UNKNOWN and last.id is not None):
        outcome.duplicate(each)
    elif last.outcome == UNKNOWN:
        outcome.problem(
            each,
            FieldProblem(
                position_of(each), "never-confirmed",
                gettext_noop("It takes back %(previous)s, which was never confirmed to us."),
                gettext_noop("Ask the sender which confirmation is meant."),
                facts={"previous": (said.previous or said.reference)[:40]},
            ),
        )  # fmt: skip
    else:
        outcome.add(each)
