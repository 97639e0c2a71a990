"""The steps that a process adds to a repair: until others looked at it, the deal that it became goes no further."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.db import connection

from backoffice.access.models import User
from backoffice.kernel.errors import Refusal
from backoffice.workflow.transitions import Outcome
from deals.models import Inbound
from deals.processing.measuring import measured
from deals.repairing.processing import REPAIR_INBOUND, REPAIRING, REPLAY
from refdata.models import ProcessCase
from refdata.processes.cases import OpenCase, begin_cases, end_cases, read_cases
from refdata.processes.steps import Subject, cases_needed, first_of, take_added_steps


def begin_repair_cases(
    rows: Sequence[Any], deals: Mapping[int, int], *, reason: str, actor: User, at: datetime
) -> None:
    """What was repaired into these deals, by id, waits for what its process adds: the version of when it came in."""
    came = {deals[row.pk]: row for row in rows if row.pk in deals}

    def subjects() -> list[Subject]:
        return [
            Subject(
                came[deal.id].pk, deal.entity_id, came[deal.id].received_at,
                {"amount": deal.facts["amount"]},
            )
            for deal in measured(sorted(came))
        ]  # fmt: skip

    cases = cases_needed(REPAIR_INBOUND, subjects) if came else {}
    begun = [replace(case, taken=[REPLAY], evidence=reason) for case in cases.values()]
    begin_cases(begun, actor=actor, at=at)


_UNDER_WAY = """
SELECT i.deal_id, c.id FROM refdata_processcase c JOIN deals_inbound i ON i.id = c.subject_id
 WHERE c.process = %s AND c.subject_type = %s AND c.state = 'OPEN' AND i.deal_id = ANY(%s) ORDER BY c.id
"""


def repairs_under_way(deal_ids: Sequence[int]) -> dict[int, OpenCase]:
    """Of these deals, those that were repaired and wait for somebody to look at that; one query where none is."""
    with connection.cursor() as cursor:
        cursor.execute(_UNDER_WAY, [REPAIRING.name, REPAIRING.subject, list(deal_ids)])
        found = dict(cursor.fetchall())
    rows = ProcessCase.objects.filter(pk__in=found.values()).order_by("pk") if found else []
    cases = {case.row.pk: case for case in read_cases(rows)}
    return {deal_id: cases[case_id] for deal_id, case_id in found.items()}


def held_by_repair(deal_ids: Sequence[int]) -> dict[int, Refusal]:
    """The deals that are not confirmed or replaced before their repair was looked at, each with its refusal."""
    return {
        deal_id: first_of(case, f"I-{case.row.subject_id}")
        for deal_id, case in repairs_under_way(deal_ids).items()
    }


def end_repair_cases(deal_ids: Sequence[int], *, actor: User | None, at: datetime) -> None:
    """Nobody need look at the repair of a deal that is cancelled."""
    ids = [case.row.subject_id for case in repairs_under_way(deal_ids).values()]
    reason = "The deal is cancelled."
    end_cases(subject_type=REPAIRING.subject, subject_ids=ids, reason=reason, actor=actor, at=at)


def take_step_inbound(
    *, ids: Sequence[int], step: str = "", evidence: str = "", actor: User, at: datetime
) -> Outcome:
    """Take the added step that each repair waits for. Refused: what `take_added_steps` refuses."""
    return take_added_steps(
        REPAIR_INBOUND, Inbound, ids=ids, step=step, evidence=evidence, actor=actor, at=at
    )
