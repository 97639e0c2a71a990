"""The settlement board: every open settlement is counted once, and every number opens exactly these."""

from __future__ import annotations

import re
from datetime import date, timedelta
from decimal import Decimal
from html import unescape
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from backoffice.access.models import User
from backoffice.kernel.business_days import BusinessDays
from refdata.firm_days import firm_day
from refdata.models import Asset, BookScope, Entity
from refdata.selectors import forget_reference_data, reference_data
from settlements.board.ages import Age, dates_of
from settlements.board.selectors import LATE, board_of
from settlements.board.waits import ACTS, WORDS, wait_words
from settlements.late import working_days_late
from settlements.models import Settlement
from settlements.state import Reason
from tests.following import follow_events
from tests.pages.test_pages import browser

MONDAY = date(2026, 11, 23)
CLOSED = st.frozensets(st.integers(-15, 15), max_size=8)


@given(closed=CLOSED, at=st.integers(0, 6), due=st.integers(-40, 10))
def test_every_date_has_one_age_by_the_working_days_of_its_place(
    closed: frozenset[int], at: int, due: int
) -> None:
    calendar = BusinessDays("X", {MONDAY + timedelta(days): False for days in closed})
    today, day = MONDAY + timedelta(at), MONDAY + timedelta(due)
    (age,) = [age for age, dates in dates_of(today, calendar).items() if dates.holds(day)]
    if day >= today:
        assert age == (Age.TODAY if day == today else Age.LATER)
    else:
        late = working_days_late(day, today, calendar)
        assert age == (Age.LATE_1 if late <= 1 else Age.LATE_2 if late <= 4 else Age.LATE_5)


def test_every_reason_has_somebody_whose_turn_it_is() -> None:
    assert [code for code in [*Reason.values, *WORDS] if code not in ACTS] == []
    assert wait_words("CLAC") == "Counterparty lacks securities · CLAC"
    assert wait_words("RELEASE") == "Not released yet"


def different_ones(api: Any, sample: dict[str, Any]) -> list[Settlement]:
    """Six settlements of one deal's terms, each waiting for something else."""
    documents = [
        sample | {"external_ref": f"B-{number}", "stage": "executed"} for number in range(6)
    ]
    for document in documents:
        deal = api("dealer").post("/deals/", document).json()["reference"]
        api("clerk").post(f"/deals/{deal}/confirm/")
        api("checker").post(f"/deals/{deal}/approve/")
    follow_events()
    rows = list(Settlement.objects.order_by("pk"))
    today, calendar = (
        firm_day(timezone.now()),
        reference_data().calendars[rows[0].place.calendar.code],
    )
    back = calendar.preceding(today - timedelta(1))
    changed: tuple[dict[str, Any], ...] = (
        {"due_date": back},
        {"due_date": back, "approval": "APPROVED", "reason": "MONY", "settlement": "FAILING"},
        {"due_date": today, "approval": "APPROVED", "hold": "OURS"},
        {"due_date": today - timedelta(40), "approval": "APPROVED", "reason": "XXXX",
         "amount": 0, "method": "FOP"},
        {"due_date": today + timedelta(9), "approval": "APPROVED", "transmission": "SENT",
         "settlement": "PARTIAL", "settled_quantity": 400, "settled_amount": Decimal("125042.49")},
        {"settlement": "SETTLED", "settled_date": today},
    )  # fmt: skip
    for row, changes in zip(rows, changed, strict=True):
        Settlement.objects.filter(pk=row.pk).update(**changes)
    return rows


def links(page: str, table: str) -> list[tuple[int, str]]:
    """The numbers of a table of the board with their addresses."""
    body = page.partition(f'id="{table}"')[2].partition("</table>")[0]
    found = re.findall(r'<a href="([^"]+)">(?:<b>)?([\d,]+)(?:</b>)?</a>(?! <span)', body)
    return [(int(count.replace(",", "")), unescape(url)) for url, count in found]


@pytest.mark.usefixtures("own_database")
class TestTheBoard:
    def test_counts_what_is_open_and_every_number_opens_exactly_these(
        self, api: Any, sample: dict[str, Any]
    ) -> None:
        different_ones(api, sample)
        page = browser("checker").get("/settlements/board/").content.decode()
        by_place, by_wait = links(page, "by-place"), links(page, "by-wait")
        assert sum(count for count, url in by_wait if "due_date" not in url) == 5
        assert sum(count for count, url in by_place if "status" not in url) == 5
        for count, url in [*by_place, *by_wait]:
            listed = browser("checker").get(url)
            assert (url, len(listed.context["list"].rows)) == (url, count)
        assert {re.search(r"waits=(\w+)", url).group(1) for _, url in by_wait} == {  # type: ignore[union-attr]
            "RELEASE", "MONY", "PREA", "OTHER", "CMIS",
        }  # fmt: skip
        assert "the treasury" in page
        assert (
            "Чего ждут расчёты"
            in browser("checker", "ru").get("/settlements/board/").content.decode()
        )

    def test_values_what_is_not_final_in_the_currency_of_the_entity(
        self, api: Any, sample: dict[str, Any]
    ) -> None:
        rows = different_ones(api, sample)
        board = board_of(Settlement.objects.all(), today=firm_day(timezone.now()))
        whole, part = Decimal("312606.23"), Decimal("125042.49")
        assert [row.amount for row in rows[:1]] == [whole]
        price = reference_data().instruments["RU0009029540"]
        assert price is not None
        free = board.by_wait["OTHER"].whole
        assert free.count == 1
        assert not free.unvalued
        assert board.by_wait["CMIS"].whole.worth == {"RUB": whole - part}
        assert board.whole.worth["RUB"] == 3 * whole + (whole - part) + free.worth["RUB"]
        assert (board.by_time[LATE].count, board.whole.unvalued) == (3, 0)
        Settlement.objects.filter(pk=rows[0].pk).update(
            money_asset=_asset("XAU"), amount=Decimal(5)
        )
        board = board_of(Settlement.objects.all(), today=firm_day(timezone.now()))
        assert board.by_wait["RELEASE"].whole.unvalued == 1

    def test_is_narrowed_by_entity_place_and_counterparty_and_leads_to_steps_for_many(
        self, api: Any, sample: dict[str, Any]
    ) -> None:
        rows = different_ones(api, sample)
        checker = browser("checker")
        code, place = rows[0].counterparty.code, rows[0].place.code
        for query, count in (
            (f"counterparty={code}", 5), ("counterparty=nobody", 0), (f"place={place}", 5),
            (f"entity={rows[0].entity.code}", 5), ("place=NONE", 0),
        ):  # fmt: skip
            found = checker.get(f"/settlements/board/?{query}")
            assert found.context["whole"].count == count, query
        page = checker.get("/settlements/board/").content.decode()
        (query,) = re.findall(r'name="query" value="([^"]*waits=PREA[^"]*)"', page)
        form = {"everything": "1", "query": unescape(query), "next": "/settlements/board/"}
        preview = checker.post("/bulk/settlement/unhold/", form)
        assert preview.context["taken"].count == 1
        assert preview.context["next"] == "/settlements/board/"
        assert (
            'formaction="/bulk/settlement/unhold/"'
            not in browser("clerk").get("/settlements/board/").content.decode()
        )

    def test_a_scoped_person_counts_only_what_belongs_to_it(
        self, api: Any, sample: dict[str, Any]
    ) -> None:
        rows = different_ones(api, sample)
        other = Entity.objects.exclude(pk=rows[0].entity_id)[0]
        BookScope.objects.create(user=User.objects.get(username="checker"), entity=other)
        forget_reference_data()
        client = Client()
        client.force_login(User.objects.get(username="checker"))
        assert client.get("/settlements/board/").context["whole"].count == 0


def _asset(code: str) -> Any:
    return Asset.objects.filter(code=code).first() or Asset.objects.create(
        code=code, kind="CURRENCY", name=code
    )
