"""Which event a place means, which message of it came before, and keeping one more."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from backoffice.connectors.actions.mapping import Security
from backoffice.connectors.actions.models import EventMessage
from backoffice.connectors.actions.state import Did, MessageKind
from backoffice.connectors.formats.corporate_actions import CorporateAction
from backoffice.connectors.places.told import Source, Told, moment_of, position_of
from backoffice.kernel.errors import FieldProblem
from backoffice.kernel.i18n import gettext_noop
from refdata.models import Instrument
from settlements.models import RecordEvent
from settlements.transforming.state import OVER, EventState

LONGEST_TEXT = 8_000


def known_messages(told: Iterable[Told], source: Source) -> set[str]:
    """Those that came before, from the same place."""
    rows = EventMessage.objects.filter(message__in={each.message for each in told})
    found = rows.values_list("place_id", "message")
    return {message for place_id, message in found if place_id == source.place_id}


def event_called(called: str, source: Source, *, isin: str = "") -> RecordEvent | None:
    """The event that a place names so, as it stands now: what was announced anew in the place of the first.

    One that a person typed is known by its reference and security.
    """
    rows = EventMessage.objects.filter(called=called, event__isnull=False)
    if source.place_id is not None:
        rows = rows.filter(place_id=source.place_id)
    last = rows.select_related("event").order_by("-id").first()
    if last is not None and last.event is not None:
        return as_it_stands(last.event)
    typed = RecordEvent.objects.filter(reference=called).exclude(state__in=OVER)
    if isin:
        typed = typed.filter(instrument__instrument__isin=isin)
    return typed.order_by("-pk").first()


def as_it_stands(event: RecordEvent) -> RecordEvent:
    """What was announced in the place of an event at last, proposed or in force; itself where nothing was."""
    while True:
        later = event.replaced_by.exclude(state=EventState.DECLINED).first()
        if later is None:
            break
        event = later
    if event.state == EventState.DECLINED and event.replaces is not None:
        return event.replaces  # what was to replace it never did
    return event


def securities_named(isins: Iterable[str]) -> dict[str, Security]:
    rows = Instrument.objects.filter(isin__in=set(isins)).select_related("asset")
    return {str(row.isin): Security(row.asset.code, row.nominal) for row in rows}


def keep(
    each: Told, source: Source, kind: MessageKind, did: Did, *, at: datetime,
    event: RecordEvent | None = None, **more: Any,
) -> EventMessage:  # fmt: skip
    """Keep a message beside its event; in the caller's transaction."""
    said: Any = each.said
    assert isinstance(said, CorporateAction)
    values: dict[str, Any] = {
        "official": getattr(said, "official", "")[:40], "event_kind": said.kind[:4],
        "notice": str(getattr(said, "notice", ""))[:4],
        "text": getattr(said, "text", "")[:LONGEST_TEXT],
    } | more  # fmt: skip
    longest = {each.name: each.max_length for each in EventMessage._meta.fields}
    values = {
        name: value[: longest.get(name)] if isinstance(value, str) else value
        for name, value in values.items()
    }
    return EventMessage.objects.create(
        place_id=source.place_id, kind=kind, message=each.message, called=said.event[:40], event=event,
        did=did, told_at=moment_of(getattr(said, "told_at", None), at), file=source.file,
        recorded_at=at, **values,
    )  # fmt: skip


def unknown_event(each: Told, called: str) -> FieldProblem:
    return FieldProblem(
        position_of(each), "unknown-event",
        gettext_noop("No corporate action is known here as %(called)s."),
        gettext_noop("Propose it with that reference, or take its announcement in; then take the file in again."),
        facts={"called": called[:40]},
    )  # fmt: skip
