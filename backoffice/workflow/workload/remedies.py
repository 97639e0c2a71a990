"""What to do where people cannot do in time what will wait: the cheapest of three remedies. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from backoffice.workflow.workload.rules import NOTHING, SECONDS_AN_HOUR


class Remedy(TextChoices):
    MOVE = "MOVE", _("Move people from another queue")
    EARLIER = "EARLIER", _("Start earlier")
    AUTOMATE = "AUTOMATE", _("Let a rule do it")
    PEOPLE = "PEOPLE", _("More people")


@dataclass(frozen=True, slots=True, kw_only=True)
class Costs:
    """What remedies cost, in hours of work: of the firm's own terms."""

    moved: Decimal  # hours that one hour of work in another queue takes
    earlier: Decimal  # hours that one hour before the usual time is paid as
    earlier_hours: Decimal  # how much earlier a person may start at most
    automating: Decimal  # hours to make a rule that does a kind of item
    lasting_days: Decimal  # days over which a rule is to have paid


@dataclass(frozen=True, slots=True, kw_only=True)
class Helper:
    """People of another queue who hold the role of this one too: how many, and what each could do a day besides."""

    queue: str
    people: int
    spare: Sequence[Decimal]  # seconds of the queue, by day


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """One remedy: for how many people, hours of work that it costs, and what of the shortage it leaves (seconds)."""

    remedy: Remedy
    cost: Decimal
    left: Decimal
    people: int = 0
    queue: str = ""
    kind: str = ""
    hours: Decimal = NOTHING  # a person, on the worst day


def cheapest(
    short: Sequence[Decimal], *, helpers: Sequence[Helper], present: Sequence[int],
    person_seconds: Decimal, loads: Mapping[str, Sequence[Decimal]], costs: Costs,
) -> Proposal | None:  # fmt: skip
    """The remedy that leaves nothing short and costs least; else the one that leaves least. None: nothing is short.

    `short` are the seconds of work that would be late, by day; `present` the people of the queue, `loads` what each
    kind of item would take, all by day. More people are asked for only where nothing else is enough.
    """
    if not any(short):
        return None
    found = [
        *_moved(short, helpers, person_seconds, costs), *_earlier(short, present, costs),
        *_automated(short, loads, costs),
    ]  # fmt: skip
    best = min(found, key=lambda each: (each.left, each.cost, each.remedy), default=None)
    if best is not None and not best.left:
        return best
    people = math.ceil(max(short) / person_seconds) if person_seconds else 0
    more = Proposal(
        remedy=Remedy.PEOPLE, cost=_hours(sum(short, NOTHING)), left=NOTHING, people=people
    )
    return more if people else best


def _moved(
    short: Sequence[Decimal], helpers: Sequence[Helper], person_seconds: Decimal, costs: Costs
) -> Iterator[Proposal]:
    for helper in helpers:
        most = helper.people * person_seconds
        done = [
            min(each, min(spare, most) / costs.moved)
            for each, spare in zip(short, helper.spare, strict=True)
        ]
        if any(done):
            yield Proposal(
                remedy=Remedy.MOVE, queue=helper.queue,
                people=math.ceil(max(done) * costs.moved / person_seconds),
                cost=_hours(sum(done, NOTHING)) * costs.moved,
                left=sum(short, NOTHING) - sum(done, NOTHING),
            )  # fmt: skip


def _earlier(short: Sequence[Decimal], present: Sequence[int], costs: Costs) -> Iterator[Proposal]:
    most = costs.earlier_hours * SECONDS_AN_HOUR
    taken = [min(each, people * most) for each, people in zip(short, present, strict=True)]
    if any(taken):
        each = [
            _hours(work) / people for work, people in zip(taken, present, strict=True) if people
        ]
        yield Proposal(
            remedy=Remedy.EARLIER, people=max(present), hours=max(each),
            cost=_hours(sum(taken, NOTHING)) * costs.earlier,
            left=sum(short, NOTHING) - sum(taken, NOTHING),
        )  # fmt: skip


def _automated(
    short: Sequence[Decimal], loads: Mapping[str, Sequence[Decimal]], costs: Costs
) -> Iterator[Proposal]:
    """A rule that does a kind, from tomorrow on, frees what that would take until each evening."""
    for kind, work in loads.items():
        freed, used = NOTHING, NOTHING
        for day, (lacking, load) in enumerate(zip(short, work, strict=True)):
            freed += load if day else NOTHING
            used += min(lacking, freed - used)
        if used:
            yield Proposal(
                remedy=Remedy.AUTOMATE, kind=kind, left=sum(short, NOTHING) - used,
                cost=costs.automating * len(short) / costs.lasting_days,
            )  # fmt: skip


def _hours(seconds: Decimal) -> Decimal:
    return seconds / SECONDS_AN_HOUR
