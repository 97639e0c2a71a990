"""Two systems side by side: what the other one says of an evening differs from our books, or does so no more."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from backoffice.going_live.folder import FolderRefused
from backoffice.going_live.parallel import Compared, compare_books, results_of
from backoffice.going_live.proofs import at_places
from backoffice.workflow.models import WorkItem
from reconciliation.models import Break
from refdata.models import Entity
from tests.access.people import browser
from tests.following import follow_events
from tests.reporting.running import run_of, told
from tests.reporting.stated_firm import MONDAY, TUESDAY, a_week

pytestmark = pytest.mark.usefixtures("own_database")
OWN, SBER = "999900DEMOSEVERRU017", "RU0009029540"


@pytest.fixture
def week(own_database: None) -> Any:
    return a_week()


def folder(root: Path, **files: str) -> Path:
    heads = {
        "depository": "entity,place,owner,asset,quantity", "bank": "entity,place,owner,currency,amount",
        "results": "entity,book,result",
    }  # fmt: skip
    root.mkdir(exist_ok=True)
    for name, head in heads.items():
        (root / f"{name}.csv").write_text(f"{head}\n{files.get(name, '')}", encoding="utf-8")
    return root


def ours(firm: Any, root: Path, **changed: tuple[str, str]) -> Path:
    """What our own books say of Tuesday as the other system would, with something changed in a file."""
    rows = {
        "depository": at_places([firm.entity.pk], TUESDAY, "HOLDING"),
        "bank": at_places([firm.entity.pk], TUESDAY, "CASH"),
        "results": {("RUS", *key): amount for key, amount in results_of(firm.entity, TUESDAY).items()},
    }  # fmt: skip
    files = {
        name: "".join(f"{','.join(key)},{amount.normalize():f}\n" for key, amount in some.items())
        for name, some in rows.items()
    }
    for name, (old, new) in changed.items():
        assert old in files[name], files[name]
        files[name] = files[name].replace(old, new)
    return folder(root, **files)


def compared(root: Path) -> Compared:
    done = compare_books(root, day=TUESDAY, at=timezone.now())
    follow_events()
    return done


def test_what_both_say_differs_in_nothing(week: Any, tmp_path: Path) -> None:
    done = compared(ours(week, tmp_path / "tuesday"))
    assert done == Compared(5, 0, 0, 0)


def test_the_result_of_a_day_is_that_of_the_report(week: Any, tmp_path: Path) -> None:
    """By hand: 100 shares dealt at 250 are worth 250 by the evening, and a fee of 10 dollars at 91 rubles is paid."""
    run = run_of(
        "result-attribution",
        parameters={"earned_from": TUESDAY.isoformat(), "earned_until": TUESDAY.isoformat()},
    )
    books = told(run, section="books", entity="RUS", book=week.book.code)
    in_file = (ours(week, tmp_path / "t") / "results.csv").read_text()
    assert sum(Decimal(row["changed"]) for row in books) == Decimal("-910.00")
    assert in_file == f"entity,book,result\nRUS,{week.book.code},-910\n"


def test_what_differs_is_a_break_until_it_does_no_more(week: Any, tmp_path: Path) -> None:
    wrong = ours(
        week, tmp_path / "wrong", bank=(f"{OWN},USD,990", f"{OWN},USD,980"),
        results=("-910", "-909.99"),
    )  # fmt: skip
    assert compared(wrong).opened == 2
    assert compared(wrong) == Compared(5, 0, 0, 2)
    cash, result = Break.objects.filter(kind="SYSTEM").order_by("facts__what")
    assert cash.theirs - cash.ours == -10
    assert (cash.asset.code, cash.facts["owner"]) == ("USD", OWN)
    assert (result.theirs, result.ours) == (Decimal("-909.99"), Decimal(-910))
    assert result.facts["book"] == week.book.code
    assert WorkItem.objects.filter(subject_type="break", closed_at=None).count() == 2
    done = compared(ours(week, tmp_path / "right"))
    assert (done.opened, done.closed, done.live) == (0, 2, 0)
    assert not WorkItem.objects.filter(subject_type="break", closed_at=None).exists()


def test_what_only_one_of_both_has_differs(week: Any, tmp_path: Path) -> None:
    root = ours(week, tmp_path / "less")
    lines = (root / "depository.csv").read_text().splitlines(keepends=True)
    (root / "depository.csv").write_text("".join(lines[:1] + lines[2:]), encoding="utf-8")
    assert compared(root).opened == 1
    missing = Break.objects.get(kind="SYSTEM")
    assert missing.theirs == 0
    assert missing.ours > 0


def test_an_entity_that_no_file_names_is_left_alone(week: Any, tmp_path: Path) -> None:
    compared(ours(week, tmp_path / "all"))
    assert not Break.objects.filter(entity=Entity.objects.get(code="EUR")).exists()


def test_what_cannot_be_read_changes_nothing(week: Any, tmp_path: Path) -> None:
    wrong = ours(week, tmp_path / "wrong", results=("-910", "-909.99"))
    compared(wrong)
    unknown = folder(tmp_path / "unknown", bank="RUS,NOWHERE,NOBODY,RUB,1\n")
    with pytest.raises(FolderRefused) as refusal:
        compare_books(unknown, day=TUESDAY, at=timezone.now())
    assert [each.pointer for each in refusal.value.problems] == ["/bank.csv/2", "/bank.csv/2"]
    assert Break.objects.exclude(state="CLOSED").filter(kind="SYSTEM").count() == 1


def test_the_command_says_what_it_found(
    week: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wrong = ours(week, tmp_path / "wrong", results=("-910", "-909.99"))
    call_command("compare_books", str(wrong), date=TUESDAY)
    assert "1 differences opened, 0 closed, 1 stand" in capsys.readouterr().out
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("compare_books", str(tmp_path / "nothing"), date=MONDAY)


def test_the_page_says_what_differs(week: Any, tmp_path: Path) -> None:
    compared(ours(week, tmp_path / "wrong", results=("-910", "-909.99")))
    row = Break.objects.get(kind="SYSTEM")
    page = browser("clerk").get(f"/reconciliation/breaks/{row}/")
    assert page.status_code == 200
    text = page.content.decode()
    assert "The other system has another figure" in text
    assert week.book.code in text
    assert "those who keep the other system" in text
