"""Contents at the edge of what messages carry: long Russian names, fifteen digits, what is missing. Made by hypothesis.

Each is one that goes through, with up to three things of it drawn anew. Whatever of it is written must keep to the
standard; the rest must be refused with words that say what is wrong.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from backoffice.connectors.formats.one_c.orders import OrderParty
from backoffice.connectors.formats.payments.model import Address, Agent, PaymentParty
from backoffice.connectors.formats.refusing import Refused
from backoffice.connectors.formats.securities import Command
from backoffice.connectors.formats.terms import (
    Direction,
    Link,
    LinkKind,
    Partial,
    Party,
    Price,
    Quantity,
    QuantityKind,
)
from backoffice.kernel.money import Money
from tests.connectors.formats.instructions import BOND_BOUGHT
from tests.connectors.formats.mt.test_paying import BANK as BETWEEN_BANKS
from tests.connectors.formats.mt.test_paying import CUSTOMER, GROUP
from tests.connectors.formats.one_c.test_orders import ORDER
from tests.connectors.formats.payments.test_pacs import OF_BANKS, OF_CUSTOMERS
from tests.connectors.formats.payments.test_pain001 import FILE
from tests.connectors.formats.test_corporate_actions import ELECTION
from tests.connectors.formats.test_trade_confirmations import FX, LENT, TRADE
from tests.sizes import EXTREMES, SOAK

RUSSIAN = "абвгдежзийклмнопрстуфхцчшщъыьэюяёАБВГДЕЖЗИЙКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯЁ"
LONG = "Публичное акционерное общество «Объединённый щитовой банк „Юность Эйяфьятлайокудля“» № 17"
DAYS = st.dates(date(2000, 1, 1), date(2099, 12, 31))
NUMBERS = (
    "0", "0.01", "99999999999.99", "999999999999.99", "9999999999999.9", "99999999999999", "123456789012345",
    "1E+14", "1E+15", "1E+30", "0.0000001", "1.10", "-1", "NaN", "Infinity",
)  # fmt: skip

names = st.one_of(
    st.text(RUSSIAN + "0123456789 «»\"'№%-.,()", min_size=1, max_size=170),
    st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=1, max_size=150),
    st.sampled_from((
        LONG, LONG[:35], LONG[:70], "", " ", "X" * 35, "x" * 140, "x" * 141, ":62F:", "-}", "a\nb", "A € B", "Щ" * 40,
        "OOO :X", "a  b", "/ACC", "'", "П'П", "\x00",
    )),
)  # fmt: skip
numbers = st.one_of(
    st.decimals("0", "999999999999999", places=0), st.decimals("0.01", "9999999999999.99", places=2),
    st.decimals("0", "999999", places=6), st.sampled_from([Decimal(each) for each in NUMBERS]),
)  # fmt: skip
money = st.builds(
    Money, numbers, st.sampled_from(("EUR", "RUB", "JPY", "KWD", "EUR", "RUB", "eur", ""))
)
references = st.one_of(
    st.text("ABCXYZ0189-.", min_size=1, max_size=16),
    st.sampled_from((
        "S1", "S999999999999", "R" * 16, "R" * 17, "R" * 36, "A/B", "A//B", "/A", "A/", "", " ", "ССЫЛКА",
    )),
)  # fmt: skip
bics = st.sampled_from(
    ("CEDELULLXXX", "DEUTDEFFXXX", "SABRRUMM", "SABRRUMMXXX", "DEUTDEFF", "", "DEUT12FF")
)
accounts = st.one_of(
    st.text("ABC0123456789", min_size=1, max_size=36),
    st.sampled_from(("40702810200000000001", "DE89370400440532013000", "", " ", "СЧЁТ", "1" * 34, "1" * 35)),
)  # fmt: skip
isins = st.sampled_from(("XS2320031383", "RU0009029540", "US0378331005", "XS2320031384", ""))
parties = st.one_of(
    st.builds(Party, bic=bics, account=st.just("") | accounts, name=names),
    st.builds(Party, code=accounts, scheme=st.sampled_from(("NSDR", "DAKV", "", "TOOLONGSCHEME"))),
    st.builds(Party, name=names, account=st.just("") | accounts),
)
places = st.builds(Party, bic=bics)
quantities = st.builds(Quantity, st.sampled_from(QuantityKind), numbers)
links = st.lists(st.builds(Link, st.sampled_from(LinkKind), references), max_size=3).map(tuple)
prices = st.builds(Price, numbers, st.sampled_from(("", "USD", "RUB")))
texts = names.map(lambda text: text[:145])
codes = st.sampled_from(("TRAD", "REPU", "DVOP", "TEND", "CASH", "SECU", "what", ""))
priorities = st.none() | st.integers(0, 10_000)


def mostly(
    usual: Any, most: int = 3, /, **changes: st.SearchStrategy[Any]
) -> st.SearchStrategy[Any]:
    """What is usual, with up to so many things of it drawn anew."""

    def change(draw: Any) -> Any:
        chosen = draw(st.lists(st.sampled_from(sorted(changes)), max_size=most, unique=True))
        drawn = {name: draw(changes[name]) for name in chosen}
        changed = getattr(usual, "_replace", None)  # of a named tuple
        return changed(**drawn) if changed else replace(usual, **drawn)

    return st.composite(change)()


terms = mostly(
    BOND_BOUGHT.terms, direction=st.sampled_from(Direction), quantity=quantities, settlement_date=DAYS,
    account=accounts, isin=isins, trade_date=st.none() | DAYS, money=money, price=st.none() | prices,
    accrued=st.none() | money,
    place=places, agent=parties, counterparty=st.none() | parties,
)  # fmt: skip
new = mostly(
    BOND_BOUGHT, 4, reference=references, type=codes, on_hold=st.booleans(),
    partial=st.none() | st.sampled_from(Partial), minimum=st.none() | numbers,
    priority=priorities, links=links, cash_account=accounts, prepared_on=st.none() | DAYS,
    terms=terms | terms.map(lambda each: replace(each, against_payment=False, money=None, accrued=None)),
)  # fmt: skip
instructions = new | st.builds(lambda each, name: each.cancelling(name), new, references)
commands = mostly(
    Command("P1", "12345", "D1", hold=True), reference=references, account=accounts, instruction=references,
    hold=st.none() | st.booleans(), priority=priorities, partial=st.none() | st.sampled_from(Partial),
    prepared_on=st.none() | DAYS,
) | mostly(Command("P1", "12345", "D1", linked=True), linked=st.none() | st.booleans(), links=links)  # fmt: skip
elections = mostly(
    ELECTION, reference=references, event=references, kind=codes, account=accounts, isin=isins,
    option=st.sampled_from(("001", "999", "000", "1")), option_type=codes, quantity=quantities,
    announcement=st.just("") | references, official=st.just("") | references, prepared_on=st.none() | DAYS, text=names,
)  # fmt: skip
trades = mostly(
    TRADE, reference=references, quantity=quantities, trade_date=DAYS, settlement_date=DAYS, isin=isins,
    price=prices, money=money, gross=st.none() | money, accrued=st.none() | money, buyer=parties, seller=parties,
    place=st.none() | places, our_reference=st.just("") | references, common=st.just("") | references,
)  # fmt: skip
rates = numbers | st.decimals("0.0001", "99999", places=4) | st.decimals("-99", "99", places=6)
fx = mostly(
    replace(FX, common=""), reference=references, party_a=parties, party_b=parties, trade_date=DAYS, value_date=DAYS,
    rate=rates, bought=money, sold=money, a_receives_at=st.none() | parties, b_receives_at=st.none() | parties,
)  # fmt: skip
loans = mostly(
    replace(LENT, common=""), reference=references, party_a=parties, party_b=parties, maturity=DAYS, principal=money,
    rate=rates, interest=st.none() | money, a_receives_at=st.none() | parties, b_receives_at=st.none() | parties,
)  # fmt: skip

addresses = st.builds(
    Address, country=st.sampled_from(("RU", "DE", "")), town=texts, post_code=st.sampled_from(("", "60311", "1" * 17)),
    street=st.just("") | texts, lines=st.lists(texts, max_size=3).map(tuple),
)  # fmt: skip
HOME = Address(country="DE", town="Berlin")
customers = st.builds(
    PaymentParty, name=names, address=st.none() | st.just(HOME) | addresses, bic=bics,
    lei=st.sampled_from(("", "7LTWFZYICNSX8D621K86", "7LTWFZYICNSX8D621K87")),
)  # fmt: skip
agents = st.builds(Agent, bic=bics) | st.builds(
    Agent, clearing=st.just("RUCBC"), member=st.sampled_from(("044525225", "1", "")), name=names
)
transfers = mostly(
    CUSTOMER.transfer, end_to_end_id=references, amount=money, creditor=customers, creditor_account=accounts,
    creditor_agent=agents, uetr=st.sampled_from(("", "x")), intermediary=agents, text=texts,
)  # fmt: skip
_sides = {"debtor": customers, "debtor_account": accounts, "debtor_agent": agents}
of_customers = mostly(CUSTOMER, transfer=transfers, **_sides)
of_banks = mostly(
    BETWEEN_BANKS, end_to_end_id=references, amount=money, debtor=agents, creditor=agents, creditor_account=accounts,
    creditor_agent=st.none() | agents, text=texts,
)  # fmt: skip
lists = st.lists(transfers, min_size=1, max_size=2).map(tuple)
groups = mostly(GROUP, id=references, transfers=lists, **_sides)
order_files = mostly(
    FILE, message_id=references, initiator=customers,
    groups=st.lists(mostly(FILE.groups[0], transfers=lists, **_sides), min_size=1, max_size=2).map(tuple),
)  # fmt: skip
_agents = {"message_id": references, "instructing": agents, "instructed": agents}
_of_customers = mostly(OF_CUSTOMERS.payments[0], transfer=transfers, **_sides)
between_banks = mostly(
    OF_CUSTOMERS, payments=st.tuples(_of_customers), settlement_account=accounts, **_agents
) | mostly(OF_BANKS, payments=st.tuples(of_banks), clearing=st.sampled_from(("TGT", "")), **_agents)

order_parties = st.builds(replace, st.just(ORDER.payer), name=names, bank_name=names) | st.builds(
    OrderParty, name=names, account=accounts, bik=st.sampled_from(("044525225", "1", ""))
)
orders = mostly(
    ORDER, number=st.sampled_from(("1", "999999", "1000000", "0")), day=DAYS, amount=numbers, payer=order_parties,
    receiver=order_parties, purpose=names, priority=st.integers(1, 6), uin=st.sampled_from(("", "0", "12")),
)  # fmt: skip


def attempted(write: Callable[[Any], bytes], content: Any) -> tuple[bytes, Refused | None]:
    try:
        return write(content), None
    except Refused as refused:
        return b"", refused


def holds(
    contents: st.SearchStrategy[Any],
    write: Callable[[Any], bytes],
    wrong_in: Callable[[bytes], list[str]],
) -> None:
    """Of any contents comes a message with nothing wrong in it, or a refusal that says what is: of both some."""
    counts = {"written": 0, "refused": 0}

    @settings(max_examples=EXTREMES, deadline=None, derandomize=not SOAK, database=None)
    @given(contents)
    def each(content: Any) -> None:
        raw, refused = attempted(write, content)
        counts["written" if refused is None else "refused"] += 1
        if refused is None:
            assert wrong_in(raw) == [], raw
        else:
            assert refused.problems
            assert all(p.pointer and p.hint and p.detail % p.facts for p in refused.problems)

    each()
    # What only refuses, or is never asked for too much, would prove nothing.
    assert min(counts.values()) > sum(counts.values()) * 0.05, counts
