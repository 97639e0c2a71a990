"""A FIX log from its first import to executed deals: kept, counted, valued, mapped by one rule, booked."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.db.models import Sum

from backoffice.connectors.formats.fix import read_dump
from backoffice.connectors.models import FixMapping, InboundFile
from backoffice.workflow.models import WorkItem
from deals.models import Deal, Inbound
from refdata.models import Asset, FxRate, Instrument, InstrumentIdentifier
from refdata.selectors import forget_reference_data
from tests.connectors.test_fix import message
from tests.following import follow_events

pytestmark = pytest.mark.usefixtures("own_database")

LOG = "messages/fix/100FIX42.dat"
RULE = {
    "instrument_by": "SYMBOL", "currency": "USD", "market": "XNYS", "settle_days": 3,
    "book": "EQ-EU", "counterparty": "999900DEMOBANKFIVE78", "reason": "The broker repeats one CUSIP.",
}  # fmt: skip


@pytest.fixture
def log(shared_data: Path) -> bytes:
    return (shared_data / LOG).read_bytes()


def expected(file: str) -> Iterator[dict[str, str]]:
    path = Path(__file__).resolve().parents[1] / "expected" / "imports.csv"
    with path.open(encoding="utf-8", newline="") as lines:
        yield from (row for row in csv.DictReader(lines) if row["file"] == file)


def bring(api: Any, raw: bytes, *, by: str = "clerk", name: str = "log.dat", key: str = "") -> Any:
    caller = api(by)
    headers = caller._headers() | {
        "Idempotency-Key": key or f"{name}-{Inbound.objects.count()}-{id(raw)}"
    }
    file = SimpleUploadedFile(name, raw)
    return caller.client.post("/api/v1/inbound/files/", {"file": file}, headers=headers)


def own_reference_data(symbols: set[str]) -> None:
    """The instruments that the log names by symbol, and a rate of that time."""
    for number, symbol in enumerate(sorted(symbols)):
        asset = Asset.objects.create(kind="SECURITY", code=f"TEST-{symbol}", name=symbol)
        row = Instrument.objects.create(
            asset=asset, ticker=symbol, kind="SHARE", currency="USD", market="XNYS",
            isin=f"XT{number:010d}",
        )  # fmt: skip
        InstrumentIdentifier.objects.create(instrument=row, scheme="TICKER", value=symbol)
    FxRate.objects.create(
        base="EUR", quote="USD", rate_date=date(2015, 4, 1), source="TEST", value=Decimal("1.08")
    )
    forget_reference_data()


def rule(api: Any, **changes: Any) -> str:
    proposed = api("clerk").post("/fix-mappings/", RULE | changes)
    assert proposed.status_code == 201, proposed.content
    reference: str = proposed.json()["reference"]
    approved = api("checker").post(f"/fix-mappings/{reference}/approve/")
    assert approved.status_code == 200, approved.content
    return reference


def booked() -> tuple[int, int, int, Decimal]:
    rows = Deal.objects.filter(stage="executed", versions__isnull=False)
    sides = rows.values_list("versions__side", flat=True)
    shares = rows.aggregate(sum=Sum("versions__quantity"))["sum"]
    return len(sides), list(sides).count("buy"), list(sides).count("sell"), shares


class TestTheRealLog:
    def test_every_fill_is_kept_for_repair_and_every_order_counted(
        self, api: Any, log: bytes
    ) -> None:
        answer = bring(api, log)
        assert answer.status_code == 200, answer.content
        document = answer.json()
        fills, orders = expected(LOG)
        assert document["orders"] == int(orders["count"]) == 75
        assert document["added"] == document["repair"] == int(fills["count"]) == 25
        assert document["messages"] == document["orders"] + document["fills"]
        rows = Inbound.objects.filter(state="REPAIR")
        codes = [{p["code"] for p in row.problems} for row in rows]
        assert (fills["outcome"], orders["outcome"]) == (
            "REPAIR(identifier-conflict)", "REFUSED(not-a-deal)",
        )  # fmt: skip
        assert all("identifier-conflict" in each for each in codes)
        received = [msgspec.json.decode(row.body) for row in rows]
        sides = [each["side"] for each in received]
        sums = {"buys": sides.count("buy"), "sells": sides.count("sell"),
                "shares": sum(Decimal(each["quantity"]) for each in received)}  # fmt: skip
        assert fills["sums"] == " ".join(f"{name}={value}" for name, value in sums.items())
        assert rows.aggregate(worth=Sum("amount"))["worth"] == Decimal("1089300") * Decimal(
            "48.141"
        )
        assert Deal.objects.count() == 0
        follow_events()
        assert WorkItem.objects.filter(kind="repair").count() == 25

    def test_one_rule_later_they_are_executed_deals(self, api: Any, log: bytes) -> None:
        bring(api, log)
        own_reference_data({fill.symbol for fill in read_dump(log).fills})
        reference = rule(api)
        replayed = api("clerk").post(f"/fix-mappings/{reference}/replay/")
        assert replayed.status_code == 200, replayed.content
        assert (len(replayed.json()["captured"]), replayed.json()["waiting"]) == (25, [])
        assert booked() == (25, 14, 11, Decimal("1089300"))
        assert Inbound.objects.filter(state="REPLAYED", deal__isnull=False).count() == 25
        deal = Deal.objects.get(instrument__ticker="SJM")
        assert (deal.trade_date, deal.due_date) == (date(2015, 4, 6), date(2015, 4, 9))

        # Again, by replaying and by bringing the log once more: nothing is added.
        again = api("clerk").post(f"/fix-mappings/{reference}/replay/").json()
        assert again == {"captured": [], "waiting": []}
        document = bring(api, log, name="again.dat").json()
        assert (document["added"], document["known"], document["captured"]) == (0, 25, 25)
        assert booked() == (25, 14, 11, Decimal("1089300"))
        assert (Inbound.objects.count(), InboundFile.objects.count()) == (25, 1)

    def test_with_the_rule_in_force_a_log_is_booked_as_it_comes(self, api: Any, log: bytes) -> None:
        own_reference_data({fill.symbol for fill in read_dump(log).fills})
        rule(api)
        document = bring(api, log).json()
        assert (document["added"], document["captured"], document["repair"]) == (25, 25, 0)
        assert booked() == (25, 14, 11, Decimal("1089300"))
        follow_events()

    def test_the_one_fill_of_nothing_is_settled_once_it_is_agreed(
        self, api: Any, log: bytes
    ) -> None:
        own_reference_data({fill.symbol for fill in read_dump(log).fills})
        rule(api)
        bring(api, log)
        deal = Deal.objects.get(instrument__ticker="BLK")
        assert (deal.flows.count(), deal.versions.get().quantity) == (0, Decimal(0))
        api("dealer").get(f"/deals/D-{deal.pk}/")
        confirmed = api("clerk").post(f"/deals/D-{deal.pk}/confirm/")
        assert confirmed.status_code == 200, confirmed.content
        api("checker").post(f"/deals/D-{deal.pk}/approve/")
        follow_events()
        deal.refresh_from_db()
        assert deal.state == "SETTLED"

    @pytest.mark.parametrize(
        "file", ["messages/fix/42_order_single.txt", "messages/fix/44_new_order_cross.txt"]
    )
    def test_files_of_orders_alone(self, api: Any, shared_data: Path, file: str) -> None:
        document = bring(api, (shared_data / file).read_bytes()).json()
        (orders,) = expected(file)
        assert document["orders"] == int(orders["count"])
        assert (document["fills"], document["problems"]) == (0, [])
        assert Inbound.objects.count() == 0

    def test_by_command(self, shared_data: Path, capsys: Any) -> None:
        for line in ("25 new, 0 known", "0 new, 25 known"):
            call_command("import_fix", str(shared_data / LOG), "--user", "clerk")
            assert f"100 messages, 75 orders, 25 fills: {line}" in capsys.readouterr().out


class TestMappingRules:
    def test_no_rule_is_in_force_before_other_eyes(self, api: Any) -> None:
        bring(api, message() + message(t17="E-2", t55="GAZP"))
        proposed = api("clerk").post(
            "/fix-mappings/", RULE | {"book": "EQ-RU", "market": "", "settle_days": None}
        )
        reference = proposed.json()["reference"]
        replayed = api("clerk").post(f"/fix-mappings/{reference}/replay/").json()
        assert replayed == {"captured": [], "waiting": []}
        assert api("clerk").post(f"/fix-mappings/{reference}/approve/").status_code == 403
        row = FixMapping.objects.get()
        FixMapping.objects.filter(pk=row.pk).update(makers=[api("checker").user.pk])
        refused = api("checker").post(f"/fix-mappings/{reference}/approve/")
        assert (refused.status_code, refused.json()["code"]) == (403, "other-eyes-required")

    def test_the_most_specific_rule_is_taken_and_what_the_fill_says_stays(self, api: Any) -> None:
        general = {"currency": "EUR", "market": "", "settle_days": None}
        rule(api, book="EQ-CL", **general)
        rule(api, book="EQ-RU", sender="BROKER", counterparty="999900DEMOBANKONE097", **general)
        document = bring(api, message() + message(t17="E-2", t55="GAZP", t31="128.1")).json()
        assert (document["captured"], document["repair"]) == (2, 0)
        rows = Deal.objects.order_by("id").values_list(
            "instrument__ticker", "book__code", "counterparty__code", "versions__currency"
        )
        one = "999900DEMOBANKONE097"
        assert list(rows) == [("SBER", "EQ-RU", one, "RUB"), ("GAZP", "EQ-RU", one, "RUB")]

    def test_one_rule_for_the_same_sessions(self, api: Any) -> None:
        rule(api)
        second = api("clerk").post("/fix-mappings/", RULE).json()["reference"]
        refused = api("checker").post(f"/fix-mappings/{second}/approve/")
        assert (refused.status_code, refused.json()["code"]) == (409, "mapping-in-force")
        withdrawn = api("checker").post("/fix-mappings/FM-1/withdraw/", {"reason": "New feed."})
        assert withdrawn.status_code == 200, withdrawn.content
        assert api("checker").post(f"/fix-mappings/{second}/approve/").status_code == 200

    @pytest.mark.parametrize(
        "changes",
        [{"book": "NOWHERE"}, {"counterparty": "NOBODY"}, {"counterparty": ""}, {"market": "XXXX"},
         {"market": "", "settle_days": 2}, {"currency": "XXZ"}],
    )  # fmt: skip
    def test_a_rule_that_says_too_little_is_refused(self, api: Any, changes: Any) -> None:
        refused = api("clerk").post("/fix-mappings/", RULE | changes)
        assert (refused.status_code, refused.json()["code"]) == (422, "mapping-incomplete")

    def test_what_a_rule_cannot_resolve_goes_on_waiting_and_says_why(self, api: Any) -> None:
        bring(api, message(t55="NOSUCH", t48=""))
        reference = rule(api, market="", settle_days=None, currency="")
        waiting = api("clerk").post(f"/fix-mappings/{reference}/replay/").json()["waiting"]
        assert [row["problem"]["code"] for row in waiting] == ["still-unresolved"]
        assert Inbound.objects.get().state == "REPAIR"

    def test_a_correction_waits_for_a_person(self, api: Any) -> None:
        rule(api, book="EQ-RU", market="", settle_days=None)
        document = bring(api, message(t20="1")).json()
        assert (document["captured"], document["repair"]) == (0, 1)


class TestBadLogs:
    def test_bad_messages_are_listed_and_the_good_one_is_kept(self, api: Any) -> None:
        raw = message() + message(without="17") + message(t31="NaN") + message(t17="E-4")[:60]
        document = bring(api, raw).json()
        assert (document["added"], document["unreadable"]) == (1, 3)
        found = {(p["message"], p["tag"], p["code"]) for p in document["problems"]}
        assert {(2, "17", "missing-tag"), (3, "31", "not-a-number")} <= found
        assert 4 in {p["message"] for p in document["problems"]}
        assert InboundFile.objects.get().counts["unreadable"] == 3

    @pytest.mark.parametrize("raw", [b"", b"\xff\x00", b"hello", b"PK\x03\x04" + b"x" * 999])
    def test_what_is_no_log_is_refused(self, api: Any, raw: bytes) -> None:
        refused = bring(api, raw)
        assert (refused.status_code, refused.json()["code"]) == (422, "not-fix")

    def test_no_file_and_nobody_without_the_permission(self, api: Any) -> None:
        assert bring(api, message(), by="dealer").status_code == 403
        caller = api("clerk")
        headers = caller._headers() | {"Idempotency-Key": "k"}
        assert caller.client.post("/api/v1/inbound/files/", {}, headers=headers).status_code == 400

    def test_the_same_request_again_is_the_same_answer(self, api: Any) -> None:
        caller = api("clerk")
        headers = caller._headers() | {"Idempotency-Key": "same"}
        body = b'--B\r\nContent-Disposition: form-data; name="file"; filename="l"\r\n\r\n'
        body += message() + b"\r\n--B--\r\n"
        answers = [
            caller.client.post(
                "/api/v1/inbound/files/", body, content_type="multipart/form-data; boundary=B",
                headers=headers,
            )
            for _ in range(2)
        ]  # fmt: skip
        assert answers[0].content == answers[1].content
        assert answers[1]["Idempotency-Replayed"] == "true"
        assert Inbound.objects.count() == 1


class TestPages:
    def test_a_log_is_brought_a_rule_proposed_approved_and_what_waits_booked(
        self, api: Any, client: Any
    ) -> None:
        client.force_login(api("clerk").user)
        file = SimpleUploadedFile("l.fix", message() + message(t17="E-2", t55="GAZP"))
        page = client.post("/fix/import/", {"file": file}, follow=True)
        assert "2 fills" in page.content.decode()
        typed = {name: str(value) for name, value in RULE.items()}
        typed |= {"book": "EQ-RU", "market": "", "settle_days": "", "currency": ""}
        page = client.post("/fix/propose/", typed, follow=True)
        assert page.request["PATH_INFO"] == "/fix/FM-1/"
        client.force_login(api("checker").user)
        page = client.post("/fix/FM-1/approve/", follow=True)
        assert FixMapping.objects.get().state == "APPROVED"
        client.force_login(api("clerk").user)
        page = client.post("/fix/FM-1/replay/", follow=True)
        assert page.status_code == 200
        assert Deal.objects.count() == 2
        assert "FM-1" in client.get("/fix/").content.decode()
        assert client.get("/fix/FM-99/").status_code == 404
