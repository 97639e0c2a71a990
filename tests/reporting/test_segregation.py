"""Segregation: owed to clients against what the place states, the difference an open point of the close."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.utils import timezone

from backoffice.access.models import User
from backoffice.night_points import found_points
from ledger.models import BusinessDay
from ledger.points import explain_points, list_points
from refdata.models import Asset, DepositoryAccount, Entity, Place, StatedPosition
from reporting.reports.segregation import REPORT
from reporting.services import verify_run
from tests.ledger.test_guarding import ANNA, BORIS, books_now
from tests.reporting.running import read_bytes, rows_of, run_of

pytestmark = pytest.mark.usefixtures("own_database")
DAY = date(2026, 11, 24)
NAMES = [column.name for column in REPORT.columns]


def report(day: date = DAY) -> tuple[Any, list[dict[str, Any]]]:
    run = run_of(REPORT.name, parameters={"business_date": day.isoformat()})
    rows = [dict(zip(NAMES, row, strict=True)) for row in rows_of(run)]
    return run, [row for row in rows if row["asset"] == "GUARDED"]


def stated(quantity: int, day: date = DAY, account: str = "OMNI-1") -> None:
    StatedPosition.objects.create(
        entity=Entity.objects.get(code="RUS"), place=Place.objects.get(code="CSDX"), account=account,
        asset=Asset.objects.get(code="GUARDED"), quantity=quantity, day=day, document="Statement 7",
    )  # fmt: skip


def test_a_difference_is_explained_by_a_person_and_gone_once_it_is_topped_up(api: Any) -> None:
    books = books_now()
    books.post(books.brings_in(ANNA, 100), books.brings_in(BORIS, 50), books.brings_in("OWN", 7))
    for number, kind in (("OMNI-1", "CLIENT_OMNIBUS"), ("OWN-1", "OWN")):
        DepositoryAccount.objects.create(
            entity=books.entity, place=books.place, owner=books.entity.own_party, kind=kind,
            number=number,
        )  # fmt: skip
    day, _ = BusinessDay.objects.get_or_create(entity=books.entity, day=DAY)

    _, rows = report()
    (place,) = [row for row in rows if row["section"] == "places"]
    assert (place["entitled"], place["held"], place["source"]) == ("150", "150", "OURS")
    parts = [(row["owner"], row["entitled"]) for row in rows if row["section"] == "clients"]
    assert parts == [(ANNA, "100"), (BORIS, "50")]  # ours is no client's

    stated(150, date(2026, 11, 23))
    stated(148)
    stated(7, account="OWN-1")
    found = [p for p in found_points(day) if p.kind == "segregation"]
    assert [p.key for p in found] == ["CSDX GUARDED: -2"]
    list_points(day, found, at=timezone.now())
    point = day.open_points.get(kind="segregation")
    accountant = User.objects.get(username="accountant")
    explain_points(
        ids=[point.pk],
        explanation="Booked by the place tomorrow",
        actor=accountant,
        at=timezone.now(),
    )
    run, rows = report()
    (place,) = [row for row in rows if row["section"] == "places"]
    assert (place["held"], place["difference"], place["result"]) == ("148", "-2", "SHORT")
    assert (place["stated_on"], place["source"]) == ("2026-11-24", "STATED")
    assert (place["explanation"], place["explained_by"]) == (
        "Booked by the place tomorrow", "accountant",
    )  # fmt: skip

    books.post(books.gives(BORIS, ANNA, 1))  # between clients: nothing differs by it
    stated(2, account="OWN-1", day=date(2026, 11, 22))
    DepositoryAccount.objects.create(
        entity=books.entity, place=books.place, owner=books.entity.own_party, kind="CLIENT_OMNIBUS",
        number="OMNI-2",
    )  # fmt: skip
    stated(2, account="OMNI-2")
    assert [p for p in found_points(day) if p.kind == "segregation"] == []
    assert verify_run(run).equal
    for suffix in ("xlsx", "csv", "pdf", "json"):
        assert read_bytes(api("accountant").get(f"/report-runs/{run}/file.{suffix}"))
