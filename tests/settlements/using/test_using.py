"""A client's assets are used by its right only, by an entry of their own, and owed back (domain-decisions 16)."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import psycopg2
import pytest
from django.db import DatabaseError, IntegrityError, transaction
from django.utils import timezone

from backoffice.access.models import User
from backoffice.kernel.lifecycle import OtherEyesRequired
from backoffice.work.uses import tell_ended_rights
from backoffice.workflow.models import WorkItem
from ledger.guarding import WouldBeNegative
from ledger.models import LedgerAccount
from ledger.selectors import balances
from ledger.services import NewEntry, post_entries
from refdata.firm_days import firm_day
from refdata.models import Earmark, Party, UseRight
from reporting.services import verify_run
from settlements.naming import NotSoDivisible
from settlements.using.models import AssetUse
from settlements.using.selectors import covers
from settlements.using.services import (
    MoreThanFree,
    NewUse,
    NoRightToUse,
    approve_uses,
    give_back_uses,
    propose_use,
)
from tests.following import follow_events
from tests.ledger.test_guarding import ANNA, BORIS, Books, books, books_now
from tests.pages.test_pages import browser
from tests.reporting.test_segregation import DAY, report

__all__ = ["books"]  # a fixture
D = Decimal


def right(books: Books, client: str = ANNA, **more: Any) -> UseRight:
    given = {"valid_from": date(2026, 1, 1), "document": "§ 7", "agreement": f"B-{client}"}
    return UseRight.objects.create(
        entity=books.entity, client=Party.objects.get(code=client), **given | more
    )


def proposed(books: Books, quantity: str = "60", client: str = ANNA, **more: Any) -> AssetUse:
    new = NewUse(
        **{"entity": "RUS", "client": client, "place": books.place.code, "asset": books.share.code,
           "quantity": D(quantity), "document": "Order 5", **more}
    )  # fmt: skip
    return propose_use(new=new, actor=person("clerk"), at=timezone.now())


def person(name: str) -> User:
    return User.objects.get(username=name)


def approve(row: AssetUse, by: str = "checker") -> Any:
    return approve_uses(ids=[row.pk], actor=person(by), at=timezone.now())


def give_back(row: AssetUse, by: str = "checker") -> Any:
    return give_back_uses(ids=[row.pk], document="Report 9", actor=person(by), at=timezone.now())


def owed(books: Books) -> dict[str, Decimal]:
    """What the client is owed by us in the share, and what we owe, by their accounts of uses."""
    own, anna = books.entity.own_party_id, Party.objects.get(code=ANNA).pk
    found = {line.account_id: line.amount for line in balances() if line.asset_id == books.share.pk}
    rows = LedgerAccount.objects.filter(kind="USE", pk__in=found)
    names = {own: "us", anna: "client"}
    return {names[row.owner_id]: found[row.pk] for row in rows if found[row.pk]}


@pytest.mark.parametrize(
    ("day", "asset", "is_covered"),
    [(date(2026, 3, 1), "A", True), (date(2026, 2, 28), "A", False), (date(2026, 5, 31), "A", True),
     (date(2026, 6, 1), "A", False), (date(2026, 3, 1), "B", False)],
)  # fmt: skip
def test_a_right_covers_its_assets_from_its_first_day_until_its_last(
    day: date, asset: str, is_covered: bool
) -> None:
    given = UseRight(valid_from=date(2026, 3, 1), valid_until=date(2026, 6, 1), assets=["A"])
    assert covers(given, asset, day) is is_covered
    assert covers(UseRight(valid_from=date(2026, 3, 1), assets=[]), "B", date(2026, 3, 1))


class TestUseAssets:
    def test_it_is_ours_to_deliver_and_owed_until_it_is_given_back(self, books: Books) -> None:
        right(books)
        books.post(books.brings_in(ANNA, 100), books.brings_in(BORIS, 50))
        row = proposed(books)
        assert type(next(iter(approve(row, "clerk").refused.values()))) is OtherEyesRequired
        approve(row).raise_single()
        assert [books.held(owner) for owner in (ANNA, "OWN", BORIS)] == [D(40), D(60), D(50)]
        assert owed(books) == {"client": D(60), "us": D(-60)}
        assert approve(row).done == []  # the same twice moves nothing twice

        today = firm_day(timezone.now())
        books.post(books.gives("OWN", BORIS, 1), on=today)
        assert type(next(iter(give_back(row).refused.values()))) is WouldBeNegative
        row.refresh_from_db()
        assert row.state == "IN_USE"
        books.post(books.gives(BORIS, "OWN", 1), on=today)
        assert type(next(iter(give_back(row, "clerk").refused.values()))) is OtherEyesRequired
        give_back(row).raise_single()
        row.refresh_from_db()
        assert (row.state, row.returned_document, row.returned_on) == (
            "RETURNED", "Report 9", row.used_on,
        )  # fmt: skip
        assert [books.held(owner) for owner in (ANNA, "OWN")] == [D(100), D(0)]
        assert owed(books) == {}

    def test_only_by_a_right_in_force_of_that_client_and_for_that_asset(self, books: Books) -> None:
        books.post(books.brings_in(ANNA, 100))
        today = firm_day(timezone.now())
        right(books, BORIS)
        right(books, assets=["RUB"])
        right(books, agreement="old", valid_until=today)
        with pytest.raises(NoRightToUse):
            proposed(books)
        live = right(books, agreement="new")
        row = proposed(books)
        UseRight.objects.filter(pk=live.pk).update(valid_until=today)
        assert type(next(iter(approve(row).refused.values()))) is NoRightToUse
        assert books.held(ANNA) == 100

    def test_only_what_is_free(self, books: Books) -> None:
        right(books)
        books.post(books.brings_in(ANNA, 100))
        Earmark.objects.create(
            entity=books.entity, owner=Party.objects.get(code=ANNA), place=books.place,
            asset=books.share, kind="PLEDGED", quantity=41, document="P 1", valid_from=date(2026, 1, 1),
        )  # fmt: skip
        with pytest.raises(MoreThanFree) as refused:
            proposed(books)
        assert refused.value.facts["free"] == "59"
        first, second = proposed(books, "59"), proposed(books, "59")
        approve(first).raise_single()
        assert type(next(iter(approve(second).refused.values()))) is MoreThanFree

    def test_money_moves_between_accounts_of_money(self, books: Books) -> None:
        right(books)
        with pytest.raises(NotSoDivisible):
            proposed(books, "10.001", asset="RUB")


class TestDatabase:
    def test_no_use_without_a_right_of_that_client_for_that_asset(self, books: Books) -> None:
        row = proposed_by_hand(books, right(books, assets=["RUB"]))
        with pytest.raises(IntegrityError), transaction.atomic():
            row.save()

    def test_none_begins_after_its_right_has_ended(self, books: Books) -> None:
        ended = right(books, valid_until=date(2026, 2, 1))
        row = proposed_by_hand(books, ended)
        row.save()
        uses = AssetUse.objects.filter(pk=row.pk)
        with pytest.raises(IntegrityError), transaction.atomic():
            uses.update(state="IN_USE", used_on=date(2026, 2, 1))
        uses.update(state="IN_USE", used_on=date(2026, 1, 31))
        for change in ({"quantity": 2}, {"document": "Another"}):
            with pytest.raises(DatabaseError), transaction.atomic():
                uses.update(**change)
        with pytest.raises(DatabaseError), transaction.atomic():
            uses.delete()

    def test_no_entry_of_a_use_that_has_not_begun(self, books: Books) -> None:
        books.post(books.brings_in(ANNA, 100))
        row = proposed_by_hand(books, right(books))
        row.save()
        entry = NewEntry(
            entity_id=books.entity.pk, kind="assetuse.approve", source_type="assetuse",
            source_id=row.pk, effective_date=DAY, postings=[books.gives(ANNA, "OWN", 1)],
        )  # fmt: skip
        with pytest.raises(psycopg2.Error, match="has begun"), transaction.atomic():
            post_entries([entry], at=timezone.now())


def proposed_by_hand(books: Books, given: UseRight) -> AssetUse:
    clerk = person("clerk")
    return AssetUse(
        entity=books.entity, right=given, place=books.place, asset=books.share, quantity=1,
        document="Order 5", makers=[clerk.pk], proposed_by=clerk,
    )  # fmt: skip


@pytest.mark.usefixtures("own_database")
class TestWhole:
    def test_by_rest_and_page_with_work_for_people_and_in_the_report(self, api: Any) -> None:
        books = books_now()
        live = right(books)
        books.post(books.brings_in(ANNA, 100))
        body = {"entity": "RUS", "client": ANNA, "place": "CSDX", "asset": "GUARDED",
                "quantity": "60", "document": "Order 5"}  # fmt: skip
        assert api("dealer").post("/asset-uses/", body).status_code == 403
        wrong = api("clerk").post("/asset-uses/", body | {"quantity": "101"})
        assert (wrong.status_code, wrong.json()["code"]) == (409, "more-than-free")
        made = api("clerk").post("/asset-uses/", body)
        assert (made.status_code, made.json()["status"]) == (201, "PROPOSED"), made.content
        use = made.json()["reference"]
        follow_events()
        waiting = WorkItem.objects.filter(subject_type="assetuse", closed_at=None)
        assert list(waiting.values_list("kind", "queue")) == [("asset-use", "checker")]
        taken = browser("checker").post(f"/inventory/uses/{use}/approve/")
        assert taken.status_code == 302, taken.content.decode()
        follow_events()
        assert not waiting.exists()
        shown = api("clerk").get(f"/asset-uses/{use}/").json()
        assert (shown["status"], shown["used_on"]) == (
            "IN_USE",
            firm_day(timezone.now()).isoformat(),
        )

        run, rows = report(firm_day(timezone.now()))
        (used,) = [row for row in rows if row["section"] == "used"]
        assert (used["owner"], used["used"], used["agreement"]) == (ANNA, "60", f"B-{ANNA}")
        (place,) = [row for row in rows if row["section"] == "places"]
        assert (place["entitled"], place["difference"]) == ("40", "0")

        tomorrow = firm_day(timezone.now()) + timedelta(days=1)
        UseRight.objects.filter(pk=live.pk).update(valid_until=tomorrow)
        assert tell_ended_rights(today=firm_day(timezone.now()), at=timezone.now()) == 0
        assert [tell_ended_rights(today=tomorrow, at=timezone.now()) for _ in range(2)] == [1, 1]
        assert list(waiting.values_list("kind", "queue")) == [("asset-use-ended", "clerk")]
        answer = api("checker").post(f"/asset-uses/{use}/give-back/", {"document": "Report 9"})
        assert (answer.status_code, answer.json()["status"]) == (200, "RETURNED")
        assert tell_ended_rights(today=tomorrow, at=timezone.now()) == 0
        assert not waiting.exists()
        _, rows = report(firm_day(timezone.now()))
        assert [row for row in rows if row["section"] == "used"] == []
        assert verify_run(run).equal
        page = browser("auditor").get(f"/inventory/uses/{use}/").content.decode()
        assert "Report 9" in page
        assert 'id="step-' not in page
