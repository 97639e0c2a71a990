"""The ladder over REST and on its pages: a figure opens its rows, a what-if writes nothing, proposals are a file."""

from __future__ import annotations

import html
import re
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from backoffice.access.models import User
from refdata.firm_days import firm_day
from refdata.models import BookScope
from refdata.selectors import forget_reference_data
from settlements.models import Settlement
from tests.pages.test_pages import browser
from tests.settlements.ladder.stage import D, firm, give, party, put
from tests.settlements.test_trying import untouched

pytestmark = pytest.mark.usefixtures("own_database")


@pytest.fixture
def row() -> Settlement:
    """10.005 dinars go today, matched; nothing is there."""
    other = party("L-1")
    put(other, "4", comes=True, due=firm_day(timezone.now()), currency="KWD", matching="UNMATCHED")
    return put(other, "10.005", comes=False, due=firm_day(timezone.now()), currency="KWD")


def told(api: Any, **query: str) -> Any:
    answer = api("accountant").get("/cash-ladder/", currency="KWD", **query)
    assert answer.status_code == 200, answer.content
    return answer.json()


def moved(line: Any) -> Any:
    """The one day on which something moves."""
    (day,) = [each for each in line["days"] if each["movements"]]
    return day


class TestRest:
    def test_a_line_with_its_days_and_a_figure_with_its_rows(
        self, api: Any, row: Settlement
    ) -> None:
        (line,) = told(api)["results"]
        assert (line["place"], line["whose"], line["currency"]) == ("NSD", "OWN", "KWD")
        day = moved(line)
        assert [day[name]["amount"] for name in ("opening", "in", "out", "closing", "lacks")] == [
            "0.000", "4.000", "10.005", "-6.005", "6.005",
        ]  # fmt: skip
        key = {
            "entity": "RUS",
            "place": "NSD",
            "owner": line["owner"],
            "currency": "KWD",
            "day": day["date"],
        }
        rows = api("accountant").get("/cash-ladder/rows/", **key, direction="out").json()["results"]
        assert [(each["reference"], each["amount"]["amount"]) for each in rows] == [
            (f"S-{row.pk}", "10.005")
        ]
        sure = moved(told(api, counting="SURE")["results"][0])
        assert (sure["not_counted"]["amount"], sure["closing"]["amount"]) == ("4.000", "-10.005")
        missing = api("accountant").get("/cash-ladder/rows/", **key | {"place": "CORR"})
        assert missing.status_code == 404

    def test_too_many_days_and_days_backwards_are_refused(self, api: Any) -> None:
        for query in (
            {"on": "2026-11-23", "until": "2027-02-23"},
            {"on": "2026-11-23", "until": "2026-11-22"},
        ):
            answer = api("accountant").get("/cash-ladder/", **query)
            assert (answer.status_code, answer.json()["code"]) == (422, "wrong-span")
        assert (
            api("accountant").get("/cash-ladder/", on="2026-11-23", until="2027-02-22").status_code
            == 200
        )

    def test_nobody_without_the_ledger_and_nothing_out_of_scope(
        self, api: Any, row: Settlement
    ) -> None:
        assert api("dealer").get("/cash-ladder/").status_code == 403
        BookScope.objects.create(user=User.objects.get(username="accountant"), entity=firm("EUR"))
        forget_reference_data()
        assert told(api)["results"] == []

    def test_a_proposal_says_how_much_from_where_until_when(
        self, api: Any, row: Settlement
    ) -> None:
        (found,) = (
            api("accountant").get("/cash-ladder/proposals/", currency="KWD").json()["results"]
        )
        assert (found["way"], found["place"], found["amount"]["amount"]) == (
            "BORROW",
            "NSD",
            "6.005",
        )
        give(firm().own_party, "CORR", "KWD", "6.005")
        (found,) = (
            api("accountant").get("/cash-ladder/proposals/", currency="KWD").json()["results"]
        )
        assert (found["way"], found["from"]["place"], found["from"]["spares"]["amount"]) == (
            "TRANSFER", "CORR", "6.005",
        )  # fmt: skip


class TestWhatIf:
    def tried(self, api: Any, *changes: dict[str, Any], **more: Any) -> Any:
        accountant = api("accountant")
        body = {"currency": "KWD", "changes": list(changes), **more}
        return untouched(lambda: accountant.post("/cash-ladder/what-if/", body))

    def first(self, answer: Any) -> tuple[str, str]:
        assert answer.status_code == 200, answer.content
        row = answer.json()["results"][0]
        return row["before"]["amount"], row["after"]["amount"]

    def test_each_change_is_beside_the_ladder_and_writes_nothing(
        self, api: Any, row: Settlement
    ) -> None:
        today = firm_day(timezone.now()).isoformat()
        cash = {
            "kind": "CASH",
            "entity": "RUS",
            "place": "NSD",
            "currency": "KWD",
            "amount": "5",
            "day": today,
        }
        results = self.tried(api, cash).json()["results"]
        assert D(results[-1]["after"]["amount"]) - D(results[-1]["before"]["amount"]) == 5
        silent = self.tried(api, {"kind": "SILENT", "counterparty": "L-1"}).json()["results"]
        assert {each["after"]["amount"] for each in silent} == {"0.000"}
        held = self.tried(api, {"kind": "HOLD", "settlement": f"S-{row.pk}"}).json()["results"]
        assert {each["after"]["amount"] for each in held} == {"4.000"}
        coming = Settlement.objects.exclude(pk=row.pk).get(
            source_type="test", counterparty=row.counterparty
        )
        released = self.tried(
            api, {"kind": "RELEASE", "settlement": f"S-{coming.pk}"}, counting="SURE"
        )
        assert self.first(released) == ("-10.005", "-6.005")
        later = firm_day(timezone.now()).replace(year=2027).isoformat()
        moved = self.tried(api, {"kind": "MOVE", "settlement": f"S-{row.pk}", "day": later}).json()[
            "results"
        ]
        assert {each["after"]["amount"] for each in moved} == {"4.000"}

    def test_what_names_nothing_is_told_beside_its_field(self, api: Any, row: Settlement) -> None:
        answer = self.tried(
            api, {"kind": "SILENT", "counterparty": "NOBODY"}, {"kind": "MOVE", "settlement": "S-999999"},
            {"kind": "CASH", "entity": "RUS", "place": "NSD", "currency": "XXQ", "amount": "0"},
        )  # fmt: skip
        assert answer.status_code == 422
        assert [each["pointer"] for each in answer.json()["errors"]] == [
            "/changes/0/counterparty", "/changes/1/day", "/changes/1/settlement", "/changes/2/currency",
            "/changes/2/amount", "/changes/2/day",
        ]  # fmt: skip
        assert self.tried(api).status_code == 422


@pytest.mark.parametrize("language", ["en", "ru"])
class TestPages:
    def test_they_open_and_every_number_leads_to_its_rows(
        self, row: Settlement, language: str
    ) -> None:
        client = browser("accountant", language)
        page = client.get("/cash/", {"currency": "KWD"})
        assert page.status_code == 200
        (currency,) = page.context["currencies"]
        urls = [
            cell.url
            for account in currency.accounts
            for shown in account.rows
            for cell in shown.cells
            if cell.url and cell.amount
        ]
        for url in urls:
            figure = client.get(url)
            assert figure.status_code == 200, url
            total = sum(amount for _code, amount in figure.context["list"].sums)
            expected = (D(4), D("10.005"), D("6.005")) if "source" in url else (D("6.005"), D(0))
            assert abs(total) in expected, url
        assert len(urls) >= 3
        words = "Платёжный календарь" if language == "ru" else "Cash ladder"
        assert words in page.content.decode()

    def test_what_is_seen_is_a_file(self, row: Settlement, language: str) -> None:
        client = browser("accountant", language)
        answer: Any = client.get("/cash/", {"currency": "KWD", "export": "csv"})
        text = b"".join(answer.streaming_content).decode()
        assert "-6.005" in text
        assert client.get("/cash/", {"currency": "KWD", "export": "xlsx"}).status_code == 200
        assert client.get("/cash/proposals/", {"export": "csv"}).status_code == 200
        assert client.get("/cash/proposals/").status_code == 200

    def test_a_what_if_stays_typed(self, row: Settlement, language: str) -> None:
        client = browser("accountant", language)
        assert client.get("/cash/what-if/").status_code == 200
        page = client.post("/cash/what-if/", {"silent_counterparty": "L-1"})
        assert page.status_code == 200, page.content[:300]
        assert page.context["moved"]
        wrong = client.post("/cash/what-if/", {"silent_counterparty": "NOBODY"})
        assert wrong.status_code == 422
        assert "NOBODY" in wrong.content.decode()
        assert (
            client.get("/cash/", {"on": "nonsense", "known_at": "2000-01-01T00:00:00Z"}).status_code
            == 200
        )

    def test_a_figure_of_nothing_is_not_found(self, row: Settlement, language: str) -> None:
        client = browser("accountant", language)
        assert (
            client.get("/cash/figure/", {"currency": "KWD", "day": "2026-11-23"}).status_code == 404
        )


class TestTransfers:
    def body(self, **more: Any) -> dict[str, Any]:
        today = firm_day(timezone.now()).isoformat()
        change = {
            "kind": "TRANSFER", "entity": "RUS", "place": "CORR", "to_place": "NSD", "currency": "KWD",
            "amount": "1.5", "day": today,
        }  # fmt: skip
        return {"currency": "KWD", "changes": [change | more]}

    def test_it_goes_out_of_one_account_and_into_the_other(self, api: Any, row: Settlement) -> None:
        accountant = api("accountant")
        answer = untouched(lambda: accountant.post("/cash-ladder/what-if/", self.body()))

        moved: dict[str, set[Decimal]] = {}
        for each in answer.json()["results"]:
            change = D(each["after"]["amount"]) - D(each["before"]["amount"])
            moved.setdefault(each["place"], set()).add(change)
        assert moved == {"CORR": {D("-1.5")}, "NSD": {D("1.5")}}

    @pytest.mark.parametrize(
        ("more", "pointer"),
        [({"to_place": "CORR"}, "to_place"), ({"to_place": "NOWHERE"}, "to_place"),
         ({"amount": "-1"}, "amount"), ({"amount": "0"}, "amount")],
    )  # fmt: skip
    def test_what_is_no_transfer_is_told_beside_its_field(
        self, api: Any, row: Settlement, more: dict[str, str], pointer: str
    ) -> None:
        answer = api("accountant").post("/cash-ladder/what-if/", self.body(**more))
        assert answer.status_code == 422
        assert [each["pointer"] for each in answer.json()["errors"]] == [f"/changes/0/{pointer}"]

    def test_a_proposal_leads_to_what_it_would_change(self, row: Settlement) -> None:
        give(firm().own_party, "CORR", "KWD", "6.005")
        client = browser("accountant")
        page = client.get("/cash/proposals/").content.decode()
        address = re.search(r'href="(/cash/what-if/\?transfer_[^"]+)"', page)
        assert address is not None
        form = client.get(html.unescape(address[1])).content.decode()
        assert 'name="transfer_place" value="CORR"' in form
        assert 'name="transfer_to_place" value="NSD"' in form
        assert 'name="transfer_amount" value="6.005"' in form
