"""The stage of large stories: banks, instructions, wide limits, balances, and all deals on their way."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection
from django.utils import timezone

from backoffice.access.models import User
from deals.models import Deal
from deals.services import approve_deals, confirm_deals
from ledger.selectors import balances
from ledger.services import AccountKey, NewEntry, NewPosting, account_ids, post_entries
from limits.models import Limit
from refdata.models import Asset, Entity, Party, PartyContact, Place, StandingInstruction
from refdata.selectors import forget_reference_data
from refdata.services import approve_ssi, propose_ssi, record_call_back, revoke_ssi
from settlements.models import Settlement
from settlements.services import release_settlements
from settlements.tasks import continue_runs
from tests.flows.market import BANKS, CASH, LIMITED, REVOKED, Market, as_ndjson
from tests.following import follow_events

STEP = 5_000


def set_the_stage(market: Market) -> None:
    """The banks, their instructions, limits wide enough, and opening balances for a part of it all."""
    clerk, manager = (User.objects.get(username=name) for name in ("clerk", "manager"))
    at, house = timezone.now(), Place.objects.get(code="HOUSE")
    for code in (*BANKS, REVOKED, LIMITED):
        party = Party.objects.create(code=code, name=code, roles=["COUNTERPARTY"])
        ids = propose_ssi(
            [StandingInstruction(party=party, place=house, depository_account=code,
                                 cash_account=code, valid_from=date(2020, 1, 1))],
            actor=clerk, at=at,
        )  # fmt: skip
        contact = PartyContact.objects.create(
            party=party, name="N", phone="1", known_since=at - timedelta(days=1)
        )
        record_call_back(
            ssi_id=ids[0], contact_id=contact.pk, said="CONFIRMED", called_at=at, note="",
            actor=manager, at=at,
        )  # fmt: skip
        approve_ssi(ids=ids, actor=manager, at=at).raise_single()
        if code == REVOKED:
            revoke_ssi(ids=ids, reason="closed", actor=clerk, at=at).raise_single()
    entity = Entity.objects.get(code="RUS")
    Limit.objects.filter(kind="DEALER").update(cap=10**13)
    Limit.objects.create(
        entity=entity, kind="COUNTERPARTY_PRESETTLEMENT", name=LIMITED, currency="RUB",
        party=Party.objects.get(code=LIMITED), cap=0,
    )  # fmt: skip
    open_balances(market, entity, house)
    forget_reference_data()  # whoever looked a moment ago does not know the banks


def open_balances(market: Market, entity: Entity, house: Place) -> None:
    parties = dict(Party.objects.values_list("code", "id"))
    assets = dict(Asset.objects.values_list("code", "id"))
    keys = {}
    for party, asset in market.opening:
        kind = "CASH" if asset == CASH else "HOLDING"
        keys[party, asset] = AccountKey(entity.pk, kind, parties[party], place_id=house.pk)
    ids = account_ids([*keys.values(), *(_opening(entity, parties[p]) for p, _ in keys)])
    have = {(b.account_id, b.asset_id): b.amount for b in balances()}
    postings = []
    for (party, asset), amount in market.opening.items():
        account, other = ids[keys[party, asset]], ids[_opening(entity, parties[party])]
        wanted = Decimal(amount) / 100 if asset == CASH else Decimal(amount)
        more = wanted - have.get((account, assets[asset]), Decimal(0))
        if more:
            sides = (account, other) if more > 0 else (other, account)
            postings.append(NewPosting(*sides, assets[asset], abs(more)))
    entry = NewEntry(
        entity_id=entity.pk, kind="opening", source_type="test", source_id=1,
        effective_date=date(2026, 1, 1), postings=postings,
    )  # fmt: skip
    post_entries([entry], at=timezone.now())


def _opening(entity: Entity, owner_id: int) -> AccountKey:
    return AccountKey(entity.pk, "OPENING", owner_id)


def capture_all(market: Market, api: Any) -> None:
    """Every generated deal in one call; all of them are accepted."""
    answer = api("dealer").post(
        "/deals/bulk/", b"".join(as_ndjson(market.deals)), content_type="application/x-ndjson"
    )
    assert answer.status_code == 200, answer.content[:500]
    assert answer.json()["counts"]["accepted"] == len(market.deals), answer.json()["rows"][:3]


def count_rows() -> None:
    """What the server's own maintenance does within a minute: without it nothing is planned by what is there."""
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def release_all() -> None:
    """Confirm, approve, prepare and release all deals: a run may take them up."""
    count_rows()
    people = {name: User.objects.get(username=name) for name in ("clerk", "checker")}
    ids = list(Deal.objects.order_by("id").values_list("id", flat=True))
    for start in range(0, len(ids), STEP):
        at, part = timezone.now(), ids[start : start + STEP]
        assert len(confirm_deals(ids=part, actor=people["clerk"], at=at).done) == len(part)
        assert len(approve_deals(ids=part, actor=people["checker"], at=at).done) == len(part)
    follow_events()
    ids = list(Settlement.objects.order_by("id").values_list("id", flat=True))
    for start in range(0, len(ids), STEP):
        part = ids[start : start + STEP]
        release_settlements(ids=part, actor=people["checker"], at=timezone.now())


def take_them_all_the_way(api: Any, objective: str = "") -> None:
    """Release all deals, and let one run settle what can be settled."""
    release_all()
    wanted = {"objective": objective} if objective else {}
    answer = api("clerk").post("/settlement-runs/", {"business_date": "2026-11-24", **wanted})
    assert answer.status_code == 202, answer.content
    continue_runs()
    count_rows()
    follow_events()
