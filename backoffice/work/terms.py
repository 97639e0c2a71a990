"""On which terms work is planned: how soon a backlog is to be gone, what part of the hours it gets, what is dear."""

from __future__ import annotations

from decimal import Decimal

from django.utils.translation import gettext_lazy as _
from msgspec import Struct

from backoffice.workflow.workload.remedies import Costs
from backoffice.workflow.workload.rules import agents_needed, needed_a_day
from refdata.dated_rules.kinds import Number, RuleKind, declare


class Terms(Struct, frozen=True, forbid_unknown_fields=True):
    """`share` of the rostered hours is spent on items; a backlog is to be gone in `target_days`.

    Of `moved` and `earlier` one hour costs so many; a rule that does a kind takes `automating` hours to make, over
    `lasting_days` business days.
    """

    target_days: Number
    share: Number
    moved: Number
    earlier: Number
    earlier_hours: Number
    automating: Number
    lasting_days: Number

    def __post_init__(self) -> None:
        positive = (self.target_days, self.moved, self.lasting_days)
        if any(Decimal(each) <= 0 for each in positive):
            raise ValueError("days and costs are above zero")
        if not 0 < Decimal(self.share) <= 1:
            raise ValueError("the share is above 0 and at most 1")

    @property
    def costs(self) -> Costs:
        return Costs(
            moved=Decimal(self.moved), earlier=Decimal(self.earlier), earlier_hours=Decimal(self.earlier_hours),
            automating=Decimal(self.automating), lasting_days=Decimal(self.lasting_days),
        )  # fmt: skip


class Staffed(Struct, frozen=True, forbid_unknown_fields=True):
    """A queue: what waits, what comes a day, for how many hours a person is there, and how many minutes one takes."""

    backlog: Number
    inflow: Number
    hours: Number
    minutes: Number


def people_for(terms: Terms, given: Staffed) -> int:
    """How many people it takes (rules.md section 13)."""
    needed = needed_a_day(
        backlog=Decimal(given.backlog),
        target_days=Decimal(terms.target_days),
        inflow=Decimal(given.inflow),
    )
    return agents_needed(
        needed=needed, productive_hours=Decimal(given.hours) * Decimal(terms.share),
        handling_seconds=Decimal(given.minutes) * 60,
    )  # fmt: skip


TERMS = RuleKind(
    name="workload.terms", title=_("Workload: on which terms work is planned"), value=Terms, given=Staffed,
    found=int, compute=people_for,
)  # fmt: skip

declare(TERMS)
