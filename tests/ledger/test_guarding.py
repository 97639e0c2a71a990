"""Nobody below zero at a place: the database refuses it, whoever posts and however many at once."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import count

import psycopg2
import pytest
from django.db import DatabaseError, connection, connections, transaction
from django.utils import timezone

from ledger.folding import fold_postings
from ledger.guarding import SQLSTATE, WouldBeNegative, least_from
from ledger.models import LedgerAccount
from ledger.selectors import balances
from ledger.services import (
    AccountKey,
    NewEntry,
    NewPosting,
    account_ids,
    post_entries,
    prepare_months,
    reverse_entries,
)
from refdata.models import Asset, Entity, Party, Place
from tests.following import until_known
from tests.sizes import PATIENCE_SECONDS

MONDAY, TUESDAY, WEDNESDAY = (date(2026, 11, day) for day in (23, 24, 25))
ANNA, BORIS, BANK = "CL-ANNA", "CL-BORIS", "999900DEMOBANKONE097"
_numbers = count(1)


@dataclass
class Books:
    """Accounts at one place in one share that nobody holds yet, and at its side where it comes from."""

    entity: Entity
    place: Place
    share: Asset
    money: Asset

    def account(self, owner: str, kind: str = "HOLDING") -> int:
        party = self.entity.own_party if owner == "OWN" else Party.objects.get(code=owner)
        place_id = self.place.pk if kind in ("HOLDING", "CASH") else None
        key = AccountKey(self.entity.pk, kind, party.pk, place_id=place_id)
        return account_ids([key])[key]

    def gives(self, giver: str, taker: str, quantity: int) -> NewPosting:
        return NewPosting(
            self.account(taker), self.account(giver), self.share.pk, Decimal(quantity)
        )

    def brings_in(self, owner: str, quantity: int) -> NewPosting:
        opening = self.account(owner, "OPENING")
        return NewPosting(self.account(owner), opening, self.share.pk, Decimal(quantity))

    def held(self, owner: str) -> Decimal:
        rows = balances(account_ids=[self.account(owner)])
        return sum((row.amount for row in rows if row.asset_id == self.share.pk), Decimal(0))

    def post(self, *postings: NewPosting, on: date = TUESDAY) -> int:
        entry = NewEntry(
            entity_id=self.entity.pk, kind="test", source_type="guard", source_id=next(_numbers),
            effective_date=on, postings=postings,
        )  # fmt: skip
        return post_entries([entry], at=timezone.now())[0]


def books_now() -> Books:
    entity = Entity.objects.get(code="RUS")
    share, _ = Asset.objects.get_or_create(code="GUARDED", defaults={"kind": "SECURITY"})
    money = Asset.objects.get(code="RUB")
    return Books(entity, Place.objects.get(code="CSDX"), share, money)


@pytest.fixture
def books(db: None) -> Books:
    return books_now()


def wait_until_somebody_waits_for_us() -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    with connection.cursor() as cursor:
        while time.monotonic() < deadline:
            cursor.execute(
                "SELECT count(*) FROM pg_locks"
                " WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid))"
            )
            if cursor.fetchone()[0]:
                return
            time.sleep(0.02)
    raise AssertionError("nobody waits for us")


class TestGuardAccounts:
    def test_securities_of_everybody_and_money_of_others_are_watched(self, books: Books) -> None:
        watched = {
            (owner, kind): LedgerAccount.objects.get(pk=books.account(owner, kind)).guarded
            for owner in ("OWN", ANNA)
            for kind in ("HOLDING", "CASH", "OPENING")
        }
        assert watched == {
            ("OWN", "HOLDING"): True, ("OWN", "CASH"): False, ("OWN", "OPENING"): False,
            (ANNA, "HOLDING"): True, (ANNA, "CASH"): True, (ANNA, "OPENING"): False,
        }  # fmt: skip

    @pytest.mark.parametrize("change", ["guarded = false", "kind = 'OPENING'", "place_id = NULL"])
    def test_nobody_unwatches_one(self, books: Books, change: str) -> None:
        account = books.account(ANNA)
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"UPDATE ledger_ledgeraccount SET {change} WHERE id = %s", [account])


class TestGuardPostings:
    def test_the_last_share_may_go_and_no_share_more(self, books: Books) -> None:
        books.post(books.brings_in(ANNA, 100))
        books.post(books.gives(ANNA, BANK, 100))
        with pytest.raises(WouldBeNegative) as refused:
            books.post(books.gives(ANNA, BANK, 1))
        assert refused.value.facts == {
            "owner": ANNA, "place": "CSDX", "asset": "GUARDED", "short": "1", "day": "2026-11-24",
        }  # fmt: skip
        assert [books.held(ANNA), books.held(BANK)] == [0, 100]

    def test_that_others_at_the_place_have_enough_is_no_answer(self, books: Books) -> None:
        books.post(books.brings_in(ANNA, 5), books.brings_in(BORIS, 10_000))
        books.post(books.brings_in("OWN", 10_000))
        with pytest.raises(WouldBeNegative):
            books.post(books.gives(ANNA, BANK, 6))

    def test_what_clients_have_never_covers_our_own_delivery(self, books: Books) -> None:
        books.post(books.brings_in(ANNA, 100), books.brings_in("OWN", 30))
        with pytest.raises(WouldBeNegative) as refused:
            books.post(books.gives("OWN", BANK, 31))
        assert refused.value.facts["owner"] == books.entity.own_party.code

    def test_a_clients_money_is_watched_and_our_own_may_be_lent_to_us(self, books: Books) -> None:
        ours, hers = books.account("OWN", "CASH"), books.account(ANNA, "CASH")
        bank = books.account(BANK, "CASH")
        books.post(NewPosting(bank, ours, books.money.pk, Decimal(10**12)))
        with pytest.raises(WouldBeNegative):
            books.post(NewPosting(bank, hers, books.money.pk, Decimal("0.01")))

    def test_a_direct_insert_is_refused_through_the_parent_and_into_a_month(
        self, books: Books
    ) -> None:
        prepare_months(date(2026, 11, 1), months=1)
        posting = books.gives(ANNA, BANK, 1)
        entry = books.post(books.brings_in(BORIS, 1))
        for table in ("ledger_posting", "ledger_posting_202611", "ledger_posting_other"):
            month = "2026-11-01" if table != "ledger_posting_other" else "1999-01-01"
            statement = (
                f"INSERT INTO {table} (entry_id, debit_account_id, credit_account_id, asset_id, quantity,"
                " effective_date, recorded_month) VALUES (%s, %s, %s, %s, %s, %s, %s)"
            )
            with pytest.raises(DatabaseError) as refused, transaction.atomic():
                connection.cursor().execute(statement, [entry, *posting, TUESDAY, month])
            assert isinstance(refused.value.__cause__, psycopg2.Error)
            assert refused.value.__cause__.pgcode == SQLSTATE

    def test_what_goes_round_in_one_statement_passes(self, books: Books) -> None:
        books.post(
            books.gives(ANNA, BORIS, 7), books.gives(BORIS, BANK, 7), books.gives(BANK, ANNA, 7)
        )
        assert [books.held(owner) for owner in (ANNA, BORIS, BANK)] == [0, 0, 0]

    def test_what_is_folded_and_what_is_not_count_alike(self, books: Books) -> None:
        books.post(books.brings_in(ANNA, 10), on=MONDAY)
        books.post(books.gives(ANNA, BANK, 4))
        with connection.cursor() as cursor:  # as the fold leaves it, without waiting for others
            cursor.execute(
                "INSERT INTO ledger_movement (account_id, asset_id, effective_date, known_day, amount)"
                " VALUES (%s, %s, %s, %s, 3)", [books.account(ANNA), books.share.pk, MONDAY, MONDAY],
            )  # fmt: skip
        books.post(books.gives(ANNA, BANK, 9))
        with pytest.raises(WouldBeNegative):
            books.post(books.gives(ANNA, BANK, 1))

    def test_what_comes_later_does_not_cover_what_goes_today(self, books: Books) -> None:
        books.post(books.brings_in(ANNA, 10), on=WEDNESDAY)
        with pytest.raises(WouldBeNegative) as refused:
            books.post(books.gives(ANNA, BANK, 10), on=TUESDAY)
        assert refused.value.facts["day"] == "2026-11-24"
        books.post(books.gives(ANNA, BANK, 10), on=WEDNESDAY)

    def test_one_dated_back_must_be_covered_on_every_day_since(self, books: Books) -> None:
        books.post(books.brings_in(ANNA, 10), on=MONDAY)
        books.post(books.gives(ANNA, BANK, 10), on=TUESDAY)
        books.post(books.brings_in(ANNA, 10), on=WEDNESDAY)
        with pytest.raises(WouldBeNegative) as refused:
            books.post(books.gives(ANNA, BANK, 4), on=MONDAY)
        assert (refused.value.facts["short"], refused.value.facts["day"]) == ("4", "2026-11-24")
        books.post(books.brings_in(ANNA, 4), on=MONDAY)
        books.post(books.gives(ANNA, BANK, 4), on=MONDAY)

    def test_a_receipt_is_not_taken_back_once_it_is_passed_on(self, books: Books) -> None:
        receipt = books.post(books.brings_in(ANNA, 10))
        books.post(books.gives(ANNA, BANK, 1))
        with pytest.raises(WouldBeNegative):
            reverse_entries(reasons={receipt: "wrong"}, actor_id=None, at=timezone.now())


class TestAskBeforehand:
    def test_it_says_what_the_database_would(self, books: Books) -> None:
        books.post(books.brings_in(ANNA, 10), on=MONDAY)
        books.post(books.gives(ANNA, BANK, 6), on=WEDNESDAY)
        anna = books.account(ANNA), books.share.pk
        wanted = [books.gives(ANNA, BANK, 5), books.gives(BANK, BORIS, 1)]

        assert least_from([anna, (books.account(ANNA, "OPENING"), books.share.pk)], MONDAY) == {
            anna: 4
        }
        with pytest.raises(WouldBeNegative):
            books.post(*wanted, on=MONDAY)
        books.post(*wanted, books.gives(BORIS, ANNA, 1), on=MONDAY)


@pytest.mark.usefixtures("own_database")
class TestTwoAtOnce:
    def test_of_two_who_sell_the_last_share_one_is_refused(self) -> None:
        books = books_now()
        books.post(books.brings_in(ANNA, 1))
        until_known()
        fold_postings()

        def sell(_: int) -> str:
            try:
                books.post(books.gives(ANNA, BANK, 1))
            except WouldBeNegative:
                return "refused"
            finally:
                connections.close_all()
            return "sold"

        with ThreadPoolExecutor(4) as pool:
            assert sorted(pool.map(sell, range(4))) == ["refused", "refused", "refused", "sold"]
        assert [books.held(ANNA), books.held(BANK)] == [0, 1]

    def test_the_second_waits_for_the_first_and_counts_what_it_did(self) -> None:
        books = books_now()
        books.post(books.brings_in(ANNA, 1))
        with ThreadPoolExecutor(1) as pool:
            with transaction.atomic():
                books.post(books.gives(ANNA, BANK, 1))
                waiting = pool.submit(self.sell_and_close, books)
                wait_until_somebody_waits_for_us()
            with pytest.raises(WouldBeNegative):
                waiting.result(timeout=30)

    def sell_and_close(self, books: Books) -> None:
        try:
            books.post(books.gives(ANNA, BANK, 1))
        finally:
            connections.close_all()

    def test_no_decision_is_made_on_what_was_there_when_a_long_reader_began(self) -> None:
        books = books_now()
        books.post(books.brings_in(ANNA, 1))
        with transaction.atomic():
            connection.cursor().execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            with pytest.raises(psycopg2.Error, match="committed by now"):
                books.post(books.gives(ANNA, BANK, 1))
