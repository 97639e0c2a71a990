"""What a counterparty confirms in SWIFT's messages confirms the deal, or says why it does not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from backoffice.access.models import User
from backoffice.connectors.confirmations import Taken, take_confirmations
from backoffice.connectors.formats.mt.spelling import Addresses
from backoffice.connectors.formats.mt.trade_confirming import write_mt518
from backoffice.connectors.formats.mt.treasury_writing import write_mt300, write_mt320
from backoffice.connectors.formats.refusing import Refused
from backoffice.connectors.formats.terms import Party as Named
from backoffice.connectors.formats.trade_confirmations import (
    LoanConfirmation,
    Role,
    Side,
    Told,
    TradeConfirmation,
)
from backoffice.kernel.money import Money
from deals.confirming.terms import InvalidConfirmation
from deals.models import Confirmation, Deal, ReceivedConfirmation
from refdata.models import Book, Party, PartyIdentifier
from refdata.selectors import forget_reference_data
from tests.connectors.formats.test_trade_confirmations import FX, LENT, TRADE
from tests.flows.products import DEPOSIT, EQUITY, FX_SPOT, LOAN
from tests.following import follow_events

pytestmark = pytest.mark.usefixtures("own_database")
NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
THEM, US = "DEUTDEFFXXX", "SABRRUMMXXX"
ADDRESSES = Addresses(THEM, US)
Api = Callable[[str], Any]


def named(book: str, counterparty: str) -> None:
    """Gives both ends their BICs."""
    own = Book.objects.get(code=book).entity.own_party
    them = Party.objects.get(code=counterparty)
    for party, bic in ((own, US), (them, THEM)):
        PartyIdentifier.objects.get_or_create(party=party, scheme="BIC", value=bic)
    forget_reference_data()


def captured(api: Api, document: dict[str, Any], **more: Any) -> Deal:
    posted = document | {"external_ref": "FO-1"} | more
    answer = api("dealer").post("/deals/", posted)
    assert answer.status_code == 201, answer.content
    named(posted["book"], posted["counterparty"])
    return Deal.objects.get(pk=answer.json()["reference"][2:])


def take(raw: bytes) -> Taken:
    taken = take_confirmations(
        raw, source="test", actor=User.objects.get(username="clerk"), at=NOON
    )
    follow_events()
    return taken


def told_of(deal: Deal, **more: Any) -> TradeConfirmation:
    """The bank sells what we bought."""
    version = deal.versions.get(number=deal.version)
    return replace(
        TRADE, trade_date=deal.trade_date, settlement_date=deal.due_date or date.min,
        money=Money(version.net_amount, "RUB"), **more,
    )  # fmt: skip


def states() -> list[str]:
    return [row.state for row in ReceivedConfirmation.objects.order_by("id")]


class TestMt518:
    def test_confirms_the_deal_that_it_names(self, api: Api) -> None:
        deal = captured(api, EQUITY)
        taken = take(write_mt518(told_of(deal), ADDRESSES))
        assert [each.outcome for each in taken.received] == ["received"]
        assert states() == ["MATCHED"]
        assert Confirmation.objects.get(deal=deal).how == "matched"

    def test_by_its_economics_where_it_names_none(self, api: Api) -> None:
        deal = captured(api, EQUITY)
        take(write_mt518(told_of(deal, our_reference=""), ADDRESSES))
        assert states() == ["MATCHED"]

    def test_the_same_file_again_adds_nothing(self, api: Api) -> None:
        raw = write_mt518(told_of(captured(api, EQUITY)), ADDRESSES)
        take(raw)
        assert [each.outcome for each in take(raw).received] == ["duplicate"]
        assert len(states()) == 1

    def test_who_sells_is_told_by_the_parties(self, api: Api) -> None:
        """Not by the indicator: there are brokers that tell it from the other side."""
        deal = captured(api, EQUITY)
        take(write_mt518(told_of(deal, side=Side.BUY), ADDRESSES))
        assert states() == ["MATCHED"]

    def test_without_parties_that_are_known_the_side_is_the_senders(self, api: Api) -> None:
        deal = captured(api, EQUITY)
        other = {"buyer": Named(name="SOMEBODY"), "seller": Named(name="ELSE")}
        take(write_mt518(told_of(deal, side=Side.BUY, **other), ADDRESSES))
        assert states() == ["MISMATCHED"]

    def test_another_price_differs(self, api: Api) -> None:
        deal = captured(api, EQUITY)
        told = told_of(deal)
        take(write_mt518(replace(told, money=Money(Decimal("1.00"), "RUB")), ADDRESSES))
        assert states() == ["MISMATCHED"]

    def test_a_cancellation_takes_it_back(self, api: Api) -> None:
        told = told_of(captured(api, EQUITY))
        take(write_mt518(replace(told, our_reference="FO-9", isin="US0378331005"), ADDRESSES))
        cancel = replace(told, reference="T-2", told=Told.CANCELLED, previous="T-1")
        assert [each.outcome for each in take(write_mt518(cancel, ADDRESSES)).received] == [
            "withdrawn"
        ]
        assert states() == ["WITHDRAWN"]

    def test_of_somebody_whom_nobody_knows_is_refused_by_its_name(self, api: Api) -> None:
        captured(api, EQUITY)
        stranger = Addresses("CEDELULLXXX", US)
        raw = write_mt518(replace(TRADE, seller=Named(bic="CEDELULLXXX")), stranger)
        ((number, reference, refusal),) = take(raw).refused
        assert (number, reference, refusal.code) == (1, "T-1", InvalidConfirmation.code)
        assert states() == []


class TestMt300:
    def test_confirms_an_exchange(self, api: Api) -> None:
        """We sell euro for dollars: they buy them."""
        deal = captured(api, FX_SPOT)
        told = replace(FX, trade_date=deal.trade_date, value_date=deal.due_date or date.min)
        taken = take(write_mt300(told, ADDRESSES))
        assert [each.outcome for each in taken.received] == ["received"], taken.refused
        assert states() == ["MATCHED"]

    def test_the_other_way_round_differs(self, api: Api) -> None:
        deal = captured(api, FX_SPOT)
        told = replace(
            FX, trade_date=deal.trade_date, value_date=deal.due_date or date.min,
            bought=FX.sold, sold=FX.bought,
        )  # fmt: skip
        take(write_mt300(told, ADDRESSES))
        assert states() != ["MATCHED"]

    def test_an_amendment_takes_the_place_of_what_it_amends(self, api: Api) -> None:
        deal = captured(api, FX_SPOT)
        told = replace(FX, trade_date=deal.trade_date, value_date=deal.due_date or date.min)
        wrong = replace(told, sold=Money(Decimal("11571"), "USD"))
        take(write_mt300(wrong, ADDRESSES))
        assert states() == ["MISMATCHED"]
        amended = replace(told, reference="F-2", told=Told.AMENDED, previous="F-1")
        taken = take(write_mt300(amended, ADDRESSES))
        assert [each.outcome for each in taken.received] == ["withdrawn", "received"]
        assert states() == ["WITHDRAWN", "MATCHED"]

    def test_a_pair_that_is_not_dealt_is_refused(self, api: Api) -> None:
        captured(api, FX_SPOT)
        told = replace(FX, bought=Money(Decimal(1), "JPY"), sold=Money(Decimal(1), "CZK"))
        ((_, _, refusal),) = take(write_mt300(told, ADDRESSES)).refused
        assert [problem.pointer for problem in refusal.problems] == ["/pair"]


def loan_of(deal: Deal, **more: Any) -> LoanConfirmation:
    """They borrow what we place, or lend what we take."""
    version = deal.versions.get(number=deal.version)
    placed = version.side == "place"
    return replace(
        LENT, role=Role.BORROWS if placed else Role.LENDS, trade_date=deal.trade_date,
        value_date=deal.due_date or date.min, maturity=date(2026, 11, 30),
        interest_date=date(2026, 11, 30), principal=Money(version.quantity, "RUB"),
        interest=Money(Decimal("29.73"), "RUB"), rate=version.price * 100, day_count="ACT/365", common="", **more,
    )  # fmt: skip


class TestMt320:
    @pytest.mark.parametrize(
        ("document", "side", "says"),
        [(DEPOSIT, "buy", "borrowed"), (DEPOSIT | {"side": "take"}, "sell", "lent us"), (LOAN, "sell", "lent us")],
    )  # fmt: skip
    def test_fits_the_money_and_a_person_confirms_it(
        self, api: Api, document: dict[str, Any], side: str, says: str
    ) -> None:
        """When it comes back is shown to the person and compared by nobody else."""
        deal = captured(api, document)
        taken = take(write_mt320(loan_of(deal), ADDRESSES))
        assert [each.outcome for each in taken.received] == ["received"], taken.refused
        row = ReceivedConfirmation.objects.get()
        assert (row.state, row.deal_id, row.side) == ("MATCHED", deal.pk, side)
        assert not Confirmation.objects.filter(deal=deal).exists()
        clerk = Client(headers={"Accept-Language": "en"})
        clerk.force_login(User.objects.get(username="clerk"))
        page = clerk.get(f"/confirmations/{row}/").content.decode()
        assert f"confirms that it {says}" in page
        assert "2026-11-30" in page
        assert ("We place money" if document["side"] == "place" else "We take money") in page
        listed = clerk.get("/confirmations/").content.decode()
        assert ("They lend" if side == "sell" else "They borrow") in listed

    def test_another_rate_and_another_way_differ(self, api: Api) -> None:
        deal = captured(api, DEPOSIT)
        told = loan_of(deal)
        take(write_mt320(replace(told, rate=Decimal("15.6")), ADDRESSES))
        assert states() == ["MISMATCHED"]
        take(write_mt320(replace(told, reference="L-2", role=Role.LENDS), ADDRESSES))
        assert states()[1:] != ["MATCHED"]

    def test_a_deposit_is_no_exchange(self, api: Api) -> None:
        """Nor a purchase: what is dealt is the currency itself."""
        captured(api, FX_SPOT)
        deal = Deal.objects.get()
        told = replace(
            LENT, trade_date=deal.trade_date, value_date=deal.due_date or date.min,
            common="", principal=Money(Decimal(10000), "EUR"), rate=Decimal(1), interest=Money(Decimal(8), "EUR"),
        )  # fmt: skip
        take(write_mt320(told, ADDRESSES))
        assert states() == ["ALLEGED"]

    def test_is_offered_to_be_captured_and_accepted(self, api: Api) -> None:
        deal = captured(api, DEPOSIT)
        take(write_mt320(loan_of(deal, reference="L-9"), ADDRESSES))
        told = loan_of(deal)
        alleged = replace(
            told, principal=Money(Decimal(777), "RUB"), interest=Money(Decimal(2), "RUB")
        )
        take(write_mt320(alleged, ADDRESSES))
        row = ReceivedConfirmation.objects.get(their_ref="L-1")
        assert row.state == "ALLEGED"
        dealer = Client()
        dealer.force_login(User.objects.get(username="dealer"))
        page = dealer.get(f"/deals/new/?confirmation={row}")
        found = {each.name: each.value for each in page.context["inputs"]}
        assert (found["product"], found["side"], found["quantity"]) == ("deposit", "place", "777")
        assert (found["rate"], found["far_date"]) == ("0.155", "2026-11-30")

    def test_accepting_a_mirrored_side_says_it_as_of_money(self, api: Api) -> None:
        deal = captured(api, DEPOSIT)
        take(write_mt320(replace(loan_of(deal), role=Role.LENDS), ADDRESSES))
        row = ReceivedConfirmation.objects.get()
        assert row.state == "MISMATCHED"
        clerk = Client()
        clerk.force_login(User.objects.get(username="clerk"))
        page = clerk.get(f"/deals/{deal}/amend/?confirmation={row}")
        assert {each.name: each.value for each in page.context["inputs"]}["side"] == "take"

    @pytest.mark.parametrize(
        "changes", [{"event": "MATU"}, {"event": "ROLL"}, {"rate": Decimal("-0.5")}]
    )
    def test_what_is_not_a_beginning_is_for_people(self, api: Api, changes: dict[str, Any]) -> None:
        told = replace(loan_of(captured(api, DEPOSIT)), **changes)
        if told.rate < 0:
            told = replace(told, interest=Money(Decimal("-1"), "RUB"))
        ((number, reference, refusal),) = take(write_mt320(told, ADDRESSES)).refused
        assert (number, reference, refusal.code) == (1, "L-1", InvalidConfirmation.code)


class TestPage:
    """A clerk brings what came by other roads than a channel."""

    def send(self, raw: bytes, name: str = "confirmations.fin") -> Any:
        clerk = Client(headers={"Accept-Language": "en"})
        clerk.force_login(User.objects.get(username="clerk"))
        answer = clerk.post("/confirmations/", {"file": SimpleUploadedFile(name, raw)}, follow=True)
        follow_events()
        return answer

    def test_takes_messages_as_they_came(self, api: Api) -> None:
        deal = captured(api, EQUITY)
        theirs = replace(told_of(deal), reference="T-7", seller=Named(bic="CEDELULLXXX"))
        stranger = write_mt518(theirs, Addresses("CEDELULLXXX", US))
        raw = write_mt518(told_of(deal), ADDRESSES) + b"\r\n" + stranger
        page = self.send(raw).content.decode()
        assert "Received: 1; there already: 0; refused: 1." in page
        assert "Row 2: " in page
        assert states() == ["MATCHED"]
        assert "Received: 0; there already: 1; refused: 1." in self.send(raw).content.decode()

    def test_says_where_a_message_cannot_be_read(self, api: Api) -> None:
        deal = captured(api, EQUITY)
        raw = write_mt518(told_of(deal), ADDRESSES).replace(
            b":98A::TRAD//2026", b":98A::TRAD//20X6"
        )
        assert "20X6" in self.send(raw).content.decode()
        assert states() == []

    def test_of_rows_it_takes_rows(self, api: Api) -> None:
        captured(api, EQUITY)
        page = self.send(b'{"their_ref": "X"}\n', "rows.ndjson").content.decode()
        assert "refused: 1." in page


class TestOthers:
    def test_a_file_of_something_else_is_refused(self) -> None:
        with pytest.raises(Refused) as refused:
            take_confirmations(b":20:X\r\n:25:1\r\n", source="test", actor=User(), at=NOON)
        assert refused.value.codes == ["wrong-kind"]
