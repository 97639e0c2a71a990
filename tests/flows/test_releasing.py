"""Runs release to a place whose books they do not see; the place is a process with balances of everybody."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from backoffice.access.models import User
from backoffice.connectors.models import InboundFile, OutboundMessage
from settlements.models import RunComparison, RunDecision, Settlement, SettlementRun
from settlements.releasing.comparing import compare_releases
from settlements.releasing.model import Why
from settlements.releasing.state import Became, Release
from tests.flows.outside import OutsideDay
from tests.settlements.releasing.market import (
    FAMILIES,
    everything_at_once,
    first_in_first_out,
    make,
    play,
)
from tests.sizes import SOAK

pytestmark = pytest.mark.usefixtures("own_database", "own_folder")
DAYS, CYCLES, SIZE = (20, 8, 100) if SOAK else (1, 3, 30)


@pytest.fixture
def own_folder(settings: Any, tmp_path: Path) -> None:
    settings.VAR_DIR = tmp_path


def test_more_settles_there_than_at_once_or_in_order(api: Any, tmp_path: Path) -> None:
    """Over all days: nobody sees what the others have, so a single one may go either way."""
    total: Counter[str] = Counter()
    for seed in range(DAYS):
        day = make(seed, replace(FAMILIES["short of cash"], size=SIZE), securities=5, others=8)
        outside = OutsideDay(seed, day, tmp_path / f"place-{seed}")
        for number in range(CYCLES):
            run = outside.cycle(is_last=number == CYCLES - 1)
            assert run.state == "COMPLETED", run.error
            assert number == CYCLES - 1 or outside.is_covered()
        total["released"] += int(outside.settled())
        total["at once"] += play(day, everything_at_once, CYCLES)
        total["in order"] += play(day, first_in_first_out, CYCLES)
        assert_compared(outside)
        assert_told(api, outside)
    released = total.pop("released")
    assert released >= max(total.values()), (released, total)


def assert_compared(outside: OutsideDay) -> None:
    """In the order of the run they left, each says why, and the day after each says what it became, once."""
    run = outside.entity.pk
    rows = OutboundMessage.objects.filter(place=outside.place).order_by("id")
    assert not InboundFile.objects.exclude(
        problems=[]
    ).exists()  # all that the place says is understood
    decided = RunDecision.objects.filter(settlement__place=outside.place, outcome="SEND")
    order = decided.order_by("run_id", "position").values_list("settlement_id", flat=True)
    assert list(rows.values_list("settlement_id", flat=True)) == list(order)
    assert {each.facts["release"] for each in decided} <= set(Why)
    day_after = outside.due + timedelta(days=1)
    assert compare_releases(entity_id=run, day=outside.due).rows == 0
    found = compare_releases(entity_id=run, day=day_after)
    assert compare_releases(entity_id=run, day=day_after).rows == 0
    became = Counter(
        RunComparison.objects.filter(settlement__place=outside.place).values_list(
            "became", flat=True
        )
    )
    settled = Settlement.objects.filter(place=outside.place, settlement="SETTLED").count()
    sent = Settlement.objects.filter(place=outside.place).exclude(transmission="NONE").count()
    assert (found.rows, found.settled) == (sent, settled)
    assert (became["SETTLED"], became["OPEN"]) == (settled, sent - settled)


def assert_told(api: Any, outside: OutsideDay) -> None:
    """By REST and on the page of the run: the last run let go what was left, for it was the last."""
    run = SettlementRun.objects.order_by("-pk")[0]
    rows = api("clerk").get(f"/settlement-runs/{run}/releases/").json()["results"]
    sent = RunDecision.objects.filter(run=run, outcome="SEND")
    assert {row["settlement"] for row in rows} == {f"S-{each.settlement_id}" for each in sent}
    assert {row["release"] for row in rows} <= set(Why)
    unsent = Settlement.objects.filter(place=outside.place, transmission="NONE")
    assert not unsent.exists()  # in the last cycle nothing is kept back
    assert {row["became"] for row in rows} <= {"SETTLED", "OPEN"}
    page = Client()
    page.force_login(User.objects.get(username="clerk"))
    shown = page.get(reverse("run", args=[str(run)]), {"outcome": "SEND"}).content.decode()
    for row in rows[:20]:
        assert str(Release(row["release"]).label) in shown
        assert str(Became(row["became"]).label) in shown
    first = SettlementRun.objects.order_by("pk")[0]
    plan = api("clerk").get(f"/settlement-runs/{first}/").json()["plan"]
    assert Decimal(plan["value"]["amount"]) <= Decimal(plan["bound"]["amount"])
    lacking = {each["asset"] for each in plan["borrow"]}
    assert lacking <= set(outside.codes.values())
    assert page.get(reverse("run", args=[str(first)])).content.decode().count("RUB") > 1
    assert all(Decimal(each["worth"]) > 0 for each in plan["borrow"])
