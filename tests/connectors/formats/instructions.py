"""Instructions and commands to try formats with: the one of rules.md section 3, and any."""

from __future__ import annotations

import string
from datetime import date
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from backoffice.connectors.formats.securities import Command, Instruction
from backoffice.connectors.formats.terms import (
    Direction,
    Link,
    LinkKind,
    Partial,
    Party,
    Price,
    Quantity,
    QuantityKind,
    Terms,
)
from backoffice.kernel.money import Money

# Rules.md section 3: 2,000,000 x 101.25 % = 2,025,000, and 17,500 accrued, make 2,042,500.
BOND_BOUGHT = Instruction(
    reference="D20261123000017",
    prepared_on=date(2026, 11, 23),
    terms=Terms(
        direction=Direction.RECEIVE, against_payment=True,
        quantity=Quantity(QuantityKind.FACE, Decimal(2_000_000)),
        settlement_date=date(2026, 11, 24), trade_date=date(2026, 11, 23), account="12345",
        isin="XS2320031383", price=Price(Decimal("101.25")),
        accrued=Money(Decimal("17500.00"), "EUR"), money=Money(Decimal("2042500.00"), "EUR"),
        place=Party(bic="CEDELULLXXX"), agent=Party(bic="DEUTDEFFXXX"),
        counterparty=Party(bic="TESTBIC1XXX"),
    ),
)  # fmt: skip

ISINS = ("XS2320031383", "RU0009029540", "US0378331005", "RU000A0JX0J2")
BICS = ("CEDELULLXXX", "DEUTDEFFXXX", "SABRRUMMXXX", "DTCYUS33XXX", "SABRRUMM")
PLAIN = string.ascii_uppercase + string.digits
DAYS = st.dates(date(2000, 1, 1), date(2099, 12, 31))


def _references() -> st.SearchStrategy[str]:
    part = st.text(PLAIN + "-.", min_size=1, max_size=7)
    return st.lists(part, min_size=1, max_size=2).map("/".join)


def _amounts(places: int, *, least: str = "0") -> st.SearchStrategy[Decimal]:
    return st.decimals(least, "999999999", places=places, allow_nan=False, allow_infinity=False)


def _names() -> st.SearchStrategy[str]:
    """A name of one line that does not look like the beginning of a field."""
    return st.from_regex(r"[A-Z][A-Za-z0-9.'()+]{0,15}( [A-Z][a-z0-9]{0,9})?", fullmatch=True)


ACCOUNTS = st.text(PLAIN, min_size=1, max_size=35)
MONEY = st.one_of(
    st.builds(Money, _amounts(2), st.sampled_from(("EUR", "RUB"))),
    st.builds(Money, _amounts(0), st.just("JPY")),
)
PRICES = st.builds(Price, _amounts(4), st.sampled_from(("", "USD")))
PARTIES = st.one_of(
    st.builds(Party, bic=st.sampled_from(BICS), account=st.just("") | ACCOUNTS),
    st.builds(
        Party, code=st.text(PLAIN, min_size=1, max_size=34), scheme=st.sampled_from(("NSDR", "DAKV")),
        account=st.just("") | ACCOUNTS,
    ),
    st.builds(Party, name=_names()),
)  # fmt: skip
LINKS = st.lists(
    st.builds(Link, st.sampled_from([k for k in LinkKind if k is not LinkKind.INFORMATION]), _references()),
    max_size=3,
).map(tuple)  # fmt: skip


@st.composite
def instructions(draw: Any) -> Instruction:
    """Any instruction that a place could take, of all four messages, with and without what is optional."""
    against_payment = draw(st.booleans())
    partial = draw(st.none() | st.sampled_from(Partial))
    minimum = (
        draw(st.none() | _amounts(3, least="0.001")) if partial is Partial.FROM_QUANTITY else None
    )
    kind = draw(st.sampled_from((QuantityKind.UNIT, QuantityKind.FACE)))
    terms = Terms(
        direction=draw(st.sampled_from(Direction)), against_payment=against_payment,
        quantity=Quantity(kind, draw(_amounts(3, least="0.001"))), settlement_date=draw(DAYS),
        account=draw(ACCOUNTS), isin=draw(st.sampled_from(ISINS)), trade_date=draw(st.none() | DAYS),
        money=draw(MONEY) if against_payment else None, price=draw(st.none() | PRICES),
        accrued=draw(st.none() | MONEY), place=Party(bic=draw(st.sampled_from(BICS))),
        agent=draw(PARTIES), counterparty=draw(st.none() | PARTIES),
    )  # fmt: skip
    return Instruction(
        reference=draw(_references()), terms=terms, type=draw(st.sampled_from(("TRAD", "REPU"))),
        on_hold=draw(st.booleans()), partial=partial, minimum=minimum,
        priority=draw(st.none() | st.integers(1, 9_999)), links=draw(LINKS),
        cash_account=draw(st.sampled_from(("", "12345EUR", "DE89370400440532013000"))),
    )  # fmt: skip


@st.composite
def commands(draw: Any) -> Command:
    links = draw(LINKS)
    hold = draw(st.booleans())
    return Command(
        reference=draw(_references()), account=draw(ACCOUNTS), instruction=draw(_references()),
        hold=hold, priority=draw(st.none() | st.integers(1, 9_999)),
        partial=draw(st.none() | st.sampled_from(Partial)),
        linked=draw(st.booleans()) if links else None, links=links,
    )  # fmt: skip
