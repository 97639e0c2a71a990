"""The queue as people see it: what each item costs to leave, and in which order it is taken."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from backoffice.access.models import User
from backoffice.kernel.money import Money
from backoffice.work.clock import WorkClock
from backoffice.work.kinds import COSTS, ORDER, Costs, Order
from backoffice.work.pace import Paces, in_turn, paces_now
from backoffice.workflow.models import WorkItem
from backoffice.workflow.ordering import HOUR, Terms, Waiting, cost_of_waiting, in_order
from refdata.dated_rules.selectors import rule_in_force
from refdata.firm_days import firm_day
from refdata.quotes import rate_on
from refdata.selectors import reference_data
from settlements.fails.ageing import costs_of
from settlements.models import Settlement

RANKED = 2_000  # by due time; beyond them nothing is ordered


@dataclass(frozen=True, slots=True)
class Priced:
    """An item with what it costs: `cost` of each cut-off it misses; `known` where the register of penalties says it."""

    item: WorkItem
    due_at: datetime
    warn_at: datetime
    cost: Money
    known: bool
    minutes: float
    waiting: Waiting


@dataclass(frozen=True, slots=True)
class Queued:
    """An item in its place; `hour` is what leaving it for another hour is expected to cost."""

    priced: Priced
    hour: Money
    chance: Decimal
    aged: bool

    @property
    def item(self) -> WorkItem:
        return self.priced.item


class Desk:
    """What all items of one look are priced by: the rules of the day, its rates, and the clock."""

    def __init__(self, at: datetime) -> None:
        self.at, self.day = at, firm_day(at)
        self.costs: Costs = rule_in_force(COSTS, self.day)
        self.order: Order = rule_in_force(ORDER, self.day)
        calendar = reference_data().calendars[self.order.calendar]
        self.clock = WorkClock.of(self.order, calendar, self.day)
        self.paces: Paces = paces_now(at)
        self._rates: dict[str, Decimal] = {}

    def worth(self, amount: Decimal | None, currency: str) -> Decimal:
        """An amount in the currency of the costs; one whose rate is not known counts as it stands."""
        if not amount or not currency:
            return Decimal(0)
        if currency not in self._rates:
            rate = rate_on(currency, self.costs.currency, self.day)
            self._rates[currency] = rate.value if rate else Decimal(1)
        return amount * self._rates[currency]

    def priced(self, items: Sequence[WorkItem]) -> list[Priced]:
        known = self._penalties(items)
        return [self._priced(item, known.get(item.subject_id)) for item in items]

    def _penalties(self, items: Sequence[WorkItem]) -> dict[int, Decimal]:
        """What a day of each fail cost us last, by settlement: the register of penalties says it exactly."""
        ids = [item.subject_id for item in items if item.subject_type == "settlement"]
        found = {id: cost.per_day for id, cost in costs_of(ids).items() if cost.per_day > 0}
        money = Settlement.objects.filter(pk__in=list(found)).values_list("pk", "money_asset__code")
        return {id: self.worth(found[id], currency) for id, currency in money}

    def _priced(self, item: WorkItem, penalty: Decimal | None) -> Priced:
        rule, clock = self.costs.of(item.kind), self.clock
        cost = penalty if item.subject_type == "settlement" and penalty else None
        amount = rule.of(self.worth(item.amount, item.currency)) if cost is None else cost
        due = item.due_at or clock.end_of(item.opened_at, rule.days)
        pace = self.paces.of(item.kind)
        waiting = Waiting(
            key=item.pk, cost=amount, minutes=pace.minutes, spread=pace.spread,
            left=clock.left(due, self.at),
            age=max(clock.minute(self.at) - clock.minute(item.opened_at), 0.0),
        )  # fmt: skip
        return Priced(
            item, due, clock.before(due, rule.warning), Money(amount, self.costs.currency),
            cost is not None, pace.minutes, waiting,
        )  # fmt: skip

    def ordered(self, items: Sequence[Priced], *, count: int) -> list[Queued]:
        """The first of the items in the order in which they are to be taken."""
        if not items:
            return []
        priced = {each.item.pk: each for each in items}
        queues = sorted({each.item.queue for each in items})
        people = sum(people_of(queues).values())
        oldest = max(
            in_turn(
                queue, people=max(people, 1), paces=self.paces, clock=self.clock,
                days=self.order.history, at=self.at,
            )
            for queue in queues
        )  # fmt: skip
        terms = Terms(
            people=max(people, 1), ahead=float(self.order.ahead), oldest=self.order.bound(oldest),
            day=self.clock.day,
        )  # fmt: skip
        placed = in_order((each.waiting for each in priced.values()), terms, count=count)
        return [
            Queued(priced[each.key], self._hour(priced[each.key]), each.chance, each.aged)
            for each in placed
        ]

    def _hour(self, priced: Priced) -> Money:
        cost = cost_of_waiting(priced.waiting, minutes=HOUR, day=self.clock.day)
        return Money(cost.quantize(Decimal("0.01")), self.costs.currency)


def people_of(queues: Sequence[str]) -> dict[str, int]:
    """How many people work on each queue: those who hold its role and may sign in."""
    rows = User.objects.filter(is_active=True, groups__name__in=list(queues))
    found = dict.fromkeys(queues, 0)
    for queue in rows.values_list("groups__name", flat=True):
        if queue in found:
            found[queue] += 1
    return found
