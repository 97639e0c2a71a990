"""What each step of the night does. Every function looks once and says whether its step is done.

What a step has asked for (a run, a report) is noted with the asking, in one transaction: a second
look finds it and waits, it never asks twice.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import connection, transaction

from backoffice.events.selectors import KnownAt, known_covering
from backoffice.events.sequencer import sequence_events
from backoffice.kernel.decimals import plain
from backoffice.kernel.errors import Conflict
from backoffice.kernel.i18n import gettext_noop
from backoffice.night_points import found_points
from deals.exposing import recomputing as deal_exposures
from deals.exposing.losses import revalue_losses
from deals.exposing.totals import revalue_totals
from deals.services import close_deals as close_settled_deals
from ledger.days import cut_off_day, seal_day
from ledger.models import BusinessDay, Night, NightStep
from ledger.nights import note_step
from ledger.points import list_points
from ledger.state import DayState
from ledger.valuing import value_positions
from refdata.quotes import in_words
from reporting.models import ReportRun
from reporting.services import request_report
from settlements import exposures
from settlements.clearing.exposing import recompute_nets
from settlements.models import SettlementRun
from settlements.running.services import request_run
from settlements.selectors import deals_final_by
from settlements.services import fail_overdue_settlements

CHUNK = 5_000
LIST_AGAIN_AFTER = timedelta(minutes=1)  # open points are listed anew that often while FINAL waits


class RunBroke(Conflict):
    code = "run-of-night-broke"
    title = gettext_noop("A run that the night asked for was broken off")
    detail = gettext_noop("%(run)s: %(error)s")
    hint = gettext_noop("Mend what it says, then restart the step: it asks for a new run.")


@dataclass(frozen=True, slots=True)
class Look:
    """One look of a worker at a step: the step, its night and day, and when."""

    step: NightStep
    night: Night
    day: BusinessDay
    at: datetime

    def note(self, *lines: str, **facts: object) -> None:
        note_step(self.step, lines=[f"{self.at:%H:%M:%S} {line}" for line in lines], facts=facts)


def cut_off(look: Look) -> bool:
    """End ordinary business of the day and open the next one."""
    following = cut_off_day(day_id=look.day.pk, at=look.at)
    look.note(f"{look.day.day} is closing; {following.day} is open.", next=str(following.day))
    return True


def last_run(look: Look) -> bool:
    """One more settlement run for everything due by the day."""
    if "run" not in look.step.facts:
        with transaction.atomic():
            run = request_run(
                business_date=look.day.day, entity_id=look.day.entity_id,
                actor=None, at=look.at,
            )  # fmt: skip
            look.note(f"Asked for run {run}.", run=run.pk)
        return False
    run = SettlementRun.objects.get(pk=look.step.facts["run"])
    if run.state == "FAILED":
        look.note(f"Run {run} was broken off.")
        forget(look, "run")
        raise RunBroke(run=str(run), error=run.error)
    if run.state != "COMPLETED":
        return False
    look.note(
        f"Run {run}: {run.settled} settled, {run.sent} sent, {run.left_out} left out.",
        settled=run.settled, sent=run.sent, left_out=run.left_out,
    )  # fmt: skip
    return True


def forget(look: Look, name: str) -> None:
    """What broke is asked for anew when the step is restarted."""
    look.step.facts.pop(name, None)
    NightStep.objects.filter(pk=look.step.pk).update(facts=look.step.facts)


def fails(look: Look) -> bool:
    """What was due and agreed by the end of the day and is not settled is failing from now on."""
    failed = look.step.facts.get("failed", 0)
    while chunk := fail_overdue_settlements(
        entity_id=look.day.entity_id, day=look.day.day, at=look.at, limit=CHUNK
    ):
        failed += chunk
        look.note(failed=failed)
    look.note(f"{failed} settlements are failing since tonight.", failed=failed)
    return True


def valuation(look: Look) -> bool:
    """Value every position by the prices and rates stored by now."""
    known = known_since_start(look)
    if known is None:
        return False
    found = value_positions(look.night, known=known, at=look.at)
    look.note(
        f"{found.positions} positions, {found.unpriced} without a price, {found.stale} at a stale one,"
        f" {plain(found.total)} {look.day.entity.base_currency}; watermark {known.number}.",
        positions=found.positions, unpriced=found.unpriced, stale=found.stale, total=plain(found.total),
        watermark=known.number, horizon=known.horizon,
    )  # fmt: skip
    return True


def known_since_start(look: Look) -> KnownAt | None:
    """A watermark that covers everything committed before this step began; None: not yet."""
    attempt, began = look.step.facts.get("began", (0, 0))
    if attempt != look.step.attempts:
        with connection.cursor() as cursor:
            cursor.execute("SELECT tx_now()")
            began = cursor.fetchone()[0]
        look.note(began=[look.step.attempts, began])
    sequence_events()
    return known_covering(began)


def limits(look: Look) -> bool:
    """Work out anew what every limit should be used with, at the prices and rates of the day."""
    found = deal_exposures.recompute_exposures(business_date=look.day.day, at=look.at)
    found.add(exposures.recompute_exposures(business_date=look.day.day, at=look.at))
    found.add(recompute_nets(business_date=look.day.day, at=look.at))
    found.add(revalue_losses(business_date=look.day.day, at=look.at))
    found.add(revalue_totals(business_date=look.day.day, at=look.at, all_deals=True))
    look.note(
        f"{found.checked} exposures, {found.changed} changed, {found.alarms} wrong without a cause.",
        *(f"stale: {words}" for words in in_words(found.stale)),
        checked=found.checked, changed=found.changed, alarms=found.alarms, stale=len(found.stale),
    )  # fmt: skip
    return True


def open_points(look: Look) -> bool:
    """List what is open at the close, with its effect in money."""
    found = list(found_points(look.day))
    count = list_points(look.day, found, at=look.at)
    look.note(f"{count} open points.", open=count)
    return True


def explained(look: Look) -> bool:
    """Wait for the day's statements, then until every open point is explained or gone."""
    if look.day.final_from_at and look.at < look.day.final_from_at:
        return False
    listed = look.step.facts.get("listed_at")
    is_due = not listed or look.at - datetime.fromisoformat(listed) >= LIST_AGAIN_AFTER
    waiting = look.day.open_points.filter(state="OPEN").exists()
    if waiting and not is_due:
        return False
    if list_points(look.day, list(found_points(look.day)), at=look.at):
        look.note(listed_at=look.at.isoformat())
        return False
    count = look.day.open_points.filter(state="EXPLAINED").count()
    look.note(f"Nothing is open; {count} points stand explained.", explained=count)
    return True


# Reports by name, each with what it is asked for a period; a day is one that begins and ends with it.
Asked = Mapping[str, Callable[[date, date], dict[str, str]]]


def over(what: str) -> Callable[[date, date], dict[str, str]]:
    return lambda first, last: {
        f"{what}_from": first.isoformat(),
        f"{what}_until": last.isoformat(),
    }


def at_the_end(first: date, last: date) -> dict[str, str]:
    return {"business_date": last.isoformat()}


def _of_its_month(first: date, last: date) -> dict[str, str]:
    return over("seen")(last.replace(day=1), last)


REPORTS: Asked = {
    "settlement-and-positions": at_the_end, "segregation": at_the_end, "realised-result": over("realised"),
    "balance-sheet": at_the_end, "result-attribution": over("earned"), "turnover-sheet": over("moved"),
    "general-journal": over("effective"), "fails": over("counted"), "limit-journal": over("happened"),
    "overview": _of_its_month,
}  # fmt: skip


def reports(look: Look) -> bool:
    """The reports of the day, in the stage of the night."""
    return reports_done(look, REPORTS, look.day.day, look.day.day)


def reports_done(look: Look, wanted: Asked, first: date, last: date) -> bool:
    """Ask for reports of a period, once; whether all of them are computed."""
    asked: dict[str, int] = look.step.facts.get("reports", {})
    if not asked:
        _know_how_much_there_is()
        with transaction.atomic():
            asked = {name: _ask_for(name, say(first, last), look) for name, say in wanted.items()}
            look.note(reports=asked)
    runs = list(ReportRun.objects.filter(pk__in=asked.values()).order_by("pk"))
    for run in runs:
        if run.state == "FAILED":
            forget(look, "reports")
            raise RunBroke(run=str(run), error=run.error)
    if any(run.state != "COMPLETED" for run in runs):
        return False
    look.note(*(f"{run.report} {run}: {run.row_count} rows, {run.sha256}." for run in runs))
    return True


# What reports read most of, and a day adds most to. After a day that was loaded at once the database still plans as if
# there were next to nothing, until it looks by itself: a report of a second may take minutes then.
_GROWING = (
    "events_event", "deals_deal", "deals_dealversion", "settlements_settlement", "ledger_journalentry",
    "ledger_lotchange",
)  # fmt: skip


def _know_how_much_there_is() -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"ANALYZE {', '.join(_GROWING)}")


def _ask_for(name: str, given: dict[str, str], look: Look) -> int:
    run = request_report(
        name=name, parameters=given, actor=None, at=look.at,
        entity_id=look.day.entity_id, stage=look.night.stage, occasion=f"night {look.night.pk}, {name}",
    )  # fmt: skip
    return run.pk


def seal(look: Look) -> bool:
    """Close the books of the day for good, under the last numbered event and its hash."""
    sequence_events()
    day = seal_day(day_id=look.day.pk, at=look.at)
    look.note(f"Sealed at event {day.sealed_number}, {day.sealed_hash}.", number=day.sealed_number)
    return True


def signed_off(look: Look) -> bool:
    """Wait for the person who signs the day off."""
    return look.day.state == DayState.SIGNED_OFF


def close_deals(look: Look) -> bool:
    """Deals whose last settlement was final by the day are closed with it."""
    closed = look.step.facts.get("closed", 0)
    for ids in deals_final_by(entity_id=look.day.entity_id, day=look.day.day, size=CHUNK):
        closed += len(close_settled_deals(ids=ids, at=look.at).done)
        look.note(closed=closed)
    look.note(f"{closed} deals are closed.", closed=closed)
    return True
