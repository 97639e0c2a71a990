"""Which channel takes a message of a settlement, by place, entity, method and day."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.db import connection
from django.db.models import Q

from backoffice.connectors.channels.models import Channel
from backoffice.connectors.channels.state import OF_PAYMENTS, OF_SECURITIES
from refdata.firm_days import firm_day

SECURITIES = ", ".join(f"'{each}'" for each in OF_SECURITIES)
PAYMENTS = ", ".join(f"'{each}'" for each in OF_PAYMENTS)
# For a settlement `s` on %(day)s, as SQL: one that began by then. Where none is valid any more its message waits
# with that one until a person sees to it, and does not fall back to another way.
CHANNEL_OF = f"""
SELECT c.code, c.format FROM connectors_channel c
 WHERE c.place_id = s.place_id AND c.way = 'OUT' AND (c.entity_id IS NULL OR c.entity_id = s.entity_id)
   AND c.valid_from <= %(day)s
   AND c.format IN ('JSON', {SECURITIES}, {PAYMENTS})
   AND (c.format NOT IN ({SECURITIES}) OR s.method <> 'PFOD')
   AND (c.format NOT IN ({PAYMENTS}) OR s.method = 'PFOD')
 ORDER BY (c.valid_until IS NULL OR c.valid_until > %(day)s) DESC, c.entity_id IS NOT NULL DESC, c.valid_from DESC, c.id
 LIMIT 1
"""  # noqa: S608


def valid_on(day: date) -> Q:
    return Q(valid_from__lte=day) & (Q(valid_until__isnull=True) | Q(valid_until__gt=day))


def channel_at(code: str, at: datetime) -> Channel | None:
    """The terms of a channel at a moment, by the firm's day; None where none are valid."""
    rows = Channel.objects.filter(valid_on(firm_day(at)), code=code).select_related(
        "place__calendar", "entity"
    )
    return rows.order_by("-valid_from").first()


def zone_of(channel: Channel) -> ZoneInfo:
    """The clock of whoever is at the other end."""
    return ZoneInfo(channel.zone or channel.place.calendar.timezone)


def version_in(channel: Channel, name: str, usual: str) -> str:
    """`09` of `pain.001.001.09`, where the channel names a version of that message."""
    found = next((each for each in channel.versions if each.startswith(f"{name}.")), "")
    return found.rpartition(".")[2] or usual


# What is in use, and what is not any more and still has messages waiting.
_IN_USE = """
SELECT code FROM connectors_channel WHERE valid_from <= %(day)s AND (valid_until IS NULL OR valid_until > %(day)s)
 UNION
SELECT channel FROM connectors_outboundmessage WHERE channel NOT IN ('', 'E-MAIL') AND state = 'QUEUED'
 ORDER BY 1
"""


def codes_in_use(at: datetime) -> list[str]:
    """The channels that have to be looked at now."""
    with connection.cursor() as cursor:
        cursor.execute(_IN_USE, {"day": firm_day(at)})
        return [row[0] for row in cursor.fetchall()]
