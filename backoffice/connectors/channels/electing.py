"""Elections that leave through the channel of their place: one message for each option chosen, and one each time."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import connection

from backoffice.connectors.actions.models import EventMessage
from backoffice.connectors.actions.state import MessageKind
from backoffice.connectors.channels.choosing import CHANNEL_OF, version_in, zone_of
from backoffice.connectors.channels.formats import NoWriter, Written, addresses_of
from backoffice.connectors.channels.instructing import counted
from backoffice.connectors.channels.models import Channel
from backoffice.connectors.channels.references import ELECT, reference_of_choice
from backoffice.connectors.channels.state import ChannelFormat
from backoffice.connectors.formats.corporate_actions import Election
from backoffice.connectors.formats.mt.electing import write_mt_election
from backoffice.connectors.formats.seev.electing import write_seev_election
from backoffice.connectors.formats.sese.instructing import WRAPPER
from backoffice.connectors.formats.sese.versions import written as version_of
from backoffice.connectors.formats.sese.writing import Header
from backoffice.connectors.models import OutboundMessage
from backoffice.kernel.i18n import gettext_noop
from backoffice.workflow.transitions import Step, advance
from refdata.firm_days import firm_day
from settlements.actions.models import ElectionChoice
from settlements.actions.state import OptionKind
from settlements.models import RecordEvent
from settlements.transforming.state import Action

# What an event and an option are called where the place has not named them.
_EVENTS: Mapping[str, str] = {
    Action.DIVIDEND: "DVOP", Action.COUPON: "INTR", Action.BONUS: "BONU", Action.SPIN_OFF: "SOFF",
    Action.RIGHTS: "RHDI", Action.SPLIT: "SPLF", Action.REVERSE_SPLIT: "SPLR", Action.EXCHANGE: "EXOF",
    Action.TENDER: "TEND", Action.EXERCISE: "EXRI", Action.REDEMPTION: "REDM", Action.AMORTISATION: "PRED",
}  # fmt: skip
_OPTIONS: Mapping[str, str] = {
    OptionKind.CASH: "CASH",
    OptionKind.SECURITIES: "SECU",
    OptionKind.LAPSE: "LAPS",
}
# Of what is instructed at outside places: the last choice, and of it what is not to be left alone.
_QUEUE = f"""
INSERT INTO connectors_outboundmessage (place_id, choice_id, entity_id, function, number, channel, body, created_at)
SELECT l.place_id, c.id, l.entity_id, %(function)s, 1, coalesce(way.code, ''), jsonb_build_object(
         'reference', 'EL-' || l.id, 'function', %(function)s::text, 'place', p.code, 'event', 'CA-' || v.id,
         'isin', coalesce(x.isin, ''), 'account', l.account, 'option', o.number, 'option_kind', o.kind,
         'quantity', trim_scale(c.quantity)::text, 'owner', w.code), %(at)s
  FROM settlements_election l
  JOIN settlements_electionchoice c ON c.election_id = l.id
   AND c.round = (SELECT max(r.round) FROM settlements_electionchoice r WHERE r.election_id = l.id)
  JOIN settlements_eventoption o ON o.id = c.option_id AND o.kind <> 'LAPSE'
  JOIN settlements_recordevent v ON v.id = l.event_id
  JOIN refdata_place p ON p.id = l.place_id AND p.finality = 'EXTERNAL'
  JOIN refdata_party w ON w.id = l.owner_id
  LEFT JOIN refdata_instrument x ON x.asset_id = v.instrument_id
 CROSS JOIN LATERAL (SELECT l.place_id, l.entity_id, 'FOP' AS method) s
  LEFT JOIN LATERAL ({CHANNEL_OF}) way ON true
 WHERE l.id = ANY(%(ids)s) AND l.state IN ('INSTRUCTED', 'ACCEPTED')
 ORDER BY c.id
ON CONFLICT (choice_id) DO NOTHING
"""  # noqa: S608
_FIND_CHANNELS = f"""
UPDATE connectors_outboundmessage o SET channel = found.code
  FROM (SELECT m.id, way.code FROM connectors_outboundmessage m
         CROSS JOIN LATERAL (SELECT m.place_id, m.entity_id, 'FOP' AS method) s
          JOIN LATERAL ({CHANNEL_OF}) way ON true
         WHERE m.id = ANY(%(ids)s) AND m.choice_id IS NOT NULL AND m.channel = '') found
 WHERE o.id = found.id
"""  # noqa: S608
NO_CHANNEL = {
    "where": "channel", "code": "no-channel", "detail": gettext_noop("Its place has no channel that takes elections."),
    "hint": gettext_noop("Give the place a channel and let it be written again, or send its form outside and say so."),
    "facts": {},
}  # fmt: skip


def queue_elections(*, election_ids: Sequence[int], at: datetime) -> None:
    """Make the messages of instructed elections, one for each choice; in the caller's transaction.

    Where the place has no channel it is work for a clerk at once: nothing reads lines of elections.
    """
    if not election_ids:
        return
    values: dict[str, Any] = {
        "ids": list(election_ids), "at": at, "day": firm_day(at), "function": ELECT,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(_QUEUE, values)
    stop_without_channel(choices_of=election_ids, at=at)


def stop_without_channel(*, choices_of: Sequence[int], at: datetime) -> None:
    rows = OutboundMessage.objects.filter(
        choice__election__in=choices_of, channel="", state="QUEUED"
    )
    ids = list(rows.order_by("pk").values_list("pk", flat=True))
    OutboundMessage.objects.filter(pk__in=ids).update(problems=[NO_CHANNEL])
    advance(
        OutboundMessage, "stop", [Step(id, "channel: no-channel") for id in ids], actor=None, at=at
    )


def find_channels(*, ids: Sequence[int], at: datetime) -> None:
    """Of elections that had no channel: the one that their place has now."""
    with connection.cursor() as cursor:
        cursor.execute(_FIND_CHANNELS, {"ids": list(ids), "day": firm_day(at)})


class Names(NamedTuple):
    """What a place calls the event, its kind and its options, and the announcement that it was told by."""

    called: str
    kind: str
    official: str = ""
    announcement: str = ""
    options: Mapping[str, str] = {}


def written_election(
    choice_id: int, body: Mapping[str, Any], channel: Channel, *, at: datetime
) -> Written:
    """The bytes of an election in its channel's format. Raises Refused with all that is missing, or NoWriter."""
    reference = reference_of_choice(choice_id)
    if channel.format == ChannelFormat.JSON:
        content = json.dumps(dict(body), ensure_ascii=False).encode() + b"\n"
        return Written(reference, "JSON", "jsonl", content)
    election = _election(choice_id, body, channel, at)
    if channel.format == ChannelFormat.MT:
        return Written(
            reference, "MT565", "fin", write_mt_election(election, addresses_of(channel))
        )
    if channel.format != ChannelFormat.ISO20022:
        raise NoWriter(channel.format, ELECT)
    header = Header(
        channel.own_bic, channel.their_bic, reference, at.replace(microsecond=0),
        version=version_in(channel, "head.001", "02"), service=channel.service,
    )  # fmt: skip
    content = write_seev_election(election, header, wrapper=channel.wrapper or WRAPPER)
    return Written(reference, str(version_of("seev.033")), "xml", content)


def _election(choice_id: int, body: Mapping[str, Any], channel: Channel, at: datetime) -> Election:
    rows = ElectionChoice.objects.select_related(
        "option", "election__event__instrument__instrument"
    )
    choice = rows.get(pk=choice_id)
    event = choice.election.event
    security = event.instrument.instrument
    names = names_at(event, channel.place_id)
    number = f"{choice.option.number:03}"
    own = (
        "EXER"
        if event.action == Action.EXERCISE and choice.option.kind == OptionKind.SECURITIES
        else ""
    )
    return Election(
        reference=reference_of_choice(choice_id), event=names.called, kind=names.kind,
        account=str(body["account"]), isin=str(body["isin"]), option=number,
        option_type=names.options.get(number) or own or _OPTIONS[choice.option.kind],
        quantity=counted(
            Decimal(body["quantity"]), security.kind, security.nominal, bonds=channel.bonds, where="quantity"
        ),
        announcement=names.announcement, official=names.official,
        prepared_on=at.astimezone(zone_of(channel)).date(),
    )  # fmt: skip


def names_at(event: RecordEvent, place_id: int) -> Names:
    """As the place announced it last; else as it was typed, in the words of the market."""
    chain, row = [event.pk], event
    while row.replaces is not None:
        row = row.replaces
        chain.append(row.pk)
    told = EventMessage.objects.filter(
        event__in=chain, place=place_id, kind=MessageKind.ANNOUNCEMENT
    ).order_by("-id").first()  # fmt: skip
    if told is None:
        return Names(event.reference, _EVENTS.get(event.action, "OTHR"))
    said = told.message.partition(":")[2]
    return Names(
        told.called, told.event_kind, told.official, "" if "/" in said or len(said) > 16 else said,
        {str(number): str(type) for number, type in told.options.items()},
    )  # fmt: skip
