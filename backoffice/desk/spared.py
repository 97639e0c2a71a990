"""The page of what netting spared in a run over our own books."""

from __future__ import annotations

from typing import Any

from backoffice.desk.base import Page
from backoffice.desk.naming import ASSET, PLACE, names_of
from settlements.netting.gaining import spared_by
from settlements.selectors import run_of


class RunNetting(Page):
    permission = "settlements.view_settlement"
    template_name = "settlements/run_netting.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        run = run_of(kwargs["reference"], visible_to=self.user)
        rows = spared_by(run)
        names = names_of(
            [(PLACE, row.place) for row in rows] + [(ASSET, row.asset) for row in rows]
        )
        return {
            "run": run,
            "rows": [
                (
                    row,
                    names[PLACE, row.place],
                    names[ASSET, row.asset],
                )
                for row in rows
            ],
        }
