"""How bytes get to the other end of a channel and back. Nothing here knows what they say."""

from __future__ import annotations

from collections.abc import Callable

from backoffice.connectors.channels.models import Channel
from backoffice.connectors.channels.state import TransportKind
from backoffice.connectors.channels.transports.base import Transport
from backoffice.connectors.channels.transports.directory import Directory
from backoffice.connectors.channels.transports.http import Http
from backoffice.connectors.channels.transports.sftp import Sftp

_KINDS: dict[TransportKind, Callable[[Channel], Transport]] = {
    TransportKind.DIRECTORY: Directory, TransportKind.SFTP: Sftp, TransportKind.HTTP: Http,
}  # fmt: skip


def transport_of(channel: Channel) -> Transport:
    return _KINDS[TransportKind(channel.transport)](channel)
