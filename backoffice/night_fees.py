"""The step of the night that accrues the fees of the day."""

from __future__ import annotations

from backoffice.night_steps import Look
from expenses.fees.accruing import accrue_assets, accrue_fees
from expenses.fees.rebating import months_to_rebate, rebate_month
from ledger.models import BusinessDay


def fees(look: Look) -> bool:
    """Accrue what the day cost and earned, take back what changed, and give back what a month's volume says.

    What is held counts for the closed days before as well. It may run twice: nothing is accrued twice.
    """
    entity_id, day = look.day.entity_id, look.day.day
    found = accrue_fees(entity_id=entity_id, day=day, at=look.at)
    days = BusinessDay.objects.filter(entity_id=entity_id)
    before = days.filter(day__lt=day).order_by("-day").values_list("day", flat=True).first()
    following = days.filter(day__gt=day).order_by("day").values_list("day", flat=True).first()
    held = accrue_assets(
        entity_id=entity_id, day=day, night_id=look.night.pk,
        days=(day - before).days if before else 1, at=look.at,
    )  # fmt: skip
    rebates = sum(
        rebate_month(entity_id=entity_id, month=month, at=look.at)
        for month in months_to_rebate(day, following or day)
    )
    look.note(
        f"{found.count + held} fees accrued, {found.taken_back} taken back, {rebates} rebates.",
        accrued=found.count + held, taken_back=found.taken_back, rebates=rebates,
    )  # fmt: skip
    return True
