"""What operations on subjects of processes take, and say of the case that is under way."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from rest_framework import serializers

from backoffice.workflow.processes.deciding import due_at
from refdata.processes.cases import OpenCase


class TakingStep(serializers.Serializer[Any]):
    """The body of an added step: what shows it, and which step the caller means."""

    step = serializers.CharField(max_length=40, default="", allow_blank=True)
    evidence = serializers.CharField(max_length=500, default="", allow_blank=True)


def case_document(case: OpenCase | None, cut_off: datetime | None) -> dict[str, Any] | None:
    """A case under way: its steps in order, those taken by whom, and which is next by when; None without one."""
    if case is None:
        return None
    taken = {each.key: each for each in case.taken}
    due = due_at(case.next, cut_off)
    return {
        "reference": str(case.row), "version": f"RL-{case.row.version_id}",
        "next": {
            "step": case.next.key, "name": case.next.name.en, "who": case.next.role,
            "by": due.isoformat() if due else None,
        },
        "steps": [
            {
                "step": step.key, "who": step.role,
                "at": taken[step.key].at if step.key in taken else None,
                "evidence": taken[step.key].evidence if step.key in taken else None,
            }
            for step in case.steps
        ],
    }  # fmt: skip
