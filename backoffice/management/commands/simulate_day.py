"""`manage.py simulate_day --seed 7 --deals 10000 --mistakes 2%`: a whole day through files, with mistakes in them.

Deals are captured, confirmed, prepared, released and sent; the market answers as a process of its own; another one
plants mistakes in its statements and lists them apart; the files are taken in and reconciled. Then, and only then,
the list is read: every mistake has to be found, and nothing else. Running again adds nothing.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from backoffice import demonstration
from backoffice.access.models import User
from backoffice.demonstration.day import last_sessions
from backoffice.simulation import market, reconciling, trading
from backoffice.simulation.firm import Firm, open_firm
from backoffice.simulation.judging import Verdict, as_table, judge
from backoffice.simulation.plan import Plan
from refdata.firm_days import firm_day
from refdata.selectors import reference_data

SESSIONS = 30  # of which a day may be chosen
BANK_DAYS = "RU"  # the calendar of the simulated places


def share_of(text: str) -> Decimal:
    """`2%` or `0.02`."""
    try:
        number = Decimal(text.removesuffix("%"))
    except InvalidOperation:
        raise CommandError(f"{text} is no share of lines") from None
    return number / 100 if text.endswith("%") else number


class Command(BaseCommand):
    help = "Simulates a day through files, plants mistakes in them, and tells which were found."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--seed", type=int, default=7)
        parser.add_argument("--deals", type=int, default=1_000)
        parser.add_argument("--mistakes", default="2%", help="of the lines of statements")
        parser.add_argument(
            "--day", type=date.fromisoformat, help="a session; the last one by default"
        )
        parser.add_argument("--folder", type=Path, help="of its files; in VAR_DIR by default")

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMONSTRATION:
            raise CommandError("Only with DEPLOYMENT=demonstration: it makes a firm of its own.")
        people = {
            user.username: user for user in User.objects.filter(username__in=demonstration.USERS)
        }
        if len(people) < len(demonstration.USERS):
            raise CommandError("The demonstration is not loaded: manage.py load_demonstration.")
        plan = self.plan(options)
        try:
            verdict = self.simulate(plan, people)
        except trading.Stuck as stuck:
            raise CommandError(str(stuck)) from None
        as_table(verdict, self.stdout.write)
        if not verdict.is_good:
            raise SystemExit(1)

    def plan(self, options: dict[str, Any]) -> Plan:
        now = timezone.now()
        sessions = [day for day in last_sessions(now, SESSIONS) if day < firm_day(now)]
        day = options["day"] or sessions[0]
        if day not in sessions[:-1]:
            raise CommandError(
                f"{day} is none of the last {len(sessions) - 1} sessions that are over."
            )
        before = sessions[sessions.index(day) + 1]
        banks = reference_data().calendars[BANK_DAYS]
        between = (before + timedelta(days=n) for n in range(1, (day - before).days))
        folder = Path(options["folder"] or Path(settings.VAR_DIR) / "simulation").resolve()
        return Plan(
            day, before, tuple(each for each in between if banks.is_business_day(each)), options["seed"],
            options["deals"], share_of(options["mistakes"]), folder,
        )  # fmt: skip

    def simulate(self, plan: Plan, people: dict[str, User]) -> Verdict:
        """Every stage of the day; each takes up what is left of it."""
        now, clerk = timezone.now, people["clerk"]
        with self.stage("the firm and its market open"):
            firm = open_firm(plan, people, at=now())
            market.open_market(plan)
            reconciling.take(market.statements_before(plan), clerk, clock=now)
        self.trade(plan, firm, people)
        with self.stage("the market settles and answers") as told:
            market.hand_over(plan, now())
            market.let_it_work(plan, plan.traded_at)
            told["files"] = len(reconciling.take(market.answers(plan), clerk, clock=now))
        with self.stage("what was settled is followed"):
            trading.follow()
        with self.stage("the market closes, mistakes are planted"):
            market.let_it_work(plan, plan.closed_at, is_last=True)
            market.plant_mistakes(plan)
        with self.stage("the files of the day are taken in") as told:
            paths = market.files_of_the_day(plan)
            rows = list(zip(paths, reconciling.take(paths, clerk, clock=now), strict=True))
            told |= {"files": len(rows), "lines": sum(row.lines for _, row in rows)}
        with self.stage("everything is reconciled") as told:
            reconciling.reconcile_day(plan, firm, clock=now)
            told["matches"] = reconciling.matched(firm)
        differences = reconciling.differences(firm)
        mistakes = [json.loads(line) for line in plan.mistakes.read_text("utf-8").splitlines()]
        return judge(mistakes, differences, reconciling.taken(rows))

    def trade(self, plan: Plan, firm: Firm, people: dict[str, User]) -> None:
        now = timezone.now
        with self.stage("deals are captured") as told:
            told["deals"] = trading.capture(plan, firm, people["dealer"], clock=now)
        with self.stage("events are followed"):
            trading.follow()
        with self.stage("deals are confirmed and approved") as told:
            told["deals"] = trading.agree(firm, people, clock=now)
        with self.stage("settlements are prepared"):
            trading.follow()
        with self.stage("settlements are released") as told:
            told["settlements"] = trading.release(plan, firm, people["checker"], clock=now)
        with self.stage("settlements are sent") as told:
            told["settlements"] = trading.send(plan, firm, people["clerk"], clock=now)
            trading.follow()

    @contextmanager
    def stage(self, name: str) -> Iterator[dict[str, int]]:
        """Say how long it took, and how many of what it worked on."""
        started = time.monotonic()
        told: dict[str, int] = {}
        yield told
        counts = ", ".join(f"{count} {what}" for what, count in told.items())
        self.stdout.write(f"{time.monotonic() - started:8.1f} s  {name}{counts and ': '}{counts}")
