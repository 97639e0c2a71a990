"""The report to a client: what it has, what moved, and nothing of anybody else."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import translation

from ledger.models import NdflWithholding
from ledger.state import AccountKind
from reporting.comparing import compare
from reporting.formats.shown import about
from reporting.models import ReportRun
from reporting.parameters import InvalidParameters
from reporting.services import verify_run
from tests.following import follow_events
from tests.reporting.running import file_bytes, run_of, told
from tests.reporting.stated_firm import CASH, HOLDING, TUESDAY, WEDNESDAY, Firm, a_week

pytestmark = pytest.mark.usefixtures("own_database")


def report(client: str, **more: str) -> ReportRun:
    days = {"kept_from": TUESDAY.isoformat(), "kept_until": WEDNESDAY.isoformat()}
    return run_of("client-report", parameters={"client": client} | days | more)


def cells(run: ReportRun, section: str, *columns: str) -> list[tuple[str | None, ...]]:
    return [tuple(row[c] for c in columns) for row in told(run, section=section)]


@pytest.fixture
def firm(own_database: None) -> Firm:
    """Of the client: 500 rubles and 7 shares on Monday; on Wednesday 120 rubles go, 3 shares come."""
    firm = a_week()
    client = firm.client
    firm.post(WEDNESDAY, ((AccountKind.OPENING, client), (CASH, client), firm.rub, 120))
    firm.post(WEDNESDAY, ((HOLDING, client), (AccountKind.OPENING, client), firm.share, 3))
    return firm


def test_what_it_has_is_worth_the_price_of_the_last_day(firm: Firm) -> None:
    """10 shares at 260 rubles, and 380 rubles."""
    run = report(firm.client.code)
    columns = ("asset", "place", "balance", "price", "day", "gross", "currency")
    assert cells(run, "held", *columns) == [
        (firm.share.isin, "CSDX", "10", "260", WEDNESDAY.isoformat(), "2600.00", "RUB"),
        ("RUB", "CSDX", "380", None, None, "380.00", "RUB"),
    ]


def test_every_operation_of_it_and_of_nobody_else(firm: Firm) -> None:
    run = report(firm.client.code)
    columns = ("line", "incoming", "outgoing", "balance")
    assert cells(run, "money", *columns) == [
        ("OPENING", None, None, "500"), ("OPERATION", None, "120", "380"), ("CLOSING", None, "120", "380"),
    ]  # fmt: skip
    assert cells(run, "securities", *columns) == [
        ("OPENING", None, None, "7"), ("OPERATION", "3", None, "10"), ("CLOSING", "3", None, "10"),
    ]  # fmt: skip
    assert {row["owner"] for row in told(run, section="money")} == {firm.client.code}


def test_what_was_kept_back_of_it(firm: Firm) -> None:
    NdflWithholding.objects.create(
        entity=firm.entity, taxpayer=firm.client, year=2020, day=TUESDAY, source_type="test", source_id=1,
        payment=1000, tax=130, before=0, withheld=130, transfer_by=WEDNESDAY,
    )  # fmt: skip
    run = report(firm.client.code)
    assert cells(run, "taxes", "day", "gross", "withheld", "currency") == [
        (TUESDAY.isoformat(), "1000.00", "130.00", "RUB")
    ]


def test_a_deal_of_it_stands_there(api: Any, sample: dict[str, Any]) -> None:
    of_client = {
        "stage": "executed", "book": "EQ-CL", "capacity": "CLIENT", "client": "CL-ANNA", "account": "A-1",
    }  # fmt: skip
    deal = api("dealer").post("/deals/", sample | of_client).json()["reference"]
    api("dealer").post("/deals/", sample | {"stage": "executed", "external_ref": "OURS"})
    follow_events()
    days = {"kept_from": "2026-11-23", "kept_until": "2026-11-23"}
    assert cells(report("CL-ANNA", **days), "deals", "reference", "owner") == [(deal, "CL-ANNA")]


def test_what_is_corrected_is_another_run_and_both_say_what_differs(firm: Firm) -> None:
    first = report(firm.client.code)
    entry = firm.post(
        TUESDAY, ((CASH, firm.client), (AccountKind.OPENING, firm.client), firm.rub, 5)
    )
    second = report(firm.client.code)
    assert verify_run(first).equal
    assert first.sha256 != second.sha256
    found = compare(first, second)
    assert f"E-{entry}" in str(found)


def test_an_unknown_client_is_refused() -> None:
    with pytest.raises(InvalidParameters) as refusal:
        report("NOBODY")
    assert [(p.pointer, p.code) for p in refusal.value.problems] == [
        ("/parameters/client", "unknown-party")
    ]


@pytest.mark.parametrize("language", ["en", "ru"])
def test_it_is_printed(firm: Firm, language: str) -> None:
    run = report(firm.client.code)
    assert file_bytes(run, "pdf", language).startswith(b"%PDF")
    name = {"en": "Anna Petrova CL-ANNA", "ru": "Анна Петрова CL-ANNA"}[language]
    with translation.override(language):
        assert name in dict(about(run)).values()
