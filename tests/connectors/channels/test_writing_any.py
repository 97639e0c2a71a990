"""Whatever a settlement is, what leaves for its place by the channel's own way keeps to the standard, or is stopped.

From generated settlements and reference data to bytes, in every format of a channel; held against the schemas and the
checkers that know nothing of the writers.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import strategies as st

from backoffice.connectors.channels.details import Details
from backoffice.connectors.channels.formats import Outgoing, Sent, Written, written
from backoffice.connectors.channels.marking import TRAILER, possibly_again
from backoffice.connectors.channels.models import Channel
from backoffice.connectors.channels.references import CANCEL, HOLD, NEW, RELEASE, Named
from backoffice.connectors.channels.state import ChannelFormat
from refdata.models import Place
from tests.connectors.formats import mt_rules, one_c_rules
from tests.connectors.formats.extremes import DAYS, LONG, holds, isins, mostly, names
from tests.connectors.formats.test_extremes import needs_schemas, wrong_by_schema

AT = datetime(2026, 11, 23, 10, 15, tzinfo=UTC)

# As the database holds them: money and quantities are never below zero and have so many decimals.
amounts = st.one_of(
    st.decimals("0.01", "99999999999999.99", places=2), st.decimals("1", "999999999", places=0),
    st.sampled_from([Decimal(each) for each in ("0.01", "1", "123456789012345.67", "1000000000000", "0.005")]),
)  # fmt: skip
quantities = st.decimals("1", "9999999999", places=0) | st.decimals("0.00000001", "1000", places=8)
bics = st.sampled_from(("IRVTUS3NXXX", "SABRRUMM", "MICURUMMXXX", ""))
numbers = st.sampled_from((
    "40702810200000000001", "DE89370400440532013000", "NSD-RUS-DEPO", "", "1" * 35, "1" * 36,
    "40702810938000000001", "ML 1", "Счёт",
))  # fmt: skip
ids = st.sampled_from(({}, {"BIC": "IRVTUS3NXXX"}, {"BIC": "SABRRUMM", "INN": "7707083893", "NSDR": "MC0123400000"},
                       {"LEI": "7LTWFZYICNSX8D621K86"}, {"INN": "7707083894"}))  # fmt: skip
people = st.sampled_from(("Demo Bank One", LONG, "ООО «Щит»")) | names
towns = st.sampled_from(("Moscow", "Москва", "London", "", "Щ" * 40))


USUAL = Details(
    settlement_id=1, entity="EUR", place="NSD", place_bic="MICURUMMXXX", place_bik="044525225", place_name="Bank",
    isin="RU0009029540", kind="SHARE", nominal=Decimal(1000), account="NSD-RUS-DEPO",
    cash_account="40702810938000000001", own_name="Back Office", own_name_ru="ООО «Бэк-офис»", own_country="RU",
    own_town="Moscow", is_own=True, own_ids={"INN": "7707083893"}, their_name="Demo Bank", their_name_ru="",
    their_country="GB", their_town="London", their_ids={"BIC": "IRVTUS3NXXX", "NSDR": "MC0123400000"},
    their_account="", their_cash_account="40702810938000000001", their_bank_bic="", their_bank_bik="044525225",
    their_bank_name="Bank", trade_date=date(2026, 11, 23), product="equity", side="buy", price=Decimal("312.45"),
    accrued=None, deal="D-17",
)  # fmt: skip
biks = st.sampled_from(("044525225", ""))
details = mostly(
    USUAL, 5, entity=st.sampled_from(("EUR", "RUS")), place_bic=bics, place_bik=biks, place_name=people, isin=isins,
    kind=st.just("BOND"), nominal=st.none() | st.just(Decimal("0.1")), account=numbers, cash_account=numbers,
    own_name=people, own_name_ru=people, own_country=st.just(""), own_town=towns, is_own=st.booleans(), own_ids=ids,
    their_name=people, their_name_ru=people, their_country=st.just(""), their_town=towns, their_ids=ids,
    their_account=numbers, their_cash_account=numbers, their_bank_bic=bics, their_bank_bik=biks,
    their_bank_name=people, trade_date=st.none() | DAYS, product=st.sampled_from(("bond", "repo")),
    side=st.just("sell"), price=st.none() | st.decimals("0.000001", "99999", places=6), accrued=amounts,
)  # fmt: skip


@st.composite
def outgoing(draw: Any, methods: tuple[str, ...], functions: tuple[str, ...]) -> Outgoing:
    id = draw(st.integers(1, 999_999_999_999))
    told = draw(details)._replace(settlement_id=id)
    partial = draw(st.booleans())
    body = {
        "method": draw(st.sampled_from(methods)), "delivers": draw(st.booleans()), "quantity": str(draw(quantities)),
        "amount": str(draw(amounts)), "currency": draw(st.sampled_from(("RUB", "EUR", "USD", "JPY"))),
        "due_date": draw(DAYS).isoformat(), "partial": partial, "priority": draw(st.integers(0, 9)),
        "minimum": str(draw(quantities)) if partial and draw(st.booleans()) else None,
        "on_hold": draw(st.booleans()), "links": draw(st.lists(
            st.builds(lambda n, kind: {"reference": f"S-{n}", "kind": kind}, st.integers(1, 10**12 - 1),
                      st.sampled_from(("WITH", "BEFORE", "AFTER"))), max_size=2)),
    }  # fmt: skip
    function = draw(st.sampled_from(functions))
    return Outgoing(Named(id, function, draw(st.integers(1, 999))), body, told)


def channel(place: Place, format: ChannelFormat, **more: Any) -> Channel:
    usual = {"zone": "", "party_scheme": "", "service": "", "wrapper": "", "versions": []}
    return Channel(
        code="X-OUT", place=place, way="OUT", format=format, valid_from=date(2020, 1, 1), own_bic="SABRRUMMXXX",
        their_bic="MICURUMMXXX", **usual | more,
    )  # fmt: skip


def cancelled(message: Outgoing, by: Channel) -> Outgoing:
    """What a request to cancel repeats: the instruction as it was sent."""
    if message.named.function != CANCEL:
        return message
    first = written(message._replace(named=Named(message.named.settlement_id)), by, at=AT)
    return message._replace(sent=Sent(first.format, first.content))


def check(
    by: Channel, messages: st.SearchStrategy[Outgoing], wrong_in: Callable[[Written], list[str]]
) -> None:
    made: list[Written] = []

    def write(message: Outgoing) -> bytes:
        made.append(written(cancelled(message, by), by, at=AT))
        return made[-1].content

    holds(messages, write, lambda raw: wrong_in(made[-1]))


def wrong_by_rules(made: Written) -> list[str]:
    again = possibly_again(made.content, made.format)
    assert again == made.content + TRAILER
    return mt_rules.wrong_in(made.content)


def wrong_in_xml(made: Written) -> list[str]:
    """Also where it says that it may have been sent before."""
    found = wrong_by_schema(made.content)
    return found + wrong_by_schema(possibly_again(made.content, made.format))


SECURITIES, COMMANDS = ("DVP", "FOP"), (NEW, NEW, CANCEL, HOLD, RELEASE)


@pytest.mark.parametrize("bonds", ["FAMT", "UNIT"])
@pytest.mark.parametrize("scheme", ["", "NSDR"])
def test_swift_messages_about_securities(bonds: str, scheme: str) -> None:
    place = Place.objects.get(code="NSD")
    by = channel(place, ChannelFormat.MT, bonds=bonds, party_scheme=scheme)
    check(by, outgoing(SECURITIES, COMMANDS), wrong_by_rules)


@needs_schemas
@pytest.mark.parametrize("scheme", ["", "NSDR"])
def test_messages_of_iso_20022_about_securities(scheme: str) -> None:
    place = Place.objects.get(code="NSD")
    by = channel(place, ChannelFormat.ISO20022, party_scheme=scheme, service="csd.settlement")
    check(by, outgoing(SECURITIES, COMMANDS), wrong_in_xml)


@needs_schemas
@pytest.mark.parametrize("version", ["03", "09", "12"])
def test_payment_orders_to_a_bank(version: str) -> None:
    place = Place.objects.get(code="CORR")
    by = channel(place, ChannelFormat.PAIN, versions=[f"pain.001.001.{version}"])
    check(by, outgoing(("PFOD",), (NEW,)), lambda made: wrong_by_schema(made.content))


@needs_schemas
def test_payments_between_banks() -> None:
    place = Place.objects.get(code="CORR")
    by = channel(place, ChannelFormat.PACS)
    check(by, outgoing(("PFOD",), (NEW,)), lambda made: wrong_by_schema(made.content))


def test_payment_orders_in_rubles() -> None:
    place = Place.objects.get(code="CORR")
    by = channel(place, ChannelFormat.ONE_C)
    check(by, outgoing(("PFOD",), (NEW,)), lambda made: one_c_rules.wrong_in(made.content))
