"""The limit journal and the document register: what happened, and what left by which number, as known then."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.utils import timezone

from backoffice.documents.signing import accept_signed_copies
from reporting.models import ReportRun
from reporting.services import verify_run
from tests.documents.test_issuing import issue, order, signed, who
from tests.flows.test_breaches import bank, breached, soon
from tests.following import follow_events, until_known
from tests.reporting.running import run_of, told

pytestmark = pytest.mark.usefixtures("own_database")
EVER = ("2000-01-01", "2100-01-01")


def limit_journal(**more: str) -> ReportRun:
    asked = dict(zip(("happened_from", "happened_until"), EVER, strict=True))
    return run_of("limit-journal", parameters=asked | more)


def document_register(**more: str) -> ReportRun:
    asked = dict(zip(("issued_from", "issued_until"), EVER, strict=True))
    return run_of("document-register", parameters=asked | more)


def test_a_breach_and_what_was_decided_about_it_stand_in_the_journal(
    api: Any, sample: dict[str, Any]
) -> None:
    """37,494,000 of 30,000,000 is dealt, explained, and accepted by an override of the manager."""
    breached(api, sample)
    (row,) = api("risk").get("/limits/breaches/", status="OPEN").json()["results"]
    before = limit_journal()
    why = {"reason": "A client's order was given up late."}
    api("risk").post(f"/limits/breaches/{row['reference']}/explain/", why)
    asked = {"amount": "7494000.00", "valid_until": soon(), "reason": "until it settles"}
    override = api("risk").post(f"/limits/{bank()}/overrides/", asked).json()["reference"]
    api("manager").post(f"/limits/overrides/{override}/approve/")
    follow_events()

    mine = [each for each in told(limit_journal()) if each["limit"] == bank()]
    columns = ("event", "reference", "state", "amount", "cause", "actor", "reason")
    assert [tuple(each[c] for c in columns) for each in mine] == [
        ("breach.open", row["reference"], "OPEN", "7494000", "DEAL", None, None),
        ("breach.explain", row["reference"], "EXPLAINED", None, None, "risk", why["reason"]),
        ("override.propose", override, "PROPOSED", "7494000", None, "risk", "until it settles"),
        ("override.approve", override, "APPROVED", None, None, "manager", None),
        ("override.activate", override, "IN_FORCE", None, None, None, None),
        ("breach.accept", row["reference"], "ACCEPTED", None, None, None, None),
    ]
    assert {(each["entity"], each["limit_kind"], each["currency"]) for each in mine} == {
        ("RUS", "COUNTERPARTY_PRESETTLEMENT", "RUB")
    }
    assert before.known_at is not None
    assert limit_journal(known_at=before.known_at.isoformat()).sha256 == before.sha256
    assert verify_run(before).equal


def test_a_document_stands_in_the_register_and_is_signed_once_another_accepted_the_copy() -> None:
    (first,) = issue(order(7))
    (second,) = issue(order(7, version=2))
    issue(order(8, on=date(1999, 12, 31)))  # before the days asked for
    columns = (
        "number",
        "subject",
        "version",
        "party",
        "issued_by",
        "replaces",
        "signed_on",
        "pdf_sha256",
    )
    expected = [
        (first.number, "D-7", "1", "CL-ANNA", "clerk", None, None, first.pdf_sha256),
        (second.number, "D-7", "2", "CL-ANNA", "clerk", first.number, None, second.pdf_sha256),
    ]
    before = document_register()
    assert [tuple(row[c] for c in columns) for row in told(before)] == expected

    copy = signed(second)
    assert [row["signed_on"] for row in told(document_register())] == [None, None]
    accept_signed_copies(ids=[copy.pk], actor=who("checker"), at=timezone.now())
    until_known()
    assert [row["signed_on"] for row in told(document_register())] == [
        None,
        copy.signed_on.isoformat(),
    ]
    assert before.known_at is not None
    assert document_register(known_at=before.known_at.isoformat()).sha256 == before.sha256
