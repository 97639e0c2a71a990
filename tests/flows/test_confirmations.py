"""Confirmations over REST and by events: received once, matched, disputed, linked, and what follows."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from backoffice.access.models import User
from backoffice.workflow.models import WorkItem
from deals.confirming.watching import tell_unconfirmed
from deals.models import Confirmation, Deal, ReceivedConfirmation
from refdata.dated_rules.services import RuleTerms, activate_rules, propose_rule
from refdata.models import DatedRule, Party
from refdata.selectors import forget_reference_data
from tests.flows.scoped import told_of
from tests.following import follow_events

pytestmark = pytest.mark.usefixtures("own_database")
Api = Callable[[str], Any]


@pytest.fixture
def deal(api: Api, sample: dict[str, Any]) -> Callable[..., dict[str, Any]]:
    """Captures a deal; the document that was posted, with its reference."""

    def capture(**more: Any) -> dict[str, Any]:
        posted = sample | {"external_ref": uuid.uuid4().hex} | more
        answer = api("dealer").post("/deals/", posted)
        assert answer.status_code == 201, answer.content
        return posted | {"reference": answer.json()["reference"]}

    return capture


def theirs(deal: dict[str, Any], **more: Any) -> dict[str, Any]:
    told = told_of(deal, trade_date="2026-11-23", settlement_date="2026-11-24", amount="312606.23")
    return {name: value for name, value in (told | more).items() if value is not None}


def send(api: Api, told: dict[str, Any], status: int = 201) -> dict[str, Any]:
    answer = api("clerk").post("/confirmations/", told)
    assert answer.status_code == status, answer.content
    found: dict[str, Any] = answer.json()
    return found


def state_of(deal: dict[str, Any]) -> str:
    return Deal.objects.get(pk=deal["reference"][2:]).state


def items(kind: str = "") -> dict[str, str]:
    rows = WorkItem.objects.filter(closed_at__isnull=True, kind__contains=kind or "confirm")
    return {f"{row.subject_type}:{row.subject_id}": row.kind for row in rows}


def test_an_exact_match_confirms_by_itself_and_says_by_what(api: Api, deal: Any) -> None:
    ours = deal()
    found = send(api, theirs(ours))

    assert (found["status"], found["verdict"], found["deal"]) == (
        "MATCHED",
        "EXACT",
        ours["reference"],
    )
    assert state_of(ours) == "CONFIRMED"
    recorded = Confirmation.objects.get(deal_id=ours["reference"][2:])
    assert (recorded.how, recorded.evidence, recorded.recorded_by) == (
        "matched",
        found["reference"],
        None,
    )
    follow_events()
    assert state_of(ours) == "SETTLING"
    assert items() == {}


def test_the_same_message_again_adds_nothing_and_a_changed_one_replaces_it(
    api: Api, deal: Any
) -> None:
    ours = deal()
    wrong = theirs(ours, amount="312450.00")
    first = send(api, wrong)
    assert first["status"] == "MISMATCHED"
    assert [c["code"] for c in first["causes"]] == ["fee-in-amount"]
    assert first["differences"] == [
        {"field": "amount", "ours": "312606.2300", "theirs": "312450.0000", "weight": "DIFFERENT"}
    ]
    again = send(api, wrong, status=200)
    assert again["reference"] == first["reference"]

    second = send(api, wrong | {"amount": "312606.23"})

    assert (second["version"], second["replaces"], second["status"]) == (
        2,
        first["reference"],
        "MATCHED",
    )
    shown = api("auditor").get(f"/confirmations/{first['reference']}/").json()
    assert (shown["status"], shown["replaced_by"]) == ("REPLACED", second["reference"])
    assert send(api, wrong, status=200)["status"] == "REPLACED"  # an old one that comes late
    assert ReceivedConfirmation.objects.count() == 2
    assert state_of(ours) == "CONFIRMED"


def test_they_confirm_what_we_do_not_have_until_it_is_captured(
    api: Api, deal: Any, sample: Any
) -> None:
    missing = sample | {"external_ref": "LATE-1"}
    found = send(api, theirs(missing, our_ref=None))
    assert (found["status"], found["deal"]) == ("ALLEGED", None)
    follow_events()
    assert items() == {f"confirmation:{found['reference'][3:]}": "confirmation-alleged"}
    item = WorkItem.objects.get(kind="confirmation-alleged")
    assert (str(item.amount), item.currency, item.queue) == ("312606.2300", "RUB", "clerk")
    assert item.due_at == datetime.fromisoformat("2026-11-24T12:00:00+03:00")

    ours = deal(external_ref="LATE-1")
    follow_events()

    shown = api("clerk").get(f"/confirmations/{found['reference']}/").json()
    assert (shown["status"], shown["deal"]) == ("MATCHED", ours["reference"])
    assert items() == {}
    assert state_of(ours) == "SETTLING"


def test_a_mismatch_is_told_field_by_field_and_waits_for_a_clerk(api: Api, deal: Any) -> None:
    ours = deal()
    found = send(
        api, theirs(ours, settlement_date="2026-11-25", quantity="10000", our_ref=ours["reference"])
    )
    shown = api("checker").get(f"/confirmations/{found['reference']}/").json()
    off = {
        f["field"]: (f["ours"], f["theirs"], f["difference"])
        for f in shown["fields"]
        if f["weight"] == "DIFFERENT"
    }
    assert off["settlement_date"] == ("2026-11-24", "2026-11-25", "1")
    assert set(off) == {"quantity", "settlement_date"}
    assert [c["code"] for c in shown["causes"]] == ["one-cycle-off", "quantity-in-lots"]
    follow_events()
    assert list(items().values()) == ["confirmation-mismatched"]

    disputed = api("clerk").post(
        f"/confirmations/{found['reference']}/dispute/", {"reason": "Called Ivan: he corrects it."}
    )
    assert disputed.json()["status"] == "DISPUTED"
    follow_events()
    assert items() == {}
    assert api("dealer").post(f"/confirmations/{found['reference']}/dispute/").status_code == 403

    right = send(api, theirs(ours) | {"their_ref": shown["their_ref"]})
    assert (right["status"], right["replaces"]) == ("MATCHED", found["reference"])


def test_what_is_not_straight_through_is_confirmed_by_one_and_approved_by_another(
    api: Api, deal: Any
) -> None:
    ours = deal(uti="UTI-OURS")
    found = send(api, theirs(ours, uti="UTI-THEIRS"))
    assert (found["status"], found["verdict"], state_of(ours)) == ("MATCHED", "WITHIN", "CAPTURED")
    follow_events()
    assert list(items().values()) == ["confirmation-matched"]

    page = api("clerk").client
    page.force_login(User.objects.get(username="clerk"))
    assert page.post(f"/confirmations/{found['reference']}/confirm/").status_code == 302

    assert state_of(ours) == "PENDING_APPROVAL"
    assert Confirmation.objects.get(deal_id=ours["reference"][2:]).evidence == found["reference"]
    follow_events()
    assert items() == {}
    assert api("clerk").post(f"/deals/{ours['reference']}/approve/").status_code == 403
    assert api("checker").post(f"/deals/{ours['reference']}/approve/").status_code == 200


def test_the_rule_says_what_confirms_by_itself(api: Api, deal: Any) -> None:
    people = {name: User.objects.get(username=name) for name in ("risk", "manager")}
    base = DatedRule.objects.get(kind="confirm.straight_through")
    terms = RuleTerms(
        kind=base.kind, value={"deals": [{"entity": "RUS", "exact": False}]}, valid_from=base.valid_from + timedelta(1),
        source="The firm's own policy", vectors=[{"name": "none", "given": {"entity": "RUS"}, "expected": False}],
    )  # fmt: skip
    row = propose_rule(terms=terms, actor=people["risk"], at=timezone.now())
    activate_rules(ids=[row.pk], actor=people["manager"], at=timezone.now()).raise_single()
    forget_reference_data()
    ours = deal()
    assert send(api, theirs(ours))["verdict"] == "EXACT"
    assert state_of(ours) == "CAPTURED"


def test_a_deal_that_needs_no_confirmation_is_affirmed_by_the_rule(api: Api, deal: Any) -> None:
    Party.objects.create(code="NCC", name="Clearing Centre", roles=["COUNTERPARTY"])
    forget_reference_data()
    cleared, bilateral = deal(clearing={"mode": "CCP", "ccp": "NCC"}), deal()
    follow_events()
    assert (state_of(cleared), state_of(bilateral)) == ("CONFIRMED", "CAPTURED")
    recorded = Confirmation.objects.get(deal_id=cleared["reference"][2:])
    row = DatedRule.objects.get(kind="confirm.not_required")
    assert (recorded.how, recorded.evidence) == ("not-required", str(row))


def test_a_cancelled_deal_voids_its_match(api: Api, deal: Any) -> None:
    ours = deal(uti="A")
    found = send(api, theirs(ours, uti="B"))
    assert found["status"] == "MATCHED"
    api("checker").post(f"/deals/{ours['reference']}/cancel/", {"reason": "Entered twice."})
    follow_events()
    shown = api("clerk").get(f"/confirmations/{found['reference']}/").json()
    assert (shown["status"], shown["deal"], [c["code"] for c in shown["causes"]]) == (
        "ALLEGED",
        None,
        ["no-deal"],
    )
    steps = [
        e["event"]
        for e in api("clerk").get(f"/confirmations/{found['reference']}/history/").json()["results"]
    ]
    assert steps == [f"confirmation.{name}" for name in ("receive", "match", "void", "allege")]


def test_a_person_says_which_of_several_is_meant(api: Api, deal: Any) -> None:
    one, two = deal(), deal()
    found = send(api, theirs(one, our_ref=None))
    assert (found["status"], [c["code"] for c in found["causes"]]) == ("AMBIGUOUS", ["several-fit"])
    path = f"/confirmations/{found['reference']}/link/"
    assert api("clerk").post(path, {"deal": "D-999999"}).status_code == 404
    other = deal(counterparty="999900DEMOBANKTWO062")
    assert api("clerk").post(path, {"deal": other["reference"]}).json()["code"] == "other-deal"

    linked = api("clerk").post(path, {"deal": two["reference"], "reason": "Their call."})

    assert (linked.json()["status"], linked.json()["deal"]) == ("MATCHED", two["reference"])
    assert (state_of(one), state_of(two)) == ("CAPTURED", "CONFIRMED")
    rest = send(api, theirs(one, our_ref=None))
    assert (rest["status"], rest["deal"]) == ("MATCHED", one["reference"])


def test_one_confirmation_has_a_deal_and_the_next_alleges_another(api: Api, deal: Any) -> None:
    ours = deal()
    assert send(api, theirs(ours))["status"] == "MATCHED"
    twice = send(api, theirs(ours))
    assert (twice["status"], [c["code"] for c in twice["causes"]]) == (
        "ALLEGED",
        ["already-matched"],
    )
    gone = send(api, {
        "function": "withdraw", "reason": "Sent twice.",
        **{name: twice[name] for name in ("entity", "counterparty", "their_ref")},
    }, status=200)  # fmt: skip
    assert (gone["reference"], gone["status"]) == (twice["reference"], "WITHDRAWN")
    nothing = {
        "function": "withdraw",
        "entity": "RUS",
        "counterparty": ours["counterparty"],
        "their_ref": "X",
    }
    assert api("clerk").post("/confirmations/", nothing).status_code == 404


def test_a_file_is_taken_row_by_row_and_again_adds_nothing(api: Api, deal: Any) -> None:
    ours, other = deal(), deal(quantity="7")
    rows = [
        theirs(ours),
        {"entity": "RUS"},
        theirs(other, amount=None),
        theirs(other) | {"side": "both"},
    ]
    body = "\n".join(map(json.dumps, rows))

    def post(key: str | None = None) -> Any:
        return api("clerk").post(
            "/confirmations/bulk/", body, key=key, content_type="application/x-ndjson"
        )

    answer = post("once")
    assert answer.status_code == 200, answer.content
    told = answer.json()
    assert told["counts"] == {"received": 2, "refused": 2}
    assert told["states"] == {"MATCHED": 2}
    assert [row["status"] for row in told["rows"]] == ["received", "refused", "received", "refused"]
    assert {e["pointer"] for e in told["rows"][1]["problem"]["errors"]} >= {"/their_ref", "/side"}
    assert post("once").headers["Idempotency-Replayed"] == "true"
    assert post().json()["counts"] == {"duplicate": 2, "refused": 2}
    assert (state_of(ours), state_of(other)) == ("CONFIRMED", "CONFIRMED")
    names = sorted(theirs(ours))
    csv = (
        ",".join(names) + "\n" + ",".join(theirs(ours, amount=None).get(name, "") for name in names)
    )
    taken = api("clerk").post("/confirmations/bulk/", csv, content_type="text/csv").json()
    assert taken["counts"] == {"received": 1}
    assert taken["states"] == {"ALLEGED": 1}
    wrong = api("clerk").post("/confirmations/bulk/", "colour\nred", content_type="text/csv")
    assert (wrong.status_code, wrong.json()["code"]) == (400, "wrong-header")
    assert "their_ref" in wrong.json()["hint"]


@pytest.mark.parametrize(
    ("change", "pointers"),
    [
        ({"counterparty": "NOBODY", "entity": "X"}, {"/counterparty", "/entity"}),
        ({"amount": None, "price": None}, {"/amount"}),
        ({"pair": "EUR/USD"}, {"/instrument"}),
        (
            {"trade_date": "2026-02-30", "settlement_date": "9999-12-31"},
            {"/trade_date", "/settlement_date"},
        ),
        ({"quantity": "0", "price": "-1"}, {"/quantity", "/price"}),
        ({"currency": "ZZZ", "sent_at": "yesterday"}, {"/currency", "/sent_at"}),
    ],
)
def test_what_cannot_be_taken_says_all_that_is_wrong(
    api: Api, sample: Any, change: Any, pointers: Any
) -> None:
    answer = api("clerk").post("/confirmations/", theirs(sample, **change))
    assert answer.status_code == 422, answer.content
    assert {e["pointer"] for e in answer.json()["errors"]} == pointers
    assert ReceivedConfirmation.objects.count() == 0


def test_an_unknown_instrument_differs_and_refuses_nothing(api: Api, deal: Any) -> None:
    ours = deal()
    found = send(api, theirs(ours, instrument="XX0000000001"))
    assert found["status"] == "MISMATCHED"
    assert [d["field"] for d in found["differences"]] == ["instrument"]


def test_the_clock_tells_what_nobody_has_confirmed(api: Api, deal: Any) -> None:
    ours = deal()
    cut_off = datetime.fromisoformat("2026-11-23T19:00:00+03:00")
    assert tell_unconfirmed(at=cut_off - timedelta(seconds=1)) == 0
    assert tell_unconfirmed(at=cut_off) == 1
    assert tell_unconfirmed(at=cut_off) == 0
    assert items("unconfirmed") == {f"deal:{ours['reference'][2:]}": "unconfirmed"}
    send(api, theirs(ours))
    follow_events()
    assert items("unconfirmed") == {}


def test_what_they_said_stays_as_it_was_received(api: Api, deal: Any) -> None:
    send(api, theirs(deal()))
    for change in ("amount = 1", "raw = ''", "side = 'buy'"):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"UPDATE deals_receivedconfirmation SET {change}")
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM deals_receivedconfirmation")
