"""What is held, what of it is set apart, and what is free; and who says so by how many eyes."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, transaction
from django.utils import timezone

from backoffice.access.models import User
from ledger.guarding import WouldBeNegative
from ledger.inventory import Held, at_hand, held
from ledger.services import NewPosting
from refdata.models import (
    AccountMember,
    Agreement,
    CreditLine,
    DepositoryAccount,
    Earmark,
    Party,
    Restriction,
)
from refdata.proposals import ProposalWrong, approve_proposals, propose_change
from tests.ledger.test_guarding import ANNA, BANK, MONDAY, TUESDAY, WEDNESDAY, Books, books

__all__ = ["books"]  # a fixture
D = Decimal
THURSDAY = WEDNESDAY + timedelta(days=1)


def found(books: Books, owner: str, on: date = TUESDAY) -> Held | None:
    party = books.entity.own_party if owner == "OWN" else Party.objects.get(code=owner)
    rows = held(
        on=on, entity_ids=[books.entity.pk], owner_ids=[party.pk], place_ids=[books.place.pk],
        asset_ids=[books.share.pk],
    )  # fmt: skip
    return rows[0] if rows else None


def held_by(books: Books, owner: str) -> dict[str, Any]:
    party = Party.objects.get(code=owner)
    return {"entity": books.entity, "owner": party, "place": books.place, "document": "Deed 1"}


class TestInventory:
    def test_what_is_set_apart_is_not_free_on_the_days_it_is(self, books: Books) -> None:
        books.post(books.brings_in(ANNA, 100), on=MONDAY)
        of = held_by(books, ANNA) | {"asset": books.share, "valid_from": TUESDAY}
        for kind, quantity in (("PLEDGED", 10), ("ON_LOAN", 20), ("BLOCKED", 5), ("COLLATERAL", 1)):
            until = WEDNESDAY if kind == "BLOCKED" else None
            Earmark.objects.create(**of, kind=kind, quantity=quantity, valid_until=until)
        free = {day: found(books, ANNA, day) for day in (MONDAY, TUESDAY, WEDNESDAY)}
        assert {day: row.free for day, row in free.items() if row} == {
            MONDAY: 100, TUESDAY: 64, WEDNESDAY: 69,
        }  # fmt: skip
        row = free[TUESDAY]
        assert row is not None
        assert [row.pledged, row.on_loan, row.blocked, row.collateral] == [10, 20, 5, 1]

    def test_what_leaves_later_is_not_free_today_nor_what_comes_later(self, books: Books) -> None:
        books.post(books.brings_in(ANNA, 100), on=MONDAY)
        books.post(books.gives(ANNA, BANK, 30), on=WEDNESDAY)
        books.post(books.brings_in(ANNA, 500), on=THURSDAY)
        row = found(books, ANNA)
        assert row is not None
        assert row.free == 70

    def test_more_set_apart_than_is_there_leaves_nothing_and_not_less(self, books: Books) -> None:
        books.post(books.brings_in(ANNA, 1), on=MONDAY)
        of = held_by(books, ANNA) | {"asset": books.share, "valid_from": MONDAY}
        Earmark.objects.create(**of, kind="PLEDGED", quantity=2)
        row = found(books, ANNA)
        assert row is not None
        assert (row.settled, row.set_apart, row.free) == (D(1), D(2), D(0))

    @pytest.mark.parametrize(
        ("key", "stops"),
        [("asset", True), ("party", True), ("place", True), ("account", True), ("other", False)],
    )
    def test_a_restriction_leaves_nothing_free(self, books: Books, key: str, stops: bool) -> None:
        books.post(books.brings_in(ANNA, 100), on=MONDAY)
        anna = Party.objects.get(code=ANNA)
        DepositoryAccount.objects.create(
            entity=books.entity, place=books.place, owner=books.entity.own_party,
            kind="CLIENT_OMNIBUS", number="OMNI-1",
        )  # fmt: skip
        AccountMember.objects.create(**held_by(books, ANNA), account="OMNI-1", valid_from=MONDAY)
        keys: dict[str, dict[str, Any]] = {
            "asset": {"asset": books.share}, "party": {"party": anna}, "place": {"place": books.place},
            "account": {"account": "OMNI-1"}, "other": {"party": Party.objects.get(code=BANK)},
        }  # fmt: skip
        Restriction.objects.create(
            **keys[key], act="NO_DELIVER", document="Order 1", valid_from=TUESDAY
        )
        before, after = found(books, ANNA, MONDAY), found(books, ANNA)
        assert before is not None
        assert after is not None
        assert [before.free, after.free] == [100, 0 if stops else 100]
        assert bool(after.restrictions) is stops
        assert after.restricted == (100 if stops else 0)

    def test_a_permit_frees_until_it_ends(self, books: Books) -> None:
        books.post(books.brings_in(ANNA, 100), on=MONDAY)
        Restriction.objects.create(
            asset=books.share, act="PERMIT_REQUIRED", document="Order 1", valid_from=MONDAY,
            permit="Permit 7", permit_until=WEDNESDAY,
        )  # fmt: skip
        rows = [found(books, ANNA, day) for day in (TUESDAY, WEDNESDAY)]
        assert [row.free for row in rows if row] == [100, 0]

    def test_a_run_is_given_what_the_database_will_let_it_take(self, books: Books) -> None:
        books.post(books.brings_in(ANNA, 100), on=MONDAY)
        anna = Party.objects.get(code=ANNA)
        key = (anna.pk, books.place.pk, books.share.pk)
        assert at_hand(books.entity.pk, on=TUESDAY, owner_ids=[anna.pk])[key] == 100


class TestCreditLines:
    def line(self, books: Books, owner: str) -> None:
        CreditLine.objects.create(
            **held_by(books, owner), currency="RUB", amount=50, valid_from=TUESDAY,
            valid_until=THURSDAY,
        )  # fmt: skip

    def pay(self, books: Books, owner: str, amount: str, on: date = TUESDAY) -> None:
        ours, theirs = books.account("OWN", "CASH"), books.account(owner, "CASH")
        books.post(NewPosting(ours, theirs, books.money.pk, D(amount)), on=on)

    def test_a_bank_goes_below_zero_as_far_as_its_line(self, books: Books) -> None:
        self.line(books, BANK)
        bank = Party.objects.get(code=BANK)
        key = (bank.pk, books.place.pk, books.money.pk)
        assert at_hand(books.entity.pk, on=TUESDAY)[key] == 50
        assert key not in at_hand(books.entity.pk, on=MONDAY)
        self.pay(books, BANK, "50")
        assert at_hand(books.entity.pk, on=TUESDAY)[key] == 0
        with pytest.raises(WouldBeNegative) as refused:
            self.pay(books, BANK, "0.01")
        assert refused.value.facts["short"] == "0.01"

    def test_not_before_it_begins_nor_after_it_has_ended(self, books: Books) -> None:
        self.line(books, BANK)
        for day in (MONDAY, THURSDAY):
            with pytest.raises(WouldBeNegative):
                self.pay(books, BANK, "1", on=day)

    def test_a_client_is_lent_nobody_elses_money_whatever_is_written(self, books: Books) -> None:
        self.line(books, ANNA)
        with pytest.raises(WouldBeNegative):
            self.pay(books, ANNA, "0.01")


def proposed(actor: str, subject: str, id: int | None = None, **changes: Any) -> int:
    return propose_change(
        subject_type=subject, subject_id=id, changes=changes, valid_from=None, reason="",
        actor=User.objects.get(username=actor), at=timezone.now(),
    ).pk  # fmt: skip


def approve(actor: str, id: int) -> Any:
    return approve_proposals(ids=[id], actor=User.objects.get(username=actor), at=timezone.now())


class TestTwoPeople:
    def restriction(self, books: Books) -> Restriction:
        id = proposed(
            "clerk", "restriction", act="NO_DELIVER", asset=books.share.code, document="Order 1",
            valid_from=MONDAY.isoformat(),
        )  # fmt: skip
        assert Restriction.objects.count() == 0
        assert list(approve("clerk", id).refused) == [id]
        approve("checker", id).raise_single()
        return Restriction.objects.get()

    def test_a_restriction_is_in_force_by_two_and_lifted_by_two_with_the_permit(
        self, books: Books
    ) -> None:
        row = self.restriction(books)
        with pytest.raises(ProposalWrong) as refused:
            proposed("clerk", "restriction", row.pk, valid_until=TUESDAY.isoformat())
        assert [p.pointer for p in refused.value.problems] == ["/changes/permit"]
        id = proposed("clerk", "restriction", row.pk, valid_until=TUESDAY.isoformat(), permit="P 7")
        approve("checker", id).raise_single()
        row.refresh_from_db()
        assert (row.valid_until, row.permit) == (TUESDAY, "P 7")

    def test_the_database_lifts_none_without_and_changes_no_other_word(self, books: Books) -> None:
        row = self.restriction(books)
        rows = Restriction.objects.filter(pk=row.pk)
        for change in ({"valid_until": TUESDAY}, {"act": "NO_PAY"}, {"document": "Another"}):
            with pytest.raises(DatabaseError), transaction.atomic():
                rows.update(**change)
        with pytest.raises(DatabaseError), transaction.atomic():
            rows.delete()

    def test_it_restricts_something_and_income_goes_somewhere(self, books: Books) -> None:
        for wrong in ({"act": "NO_PAY"}, {"act": "INCOME_TO", "asset": books.share}):
            with pytest.raises(IntegrityError), transaction.atomic():
                Restriction.objects.create(document="Order 1", valid_from=MONDAY, **wrong)

    def test_an_asset_is_used_by_a_contract_with_its_owner(self, books: Books) -> None:
        anna = Party.objects.get(code=ANNA)
        use: dict[str, Any] = {"entity": "RUS", "client": ANNA, "agreement": "B-1", "document": "§ 7",
               "valid_from": MONDAY.isoformat(), "assets": [books.share.code]}  # fmt: skip
        with pytest.raises(ProposalWrong) as refused:
            proposed("clerk", "useright", **use)
        assert refused.value.problems[0].code == "unknown-agreement"
        Agreement.objects.create(
            entity=books.entity, party=anna, kind="BROKERAGE", number="B-1", signed_on=MONDAY,
            valid_from=MONDAY,
        )  # fmt: skip
        approve("checker", proposed("clerk", "useright", **use)).raise_single()

    def test_a_clients_own_account_is_the_clients_and_every_other_is_in_our_name(
        self, books: Books
    ) -> None:
        account: dict[str, Any] = {"entity": "RUS", "place": "NSD", "number": "N-1"}
        own = books.entity.own_party.code
        for owner, kind in ((ANNA, "OWN"), (own, "CLIENT_SEGREGATED"), (ANNA, "CLIENT_OMNIBUS")):
            with pytest.raises(ProposalWrong):
                proposed("clerk", "depositoryaccount", **account, owner=owner, kind=kind)
        with pytest.raises(IntegrityError), transaction.atomic():
            DepositoryAccount.objects.create(
                entity=books.entity, place=books.place, owner=books.entity.own_party,
                kind="WHATEVER", number="N-2",
            )  # fmt: skip

    def test_a_client_is_given_no_line(self, books: Books) -> None:
        line: dict[str, Any] = {"entity": "RUS", "owner": ANNA, "place": "NSD", "currency": "RUB", "amount": "5",
                "document": "D", "valid_from": MONDAY.isoformat()}  # fmt: skip
        with pytest.raises(ProposalWrong) as refused:
            proposed("clerk", "creditline", **line)
        assert refused.value.problems[0].code == "client"
