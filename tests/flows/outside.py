"""A day of the generated market as settlements of ours at an outside place, and that place as a process."""

from __future__ import annotations

import csv
import os
import shutil
import subprocess
import sys
from datetime import date
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import connection
from django.db.models import Sum
from django.utils import timezone

from backoffice.access.models import User
from backoffice.connectors.tasks import exchange_files, exchange_folder
from ledger.services import AccountKey, NewEntry, NewPosting, account_ids, post_entries
from refdata.models import Asset, Entity, Party, Place, StandingInstruction
from settlements.models import Settlement, SettlementRun
from settlements.running.services import request_run, work_on_run
from tests.flows.queue import SHARES
from tests.following import follow_events
from tests.settlements.releasing.market import OURS, Day
from tests.sizes import PATIENCE_SECONDS

ROOT = Path(__file__).parents[2]


class OutsideDay:
    """What we hold at a place of its own and want to settle there; its own books are a file beside."""

    def __init__(self, number: int, day: Day, folder: Path) -> None:
        self.number, self.day, self.folder = number, day, folder
        self.due = (
            timezone.now().astimezone(ZoneInfo("Europe/Moscow")).date()
        )  # what is final, is so today
        self.entity = Entity.objects.get(code="RUS")
        self.own: Party = self.entity.own_party
        like = Place.objects.get(code="NSD")
        self.place = Place.objects.create(
            code=f"DEPO{number}", name="Played", finality="EXTERNAL", calendar=like.calendar,
            matching=like.matching,
        )  # fmt: skip
        self.codes = {f"SEC-{n}": code for n, code in enumerate(SHARES)} | {"RUB": "RUB"}
        self.assets = {name: Asset.objects.get(code=code) for name, code in self.codes.items()}
        names = sorted({each.counterparty for each in day.wanted.values()})
        self.parties = {name: self._party(name) for name in names}
        self._open()
        self.rows = [self._put(n, reference) for n, reference in enumerate(day.wanted)]

    def _party(self, name: str) -> tuple[Party, StandingInstruction]:
        code = f"D{self.number}-{name}"
        party = Party.objects.create(code=code, name=code, roles=["COUNTERPARTY"])
        ssi = StandingInstruction.objects.create(
            party=party, place=self.place, depository_account=code, cash_account=code,
            valid_from=date(2020, 1, 1), status="APPROVED",
            proposed_by=User.objects.get(username="admin"),
            approved_by=User.objects.get(username="manager"),
        )  # fmt: skip
        return party, ssi

    def _open(self) -> None:
        """Our balances in our books, everybody's in the place's file."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / "balances.csv").open("w", newline="") as file:
            write = csv.writer(file).writerow
            write(["party", "asset", "quantity", "cycle"])
            for cycle, balances in [(0, self.day.books.balances), *self.day.books.coming.items()]:
                for account, quantity in balances.items():
                    party = self.own.code
                    if account.party != OURS:
                        party = self.parties[account.party][0].code
                    write([party, self.codes[account.asset], quantity, cycle])
        postings = []
        for account, quantity in self.day.books.balances.items():
            if account.party == OURS and quantity:
                kind = "CASH" if account.asset == "RUB" else "HOLDING"
                keys = [AccountKey(self.entity.pk, kind, self.own.pk, place_id=self.place.pk),
                        AccountKey(self.entity.pk, "OPENING", self.own.pk)]  # fmt: skip
                ids = account_ids(keys)
                postings.append(
                    NewPosting(ids[keys[0]], ids[keys[1]], self.assets[account.asset].pk, quantity)
                )
        entry = NewEntry(
            entity_id=self.entity.pk, kind="opening", source_type="outside", source_id=self.number,
            effective_date=date(2026, 1, 1), postings=postings,
        )  # fmt: skip
        post_entries([entry], at=timezone.now())

    def _put(self, n: int, reference: str) -> Settlement:
        each = self.day.wanted[reference]
        party, ssi = self.parties[each.counterparty]
        return Settlement.objects.create(
            entity=self.entity, owner=self.own, counterparty=party, source_type="test",
            source_id=10**6 * (self.number + 1) + n, place=self.place, ssi=ssi, method="DVP",
            delivers=each.delivers, asset=self.assets[each.asset], quantity=each.left,
            money_asset=self.assets["RUB"], amount=each.amount_left, due_date=self.due, approval="APPROVED",
        )  # fmt: skip

    def cycle(self, *, is_last: bool) -> SettlementRun:
        """A run that releases, then a cycle of the place, which is a process that has no database."""
        run = request_run(
            business_date=self.due, objective="VALUE", mode="RELEASE", is_last=is_last,
            entity_id=self.entity.pk, actor=None, at=timezone.now(),
        )  # fmt: skip
        work_on_run(run.pk, at=timezone.now())
        follow_events()
        exchange_files()
        self.let_the_place_work(is_last=is_last)
        exchange_files()
        follow_events()
        run.refresh_from_db()
        return run

    def let_the_place_work(self, *, is_last: bool) -> None:
        """A cycle of this place alone: those of other days are over."""
        market = exchange_folder() / "market"
        shutil.rmtree(market, ignore_errors=True)
        market.mkdir(parents=True)
        shutil.copy(self.folder / "balances.csv", market / f"{self.place.code}.balances.csv")
        command = [sys.executable, "manage.py", "simulate_market", str(exchange_folder())]
        environment = os.environ | {
            "VAR_DIR": str(settings.VAR_DIR), "DEPLOYMENT": "demonstration",
            "DATABASE_URL": "postgres://nobody@127.0.0.1:1/none",
        }  # fmt: skip
        subprocess.run(
            command + ["--last"] * is_last, cwd=ROOT, env=environment, check=True,
            capture_output=True, timeout=max(60.0, PATIENCE_SECONDS),
        )  # fmt: skip

    def settled(self) -> Decimal:
        rows = Settlement.objects.filter(place=self.place, settlement="SETTLED")
        return rows.aggregate(value=Sum("amount"))["value"] or Decimal(0)

    def is_covered(self) -> bool:
        """Whether what is sent and not final is covered by what we have at the place."""
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT CASE WHEN delivers THEN asset_id ELSE money_asset_id END,"
                " sum(CASE WHEN delivers THEN quantity ELSE amount END) FROM settlements_settlement"
                " WHERE place_id = %s AND transmission <> 'NONE' AND settlement <> 'SETTLED' GROUP BY 1",
                [self.place.pk],
            )
            under_way = dict(cursor.fetchall())
        have = {asset: self.booked(asset) for asset in under_way}
        return all(amount <= have[asset] for asset, amount in under_way.items())

    def booked(self, asset_id: int) -> Decimal:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT coalesce(sum(CASE WHEN p.debit_account_id = a.id THEN p.quantity ELSE -p.quantity END), 0)"
                " FROM ledger_ledgeraccount a"
                " JOIN ledger_posting p ON a.id IN (p.debit_account_id, p.credit_account_id)"
                " WHERE a.place_id = %s AND a.owner_id = %s AND a.kind IN ('HOLDING', 'CASH') AND p.asset_id = %s",
                [self.place.pk, self.own.pk, asset_id],
            )
            (found,) = cursor.fetchone()
        return Decimal(found)
