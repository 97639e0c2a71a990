"""New limits and the end of limits: two people, dated, and what is live counts with the first day."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from backoffice.access.models import User
from backoffice.kernel.lifecycle import OtherEyesRequired
from deals.capturing.capture import capture_deals
from deals.capturing.intake import candidate_of
from deals.capturing.schema import terms_of
from deals.exposing.exposure import definitions
from deals.exposing.needs import LATER, TABLE
from deals.exposing.recomputing import recompute_exposures, take_up_revaluations
from limits.changes import propose_cap, propose_override
from limits.defining.closings import (
    ClosingAsked,
    approve_closings,
    close_due,
    empty_closed,
    propose_closing,
)
from limits.defining.openings import (
    LimitExists,
    LimitNotPossible,
    LimitTerms,
    approve_openings,
    open_due,
    propose_opening,
    withdraw_openings,
)
from limits.defining.rules import ABOUT, problems_of
from limits.models import Breach, CapChange, Limit, Opening, Override, Reservation
from limits.models.limits import LimitClosed
from limits.state import ChangeState, LimitKind
from refdata.firm_days import firm_day
from refdata.models import Book, Entity, Instrument
from refdata.selectors import forget_reference_data
from tests.following import follow_events
from tests.guards.test_rivals import at_once

SHARE = "RU0009029540"
GROSS = Decimal("312450.00")


class TestProblemsOfALimit:
    def test_every_kind_says_what_it_is_about_as_deals_ask_for_it(self) -> None:
        columns = {kind: line.columns for kind, line in {**TABLE, **LATER}.items()}
        assert {kind: {f"{name}_id" for name in about.names} for kind, about in ABOUT.items()} == {
            kind: {name if name.endswith("_id") else f"{name}_id" for name in names}
            for kind, names in columns.items()
        }

    @pytest.mark.parametrize(
        ("kind", "about", "currency", "cap", "expected"),
        [
            ("BOOK", {"book": 1}, "RUB", "1", []),
            ("BOOK", {}, "RUB", "1", [("/book", "required")]),
            ("BOOK", {"book": 1, "trader": "x"}, "RUB", "1", [("/trader", "not-of-this-kind")]),
            ("DEALER", {"book": 1, "trader": "x"}, "RUB", "1", []),
            ("DEALER", {"trader": "x"}, "RUB", "1", []),
            ("ISSUER", {"party": 1, "group": 2}, "RUB", "1", [("/group", "one-only")]),
            ("ISSUER", {"group": 2}, "RUB", "1", []),
            ("OPEN_CURRENCY_POSITION", {"nostro_currency": "EUR"}, "EUR", "1", []),
            ("OPEN_CURRENCY_POSITION", {"nostro_currency": "EUR"}, "USD", "1",
             [("/currency", "other-currency")]),
            ("OPEN_CURRENCY_TOTAL", {}, "RUB", "1", []),
            ("OPEN_CURRENCY_TOTAL", {"nostro_currency": "EUR"}, "RUB", "1",
             [("/nostro_currency", "not-of-this-kind")]),
            ("BOOK", {"book": 1}, "RUB", "0.01", []),
            ("BOOK", {"book": 1}, "RUB", "0.001", [("/amount", "too-many-decimals")]),
        ],
    )  # fmt: skip
    def test_what_is_wrong_is_told_beside_its_field(
        self, kind: str, about: dict[str, Any], currency: str, cap: str, expected: list[Any]
    ) -> None:
        found = problems_of(kind, about, currency=currency, cap=Decimal(cap), minor_unit=2)
        assert [(each.pointer, each.code) for each in found] == expected

    def test_a_yen_has_no_decimals_and_a_dinar_has_three(self) -> None:
        for unit, cap, wrong in ((0, "1.5", 1), (3, "1.005", 0), (3, "1.0005", 1)):
            found = problems_of(
                "BOOK", {"book": 1}, currency="XXX", cap=Decimal(cap), minor_unit=unit
            )
            assert len(found) == wrong


def person(name: str) -> User:
    return User.objects.get(username=name)


def proposed(at: datetime, *, cap: int = 10_000_000, **more: Any) -> Opening:
    terms: dict[str, Any] = {
        "entity": Entity.objects.get(code="RUS"), "kind": LimitKind.INSTRUMENT, "name": "Sber",
        "currency": "RUB", "amount": Decimal(cap), "reason": "memo", "valid_from": None,
        "about": {"instrument": Instrument.objects.get(isin=SHARE)},
    } | more  # fmt: skip
    return propose_opening(terms=LimitTerms(**terms), actor=person("risk"), at=at)


def opened(at: datetime, **more: Any) -> Limit:
    row = proposed(at, **more)
    assert approve_openings(ids=[row.pk], actor=person("manager"), at=at).done == [row.pk]
    row.refresh_from_db()
    assert row.limit is not None
    return row.limit


def closed(limit: Limit, at: datetime, valid_from: datetime | None = None) -> None:
    row = propose_closing(
        limit_id=limit.pk, valid_from=valid_from, reason="no longer dealt", document="",
        actor=person("risk"), at=at,
    )  # fmt: skip
    assert approve_closings(ids=[row.pk], actor=person("manager"), at=at).done == [row.pk]
    limit.refresh_from_db()


def captured(sample: dict[str, Any], ref: str, **terms: Any) -> int | None:
    body = sample | {"external_ref": ref} | terms
    candidate = candidate_of(terms_of(body), actor=person("dealer"), at=timezone.now())
    return capture_deals([candidate])[0].deal_id


def recomputed() -> tuple[int, int]:
    at = timezone.now()
    found = recompute_exposures(business_date=firm_day(at), at=at)
    return found.changed, found.alarms


@pytest.mark.usefixtures("own_database")
class TestOpenLimit:
    def test_other_eyes_bring_it_and_what_is_live_counts_at_once(
        self, sample: dict[str, Any]
    ) -> None:
        at = timezone.now()
        captured(sample, "O-1", stage="executed")
        row = proposed(at, cap=100_000)
        assert approve_openings(ids=[row.pk], actor=person("risk"), at=at).refused.keys() == {
            row.pk
        }
        assert not Limit.objects.filter(name="Sber").exists()
        approve_openings(ids=[row.pk], actor=person("manager"), at=at)
        follow_events()
        now = timezone.now()
        definitions()  # an answer of a moment ago, which knows nothing of the limit
        early = take_up_revaluations(business_date=now.date(), at=now)
        assert early.changed == 0  # others may capture without it yet
        later = now + timedelta(seconds=3)
        assert take_up_revaluations(business_date=now.date(), at=later).changed == 1
        limit = Limit.objects.get(name="Sber")
        assert (limit.used, limit.excess) == (GROSS, GROSS - 100_000)
        (breach,) = Breach.objects.filter(limit=limit)
        assert (breach.amount, breach.cause) == (GROSS - 100_000, "RECOMPUTE")
        assert recomputed() == (0, 0)
        forget_reference_data()
        assert captured(sample, "O-2") is None

    def test_from_a_day_on_and_not_before_and_only_once(self, sample: dict[str, Any]) -> None:
        at, later = timezone.now(), timezone.now() + timedelta(hours=1)
        row = proposed(at, valid_from=later)
        approve_openings(ids=[row.pk], actor=person("manager"), at=at)
        assert open_due(at=at) == 0
        assert not Limit.objects.filter(name="Sber").exists()
        assert open_due(at=later) == 1
        assert open_due(at=later) == 0
        assert Limit.objects.get(name="Sber").defined_at == later

    def test_of_two_of_the_same_one_is_there_and_the_other_lapses(self) -> None:
        at = timezone.now()
        rows = [proposed(at), proposed(at, name="again")]
        manager = person("manager")
        at_once(lambda n: approve_openings(ids=[rows[n].pk], actor=manager, at=at), count=2)
        states = sorted(Opening.objects.values_list("state", flat=True))
        assert states in (["EXPIRED", "IN_FORCE"], ["IN_FORCE", "PROPOSED"])
        assert Limit.objects.filter(kind="INSTRUMENT", instrument__isin=SHARE).count() == 1
        with pytest.raises(LimitExists):
            proposed(at)

    def test_a_withdrawn_one_never_comes(self) -> None:
        at, later = timezone.now(), timezone.now() + timedelta(hours=1)
        row = proposed(at, valid_from=later)
        approve_openings(ids=[row.pk], actor=person("manager"), at=at)
        withdraw_openings(ids=[row.pk], reason="x", actor=person("risk"), at=at)
        assert open_due(at=later) == 0

    def test_what_makes_no_limit_is_refused(self) -> None:
        book = Book.objects.get(code="EQ-EU")
        with pytest.raises(LimitNotPossible) as refused:
            proposed(timezone.now(), kind=LimitKind.BOOK, about={"book": book})
        assert [each.code for each in refused.value.problems] == ["other-entity"]


@pytest.mark.usefixtures("own_database")
class TestCloseLimit:
    def test_it_gives_everything_back_and_caps_nothing(self, sample: dict[str, Any]) -> None:
        at = timezone.now()
        limit = opened(at, cap=400_000)
        forget_reference_data()
        captured(sample, "C-1", stage="executed")
        captured(sample, "C-2", stage="executed")
        follow_events()
        assert Breach.objects.filter(limit=limit, closed_at=None).exists()
        override = propose_override(
            limit_id=limit.pk, amount=Decimal(1), valid_from=None, reason="x", document="",
            valid_until=at + timedelta(hours=1), actor=person("risk"), at=at,
        )  # fmt: skip
        closed(limit, at)
        assert (int(limit.used), int(limit.excess), limit.closed_at) == (0, 0, at)
        assert not Breach.objects.filter(limit=limit, closed_at=None).exists()
        assert Override.objects.get(pk=override.pk).state == ChangeState.WITHDRAWN
        assert not Reservation.objects.filter(limit=limit, state="COMMITTED").exists()
        forget_reference_data()
        assert captured(sample, "C-3")
        assert recomputed() == (0, 0)
        limit.refresh_from_db()
        assert limit.used == 0
        with pytest.raises(LimitClosed):
            propose_cap(
                limit_id=limit.pk, amount=Decimal(1), valid_from=None, reason="x", document="",
                actor=person("risk"), at=at,
            )  # fmt: skip
        again = opened(timezone.now(), cap=1)
        assert again.pk != limit.pk

    def test_a_position_is_nothing_when_it_is_closed(self) -> None:
        at = timezone.now()
        about = {"nostro_currency": "CNY"}
        Limit.objects.filter(kind="OPEN_CURRENCY_POSITION").delete()
        limit = opened(
            at, kind=LimitKind.OPEN_CURRENCY_POSITION, about=about, currency="CNY", cap=100
        )
        with connection.cursor() as cursor:
            cursor.execute("UPDATE limits_limit SET used = used - 70 WHERE id = %s", [limit.pk])
        limit.refresh_from_db()
        assert [int(limit.net), int(limit.used)] == [-70, 70]
        closed(limit, at)
        assert [int(limit.net), int(limit.used)] == [0, 0]

    def test_at_its_time_and_once(self) -> None:
        at, later = timezone.now(), timezone.now() + timedelta(hours=1)
        limit = opened(at)
        closed(limit, at, later)
        assert limit.closed_at is None
        with pytest.raises(ClosingAsked):
            closed(limit, at)
        assert (close_due(at=at), close_due(at=later), close_due(at=later)) == (0, 1, 0)

    def test_who_had_not_heard_of_it_is_ended_by_the_night(self, sample: dict[str, Any]) -> None:
        at = timezone.now()
        limit = opened(at)
        forget_reference_data()
        definitions()
        body = sample | {"external_ref": "late"}
        late = candidate_of(terms_of(body), actor=person("dealer"), at=at)
        closed(limit, at)
        assert capture_deals([late])[0].deal_id
        limit.refresh_from_db()
        assert limit.used == GROSS
        assert empty_closed(at=at) == 1
        limit.refresh_from_db()
        assert limit.used == 0
        forget_reference_data()
        assert recomputed() == (0, 0)

    def test_one_person_does_not_close_it_alone(self) -> None:
        at = timezone.now()
        limit = opened(at)
        row = propose_closing(
            limit_id=limit.pk, valid_from=None, reason="x", document="", actor=person("risk"), at=at
        )
        refused = approve_closings(ids=[row.pk], actor=person("risk"), at=at).refused
        assert isinstance(refused[row.pk], OtherEyesRequired)
        assert CapChange.objects.filter(limit=limit).count() == 0


@pytest.mark.usefixtures("own_database")
def test_over_rest_and_on_pages(api: Any, client: Any) -> None:
    body = {
        "entity": "RUS", "kind": "INSTRUMENT", "name": "Sber", "instrument": SHARE,
        "currency": "RUB", "amount": "5000000", "reason": "memo 8",
    }  # fmt: skip
    wrong = api("risk").post("/limits/openings/", body | {"kind": "BOOK"})
    assert wrong.status_code == 422
    assert {each["pointer"] for each in wrong.json()["errors"]} == {"/book", "/instrument"}
    made = api("risk").post("/limits/openings/", body)
    assert made.status_code == 201, made.json()
    reference = made.json()["reference"]
    assert made.json()["about"] == {"instrument": SHARE}
    assert api("dealer").post("/limits/openings/", body).status_code == 403
    done = api("manager").post(f"/limits/openings/{reference}/approve/", {})
    assert done.status_code == 200, done.json()
    limit = done.json()["limit"]
    asked = api("risk").post(f"/limits/{limit}/closings/", {"reason": "done"})
    assert asked.status_code == 201, asked.json()
    client.force_login(person("manager"))
    page = client.get(f"/limits/{limit}/").content.decode()
    assert f'action="/limits/closings/{asked.json()["reference"]}/approve/"' in page
    client.post(f"/limits/closings/{asked.json()['reference']}/approve/")
    history = api("risk").get(f"/limits/{limit}/history/").json()
    assert [row["event"] for row in history["results"]] == [
        "opening.propose", "opening.approve", "opening.apply", "closing.propose",
        "closing.approve", "closing.apply",
    ]  # fmt: skip
    assert api("risk").get(f"/limits/{limit}/").json()["closed_at"]
    assert limit not in str(api("risk").get("/limits/", status="OPEN").json())
    client.force_login(person("risk"))
    typed = client.post("/limits/new/", body | {"instrument": "", "currency": "XXX"})
    assert typed.status_code == 422
    typed = client.post("/limits/new/", {"entity": "RUS", **body})
    assert typed.status_code == 302
    assert "Sber" in client.get(typed["Location"]).content.decode()
    assert "LO-" in client.get("/limits/openings/").content.decode()
