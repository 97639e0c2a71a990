"""The buttons of a party's file whose process asks for more: only that of the step whose turn it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from backoffice.access.models import User
from backoffice.desk import deal_process
from backoffice.desk.base import StepButton
from onboarding.processing.kinds import TAKE_STEP
from refdata.processes.cases import OpenCase


def in_turn(buttons: Sequence[StepButton], case: OpenCase | None, user: User) -> list[StepButton]:
    """The buttons without those whose turn it is not; what leads on comes first."""
    found = deal_process.in_turn(buttons, case, user)
    primary = next((b for b in found if b.primary), next(iter(found), None))
    forward = primary is not None and primary.action in ("submit", "approve", TAKE_STEP)
    return [replace(b, primary=forward and b is primary) for b in found]
