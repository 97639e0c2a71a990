"""Reading channels and messages: what each channel is and has to do, and who may see which message."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Min, Q, QuerySet

from backoffice.access.models import User
from backoffice.connectors.channels.choosing import valid_on
from backoffice.connectors.channels.models import Channel, ChannelLine
from backoffice.connectors.channels.state import LineState, MessageState, Way
from backoffice.connectors.models import OutboundMessage
from backoffice.kernel.errors import NotFound
from backoffice.kernel.references import number_in
from refdata.firm_days import firm_day
from refdata.scopes import scope_of, visible_or_shared
from refdata.selectors import reference_data
from settlements.deadlines.kinds import CUT_OFFS, CutOffs

WAITING = (MessageState.QUEUED, MessageState.WRITTEN, MessageState.MARKED, MessageState.DOUBTED)


@dataclass(frozen=True, slots=True)
class ChannelView:
    """A channel as it stands: its terms of today (or its last), what it did, and what waits."""

    channel: Channel
    line: ChannelLine | None
    is_valid: bool
    waiting: int = 0
    stopped: int = 0
    unanswered: int = 0
    oldest_at: datetime | None = None
    takes_until: str = ""  # by the place's own rule of cut-offs, in its time

    @property
    def state(self) -> str:
        return str(self.line.state if self.line else LineState.OPEN)

    @property
    def etag(self) -> str:
        return self.line.etag if self.line else f'"{LineState.OPEN}"'

    def __str__(self) -> str:
        return self.channel.code


def channels(*, visible_to: User, at: datetime) -> list[ChannelView]:
    """Every channel of the entities that a person may see, and of all entities; by code."""
    day = firm_day(at)
    rows = visible_or_shared(Channel.objects.select_related("place", "entity"), visible_to)
    latest: dict[str, Channel] = {}
    for row in rows.filter(valid_from__lte=day).order_by("code", "valid_from"):
        latest[row.code] = row
    for row in rows.filter(valid_from__gt=day).order_by("code", "valid_from"):
        latest.setdefault(row.code, row)
    good = set(rows.filter(valid_on(day)).values_list("pk", flat=True))
    lines = {line.code: line for line in ChannelLine.objects.filter(code__in=latest)}
    counted = _counted(list(latest))
    cut_offs = reference_data().rules.by_key(CUT_OFFS, day)
    return [
        ChannelView(
            row, lines.get(code), row.pk in good, *counted.get(code, (0, 0, 0, None)),
            takes_until=_until(cut_offs.get(row.place.code)) if row.way == Way.OUT else "",
        )
        for code, row in sorted(latest.items())
    ]  # fmt: skip


def _until(rule: CutOffs | None) -> str:
    return f"{rule.input_by} {rule.zone}" if rule and rule.input_by else ""


def channel_view(code: str, *, visible_to: User, at: datetime) -> ChannelView:
    """Raises NotFound."""
    for each in channels(visible_to=visible_to, at=at):
        if each.channel.code == code:
            return each
    raise NotFound(what="channel", reference=code)


def _counted(codes: Sequence[str]) -> dict[str, tuple[int, int, int, datetime | None]]:
    rows = OutboundMessage.objects.filter(
        channel__in=codes, state__in=(*WAITING, MessageState.STOPPED, MessageState.SENT)
    )
    found = rows.values_list("channel").annotate(
        waiting=Count("id", filter=Q(state__in=WAITING)),
        stopped=Count("id", filter=Q(state=MessageState.STOPPED)),
        unanswered=Count("id", filter=Q(state=MessageState.SENT)),
        oldest=Min("created_at", filter=~Q(state=MessageState.SENT)),
    )
    return {
        code: (waiting, stopped, sent, oldest) for code, waiting, stopped, sent, oldest in found
    }


def messages(*, visible_to: User) -> QuerySet[OutboundMessage]:
    """Messages out of the settlements and elections that a person may see, without their bytes."""
    rows = OutboundMessage.objects.select_related("place", "settlement", "choice__election")
    rows, scope = rows.defer("content"), scope_of(visible_to)
    if scope.everything:
        return rows
    of_settlements = scope.within(entity="settlement__entity_id", book="settlement__book_id")
    of_elections = Q(choice__isnull=False) & scope.within()
    return rows.filter(of_settlements | of_elections)


def message(reference: str, *, visible_to: User) -> OutboundMessage:
    """The message of a reference such as `OM-3`. Raises NotFound."""
    id = number_in(reference, "OM", "message")
    row = messages(visible_to=visible_to).filter(pk=id).first()
    if row is None:
        raise NotFound(what="message", reference=reference)
    return row
