"""What a version of a process would have stopped of the last month, as its pages say it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.utils.translation import get_language

from backoffice.access.models import User
from backoffice.workflow.processes.definition import Process, ProcessStep, Reaction
from deals.processing.kinds import CONFIRM_DEAL
from deals.processing.trying import past_deals
from deals.repairing.processing import REPAIR_INBOUND
from deals.repairing.trying import past_repairs
from ledger.day_processing import CLOSE_DAY
from ledger.day_trying import past_days
from onboarding.processing.kinds import ONBOARD
from onboarding.processing.reacting import past_files
from refdata.processes.trying import PastCase, Tried, tried
from settlements.fails.processing.kinds import CHASE_FAIL
from settlements.fails.processing.reacting import past_fails
from settlements.purchases.processing.kinds import BUY_FROM_INDIVIDUAL
from settlements.purchases.processing.trying import past_purchases

DAYS = 31
LISTED = 50  # stopped cases that a page names
Past = Callable[..., list[PastCase]]
TRIES: Mapping[str, tuple[Past, str]] = {
    CONFIRM_DEAL.name: (past_deals, "deal"), CHASE_FAIL.name: (past_fails, "settlement"),
    BUY_FROM_INDIVIDUAL.name: (past_purchases, "purchase"),
    REPAIR_INBOUND.name: (past_repairs, "inbound"), CLOSE_DAY.name: (past_days, "businessday"),
    ONBOARD.name: (past_files, "partyfile"),
}  # fmt: skip


class StoppedCase(NamedTuple):
    id: int
    amount: str
    names: str
    was: bool


class ShownTry(NamedTuple):
    """`subject` is what its cases are, as references are written."""

    found: Tried
    subject: str
    stopped: list[StoppedCase]
    takes_steps: bool
    reacts: bool
    days: int = DAYS

    @property
    def all_stopped(self) -> int:
        return len(self.found.stopped)


def past_of(name: str, user: User, at: datetime) -> list[PastCase]:
    """The cases of the last month that a process is tried on; none where it cannot be tried."""
    if name not in TRIES:
        return []
    past, _subject = TRIES[name]
    return past(visible_to=user, since=at - timedelta(days=DAYS), until=at)


def try_version(process: Process, user: User, at: datetime) -> tuple[Process, Tried]:
    return process, tried(process, past_of(type(process).kind.name, user, at))


def shown_of(answer: tuple[Process, Tried]) -> ShownTry:
    process, found = answer
    language = get_language() or "en"
    both: list[ProcessStep | Reaction] = [*process.steps, *process.reactions]
    names = {each.key: each.name.inside(language) for each in both}
    stopped = [
        StoppedCase(
            each.subject_id, each.case.facts.get("amount", ""),
            ", ".join(names[key] for key in each.keys), each.was,
        )
        for each in found.stopped[:LISTED]
    ]  # fmt: skip
    kind: Any = type(process).kind
    return ShownTry(found, TRIES[kind.name][1], stopped, kind.takes_steps, kind.reacts)
