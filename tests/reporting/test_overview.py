"""The firm at a glance: figures as by plain counting, as known then; on the page, in pictures and on paper."""

from __future__ import annotations

import io
from collections import Counter, defaultdict
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone
from pypdf import PdfReader

from backoffice.access.models import User
from backoffice.events.models import Event
from deals.models import Deal
from expenses.models import FeeAccrual
from reconciliation.models import Break
from refdata.firm_days import firm_day
from refdata.models import BookScope, Entity
from refdata.quotes import rate_on
from refdata.selectors import forget_reference_data
from reporting.formats.pictures import pictures_of
from reporting.overview.figures import Alert, Figure, Measure, Sums, figures_of
from reporting.reports.overview import REPORT
from reporting.services import verify_run
from reporting.storing import path_of
from settlements.models import Settlement
from tests.access.people import browser
from tests.reporting.running import read_bytes, rows_of, run_of, told

D = Decimal


def alerts(now: Sums, before: Sums) -> dict[Measure, Alert]:
    return {each.measure: each.alert for each in figures_of(now, before) if each.alert}


class TestFigures:
    def test_shares_and_costs_of_one_are_told_of_something_only(self) -> None:
        some = Sums(
            deals=3,
            straight=2,
            due=8,
            on_time=7,
            due_value=D(900),
            on_time_value=D(600),
            fees=D(10),
        )
        assert {e.measure: e.now for e in figures_of(some, Sums()) if e.now} == {
            Measure.DEALS: 3, Measure.STRAIGHT: D("66.7"), Measure.DUE: 8, Measure.ON_TIME: D("87.5"),
            Measure.ON_TIME_VALUE: D("66.7"), Measure.FEES: 10, Measure.PER_DEAL: D("3.33"),
        }  # fmt: skip
        nothing = {e.measure for e in figures_of(Sums(), Sums()) if e.now is None}
        assert nothing == {
            Measure.STRAIGHT, Measure.ON_TIME, Measure.ON_TIME_VALUE, Measure.PER_DEAL, Measure.PER_FAIL,
        }  # fmt: skip

    def test_a_figure_asks_for_a_look_when_it_is_clearly_worse(self) -> None:
        before = Sums(
            income=D(100), expenses=D(50), deals=100, straight=90, fails=10, fail_cost=D(100)
        )
        assert alerts(before, before) == {}
        same = Sums(
            income=D(100), expenses=D(60), deals=100, straight=89, fails=12, fail_cost=D(120)
        )
        assert alerts(same, before) == {}  # a fifth more, a point less
        worse = Sums(
            income=D(60), expenses=D("60.01"), deals=100, straight=88, fails=13, fail_cost=D(156)
        )
        assert alerts(worse, before) == {
            Measure.RESULT: Alert.LOSS, Measure.EXPENSES: Alert.MORE, Measure.STRAIGHT: Alert.LESS,
            Measure.FAILS: Alert.MORE, Measure.FAIL_COST: Alert.MORE,
        }  # fmt: skip
        assert alerts(before, worse) == {}  # better is nothing to look at

    def test_what_cannot_be_told_is_told_as_nothing(self) -> None:
        unknown = Sums(income=None, expenses=None)
        first = figures_of(unknown, Sums(income=D(1)))[0]
        assert first == Figure(Measure.RESULT, None, D(1), None)
        assert alerts(Sums(expenses=D(5), income=D(9)), unknown) == {}


def overview(first: date, last: date) -> Any:
    return run_of(
        "overview", parameters={"seen_from": first.isoformat(), "seen_until": last.isoformat()}
    )


@pytest.mark.usefixtures("own_database")
class TestOverview:
    def test_it_is_what_plain_counting_gives(self, day_at_work: None) -> None:
        today = firm_day(timezone.now())
        first, last = today - timedelta(days=9), today + timedelta(days=5)
        run = overview(first, last)
        for entity in Entity.objects.order_by("code"):
            rows = told(run, entity=entity.code)
            by_section = defaultdict(list)
            for row in rows:
                by_section[row["section"]].append(row)
            deals = list(
                Deal.objects.filter(entity=entity, trade_date__range=(first, last))
                .exclude(state__in=["CANCELLED", "REPLACED"]).order_by("trade_date")
            )  # fmt: skip
            by_hand = {deal.pk for deal in deals if touched(deal)}
            assert [(r["day"], int(r["deals"]), int(r["straight"])) for r in by_section["deals"]] == [
                (day.isoformat(), count, count - sum(d.trade_date == day and d.pk in by_hand for d in deals))
                for day, count in sorted(Counter(d.trade_date for d in deals).items())
            ]  # fmt: skip
            dealt: defaultdict[str, Decimal] = defaultdict(Decimal)
            for deal in deals:
                version = deal.versions.get(number=deal.version)
                dealt[version.currency] += version.gross_amount
            assert sum(D(r["dealt"]) for r in by_section["deals"]) == pytest.approx(
                sum(in_base(entity, amount, currency, last) for currency, amount in dealt.items()), abs=D("0.05")
            )  # fmt: skip
            due = list(
                Settlement.objects.filter(entity=entity, due_date__range=(first, last)).exclude(
                    cancellation="AGREED"
                )
            )
            assert [
                tuple(int(r[name]) for name in ("due", "on_time", "late", "open")) for r in by_section["due"]
            ] == [
                due_on([s for s in due if s.due_date == day]) for day in sorted({s.due_date for s in due})
            ]  # fmt: skip
            fees = FeeAccrual.objects.filter(entity=entity, side="OWED")
            assert sum(D(r["charged"]) for r in by_section["fees"]) == pytest.approx(
                sum(in_base(entity, f.amount, f.currency, last) for f in fees), abs=D("0.05")
            )
            live = Break.objects.filter(entity=entity).exclude(state="CLOSED")
            assert sum(int(r["breaks"]) for r in by_section["breaks"]) == live.count()
            opened = Event.objects.filter(kind="breach.open", entity_id=entity.pk)
            assert sum(int(r["breaches"]) for r in by_section["breaches"]) == opened.count()
            figures = {r["measure"]: r["number"] or r["amount"] for r in by_section["figures"]}
            assert int(figures["DEALS"]) == len(deals)
            assert int(figures["FAILS"]) == sum(int(r["fails"]) for r in by_section["fails"])
            earned = sum(D(r["earned"]) for r in by_section["income"])
            assert earned == sum(D(r["changed"]) for r in by_section["drivers"])
            assert D(figures["RESULT"] or 0) == earned
        assert any(int(r["straight"]) for r in told(run, section="deals")), "nothing goes straight"
        assert any(int(r["on_time"]) for r in told(run, section="due")), "nothing settles"

    def test_what_persons_do_to_a_deal_is_counted_and_the_old_run_stays(
        self, api: Any, sample: dict[str, Any]
    ) -> None:
        today = firm_day(timezone.now())
        answer = api("dealer").post("/deals/", sample | {"external_ref": "O-1"})
        deal, day = answer.json()["reference"], answer.json()["trade_date"]
        before = overview(date.fromisoformat(day), today)
        (row,) = told(before, section="deals", day=day, entity="RUS")
        assert told(before, section="steps", step="deal.amend") == []
        changed = api("clerk").post(
            f"/deals/{deal}/amend/", {"quantity": "900", "reason": "misheard"}
        )
        assert changed.status_code == 200, changed.content
        after = overview(date.fromisoformat(day), today)
        (now,) = told(after, section="deals", day=day, entity="RUS")
        assert (now["deals"], int(row["straight"]) - int(now["straight"])) == (row["deals"], 1)
        assert D(row["dealt"]) - D(now["dealt"]) == D("31245.00")
        (step,) = told(after, section="steps", step="deal.amend")
        assert step["touched"] == "1"
        assert (
            api("checker").post(f"/deals/{deal}/cancel/", {"reason": "a slip"}).status_code == 200
        )
        gone = told(
            overview(date.fromisoformat(day), today), section="deals", day=day, entity="RUS"
        )
        assert sum(int(each["deals"]) for each in gone) == int(row["deals"]) - 1
        assert verify_run(before).equal
        assert verify_run(after).equal

    def test_the_page_shows_figures_and_pictures_and_each_number_opens_its_list(
        self, day_at_work: None
    ) -> None:
        manager = browser("manager")
        assert "No overview yet" in manager.get("/overview/").content.decode()
        today = firm_day(timezone.now())
        run = overview(today - timedelta(days=9), today + timedelta(days=5))
        page = manager.get("/overview/").content.decode()
        drawn = pictures_of(REPORT, rows_of(run))
        assert {each.section for each in drawn} >= {"deals", "due", "income"}
        for each in drawn:
            assert f'data-picture="{each.section}"' in page
            assert all(bar.filled <= bar.length <= 1000 for bar in each.bars)
            assert max(bar.length for bar in each.bars) == 1000
        table = manager.get(f"/report-runs/{run}/?table=deals").content.decode()
        (row, *_) = told(run, section="deals", entity="RUS")
        link = f"/deals/?entity=RUS&amp;trade_date_after={row['day']}&amp;trade_date_before={row['day']}"
        assert f'<a href="{link}">{row["deals"]}</a>' in table
        listed = manager.get(link.replace("&amp;", "&")).content.decode()
        assert "D-" in listed
        text = " ".join(p.extract_text() for p in PdfReader(io.BytesIO(
            read_bytes(manager.get(f"/report-runs/{run}/file.pdf")))).pages)  # fmt: skip
        for each in drawn:
            assert each.title in text

    def test_each_entity_is_shown_as_it_was_seen_last(self, day_at_work: None) -> None:
        """A night sees its own entity: that it came later hides no other."""
        today = firm_day(timezone.now())
        both = overview(today - timedelta(days=9), today)
        asked = {"seen_from": today.isoformat(), "seen_until": today.isoformat(), "entity": "EUR"}
        one = run_of("overview", parameters=asked)
        page = browser("manager").get("/overview/").content.decode()
        europe, russia = page.split('<section class="glance"')[1:]
        assert (str(one) in europe, str(both) in europe) == (True, False)
        assert (str(one) in russia, str(both) in russia) == (False, True)
        with path_of(one.pk).open("ab") as file:
            file.write(b"[]\n")
        page = browser("manager").get("/overview/").content.decode()
        assert f"The file of {one} was changed" in page
        assert page.count('<section class="glance"') == 2
        assert str(one) not in page.split('<section class="glance"')[1]

    def test_who_sees_one_entity_is_shown_no_overview_of_both(self, day_at_work: None) -> None:
        today = firm_day(timezone.now())
        overview(today, today)
        manager = User.objects.get(username="manager")
        BookScope.objects.create(user=manager, entity=Entity.objects.get(code="EUR"))
        forget_reference_data()
        assert "No overview yet" in browser("manager").get("/overview/").content.decode()


def touched(deal: Deal) -> bool:
    """Whether a person did anything for it but capture it and release its settlements."""
    rows = list(Event.objects.filter(subject_type="deal", subject_id=deal.pk))
    for each in Settlement.objects.filter(source_type="deal", source_id=deal.pk):
        rows += Event.objects.filter(subject_type="settlement", subject_id=each.pk)
    done = {row.kind for row in rows if row.actor_id is not None}
    return bool(done - {"deal.capture", "settlement.release", "settlement.send"})


def in_base(entity: Entity, amount: Decimal, currency: str, day: date) -> Decimal:
    rate = rate_on(currency, entity.base_currency, day)
    assert rate is not None
    return amount * rate.value


def due_on(rows: list[Settlement]) -> tuple[int, int, int, int]:
    settled = [(r.settled_date, r.due_date) for r in rows if r.settlement == "SETTLED"]
    on_time = sum(done is not None and done <= due for done, due in settled)
    return len(rows), on_time, len(settled) - on_time, len(rows) - len(settled)
