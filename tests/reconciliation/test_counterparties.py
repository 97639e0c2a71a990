"""What a counterparty says is open between us, held against our settlements with it as they were on its day."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from backoffice.workflow.models import WorkItem
from reconciliation.counterparties.services import compare_counterparties
from reconciliation.counterparties.terms import (
    Due,
    InvalidPositions,
    read_positions,
    rows_in_csv,
)
from reconciliation.models import Break
from refdata.firm_days import firm_day
from refdata.models import Place
from refdata.selectors import reference_data
from settlements.models import Settlement
from tests.flows.test_changing import own_folder
from tests.following import follow_events
from tests.pages.test_pages import browser

__all__ = ["own_folder"]  # a fixture
BANK_TWO = "999900DEMOBANKTWO062"
SBER = "RU0009029540"


@pytest.fixture
def due(api: Any, sample: dict[str, Any]) -> Settlement:
    """A purchase from the bank that settles at the depository."""
    deal = api("dealer").post("/deals/", sample | {"counterparty": BANK_TWO}).json()["reference"]
    api("clerk").post(f"/deals/{deal}/confirm/")
    api("checker").post(f"/deals/{deal}/approve/")
    follow_events()
    (row,) = api("clerk").get("/settlements/", deal=deal).json()["results"]
    return Settlement.objects.get(pk=row["reference"][2:])


def said(row: Settlement, *, quantity: Any = None, amount: Any = None) -> list[dict[str, str]]:
    """The settlement as its counterparty would say it."""
    of = {"place": row.place.code, "due_date": row.due_date.isoformat()}
    return [
        of
        | {"asset": row.asset.code, "receiver": "OURS", "quantity": str(quantity or row.quantity)},
        of | {"asset": "RUB", "receiver": "THEIRS", "quantity": str(amount or row.amount)},
    ]


def bring(api: Any, positions: list[dict[str, str]], **more: Any) -> Any:
    body = {
        "entity": "RUS", "party": BANK_TWO, "day": firm_day(timezone.now()).isoformat(), "document": "Open",
        "positions": positions,
    }  # fmt: skip
    return api("clerk").post("/counterparty-positions/", body | more)


def live() -> dict[str, tuple[Decimal, Decimal]]:
    rows = Break.objects.filter(kind="PARTY").exclude(state="CLOSED").select_related("asset")
    return {row.asset.code: (row.theirs.normalize(), row.ours.normalize()) for row in rows}


@pytest.mark.usefixtures("own_database", "own_folder")
class TestComparing:
    def test_the_same_differs_in_nothing_and_comes_once(self, api: Any, due: Settlement) -> None:
        first = bring(api, said(due))
        again = bring(api, said(due), document="The same")

        assert (first.status_code, first.json()["differences"]) == (201, 0), first.content
        assert (again.status_code, again.json()["reference"]) == (200, first.json()["reference"])
        listed = api("clerk").get("/counterparty-positions/", party=BANK_TWO).json()["results"]
        assert {(each["asset"], each["quantity"][0] == "-") for each in listed} == {
            (due.asset.code, False), ("RUB", True),
        }  # fmt: skip

    def test_each_thing_that_differs_is_a_break_that_waits_for_a_clerk(
        self, api: Any, due: Settlement
    ) -> None:
        answer = bring(api, said(due, amount=due.amount + 1))

        assert answer.json()["differences"] == 1
        assert live() == {"RUB": (-(due.amount + 1).normalize(), -due.amount.normalize())}
        follow_events()
        row = Break.objects.get(kind="PARTY")
        assert row.facts["party"] == BANK_TWO
        item = WorkItem.objects.get(kind="break-open", subject_id=row.pk, closed_at=None)
        assert (item.amount, item.currency, item.queue) == (Decimal(1), "RUB", "clerk")

        assert bring(api, said(due)).json()["differences"] == 0  # they correct themselves
        assert live() == {}

    def test_what_it_leaves_out_is_nothing(self, api: Any, due: Settlement) -> None:
        assert bring(api, []).json()["differences"] == 2
        assert live() == {
            due.asset.code: (Decimal(0), due.quantity.normalize()),
            "RUB": (Decimal(0), -due.amount.normalize()),
        }

    def test_it_is_held_against_what_was_open_on_its_day(self, api: Any, due: Settlement) -> None:
        day = firm_day(timezone.now())
        Settlement.objects.filter(pk=due.pk).update(
            settlement="SETTLED", settled_date=day, settled_quantity=due.quantity,
            settled_amount=due.amount,
        )  # fmt: skip
        before = (day - timedelta(days=1)).isoformat()

        assert bring(api, said(due), day=before).json()["differences"] == 0
        assert bring(api, said(due)).json()["differences"] == 2  # by now it has settled

    def test_compared_again_what_was_corrected_goes_and_nothing_opens(
        self, api: Any, due: Settlement
    ) -> None:
        bring(api, said(due, amount=due.amount + 1))
        Settlement.objects.filter(pk=due.pk).update(
            amount=due.amount + 1, quantity=due.quantity + 1
        )

        compare_counterparties(entity_id=due.entity_id, at=timezone.now())

        assert live() == {}

    def test_a_day_that_has_not_come_is_refused(self, api: Any) -> None:
        tomorrow = (firm_day(timezone.now()) + timedelta(days=1)).isoformat()
        answer = bring(api, [], day=tomorrow)
        assert (answer.status_code, answer.json()["code"]) == (
            422, "counterparty-statement-of-future",
        )  # fmt: skip

    def test_a_clerk_brings_a_csv_on_the_page(self, due: Settlement) -> None:
        rows = [",".join(each[name] for name in ("place", "asset", "due_date", "receiver", "quantity"))
                for each in said(due, quantity=due.quantity + 5)]  # fmt: skip
        text = "\n".join(["place,asset,due_date,receiver,quantity", *rows])
        body = {
            "entity": "RUS", "party": BANK_TWO, "day": firm_day(timezone.now()).isoformat(),
            "document": "Open", "file": SimpleUploadedFile("open.csv", text.encode()),
        }  # fmt: skip
        clerk = browser("clerk")

        shown = clerk.post("/reconciliation/counterparties/", body).content.decode()

        assert "Differ: 1" in shown
        row = Break.objects.get(kind="PARTY")
        page = clerk.get(f"/reconciliation/breaks/{row}/").content.decode()
        assert "The counterparty states another open position" in page
        assert "Demo Bank Two" in page


@pytest.mark.django_db
class TestReading:
    def test_what_is_told_of_one_thing_twice_adds_up(self) -> None:
        places = {"NSD": 7}
        row = {"place": "NSD", "asset": SBER, "due_date": "2026-11-26", "quantity": "10"}
        told = [row | {"receiver": "OURS"}, row | {"receiver": "THEIRS", "quantity": "4"}]
        asset_id = reference_data().instruments[SBER].asset_id

        found = read_positions(told, reference_data(), places)

        assert found == {Due(7, asset_id, date(2026, 11, 26)): Decimal(6)}

    def test_every_problem_is_named_at_once(self) -> None:
        told = [
            {
                "place": "X",
                "asset": "Y",
                "due_date": "26.11.2026",
                "receiver": "us",
                "quantity": "-1",
            }
        ]
        places = dict(Place.objects.values_list("code", "pk"))

        with pytest.raises(InvalidPositions) as refused:
            read_positions(told, reference_data(), places)

        assert [problem.pointer.rpartition("/")[2] for problem in refused.value.problems] == [
            "place", "asset", "receiver", "due_date", "quantity",
        ]  # fmt: skip

    @pytest.mark.parametrize(
        "text", ["", "place,asset\nNSD,RUB", 'place,asset,due_date,receiver,quantity\n"']
    )
    def test_what_is_no_such_csv_is_refused(self, text: str) -> None:
        with pytest.raises(InvalidPositions):
            rows_in_csv(text)
