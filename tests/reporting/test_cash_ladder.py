"""The cash ladder as a report: by figures reckoned by hand, equal to the page, and the same for ever."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from backoffice.events.selectors import NO_HORIZON, known_now
from refdata.firm_days import firm_day
from refdata.models import BookScope, CreditLine, Entity, Place
from refdata.selectors import forget_reference_data
from reporting.models import ReportRun
from reporting.parameters import InvalidParameters
from reporting.reports import REPORTS
from reporting.reports.base import Known
from reporting.services import verify_run
from tests.flows.corporate_actions import ANNA, OWN, PAID, applied, brought, dividend, paid
from tests.instructing import person
from tests.reporting.running import file_bytes, run_of, told
from tests.reporting.test_realised_result import watermark
from tests.settlements.ladder.stage import (
    MON,
    MORNING,
    NEXT,
    TUE,
    WED,
    D,
    firm,
    give,
    ladder,
    party,
    put,
)

pytestmark = pytest.mark.usefixtures("own_database")
REPORT = REPORTS["cash-ladder"]
MONEY = ("opening", "known_in", "known_out", "expected", "closing")


def rows(
    section: str, *, horizon: int = NO_HORIZON, at: datetime = MORNING, on: date = MON, ahead: str = "7",
    wanted: Mapping[str, str] | None = None, **more: str,
) -> list[dict[str, Any]]:  # fmt: skip
    asked = {"business_date": on, "days_ahead": ahead}
    names = [column.name for column in REPORT.columns]
    found = [
        dict(zip(names, row, strict=True)) for row in REPORT.rows(asked, Known(horizon, None, at))
    ]
    like = {"section": section, **(wanted or {}), **more}
    return [row for row in found if all(row[name] == value for name, value in like.items())]


def cells(row: dict[str, Any], *names: str) -> tuple[Any, ...]:
    return tuple(row[name] for name in names)


def asked_now(**more: str) -> ReportRun:
    parameters = {"business_date": firm_day(timezone.now()).isoformat(), **more}
    return run_of(REPORT.name, parameters=parameters)


class TestFigures:
    def test_each_day_is_what_stood_came_and_went(self) -> None:
        """100 stand; on Tuesday 10 come, on Wednesday 40.005 go and 5 of a claim come: 110, then 74.995."""
        give(firm().own_party, "NSD", "KWD", "100")
        other = party("L-1")
        put(other, "10", comes=True, currency="KWD")
        put(other, "40.005", comes=False, currency="KWD", due=WED, matching="UNMATCHED")
        put(other, "5", comes=True, currency="KWD", due=WED, source_type="claim")

        found = rows("days", currency="KWD")

        own = {(row["entity"], row["owner"], row["place"], row["accounts"]) for row in found}
        assert own == {("RUS", OWN, "NSD", None)}
        assert [cells(row, "value_date", *MONEY) for row in found[:4]] == [
            ("2026-11-23", "100.000", "0.000", "0.000", "0.000", "100.000"),
            ("2026-11-24", "100.000", "10.000", "0.000", "0.000", "110.000"),
            ("2026-11-25", "110.000", "5.000", "40.005", "0.000", "74.995"),
            ("2026-11-26", "74.995", "0.000", "0.000", "0.000", "74.995"),
        ]
        assert found[-1]["value_date"] == NEXT.isoformat()
        how = ("value_date", "source", "certainty", "late", "comes", "goes")
        assert [cells(row, *how) for row in rows("sources", currency="KWD")] == [
            (TUE.isoformat(), "DVP", "MATCHED", None, "10.000", "0.000"),
            (WED.isoformat(), "DVP", "NOT_MATCHED", None, "0.000", "40.005"),
            (WED.isoformat(), "CLAIM", "CLAIMED", None, "5.000", "0.000"),
        ]

    def test_what_is_only_reckoned_is_expected_and_what_is_late_says_so(self, api: Any) -> None:
        """200,000 shares at 33.335 without the 13 % that the source keeps back; 7 rubles are three days late."""
        put(party("L-1"), "7", comes=False, due=MON - timedelta(3))
        applied(dividend(api))
        wanted = {"owner": OWN, "place": "NSD", "currency": "RUB"}
        first, *_rest, last = rows("days", ahead="14", wanted=wanted)
        (day,) = rows("days", ahead="14", wanted=wanted, value_date=PAID.isoformat())
        assert cells(day, "known_in", "known_out", "expected") == ("0.00", "0.00", "5800290.00")
        assert (first["known_out"], D(last["closing"]) - D(first["opening"])) == (
            "7.00",
            D("5800283"),
        )
        (late,) = rows("sources", wanted=wanted, value_date=MON.isoformat())
        assert cells(late, "source", "late", "goes") == ("DVP", "LATE", "7.00")

    def test_it_is_the_page_of_that_moment_and_of_everybodys_money(self, day_at_work: None) -> None:
        now = timezone.now()
        on = firm_day(now)
        horizon = watermark()
        page = ladder(on=on, until=on + timedelta(31), at=now, known=known_now())
        shown = {
            (*page.names[line.key][:4], day.date.isoformat()): (
                day.opening, day.comes - day.goes, day.closing, " ".join(page.accounts[line.key]),
            )
            for line in page.lines if any(day.opening or day.movements for day in line.days)
            for day in line.days
        }  # fmt: skip
        assert len(shown) > 100
        for bound in (NO_HORIZON, horizon):
            found = {
                cells(row, "entity", "owner", "place", "currency", "value_date"): row
                for row in rows("days", horizon=bound, at=now, on=on, ahead="31")
            }
            assert {
                key: (
                    D(row["opening"]), D(row["known_in"]) - D(row["known_out"]) + D(row["expected"]),
                    D(row["closing"]), row["accounts"] or "",
                )
                for key, row in found.items()
            } == {(*key[:2], key[2] or None, *key[3:]): value for key, value in shown.items()}  # fmt: skip

    def test_the_order_is_that_of_codes_and_days(self, day_at_work: None) -> None:
        found = rows("days", on=firm_day(timezone.now()), at=timezone.now())
        keys = [
            tuple(value or "" for value in cells(row, *REPORT.sections[0].columns[:3], "currency"))
            for row in found
        ]
        assert keys == sorted(keys)
        assert {row["entity"] for row in found} == {"EUR", "RUS"}


class TestRuns:
    def test_a_run_says_the_same_after_what_it_foresaw_has_come(self, api: Any) -> None:
        brought(ANNA, 7)
        event = dividend(api, "100")
        applied(event)
        put(party("L-1"), "10", comes=True, due=firm_day(timezone.now()) + timedelta(1))
        run = asked_now(days_ahead="14")
        assert {row["source"] for row in told(run, section="sources")} >= {"INCOME", "DVP"}
        anna_there = {"section": "sources", "owner": ANNA, "place": "NSD"}
        (anna,) = told(run, source="INCOME", **anna_there)
        assert cells(anna, "certainty", "comes") == ("EXPECTED", "700.00")

        foreseen = told(run, section="sources", source="INCOME", place="NSD")
        paid(api, event, f"{sum(D(row['comes']) for row in foreseen):.2f}")
        give(firm().own_party, "NSD", "KWD", "1")
        key = {"entity": firm(), "owner": firm().own_party, "place": Place.objects.get(code="NSD")}
        CreditLine.objects.create(
            **key, currency="JPY", amount=50, valid_from=date(2020, 1, 1), document="Deed 1"
        )

        again = asked_now(days_ahead="14")
        assert again.sha256 != run.sha256
        assert {row["certainty"] for row in told(again, **anna_there)} <= {"SETTLED"}
        assert verify_run(run).equal
        assert run.known_at is not None
        then = asked_now(days_ahead="14", known_at=run.known_at.isoformat())
        assert then.sha256 == run.sha256
        assert not [row for row in told(again) if row["currency"] == "JPY"]

    def test_without_days_ahead_it_is_a_week_and_every_file_is_there(self) -> None:
        give(firm().own_party, "NSD", "KWD", "1")
        run = asked_now()
        days = [row["value_date"] for row in told(run, section="days", currency="KWD")]
        assert date.fromisoformat(days[0]) == firm_day(timezone.now())
        assert date.fromisoformat(days[-1]) <= firm_day(timezone.now()) + timedelta(7)
        for suffix in ("xlsx", "csv", "pdf", "json", "parquet"):
            assert file_bytes(run, suffix, "ru")

    def test_a_span_that_is_no_choice_and_another_entity_are_refused(self, api: Any) -> None:
        with pytest.raises(InvalidParameters):
            asked_now(days_ahead="365")
        assert api("dealer").post("/reports/cash-ladder/runs/", {}).status_code == 403
        give(firm().own_party, "NSD", "KWD", "1")
        BookScope.objects.create(user=person("manager"), entity=Entity.objects.get(code="EUR"))
        forget_reference_data()
        today = firm_day(timezone.now()).isoformat()
        own = run_of(REPORT.name, by="manager", parameters={"business_date": today})
        assert {row["entity"] for row in told(own)} <= {"EUR"}
        with pytest.raises(InvalidParameters):
            run_of(REPORT.name, by="manager", parameters={"business_date": today, "entity": "RUS"})
