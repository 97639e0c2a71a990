"""Cleared deals from capture to the books: netted, compared, agreed, settled once, as gross would have been."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import chain
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.utils import timezone

from backoffice.access.models import User
from backoffice.workflow.models import WorkItem
from deals.confirming.watching import affirm_not_required
from deals.models import Deal
from deals.services import affirm_deals
from limits.models import Limit
from refdata.models import Entity, Party, Price, StandingInstruction
from refdata.selectors import forget_reference_data
from reporting.reports import settled_deals
from reporting.reports.base import Known, Query
from settlements.clearing.computing import net_deals
from settlements.clearing.models import NetObligation, NettedFlow
from settlements.clearing.services import agree_nets
from settlements.clearing.watching import tell_unagreed
from settlements.exposures import recompute_exposures
from settlements.models import Obligation, Settlement
from settlements.preparing import prepare_settlements
from settlements.realised import facts as realised_facts
from settlements.selectors import deals_final_by
from settlements.services import release_settlements
from tests.flows.clearing import (
    API,
    CLEARING,
    DAY,
    a_clearing_house,
    book,
    books,
    capture,
    cleared,
    deals_of,
    figure,
    figures,
    net,
    reported,
    settle_everything,
    sums_are_the_flows,
    waiting,
)
from tests.flows.market import SHARES
from tests.following import follow_events
from tests.guards.test_rivals import at_once
from tests.pages.test_pages import browser

pytestmark = pytest.mark.usefixtures("own_database")


@pytest.fixture(autouse=True)
def house(own_database: None) -> Party:
    return a_clearing_house()


@pytest.mark.parametrize("seed", [1, 2])
def test_net_settling_leaves_the_books_as_gross_settling_would(api: Any, seed: int) -> None:
    documents = deals_of(seed, 12)
    with transaction.atomic():
        ids = capture(api, documents)
        affirm_deals(evidence=dict.fromkeys(ids, "test"), how="matched", at=timezone.now())
        book(ids)
        prepare_settlements(deal_ids=ids, at=timezone.now())
        assert Settlement.objects.count() == 12
        settle_everything()
        assert set(Deal.objects.values_list("state", flat=True)) == {"SETTLED"}
        gross = books(), reported(ids)
        transaction.set_rollback(True)
    ids = capture(api, [d | {"clearing": CLEARING} for d in documents])
    affirm_not_required(deal_ids=ids, at=timezone.now())
    book(ids)
    prepare_settlements(deal_ids=ids, at=timezone.now())
    assert not Settlement.objects.exists()  # nothing of it is settled gross
    net_deals(deal_ids=ids, at=timezone.now())
    sums_are_the_flows()
    figures(api)
    clerk = User.objects.get(username="clerk")
    nets = list(NetObligation.objects.order_by("id").values_list("id", flat=True))
    assert sorted(agree_nets(ids=nets, actor=clerk, at=timezone.now()).done) == nets
    assert Settlement.objects.count() == NetObligation.objects.exclude(quantity=0).count() <= 6
    assert Obligation.objects.count() == NettedFlow.objects.exclude(obligation__quantity=0).count()
    settle_everything()
    assert set(Deal.objects.values_list("state", flat=True)) == {"SETTLED"}
    assert set(NetObligation.objects.values_list("state", flat=True)) == {"SETTLED"}
    assert (books(), reported(ids)) == gross


def test_a_difference_names_the_deal_and_is_mended_by_capturing_it(api: Any) -> None:
    bought, sold = cleared(api, {}, {"side": "sell", "quantity": "30", "price": "301"})
    row = net(api, SHARES[0])
    assert (row["ours"], row["theirs"], row["status"], row["version"]) == (
        "70",
        None,
        "COMPUTED",
        1,
    )
    told = api("clerk").post("/clearing-figures/", figure(SHARES[0], "100"))
    assert (told.status_code, told.json()["difference"]) == (201, "30"), told.content
    row = net(api, SHARES[0])
    assert (row["status"], row["cause"]) == ("DIFFERENT", {"code": "not-theirs", "deals": [sold]})
    refused = api("clerk").post(f"{API}{row['reference']}/agree/")
    assert (refused.status_code, refused.json()["code"]) == (409, "transition-not-allowed")
    follow_events()
    (item,) = WorkItem.objects.filter(kind="net-different", closed_at=None)
    assert item.reason == f"{SHARES[0]}: 70 / 100; not-theirs {sold}"
    assert item.due_at is not None
    assert item.due_at.isoformat() == "2026-11-25T12:00:00+00:00"
    # They bring their next figure: it is ours. The same once more adds nothing.
    for status in (201, 200):
        again = api("clerk").post("/clearing-figures/", figure(SHARES[0], "70"))
        assert (again.status_code, again.json()["status"]) == (status, "MATCHED")
    # One that we lacked is captured late: another version, which is compared with what is there.
    cleared(api, {"quantity": "5"})
    row = net(api, SHARES[0])
    assert (row["status"], row["ours"], row["version"]) == ("DIFFERENT", "75", 2)
    assert [each["quantity"] for each in row["versions"]] == ["70", "75"]
    assert [each["quantity"] for each in row["figures"]] == ["70", "100"]
    follow_events()
    assert waiting() == {"net-different"}
    assert bought in [
        e["deal"] for e in api("clerk").get(f"{API}{row['reference']}/deals/").json()["results"]
    ]


def test_what_comes_after_the_release_is_the_next_round(api: Any) -> None:
    cleared(api, {})
    figures(api)
    row = net(api, SHARES[0])
    assert api("clerk").post(f"{API}{row['reference']}/agree/").json()["status"] == "AGREED"
    first = net(api, SHARES[0])["settlement"]
    # Agreed, but not released: the late deal takes it back.
    cleared(api, {"quantity": "7"})
    row = net(api, SHARES[0])
    assert (row["status"], row["settlement"], row["ours"]) == ("DIFFERENT", None, "107")
    assert api("clerk").get(f"/settlements/{first}/").json()["status"] == "CANCELLED"
    api("clerk").post("/clearing-figures/", figure(SHARES[0], "107"))
    api("clerk").post(f"{API}{row['reference']}/agree/")
    settlement = net(api, SHARES[0])["settlement"]
    released = api("checker").post(f"/settlements/{settlement}/release/")
    assert released.status_code == 200, released.content
    cleared(api, {"side": "sell", "quantity": "20"})
    later = net(api, SHARES[0])
    assert (later["round"], later["ours"], later["theirs"]) == (2, "-20", "0")
    assert api("clerk").get(f"{API}{row['reference']}/").json()["status"] == "INSTRUCTED"
    api("clerk").post("/clearing-figures/", figure(SHARES[0], "87"))
    assert net(api, SHARES[0])["status"] == "MATCHED"
    # Of a net that is gone, another figure is told by itself.
    api("clerk").post(f"{API}{later['reference']}/agree/")
    api("checker").post(f"/settlements/{net(api, SHARES[0])['settlement']}/release/")
    follow_events()
    api("clerk").post("/clearing-figures/", figure(SHARES[0], "80"))
    follow_events()
    assert "net-changed" in waiting()


def test_who_agrees_does_not_release_and_nothing_goes_without_an_instruction(api: Any) -> None:
    cleared(api, {})
    reference = net(api, "RUB")["reference"]
    assert api("clerk").post(f"{API}{reference}/agree/").json()["code"] == "net-not-compared"
    figures(api)
    assert api("checker").post(f"{API}{reference}/agree/").status_code == 403
    assert api("clerk").post(f"{API}{reference}/agree/").status_code == 200
    settlement = net(api, "RUB")["settlement"]
    shown = api("clerk").get(f"/settlements/{settlement}/").json()
    assert (shown["method"], shown["delivers"], shown["counterparty"]) == ("PFOD", False, "NCC")
    # Taken back by hand before it leaves, it is open again.
    answer = api("clerk").post(f"/settlements/{settlement}/cancel/", {"reason": "wrong place"})
    assert answer.status_code in (200, 202), answer.content
    assert net(api, "RUB")["status"] == "MATCHED"
    StandingInstruction.objects.filter(party__code="NCC").update(status="REVOKED")
    answer = api("clerk").post(f"{API}{net(api, SHARES[0])['reference']}/agree/")
    assert (answer.status_code, answer.json()["code"]) == (409, "net-ssi-missing")


def test_figures_come_as_a_file_and_about_what_we_do_not_know(api: Any) -> None:
    cleared(api, {})
    lines = "entity,ccp,account,asset,due_date,quantity\n" + "".join(
        f"RUS,NCC,MB01,{asset},{DAY},{quantity}\n"
        for asset, quantity in ((SHARES[0], 100), (SHARES[1], 5), ("XXX9", 1), (SHARES[2], "many"))
    )
    answer = api("clerk").post("/clearing-figures/bulk/", lines, content_type="text/csv").json()
    assert answer["counts"] == {"received": 2, "refused": 2}
    unknown = net(api, SHARES[1])
    assert (unknown["status"], unknown["ours"], unknown["cause"]["code"]) == (
        "DIFFERENT",
        "0",
        "not-ours",
    )
    assert net(api, SHARES[0])["status"] == "MATCHED"


def test_a_net_of_nothing_needs_no_word_and_settles_the_deals_with_the_last(api: Any) -> None:
    cleared(api, {}, {"side": "sell"})
    nets = [net(api, SHARES[0]), net(api, "RUB")]
    assert nets[0]["ours"] == "0"
    states = set(Deal.objects.values_list("state", flat=True))
    assert states == {"CONFIRMED"}
    answer = api("clerk").post(f"{API}{nets[0]['reference']}/agree/")
    assert answer.json()["status"] == "SETTLED"
    figures(api)
    api("clerk").post(f"{API}{nets[1]['reference']}/agree/")
    if nets[1]["ours"] != "0":
        settle_everything()
    assert set(Deal.objects.values_list("state", flat=True)) == {"SETTLED"}
    assert Settlement.objects.count() <= 1


def test_deals_of_which_every_net_is_nothing_are_settled_as_gross_would_have_settled_them(
    api: Any,
) -> None:
    """Bought for 30,000.00 and 15.00, sold for 30,030.02 less 15.02: nothing is owed of either."""
    plain = deals_of(7, 1)[0] | {
        "quantity": "100", "instrument": SHARES[0], "settlement": {"method": "DVP", "date": str(DAY)},
    }  # fmt: skip
    documents = [
        plain | {"external_ref": "N-1", "side": "buy", "price": "300"},
        plain | {"external_ref": "N-2", "side": "sell", "price": "300.3002"},
    ]
    at = datetime.fromisoformat("2026-11-25T12:00:00+03:00")
    with transaction.atomic():
        ids = capture(api, documents)
        affirm_deals(evidence=dict.fromkeys(ids, "test"), how="matched", at=timezone.now())
        book(ids)
        prepare_settlements(deal_ids=ids, at=timezone.now())
        settle_everything()
        gross = books(), reported(ids)
        transaction.set_rollback(True)
    ids = capture(api, [d | {"clearing": CLEARING} for d in documents])
    follow_events()
    nets = list(NetObligation.objects.order_by("id"))
    assert [(each.quantity, each.state) for each in nets] == [(Decimal(0), "COMPUTED")] * 2
    agree_nets(ids=[nets[0].pk], actor=User.objects.get(username="clerk"), at=at).raise_single()
    assert set(Deal.objects.values_list("state", flat=True)) == {"SETTLING"}
    assert reported(ids) == ([], [])  # one of two nets is not agreed to yet
    agree_nets(ids=[nets[1].pk], actor=User.objects.get(username="clerk"), at=at).raise_single()
    assert set(Deal.objects.values_list("state", flat=True)) == {"SETTLED"}
    assert not Settlement.objects.exists()
    assert not Limit.objects.filter(used__gt=0, kind="NOSTRO").exists()
    assert (books(), reported(ids)) == gross
    assert [len(rows) for rows in reported(ids)] == [2, 2]
    pools = realised_facts.Facts(horizon=2**62, entity_ids=None).touched_pools(DAY, DAY)
    assert [pool.isin for pool in pools.values()] == [SHARES[0]]
    assert list(chain.from_iterable(deals_final_by(entity_id=1, day=DAY, size=2))) == ids


def test_nets_of_nothing_settle_on_the_day_that_it_is_for_the_firm(api: Any) -> None:
    """Agreed at 22:30 UTC, which is half past one of the next morning in Moscow."""
    plain = deals_of(7, 1)[0] | {
        "quantity": "100", "instrument": SHARES[0], "clearing": CLEARING, "price": "300",
        "settlement": {"method": "DVP", "date": str(DAY)},
    }  # fmt: skip
    documents = [plain | {"external_ref": "N-1", "side": "buy"},
                 plain | {"external_ref": "N-2", "side": "sell", "price": "300.3002"}]  # fmt: skip
    ids = capture(api, documents)
    follow_events()
    at = datetime.fromisoformat(f"{DAY}T22:30:00+00:00")
    for each in NetObligation.objects.order_by("id"):
        agree_nets(ids=[each.pk], actor=User.objects.get(username="clerk"), at=at).raise_single()
    facts, after = realised_facts.Facts(horizon=2**62, entity_ids=None), DAY + timedelta(days=1)
    assert facts.touched_pools(DAY, DAY) == {}
    assert [pool.isin for pool in facts.touched_pools(after, after).values()] == [SHARES[0]]
    days = realised_facts.money_days(ids, horizon=2**62)
    assert set(days.values()) == {(after - date(1970, 1, 1)).days}
    settled = {"settled_from": after, "settled_until": after}
    found = settled_deals.REPORT.rows(settled, Known(horizon=2**62, entity_ids=None))
    assert isinstance(found, Query)
    rows = list(found)
    assert [(row[1], row[4]) for row in rows] == [(f"D-{id}", after.isoformat()) for id in ids]


def test_past_the_cut_off_what_is_not_agreed_waits(api: Any) -> None:
    cleared(api, {})
    assert tell_unagreed(at=datetime.fromisoformat("2026-11-25T14:59:00+03:00")) == 0
    assert tell_unagreed(at=datetime.fromisoformat("2026-11-25T15:00:00+03:00")) == 2
    assert waiting() == {"net-late"}
    figures(api)
    follow_events()
    for row in NetObligation.objects.all():
        api("clerk").post(f"{API}{row}/agree/")
    follow_events()
    assert waiting() == set()


def test_on_the_pages_a_clerk_brings_figures_finds_a_difference_and_agrees_to_many(
    api: Any,
) -> None:
    (deal,) = cleared(api, {})
    clerk = browser("clerk")
    reference = net(api, SHARES[0])["reference"]
    typed = clerk.get("/clearing/figure/", {"net": reference}).content.decode()
    assert 'value="MB01"' in typed
    told = figure(SHARES[0], "0") | {"owner": ""}
    wrong = clerk.post("/clearing/figure/", told | {"quantity": "many"})
    assert (wrong.status_code, b'value="Report 1"' in wrong.content) == (422, True)
    answer = clerk.post("/clearing/figure/", told)
    assert answer["Location"] == f"/clearing/{reference}/"
    follow_events()
    work = browser("clerk", "ru").get("/").content.decode()
    assert "У них нет нашей сделки, сумма которой равна расхождению." in work
    page = clerk.get(f"/clearing/{reference}/").content.decode()
    assert 'data-cause="not-theirs"' in page
    assert f'href="/deals/{deal}/"' in page
    assert "step-agree" not in page
    lines = "entity,ccp,account,asset,due_date,quantity\n" + "".join(
        f"RUS,NCC,MB01,{row.asset.code},{DAY},{figure(row.asset.code, str(row.quantity))['quantity']}\n"
        for row in NetObligation.objects.select_related("asset")
    )
    file = SimpleUploadedFile("figures.csv", lines.encode(), content_type="text/csv")
    assert 'id="taken"' in clerk.post("/clearing/", {"file": file}).content.decode()
    nets = [f"NO-{id}" for id in NetObligation.objects.order_by("id").values_list("id", flat=True)]
    assert "step-agree" in clerk.get(f"/clearing/{nets[0]}/").content.decode()
    body = {"action": "agree", "references": nets}
    preview = api("clerk").post("/bulk-steps/", body).json()
    assert preview["count"] == 2, preview
    done = api("clerk").post("/bulk-steps/", body | {"expect": {"count": 2, "sum": preview["sum"]}})
    assert done.status_code == 200, done.content
    listed = browser("clerk", "ru").get("/clearing/").content.decode()
    assert "Согласовано с клиринговой организацией" in listed
    settlement = net(api, "RUB")["settlement"]
    assert (
        f'href="/clearing/{net(api, "RUB")["reference"]}/"'
        in clerk.get(f"/settlements/{settlement}/").content.decode()
    )
    then = clerk.get(f"/clearing/{reference}/").content.decode()
    assert browser("dealer").post(f"/clearing/{reference}/agree/").status_code == 403
    assert "Agreed with the clearing house" in then


def test_a_settlement_day_limit_counts_the_price_move_of_the_net(api: Any) -> None:
    house = Party.objects.get(code="NCC")
    entity = Entity.objects.get(code="RUS")
    limit = Limit.objects.create(
        entity=entity, kind="COUNTERPARTY_SETTLEMENT", name="NCC", currency="RUB", party=house,
        cap=10**9,
    )  # fmt: skip
    forget_reference_data()
    cleared(api, {"price": "100"}, {"side": "sell", "quantity": "30", "price": "110"})
    figures(api)
    for row in NetObligation.objects.order_by("id"):
        assert api("clerk").post(f"{API}{row}/agree/").status_code == 200
    recompute_exposures(business_date=DAY, at=timezone.now())
    price = Price.objects.filter(
        instrument__asset__code=SHARES[0], price_date__lte=DAY
    ).latest("price_date", "id")  # fmt: skip
    # 70 shares come in for 10,000 less 3,300; their money is no more at risk than they are.
    limit.refresh_from_db()
    assert limit.used == max(70 * price.value - (10_000 - 3_300), Decimal(0))
    assert limit.used > 0


def test_a_late_deal_and_the_release_meet(api: Any) -> None:
    """Whoever comes first: the deal takes the settlement back, or it belongs to the next round."""
    cleared(api, {})
    figures(api)
    row = NetObligation.objects.get(asset__code=SHARES[0])
    clerk, checker = (User.objects.get(username=name) for name in ("clerk", "checker"))
    agree_nets(ids=[row.pk], actor=clerk, at=timezone.now()).raise_single()
    (settlement,) = Settlement.objects.values_list("id", flat=True)
    late = deals_of(9, 1)[0] | {
        "side": "buy", "quantity": "5", "price": "300", "instrument": SHARES[0],
        "clearing": CLEARING, "settlement": {"method": "DVP", "date": str(DAY)},
    }  # fmt: skip
    api("dealer").post("/deals/", late)
    ids = list(Deal.objects.filter(state="CAPTURED").values_list("id", flat=True))
    affirm_not_required(deal_ids=ids, at=timezone.now())

    def work(number: int) -> Any:
        if number % 2:
            return net_deals(deal_ids=ids, at=timezone.now())
        return release_settlements(ids=[settlement], actor=checker, at=timezone.now())

    at_once(work, 6)
    rounds = list(
        NetObligation.objects.filter(asset__code=SHARES[0]).order_by("round").values_list(
            "round", "quantity", "state"
        )
    )  # fmt: skip
    status = Settlement.objects.get(pk=settlement).status
    taken_back: Any = ([(1, 105, "DIFFERENT")], "CANCELLED")
    next_round: Any = ([(1, 100, "INSTRUCTED"), (2, 5, "DIFFERENT")], "RELEASED")
    assert (rounds, status) in (taken_back, next_round)
    sums_are_the_flows()
