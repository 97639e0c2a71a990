"""A step for many: what would become of each, then the same for real, if it is still the same.

The preview takes the step and rolls it back, so it cannot differ from the run: the same services say
who is refused and why, row by row. The run takes it, compares count and sum with what was expected
after all rows are locked, and undoes everything where they differ. Every row leaves its event as usual.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import django_filters
from django.db import connection, transaction
from django.db.models import QuerySet, Sum

from backoffice.access.models import User
from backoffice.desk.filters import ItemFilter
from backoffice.kernel.errors import Conflict, FieldProblem, Invalid, NotFound, Refusal
from backoffice.kernel.i18n import gettext_noop
from backoffice.kernel.money import Money
from backoffice.kernel.references import number_in
from backoffice.work.selectors import work_items
from backoffice.work.services import claim_items, hand_over_items
from backoffice.workflow.transitions import Outcome
from deals import services as dealing
from deals.filters import DealFilter
from deals.selectors import deals
from settlements import services as settling
from settlements.changing.grouping import block_of, group_chosen
from settlements.changing.instructions import cancel_settlements
from settlements.changing.services import approve_cancels, cancel_deals
from settlements.clearing.filters import NetObligationFilter
from settlements.clearing.selectors import nets_with_money
from settlements.clearing.services import agree_nets
from settlements.enriching import enrich_settlements
from settlements.filters import SettlementFilter
from settlements.selectors import settlements

MOST_ROWS = 20_000
CHUNK = 5_000
PATIENCE = "3s"  # a preview that waits for others' locks gives up


class UnknownBulkStep(Invalid):
    code = "unknown-bulk-step"
    title = gettext_noop("That step cannot be taken for many")
    detail = gettext_noop("%(action)s is none of: %(known)s.")
    hint = gettext_noop("Name a step, and the subject where two have a step of that name.")


class BadSelection(Invalid):
    code = "bad-selection"
    title = gettext_noop("The selection cannot be read")
    detail = gettext_noop("Either references or a filter says on which rows the step is taken.")
    hint = gettext_noop("Send one of them; a filter as the list of that subject takes it.")


class TooManyRows(Invalid):
    code = "too-many-rows"
    title = gettext_noop("The selection is too large for one step")
    detail = gettext_noop("A step takes at most %(most)s rows at once.")
    hint = gettext_noop("Narrow the filter and take the step in parts.")


class SelectionChanged(Conflict):
    code = "selection-changed"
    title = gettext_noop("Something has changed since the preview")
    detail = gettext_noop("Now %(count)s rows with %(sum)s would take the step.")
    hint = gettext_noop("Look at the preview again, then run what it says.")
    status = 412


@dataclass(frozen=True, slots=True)
class Action:
    """A step as a service of many rows; what is typed as reason becomes its argument `takes`."""

    permission: str
    service: Callable[..., Outcome]
    takes: str = ""
    makes: Callable[[Sequence[int], User], Mapping[str, str]] | None = (
        None  # what all become together
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """Rows that take steps together: how they are found, and what is summed of them."""

    name: str
    prefix: str
    rows: Callable[[User], QuerySet[Any]]
    filters: type[django_filters.FilterSet]
    amount: str
    currency: str
    actions: Mapping[str, Action]


SUBJECTS = {
    "deal": Subject(
        name="deal", prefix="D", rows=lambda user: deals(visible_to=user), filters=DealFilter,
        amount="net_amount", currency="currency",
        actions={
            "confirm": Action("deals.confirm_deal", dealing.confirm_deals, "evidence"),
            "approve": Action("deals.approve_deal", dealing.approve_deals),
            "reject": Action("deals.reject_deal", dealing.reject_deals, "reason"),
            "cancel": Action("deals.cancel_deal", cancel_deals, "reason"),
            "group": Action("deals.allocate_deal", group_chosen, "external_ref", block_of),
            "approve_cancel": Action("deals.approve_cancel_deal", approve_cancels),
        },
    ),
    "settlement": Subject(
        name="settlement", prefix="S", rows=lambda user: settlements(visible_to=user),
        filters=SettlementFilter, amount="amount", currency="money_asset__code",
        actions={
            "release": Action("settlements.release_settlement", settling.release_settlements),
            "reject": Action("settlements.reject_settlement", settling.reject_settlements, "reason"),
            "repair": Action("settlements.repair_settlement", settling.repair_settlements),
            "enrich": Action("settlements.enrich_settlement", enrich_settlements),
            "match": Action("settlements.match_settlement", settling.match_settlements),
            "hold": Action("settlements.hold_settlement", settling.hold_settlements, "reason"),
            "unhold": Action("settlements.unhold_settlement", settling.unhold_settlements),
            "cancel": Action("settlements.cancel_settlement", cancel_settlements, "reason"),
        },
    ),
    "netobligation": Subject(
        name="netobligation", prefix="NO", rows=lambda user: nets_with_money(visible_to=user),
        filters=NetObligationFilter, amount="amount", currency="currency",
        actions={"agree": Action("settlements.agree_netobligation", agree_nets)},
    ),
    "workitem": Subject(
        name="workitem", prefix="WI", rows=lambda user: work_items(visible_to=user), filters=ItemFilter,
        amount="amount", currency="currency",
        actions={
            "claim": Action("workflow.claim_workitem", claim_items),
            "hand_over": Action("workflow.hand_over_workitem", hand_over_items, "to"),
        },
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of the rows, or would: how many took the step, their sums, and who is refused."""

    subject: Subject
    action: str
    done: Sequence[int]
    sums: Sequence[Money]
    refused: Mapping[str, Refusal]
    made: Mapping[str, Any] = field(default_factory=dict)

    @property
    def count(self) -> int:
        return len(self.done)


def subject_of(action: str, subject: str, references: Sequence[str]) -> Subject:
    """The subject that is named, or that the references or the step's own name leave no doubt of."""
    prefix = references[0].partition("-")[0] if references else ""
    fits = [
        each
        for each in SUBJECTS.values()
        if action in each.actions
        and subject in ("", each.name)
        and (not prefix or each.prefix == prefix)
    ]
    if len(fits) != 1:
        known = [f"{each.name}.{name}" for each in SUBJECTS.values() for name in each.actions]
        raise UnknownBulkStep(action=action, known=", ".join(known))
    return fits[0]


def preview_step(**wanted: Any) -> Taken:
    """What `run_step` would do now; nothing stays of it. Raises as `run_step` does."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('lock_timeout', %s, true)", [PATIENCE])
        taken = _take(**wanted)
        transaction.set_rollback(True)
    return taken


@transaction.atomic
def run_step(*, expected: tuple[int, Sequence[Money]], **wanted: Any) -> Taken:
    """Take the step on every row that may take it, in one transaction of chunks.

    Raises SelectionChanged, and leaves nothing, where count or sums are not those expected.
    """
    taken = _take(**wanted)
    count, sums = expected
    if count != taken.count or _by_currency(sums) != _by_currency(taken.sums):
        written = ", ".join(f"{m.amount} {m.currency}" for m in taken.sums) or "0"
        raise SelectionChanged(count=taken.count, sum=written)
    return taken


def _by_currency(sums: Sequence[Money]) -> dict[str, Any]:
    return {money.currency: money.amount for money in sums if money.amount}


def _take(
    *,
    subject: Subject,
    action: str,
    references: Sequence[str] | None,
    filters: Mapping[str, str] | None,
    reason: str,
    actor: User,
    at: datetime,
) -> Taken:
    step = subject.actions[action]
    ids, refused = _chosen(subject, actor, references, filters)
    more = {step.takes: reason} if step.takes else {}
    done: list[int] = []
    for start in range(0, len(ids), CHUNK):
        outcome = step.service(ids=ids[start : start + CHUNK], actor=actor, at=at, **more)
        done += outcome.done
        refused |= {f"{subject.prefix}-{id}": why for id, why in sorted(outcome.refused.items())}
    made = step.makes(done, actor) if step.makes and done else {}
    return Taken(subject, action, sorted(done), _sums(subject, actor, done), refused, made)


def _chosen(
    subject: Subject,
    actor: User,
    references: Sequence[str] | None,
    filters: Mapping[str, str] | None,
) -> tuple[list[int], dict[str, Refusal]]:
    """The keys of the rows, ascending, and the references that name nothing this person may see."""
    if (references is None) == (filters is None):
        raise BadSelection()
    rows = subject.rows(actor)
    if references is None:
        rows = _filtered(subject, rows, filters or {})
        return _bounded(rows.order_by("pk").values_list("pk", flat=True)[: MOST_ROWS + 1]), {}
    _bounded(references)
    named: dict[int, str] = {}
    refused: dict[str, Refusal] = {}
    for reference in references:
        try:
            named[number_in(reference, subject.prefix, subject.name)] = reference
        except NotFound as refusal:
            refused[reference] = refusal
    seen = set(rows.filter(pk__in=list(named)).values_list("pk", flat=True))
    for id in named.keys() - seen:
        refused[named[id]] = NotFound(what=subject.name, reference=named[id])
    return sorted(seen), dict(sorted(refused.items()))


def _bounded(rows: Any) -> list[Any]:
    found = list(rows)
    if len(found) > MOST_ROWS:
        raise TooManyRows(most=MOST_ROWS)
    return found


def _filtered(subject: Subject, rows: QuerySet[Any], filters: Mapping[str, str]) -> QuerySet[Any]:
    unknown = sorted(set(filters) - set(subject.filters.base_filters))
    chosen = subject.filters(dict(filters), queryset=rows)
    if unknown or not chosen.form.is_valid():
        names = unknown or sorted(chosen.form.errors)
        known = ", ".join(sorted(subject.filters.base_filters))
        problems = [
            FieldProblem(
                f"/filter/{name}", "bad-filter", gettext_noop("The list has no such filter or value."),
                gettext_noop("Its filters are: %(known)s."), {"known": known},
            )
            for name in names
        ]  # fmt: skip
        raise BadSelection(problems)
    found: QuerySet[Any] = chosen.qs
    return found


def _sums(subject: Subject, actor: User, ids: Sequence[int]) -> list[Money]:
    rows = subject.rows(actor).filter(pk__in=list(ids)).order_by()
    sums = rows.values(subject.currency).annotate(of_all=Sum(subject.amount))
    found = sums.values_list(subject.currency, "of_all")
    return [Money(amount, currency) for currency, amount in sorted(found) if amount is not None]
