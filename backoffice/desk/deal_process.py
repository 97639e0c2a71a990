"""The buttons of a deal whose process asks for more: only that of the step whose turn it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from backoffice.access.models import User
from backoffice.desk.base import StepButton
from backoffice.desk.case_page import may_take, name_of
from deals.processing.kinds import APPROVE, TAKE_STEP
from refdata.processes.cases import OpenCase


@dataclass(frozen=True, slots=True)
class NamedButton(StepButton):
    """A step that its process names."""

    name: str = ""

    @property
    def title(self) -> Any:
        return self.name


def in_turn(buttons: Sequence[StepButton], case: OpenCase | None, user: User) -> list[StepButton]:
    """The buttons without those whose turn it is not; the step of a process bears its name, for who may take it."""
    if case is None or case.row.state != "OPEN":
        return [b for b in buttons if b.action != TAKE_STEP]
    step = case.next
    found = []
    for button in buttons:
        if button.action == APPROVE and step.key != APPROVE:
            continue
        if button.action == TAKE_STEP:
            if step.key == APPROVE or not may_take(case, user):
                continue
            button = NamedButton(
                button.action, button.url, True, True, seen=button.seen, name=name_of(step)
            )
        found.append(button)
    return sorted(found, key=lambda button: not button.primary)
