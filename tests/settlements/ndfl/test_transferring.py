"""Tax withheld goes to the budget: booked from the bank's statement, covering what was due first."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from backoffice.night_points import found_points
from ledger.models import BusinessDay, JournalEntry, LedgerAccount, NdflWithholding
from ledger.selectors import balances
from reconciliation.breaks.remedies import fitting_remedies
from reconciliation.breaks.state import Remedy
from reconciliation.models import Break
from refdata.models import Entity, NostroAccount, Place
from reporting.services import verify_run
from settlements.ndfl.transferring import _covered_in_order
from tests.flows.corporate_actions import ANNA, BORIS, applied, brought, dividend
from tests.reconciliation.matching.stage import live, nostro, run, statement, told
from tests.reporting.running import run_of
from tests.reporting.running import told as rows_of
from tests.reporting.test_ndfl_register import cells, received

D = Decimal
DUE = date(2026, 12, 7)


def test_what_is_due_first_is_covered_first() -> None:
    """100 due in May, 20 taken back in June, 50 due in July; 110 were paid: 10 of July's 50 are covered besides."""
    may, june, july = date(2026, 5, 28), date(2026, 6, 29), date(2026, 7, 28)
    due = [("A", may, 2026, D(100)), ("A", june, 2026, D(-20)), ("A", july, 2026, D(50)),
           ("B", may, 2026, D(7))]  # fmt: skip
    found = _covered_in_order(due, {"A": D(110), "B": D(0)})
    left = {
        entity: [f"{each.transferred} {each.left}" for each in rows]
        for entity, rows in found.items()
    }
    assert left == {"A": ["100 0", "-20 0", "30 20"], "B": ["0 7"]}


@pytest.mark.usefixtures("own_database")
class TestPayment:
    @pytest.fixture
    def account(self) -> NostroAccount:
        """An account of ours in rubles with a bank."""
        entity = Entity.objects.get(code="RUS")
        row, _ = NostroAccount.objects.get_or_create(
            entity=entity, place=Place.objects.get(code="CORR"), owner=entity.own_party, currency="RUB",
            defaults={"number": "40702810900000000007"},
        )  # fmt: skip
        return row

    @pytest.fixture
    def withheld(self, api: Any) -> None:
        """A dividend of 700 to Anna and 1,100 to Boris: 91 and 143 are kept back, due on the 7th of December."""
        brought(ANNA, 7)
        brought(BORIS, 11)
        event = dividend(api, "100")
        applied(event)
        received(api, event)
        kept = NdflWithholding.objects.order_by("withheld").values_list("withheld", "transfer_by")
        assert list(kept) == [(D(91), DUE), (D(143), DUE)]

    def due(self) -> list[tuple[Any, ...]]:
        rows = rows_of(
            run_of("ndfl-form", parameters={"business_date": "2026-12-31"}), section="due"
        )
        return [cells(row, "transfer_by", "withheld", "transferred", "left") for row in rows]

    def told_of(self, amount: str, of: NostroAccount) -> Break:
        statement([told(amount, text="Single tax payment", days=2)], of=of)
        run()
        return live()[-1]

    def pay(self, api: Any, row: Break) -> None:
        body = {"remedy": "NDFL"}
        assert api("clerk").post(f"/breaks/{row}/propose/", body).json()["status"] == "PROPOSED"
        assert api("clerk").post(f"/breaks/{row}/accept/", {}).status_code == 403
        answer = api("checker").post(f"/breaks/{row}/accept/", {})
        assert (answer.status_code, answer.json()["status"]) == (200, "CLOSED"), answer.content

    def owed(self) -> Decimal:
        ours = LedgerAccount.objects.filter(
            kind="TAX", entity__code="RUS", owner=Entity.objects.get(code="RUS").own_party
        )
        ids = set(ours.values_list("pk", flat=True))
        return -sum((each.amount for each in balances() if each.account_id in ids), D(0))

    def test_covers_what_is_due_and_the_form_says_so(
        self, api: Any, account: NostroAccount, withheld: None
    ) -> None:
        before = run_of("ndfl-form", parameters={"business_date": "2026-12-31"})
        assert self.due() == [("2026-12-07", "234.00", "0.00", "234.00")]
        owed = self.owed()
        self.pay(api, self.told_of("-200", account))
        assert self.due() == [("2026-12-07", "234.00", "200.00", "34.00")]
        assert owed - self.owed() == 200
        posting = JournalEntry.objects.get(source_type="break").postings.get()
        assert (posting.debit_account.kind, posting.debit_account.place) == ("TAX", None)
        self.pay(api, self.told_of("-34", account))
        assert self.due() == [("2026-12-07", "234.00", "234.00", "0.00")]
        assert verify_run(before).equal  # as it was known then

    def test_what_is_late_is_open_at_the_close(
        self, api: Any, account: NostroAccount, withheld: None
    ) -> None:
        entity = Entity.objects.get(code="RUS")
        eve, day = (
            BusinessDay.objects.create(entity=entity, day=DUE - timedelta(days=days))
            for days in (1, 0)
        )
        late = [(p.key, p.amount, p.currency) for p in found_points(day) if p.kind == "tax-due"]
        assert late == [("2026-12-07 2026", D(234), "RUB")]
        assert not [p for p in found_points(eve) if p.kind == "tax-due"]
        self.pay(api, self.told_of("-234", account))
        assert not [p for p in found_points(day) if p.kind == "tax-due"]

    def test_only_our_own_money_in_the_currency_of_our_books_pays_it(
        self, account: NostroAccount
    ) -> None:
        assert Remedy.NDFL in fitting_remedies(self.told_of("-10", account))
        assert Remedy.NDFL not in fitting_remedies(self.told_of("10", account))
        assert Remedy.NDFL not in fitting_remedies(self.told_of("-10", nostro()))
