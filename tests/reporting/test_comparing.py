"""Two runs of a report beside each other: what changed, and exactly what was booked in between."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from refdata.models import Price
from reporting import comparing
from reporting.comparing import OtherReport, TooManyToCompare, compare
from reporting.models import ReportRun
from reporting.reports import REPORTS
from reporting.services import RowsChanged, stored_path, verify_run
from tests.access.people import browser
from tests.reporting.running import run_of
from tests.reporting.stated_firm import MONDAY, TUESDAY, WEDNESDAY, Firm, a_week_of_quotes

pytestmark = pytest.mark.usefixtures("own_database")


def journal() -> ReportRun:
    asked = {"effective_from": MONDAY.isoformat(), "effective_until": WEDNESDAY.isoformat()}
    return run_of("general-journal", parameters=asked)


def sheet(**more: str) -> ReportRun:
    return run_of("balance-sheet", parameters={"business_date": WEDNESDAY.isoformat()} | more)


def cells(run: ReportRun, row: Any) -> dict[str, Any]:
    names = [column.name for column in REPORTS[run.report].columns]
    return dict(zip(names, row, strict=True))


@pytest.fixture
def firm() -> Firm:
    firm = a_week_of_quotes()
    firm.deal(1, MONDAY, 100, 24_000)
    return firm


class TestCompare:
    def test_a_deal_that_comes_late_is_what_changed_and_nothing_else(self, firm: Firm) -> None:
        """The report of then still proves; that of now has the deal's rows more, and names its entry."""
        before = journal()
        firm.deal(2, TUESDAY, 50, 12_500)
        firm.deal(3, WEDNESDAY + timedelta(days=1), 9, 9)  # behind the days of the report
        after = journal()
        found = compare(after, before)
        assert (found.earlier, found.later, found.equal) == (before, after, False)
        assert (found.added, found.removed, found.changed) == (2, 0, 0)
        assert {cells(after, row.after)["source"] for row in found.rows} == {"D-2"}
        assert found.entries == 1
        assert [(c.source_type, c.source_id, c.effective_date) for c in found.causes] == [
            ("deal", 2, TUESDAY)
        ]
        assert found.quotes == 0
        assert verify_run(before).equal

    def test_a_row_with_other_numbers_is_changed(self, firm: Firm) -> None:
        before = sheet()
        firm.deal(2, TUESDAY, 50, 12_500)
        after = sheet()
        found = compare(before, after)
        lines = {
            cells(after, row.after)["line"]: (
                cells(after, row.before)["assets"] or cells(after, row.before)["financed"],
                cells(after, row.after)["assets"] or cells(after, row.after)["financed"],
            )
            for row in found.rows
            if row.before and row.after and row.after[0] == "lines"
        }
        assert lines == {
            "FVTPL": ("26000.00", "39000.00"), "PAYABLES": ("24000.00", "36500.00"),
            "RESULT": ("2000.00", "2500.00"),
        }  # fmt: skip
        assert (found.added, found.removed, found.entries) == (0, 0, 1)

    def test_a_price_that_comes_late_is_counted(self, firm: Firm) -> None:
        before = sheet()
        Price.objects.create(
            instrument=firm.share, price_date=WEDNESDAY, source="MOEX", value=270, currency="RUB"
        )
        found = compare(before, sheet())
        assert (found.changed > 0, found.entries, found.quotes) == (True, 0, 1)

    def test_what_is_no_more_is_told_last(self, firm: Firm) -> None:
        before = sheet()
        firm.deal(2, WEDNESDAY, -100, 26_000)
        found = compare(before, sheet())
        assert found.removed > 0
        assert all(row.after is None for row in found.rows[-found.removed :])
        assert {cells(before, row.before)["line"] for row in found.rows[-found.removed :]} >= {
            "FVTPL"
        }

    def test_another_day_of_the_same_knowledge(self, firm: Firm) -> None:
        firm.deal(2, WEDNESDAY, 50, 12_500)
        one, other = sheet(business_date=TUESDAY.isoformat()), sheet()
        found = compare(other, one)
        assert [each.source_id for each in found.causes] == [2]
        assert found.quotes == 2  # the price and the rate of Wednesday

    def test_the_same_is_equal(self, firm: Firm) -> None:
        found = compare(sheet(), sheet())
        assert (found.equal, found.entries, found.rows) == (True, 0, [])

    def test_rows_that_are_there_twice_count_twice(self, firm: Firm) -> None:
        one = compare(journal(), journal())
        assert one.equal
        assert one.earlier.row_count == one.later.row_count

    def test_of_different_reports_it_is_refused(self, firm: Firm) -> None:
        with pytest.raises(OtherReport):
            compare(sheet(), journal())

    def test_more_rows_than_are_compared_are_refused_with_the_remedy(
        self, firm: Firm, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(comparing, "MOST_ROWS", 1)
        with pytest.raises(TooManyToCompare):
            compare(sheet(), sheet())

    def test_a_file_that_was_changed_is_not_compared(self, firm: Firm) -> None:
        one, other = sheet(), sheet()
        path = stored_path(one)
        path.write_bytes(path.read_bytes()[:-2] + b" \n")
        with pytest.raises(RowsChanged):
            compare(one, other)


class TestAddresses:
    def test_the_interface_compares_with_the_last_that_was_asked_the_same(
        self, firm: Firm, api: Any
    ) -> None:
        before = sheet()
        sheet(business_date=MONDAY.isoformat())
        firm.deal(2, TUESDAY, 50, 12_500)
        after = sheet()
        answer = api("accountant").get(f"/report-runs/{after}/compare/").json()
        assert (answer["earlier"], answer["later"]) == (str(before), str(after))
        assert answer["causes"][0]["source_id"] == 2
        assert {row["after"]["line"] for row in answer["rows"] if row["after"]["section"] == "lines"} == {
            "FVTPL", "PAYABLES", "RESULT",
        }  # fmt: skip
        named = api("accountant").get(f"/report-runs/{before}/compare/?other={after}").json()
        assert named == answer

    def test_the_first_of_its_report_has_nothing_beside_it(self, firm: Firm, api: Any) -> None:
        run = sheet()
        answer = api("accountant").get(f"/report-runs/{run}/compare/").json()
        assert answer == {"earlier": None, "later": str(run)}

    def test_the_page_shows_what_was_and_what_is(self, firm: Firm) -> None:
        before = sheet()
        firm.deal(2, TUESDAY, 50, 12_500)
        after = sheet()
        page = browser("accountant").get(f"/report-runs/{after}/compare/").content.decode()
        assert "<del>26,000.00</del> 39,000.00" in page
        assert str(before) in page
        assert "D-2" in page
        other = journal()
        refused = browser("accountant").get(f"/report-runs/{after}/compare/?other={other}")
        assert (
            "different reports" in refused.content.decode()
            or str(other) in refused.content.decode()
        )
