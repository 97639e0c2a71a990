"""Settlement runs: decided once for everything, written shard by shard, completed; restartable anywhere.

A run is planned by one worker (`planning`) and written by any number of them (`writing`). A killed worker
leaves a plan that nobody reads, or a shard undone; whoever comes next goes on with it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

from django.db import connection, transaction

from backoffice.access.models import User
from backoffice.events.faults import reached
from backoffice.events.services import NewEvent, record_events
from backoffice.kernel.errors import Invalid, NotFound
from backoffice.kernel.i18n import gettext_noop
from backoffice.workflow.transitions import Step, advance
from refdata.models import Entity, Place
from refdata.scopes import require_whole_entities
from settlements.models import RunPlan, RunShard, Settlement, SettlementRun
from settlements.running.objectives import objective_on
from settlements.running.planning import plan_run
from settlements.running.state import RunMode
from settlements.running.writing import write_next_shard
from settlements.state import Reason, RunState

__all__ = ("write_next_shard",)


class EntityMissing(Invalid):
    code = "entity-missing"
    title = gettext_noop("A run needs to be told for which legal entity")
    detail = gettext_noop("You see several: %(known)s.")
    hint = gettext_noop("Name one of them as entity.")


def entity_to_run(code: str, *, actor: User) -> int | None:
    """The entity that a person's run is for; None is all of them, for those without a scope.

    Raises NotFound, EntityMissing, and OutOfScope for who sees single books only.
    """
    scope = require_whole_entities(actor, what="settlement runs")
    rows = Entity.objects.filter(scope.within(entity="pk"))
    if code:
        found = rows.filter(code=code).first()
        if found is None:
            raise NotFound(what="entity", reference=code)
        return found.pk
    if scope.entities is None:
        return None
    if len(scope.entities) > 1:
        known = ", ".join(rows.order_by("code").values_list("code", flat=True))
        raise EntityMissing(known=known)
    return scope.entities[0]


def place_to_run(code: str) -> int | None:
    """The place that a run is for; None is all of them. Raises NotFound."""
    if not code:
        return None
    found = Place.objects.filter(code=code).values_list("pk", flat=True).first()
    if found is None:
        raise NotFound(what="place", reference=code)
    return int(found)


@transaction.atomic
def request_run(
    *,
    business_date: date,
    objective: str = "",
    mode: str = RunMode.BOTH,
    is_last: bool = False,
    place_id: int | None = None,
    entity_id: int | None,
    actor: User | None,
    at: datetime,
) -> SettlementRun:
    """Ask for a run; a worker takes it up. Without an objective it wants what the rule of that day says.
    Of one place it looks at what settles there, and at what is linked with that. `is_last` keeps nothing back
    at outside places without a schedule of cycles: those that have one know their last themselves.

    Raises NoRuleInForce where priorities are asked for and no rule says what they count.
    """
    wanted = objective_on(business_date, objective).wanted
    run = SettlementRun.objects.create(
        business_date=business_date, objective=wanted.value, mode=mode, is_last=is_last,
        entity_id=entity_id, place_id=place_id,
        requested_by=actor, requested_at=at,
    )  # fmt: skip
    event = NewEvent(
        kind="settlementrun.request", subject_type="settlementrun", subject_id=run.pk,
        entity_id=entity_id, target=RunState.QUEUED.value,
    )  # fmt: skip
    record_events([event], actor_id=actor.pk if actor else None, at=at)
    return run


def work_on_run(run_id: int, *, at: datetime) -> None:
    """Take a run as far as it goes: plan it if it is queued, write its shards, complete it."""
    start_run(run_id=run_id, at=at)
    while write_next_shard(run_id=run_id, at=at):
        pass
    complete_run(run_id=run_id, at=at)


def start_run(*, run_id: int, at: datetime) -> bool:
    """Decide for a queued run and store its plan; False when it is not queued, or another has to end."""
    return plan_run(run_id=run_id, at=at)


def open_shards(run_id: int) -> int:
    """How many shards of a run are not written yet."""
    rows = RunShard.objects.filter(plan__written_by=run_id, done_at__isnull=True)
    return rows.count()


CHUNK = 5_000


def complete_run(*, run_id: int, at: datetime) -> bool:
    """Close a run whose shards are all done: reasons to those left out, fails to those overdue.

    In chunks, each a transaction of its own that says how far it came: whoever goes on repeats nothing.
    """
    run = SettlementRun.objects.filter(pk=run_id, state=RunState.RUNNING).first()
    if run is None or run.plan_id is None or open_shards(run_id):
        return False
    while (told := _tell_chunk(run, at)) is not None:
        if not told:
            return _complete(run, at)
        reached("run.reasoned")
    return False


@transaction.atomic
def _complete(run: SettlementRun, at: datetime) -> bool:
    if not advance(SettlementRun, "complete", [Step(run.pk)], actor=None, at=at).done:
        return False
    with connection.cursor() as cursor:
        cursor.execute(_COUNTS, {"run": run.pk, "plan": run.plan_id})
        settled, sent, left_out = cursor.fetchone()
    SettlementRun.objects.filter(pk=run.pk).update(
        finished_at=at, settled=settled, sent=sent, left_out=left_out
    )
    return True


_COUNTS = """
SELECT coalesce(sum(s.rows) FILTER (WHERE s.kind = 'SETTLE'), 0),
       coalesce(sum(s.rows) FILTER (WHERE s.kind = 'SEND'), 0),
       (SELECT count(*) FROM settlements_rundecision d
         WHERE d.run_id = %(run)s AND d.plan_id = %(plan)s) - coalesce(sum(s.rows), 0)
  FROM settlements_runshard s WHERE s.plan_id = %(plan)s
"""
_TO_TELL = """
SELECT d.settlement_id, coalesce(x.facts ->> 'reason', d.reason),
       CASE WHEN x.id IS NULL THEN d.reason <> ALL(%(never)s) ELSE x.facts ? 'short' END
  FROM settlements_rundecision d
  LEFT JOIN settlements_runexplanation x
    ON x.plan_id = d.plan_id AND x.settlement_id = d.settlement_id AND x.kind = 'DROPPED'
 WHERE d.run_id = %(run)s AND d.plan_id = %(plan)s AND d.settlement_id > %(after)s
   AND (d.outcome = 'LEAVE' OR x.id IS NOT NULL)
 ORDER BY d.settlement_id LIMIT %(limit)s
"""
# What might have settled, were there more of something, is nearer its turn the next time.
_SAY = """
WITH given AS (SELECT * FROM unnest(%s::bigint[], %s::text[], %s::boolean[]) AS g(id, reason, might)),
     locked AS MATERIALIZED (
       SELECT s.id FROM settlements_settlement s JOIN given USING (id)
        WHERE s.settlement IN ('PENDING', 'FAILING', 'PARTIAL') ORDER BY s.id FOR UPDATE OF s)
UPDATE settlements_settlement s
   SET reason = g.reason, skipped_runs = s.skipped_runs + g.might::int
  FROM locked l JOIN given g USING (id) WHERE s.id = l.id
RETURNING s.id
"""
_NEVER_TRIED = [
    reason.value
    for reason in (
        Reason.SSI_REVOKED, Reason.SCREENING, Reason.RESTRICTED, Reason.LIMT, Reason.LAAW,
        Reason.LATE, Reason.CLAT,
    )
]  # fmt: skip


@transaction.atomic
def _tell_chunk(run: SettlementRun, at: datetime) -> int | None:
    """Tell the next ones that were left out why; 0 when all were told, None while another tells them."""
    rows = RunPlan.objects.select_for_update(skip_locked=True, of=("self",)).filter(written_by=run)
    after = rows.values_list("told_up_to", flat=True).first()
    if after is None:
        return None
    facts = {
        "run": run.pk, "plan": run.plan_id, "after": after, "limit": CHUNK, "never": _NEVER_TRIED,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(_TO_TELL, facts)
        found = cursor.fetchall()
        if not found:
            return 0
        cursor.execute(_SAY, [list(column) for column in zip(*found, strict=True)])
        told = {row[0] for row in cursor.fetchall()}
    _fail_overdue(run, {id: reason for id, reason, _ in found if id in told}, at)
    RunPlan.objects.filter(written_by=run).update(told_up_to=found[-1][0])
    return len(found)


def _fail_overdue(run: SettlementRun, left: Mapping[int, str], at: datetime) -> None:
    """What was due before the business date is failing now."""
    overdue = Settlement.objects.filter(
        pk__in=left, due_date__lt=run.business_date, settlement="PENDING"
    )
    steps = [
        Step(id, left[id], {"run": str(run), "amount": str(amount), "currency": currency})
        for id, amount, currency in overdue.order_by("id").values_list(
            "id", "amount", "money_asset__code"
        )
    ]
    advance(Settlement, "fail", steps, actor=None, at=at)


@transaction.atomic
def break_off_run(*, run_id: int, error: str, at: datetime) -> bool:
    """End a run that cannot go on. What it has written stays; the next run looks at all the rest."""
    outcome = advance(SettlementRun, "break_off", [Step(run_id, error)], actor=None, at=at)
    if outcome.done:
        SettlementRun.objects.filter(pk=run_id).update(error=error, finished_at=at)
    return bool(outcome.done)
