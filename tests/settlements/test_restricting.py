"""A restriction stops a settlement on either side, in a run and at its place; lifted, it goes on."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.test import Client

from backoffice.access.models import User
from refdata.models import Asset, Entity, Party, Place, Restriction
from refdata.scopes import EVERYTHING
from settlements.inventory.restricting import restricted
from settlements.inventory.selectors import Asked, at_hand, lines
from settlements.models import Settlement
from settlements.tasks import continue_runs
from tests.flows.test_changing import (
    INSIDE,
    OUTSIDE,
    captured,
    confirmed,
    own_folder,
    released,
    sent,
)
from tests.following import follow_events

__all__ = ["own_folder"]  # a fixture: places' files stay in the test's own folder
pytestmark = pytest.mark.usefixtures("own_database", "own_folder")
DAY = date(2026, 11, 24)
SHARE = "RU0009029540"


def run(api: Any) -> None:
    api("clerk").post("/settlement-runs/", {"business_date": DAY.isoformat()})
    continue_runs()
    follow_events()


def forbid(act: str = "NO_DELIVER", **keys: Any) -> Restriction:
    since = keys.pop("since", DAY)
    return Restriction.objects.create(act=act, document="Order 1", valid_from=since, **keys)


def test_a_run_leaves_it_with_the_reason_and_takes_it_once_it_is_lifted(
    api: Any, sample: dict[str, Any]
) -> None:
    deal = confirmed(api, captured(api, sample, side="sell", counterparty=INSIDE))
    reference = released(api, deal)
    row = forbid(asset=Asset.objects.get(code=SHARE), since=date(2026, 11, 1))
    run(api)
    shown = api("clerk").get(f"/settlements/{reference}/").json()
    assert (shown["status"], shown["reason"]) == ("MATCHED", "restricted")

    Restriction.objects.filter(pk=row.pk).update(permit="Permit 7", valid_until="2026-11-20")
    run(api)
    assert Settlement.objects.get().status == "SETTLED"


@pytest.mark.parametrize(
    ("side", "key", "stops"),
    [
        ("sell", {"act": "NO_DELIVER", "asset": SHARE}, True),
        ("sell", {"act": "NO_PAY", "asset": SHARE}, False),
        ("sell", {"act": "NO_PAY", "party": INSIDE}, True),
        ("buy", {"act": "NO_PAY", "asset": "RUB"}, True),
        ("buy", {"act": "NO_DELIVER", "place": "HOUSE"}, True),
        ("buy", {"act": "NO_DELIVER", "place": "NSD"}, False),
        ("buy", {"act": "NO_PAY", "account": "HOUSE-RUS-CASH"}, True),
        ("sell", {"act": "NO_DELIVER", "account": "HOUSE-RUS-DEPO"}, True),
        ("sell", {"act": "NO_DELIVER", "account": "ANOTHER"}, False),
        ("sell", {"act": "INCOME_TO", "asset": SHARE, "income_account": "X"}, False),
        ("sell", {"act": "PERMIT_REQUIRED", "party": INSIDE}, True),
    ],
)  # fmt: skip
def test_it_stops_what_it_names_and_nothing_else(
    api: Any, sample: dict[str, Any], side: str, key: dict[str, str], stops: bool
) -> None:
    confirmed(api, captured(api, sample, side=side, counterparty=INSIDE))
    row = Settlement.objects.get()
    models: dict[str, Any] = {"asset": Asset, "party": Party, "place": Place}
    keys = {k: models[k].objects.get(code=v) if k in models else v for k, v in key.items()}
    forbid(**keys)
    assert bool(restricted([row.pk], on=DAY)) is stops
    assert restricted([row.pk], on=date(2026, 11, 23)) == {}


def test_the_page_and_the_api_show_the_number_and_the_rows_that_make_it(
    api: Any, client: Client, sample: dict[str, Any]
) -> None:
    confirmed(api, captured(api, sample, side="sell", counterparty=OUTSIDE))
    own = Entity.objects.get(code="RUS").own_party.code
    where = {"place": "NSD", "owner": own, "asset": SHARE, "on": DAY.isoformat()}
    row = forbid(asset=Asset.objects.get(code=SHARE))
    (told,) = api("accountant").get("/inventory/", **where).json()["results"]
    numbers = {
        name: told[name]
        for name in ("settled", "pledged", "restricted", "free", "goes", "projected")
    }
    assert numbers == {
        "settled": "200000", "pledged": "5000", "restricted": "195000", "free": "0", "goes": "1000",
        "projected": "-1000",
    }  # fmt: skip
    assert told["restrictions"] == [str(row)]
    assert api("accountant").get("/inventory/", place="NOWHERE").json()["code"] == "unknown-code"

    client.force_login(User.objects.get(username="accountant"))
    for language, words in (
        ("en", "Sent to the place"),
        ("ru", "К исполнению до даты валютирования"),
    ):
        client.cookies["django_language"] = language
        page = client.get("/inventory/", where).content.decode()
        assert "/inventory/row/?entity=RUS" in page
        page = client.get("/inventory/row/", {"entity": "RUS", **where}).content.decode()
        assert str(row) in page
        assert "S-1" in page
        assert words in page or language == "en"
    assert client.get("/inventory/row/").status_code == 302
    gone = client.get("/inventory/row/", {"entity": "EUR", **where})
    assert gone.status_code == 404


def test_what_was_sent_is_promised_and_what_is_due_is_expected(
    api: Any, sample: dict[str, Any]
) -> None:
    deal = confirmed(api, captured(api, sample, side="sell", counterparty=OUTSIDE))
    rus, place = Entity.objects.get(code="RUS"), Place.objects.get(code="NSD")
    key = (rus.own_party_id, place.pk, Asset.objects.get(code=SHARE).pk)
    asked = Asked(on=DAY, place="NSD", owner=rus.own_party.code, asset=SHARE)
    before = at_hand(rus.pk, on=DAY)[key]
    (line,) = lines(asked, scope=EVERYTHING)
    assert [line.free, line.expected.goes, line.projected] == [before, 1000, before - 1000]

    sent(api, deal)

    assert at_hand(rus.pk, on=DAY)[key] == before - 1000
    (line,) = lines(asked, scope=EVERYTHING)
    assert [line.free, line.expected.sent, line.projected] == [before - 1000, 1000, before - 1000]
