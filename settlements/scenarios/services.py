"""What-if over the whole desk: the day as it would end now, and as it would end were something otherwise.

Everything is read of one moment in a transaction that cannot write, and played in memory: not a row changes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal

from django.db import transaction

from backoffice.access.models import User
from backoffice.events.looking import one_look
from backoffice.events.services import NewEvent, record_events
from backoffice.kernel.errors import Conflict
from backoffice.kernel.i18n import gettext_noop
from refdata.dated_rules.rows import RuleRow
from settlements.advising.reasons import MEANS, Fault
from settlements.fails.saving import saved_by_settling
from settlements.fails.supposing import supposed_rule
from settlements.models import Settlement
from settlements.running.at_hand import Spot, free_at, spots_of
from settlements.running.services import entity_to_run
from settlements.scenarios.answering import Ending, Foreseen, found_of, terms_of
from settlements.scenarios.hands import hands_of, needed_for, releasing_on
from settlements.scenarios.limits import beyond_after
from settlements.scenarios.models import Scenario
from settlements.scenarios.reading import Queue, read_queue
from settlements.scenarios.rules import (
    NO_HANDS,
    Due,
    Supposed,
    copies_of,
    more_of,
    play,
)
from settlements.scenarios.terms import NOBODY, Key, Named, ScenarioTerms, named_in

MOST_DUE = 20_000  # a longer day is for a run, not for somebody who waits at a page
_NOTHING = Decimal(0)


class DayTooLong(Conflict):
    code = "day-too-long"
    title = gettext_noop("There is too much to settle to be played while somebody waits")
    detail = gettext_noop("%(due)s settlements are due; at most %(most)s are played.")
    hint = gettext_noop("Try it for one entity.")


AS_IT_IS = ScenarioTerms()
THEIRS = frozenset(code.value for code, means in MEANS.items() if means.fault == Fault.THEIRS)


def foresee(
    scenario: ScenarioTerms, *, business_date: date, entity: str = "", actor: User, at: datetime
) -> Foreseen:
    """How the day would end, as it is and as is supposed. Writes nothing.

    Raises BadScenario beside each field that is wrong, DayTooLong, and what asking for a run raises: OutOfScope,
    EntityMissing, NotFound.
    """
    entity_id = entity_to_run(entity, actor=actor)
    with one_look():
        named = named_in(scenario, business_date)
        instead = _draft(scenario.rule) if scenario.rule else None
        day = _Day(business_date, entity_id, at)
        return Foreseen(
            business_date=business_date, entity_id=entity_id, now=day.ending(AS_IT_IS, NOBODY, None),
            then=day.ending(scenario, named, instead),
        )  # fmt: skip


class _Day:
    """One moment of the books, played as often as is asked."""

    def __init__(self, day: date, entity_id: int | None, at: datetime) -> None:
        self.day, self.entity_id, self.at = day, entity_id, at
        self.staff = releasing_on(day)
        self.as_it_is = self.queue(NOBODY)

    def queue(self, named: Named) -> Queue:
        """What is due, with what is supposed to be due earlier. Raises DayTooLong."""
        found = read_queue(self.day, entity_id=self.entity_id, at=self.at, earlier=named.earlier)
        if len(found.dues) > MOST_DUE:
            raise DayTooLong(due=len(found.dues), most=MOST_DUE)
        return found

    def ending(self, scenario: ScenarioTerms, named: Named, instead: RuleRow | None) -> Ending:
        queue = self.queue(named) if named.earlier else self.as_it_is
        again = more_of(queue.dues, scenario.volume)
        hands = hands_of(self.staff, away=scenario.away, seconds=scenario.seconds)
        can = _least(scenario.releases, hands.releases if scenario.away else None)
        dues = _within(can, [*queue.dues, *copies_of(again)], queue)
        spots = {spot for due in dues for spot in spots_of(due.row) if spot is not None}
        at_hand = free_at({spot[:3] for spot in spots}, self.day)
        outlook = play(dues, at_hand, Supposed(named.silent, _at_spots(named.coming, spots)))
        settled = frozenset(id for id in outlook.settled if id > 0)
        fails = {id: why for id, why in outlook.fails.items() if id > 0}
        to_release = sum(each.to_release for each in queue.stands.values()) + len(again)
        costs, claims = self._costs(fails, instead)
        return Ending(
            due=len(queue.dues), settled=settled, fails=fails, more=len(again),
            more_fails=len(outlook.fails) - len(fails), costs=costs, claims=claims,
            beyond=beyond_after(
                settled, _deals_of(again), entity_id=self.entity_id, at=self.at
            ),
            releases=to_release, needed=needed_for(to_release, seconds=scenario.seconds), there=hands.there,
        )  # fmt: skip

    def _costs(
        self, fails: Mapping[int, str], instead: RuleRow | None
    ) -> tuple[dict[str, Decimal], dict[str, Decimal]]:
        """What a day of these fails costs, and what is owed for those that are the other side's, by currency."""
        costs: dict[str, Decimal] = {}
        claims: dict[str, Decimal] = {}
        for id, saved in saved_by_settling(list(fails), day=self.day, instead=instead).items():
            sums = claims if fails[id] in THEIRS else costs
            sums[saved.currency] = sums.get(saved.currency, _NOTHING) + saved.amount
        return costs, claims


def _draft(reference: str) -> RuleRow:
    """A drafted rule as if it were in force. Raises NotFound, NotSupposed."""
    row = supposed_rule(reference)
    return RuleRow(
        row.pk, row.kind, row.key, row.value, row.valid_from, row.valid_until, row.source, verified=False
    )  # fmt: skip


@transaction.atomic
def keep_scenario(
    name: str, scenario: ScenarioTerms, *, business_date: date, entity: str = "", actor: User, at: datetime
) -> Scenario:  # fmt: skip
    """Try it, and keep what was supposed and foreseen under a name. Raises what `foresee` raises."""
    answer = foresee(scenario, business_date=business_date, entity=entity, actor=actor, at=at)
    row = Scenario._default_manager.create(
        entity_id=answer.entity_id, name=name, business_date=business_date, terms=terms_of(scenario),
        found=found_of(answer), kept_by=actor, kept_at=at,
    )  # fmt: skip
    event = NewEvent(
        kind="scenario.keep", subject_type="scenario", subject_id=row.pk, entity_id=answer.entity_id
    )
    record_events([event], actor_id=actor.pk, at=at)
    return row


def _least(one: int | None, other: int | None) -> int | None:
    return other if one is None else one if other is None else min(one, other)


def _within(releases: int | None, dues: Sequence[Due], queue: Queue) -> list[Due]:
    """What people have no time to release is stopped: the first in the order of arrival are released."""
    if releases is None:
        return list(dues)
    found, left = [], releases
    for due in dues:
        stands = queue.stands.get(due.row.id)
        if stands is None or stands.to_release:
            left -= 1
            if left < 0 and not due.stopped:
                due = due._replace(stopped=NO_HANDS)
        found.append(due)
    return found


def _at_spots(
    coming: Sequence[Mapping[Key, Decimal]], spots: Collection[Spot]
) -> list[dict[Spot, Decimal]]:
    """What comes where somebody may draw on it: in every entity's books that have such an account."""
    return [
        {spot: more[spot[1:]] for spot in spots if spot[1:] in more}
        for more in coming
    ]  # fmt: skip


def _deals_of(dues: Iterable[Due]) -> list[int]:
    """The deals behind some settlements, each as often as something of it is there, but once for all its parts."""
    ids = [due.row.id for due in dues]
    sources = dict(
        Settlement.objects.filter(pk__in=ids, source_type="deal").values_list("pk", "source_id")
    )
    seen: set[tuple[int, int]] = set()
    found, times = [], Counter[int]()
    for id in ids:
        times[id] += 1
        if id in sources and (sources[id], times[id]) not in seen:
            seen.add((sources[id], times[id]))
            found.append(sources[id])
    return found
