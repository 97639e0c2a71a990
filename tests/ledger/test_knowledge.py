"""As of, as known at: any history of entries, reversals, folds and marks reads like a plain replay."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from backoffice.events.models import Watermark
from backoffice.events.selectors import KnownAt, known_at, known_now
from ledger.folding import fold_postings
from ledger.selectors import FAR, balances, balances_query, prove_movements, trial_balance
from ledger.services import (
    AccountKey,
    AlreadyReversed,
    NewEntry,
    NewPosting,
    account_ids,
    post_entries,
    reverse_entries,
)
from refdata.models import Asset, Entity, Party
from tests.following import until_known
from tests.sizes import SOAK

pytestmark = pytest.mark.usefixtures("own_database")
STEPS = 300 if SOAK else 40
FIRST = date(2026, 1, 1)

Line = tuple[date, int, int, Decimal]  # effective date, account, asset, signed amount


@dataclass
class Replay:
    """Every line that was written, in order: what the books must say, summed the plain way."""

    lines: list[Line] = field(default_factory=list)
    moments: list[tuple[KnownAt, int]] = field(default_factory=list)  # knowledge, lines by then

    def sums(self, as_of: date, until: int) -> dict[tuple[int, int], Decimal]:
        found: defaultdict[tuple[int, int], Decimal] = defaultdict(Decimal)
        for effective_date, account, asset, amount in self.lines[:until]:
            if effective_date <= as_of:
                found[account, asset] += amount
        return {key: amount for key, amount in found.items() if amount}


@pytest.fixture
def accounts() -> list[int]:
    entity, party = Entity.objects.get(code="RUS"), Party.objects.get(code="CL-ANNA")
    others = list(Party.objects.order_by("id")[:6])
    keys = [AccountKey(entity.pk, "SETTLEMENT", party.pk, counterparty_id=p.pk) for p in others]
    return sorted(account_ids(keys).values())


def lines_of(entry: NewEntry, sign: int = 1) -> Iterator[Line]:
    for debit, credit, asset, quantity in entry.postings:
        yield entry.effective_date, debit, asset, sign * quantity
        yield entry.effective_date, credit, asset, -sign * quantity


def a_mark_of(days_ago: int) -> KnownAt:
    """A watermark over everything written by now, as if it had been set some days ago."""
    until_known()
    at = timezone.now() - timedelta(days=days_ago)
    last = Watermark.objects.order_by("-horizon")[0]
    Watermark.objects.create(at=at, number=last.number, horizon=last.horizon)
    return known_at(at)


class TestKnowledge:
    def a_random_entry(self, chance: random.Random, accounts: list[int], number: int) -> NewEntry:
        rows = Asset.objects.filter(code__in=("RUB", "RU0009029540"))
        assets = list(rows.values_list("pk", flat=True))
        postings = []
        for _ in range(chance.randint(1, 4)):
            debit, credit = chance.sample(accounts, 2)
            quantity = Decimal(chance.randint(1, 10**9)).scaleb(-chance.choice([0, 2, 8]))
            postings.append(NewPosting(debit, credit, chance.choice(assets), quantity))
        return NewEntry(
            entity_id=Entity.objects.get(code="RUS").pk, kind="test", source_type="test",
            source_id=number, effective_date=FIRST + timedelta(days=chance.randint(0, 30)),
            postings=postings,
        )  # fmt: skip

    def mark(self, replay: Replay) -> None:
        until_known()
        mark = Watermark.objects.order_by("-id")[0]
        replay.moments.append((known_at(mark.at), len(replay.lines)))

    @pytest.mark.parametrize("seed", range(4))
    def test_every_moment_and_every_date_read_like_the_replay(
        self, accounts: list[int], seed: int
    ) -> None:
        chance, replay = random.Random(seed), Replay()
        written: dict[int, NewEntry] = {}
        for number in range(STEPS):
            step = chance.random()
            if step < 0.55 or not written:
                entry = self.a_random_entry(chance, accounts, number)
                (id,) = post_entries([entry], at=timezone.now())
                written[id] = entry
                replay.lines += lines_of(entry)
            elif step < 0.75:
                id = chance.choice(sorted(written))
                entry = written.pop(id)
                reverse_entries(reasons={id: "wrong"}, actor_id=None, at=timezone.now())
                replay.lines += lines_of(entry, -1)
                with pytest.raises(AlreadyReversed):
                    reverse_entries(reasons={id: "again"}, actor_id=None, at=timezone.now())
            elif step < 0.9:
                self.mark(replay)
            else:
                fold_postings()
        self.mark(replay)
        fold_postings()
        self.compare(accounts, replay)
        assert prove_movements() == []

    def compare(self, accounts: list[int], replay: Replay) -> None:
        for known, until in replay.moments:
            for as_of in (FIRST, FIRST + timedelta(days=9), FIRST + timedelta(days=60)):
                rows = balances(as_of=as_of, known=known, account_ids=accounts)
                found = {(row.account_id, row.asset_id): row.amount for row in rows}
                assert found == replay.sums(as_of, until), (known, as_of)

    def test_a_fold_before_the_query_runs_counts_nothing_twice(self, accounts: list[int]) -> None:
        """A report builds the query first and reads with it later; the fold may come between."""
        entry, replay = self.a_random_entry(random.Random(5), accounts, 1), Replay()
        post_entries([entry], at=timezone.now())
        replay.lines += lines_of(entry)
        sql, facts = balances_query(as_of=FAR, known=known_now(), account_ids=accounts)
        until_known()
        fold_postings()
        with connection.cursor() as cursor:
            cursor.execute(sql, facts)
            found = {(account, asset): amount for account, asset, amount in cursor.fetchall()}
        assert found == replay.sums(FAR, len(replay.lines))

    def test_the_trial_balance_sums_to_zero_in_each_asset(self, accounts: list[int]) -> None:
        chance = random.Random(99)
        entries = [self.a_random_entry(chance, accounts, number) for number in range(50)]
        post_entries(entries, at=timezone.now())
        sums: defaultdict[str, Decimal] = defaultdict(Decimal)
        for line in trial_balance():
            sums[line.asset] += line.amount
        assert len(sums) > 2
        assert set(sums.values()) == {Decimal(0)}

    def test_marks_of_several_days_are_read_day_by_day(self, accounts: list[int]) -> None:
        """Three days of knowledge: the middle day's last mark reads folded and unfolded alike."""
        chance, replay = random.Random(7), Replay()
        for days_ago in (2, 1, 0):
            for number in range(5):
                entry = self.a_random_entry(chance, accounts, 100 * days_ago + number)
                post_entries([entry], at=timezone.now())
                replay.lines += lines_of(entry)
                replay.moments.append((a_mark_of(days_ago), len(replay.lines)))
        self.compare(accounts, replay)
        fold_postings()
        self.compare(accounts, replay)
        assert prove_movements() == []


def test_an_entry_of_nothing_known_is_not_in_the_api(api: Any) -> None:
    answer = api("accountant").get("/ledger/trial-balance/", known_at="2020-01-01T00:00:00Z")
    assert (answer.status_code, answer.json()["code"]) == (422, "nothing-known-then")
