"""What others instructed against us: kept once, compared with ours, answered, taken back or set aside."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from backoffice.connectors.models import InboundFile
from backoffice.connectors.places.models import Allegement
from backoffice.workflow.models import WorkItem
from refdata.models import StatedPosition
from settlements.models import Settlement
from tests.connectors.channels.playing import _message, answer, channel, mt548, released, sent, work
from tests.pages.test_pages import browser


def mt578(
    row: Settlement | None, *, reference: str = "AL1", quantity: str = "1000,", amount: str = "",
    function: str = "NEWM", previous: str = "", account: str = "NSD-RUS-DEPO",
    day: str = "",
) -> str:  # fmt: skip
    due = day or (f"{row.due_date:%Y%m%d}" if row else "20261201")
    money = amount or (f"{row.amount:f}".rstrip("0").replace(".", ",") if row else "1,")
    link = [":16R:LINK", f":20C::PREV//{previous}", ":16S:LINK"] if previous else []
    return _message("578", [
        ":16R:GENL", f":20C::SEME//{reference}", f":23G:{function}", *link, ":16S:GENL",
        ":16R:TRADDET", f":98A::SETT//{due}", ":35B:ISIN RU0009029540", ":22H::REDE//RECE",
        ":22H::PAYM//APMT", ":16S:TRADDET",
        ":16R:FIAC", f":36B::SETT//UNIT/{quantity}", f":97A::SAFE//{account}", ":16S:FIAC",
        ":16R:SETDET", ":22F::SETR//TRAD", ":16R:SETPRTY", ":95P::DEAG//IRVTUS3NXXX", ":16S:SETPRTY",
        ":16R:AMT", f":19A::SETT//RUB{money}", ":16S:AMT", ":16S:SETDET",
    ])  # fmt: skip


@pytest.fixture(autouse=True)
def _channels() -> None:
    channel()
    channel("NSD-IN", "IN")


class TestAllegement:
    def test_that_fits_ours_waits_until_both_match(self, api: Any, sample: dict[str, Any]) -> None:
        row = sent(api, sample)
        work()
        answer(mt578(row))
        told = Allegement.objects.get()
        assert (told.settlement_id, told.differs, told.state) == (row.pk, [], "OPEN")
        row.refresh_from_db()
        assert row.matching == "ALLEGED"
        assert WorkItem.objects.filter(kind="allegement", closed_at=None, queue="clerk").exists()

        answer(mt548(f"S{row.pk}", "MTCH//MACH"), name="matched.fin")
        told.refresh_from_db()
        assert told.state == "ANSWERED"
        assert not WorkItem.objects.filter(kind="allegement", closed_at=None).exists()

    def test_that_differs_says_in_what(self, api: Any, sample: dict[str, Any]) -> None:
        row = released(api, sample)
        answer(mt578(row, quantity="900,", amount="1,"))
        told = Allegement.objects.get()
        assert told.settlement_id == row.pk
        assert [each["what"] for each in told.differs] == ["quantity", "money"]
        assert WorkItem.objects.get(kind="allegement").reason == "quantity, money"

    def test_that_has_nothing_in_common_with_ours_names_none(
        self, api: Any, sample: dict[str, Any]
    ) -> None:
        row = released(api, sample)
        answer(mt578(row, quantity="900,", amount="1,", day="20301230"))
        assert Allegement.objects.get().settlement_id is None

    def test_the_page_says_what_differs_as_it_writes_such_things(
        self, api: Any, sample: dict[str, Any]
    ) -> None:
        row = released(api, sample)
        answer(mt578(row, quantity="9000,", amount="1234567,5"))
        page = browser("clerk").get(f"/allegements/{Allegement.objects.get()}/").content.decode()
        assert '<td data-label="Theirs">9,000</td>' in page
        assert '<td data-label="Theirs">1,234,567.50 RUB</td>' in page

    def test_of_what_we_do_not_have_is_work_until_it_is_set_aside(self, api: Any) -> None:
        answer(mt578(None))
        told = Allegement.objects.get()
        assert told.settlement_id is None
        done = api("clerk").post(f"/allegements/{told}/dismiss/", {"reason": "not ours"})
        assert done.json()["state"] == "DISMISSED"
        work()
        assert not WorkItem.objects.filter(kind="allegement", closed_at=None).exists()

    def test_said_twice_is_one_and_taken_back_is_over(self, api: Any) -> None:
        answer(mt578(None))
        answer(
            mt578(None) + mt578(None, reference="AL2", function="CANC", previous="AL1"),
            name="b.fin",
        )
        told = Allegement.objects.get()
        assert told.state == "WITHDRAWN"
        last = InboundFile.objects.latest("id")
        assert (last.added, last.duplicates, last.problems) == (1, 1, [])

    def test_on_an_account_that_is_not_ours_is_a_problem(self) -> None:
        answer(mt578(None, account="STRANGE"))
        assert not Allegement.objects.exists()
        assert InboundFile.objects.get().problems[0]["code"] == "unknown-account"


def mt535(*lines: tuple[str, str], basis: str = "SETT") -> str:
    found = [
        ":16R:GENL", ":28E:1/ONLY", ":13A::STAT//228", ":20C::SEME//H1", ":23G:NEWM",
        ":98A::STAT//20261124", ":22F::SFRE//DAIL", ":22F::CODE//COMP", f":22F::STBA//{basis}",
        ":97A::SAFE//NSD-RUS-DEPO", ":17B::ACTI//Y", ":16S:GENL", ":16R:SUBSAFE",
    ]  # fmt: skip
    for isin, quantity in lines:
        found += [":16R:FIN", f":35B:ISIN {isin}", f":93B::AGGR//UNIT/{quantity}", ":16S:FIN"]
    return _message("535", [*found, ":16S:SUBSAFE"])


class TestHoldings:
    def test_are_the_stated_positions_of_their_day_once(self) -> None:
        answer(mt535(("RU0009029540", "1500,"), ("RU0007661625", "20,")))
        answer(mt535(("RU0009029540", "1500,"), ("RU0007661625", "20,")) + "\r\n", name="again.fin")
        rows = StatedPosition.objects.filter(place__code="NSD").order_by("-quantity")
        assert [(row.asset.code, row.quantity) for row in rows] == [
            ("RU0009029540", Decimal(1500)), ("RU0007661625", Decimal(20)),
        ]  # fmt: skip
        assert [each.added for each in InboundFile.objects.order_by("id")] == [1, 0]

    def test_with_a_security_that_nobody_knows_are_not_taken(self) -> None:
        answer(mt535(("RU0009029540", "1500,"), ("US0378331005", "20,")))
        assert not StatedPosition.objects.filter(place__code="NSD").exists()
        assert InboundFile.objects.get().problems[0]["code"] == "unknown-holding"

    def test_of_what_is_only_agreed_say_nothing_of_what_is_held(self) -> None:
        answer(mt535(("RU0009029540", "1500,"), basis="TRAD"))
        assert InboundFile.objects.get().problems[0]["code"] == "not-a-whole-statement"
