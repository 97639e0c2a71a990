"""The process of closing a day: its fixed end, and who hears of a day that is not signed off."""

from __future__ import annotations

from datetime import date, datetime
from typing import ClassVar

from django.utils.translation import gettext_lazy as _

from backoffice.workflow.processes.conditions import Measure
from backoffice.workflow.processes.definition import Anchor, Process, ProcessKind
from ledger.models import BusinessDay
from ledger.state import DayState
from refdata.processes.kinds import declare_process
from refdata.processes.reacting import AT_ONCE, Lasting, react_to_all, weekdays_since
from refdata.processes.steps import TAKERS

EXPLAIN, SIGN_OFF = "explain", "sign-off"
CLOSING = ProcessKind(
    name="process.close_day",
    title=_("Close the day"),
    subject="businessday",
    anchors=(Anchor(EXPLAIN, "accountant"), Anchor(SIGN_OFF, "manager", other_eyes=True)),
    measures=(
        Measure(
            "state", _("How far it has come"),
            choices=tuple((each.value, each.label) for each in DayState),
        ),
        Measure("entity", _("Entity (code)")),
        Measure("points", _("Open points that were explained"), number=True),
    ),
    takes_steps=True,
    takers=TAKERS,
    ends_with_last=True,
    reacts=True,
)  # fmt: skip


class CloseDay(Process, frozen=True, forbid_unknown_fields=True):
    kind: ClassVar[ProcessKind] = CLOSING


CLOSE_DAY = declare_process(CloseDay)


def react_to_days(*, on: date, at: datetime) -> int:
    """Do what the process asks for about days that are not signed off; running twice does nothing more."""

    def page(after: int) -> list[Lasting]:
        rows = BusinessDay.objects.filter(pk__gt=after, day__lt=on).select_related("entity")
        rows = rows.exclude(state=DayState.SIGNED_OFF)
        return [
            Lasting(
                subject_id=row.pk, entity_id=row.entity_id, begun_on=row.day,
                days=weekdays_since(row.day, on),
                facts={"state": row.state, "entity": row.entity.code},
            )
            for row in rows.order_by("pk")[:AT_ONCE]
        ]  # fmt: skip

    return react_to_all(CLOSE_DAY, page, at=at)
