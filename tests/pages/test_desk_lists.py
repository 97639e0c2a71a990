"""Lists are all alike: filtered by the address, counted and summed, in pages that stay, and as files."""

from __future__ import annotations

import csv
from decimal import Decimal
from io import BytesIO, StringIO
from typing import Any

import openpyxl
import pytest
from django.test import Client

from backoffice.access.models import User
from backoffice.desk import totals
from backoffice.desk.base import PAGE_SIZE
from backoffice.desk.cells import in_file
from backoffice.desk.tables import Column
from deals.models import Deal
from deals.selectors import deals

pytestmark = pytest.mark.usefixtures("own_database")


def browser(name: str = "clerk") -> Client:
    client = Client(headers={"Accept-Language": "en"})
    client.force_login(User.objects.get(username=name))
    return client


def capture(api: Any, sample: dict[str, Any], count: int, **changes: str) -> None:
    for number in range(count):
        reference = f"{changes.get('book', 'L')}-{changes.get('quantity', '')}-{number}"
        answer = api("dealer").post("/deals/", {**sample, **changes, "external_ref": reference})
        assert answer.status_code == 201, answer.content


class TestAList:
    def test_goes_on_by_key_and_stays_while_rows_come_in(
        self, api: Any, sample: dict[str, Any]
    ) -> None:
        capture(api, sample, PAGE_SIZE + 3)
        first = browser().get("/deals/").context["list"]
        assert len(first.rows) == PAGE_SIZE
        capture(api, sample, 4, quantity="2")
        second = browser().get(first.next).context["list"]
        assert [row.reference for row in second.rows] == ["D-3", "D-2", "D-1"]
        assert second.next == ""
        assert second.newest

    def test_sums_what_is_filtered_in_each_currency(self, api: Any, sample: dict[str, Any]) -> None:
        capture(api, sample, 2)
        shown = browser().get("/deals/").context["list"]
        assert shown.count == "2"
        assert shown.sums == [("RUB", Decimal("625212.46"))]
        narrowed = browser().get("/deals/", {"status": "CANCELLED"}).context["list"]
        assert (narrowed.count, narrowed.rows) == ("0", [])
        assert [str(chip.value) for chip in narrowed.chips] == ["Cancelled"]
        assert narrowed.chips[0].without == "/deals/"

    def test_beyond_the_bound_it_estimates_and_sums_nothing(
        self, api: Any, sample: dict[str, Any], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        capture(api, sample, 12)
        monkeypatch.setattr(totals, "COUNTED", 5)
        rows = deals(visible_to=User.objects.get(username="clerk"))
        found = totals.total_of(rows, ("net_amount", "currency"))
        assert found.sums == ()
        assert found.count.startswith("about ") or found.count == "5+"

    def test_shows_the_columns_of_the_address(self, api: Any, sample: dict[str, Any]) -> None:
        capture(api, sample, 1)
        shown = browser().get("/deals/?cols=reference,external_ref").context["list"]
        assert [column.path for column in shown.columns] == ["reference", "external_ref"]
        assert "cols=" in shown.export

    def test_is_exported_exactly_as_it_is_seen(self, api: Any, sample: dict[str, Any]) -> None:
        capture(api, sample, PAGE_SIZE + 1)
        capture(api, sample, 1, quantity="2")
        Deal.objects.filter(external_ref="L-2-0").update(external_ref="=1+1")
        address = "/deals/?trade_date_after=2026-01-01&cols=reference,external_ref,net_amount"
        answer = browser().get(f"{address}&export=csv")
        text = b"".join(answer.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
        rows = list(csv.reader(StringIO(text)))
        assert rows[0] == ["Deal", "Net amount", "External reference"]
        assert rows[1] == [f"D-{PAGE_SIZE + 2}", "625.21", "'=1+1"]
        assert len(rows) == 1 + PAGE_SIZE + 2
        assert browser().get("/deals/?export=exe").status_code == 404

    def test_is_exported_as_a_workbook_with_numbers_and_dates(
        self, api: Any, sample: dict[str, Any]
    ) -> None:
        capture(api, sample, 2)
        Deal.objects.filter(pk=1).update(external_ref="=1+1")
        address = "/deals/?cols=reference,external_ref,net_amount,trade_date&export=xlsx"
        answer = browser().get(address)
        book = openpyxl.load_workbook(BytesIO(b"".join(answer.streaming_content)))  # type: ignore[attr-defined]
        rows = list(book.active.iter_rows(values_only=True))
        assert [str(c) for c in rows[0]] == [
            "Deal",
            "Net amount",
            "Trade date",
            "External reference",
        ]
        assert rows[2][:2] == ("D-1", 312606.23)
        assert rows[2][2].date() == Deal.objects.get(pk=1).trade_date
        assert rows[2][3] == "=1+1"
        assert book.active["D3"].data_type == "s"

    def test_says_what_is_wrong_with_a_filter(self) -> None:
        shown = browser().get("/deals/", {"trade_date_after": "yesterday"}).context["list"]
        (field,) = [each for each in shown.fields if each.name == "trade_date_after"]
        assert field.value == "yesterday"
        assert field.problem


def test_a_file_never_holds_a_formula() -> None:
    column = Column("Name", "name")
    assert [in_file(column, {"name": n}) for n in ("=A1", "@x", "-1", "Alfa")] == [
        "'=A1", "'@x", "'-1", "Alfa",
    ]  # fmt: skip
    assert in_file(Column("Price", "a", "price"), {"a": Decimal("-1.50")}) == "-1.5"
    money = Column("Amount", "a", "money", "c")
    for currency, text in (("RUB", "-1.50"), ("JPY", "-2"), ("KWD", "-1.500")):
        assert in_file(money, {"a": Decimal("-1.5000"), "c": currency}) == text


def test_the_palette_finds_only_what_its_reader_may_open(api: Any, sample: dict[str, Any]) -> None:
    capture(api, sample, 1)

    def hits(who: str, asked: str) -> list[str]:
        return [hit.url for hit in browser(who).get("/search/", {"q": asked}).context["hits"]]

    assert hits("clerk", "d-1") == ["/deals/D-1/"]
    assert hits("clerk", "L--0") == ["/deals/D-1/"]
    assert hits("clerk", "D-999") == []
    assert "/ledger/" in hits("clerk", "ledger")
    assert "/ledger/" not in hits("dealer", "ledger")
    assert hits("dealer", "E-1") == []
    assert "/deals/?instrument=RU0009029540" in hits("dealer", "sber")
    assert "/reference/instructions/" in hits("clerk", "standing")
    assert hits("clerk", "D-" + "9" * 30) == []
    assert hits("clerk", "x\u0000y") == []


def test_colours_are_chosen_and_kept() -> None:
    client = browser()
    answer = client.post("/theme/", {"theme": "dark", "next": "/deals/"})
    assert answer["Location"] == "/deals/"
    assert b'data-theme="dark"' in client.get("/deals/").content
    assert client.post("/theme/", {"next": "https://evil.example/"})["Location"] == "/"
    assert b"data-theme" not in client.get("/deals/").content
