"""What people do about messages and channels: let them go again, send them outside, stop a channel and let it go on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from django.db import connection, transaction

from backoffice.access.models import User
from backoffice.connectors.channels.electing import find_channels, stop_without_channel
from backoffice.connectors.channels.lines import line_of
from backoffice.connectors.channels.models import Channel, ChannelLine
from backoffice.connectors.channels.state import UNDER_WAY, MessageState, Way
from backoffice.connectors.letters.queueing import MAIL
from backoffice.connectors.models import OutboundMessage
from backoffice.kernel.errors import Conflict
from backoffice.kernel.i18n import gettext_noop
from backoffice.workflow.transitions import Alike, Outcome, Step, advance


class NotMatchedYet(Conflict):
    code = "messages-not-matched"
    title = gettext_noop("The channel stays frozen")
    detail = gettext_noop(
        "Of %(count)s messages nobody has said whether the place has them, the first %(first)s."
    )
    hint = gettext_noop("Take in what the place sent since then, or ask it about each.")


SKIPPED = 100_000
# What places call our messages by is made from these (`channels/references.py`).
_SKIP_NUMBERS = """
SELECT setval(pg_get_serial_sequence('settlements_settlement', 'id'),
              (SELECT coalesce(max(id), 0) FROM settlements_settlement) + %(skipped)s),
       setval(pg_get_serial_sequence('settlements_electionchoice', 'id'),
              (SELECT coalesce(max(id), 0) FROM settlements_electionchoice) + %(skipped)s)
"""


@transaction.atomic
def retry_messages(*, ids: Sequence[int], actor: User, at: datetime) -> Outcome:
    """What was missing is there now, as somebody says: they are written again, or stopped again."""
    find_channels(ids=ids, at=at)
    moved = advance(OutboundMessage, "retry", [Step(id) for id in ids], actor=actor, at=at)
    rows = OutboundMessage.objects.filter(pk__in=moved.done, choice__isnull=False)
    elections = list(rows.values_list("choice__election", flat=True))
    stop_without_channel(choices_of=elections, at=at)
    return moved


@transaction.atomic
def resend_messages(*, ids: Sequence[int], reason: str, actor: User, at: datetime) -> Outcome:
    """Let messages leave once more under the same reference, marked as possible duplicates where that can be said."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE connectors_outboundmessage SET resends = resends + 1"
            " WHERE id = ANY(%s) AND state = 'SENT' AND channel <> ''",
            [sorted(ids)],
        )
    rows = OutboundMessage.objects.filter(pk__in=ids).exclude(channel="")
    steps = [Step(id, reason) for id in rows.order_by("pk").values_list("pk", flat=True)]
    return advance(OutboundMessage, "resend", steps, actor=actor, at=at)


@transaction.atomic
def mark_outside_messages(*, ids: Sequence[int], reason: str, actor: User, at: datetime) -> Outcome:
    """Say that messages were given to the place outside of the channel; other eyes have to agree."""
    return advance(
        OutboundMessage, "mark_outside", [Step(id, reason) for id in ids], actor=actor, at=at
    )


@transaction.atomic
def take_back_messages(*, ids: Sequence[int], actor: User, at: datetime) -> Outcome:
    """They were not sent outside: they leave through the channel, as they were written."""
    return advance(OutboundMessage, "take_back", [Step(id) for id in ids], actor=actor, at=at)


@transaction.atomic
def confirm_outside_messages(*, ids: Sequence[int], actor: User, at: datetime) -> Outcome:
    """As the second pair of eyes: the place has them, and they leave no other way."""
    outcome = advance(
        OutboundMessage, "confirm_outside", [Step(id) for id in ids], actor=actor, at=at
    )
    OutboundMessage.objects.filter(pk__in=outcome.done).update(sent_at=at)
    return outcome


@transaction.atomic
def freeze_channels(
    *, codes: Sequence[str], reason: str, actor: User | None, at: datetime,
    restored_to: datetime | None = None,
) -> Outcome:  # fmt: skip
    """Let nothing leave through channels. After a restore `restored_to` is the moment that the books stand at."""
    lines = [line_of(code) for code in sorted(set(codes))]
    facts = {} if restored_to is None else {"restored_to": restored_to.isoformat()}
    steps = [Step(line.pk, reason, facts, {"restored_to": restored_to}) for line in lines]
    return advance(ChannelLine, "freeze", steps, actor=actor, at=at)


def outbound_codes() -> list[str]:
    """Every channel through which something ever left or could leave."""
    rows = Channel.objects.filter(way=Way.OUT).values_list("code", flat=True)
    letters = ChannelLine.objects.filter(code=MAIL).values_list("code", flat=True)
    return sorted({*rows, *letters})


@transaction.atomic
def doubt_after_restore(*, restored_to: datetime, reason: str, at: datetime) -> dict[str, int]:
    """After a restore: freeze every channel out, and doubt what was under way; how many of each channel.

    What left after that moment is with the place, and our books do not know it. Numbers of settlements and
    choices that were given out since then are not given out again: the place has them.
    """
    codes = outbound_codes()
    freeze_channels(codes=codes, reason=reason, actor=None, at=at, restored_to=restored_to)
    rows = OutboundMessage.objects.filter(channel__in=codes, state__in=UNDER_WAY).order_by("pk")
    doubted = dict(rows.values_list("pk", "channel"))
    advance(OutboundMessage, "doubt", Alike(list(doubted), reason), actor=None, at=at)
    with connection.cursor() as cursor:
        cursor.execute(_SKIP_NUMBERS, {"skipped": SKIPPED})
    counted = Counter(doubted.values())
    return {code: counted[code] for code in codes}


@transaction.atomic
def miss_messages(*, ids: Sequence[int], reason: str, actor: User, at: datetime) -> Outcome:
    """The place says that it has them not: they leave as they were, once the channel goes on."""
    return advance(OutboundMessage, "miss", [Step(id, reason) for id in ids], actor=actor, at=at)


@transaction.atomic
def thaw_channels(*, codes: Sequence[str], actor: User, at: datetime) -> Outcome:
    """Let channels go on, as the second pair of eyes.

    After a restore nothing may be in doubt any more: each message is acknowledged by its place, sent
    outside, or known to be missing there. Raises NotMatchedYet.
    """
    lines = list(ChannelLine.objects.filter(code__in=codes).select_for_update().order_by("pk"))
    doubted = OutboundMessage.objects.filter(
        channel__in=[line.code for line in lines], state=MessageState.DOUBTED
    )
    first = doubted.order_by("pk").first()
    if first is not None:
        raise NotMatchedYet(count=doubted.count(), first=str(first))
    steps = [Step(line.pk, columns={"restored_to": None}) for line in lines]
    return advance(ChannelLine, "thaw", steps, actor=actor, at=at)
