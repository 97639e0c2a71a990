"""A venue's report of a void deal as a row of a file, and finding the deal that it means."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any

import msgspec
from django.db import connection

from backoffice.access.models import User
from backoffice.kernel.errors import FieldProblem, Invalid, NotFound, Refusal
from backoffice.kernel.i18n import gettext_noop
from backoffice.kernel.references import number_in
from deals.capturing.schema import object_in, shaped
from deals.selectors import deals
from deals.state import UNSETTLED
from deals.terms import NO_CONTROLS, Day, Text
from settlements.reversing.receiving import Report

Document = Annotated[str, msgspec.Meta(min_length=1, max_length=120, pattern=NO_CONTROLS)]
Reason = Annotated[str, msgspec.Meta(max_length=500, pattern=NO_CONTROLS)]


class Told(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Which deal is void, by our reference or by the venue's own number, and which document says so."""

    document: Document
    deal: Text | None = None
    venue: Text | None = None
    venue_trade_id: Text | None = None
    session_date: Day | None = None
    reason: Reason | None = None


class NoSuchTrade(Invalid):
    code = "unknown-venue-trade"
    title = gettext_noop("No deal, or more than one, has that number of the venue")
    detail = gettext_noop(
        "Of the cleared deals that are not settled %(count)s have the number %(number)s at %(venue)s."
    )
    hint = gettext_noop("Name the deal itself: deal, as D-12.")


class NotNamed(Invalid):
    code = "deal-not-named"
    title = gettext_noop("The report names no deal")
    detail = gettext_noop("A deal is named by deal, or by venue and venue_trade_id.")
    hint = gettext_noop("Send our reference, or the venue and its number of the trade.")


def read_report(raw: bytes | str) -> Told:
    """The report in a JSON object. Raises Unreadable, WrongShape or NotNamed."""
    return report_of(object_in(raw))


def report_of(document: Mapping[str, Any]) -> Told:
    """The report in a decoded object; cells of a file take this way too. Raises WrongShape or NotNamed."""
    told = shaped(document, Told)
    if told.deal is None and (told.venue is None or told.venue_trade_id is None):
        pointer = "/deal" if told.venue_trade_id is None else "/venue"
        problem = FieldProblem(pointer, NotNamed.code, NotNamed.detail, NotNamed.hint)
        raise NotNamed([problem])
    return told


# By the number that the venue gave: of the deals that are live, which are few beside all there were.
_BY_VENUE = """
SELECT v.details -> 'execution' ->> 'venue', v.details -> 'execution' ->> 'venue_trade_id',
       coalesce(v.details -> 'execution' ->> 'session_date', ''), d.id
  FROM deals_deal d
  JOIN deals_dealversion v ON v.deal_id = d.id AND v.number = d.version
 WHERE d.state = ANY(%s) AND v.details -> 'clearing' ->> 'mode' = 'CCP'
   AND v.details -> 'execution' ->> 'venue_trade_id' = ANY(%s)
 ORDER BY d.id
"""


def find_deals(rows: Sequence[Told], *, actor: User) -> Iterator[Report | Refusal]:
    """What each row is about, among the deals that the actor may see; or why nothing is found."""
    numbers = sorted({row.venue_trade_id or "" for row in rows if row.deal is None})
    traded: list[tuple[str | None, str, str, int]] = []
    if numbers:
        with connection.cursor() as cursor:
            cursor.execute(_BY_VENUE, [list(UNSETTLED), numbers])
            traded = cursor.fetchall()
    named = [_named(row) for row in rows]
    ids = {each for each in named if isinstance(each, int)} | {id for *_, id in traded}
    seen = set(deals(visible_to=actor).filter(pk__in=ids).values_list("pk", flat=True))
    for row, id in zip(rows, named, strict=True):
        if id is None:
            fits = [
                deal_id
                for venue, number, session, deal_id in traded
                if (venue, number) == (row.venue, row.venue_trade_id)
                and row.session_date in (None, session)
                and deal_id in seen
            ]
            if len(fits) != 1:
                yield NoSuchTrade(count=len(fits), number=row.venue_trade_id, venue=row.venue)
                continue
            id = fits[0]
        if isinstance(id, Refusal):
            yield id
        elif id not in seen:
            yield NotFound(what="deal", reference=f"D-{id}")
        else:
            yield Report(id, row.document, row.reason or "")


def _named(row: Told) -> int | Refusal | None:
    if row.deal is None:
        return None
    try:
        return number_in(row.deal, "D", "deal")
    except NotFound as refusal:
        return refusal
