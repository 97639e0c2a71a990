"""The end of a tax year that waits for other eyes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from backoffice.events.consumers import Happened, subjects_of
from backoffice.workflow.services import NewItem, close_items, open_items
from settlements.ndfl.ending import SOURCE
from settlements.ndfl.models import TaxYear
from settlements.ndfl.state import TAX_YEAR_LIFECYCLE, TaxYearState

PROPOSED = "tax-year"
TAX_YEAR_EVENTS = (
    f"{SOURCE}.propose",
    *(f"{SOURCE}.{name}" for name in TAX_YEAR_LIFECYCLE.transitions),
)


def tell_of_tax_years(events: Sequence[Happened], *, at: datetime) -> None:
    """It waits for the manager until it is ended or declined."""
    ids = subjects_of(events)
    rows = TaxYear.objects.filter(pk__in=ids, state=TaxYearState.PROPOSED).order_by("pk")
    waiting = {row.pk: row.entity_id for row in rows}
    over = [id for id in ids if id not in waiting]
    close_items(subject_type=SOURCE, subject_ids=over, kinds=[PROPOSED], at=at)
    open_items(
        [
            NewItem(
                kind=PROPOSED, queue="manager", subject_type=SOURCE, subject_id=id, entity_id=entity_id
            )
            for id, entity_id in waiting.items()
        ],
        at=at,
    )  # fmt: skip
