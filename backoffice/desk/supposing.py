"""The page on which a drafted rate of penalties is tried on what the nights counted."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from backoffice.desk.base import Page
from backoffice.desk.inputs import Input, filled, typed_day
from backoffice.desk.naming import PLACE, names_of
from backoffice.desk.what_if import said_whole
from backoffice.kernel.errors import Refusal
from refdata.dated_rules.kinds import kind_named
from refdata.firm_days import firm_day
from settlements.fails.supposing import Answer, supposable, suppose


class SupposePenalties(Page):
    permission = "settlements.view_settlement"
    template_name = "settlements/suppose_penalties.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Nothing is written: the question is in the address, and can be kept or sent."""
        today = firm_day(timezone.now())
        typed = {
            name: self.request.GET.get(name, "").strip()[:40] for name in ("rule", "since", "until")
        }
        since = typed_day(typed["since"]) or today.replace(day=1)
        until = typed_day(typed["until"]) or today
        typed |= {"since": since.isoformat(), "until": until.isoformat()}
        answer: Answer | None = None
        refusal: Refusal | None = None
        if typed["rule"]:
            try:
                answer = suppose(typed["rule"], since=since, until=until, visible_to=self.user)
            except Refusal as refused:
                refusal = refused
        choices = [
            (str(row), f"{row} {kind_named(row.kind).title} {row.key}")
            for row in supposable()[:200]
        ]
        inputs = (
            Input(name="rule", title=_("Rule"), choices=choices),
            Input(name="since", title=_("Counted from"), kind="date"),
            Input(name="until", title=_("Counted until"), kind="date"),
        )
        return {
            "inputs": filled(inputs, typed, {}), "rules": choices, "answer": answer, "sums": _named(answer),
            "refusal": said_whole(refusal) if refusal else None,
        }  # fmt: skip


def _named(answer: Answer | None) -> list[tuple[Any, Any]]:
    """The sums of an answer, each with the name of its place."""
    sums = answer.sums if answer else ()
    names = names_of((PLACE, each.place) for each in sums)
    return [(each, names[PLACE, each.place]) for each in sums]
