"""What processes are called in timelines, in work, and beside their steps."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from backoffice.events.models import Event
from backoffice.workflow.processes.conditions import Op
from refdata.processes.reacting import REACTION_KINDS

TITLES: dict[str, Any] = {
    "process.begin": _("Its process asks for more"),
    "process.finish": _("Every step taken"),
    "process.end": _("Ended before its last step"),
    **dict.fromkeys(
        (f"{subject}.take_step" for subject in ("deal", "purchase", "inbound", "businessday")),
        _("A step of its process taken"),
    ),
    "settlement.chase": _("The counterparty was written to"),
    **dict.fromkeys(
        (f"{subject}.react" for subject in ("settlement", "inbound", "purchase", "businessday")),
        _("Its process reacted"),
    ),
}
ITEM_TITLES: dict[str, Any] = {"process-step": _("A step of a process waits")} | dict.fromkeys(
    REACTION_KINDS, _("A process calls for somebody")
)
NEXT_STEPS: dict[str, Any] = {"process-step": _("Take the step")} | dict.fromkeys(
    REACTION_KINDS, _("See what it lacks")
)
STEP_REASONS: dict[str, tuple[Any, Any]] = {
    "deal.take_step": (
        _("The process of confirming asks for this step too, before the deal is confirmed."),
        _("No settlement is prepared before it; a late one fails on its due date."),
    ),
}
OPS: Mapping[Op, Any] = {
    Op.ABOVE: _("above"), Op.AT_LEAST: _("at least"), Op.AT_MOST: _("at most"), Op.BELOW: _("below"),
    Op.ONE_OF: _("one of"), Op.NONE_OF: _("none of"),
}  # fmt: skip
ROLE_WORDS: Mapping[str, Any] = {
    "dealer": _("dealer"), "clerk": _("clerk"), "checker": _("checker"), "risk": _("risk"),
    "accountant": _("accountant"), "manager": _("manager"), "admin": _("administrator"),
}  # fmt: skip


def in_language(names: str) -> str:
    """Of a name in both languages, `English | Russian`, the one of the reader."""
    english, _bar, russian = names.partition(" | ")
    return russian if russian and (get_language() or "").startswith("ru") else english


def step_row(event: Event) -> list[tuple[str, str, str]]:
    """Which step of a process an event took, as its timeline shows it; nothing of other events."""
    if "case" not in event.facts or "name" not in event.facts:
        return []
    return [(gettext("Step"), event.facts["case"], name_in(event.facts["name"]))]


def name_in(names: Mapping[str, str]) -> str:
    """A name that an event holds in both languages, in the reader's."""
    return names["ru" if (get_language() or "").startswith("ru") else "en"]
