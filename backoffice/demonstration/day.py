"""The day of the demonstration: some hundred deals, taken through the real services into every state.

The deals of five sessions up to the last one. What is recorded is recorded now; only the business
dates lie behind. Running again captures nothing twice: every deal has its own external reference.
"""

from __future__ import annotations

import time as time_module
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from backoffice.access.models import User
from backoffice.demonstration import firm
from backoffice.demonstration.banking import load_statements
from backoffice.demonstration.bonds import OFZ
from backoffice.demonstration.clearing import CLEARING_ACCOUNT, load_figures
from backoffice.demonstration.confirmations import load_confirmations
from backoffice.demonstration.costs import spend
from backoffice.demonstration.custody import restrict_deliveries, use_assets
from backoffice.demonstration.fails import count_fails, receive_penalties
from backoffice.demonstration.fees import charge_fees
from backoffice.demonstration.instructions import (
    BANK_FIVE,
    BANK_ONE,
    BANK_TWO,
    BROKER_FOUR,
    FUND_THREE,
    HOUSE,
    propose_fee,
)
from backoffice.demonstration.netting import announce, net
from backoffice.demonstration.party_files import load_party_files
from backoffice.demonstration.purchases import begin_purchases
from backoffice.demonstration.quotes import PRICES
from backoffice.demonstration.rosters import keep_rosters
from backoffice.demonstration.screening import propose_listed_party
from backoffice.demonstration.sellers import SELLER
from backoffice.events.models import Event, SequencedEvent
from backoffice.tasks import follow_events
from deals import services as deal_services
from deals.capturing.capture import capture_deals
from deals.capturing.intake import ForRepair, candidate_of, store_for_repair
from deals.capturing.schema import terms_of
from deals.exposing.exposure import forget_definitions
from deals.models import Deal
from deals.state import DealState
from onboarding.watching import watch_files
from refdata.firm_days import firm_day
from refdata.selectors import forget_reference_data, reference_data
from settlements import services
from settlements.models import Settlement
from settlements.running import services as runs

MOSCOW = ZoneInfo("Europe/Moscow")
DEALT_AT = time(10, 15)
SESSIONS = 5
PATIENCE_SECONDS = 60.0
RUSSIAN = [row for row in firm.INSTRUMENTS if row[4] == "MISX" and row[0] in PRICES]
EUROPEAN = [row for row in firm.INSTRUMENTS if row[4] == "XETR"]
# pair, price; sold and bought in turns
PAIRS = (("EUR/USD", "1.1570"), ("USD/CNY", "7.1234"), ("EUR/USD", "1.1565"))
# what else is agreed of deals with a second date
FAR = {
    "fx_forward": {"tenor": "3M"}, "fx_swap": {"tenor": "1M", "far_price": "1.1590"},
    "repo": {"tenor": "1W", "rate": "0.16", "day_count": "ACT/365F", "haircut": "0.15"},
}  # fmt: skip
SHORT, PAIR = "SHORT", "PAIR"  # what a counterparty lacks, and two that settle by their difference
TATNEFT = next(row for row in firm.INSTRUMENTS if row[1] == "TATN")
ROSNEFT = next(row for row in firm.INSTRUMENTS if row[1] == "ROSN")


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """Some deals with the same fate: how many, how old, with whom, and how far they come."""

    name: str
    count: int
    sessions_ago: int
    counterparties: Sequence[str]
    instruments: Sequence[Sequence[Any]]
    until: str  # captured, confirmed, approved or released
    side: str = ""  # empty: in turns
    product: str = "equity"
    book: str = "EQ-RU"
    clients: Sequence[str] = ()
    stage: str = "proposed"
    clearing_account: str = ""  # with the clearing house; empty: bilateral
    quantity: int = 0  # zero: small and different


STORIES = (
    Story(name="NEW", count=12, sessions_ago=0, counterparties=(BANK_ONE, BANK_TWO),
          instruments=RUSSIAN, until="captured"),
    Story(name="CONFIRMED", count=8, sessions_ago=0, counterparties=(BANK_TWO, BANK_ONE),
          instruments=RUSSIAN, until="confirmed"),
    Story(name="NOSSI", count=6, sessions_ago=0, counterparties=(FUND_THREE, BROKER_FOUR),
          instruments=RUSSIAN, until="approved"),
    Story(name="PREPARED", count=10, sessions_ago=0, counterparties=(BANK_ONE,),
          instruments=RUSSIAN, until="approved"),
    Story(name="RELEASED", count=6, sessions_ago=0, counterparties=(BANK_ONE,),
          instruments=RUSSIAN, until="released"),
    Story(name="CLIENT", count=12, sessions_ago=2, counterparties=(BANK_ONE,), book="EQ-CL",
          instruments=RUSSIAN[:4], until="released", clients=firm.CLIENTS),
    Story(name="OLD", count=18, sessions_ago=3, counterparties=(BANK_ONE,),
          instruments=RUSSIAN, until="released"),
    Story(name="OUTSIDE", count=10, sessions_ago=2, counterparties=(BANK_TWO,),
          instruments=RUSSIAN, until="released"),
    Story(name="FAILING", count=6, sessions_ago=4, counterparties=(BANK_ONE,), side="sell",
          instruments=[ROSNEFT], until="released"),
    Story(name="EUROPE", count=8, sessions_ago=1, counterparties=(BANK_FIVE,), book="EQ-EU",
          instruments=EUROPEAN, until="approved"),
    Story(name="BREACH", count=2, sessions_ago=0, counterparties=(FUND_THREE,),
          instruments=RUSSIAN[:1], until="captured", stage="executed", quantity=40_000, side="buy"),
    Story(name="REPAIR", count=4, sessions_ago=0, counterparties=("999900UNKNOWNPARTY00",),
          instruments=RUSSIAN, until="captured", stage="executed"),
    Story(name="FX", count=6, sessions_ago=1, counterparties=(BANK_FIVE,), book="FX-RU",
          instruments=PAIRS, product="fx_spot", until="approved"),
    Story(name="FXOUT", count=4, sessions_ago=4, counterparties=(BANK_FIVE,), book="FX-RU",
          instruments=PAIRS, product="fx_spot", until="released"),
    Story(name="BOND", count=2, sessions_ago=2, counterparties=(BANK_ONE,), instruments=(OFZ,),
          product="bond", until="released"),
    Story(name="DEPOSIT", count=1, sessions_ago=2, counterparties=(BANK_ONE,), book="FX-RU",
          instruments=(("RUB", "0.155"),), product="deposit", side="place", until="released"),
    Story(name="FORWARD", count=1, sessions_ago=1, counterparties=(BANK_FIVE,), book="FX-RU",
          instruments=PAIRS, product="fx_forward", until="approved"),
    Story(name="SWAP", count=1, sessions_ago=1, counterparties=(BANK_FIVE,), book="FX-RU",
          instruments=PAIRS, product="fx_swap", until="approved"),
    Story(name="REPO", count=1, sessions_ago=3, counterparties=(BANK_ONE,),
          instruments=RUSSIAN[:1], product="repo", side="sell", until="released"),
    Story(name="SELLER", count=1, sessions_ago=0, counterparties=(SELLER,),
          instruments=RUSSIAN[:1], product="individual_purchase", side="buy", until="captured"),
    Story(name="CLEARED", count=6, sessions_ago=0, counterparties=(BANK_ONE,), instruments=RUSSIAN[:2],
          until="captured", stage="executed", clearing_account=CLEARING_ACCOUNT),
    Story(name="CANCELLED", count=3, sessions_ago=1, counterparties=(BANK_ONE,),
          instruments=RUSSIAN, until="cancelled"),
    Story(name=SHORT, count=1, sessions_ago=4, counterparties=(BANK_ONE,), instruments=[TATNEFT],
          until="released", side="buy", quantity=1_500),
    Story(name=PAIR, count=2, sessions_ago=0, counterparties=(BANK_TWO,), instruments=RUSSIAN[:1],
          until="approved"),
    Story(name="LARGE", count=1, sessions_ago=0, counterparties=(BANK_TWO,),
          instruments=RUSSIAN[1:2], until="approved", side="buy", quantity=2_500),
)  # fmt: skip


def last_sessions(now: datetime, count: int = SESSIONS) -> list[date]:
    """The last days, latest first, on which both markets had a session that has begun by now."""
    reference = reference_data()
    markets = [reference.calendars[code] for code in ("MISX", "XETR")]
    day = now.astimezone(MOSCOW).date()
    if now.astimezone(MOSCOW).time() < DEALT_AT:
        day -= timedelta(days=1)
    found: list[date] = []
    while len(found) < count:
        if all(calendar.is_business_day(day) for calendar in markets):
            found.append(day)
        day -= timedelta(days=1)
    return found


def load_day(people: dict[str, User], *, at: datetime) -> None:
    """Take every story as far as it goes; runs on the business days that lie behind."""
    # The firm was loaded a moment ago: what this process remembers may be older than it.
    forget_reference_data()
    forget_definitions()
    sessions = last_sessions(at)
    captured = {}
    for story in STORIES:
        ids = _capture(story, sessions[story.sessions_ago], people["dealer"], at)
        captured[story.name] = ids
        if story.until == "cancelled":
            deal_services.cancel_deals(
                ids=ids, reason="Entered twice.", actor=people["checker"], at=at
            )
        elif story.until != "captured":
            deal_services.confirm_deals(
                ids=ids, evidence="Call of the day, recorded.", actor=people["clerk"], at=at
            )
            if story.until != "confirmed":
                deal_services.approve_deals(ids=ids, actor=people["checker"], at=at)
    propose_fee(people["clerk"], at=at)
    propose_listed_party(people["clerk"], at=at)
    load_party_files(clerk=people["clerk"], checker=people["checker"], at=at)
    load_confirmations(people["clerk"], at=at)
    _follow()
    begin_purchases(people["clerk"], at=at)
    load_figures(people["clerk"], at=at)
    _release(people["checker"], at)
    for business_date in sorted(sessions[:3]):
        run = runs.request_run(
            business_date=business_date, entity_id=None,
            actor=people["clerk"], at=at,
        )  # fmt: skip
        runs.work_on_run(run.pk, at=at)
    _follow()
    net(people, captured[PAIR], at=at)
    announce(
        people, fails=ROSNEFT[0], holds=RUSSIAN[0][0], record_date=sessions[2],
        payment_date=sessions[0] + timedelta(days=7), at=at,
    )  # fmt: skip
    count_fails(people, sessions[1:4], short=captured[SHORT], at=at)
    receive_penalties(people, sessions[2], at=at)
    restrict_deliveries()
    use_assets(people, at=at)
    load_statements((sessions[2], sessions[1]), at=at)
    charge_fees(people, sessions, at=at)
    spend(people, sessions[0], at=at)
    keep_rosters(people, at=at)
    watch_files(today=firm_day(at), at=at)
    _follow()


def _follow() -> None:
    """Follow the events until all are numbered: other work on the server may hold them back."""
    deadline = time_module.monotonic() + PATIENCE_SECONDS
    while time_module.monotonic() < deadline:
        follow_events()
        if Event.objects.count() == SequencedEvent.objects.count():
            follow_events()
            return
        time_module.sleep(0.05)


def _capture(story: Story, trade_date: date, dealer: User, at: datetime) -> list[int]:
    """Capture a story's deals; return those that are there, from now or from before."""
    candidates = []
    references = []
    for document in _documents(story, trade_date):
        references.append(document["external_ref"])
        try:
            candidates.append(candidate_of(terms_of(document), actor=dealer, at=at))
        except ForRepair as waiting:
            store_for_repair(waiting, actor=dealer, at=at)
    if candidates:
        capture_deals(candidates)
    rows = Deal.objects.filter(external_ref__in=references).order_by("id")
    return list(rows.values_list("id", flat=True))


def _documents(story: Story, trade_date: date) -> Iterator[dict[str, Any]]:
    dealt_at = datetime.combine(trade_date, DEALT_AT, tzinfo=MOSCOW)
    for number in range(story.count):
        instrument = story.instruments[number % len(story.instruments)]
        document: dict[str, Any] = {
            "external_ref": f"DEMO-{trade_date:%y%m%d}-{story.name}-{number + 1:02d}",
            "product": story.product,
            "side": story.side or ("buy", "sell")[number % 2],
            "book": story.book,
            "counterparty": story.counterparties[number % len(story.counterparties)],
            "traded_at": (dealt_at - timedelta(minutes=number)).isoformat(),
            "stage": story.stage,
            "trader": "dealer",
            **_dealt(story, instrument, 1 + (number * 7) % 23),
        }
        if story.clearing_account:
            document["clearing"] = {
                "mode": "CCP", "ccp": HOUSE, "clearing_account": story.clearing_account,
            }  # fmt: skip
        if story.clients:
            client = story.clients[number % len(story.clients)]
            document |= {"capacity": "CLIENT", "client": client, "account": f"{client}-1"}
        yield document


def _dealt(story: Story, what: Sequence[Any], number: int) -> dict[str, str]:
    """What is dealt, how much of it, and for how much."""
    if story.product in ("fx_spot", "fx_forward", "fx_swap"):
        pair, price = what
        return {
            "pair": pair, "quantity": str(10_000 * number), "price": price, "currency": pair[4:],
            **FAR.get(story.product, {}),
        }  # fmt: skip
    if story.product == "deposit":
        currency, rate = what
        return {
            "currency": currency, "rate": rate, "quantity": "1000000.00", "day_count": "ACT/365F",
            "tenor": "1W",
        }  # fmt: skip
    if story.product == "bond":
        return {"instrument": str(what), "quantity": "250", "price": "61.23", "currency": "RUB"}
    return {
        **FAR.get(story.product, {}),
        "instrument": what[0],
        # of each story another, so that deals do not look captured twice
        "quantity": str(story.quantity or 10 * number + STORIES.index(story)),
        "price": PRICES.get(what[0], "455.20"), "currency": what[5],
    }  # fmt: skip


def _release(checker: User, at: datetime) -> None:
    """Release what was prepared for the stories that go so far."""
    names = [story.name for story in STORIES if story.until == "released"]
    deals = [
        deal_id
        for deal_id, reference in Deal.objects.filter(state=DealState.SETTLING).values_list(
            "id", "external_ref"
        )
        if reference.startswith("DEMO-") and reference.split("-")[2] in names
    ]
    waiting = Settlement.objects.filter(
        source_type="deal", source_id__in=deals, approval="PREPARED"
    )
    ids = list(waiting.order_by("id").values_list("id", flat=True))
    if ids:
        services.release_settlements(ids=ids, actor=checker, at=at)
