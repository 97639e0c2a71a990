"""A message that somebody brings for a channel over HTTP."""

from __future__ import annotations

from datetime import datetime

from backoffice.access.models import User
from backoffice.connectors.channels.choosing import channel_at
from backoffice.connectors.channels.lines import note_look
from backoffice.connectors.channels.models import Channel
from backoffice.connectors.channels.state import TransportKind, Way
from backoffice.connectors.models import InboundFile
from backoffice.connectors.receiving.services import take_file
from backoffice.kernel.errors import Conflict
from backoffice.kernel.i18n import gettext_noop


class NotForBringing(Conflict):
    code = "channel-takes-nothing"
    title = gettext_noop("Nothing is brought to that channel")
    detail = gettext_noop("%(channel)s is not a channel from a place over HTTP today.")
    hint = gettext_noop("Look at the list of channels for the one that takes messages.")


def bring_message(*, code: str, raw: bytes, name: str, actor: User, at: datetime) -> InboundFile:
    """Take in what was brought. The bringer is whoever the place's key belongs to. Raises NotForBringing."""
    channel: Channel | None = channel_at(code, at)
    if channel is None or (channel.way, channel.transport) != (Way.IN, TransportKind.HTTP):
        raise NotForBringing(channel=code)
    file = take_file(raw, name=name or code, channel=code, actor=actor, at=at)
    note_look(code, at=at, last_file=file.name)
    return file
