"""What a counterparty confirms in SWIFT's messages confirms the deal, or says why it does not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from backoffice.access.models import User
from backoffice.connectors.confirmations import Taken, take_confirmations
from backoffice.connectors.formats.mt.spelling import Addresses
from backoffice.connectors.formats.mt.trade_confirming import write_mt518
from backoffice.connectors.formats.mt.treasury_writing import write_mt300, write_mt320
from backoffice.connectors.formats.refusing import Refused
from backoffice.connectors.formats.terms import Party as Named
from backoffice.connectors.formats.trade_confirmations import Side, Told, TradeConfirmation
from backoffice.kernel.money import Money
from deals.confirming.terms import InvalidConfirmation
from deals.models import Confirmation, Deal, ReceivedConfirmation
from refdata.models import Book, Party, PartyIdentifier
from refdata.selectors import forget_reference_data
from tests.connectors.formats.test_trade_confirmations import FX, LENT, TRADE
from tests.flows.products import EQUITY, FX_SPOT
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
        ((reference, refusal),) = take(raw).refused
        assert (reference, refusal.code) == ("T-1", InvalidConfirmation.code)
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
        ((_, refusal),) = take(write_mt300(told, ADDRESSES)).refused
        assert [problem.pointer for problem in refusal.problems] == ["/pair"]


class TestOthers:
    def test_a_loan_is_for_people(self, api: Api) -> None:
        captured(api, FX_SPOT)
        ((reference, refusal),) = take(write_mt320(LENT, ADDRESSES)).refused
        assert (reference, refusal.code) == ("L-1", InvalidConfirmation.code)

    def test_a_file_of_something_else_is_refused(self) -> None:
        with pytest.raises(Refused) as refused:
            take_confirmations(b":20:X\r\n:25:1\r\n", source="test", actor=User(), at=NOON)
        assert refused.value.codes == ["wrong-kind"]
