"""The register of agreements: numbers without a gap, two people, deals held against it, the end in sight."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, InternalError, connection, transaction
from django.test import Client
from django.utils import timezone

from backoffice.documents.models import Document
from backoffice.documents.signing import accept_signed_copies, propose_signed_copy
from backoffice.events.selectors import history_of
from backoffice.workflow.models import WorkItem
from deals.checks.agreements import covers
from deals.models import Inbound
from refdata.agreements.rows import AgreementRow
from refdata.agreements.services import ENDING, ENDING_OPINION, tell_ending
from refdata.agreements.state import AgreementKind
from refdata.firm_days import firm_day
from refdata.models import Agreement, BookScope, Entity, Proposal
from refdata.proposals import NothingChanges, ProposalWrong, decline_proposals
from refdata.selectors import forget_reference_data
from tests.deals.test_checks import bounds, codes
from tests.flows.products import DEPOSIT, EQUITY, FX_FORWARD, REPO
from tests.guards.test_rivals import at_once
from tests.instructing import person
from tests.refdata.test_proposals import approve, problems, propose

BANK_ONE, BANK_TWO, BANK_FIVE = (
    "999900DEMOBANKONE097", "999900DEMOBANKTWO062", "999900DEMOBANKFIVE78"
)  # fmt: skip
PDF = b"%PDF-1.7 scan"


def asked(**more: Any) -> dict[str, Any]:
    """What is sent for an agreement of 2025 that brings no number."""
    return {
        "subject": "agreement",
        "changes": {
            "entity": "RUS", "party": BANK_TWO, "kind": "RU_REPO", "signed_on": "2025-03-01",
            "valid_from": "2025-03-10", **more,
        },
    }  # fmt: skip


def filed(api: Any, **more: Any) -> Proposal:
    answer = api("clerk").post("/reference-proposals/", asked(**more))
    assert answer.status_code == 201, answer.content
    return Proposal.objects.latest("id")


def row(kind: str, *, products: Any = (), currencies: Any = ()) -> AgreementRow:
    return AgreementRow(
        1, 1, 1, kind, "N", date(2026, 1, 1), date(2027, 1, 1), products, currencies
    )


class TestCovers:
    @pytest.mark.parametrize(
        ("kind", "product", "expected"),
        [
            ("ISDA", "fx_forward", True), ("ISDA", "repo", False), ("GMRA", "repo", True),
            ("GENERAL", "deposit", True), ("GENERAL", "fx_swap", True), ("CUSTODY", "equity", False),
        ],
    )  # fmt: skip
    def test_what_its_kind_is_made_for(self, kind: str, product: str, expected: bool) -> None:
        assert covers(row(kind), product, "RUB") is expected

    def test_what_it_names_itself_comes_first(self) -> None:
        narrow = row("ISDA", products=("fx_spot",), currencies=("EUR",))
        assert covers(narrow, "fx_spot", "EUR")
        assert not covers(narrow, "fx_forward", "EUR")
        assert not covers(narrow, "fx_spot", "USD")

    def test_the_first_day_is_in_the_last_is_out(self) -> None:
        assert row("ISDA").holds(date(2026, 1, 1))
        assert not row("ISDA").holds(date(2025, 12, 31))
        assert row("ISDA").holds(date(2026, 12, 31))
        assert not row("ISDA").holds(date(2027, 1, 1))

    def test_every_kind_of_agreement_has_a_label_of_its_own(self) -> None:
        assert len({str(each.label) for each in AgreementKind}) == len(AgreementKind)


@pytest.mark.usefixtures("own_database")
class TestRegister:
    def test_numbers_of_ours_have_no_gap(self, api: Any) -> None:
        first, declined, last = (filed(api) for _ in range(3))
        decline_proposals(
            ids=[declined.pk], reason="x", actor=person("checker"), at=timezone.now()
        ).raise_single()
        approve(last)
        approve(first)
        rows = Agreement.objects.filter(entity__code="RUS", year=2025).order_by("serial")
        assert [each.number for each in rows] == ["A-2025/00001", "A-2025/00002"]
        first.refresh_from_db()
        assert rows[1].pk == first.subject_id

    def test_a_number_that_came_to_nothing_is_given_to_the_next(self, api: Any) -> None:
        made = filed(api)
        with transaction.atomic():
            approve(made)
            transaction.set_rollback(True)
        forget_reference_data()
        approve(made)
        assert Agreement.objects.get(year=2025).number == "A-2025/00001"

    def test_rivals_draw_one_number_each(self, api: Any) -> None:
        made = [filed(api) for _ in range(4)]
        at_once(lambda n: approve(made[n]), 4)
        serials = Agreement.objects.filter(year=2025).values_list("serial", flat=True)
        assert set(serials) == {1, 2, 3, 4}

    def test_the_other_side_s_number_stays_as_it_is(self, api: Any) -> None:
        approve(filed(api, number="GMA-7"))
        made = Agreement.objects.get(number="GMA-7")
        assert (made.year, made.serial) == (None, None)
        answer = api("clerk").post("/reference-proposals/", asked(number="GMA-7"))
        assert answer.status_code == 422

    @pytest.mark.parametrize(
        ("wrong", "pointer", "code"),
        [
            ({"netting": True}, "/changes", "invalid"),
            ({"products": ["repos"]}, "/changes/products", "unknown-product"),
            ({"currencies": ["RUR"]}, "/changes/currencies", "unknown-currency"),
            ({"party": "999900DEMOSEVERRU017"}, "/changes/party", "own-party"),
            ({"valid_until": "2025-03-10"}, "/changes", "invalid"),
        ],
    )
    def test_what_is_wrong_is_said(
        self, api: Any, wrong: dict[str, Any], pointer: str, code: str
    ) -> None:
        answer = api("clerk").post("/reference-proposals/", asked(**wrong))
        assert answer.status_code == 422
        assert [(e["pointer"], e["code"]) for e in answer.json()["errors"]] == [(pointer, code)]

    def test_parties_and_our_numbers_stay(self) -> None:
        ours = Agreement.objects.get(party__code=BANK_ONE, kind="GENERAL")
        for changes in ({"party": BANK_TWO}, {"number": "X"}):
            with pytest.raises(ProposalWrong) as refusal:
                propose(ours, **changes)
            assert set(problems(refusal).values()) == {"kept"}
        with pytest.raises(NothingChanges):
            propose(ours, kind="GENERAL")
        for sql in (
            "DELETE FROM refdata_agreement",
            "UPDATE refdata_agreement SET year = 1, serial = id",
        ):
            with (
                pytest.raises((IntegrityError, InternalError)),
                transaction.atomic(),
                connection.cursor() as cursor,
            ):
                cursor.execute(sql)

    def test_a_change_is_in_its_history(self) -> None:
        made = Agreement.objects.get(number="ISDA-2024-05")
        approve(propose(made, governing_law="New York"))
        (event,) = history_of("agreement", made.pk)
        assert event.facts["changes"] == {"governing_law": ["England and Wales", "New York"]}


@pytest.mark.usefixtures("own_database")
class TestDeals:
    def test_a_deal_names_its_agreement(self, api: Any, sample: Any) -> None:
        post = api("dealer").post
        general = Agreement.objects.get(party__code=BANK_ONE, kind="GENERAL")
        good = post("/deals/", DEPOSIT | {"external_ref": "A1", "agreement": general.number})
        assert (good.status_code, good.json()["warnings"]) == (201, [])
        assert good.json()["agreement"] == general.number
        for ref, number, code in (
            ("A2", "NO-SUCH", "unknown-agreement"),
            ("A3", "ISDA-2024-05", "agreement-of-other-party"),
        ):
            refused = post("/deals/", DEPOSIT | {"external_ref": ref, "agreement": number})
            assert refused.status_code == 422
            (error,) = refused.json()["errors"]
            assert (error["pointer"], error["code"]) == ("/agreement", code)
            assert error["hint"]

    def test_it_is_in_force_on_the_trade_date_or_not(self, api: Any) -> None:
        general = Agreement.objects.get(party__code=BANK_ONE, kind="GENERAL")
        body = DEPOSIT | {"agreement": general.number}  # dealt on the 23rd
        for day, expected in ((date(2026, 11, 24), 201), (date(2026, 11, 23), 422)):
            Agreement.objects.filter(pk=general.pk).update(valid_until=day)
            forget_reference_data()
            answer = api("dealer").post("/deals/", body | {"external_ref": f"U-{day}"})
            assert answer.status_code == expected, answer.content
        assert codes(answer) == {"agreement-not-in-force"}

    def test_what_is_executed_goes_to_repair_and_is_never_refused(self, api: Any) -> None:
        body = EQUITY | {"external_ref": "E1", "stage": "executed", "agreement": "NO-SUCH"}
        answer = api("dealer").post("/deals/", body)
        assert answer.status_code == 202, answer.content
        waiting = Inbound.objects.get(external_ref="E1")
        assert [each["code"] for each in waiting.problems] == ["unknown-agreement"]

    def test_a_product_that_needs_one_warns_or_refuses(self, api: Any) -> None:
        post = api("dealer").post
        assert post("/deals/", REPO | {"external_ref": "R1"}).json()["warnings"] == []
        Agreement.objects.filter(kind="RU_REPO").update(valid_until=date(2026, 11, 23))
        forget_reference_data()
        assert codes(post("/deals/", REPO | {"external_ref": "R2"})) == {"no-agreement-in-force"}
        bounds("check.agreement", None, None, repo={"refuse": "0"})
        refused = post("/deals/", REPO | {"external_ref": "R3"})
        assert (refused.status_code, codes(refused)) == (422, {"no-agreement-in-force"})
        executed = post("/deals/", REPO | {"external_ref": "R4", "stage": "executed"})
        assert executed.status_code == 201
        assert codes(executed) == {"no-agreement-in-force"}
        assert post("/deals/", EQUITY | {"external_ref": "R5"}).json()["warnings"] == []

    def test_one_of_another_kind_does_not_cover_it(self, api: Any) -> None:
        body = FX_FORWARD | {"external_ref": "F1"}
        assert api("dealer").post("/deals/", body).json()["warnings"] == []
        Agreement.objects.filter(number="ISDA-2024-05").update(products=["fx_spot"])
        forget_reference_data()
        found = api("dealer").post("/deals/", body | {"external_ref": "F2"})
        assert codes(found) == {"no-agreement-in-force"}


@pytest.mark.usefixtures("own_database")
class TestReading:
    def test_the_register_and_its_sheets(self, api: Any) -> None:
        get = api("clerk").get
        found = get(f"/agreements/?party={BANK_FIVE}&kind=ISDA").json()["results"]
        (told,) = found
        assert (told["number"], told["status"], told["signed_copy"]) == (
            "ISDA-2024-05", "HOLDS", False
        )  # fmt: skip
        assert get("/agreements/?status=ENDED").json()["results"] == []
        assert api("auditor").post(f"/agreements/{told['reference']}/issue/", {}).status_code == 403

        address = f"/agreements/{told['reference']}/issue/"
        first, again = (api("clerk").post(address, {"language": "ru"}) for _ in range(2))
        assert (first.status_code, again.status_code) == (201, 201)
        assert first.json()["reference"] == again.json()["reference"]
        sheet = Document.objects.get()
        assert (sheet.kind, sheet.subject_version) == ("AGREEMENT_SHEET", 1)
        copy = propose_signed_copy(
            document_id=sheet.pk, name="scan.pdf", content=PDF, signed_on=sheet.issued_on,
            actor=person("clerk"), at=timezone.now(),
        )  # fmt: skip
        accept_signed_copies(ids=[copy.pk], actor=person("checker"), at=timezone.now())
        shown = get(f"/agreements/{told['reference']}/").json()
        assert (shown["signed_copy"], shown["sheets"][0]["status"]) == (True, "SIGNED")

        approve(propose(Agreement.objects.get(number="ISDA-2024-05"), governing_law="New York"))
        other = api("clerk").post(address, {"language": "ru"}).json()
        assert other["version"] == 2
        assert other["replaces"] == str(sheet)

    def test_pages(self, client: Client) -> None:
        made = Agreement.objects.get(number="ISDA-2024-05")
        client.force_login(person("clerk"))
        for language, title in (("en", "Agreements"), ("ru", "Соглашения")):
            page = client.get(
                "/agreements/", headers={"accept-language": language}
            ).content.decode()
            assert title in page
            assert "ISDA-2024-05" in page
        export = client.get("/agreements/?export=csv")
        assert "ISDA-2024-05" in b"".join(export).decode()
        page = client.get(f"/agreements/{made.reference}/").content.decode()
        assert "England and Wales" in page
        issued = client.post(f"/agreements/{made.reference}/issue/")
        assert issued.headers["Location"] == f"/documents/{Document.objects.get()}/"

    def test_what_belongs_to_an_entity_is_seen_by_those_who_see_it(self, api: Any) -> None:
        BookScope.objects.create(user=person("clerk"), entity=Entity.objects.get(code="EUR"))
        forget_reference_data()
        found = api("clerk").get("/agreements/").json()["results"]
        assert [each["number"] for each in found] == ["GMRA-2024-17"]


@pytest.mark.usefixtures("own_database")
class TestTellEnding:
    def items(self) -> set[tuple[str, str]]:
        rows = WorkItem.objects.filter(subject_type="agreement", closed_at=None)
        return set(rows.values_list("kind", "reason"))

    def test_the_end_is_told_once_and_closed_when_it_is_put_off(self) -> None:
        made = Agreement.objects.get(number="R-77/24")
        ends = made.valid_until
        assert ends is not None
        for days, expected in ((31, set()), (30, {(ENDING, f"R-77/24, {ends}")})):
            for _ in range(2):
                tell_ending(today=ends - timedelta(days=days), at=timezone.now())
            assert self.items() == expected
        item = WorkItem.objects.get(kind=ENDING)
        assert (item.queue, firm_day(item.due_at) if item.due_at else None) == ("clerk", ends)
        Agreement.objects.filter(pk=made.pk).update(valid_until=ends + timedelta(days=20))
        tell_ending(today=ends, at=timezone.now())
        assert self.items() == {(ENDING, f"R-77/24, {ends + timedelta(days=20)}")}
        tell_ending(today=ends + timedelta(days=20), at=timezone.now())
        assert self.items() == set()
        assert WorkItem.objects.filter(kind=ENDING).count() == 2

    def test_an_opinion_ends_before_its_agreement(self) -> None:
        made = Agreement.objects.get(kind="RISDA")
        Agreement.objects.filter(pk=made.pk).update(netting_until=date(2030, 1, 1))
        tell_ending(today=date(2029, 12, 25), at=timezone.now())
        assert self.items() == {(ENDING_OPINION, f"{made.number}, 2030-01-01")}
