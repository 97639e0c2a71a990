"""One look at a channel: what is queued is written and leaves, what is said of it is noted, what came is taken in."""

from __future__ import annotations

from datetime import datetime

from backoffice.connectors.channels.lines import note_look
from backoffice.connectors.channels.models import Channel
from backoffice.connectors.channels.polling import receive_files
from backoffice.connectors.channels.sending import send_messages, take_acknowledgements
from backoffice.connectors.channels.state import Way
from backoffice.connectors.channels.transports import transport_of
from backoffice.connectors.channels.transports.base import Transport, TransportFailed
from backoffice.connectors.channels.writing import write_messages
from backoffice.connectors.receiving.services import take_file


def work_on(code: str, channel: Channel | None, *, at: datetime) -> None:
    """A channel whose terms have ended writes nothing, and says so of each message that waits for it.

    Where the other end fails, that is noted and seen on the list of channels; the next look tries again.
    """
    if channel is None:
        write_messages(code=code, at=at)
        return
    transport = transport_of(channel)
    try:
        if channel.way == Way.OUT:
            _out(code, transport, at)
        else:
            receive_files(
                code=code, transport=transport, at=at,
                take=lambda raw, name: take_file(raw, name=name, channel=code, actor=None, at=at),
            )  # fmt: skip
        note_look(code, at=at)
    except TransportFailed as error:
        note_look(code, at=at, error=error.filled())
    finally:
        transport.close()


def _out(code: str, transport: Transport, at: datetime) -> None:
    while write_messages(code=code, at=at):
        pass
    while send_messages(code=code, transport=transport, at=at):
        pass
    said = list(transport.acknowledgements())
    take_acknowledgements(code=code, acknowledgements=said, at=at)
    for each in said:
        transport.noted(each)
