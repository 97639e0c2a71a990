"""What became of what a run sent, for those who read it."""

from __future__ import annotations

from collections.abc import Sequence

from settlements.models import RunComparison, SettlementRun


def comparisons_of(run: SettlementRun, settlement_ids: Sequence[int]) -> dict[int, RunComparison]:
    """By settlement; what the night has not compared yet is absent."""
    rows = RunComparison.objects.filter(plan_id=run.plan_id, settlement_id__in=settlement_ids)
    return {row.settlement_id: row for row in rows}
