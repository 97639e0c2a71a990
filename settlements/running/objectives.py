"""What a run wants most of: a dated rule of the firm, put in force by risk (domain-decisions 12).

Priority goes before everything; within it a client before our own, then age, then value, by percents
that raise what a settlement counts. Every so many runs that left one out raise it by a class, so that
none starves.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, NamedTuple

from django.utils.translation import gettext_lazy as _
from msgspec import Meta, Struct

from refdata.dated_rules.kinds import Number, RuleKind, declare
from refdata.selectors import reference_data
from settlements.optimising.model import Aim, Instruction, Objective
from settlements.optimising.weighing import class_of, raised_of
from settlements.running.state import RunObjective

Percent = Annotated[int, Meta(ge=0, le=1_000)]
LOWEST = 9  # a settlement's priority: 0 goes first, 9 last


class ObjectiveRule(Struct, frozen=True, forbid_unknown_fields=True):
    """`aim` is what runs want that name nothing themselves; the percents are of aim PRIORITY."""

    aim: RunObjective
    client_percent: Percent
    day_percent: Percent
    most_days: Annotated[int, Meta(ge=0, le=365)]
    skipped_runs: Annotated[int, Meta(ge=1, le=100)]


class Waiting(Struct, frozen=True, forbid_unknown_fields=True):
    """A settlement as the objective sees it: its own priority (0 first, 9 last), its value in money."""

    value: Number
    priority: Annotated[int, Meta(ge=0, le=LOWEST)] = 5
    client: bool = False
    days: int = 0
    skipped: int = 0


class Counts(Struct, frozen=True):
    """The class, of which a higher one goes before everything lower, and what it counts there."""

    standing: int
    weight: str


def counts_of(rule: ObjectiveRule, given: Waiting) -> Counts:
    objective = objective_of(rule, RunObjective.PRIORITY)
    hundredths = int(Decimal(given.value) * 100)
    one = Instruction(
        id=0, quantity=1, value=hundredths, priority=standing_of(given.priority),
        client=given.client, days=given.days, skipped=given.skipped,
    )  # fmt: skip
    weight = Decimal(raised_of(one, objective)) / weights_per_unit(objective)
    return Counts(class_of(one, objective), f"{weight.normalize():f}")


def standing_of(priority: int) -> int:
    """A settlement's priority, of which lower goes first, as the optimiser's, of which higher does."""
    return LOWEST - priority


def objective_of(rule: ObjectiveRule | None, wanted: RunObjective) -> Objective:
    """What the optimiser is asked for; FIFO is no aim of its own and is measured by value."""
    aim = Aim.VALUE if wanted == RunObjective.FIFO else Aim(wanted.value)
    if rule is None:
        return Objective(aim=aim)
    return Objective(
        aim=aim, client_percent=rule.client_percent, day_percent=rule.day_percent,
        most_days=rule.most_days, skipped_runs=rule.skipped_runs,
    )  # fmt: skip


PENALTY_PARTS = 10_000  # of a unit of money, in which penalties are weighed
_WEIGHTS_PER_UNIT = {
    Aim.COUNT: 1, Aim.VALUE: 100, Aim.PENALTY: PENALTY_PARTS, Aim.PRIORITY: 10_000,
}  # fmt: skip


def weights_per_unit(objective: Objective) -> int:
    """How much the optimiser counts for one unit of currency, or for one settlement where these are counted."""
    return _WEIGHTS_PER_UNIT[objective.aim]


OBJECTIVE: RuleKind[ObjectiveRule] = RuleKind(
    name="settle.objective",
    title=_("Settlement runs: what they aim at"),
    value=ObjectiveRule,
    given=Waiting,
    found=Counts,
    compute=counts_of,
)

declare(OBJECTIVE)


class Chosen(NamedTuple):
    """What a run wants, and the reference of the rule that says how; `searched` by the solver, if it wants any."""

    wanted: RunObjective
    objective: Objective
    rule: str
    searched: bool = True

    def unsearched(self) -> Chosen:
        """First in, first out, with nothing asked of the solver, not even how much better a set could be."""
        return self._replace(wanted=RunObjective.FIFO, searched=False)


def objective_on(day: date, wanted: str = "") -> Chosen:
    """What a run of a business date wants: what it names, else what the rule of that day says.

    Without a rule a run that names nothing takes what comes first. Raises NoRuleInForce for PRIORITY
    where no rule says by which percents.
    """
    rules = reference_data().rules
    row = rules.row_of(OBJECTIVE, day)
    rule = rules.find(OBJECTIVE, day)
    aim = RunObjective(wanted) if wanted else rule.aim if rule else RunObjective.FIFO
    if aim == RunObjective.PRIORITY and rule is None:
        rule = rules.in_force(OBJECTIVE, day)
    return Chosen(aim, objective_of(rule, aim), row.reference if row else "")
