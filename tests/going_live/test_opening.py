"""A folder of another system: opened whole or not at all, once, and only where everything in it holds."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from backoffice.access.models import User
from backoffice.events.models import Event
from backoffice.going_live.folder import FolderRefused
from backoffice.going_live.opening import NotEmpty, Opened, OtherDay, open_books
from deals.models import Deal
from ledger.lots.methods import Method
from ledger.lots.selectors import lots_of
from ledger.models import BusinessDay, JournalEntry, LedgerAccount, LotPool, NdflIncome
from ledger.selectors import balances
from ledger.services import NewEntry, NewPosting, PeriodClosed, post_entries
from refdata.models import Asset, Entity
from settlements.models import Settlement
from settlements.running.services import request_run, work_on_run
from tests.following import follow_events
from tests.going_live.another_system import ANNA, DAY, OWN, SBER, deal_in, files, write
from tests.going_live.test_going_live import emptied
from tests.reporting.running import run_of, told

pytestmark = pytest.mark.usefixtures("own_database")
D = Decimal
NEXT = date(2026, 11, 20)


@pytest.fixture(autouse=True)
def _empty(own_database: None) -> None:
    emptied()


def opened(root: Path) -> Opened:
    actor = User.objects.get(username="admin")
    return open_books(root, day=DAY, actor=actor, at=timezone.now())


def refused(root: Path) -> list[tuple[str, str]]:
    """Where and by which codes a folder is refused; nothing of it is there then."""
    with pytest.raises(FolderRefused) as refusal:
        opened(root)
    assert not JournalEntry.objects.exists()
    assert not LedgerAccount.objects.exists()
    assert not Deal.objects.exists()
    assert not BusinessDay.objects.exists()
    return [(each.pointer, each.code) for each in refusal.value.problems]


def amount(account: str, asset: str = "RUB", day: date = DAY) -> Decimal:
    key = int(account.rpartition("-")[2]), Asset.objects.get(code=asset).pk
    return {row[:2]: row.amount for row in balances(as_of=day)}.get(key, D(0))


def test_what_another_system_kept_goes_on_here(tmp_path: Path, api: Any) -> None:
    root = write(tmp_path / "old", files())
    result = opened(root)
    assert (result.deals, result.settlements, result.again) == (1, 1, False)
    assert amount("CASH-1") == 100_000
    assert amount("OPENING-3") == -105_000
    assert amount("SETTLEMENT-4", SBER) == 10
    assert amount("SETTLEMENT-4") == D("-3001.50")
    deal, settlement = Deal.objects.get(pk=40), Settlement.objects.get(pk=77)
    assert (deal.state, settlement.status, settlement.source_id) == ("SETTLING", "MATCHED", 40)
    pool = LotPool.objects.get(owner__code=OWN, asset__code=SBER)
    lots = lots_of(pool.pk, method=Method.FIFO).matched.lots
    assert [(lot.quantity, lot.gross, lot.fee) for lot in lots] == [
        (D(60), D(15_000), D("7.50")), (D(10), D(3_000), D("1.50"))
    ]  # fmt: skip
    # It is settled here, and its money and shares move.
    run = request_run(business_date=NEXT, entity_id=deal.entity_id, actor=None, at=timezone.now())
    work_on_run(run.pk, at=timezone.now())
    follow_events()
    assert Deal.objects.get(pk=40).state == "SETTLED"
    assert amount("CASH-13", day=NEXT) == D("1998.50")
    assert amount("SETTLEMENT-4", day=NEXT) == 0
    # The next deal goes on with the numbers of the other system, and one that is taken back leaves the books.
    answer = api("dealer").post("/deals/", deal_in(files())["terms"] | {"external_ref": "NEW-1"})
    assert answer.json()["reference"] == "D-41"
    history = api("auditor").get("/deals/D-40/history/").json()
    assert "deal.take_on" in json.dumps(history)


def test_the_tax_of_the_year_goes_on(tmp_path: Path) -> None:
    opened(write(tmp_path / "old", files()))
    run = run_of("ndfl-register", parameters={"business_date": DAY.isoformat()})
    (anna,) = told(run, section="taxpayers", owner=ANNA)
    assert (anna["taxable"], anna["tax"], anna["withheld"], anna["left"]) == (
        "600.00",
        "78.00",
        "78.00",
        "0.00",
    )


def test_the_same_folder_twice_changes_nothing_and_another_is_refused(tmp_path: Path) -> None:
    told_files = files()
    root = write(tmp_path / "old", told_files)
    first = opened(root)
    entries = JournalEntry.objects.count()
    assert opened(root) == Opened(first.digest, again=True)
    assert JournalEntry.objects.count() == entries
    assert Event.objects.filter(kind="entity.open_books").count() == 1
    more = told_files | {"incomes.csv": told_files["incomes.csv"].replace("1000", "2000")}
    with pytest.raises(NotEmpty):
        opened(write(tmp_path / "other", more))
    assert NdflIncome.objects.get().income == 1000


def test_its_day_is_closed_and_the_next_is_open(tmp_path: Path) -> None:
    opened(write(tmp_path / "old", files()))
    days = BusinessDay.objects.order_by("day").values_list("day", "state")
    assert list(days) == [(DAY, "CLOSED"), (NEXT, "OPEN")]
    entity, rub = Entity.objects.get(code="RUS"), Asset.objects.get(code="RUB")
    entry = NewEntry(
        entity_id=entity.pk, kind="late", source_type="late", source_id=1, effective_date=DAY,
        postings=[NewPosting(1, 3, rub.pk, D(1))],
    )  # fmt: skip
    with pytest.raises(PeriodClosed):
        post_entries([entry], at=timezone.now())


Change = Callable[[dict[str, str]], dict[str, str]]


def _replaced(name: str, old: str, new: str) -> Change:
    def change(told_files: dict[str, str]) -> dict[str, str]:
        assert old in told_files[name]
        return told_files | {name: told_files[name].replace(old, new)}

    return change


WRONG: dict[str, tuple[Change, str, str]] = {
    "a balance too much": (
        _replaced("balances.csv", "CASH-1,RUB,2026-11-19,100000.00", "CASH-1,RUB,2026-11-19,100000.01"),
        "/balances.csv", "out-of-balance",
    ),
    "a lot too few": (_replaced("lots.csv", "yes,60,15000", "yes,59,15000"), "/lots.csv", "differs"),
    "the depository has less": (_replaced("depository.csv", f"{OWN},{SBER},100", f"{OWN},{SBER},99"),
                                "/depository.csv", "differs"),
    "the bank has more": (_replaced("bank.csv", "RUB,500\n", "RUB,501\n"), "/bank.csv", "differs"),
    "something has accrued": (
        _replaced("accruals.csv", "currency\n", f"currency\nRUS,{OWN},{SBER},1,RUB\n"), "/accruals.csv", "differs",
    ),
    "another cost in rubles": (_replaced("lots.csv", "2,\n", "2,1399.99\n"), "/lots.csv/4", "other-cost"),
    "an account that is no account": (_replaced("accounts.csv", "CASH-13", "CASH"), "/accounts.csv/14", "no-account"),
    "a number twice": (_replaced("accounts.csv", "CASH-13", "CASH-7"), "/accounts.csv/14", "twice"),
    "a number of another kind twice": (_replaced("accounts.csv", "CASH-13", "CASH-8"), "/accounts.csv/14", "twice"),
    "an account twice": (_replaced("accounts.csv", f"CASH-13,{OWN},HOUSE", f"CASH-13,{OWN},NSD"),
                         "/accounts.csv/14", "twice"),
    "cash nowhere": (_replaced("accounts.csv", f"CASH-13,{OWN},HOUSE", f"CASH-13,{OWN},"),
                     "/accounts.csv/14", "empty-cell"),
    "an account of other books": (_replaced("accounts.csv", "RUS,CASH-13", "EUR,CASH-13"),
                                  "/accounts.csv/14", "unknown"),
    "a pool twice": (
        _replaced("pools.csv", "GENERAL\n", f"GENERAL\n6,RUS,{ANNA},{SBER},GENERAL\n"), "/pools.csv/3", "twice",
    ),
    "a moment of no zone": (_replaced("lots.csv", "11:00:00+03:00,1", "11:00:00,1"), "/lots.csv/2", "unreadable-cell"),
    "captured in no zone": (_replaced("deals.ndjson", "10:16:00+03:00", "10:16:00"),
                            "/deals.ndjson/1/captured_at", "invalid"),
    "no source": (_replaced("lots.csv", "cost_base\n", "source\n"), "/lots.csv/2", "unreadable-cell"),
    "more kept back than paid": (_replaced("taxes.csv", ",1000,78,", ",77,78,"), "/taxes.csv/2", "not-of-payment"),
    "costs below nothing": (_replaced("incomes.csv", ",1000,400,", ",1000,-400,"), "/incomes.csv/2", "below-nothing"),
    "more places than are kept": (_replaced("bank.csv", "RUB,500\n", "RUB,500.000000001\n"),
                                  "/bank.csv/4", "unreadable-cell"),
    "what the database refuses": (
        _replaced("deals.ndjson", '"approval": "APPROVED"', '"approval": "APPROVED", "reason": "longer than a reason"'),
        "/books.json", "refused-by-database",
    ),
    "a balance of no account": (_replaced("balances.csv", "CASH-13", "CASH-99"), "/balances.csv/3", "unknown"),
    "nobody": (_replaced("accounts.csv", f"CASH-7,{ANNA}", "CASH-7,NOBODY"), "/accounts.csv/8", "unknown"),
    "a later day": (_replaced("balances.csv", "CASH-13,RUB,2026-11-19", "CASH-13,RUB,2026-11-20"),
                    "/balances.csv/3", "after-the-day"),
    "no number": (_replaced("bank.csv", "RUB,500\n", "RUB,five\n"), "/bank.csv/4", "unreadable-cell"),
    "no number at all": (_replaced("bank.csv", "RUB,500\n", "RUB,NaN\n"), "/bank.csv/4", "unreadable-cell"),
    "an empty cell": (_replaced("bank.csv", "RUB,500\n", "RUB,\n"), "/bank.csv/4", "empty-cell"),
    "another header": (_replaced("bank.csv", "amount", "sum"), "/bank.csv/1", "wrong-columns"),
    "a price below nothing": (_replaced("lots.csv", "60,15000", "60,-15000"), "/lots.csv/2", "below-nothing"),
    "money that is none": (_replaced("lots.csv", "7.50,RUB", "7.50,XRB"), "/lots.csv/2", "unknown"),
    "an unknown base": (_replaced("incomes.csv", "TRADED", "OTHER"), "/incomes.csv/2", "unknown"),
    "no manifest": (_replaced("books.json", '"format": 1', '"format": 2'), "/books.json", "unreadable"),
    "no deal": (_replaced("deals.ndjson", '"number": 40', '"number": "x"'), "/deals.ndjson/1/number", "invalid"),
    "an unknown instrument": (
        _replaced("deals.ndjson", f'"instrument": "{SBER}"', '"instrument": "RU0000000000"'),
        "/deals.ndjson/1/instrument", "unknown-instrument",
    ),
    "an unknown instruction": (
        _replaced("deals.ndjson", '"cash_account": "', '"cash_account": "x'), "/deals.ndjson/1", "unknown",
    ),
    "settled, but when": (
        _replaced("deals.ndjson", '"approval": "APPROVED"', '"settlement": "SETTLED"'),
        "/deals.ndjson/1", "invalid",
    ),
    "a flow that the deal has not": (
        _replaced("deals.ndjson", '"kind": "FEE"', '"kind": "TAX"'), "/deals.ndjson/1", "no-such-flow",
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", WRONG)
def test_what_does_not_hold_refuses_the_whole(what: str, tmp_path: Path) -> None:
    change, pointer, code = WRONG[what]
    assert (pointer, code) in refused(write(tmp_path / "old", change(files())))


def test_everything_wrong_is_told_at_once(tmp_path: Path) -> None:
    told_files = files()
    for change in (
        WRONG["nobody"][0],
        WRONG["an unknown base"][0],
        WRONG["an unknown instrument"][0],
    ):
        told_files = change(told_files)
    found = {pointer for pointer, _ in refused(write(tmp_path / "old", told_files))}
    assert {"/accounts.csv/8", "/incomes.csv/2", "/deals.ndjson/1/instrument"} <= found


def test_a_file_that_is_missing_is_told(tmp_path: Path) -> None:
    root = write(tmp_path / "old", files())
    (root / "bank.csv").unlink()
    assert ("/bank.csv", "unreadable") in refused(root)


def test_a_deal_twice_is_refused(tmp_path: Path) -> None:
    told_files = files()
    twice = told_files | {"deals.ndjson": told_files["deals.ndjson"] * 2}
    assert refused(write(tmp_path / "old", twice)) == [("/deals.ndjson/2", "twice")]


def test_what_has_a_number_of_other_books_is_refused(tmp_path: Path) -> None:
    opened(write(tmp_path / "old", files()))
    told_files = files() | {"lots.csv": files()["lots.csv"].splitlines()[0] + "\n"}
    for name in (
        "accounts.csv",
        "balances.csv",
        "taxes.csv",
        "incomes.csv",
        "depository.csv",
        "bank.csv",
    ):
        told_files[name] = told_files[name].splitlines()[0] + "\n"
    told_files["books.json"] = told_files["books.json"].replace('"RUS"', '"EUR"')
    told_files["deals.ndjson"] = ""
    told_files["accounts.csv"] += "EUR,CASH-7,999900DEMOSEVEREU023,NSD,,\n"
    told_files["pools.csv"] = told_files["pools.csv"].replace("RUS", "EUR")
    with pytest.raises(FolderRefused) as refusal:
        opened(write(tmp_path / "eur", told_files))
    found = [(each.pointer, each.facts["what"]) for each in refusal.value.problems]
    assert found == [("/accounts.csv", "CASH-7"), ("/pools.csv", "LP-5")]


def test_another_day_is_refused(tmp_path: Path) -> None:
    root = write(tmp_path / "old", files())
    actor = User.objects.get(username="admin")
    with pytest.raises(OtherDay):
        open_books(root, day=NEXT, actor=actor, at=timezone.now())


def test_the_commands_say_what_they_did(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    broken = write(tmp_path / "broken", WRONG["the bank has more"][0](files()))
    with pytest.raises(CommandError, match="501 by the file, 500 by the books") as refusal:
        call_command("open_books", str(broken), date=DAY, user="admin")
    assert "The books are not opened: What does not hold in the folder: 1." in str(refusal.value)
    root = write(tmp_path / "old", files())
    call_command("open_books", str(root), date=DAY, user="admin")
    assert "opened: 1 deals, 1 settlements" in capsys.readouterr().out
    call_command("open_books", str(root), date=DAY, user="admin")
    assert "before" in capsys.readouterr().out
    call_command("export_books", str(tmp_path / "new"), date=DAY, entity=["RUS"])
    assert "13  accounts.csv" in capsys.readouterr().out
    with pytest.raises(CommandError, match="is there already"):
        call_command("export_books", str(tmp_path / "new"), date=DAY)
    with pytest.raises(CommandError, match="no user"):
        call_command("open_books", str(root), date=DAY, user="nobody")
