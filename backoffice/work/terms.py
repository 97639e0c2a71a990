"""On which terms work is planned: how long a kind takes, how soon a backlog is to be gone, what remedies cost."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from django.utils.translation import gettext_lazy as _
from msgspec import Struct, field

from backoffice.workflow.workload.remedies import Costs
from backoffice.workflow.workload.rules import agents_needed, needed_a_day
from refdata.dated_rules.kinds import Number, RuleKind, declare


class Terms(Struct, frozen=True, forbid_unknown_fields=True):
    """`share` of the rostered hours is spent on items; `seconds` a kind takes of which too few were done yet.

    Of `moved` and `earlier` one hour costs so many; a rule that does a kind takes `automating` hours to make, over
    `lasting_days` business days.
    """

    target_days: Number
    share: Number
    seconds: Number
    moved: Number
    earlier: Number
    earlier_hours: Number
    automating: Number
    lasting_days: Number
    kinds: Mapping[str, Number] = field(default_factory=dict)

    def __post_init__(self) -> None:
        positive = (
            self.target_days,
            self.seconds,
            self.moved,
            self.lasting_days,
            *self.kinds.values(),
        )
        if any(Decimal(each) <= 0 for each in positive):
            raise ValueError("days, seconds and costs are above zero")
        if not 0 < Decimal(self.share) <= 1:
            raise ValueError("the share is above 0 and at most 1")

    def seconds_of(self, kind: str) -> Decimal:
        return Decimal(self.kinds.get(kind, self.seconds))

    @property
    def costs(self) -> Costs:
        return Costs(
            moved=Decimal(self.moved), earlier=Decimal(self.earlier), earlier_hours=Decimal(self.earlier_hours),
            automating=Decimal(self.automating), lasting_days=Decimal(self.lasting_days),
        )  # fmt: skip


class Staffed(Struct, frozen=True, forbid_unknown_fields=True):
    """A queue of one kind: what waits, what comes a day, and for how many hours a person is there."""

    backlog: Number
    inflow: Number
    hours: Number
    kind: str = ""


def people_for(terms: Terms, given: Staffed) -> int:
    """How many people it takes (rules.md section 13)."""
    needed = needed_a_day(
        backlog=Decimal(given.backlog),
        target_days=Decimal(terms.target_days),
        inflow=Decimal(given.inflow),
    )
    return agents_needed(
        needed=needed, productive_hours=Decimal(given.hours) * Decimal(terms.share),
        handling_seconds=terms.seconds_of(given.kind),
    )  # fmt: skip


TERMS = RuleKind(
    name="workload.terms", title=_("Workload: on which terms work is planned"), value=Terms, given=Staffed,
    found=int, compute=people_for,
)  # fmt: skip

declare(TERMS)
