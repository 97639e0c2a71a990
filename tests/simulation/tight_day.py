"""A simulated day on which everybody is short: what is delivered has to come in first, and some bring nothing.

The market plays it as a process of its own. Nothing here is used by what-if, and nothing of what-if is used here.
"""

from __future__ import annotations

import csv
import os
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

from django.utils import timezone

from backoffice import demonstration
from backoffice.access.models import User
from backoffice.management.commands.simulate_day import Command
from backoffice.simulation import market, reconciling, trading
from backoffice.simulation.firm import (
    BANKS,
    CLIENTS,
    CURRENCY,
    DEPOSITORIES,
    Firm,
    counterparties_of,
    open_firm,
    write_market,
)
from backoffice.simulation.plan import Plan
from ledger.services import AccountKey, NewEntry, NewPosting, account_ids, post_entries
from ledger.state import AccountKind
from limits.models import Limit
from limits.state import LimitKind
from refdata.models import Asset, Party, Place
from refdata.selectors import forget_reference_data
from settlements.models import Settlement

LATE_CYCLE, MOST_CYCLES = 2, 20
ROOT = Path(__file__).parents[2]
# One of how many goes wrong; some of it is mended by the next cycle, some is not.
FAULTS = {
    "late-match": 50, "cent": 50, "wrong-ssi": 100, "closed-account": 100, "lost-file": 50,
    "duplicate-file": 50, "malformed": 50,
}  # fmt: skip


def faults_of(seed: int) -> str:
    """Whose turn it is to go wrong, by chance."""
    chance = random.Random(f"faults/{seed}")
    return ",".join(f"{name}={chance.randint(1, of)}/{of}" for name, of in FAULTS.items())


@dataclass(frozen=True)
class Day:
    """The day, its firm and its people; who brings nothing, and what a bank brings us late: where, and how much."""

    plan: Plan
    firm: Firm
    people: dict[str, User]
    silent: tuple[str, ...]
    late_at: str
    late_cash: Decimal


def open_day(seed: int, deals: int, folder: Path) -> Day:
    """A firm with limits that its deals go beyond, and too little of everything; its deals stand, to be released."""
    command = Command()
    options = {"day": None, "seed": seed, "deals": deals, "mistakes": "0%", "folder": folder}
    plan = command.plan(options)
    people = {each.username: each for each in User.objects.filter(username__in=demonstration.USERS)}
    firm = open_firm(plan, people, at=timezone.now())
    chance = random.Random(f"tight/{seed}")
    silent = tuple(
        chance.choice(counterparties_of(place)) for place in chance.sample(DEPOSITORIES, 3)
    )
    late_at = chance.choice([place for place in DEPOSITORIES if f"{place}-A" not in silent])
    day = Day(plan, firm, people, silent, late_at, Decimal(400_000))
    _set_limits(firm, chance)
    _make_tight(day, chance)
    command.stdout = open(os.devnull, "w", encoding="utf-8")  # type: ignore[assignment]  # noqa: SIM115
    now = timezone.now
    trading.capture(plan, firm, people["dealer"], clock=now)
    trading.follow()
    trading.agree(firm, people, clock=now)
    trading.follow()
    return day


def _set_limits(firm: Firm, chance: random.Random) -> None:
    for place in DEPOSITORIES:
        for code in counterparties_of(place):
            Limit.objects.create(
                entity=firm.entity, kind=LimitKind.COUNTERPARTY_PRESETTLEMENT, name=code, currency=CURRENCY,
                party=Party.objects.get(code=code), cap=Decimal(chance.randint(10_000, 120_000)),
            )  # fmt: skip
    forget_reference_data()


def _make_tight(day: Day, chance: random.Random) -> None:
    """Take from us what would be enough, in our books and in those of the market alike."""
    plan = day.plan
    write_market(plan)
    for name in ("out", "in"):
        (plan.folder / name).mkdir(parents=True, exist_ok=True)
    ours = (plan.code, *CLIENTS)
    taken: list[tuple[str, str, str, Decimal]] = []
    for place in DEPOSITORIES + BANKS:
        path = plan.market / f"{place}.balances.csv"
        with path.open(encoding="utf-8", newline="") as file:
            rows = [(r["party"], r["asset"], Decimal(r["quantity"])) for r in csv.DictReader(file)]
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(("party", "asset", "quantity", "cycle"))
            for party, asset, quantity in rows:
                left = quantity
                if party in day.silent:
                    left = Decimal(0)
                elif party in ours:
                    left = Decimal(chance.randint(0, 900))
                    left *= 3_000 if asset == CURRENCY else 1
                    left *= 10 if place in BANKS else 1
                    taken.append((party, place, asset, quantity - left))
                writer.writerow((party, asset, left, ""))
            if place == day.late_at:
                writer.writerow((plan.code, CURRENCY, day.late_cash, LATE_CYCLE))
    _post(day, taken)


def _post(day: Day, taken: list[tuple[str, str, str, Decimal]]) -> None:
    parties = dict(Party.objects.values_list("code", "id"))
    places = dict(Place.objects.values_list("code", "id"))
    assets = dict(Asset.objects.values_list("code", "id"))
    entity = day.firm.entity
    moves = []
    for party, place, asset, quantity in taken:
        kind = AccountKind.CASH if asset == CURRENCY else AccountKind.HOLDING
        keys = (
            AccountKey(entity.pk, AccountKind.OPENING.value, parties[party]),
            AccountKey(entity.pk, kind.value, parties[party], place_id=places[place]),
        )
        moves.append((*keys, assets[asset], quantity))
    accounts = account_ids({key for move in moves for key in move[:2]})
    postings = [
        NewPosting(accounts[debit], accounts[credit], asset, quantity)
        for debit, credit, asset, quantity in moves
    ]
    entry = NewEntry(
        entity_id=entity.pk, kind="tight", source_type="tight", source_id=entity.pk,
        effective_date=day.plan.before, postings=postings,
    )  # fmt: skip
    post_entries([entry], at=timezone.now())


def live_through(day: Day, *, faults: str = "") -> None:
    """Everything is released; runs let go what is covered, and the places play cycles until nothing moves any more."""
    plan, firm, people, now = day.plan, day.firm, day.people, timezone.now
    trading.release(plan, firm, people["checker"], clock=now)
    before, stood = (-1, -1), 0
    for number in range(MOST_CYCLES):
        sent = trading.send(plan, firm, people["clerk"], clock=now)
        trading.follow()
        _answered(day, number, faults, is_last=False)
        moved, before = (sent, len(failed(day))) != before, (sent, len(failed(day)))
        stood = 0 if moved else stood + 1
        if stood == 2 and number > LATE_CYCLE:
            break
    _answered(day, MOST_CYCLES, faults, is_last=True)


def _answered(day: Day, number: int, faults: str, *, is_last: bool) -> None:
    plan, now = day.plan, timezone.now
    market.hand_over(plan, now())
    at = plan.traded_at + timedelta(minutes=number)
    market.let_it_work(plan, at, is_last=is_last, script=faults)
    answers = list(market.answers(plan))
    reconciling.take(answers, day.people["clerk"], clock=now)
    for path in answers:
        path.unlink()
    trading.follow()


def failed(day: Day) -> set[int]:
    """What was due and has not settled."""
    rows = Settlement.objects.filter(entity=day.firm.entity, due_date__lte=day.plan.day)
    return set(rows.exclude(settlement="SETTLED").values_list("pk", flat=True))


def beyond(day: Day) -> set[int]:
    """The limits under which something is in excess."""
    rows = Limit.objects.filter(entity=day.firm.entity, excess__gt=0)
    return set(rows.values_list("pk", flat=True))


def whole_database() -> Iterator[tuple[str, str]]:
    """A hash of every row of every table, and of every sequence."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT format('%I.%I', n.nspname, c.relname), c.relkind FROM pg_class c"
            " JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind IN ('r', 'S')"
            " AND n.nspname NOT IN ('pg_catalog', 'information_schema') ORDER BY 1"
        )
        for name, kind in cursor.fetchall():
            what = "last_value::text" if kind == "S" else "t::text"
            cursor.execute(
                f"SELECT md5(coalesce(string_agg({what}, '|' ORDER BY {what}), '')) FROM {name} t"
            )
            yield name, cursor.fetchone()[0]
