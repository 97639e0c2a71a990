"""Cleared deals as tests make them: a clearing house, its figures, the nets, and the books after them."""

from __future__ import annotations

import random
from collections import Counter
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import connection
from django.utils import timezone

from backoffice.access.models import User
from backoffice.workflow.models import WorkItem
from deals.booking.lots import keep_lots
from deals.booking.posting import post_trades
from deals.models import Deal
from ledger.models import LedgerAccount, LotChange
from ledger.selectors import balances
from refdata.firm_days import FIRM_ZONE
from refdata.models import Party, Place, StandingInstruction
from refdata.screening.services import screen_due
from refdata.selectors import forget_reference_data
from reporting.reports import settled_deals
from settlements.clearing.models import NetObligation, NetQuantity, NettedFlow
from settlements.models import Settlement
from settlements.realised import facts as realised_facts
from settlements.services import Proof, settle_settlements
from tests.flows.market import SHARES
from tests.following import follow_events

CLEARING = {"mode": "CCP", "ccp": "NCC", "clearing_account": "MB01"}
DAY = date(2026, 11, 25)
API = "/net-obligations/"


def a_clearing_house() -> Party:
    """A clearing house, with an instruction that is good for everything at an outside place."""
    party = Party.objects.create(code="NCC", name="Clearing Centre", roles=["COUNTERPARTY"])
    clerk, manager = (User.objects.get(username=name) for name in ("clerk", "manager"))
    StandingInstruction.objects.create(
        party=party, place=Place.objects.get(code="NSD"), depository_account="HS01",
        cash_account="30411", valid_from=date(2020, 1, 1), status="APPROVED", proposed_by=clerk,
        approved_by=manager,
    )  # fmt: skip
    forget_reference_data()
    screen_due(at=timezone.now())
    return party


def deals_of(seed: int, count: int) -> list[dict[str, Any]]:
    """Random deals in two shares, on two dates, in two books."""
    made = random.Random(seed)
    return [
        {
            "external_ref": f"CLR-{seed}-{number}", "product": "equity", "side": made.choice(("buy", "sell")),
            "book": "EQ-RU", "counterparty": "NCC", "instrument": made.choice(SHARES[:2]),
            "quantity": str(made.randint(1, 900)), "price": f"{made.randint(10000, 40000) / 100:.2f}",
            "currency": "RUB", "traded_at": "2026-11-24T10:15:00+03:00", "stage": "executed",
            "settlement": {"method": "DVP", "date": made.choice(("2026-11-25", "2026-11-26"))},
        }
        for number in range(count)
    ]  # fmt: skip


def capture(api: Any, documents: list[dict[str, Any]]) -> list[int]:
    for document in documents:
        answer = api("dealer").post("/deals/", document)
        assert answer.status_code == 201, answer.content
    return list(Deal.objects.order_by("id").values_list("id", flat=True))


def book(ids: list[int]) -> None:
    post_trades(deal_ids=ids, at=timezone.now())
    keep_lots(deal_ids=ids, at=timezone.now())


def settle_everything() -> None:
    open_now = Settlement.objects.exclude(settlement="SETTLED").exclude(cancellation="AGREED")
    ids = open_now.values_list("id", flat=True)
    at = timezone.now()
    proofs = {id: Proof(kind="test", reference=f"T-{id}", settled_at=at) for id in ids}
    assert len(settle_settlements(proofs=proofs, settled_date=DAY, at=at).done) == len(ids)


def books() -> tuple[dict[Any, Decimal], list[Any]]:
    """What stands in which account, told by whom and where it is and not by its number; and the lots."""
    keys = {
        id: key
        for id, *key in LedgerAccount.objects.values_list(
            "id", "kind", "owner_id", "counterparty_id", "place_id", "book_id"
        )
    }
    held = {(*keys[b.account_id], b.asset_id): b.amount for b in balances() if b.amount}
    lots = LotChange.objects.order_by("id").values_list("quantity", "gross", "fee", "book_id")
    return held, list(lots)


def reported(ids: list[int]) -> tuple[list[Any], list[Any]]:
    """The settled deals as reports tell them, without their numbers and evidence; and the days money moved."""
    facts = {
        "horizon": 2**62, "entities": None, "settled_from": date(2020, 1, 1),
        "settled_until": date(2030, 1, 1), "deals": ids, "firm_zone": FIRM_ZONE.key,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(settled_deals._ROWS, facts)
        rows = [(row[0], *row[2:17], *row[18:]) for row in cursor.fetchall()]
        cursor.execute(realised_facts._MONEY_DAYS, facts)
        return sorted(rows), sorted(day for _, day in cursor.fetchall())


def figures(api: Any, **other: str) -> None:
    """The house says the same as we, or of an asset what `other` says."""
    for row in NetObligation.objects.select_related("asset").order_by("id"):
        told = figure(row.asset.code, other.get(row.asset.code, f"{row.quantity:f}"), row.due_date)
        answer = api("clerk").post("/clearing-figures/", told)
        assert answer.status_code in (200, 201), answer.content


def figure(asset: str, quantity: str, day: Any = DAY, **more: Any) -> dict[str, Any]:
    scaled = f"{Decimal(quantity):.2f}" if asset == "RUB" else f"{Decimal(quantity).normalize():f}"
    return {
        "entity": "RUS", "ccp": "NCC", "account": "MB01", "asset": asset, "due_date": str(day),
        "quantity": scaled, "document": "Report 1", **more,
    }  # fmt: skip


def sums_are_the_flows() -> None:
    """Every obligation is the signed sum of the flows within, and of its versions the last."""
    sums: Counter[int] = Counter()
    for row in NettedFlow.objects.filter(left=None).select_related("flow"):
        sign = 1 if row.flow.direction == "RECEIVE" else -1
        sums[row.obligation_id] += sign * row.flow.quantity  # type: ignore[assignment]
    held = dict(NetObligation.objects.values_list("id", "quantity"))
    assert {id: sums.get(id, 0) for id in held} == held
    last = NetQuantity.objects.order_by("obligation_id", "-number").distinct("obligation_id")
    assert dict(last.values_list("obligation_id", "quantity")) == held


def cleared(api: Any, *changes: dict[str, Any]) -> list[str]:
    """Executed cleared deals of 100 shares at 300, bought unless told otherwise, followed to their nets."""
    plain = deals_of(7, 1)[0] | {
        "side": "buy", "quantity": "100", "price": "300", "instrument": SHARES[0], "clearing": CLEARING,
        "settlement": {"method": "DVP", "date": str(DAY)},
    }  # fmt: skip
    made = []
    for change in changes:
        number = Deal.objects.count()
        answer = api("dealer").post("/deals/", plain | {"external_ref": f"C-{number}"} | change)
        assert answer.status_code == 201, answer.content
        made.append(answer.json()["reference"])
    follow_events()
    return made


def net(api: Any, asset: str) -> dict[str, Any]:
    """The last round of an asset, in full."""
    found = api("clerk").get(API, asset=asset).json()["results"]
    row = max(found, key=lambda each: each["round"])
    shown: dict[str, Any] = api("clerk").get(f"{API}{row['reference']}/").json()
    return shown


def waiting() -> set[str]:
    rows = WorkItem.objects.filter(closed_at=None, subject_type="netobligation", queue="clerk")
    return set(rows.values_list("kind", flat=True))
