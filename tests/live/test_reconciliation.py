"""A day at a bank at the desk: breaks of seven kinds, each brought to its end by its remedy, until nothing differs."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from tests.live.bank import FEE, Statement, Told, last_days, today
from tests.live.books import NAME, book
from tests.live.people import CHROMIUM, People
from tests.live.stack import Stack, wait_for
from tests.live.test_browser import wait_for_state

pytestmark = [
    pytest.mark.live,
    pytest.mark.xdist_group("live"),
    pytest.mark.skipif(not CHROMIUM, reason="no Chromium here: apt-get install chromium"),
]
CENT, D, LATE = Decimal("0.01"), Decimal, "S-900000003"
BANK = "On the statement, not in our books"
BOOKS = "In our books, not on the statement"
AMOUNT, BALANCE = "Another amount", "The statement does not balance"
GAP, MISSING = "The statement does not continue the one before", "No statement of the day"


class Desk:
    """A clerk and a checker at the account of the bank; what differs there, as the pages say it."""

    def __init__(self, open_as: People) -> None:
        self.clerk, self.checker = open_as("clerk"), open_as("checker")
        self.seen: set[str] = set()
        self.pool = ""

    def bring(self, file: dict[str, Any]) -> None:
        """Drop a file of the bank on the page of statements."""
        self.clerk.goto("/reconciliation/")
        self.clerk.click("#receive summary")
        self.clerk.set_input_files("#statement-file", files=file)
        self.clerk.click("#receive button")
        self.clerk.wait_for_selector("#taken.success")

    def choose_account(self) -> None:
        """On the workbench, once its first statement is there."""
        option = f"#f-reconciliation option:has-text('{NAME}')"

        def there() -> bool:
            self.clerk.goto("/reconciliation/workbench/")
            return bool(self.clerk.locator(option).count())

        wait_for(there, seconds=60, what="the account on the workbench")
        self.pool = self.clerk.get_attribute(option, "value")

    def breaks(self) -> dict[str, str]:
        """What still differs on the account: of each break what it is."""
        self.clerk.goto(f"/reconciliation/breaks/?reconciliation={self.pool}&live=true")
        rows = self.clerk.locator("table.list tbody tr")
        found = {}
        for at in range(rows.count()):
            reference, _state, kind = rows.nth(at).locator("td").all_inner_texts()[:3]
            found[reference.strip()] = kind.strip()
        self.seen |= set(found)
        return found

    def wait_for_breaks(self, *kinds: str) -> dict[str, str]:
        """Look again until a worker has reconciled and just these differ."""
        last: dict[str, str] = {}

        def there() -> bool:
            last.clear()
            last.update(self.breaks())
            return sorted(last.values()) == sorted(kinds)

        try:
            wait_for(there, seconds=60, what=f"breaks {kinds}")
        except AssertionError as error:
            raise AssertionError(f"{error}; there are {last}") from None
        return dict(last)

    def one(self, kind: str, text: str = "") -> str:
        """The address of the break of a kind whose page has a text."""
        for reference, each in self.breaks().items():
            address = f"/reconciliation/breaks/{reference}/"
            if each == kind:
                self.clerk.goto(address)
                if text in self.clerk.inner_text("main"):
                    return address
        raise AssertionError(f"no {kind} with {text!r}")

    def remedy(self, address: str, name: str) -> None:
        """One click of the clerk, and one of the checker."""
        self.clerk.goto(address)
        self.clerk.click(f"#remedy-{name} button")
        wait_for_state(self.clerk, "PROPOSED")
        assert self.clerk.locator("#step-accept").count() == 0  # not by who proposed it
        self.accept(address)

    def accept(self, address: str) -> None:
        self.checker.goto(address)
        self.checker.click("#step-accept button")
        wait_for_state(self.checker, "CLOSED")

    def chase(self, address: str) -> None:
        """Everything is filled in already: whom one asks, what, and when to look again."""
        self.clerk.goto(address)
        assert self.clerk.input_value("#chase-reason")
        self.clerk.click("#chase button")
        wait_for_state(self.clerk, "CHASED")

    def match(self, amount: str) -> None:
        """The first line and the first entry of an amount, by their boxes."""
        self.clerk.goto(f"/reconciliation/workbench/?reconciliation={self.pool}")
        for side in ("lines", "entries"):
            self.clerk.check(f"#{side} tr:has(td:text-is('{amount}')) input >> nth=0")
        with self.clerk.expect_navigation():
            self.clerk.click("#balance button.primary")


def test_a_day_with_seven_kinds_of_breaks_is_reconciled_to_zero(
    open_as: People, stack: Stack
) -> None:
    desk, (first, missing, last) = Desk(open_as), last_days(stack, 3)
    exact, cent, late, twin = D("2314.00"), D("4628.00"), D("6942.00"), D("9256.00")
    opening = D(1_000_000)
    book(stack, [
        (900_000_000, str(opening), first - timedelta(days=20)), (900_000_001, str(exact), first),
        (900_000_002, str(cent), first), (900_000_003, str(late), first), (900_000_004, str(twin), first),
        (900_000_005, str(twin), first),
    ])  # fmt: skip

    monday = Statement(1, first, opening, (
        Told(exact, "S-900000001"), Told(D("-12.50"), text=FEE, kind="NCHG"),
        Told(cent - CENT, "S-900000002"), Told(twin, text="SALE OF SHARES"), Told(twin, text="SALE OF SHARES"),
    ), untold=D(100))  # fmt: skip
    desk.bring(monday.as_mt940())
    desk.choose_account()
    # Nothing told of the two days since: a statement of each is missing.
    desk.wait_for_breaks(BANK, AMOUNT, BANK, BANK, BOOKS, BOOKS, BOOKS, BALANCE, MISSING, MISSING)

    desk.remedy(desk.one(BANK, FEE), "FEE")
    desk.remedy(desk.one(AMOUNT), "WRITE_OFF")
    shown = f"{twin:,.2f}"
    desk.match(shown)
    desk.match(shown)
    awaited = desk.one(BOOKS, LATE)
    desk.chase(awaited)
    desk.chase(desk.one(BALANCE))
    desk.bring(Statement(1, first, opening, monday.lines).as_mt940())  # the bank corrects itself
    desk.wait_for_breaks(BOOKS, MISSING, MISSING)

    tuesday = Statement(2, missing, monday.closing, (Told(D("-13.50"), text=FEE, kind="NCHG"),))
    wednesday = Statement(3, last, tuesday.closing, (Told(late, LATE),), until=today())
    desk.bring(wednesday.as_camt())
    desk.wait_for_breaks(MISSING, GAP)  # what was late has come
    desk.chase(desk.one(MISSING))
    desk.bring(tuesday.as_mt940())
    (fee,) = desk.wait_for_breaks(BANK)

    desk.clerk.goto(f"/reconciliation/workbench/?reconciliation={desk.pool}")
    desk.clerk.click(f"#repeat-{fee} button")  # as the last one like it was decided
    wait_for_state(desk.clerk, "PROPOSED")
    desk.accept(f"/reconciliation/breaks/{fee}/")
    desk.clerk.goto(f"/reconciliation/workbench/?reconciliation={desk.pool}")
    with desk.clerk.expect_navigation():
        desk.clerk.click("#run-now button")

    assert_nothing_differs(desk, open_as("clerk", locale="ru", width=390))


def assert_nothing_differs(desk: Desk, phone: Any) -> None:
    """On the list of breaks, on the workbench, among what waits, and in Russian on a phone."""
    seen = set(desk.seen)
    assert len(seen) >= 10
    assert desk.breaks() == {}
    desk.clerk.goto(f"/reconciliation/workbench/?reconciliation={desk.pool}")
    assert "Every line has its entry." in desk.clerk.inner_text("#lines")
    assert "Every entry has its line." in desk.clerk.inner_text("#entries")

    def waits() -> set[str]:
        found = set()
        for kind in ("break-open", "break-remedy"):
            desk.clerk.goto(f"/work/?kind={kind}")
            found |= set(desk.clerk.locator("table.list a.mono").all_inner_texts())
        return found & seen

    wait_for(lambda: not waits(), seconds=60, what="nothing of it to wait for anybody")
    phone.goto(f"/reconciliation/workbench/?reconciliation={desk.pool}")
    assert not phone.evaluate("document.documentElement.scrollWidth > innerWidth")
    assert phone.locator("#lines td.empty").count() == 1
    assert phone.locator("#entries td.empty").count() == 1
    for reference in sorted(seen)[:2]:
        phone.goto(f"/reconciliation/breaks/{reference}/")
        phone.wait_for_selector('#head [data-state="CLOSED"]')
        assert not phone.evaluate("document.documentElement.scrollWidth > innerWidth")
