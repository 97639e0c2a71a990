"""Whose word a file is: of the place that its channel comes from, which two people set up."""

from __future__ import annotations

from datetime import datetime

from backoffice.access.models import User
from backoffice.connectors.channels.choosing import zone_of
from backoffice.connectors.channels.models import Channel
from backoffice.connectors.channels.state import Way
from backoffice.connectors.models import InboundFile
from backoffice.connectors.places.told import Source
from backoffice.connectors.receiving.taken import require_channel
from backoffice.kernel.errors import Invalid
from backoffice.kernel.i18n import gettext_noop
from refdata.firm_days import FIRM_ZONE, firm_day


class NoPlacesWord(Invalid):
    code = "no-places-word"
    title = gettext_noop("Nobody says whose word that is")
    detail = gettext_noop("%(file)s did not come through a channel of a place.")
    hint = gettext_noop(
        "Let it come through the channel; else record the document, with other eyes."
    )


def source_of(file: InboundFile, at: datetime, *, actor: User | None) -> Source:
    """The place that speaks, or the person who brings it, of no place. Raises NoPlacesWord: nobody sent it."""
    channel = _channel_of(file, at)
    if channel is None:
        bringer = actor or file.received_by
        if bringer is None:
            raise NoPlacesWord(file=str(file))
        return Source(str(file), None, "", FIRM_ZONE, bringer)
    return Source(str(file), channel.place_id, channel.place.code, zone_of(channel))


def place_of(file: InboundFile, at: datetime) -> int | None:
    """The place that speaks in a file; None: any, in a folder that only places write into. Raises NotByHand."""
    channel = _channel_of(file, at)
    if channel is not None:
        return channel.place_id
    require_channel(file)
    return None


def _channel_of(file: InboundFile, at: datetime) -> Channel | None:
    rows = Channel.objects.filter(code=file.channel, way=Way.IN, valid_from__lte=firm_day(at))
    return rows.select_related("place__calendar").order_by("-valid_from").first()
