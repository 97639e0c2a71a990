"""One message of a place with where it came from, and what it is about as we know it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple
from zoneinfo import ZoneInfo

from django.db import connection

from backoffice.access.models import User
from backoffice.connectors.channels.references import NEW, Named, named_by
from backoffice.connectors.formats.securities import Securities
from backoffice.kernel.errors import FieldProblem, Refusal
from backoffice.kernel.i18n import gettext_noop


class Source(NamedTuple):
    """Whose word a file is: the place of its channel, whose clock it speaks by; or nobody's but of who brought it."""

    file: str
    place_id: int | None
    place: str
    zone: ZoneInfo
    actor: User | None = None

    @property
    def speaker(self) -> int:
        """The place, of what no person may bring."""
        assert self.place_id is not None
        return self.place_id


class Told(NamedTuple):
    """The message at a position of its file; `message` is what it is known by among those about one settlement."""

    position: int
    message: str
    said: Securities


class About(NamedTuple):
    """A settlement of ours at the place that speaks, as its messages have to agree with it."""

    id: int
    entity_id: int
    delivers: bool
    against_payment: bool
    isin: str
    kind: str
    nominal: Decimal | None
    currency: str


# What was sent to this place: nobody else's word is about it, and nothing is said of what never left.
_ABOUT = """
SELECT s.id, s.entity_id, s.delivers, s.method = 'DVP', coalesce(x.isin, ''), coalesce(x.kind, ''), x.nominal, m.code
  FROM settlements_settlement s JOIN refdata_asset m ON m.id = s.money_asset_id
  LEFT JOIN refdata_instrument x ON x.asset_id = s.asset_id
 WHERE s.id = ANY(%s) AND s.place_id = %s AND s.transmission <> 'NONE'
"""


def about(ids: Iterable[int], source: Source) -> dict[int, About]:
    with connection.cursor() as cursor:
        cursor.execute(_ABOUT, [sorted(set(ids)), source.place_id])
        return {row[0]: About(*row) for row in cursor.fetchall()}


def named_of(reference: str) -> Named | None:
    """The message of ours that a place names; an instruction under our own number (`S-12`) too."""
    named = named_by(reference)
    if named is None and reference.startswith("S-") and reference[2:].isdecimal():
        return Named(int(reference[2:]), NEW)
    return named


def moment_of(told_at: datetime | None, at: datetime) -> datetime:
    """When it was said, by its own word; what comes without a time was said when it came."""
    return min(told_at, at) if told_at else at


def unknown_reference(told: Told, reference: str) -> FieldProblem:
    return FieldProblem(
        position_of(told), "unknown-reference",
        gettext_noop("%(found)s is no instruction of ours that this place has."),
        gettext_noop("Ask the place which instruction it means, or look for it by its terms."),
        facts={"found": reference[:60]},
    )  # fmt: skip


def refused(told: Told, refusal: Refusal) -> FieldProblem:
    return FieldProblem(
        position_of(told), refusal.code, refusal.detail, refusal.hint, facts=dict(refusal.facts)
    )


def all_refused(told: Told, refusal: Refusal) -> list[FieldProblem]:
    """Everything that a refusal names, beside its message; the refusal itself where it names nothing."""
    if not refusal.problems:
        return [refused(told, refusal)]
    return [
        FieldProblem(
            f"{position_of(told)}, {each.pointer.strip('/')}", each.code, each.detail, each.hint, each.facts
        )
        for each in refusal.problems
    ]  # fmt: skip


def position_of(told: Told) -> str:
    return f"message {told.position}"
