"""What a break says beside its figures: whose money its line is, and which match it would have fitted as well."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from ledger.services import AccountKey, NewEntry, NewPosting, account_ids, post_entries
from reconciliation.breaks.pointing import point_out
from reconciliation.models import Match
from refdata.models import Asset, Entity, NostroAccount, Party, StandingInstruction
from settlements.models import Settlement
from tests.reconciliation.matching.stage import (
    AT,
    DAY,
    booked,
    live,
    matched,
    nostro,
    pair,
    run,
    statement,
    told,
)

pytestmark = pytest.mark.usefixtures("own_database")
ANNA = "CL-ANNA"


def pointed() -> int:
    run()
    return point_out(entity_id=Entity.objects.get(code="RUS").pk, day=DAY)


def payment_to(owner: str, amount: str) -> Settlement:
    """Money that comes to somebody at the bank, sent and not final yet."""
    account, party = nostro(), Party.objects.get(code=owner)
    ssi = StandingInstruction.objects.filter(place=account.place, currency="USD").first()
    assert ssi is not None
    money = Asset.objects.get(code="USD")
    return Settlement.objects.create(
        entity=account.entity, owner=party, counterparty=ssi.party, source_type="test",
        source_id=1 + Settlement.objects.count(),
        place=account.place, ssi=ssi, method="PFOD", delivers=True, asset=money, quantity=Decimal(amount),
        money_asset=money, amount=Decimal(amount), due_date=DAY, approval="APPROVED", transmission="SENT",
        matching="MATCHED",
    )  # fmt: skip


def account_of(owner: str) -> NostroAccount:
    """An account of a client with the same bank."""
    like = nostro()
    return NostroAccount.objects.create(
        place=like.place, entity=like.entity, owner=Party.objects.get(code=owner), currency="USD",
        number=f"CORR-{owner}",
    )  # fmt: skip


class TestWhoseMoneyItIs:
    def test_a_line_that_names_the_payment_of_a_client_belongs_to_the_client(
        self, api: Any
    ) -> None:
        row = payment_to(ANNA, "700")
        statement([told("700", f"S-{row.pk}"), told("701", f"S-{row.pk}", days=0)])

        pointed()

        exact, other = live(kind="BANK")
        assert exact.facts["belongs_to"] == {"owner": ANNA, "of": f"S-{row.pk}"}
        assert other.facts == {}  # another amount proves nothing
        row.refresh_from_db()
        assert row.settlement == "PENDING"
        assert api("clerk").get(f"/breaks/{exact}/").json()["facts"]["belongs_to"]["owner"] == ANNA

    def test_our_own_payment_belongs_to_nobody_else(self) -> None:
        row = payment_to(nostro().owner.code, "700")
        Settlement.objects.filter(pk=row.pk).update(transmission="NONE")
        statement([told("700", f"S-{row.pk}")])

        pointed()

        assert [each.facts for each in live(kind="BANK")] == [{}]

    def test_a_line_and_an_entry_on_accounts_of_two_owners_point_at_each_other(self) -> None:
        own, anna = nostro(), account_of(ANNA)
        entry = booked("55.50", of=anna)
        statement([], of=anna)
        statement([told("55.50", text="Transfer")], of=own)

        pointed()

        (line,), (lonely,) = live(kind="BANK"), live(kind="BOOKS")
        assert line.facts["belongs_to"] == {"owner": ANNA, "of": f"E-{entry}"}
        assert lonely.facts["stands_on"] == str(line)
        assert matched() == {}
        assert pointed() == 0  # told once

    def test_where_two_entries_have_the_amount_nobody_is_named(self) -> None:
        own, anna = nostro(), account_of(ANNA)
        booked("55.50", of=anna)
        booked("55.50", of=anna)
        statement([], of=anna)
        statement([told("55.50")], of=own)

        pointed()

        assert [each.facts for each in live()] == [{}, {}, {}]


class TestRivalsThatCameLater:
    def test_an_entry_that_is_booked_after_the_match_says_which_it_would_have_fitted(self) -> None:
        first = booked("100")
        (line,) = statement([told("100", days=1)], day=DAY + timedelta(days=1))
        pointed()
        assert matched() == {pair(line, first): "WINDOW"}
        match = Match.objects.get()

        booked("100", days=1)  # late, and perhaps the one that was meant
        booked("100", days=-9)
        pointed()

        told_of = {each.day - DAY: each.facts for each in live(kind="BOOKS")}
        assert told_of == {timedelta(days=1): {"fits_match": str(match)}}
        assert matched() == {pair(line, first): "WINDOW"}  # a person looks; nothing is undone

    def test_a_line_that_comes_after_the_match_says_so_too_unless_it_names_something_else(
        self,
    ) -> None:
        booked("100")
        statement([told("100")])
        pointed()
        match = Match.objects.get()
        next_day = DAY + timedelta(days=1)
        statement([told("100", days=1), told("100", "S-424242", days=1)], day=next_day)

        pointed()

        facts = {each.line.our_reference: each.facts for each in live(kind="BANK") if each.line}
        assert facts == {"": {"fits_match": str(match)}, "S-424242": {}}

    def test_what_a_reference_matched_has_no_rival(self) -> None:
        booked("100", source=("settlement", 900_001))
        statement([told("100", "S-900001")])
        pointed()
        booked("100")

        pointed()

        assert [each.facts for each in live()] == [{}]


def test_an_entry_of_another_bank_is_nobodys_here() -> None:
    """The same amount at another place is another matter."""
    account, anna = nostro(), Party.objects.get(code=ANNA)
    keys = [
        AccountKey(account.entity_id, "CASH", anna.pk, place_id=nostro("EUR", place="CSDX").place_id),
        AccountKey(account.entity_id, "OPENING", anna.pk),
    ]  # fmt: skip
    cash, other = (account_ids(keys)[key] for key in keys)
    asset = Asset.objects.get(code="USD").pk
    post_entries([NewEntry(
        entity_id=account.entity_id, kind="stage", source_type="stage", source_id=77,
        effective_date=DAY, postings=[NewPosting(cash, other, asset, Decimal("55.50"))],
    )], at=AT)  # fmt: skip
    statement([told("55.50")])

    pointed()

    assert [each.facts for each in live(kind="BANK")] == [{}]
