"""Letting written messages leave through their channel, in their order, and what the other end says of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from django.db import connection, transaction

from backoffice.connectors.channels.lines import line_if_free
from backoffice.connectors.channels.marking import possibly_again
from backoffice.connectors.channels.models import ChannelLine
from backoffice.connectors.channels.references import NEW
from backoffice.connectors.channels.state import LineState
from backoffice.connectors.channels.transports.base import (
    Acknowledgement,
    Transport,
    TransportFailed,
)
from backoffice.connectors.models import OutboundMessage
from backoffice.events.faults import reached
from backoffice.workflow.transitions import Alike, Step, advance
from settlements.actions.electing import refuse_elections
from settlements.actions.models import ElectionChoice
from settlements.models import Settlement

BATCH = 50
_WRITTEN = """
SELECT o.id, o.name, o.content, o.reference, o.format, o.resends FROM connectors_outboundmessage o
 WHERE o.channel = %s AND o.state = 'WRITTEN' ORDER BY o.sequence LIMIT %s FOR UPDATE OF o
"""


class Leaving(NamedTuple):
    id: int
    name: str
    content: bytes
    reference: str
    format: str
    resends: int

    @property
    def bytes(self) -> bytes:
        content = bytes(self.content)
        return possibly_again(content, self.format) if self.resends else content


def send_messages(*, code: str, transport: Transport, at: datetime, limit: int = BATCH) -> int:
    """Let written messages of a channel leave, at most `limit`, in the order of their numbers; how many left.

    Killed between the other end and our commit, the same bytes leave again under the same name. What
    left before the other end failed has left: TransportFailed is raised after that is committed.
    """
    failed: list[TransportFailed] = []
    with transaction.atomic():
        line = line_if_free(code)
        if line is None or line.state == LineState.FROZEN:
            return 0
        with connection.cursor() as cursor:
            cursor.execute(_WRITTEN, [code, limit])
            rows = [Leaving(*row) for row in cursor.fetchall()]
        left, said = _put(rows, transport, failed)
        reached("message.left")
        _note(line, left, at)
        take_acknowledgements(code=code, acknowledgements=said, at=at)
    if failed:
        raise failed[0]
    return len(left)


def _put(
    rows: Sequence[Leaving], transport: Transport, failed: list[TransportFailed]
) -> tuple[list[Leaving], list[Acknowledgement]]:
    left: list[Leaving] = []
    said: list[Acknowledgement] = []
    for row in rows:
        try:
            answer = transport.put(row.name, row.bytes, row.reference)
        except TransportFailed as error:
            failed.append(error)
            break  # the order is kept: nothing leaves before what could not
        left.append(row)
        if answer:
            said.append(answer)
    return left, said


def _note(line: ChannelLine, left: Sequence[Leaving], at: datetime) -> None:
    if not left:
        return
    ids = [row.id for row in left]
    OutboundMessage.objects.filter(pk__in=ids).update(sent_at=at)
    advance(OutboundMessage, "send", Alike(ids), actor=None, at=at)
    ChannelLine.objects.filter(pk=line.pk).update(last_file=left[-1].name, last_file_at=at)


class Said(NamedTuple):
    """What somebody says of a message of ours: that it is taken, or not."""

    id: int
    good: bool
    text: str


@transaction.atomic
def take_acknowledgements(
    *, code: str, acknowledgements: Sequence[Acknowledgement], at: datetime
) -> None:
    """What the other end says of files, by their names; what it names and we never sent is nobody's."""
    named = {each.name: each for each in acknowledgements}
    rows = OutboundMessage.objects.filter(channel=code, name__in=named).values_list("pk", "name")
    note_answers([Said(id, named[name].good, named[name].text) for id, name in rows], at=at)


def note_answers(said: Sequence[Said], *, at: datetime) -> None:
    """Move messages by what is said of them; with an instruction its settlement. In the caller's transaction.

    What was said before does nothing.
    """
    for step, good in (("acknowledge", True), ("refuse", False)):
        chosen = {each.id: each for each in said if each.good is good}
        if not chosen:
            continue
        steps = [
            Step(id, each.text, columns={"answer": each.text[:200], "answered_at": at})
            for id, each in sorted(chosen.items())
        ]
        moved = advance(OutboundMessage, step, steps, actor=None, at=at).done
        if not good:
            _refuse_elections(moved, chosen, at)
        rows = OutboundMessage.objects.filter(pk__in=moved, function=NEW)
        about = sorted(rows.values_list("settlement_id", "pk"))
        own = "acknowledge" if good else "bounce"
        advance(Settlement, own, [Step(id, chosen[pk].text) for id, pk in about], actor=None, at=at)


def _refuse_elections(moved: Sequence[int], said: Mapping[int, Said], at: datetime) -> None:
    """What was chosen by one option alone waits for another choice; of several a person sees to it."""
    rows = OutboundMessage.objects.filter(pk__in=moved, choice__isnull=False)
    for row in rows.select_related("choice").order_by("pk"):
        assert row.choice is not None
        same = ElectionChoice.objects.filter(
            election=row.choice.election_id, round=row.choice.round
        )
        if same.count() == 1:
            text = said[row.pk].text
            refuse_elections(ids=[row.choice.election_id], reason=text, message=str(row), at=at)
