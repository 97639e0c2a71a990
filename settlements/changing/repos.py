"""What is done to a repo between its dates: other collateral from a day on, or an earlier second date.

Both are agreed with the counterparty and make a new version, which is confirmed and approved like any.
What is settled stays: of the terms only those change by which nothing settled was due.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.db import connection, transaction

from backoffice.access.models import User
from backoffice.events.retrying import retried
from backoffice.kernel.errors import Conflict, Invalid, NotFound
from backoffice.kernel.i18n import gettext_noop
from backoffice.kernel.lifecycle import TransitionNotAllowed
from deals.amending.consequences import Act, consequence_of
from deals.amending.services import amend_terms
from deals.amending.terms import amendment_of
from deals.selectors import deals, posted_terms
from limits.services import give_back
from refdata.firm_days import firm_day
from settlements.changing.rest import PENDING
from settlements.changing.services import (
    AgreementMissing,
    CancellationPending,
    may_amend,
    withdraw_instructions,
)
from settlements.changing.situations import Standing, locked_standings
from settlements.exposures import EXPOSURE
from settlements.models import Settlement

REPO = "repo"
_AT_THE_PLACE = gettext_noop("Cancel at its place what is not settled first.")


class NoRepo(Conflict):
    code = "no-repo"
    title = gettext_noop("The deal is no repo")
    detail = gettext_noop(
        "%(deal)s is dealt as %(product)s: it has no collateral and no second date."
    )
    hint = gettext_noop("Amend or cancel it.")


class DayPassed(Invalid):
    code = "day-passed"
    title = gettext_noop("That day has passed")
    detail = gettext_noop("%(day)s is before today.")
    hint = gettext_noop("Agree on a day on which it can still be settled.")


class NotEarlier(Invalid):
    code = "not-earlier"
    title = gettext_noop("That is not earlier")
    detail = gettext_noop("It ends on %(ends)s; %(day)s is not before it.")
    hint = gettext_noop("Name a day before the second date that stands.")


class SettledPartMoves(Conflict):
    code = "settled-part-moves"
    title = gettext_noop("What is settled would change")
    detail = gettext_noop("Worked out anew, what was due on %(days)s would be another.")
    hint = gettext_noop("Have the reference data looked at by which it was worked out.")


def substitute_collateral(
    *, id: int, on: date, instrument: str, quantity: str, reason: str, evidence: str, actor: User,
    at: datetime,
) -> None:  # fmt: skip
    """Give other securities for those that are held, from a day on; an empty `instrument` takes it back.

    A substitution of which nothing is settled is replaced. Raises NoRepo, DayPassed, AgreementMissing,
    TransitionNotAllowed, SettledPartMoves, and whatever an amendment is refused with.
    """

    def patch(now: Mapping[str, Any], settled: Sequence[date]) -> dict[str, Any]:
        kept = [
            each
            for each in now.get("substitutions", ())
            if date.fromisoformat(each["date"]) in settled
        ]
        new = {"date": on.isoformat(), "instrument": instrument, "quantity": quantity}
        return {"substitutions": [*kept, new] if instrument else kept}

    if instrument and on < firm_day(at):
        raise DayPassed(day=on.isoformat())
    _between(id, Act.SUBSTITUTE, patch, reason=reason, evidence=evidence, actor=actor, at=at)


def close_early(
    *, id: int, far_date: date, reason: str, evidence: str, actor: User, at: datetime
) -> None:
    """Move the second date nearer: the interest is worked out to that day, as the product rounds it.

    Raises NotEarlier and whatever a substitution of collateral is refused with.
    """

    def patch(now: Mapping[str, Any], settled: Sequence[date]) -> dict[str, Any]:
        ends = date.fromisoformat(now["far_date"])
        if far_date >= ends:
            raise NotEarlier(ends=ends.isoformat(), day=far_date.isoformat())
        return {"far_date": far_date.isoformat(), "tenor": None}

    if far_date < firm_day(at):
        raise DayPassed(day=far_date.isoformat())
    _between(id, Act.CLOSE_EARLY, patch, reason=reason, evidence=evidence, actor=actor, at=at)


Patch = Callable[[Mapping[str, Any], Sequence[date]], dict[str, Any]]


@retried()
@transaction.atomic
def _between(
    id: int, act: Act, patch: Patch, *, reason: str, evidence: str, actor: User, at: datetime
) -> None:
    standing = locked_standings([id]).get(id)
    if standing is None:
        raise NotFound(what="deal", reference=f"D-{id}")
    row: Any = deals(visible_to=actor).get(pk=id)
    if row.product != REPO:
        raise NoRepo(deal=str(row), product=row.product)
    consequence_of(standing.situation, act)
    _require_free(standing, act)
    may_amend(row, actor)
    if standing.cancellation in PENDING:
        raise CancellationPending(deal=str(row))
    if not evidence:
        raise AgreementMissing(deal=str(row))
    settled = settled_dates(standing)
    amendment = amendment_of(row, patch(terms_now(row), settled))
    left = [each for each in standing.instructions if not each.settled]
    give_back(EXPOSURE, withdraw_instructions(left, reason, actor, at), state="RELEASED")
    amend_terms(row, amendment, reason=reason, evidence=evidence, actor=actor, at=at)
    _require_same(row.pk, row.version, settled)


def terms_now(row: Any) -> dict[str, Any]:
    """The terms as they stand, the second date as the day that the tenor came to; none of other products."""
    return {**posted_terms(row), "far_date": row.details.get("figures", {}).get("far_date", "")}


def settled_dates(standing: Standing) -> list[date]:
    """The days of which something is settled."""
    ids = [each.id for each in standing.instructions if each.settled]
    rows = Settlement.objects.filter(pk__in=ids).order_by("due_date")
    return list(rows.values_list("due_date", flat=True).distinct())


def _require_free(standing: Standing, act: Act) -> None:
    """What a place has, or has settled in part, is that place's."""
    if any(
        each.settlement == "PARTIAL" or (each.outside and not each.settled)
        for each in standing.instructions
    ):
        raise TransitionNotAllowed(
            action=act.lower(), subject="deal", state=standing.situation.value,
            instead=_AT_THE_PLACE, allowed="-",
        )  # fmt: skip


_MOVED = """
SELECT DISTINCT due_date FROM (
  SELECT kind, direction, asset_id, quantity, due_date, sum(CASE version WHEN %(old)s THEN 1 ELSE -1 END) AS times
    FROM deals_flow
   WHERE deal_id = %(id)s AND version IN (%(old)s, %(old)s + 1) AND due_date = ANY(%(days)s)
   GROUP BY kind, direction, asset_id, quantity, due_date) f
 WHERE times <> 0 ORDER BY due_date
"""


def _require_same(deal_id: int, old: int, days: Sequence[date]) -> None:
    """What was due on these days is due in the new version, to the last unit."""
    with connection.cursor() as cursor:
        cursor.execute(_MOVED, {"id": deal_id, "old": old, "days": list(days)})
        moved = [row[0].isoformat() for row in cursor.fetchall()]
    if moved:
        raise SettledPartMoves(days=", ".join(moved))
