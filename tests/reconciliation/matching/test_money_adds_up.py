"""What a bank has and what our books have differ by the breaks, and by nothing else, on every evening."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from random import Random
from typing import Any

import pytest

from backoffice.kernel.decimals import plain
from ledger.models import LedgerAccount
from ledger.selectors import balances
from reconciliation.matching.services import reconcile
from reconciliation.matching.standing import last_closings
from reconciliation.models import Match, StatementLine
from refdata.models import Asset, Entity
from tests.reconciliation.matching.stage import AT, DAY, booked, live, nostro, statement, told
from tests.sizes import EVENINGS, LIVES

pytestmark = pytest.mark.usefixtures("own_database")
D = Decimal
OPENING = D(20_000_000)  # what the demonstration's books have there


class Bank:
    """It has what we booked, mostly: some late, some without our reference, some a cent off, some never; and fees."""

    def __init__(self, seed: int) -> None:
        self.chance, self.balance = Random(seed), OPENING
        self.coming: list[tuple[int, str, str]] = []  # evening, amount, reference
        self.numbers = iter(range(1, 10**6))

    def hears(self, evening: int) -> None:
        """Of what is booked this day it will know this."""
        for _ in range(self.chance.randrange(5)):
            cents = self.chance.choice(
                (self.chance.randrange(-90_000, 90_000) or 1, 10_000, -10_000)
            )
            number, late = next(self.numbers), 0
            booked(plain(D(cents) / 100), source=("settlement", number), days=evening)
            reference, fate = f"S-{number}", self.chance.random()
            if fate < 0.08:
                continue
            if fate < 0.2:
                late = self.chance.randrange(1, 4)
                reference = self.chance.choice((reference, ""))
            elif fate < 0.3:
                reference = ""
            elif fate < 0.36:
                cents += 1
            if cents:
                self.coming.append((evening + late, plain(D(cents) / 100), reference))
        if self.chance.random() < 0.3:
            self.coming.append((evening, plain(-D(self.chance.randrange(1, 900)) / 100), "FEE"))

    def tells(self, evening: int) -> None:
        lines = [each for each in self.coming if each[0] == evening]
        opening = self.balance
        self.balance += sum((D(amount) for _evening, amount, _reference in lines), D(0))
        statement(
            [told(amount, reference, days=evening) for _evening, amount, reference in lines],
            day=DAY + timedelta(days=evening), opening=plain(opening), closing=plain(self.balance),
        )  # fmt: skip


@pytest.mark.parametrize("seed", range(LIVES))
def test_bank_and_books_differ_by_the_breaks_on_every_evening(seed: int) -> None:
    bank, entity = Bank(seed + 11), Entity.objects.get(code="RUS").pk
    rules: set[str] = set()
    for evening in range(EVENINGS):
        bank.hears(evening)
        bank.tells(evening)
        day = DAY + timedelta(days=evening)
        reconcile(entity_id=entity, day=day, at=AT + timedelta(days=evening))
        (standing,) = last_closings(entity_ids=[entity], before=day + timedelta(days=1))
        assert standing.theirs == bank.balance
        breaks = [each for each in live() if each.kind in ("BANK", "BOOKS", "AMOUNT")]
        differs = sum((each.theirs - each.ours for each in breaks), D(0))
        assert standing.difference == differs, f"evening {evening}"
        assert standing.ours == ours(day)
        rules |= set(Match.objects.values_list("rule", flat=True))
    assert {"REFERENCE", "DAY", "WINDOW"} <= rules
    assert breaks
    every_line_once()


def ours(day: Any) -> Decimal:
    account = nostro()
    ids = LedgerAccount.objects.filter(
        entity=account.entity, kind="CASH", owner=account.owner, place=account.place
    ).values_list("pk", flat=True)
    asset = Asset.objects.get(code=account.currency).pk
    return sum(
        (b.amount for b in balances(as_of=day, account_ids=list(ids)) if b.asset_id == asset), D(0)
    )


def every_line_once() -> None:
    """It is matched, or it has a break, and never both."""
    matched = set(
        Match.objects.filter(undone_at=None, line__isnull=False).values_list("line_id", flat=True)
    )
    broken = {each.line_id for each in live() if each.line_id}
    assert matched | broken == set(StatementLine.objects.values_list("pk", flat=True))
    assert not matched & broken
