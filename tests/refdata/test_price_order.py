"""Whose price counts: by a dated rule, source after source while what they said is fresh; by hand with two people."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from backoffice.access.models import User
from backoffice.events.selectors import known_at
from backoffice.kernel.lifecycle import OtherEyesRequired
from deals.models import Revaluation
from ledger.state import AccountKind
from refdata.dated_rules.services import RuleTerms, activate_rules, propose_rule
from refdata.last_prices import forget_last_prices, last_prices
from refdata.models import Instrument, Price
from refdata.price_order import MANUAL, PriceOrder, Said, choose
from refdata.proposals import ProposalWrong, approve_proposals, propose_change
from refdata.quotes import prices_on
from refdata.selectors import forget_reference_data
from tests.following import follow_events, until_known
from tests.reporting.running import run_of, told
from tests.reporting.stated_firm import HOLDING, Firm

FRIDAY = date(2026, 6, 5)
DAY = timedelta(days=1)
ORDER = PriceOrder(("MOEX", "BROKER", MANUAL), fresh_days=3)


class TestChoosing:
    @pytest.mark.parametrize(
        ("said", "counts"),
        [
            ({"MOEX": 0, "BROKER": 0}, "MOEX"),
            ({"BROKER": 0, "MANUAL": 0}, "BROKER"),
            ({"MOEX": 3, "BROKER": 0}, "MOEX"),  # fresh to the last of its days
            ({"MOEX": 4, "BROKER": 0}, "BROKER"),
            ({"MOEX": 4, "MANUAL": 3}, "MANUAL"),
            ({"MOEX": 9, "BROKER": 5, "MANUAL": 7}, "BROKER"),  # none is fresh: the last of them
            ({"MOEX": 5, "BROKER": 5}, "MOEX"),  # of one day: whoever comes first
            ({"NOBODY": 0, "MOEX": 9}, "MOEX"),  # what is not named counts for nothing
            ({"NOBODY": 0}, ""),
            ({}, ""),
        ],
    )
    def test_the_first_fresh_one_else_the_last(self, said: dict[str, int], counts: str) -> None:
        quotes = [Said(source, FRIDAY - days * DAY) for source, days in said.items()]
        for some in (quotes, quotes[::-1]):
            found = choose(ORDER, some, FRIDAY)
            assert (found.source if found else "") == counts

    def test_a_source_stands_there_once(self) -> None:
        with pytest.raises(ValueError, match="once"):
            PriceOrder(("MOEX", "MOEX"))


@pytest.fixture
def share(own_database: None) -> Instrument:
    return Instrument.objects.get(isin="RU000A0J2Q06")  # no price in the demonstration


def price(share: Instrument, source: str, day: date, value: str) -> Price:
    row = Price.objects.create(
        instrument=share, price_date=day, source=source, value=Decimal(value), currency="RUB"
    )
    forget_last_prices()
    return row


def person(name: str) -> User:
    return User.objects.get(username=name)


def rule(value: dict[str, Any], *, key: str = "") -> None:
    first = value["sources"][0]
    vector = {
        "name": "alone",
        "given": {"on": "2026-06-05", "last": {first: "2026-06-05"}},
        "expected": first,
    }
    terms = RuleTerms(
        kind="price.order", key=key, value=value, vectors=[vector], valid_from=FRIDAY,
        source="our policy of valuation",
    )  # fmt: skip
    row = propose_rule(terms=terms, actor=person("clerk"), at=timezone.now())
    activate_rules(ids=[row.pk], actor=person("manager"), at=timezone.now()).raise_single()
    forget_reference_data()


@pytest.mark.usefixtures("own_database")
class TestByRule:
    def test_the_price_that_counts_is_that_of_the_rule(self, share: Instrument) -> None:
        price(share, "BROKER", FRIDAY, "410")
        price(share, "MOEX", FRIDAY - DAY, "400")
        assert prices_on(FRIDAY)[share.pk].value == 410  # without a rule the last that anybody said
        rule({"sources": ["MOEX", "BROKER"], "fresh_days": 3})
        assert prices_on(FRIDAY)[share.pk].value == 400
        assert (
            prices_on(FRIDAY + 3 * DAY)[share.pk].value == 410
        )  # the exchange's is too old by then
        assert prices_on(FRIDAY - DAY)[share.pk].value == 400  # before the rule: as without one
        price(share, "OTHER", FRIDAY, "999")
        assert prices_on(FRIDAY)[share.pk].value == 400
        assert (
            prices_on(FRIDAY, source="BROKER")[share.pk].value == 410
        )  # who asks for one has that

    def test_deals_are_held_against_the_same_price(self, share: Instrument) -> None:
        price(share, "MOEX", FRIDAY, "400")
        price(share, "BROKER", FRIDAY, "410")
        rule({"sources": ["MOEX", "BROKER"]})
        forget_last_prices()
        found = last_prices().price(share.pk, FRIDAY)
        assert found is not None
        assert found.value == 400

    def test_a_rule_of_a_kind_is_that_kinds_alone(self, share: Instrument) -> None:
        price(share, "MOEX", FRIDAY, "400")
        price(share, "BROKER", FRIDAY, "410")
        rule({"sources": ["MOEX"]}, key="BOND")
        assert prices_on(FRIDAY)[share.pk].value == 410
        rule({"sources": ["MOEX"]}, key="SHARE")
        assert prices_on(FRIDAY)[share.pk].value == 400

    def test_what_was_known_before_the_rule_stays_as_it_was(self, share: Instrument) -> None:
        price(share, "MOEX", FRIDAY, "400")
        price(share, "BROKER", FRIDAY, "410")
        follow_events()
        until_known()
        then = known_at(timezone.now())
        rule({"sources": ["MOEX", "BROKER"]})
        until_known()
        assert prices_on(FRIDAY, horizon=then.horizon)[share.pk].value == 410
        assert prices_on(FRIDAY, horizon=known_at(timezone.now()).horizon)[share.pk].value == 400

    def test_positions_are_worth_the_same(self, share: Instrument) -> None:
        firm = Firm()
        firm.share = share
        firm.post(FRIDAY, (HOLDING, AccountKind.OPENING, share, 10))
        price(share, "MOEX", FRIDAY, "400")
        price(share, "BROKER", FRIDAY, "410")

        def worth() -> str:
            run = run_of(
                "settlement-and-positions", parameters={"business_date": FRIDAY.isoformat()}
            )
            (row,) = told(run, section="positions", isin=str(share.isin), place="CSDX")
            return f"{row['price']} {row['market_value']} {row['price_state']}"

        assert worth() == "410 4100.00 FRESH"
        rule({"sources": ["MOEX"]})
        assert worth() == "400 4000.00 FRESH"


def proposed(share: Instrument, **more: str) -> int:
    changes = {
        "instrument": share.isin, "price_date": "2026-06-05", "source": MANUAL, "value": "401.5",
        "currency": "RUB",
    }  # fmt: skip
    row = propose_change(
        subject_type="price", subject_id=None, changes=changes | more, valid_from=None,
        reason="no deal on the exchange; bid of three brokers", actor=person("clerk"), at=timezone.now(),
    )  # fmt: skip
    return row.pk


@pytest.mark.usefixtures("own_database")
class TestByHand:
    def test_one_proposes_it_another_approves_it_and_limits_are_worked_out_anew(
        self, share: Instrument
    ) -> None:
        id = proposed(share)
        assert not Price.objects.filter(instrument=share).exists()
        same = approve_proposals(ids=[id], actor=person("clerk"), at=timezone.now())
        assert isinstance(same.refused[id], OtherEyesRequired)
        approve_proposals(ids=[id], actor=person("manager"), at=timezone.now()).raise_single()
        row = Price.objects.get(instrument=share)
        assert (row.source, row.value, row.kind) == (MANUAL, Decimal("401.5"), "CLOSE")
        follow_events()
        assert [share.pk] in Revaluation.objects.values_list("instruments", flat=True)

    def test_nobody_speaks_for_a_source(self, share: Instrument) -> None:
        with pytest.raises(ProposalWrong) as refusal:
            proposed(share, source="MOEX")
        assert [p.code for p in refusal.value.problems] == ["not-manual"]
        with pytest.raises(ProposalWrong):
            proposed(share, currency="XRB")

    def test_what_was_said_is_never_changed(self, share: Instrument) -> None:
        row = price(share, MANUAL, FRIDAY, "400")
        with pytest.raises(ProposalWrong):
            propose_change(
                subject_type="price", subject_id=row.pk, changes={"value": "500"}, valid_from=None,
                reason="better", actor=person("clerk"), at=timezone.now(),
            )  # fmt: skip
        assert Price.objects.get(pk=row.pk).value == 400
