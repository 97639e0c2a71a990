"""The formats of channels: from what was instructed to the bytes that leave. Pure, but for what it is given."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, NamedTuple

from backoffice.connectors.channels.choosing import version_in, zone_of
from backoffice.connectors.channels.details import Details
from backoffice.connectors.channels.instructing import Manner, command_of, instruction_of, whole
from backoffice.connectors.channels.models import Channel
from backoffice.connectors.channels.payments import write_payment
from backoffice.connectors.channels.references import CANCEL, NEW, Named, reference_of
from backoffice.connectors.channels.state import ChannelFormat
from backoffice.connectors.formats.documents import read_documents
from backoffice.connectors.formats.mt.commanding import write_mt_command
from backoffice.connectors.formats.mt.instructing import kind_of
from backoffice.connectors.formats.mt.securities import read_mt_securities
from backoffice.connectors.formats.mt.settlement import write_mt_instruction
from backoffice.connectors.formats.mt.spelling import Addresses
from backoffice.connectors.formats.refusing import Refused, refusal
from backoffice.connectors.formats.securities import Instruction
from backoffice.connectors.formats.sese.commanding import write_sese_command
from backoffice.connectors.formats.sese.instructing import WRAPPER, write_sese_instruction
from backoffice.connectors.formats.sese.versions import written as version_of
from backoffice.connectors.formats.sese.writing import Header
from backoffice.kernel.errors import FieldProblem
from backoffice.kernel.i18n import gettext_noop


class Sent(NamedTuple):
    """An instruction as it left."""

    format: str
    content: bytes


class Outgoing(NamedTuple):
    """A message to be written: what it is, what was instructed, and what was sent of it first."""

    named: Named
    body: Mapping[str, Any]
    details: Details
    sent: Sent | None = None


class Written(NamedTuple):
    reference: str
    format: str
    ending: str
    content: bytes


class NoWriter(Exception):
    """A channel carries no message of that kind."""

    def __init__(self, format: str, function: str) -> None:
        super().__init__(format, function)
        self.format, self.function = format, function

    def as_refused(self) -> Refused:
        if self.function == CANCEL:
            return refusal(self.format, [_recalled_by_people(self.format)])
        problem = FieldProblem(
            "function", "no-such-message",
            gettext_noop("%(format)s has no message for %(function)s."),
            gettext_noop("Tell the place outside of the channel, and say so."),
            facts={"format": self.format, "function": self.function},
        )  # fmt: skip
        return refusal(self.format, [problem])


def _recalled_by_people(format: str) -> FieldProblem:
    """A bank gives money back when it can: it is asked, and answers, in its own way."""
    return FieldProblem(
        "function", "recalled-by-people",
        gettext_noop("A payment is not recalled by a message of this channel (%(format)s)."),
        gettext_noop(
            "Ask the bank to recall it: issue the form of this message, and say with another person that it was sent"
            " outside. Record the answer of the bank as evidence of the settlement."
        ),
        facts={"format": format},
    )  # fmt: skip


def written(message: Outgoing, channel: Channel, *, at: datetime) -> Written:
    """The bytes of a message in its channel's format. Raises Refused with all that is missing, or NoWriter."""
    return _WRITERS[ChannelFormat(channel.format)](message, channel, at)


def _json(message: Outgoing, channel: Channel, at: datetime) -> Written:
    content = json.dumps(dict(message.body), ensure_ascii=False).encode() + b"\n"
    return Written(reference_of(message.named), "JSON", "jsonl", content)


def _mt(message: Outgoing, channel: Channel, at: datetime) -> Written:
    addresses = addresses_of(channel)
    reference = reference_of(message.named)
    if message.named.function in (NEW, CANCEL):
        instruction = _instruction(message, channel, at)
        content = write_mt_instruction(instruction, addresses)
        return Written(reference, f"MT{kind_of(instruction)}", "fin", content)
    command = command_of(message.named, message.details)
    return Written(reference, "MT530", "fin", write_mt_command(command, addresses))


def _sese(message: Outgoing, channel: Channel, at: datetime) -> Written:
    reference = reference_of(message.named)
    header = Header(
        channel.own_bic, channel.their_bic, reference, at.replace(microsecond=0),
        version=version_in(channel, "head.001", "02"), service=channel.service,
    )  # fmt: skip
    wrapper = channel.wrapper or WRAPPER
    if message.named.function in (NEW, CANCEL):
        name = "sese.020" if message.named.function == CANCEL else "sese.023"
        instruction = _instruction(message, channel, at)
        content = write_sese_instruction(instruction, header, wrapper=wrapper)
    else:
        name = "sese.030"
        content = write_sese_command(
            command_of(message.named, message.details), header, wrapper=wrapper
        )
    return Written(reference, str(version_of(name)), "xml", content)


def _payment(message: Outgoing, channel: Channel, at: datetime) -> Written:
    if message.named.function != NEW:
        raise NoWriter(channel.format, message.named.function)
    format, ending, content = write_payment(
        message.named, message.body, message.details, channel, at=at
    )
    return Written(reference_of(message.named), format, ending, content)


_WRITERS: dict[ChannelFormat, Callable[[Outgoing, Channel, datetime], Written]] = {
    ChannelFormat.JSON: _json, ChannelFormat.MT: _mt, ChannelFormat.ISO20022: _sese,
    ChannelFormat.PAIN: _payment, ChannelFormat.PACS: _payment, ChannelFormat.ONE_C: _payment,
}  # fmt: skip


def _instruction(message: Outgoing, channel: Channel, at: datetime) -> Instruction:
    """What is instructed; to cancel it, the very instruction that was sent, under a reference of its own."""
    day = at.astimezone(zone_of(channel)).date()
    manner = Manner(channel.bonds, channel.party_scheme)
    if message.named.function == NEW:
        instruction = instruction_of(message.body, message.details, manner)
    else:
        return _as_sent(message, manner).cancelling(reference_of(message.named), prepared_on=day)
    return replace(instruction, prepared_on=day)


def _as_sent(message: Outgoing, manner: Manner) -> Instruction:
    sent = message.sent
    if sent is None or sent.format == "JSON":
        return instruction_of(message.body, message.details, manner)
    if sent.format.startswith("MT"):
        (found,) = read_mt_securities(sent.content, kind=sent.format[2:])
    else:
        (found,) = read_documents(sent.content)
    assert isinstance(found, Instruction), sent.format
    return found


def addresses_of(channel: Channel) -> Addresses | None:
    """With both BICs the message has its headers; without them it is block 4 alone."""
    if not channel.own_bic and not channel.their_bic:
        return None
    return Addresses(whole(channel.own_bic), whole(channel.their_bic))
