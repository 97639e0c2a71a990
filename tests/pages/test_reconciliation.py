"""The workbench, the queue of breaks and the page of a match: what is offered, taken, refused and told."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from backoffice.access.models import User
from reconciliation.models import Match, Reconciliation
from tests.reconciliation.matching.stage import (
    DAY,
    booked,
    live,
    matched,
    pair,
    run,
    statement,
    told,
)

pytestmark = pytest.mark.usefixtures("own_database")


def browser(name: str) -> Client:
    client = Client(raise_request_exception=True)
    client.force_login(User.objects.get(username=name))
    return client


def page(client: Client, path: str, language: str = "en", **query: Any) -> str:
    answer = client.get(path, query, headers={"Accept-Language": language})
    assert answer.status_code == 200, answer.status_code
    return answer.content.decode()


def test_the_workbench_shows_both_sides_and_takes_what_is_chosen() -> None:
    entry = booked("1234.50", days=5)
    (line,) = statement([told("1234.50", counterparty_name="Alfa", text="Payment 7")], day=DAY)
    statement([], day=DAY + timedelta(days=5))
    run()
    clerk, reference = browser("clerk"), str(Reconciliation.objects.get())

    shown = page(clerk, "/reconciliation/workbench/")
    assert "1,234.50" in shown
    assert "Alfa" in shown
    body = {"reconciliation": reference, "line": [line], "entry": [entry]}
    answer = clerk.post("/reconciliation/workbench/match/", body)

    assert answer.status_code == 302
    assert matched() == {pair(line, entry): "PERSON"}
    assert "Every line has its entry." in page(clerk, "/reconciliation/workbench/")


def test_what_is_proposed_is_taken_by_one_click_only_where_nothing_differs() -> None:
    sums = [booked("60"), booked("40")]
    (line, _rival, _other) = statement([told("100"), told("7"), told("7", days=1)])
    booked("7")
    run()
    clerk = browser("clerk")

    shown = page(clerk, "/reconciliation/workbench/")

    assert shown.count('id="offer-') == 1
    assert "The only ones with that sum" in shown
    assert "More than one fits" in shown
    reference = str(Reconciliation.objects.get())
    clerk.post("/reconciliation/workbench/match/",
               {"reconciliation": reference, "line": [line], "entry": sums})  # fmt: skip
    assert set(matched().values()) == {"PERSON"}


def test_sides_that_differ_stay_chosen_and_say_what_is_left() -> None:
    entry = booked("100")
    (line,) = statement([told("99")])
    run()
    clerk, reference = browser("clerk"), str(Reconciliation.objects.get())

    answer = clerk.post(
        "/reconciliation/workbench/match/",
        {"reconciliation": reference, "line": [line], "entry": [entry]}, follow=True,
    )  # fmt: skip

    shown = answer.content.decode()
    assert "-1 USD are left" in shown
    assert shown.count(" checked") == 2


def test_a_fee_is_proposed_by_one_click_and_accepted_by_another_person() -> None:
    statement([told("-15", text="Account fee")])
    run()
    (row,) = live()
    clerk, checker = browser("clerk"), browser("checker")

    assert "On the statement, not in our books" in page(clerk, "/reconciliation/breaks/")
    assert "Book as a fee" in page(clerk, f"/reconciliation/breaks/{row}/")
    clerk.post(f"/reconciliation/breaks/{row}/propose/", {"remedy": "FEE"})
    assert "Accept" not in page(clerk, f"/reconciliation/breaks/{row}/")
    assert 'id="step-accept"' in page(checker, f"/reconciliation/breaks/{row}/")
    checker.post(f"/reconciliation/breaks/{row}/accept/")

    assert set(matched().values()) == {"REMEDY"}
    match = Match.objects.get()
    assert "The difference is booked" in page(clerk, f"/reconciliation/matches/{match}/")
    assert "Отразить как комиссию" in page(clerk, f"/reconciliation/breaks/{row}/", "ru")


def test_a_match_is_undone_with_a_reason_and_not_without() -> None:
    booked("5", source=("settlement", 900_001))
    statement([told("5", "S-900001")])
    run()
    clerk, match = browser("clerk"), Match.objects.get()

    clerk.post(f"/reconciliation/matches/{match}/undo/", {"reason": " "})
    assert len(matched()) == 1
    clerk.post(f"/reconciliation/matches/{match}/undo/", {"reason": "another payment"})

    assert matched() == {}
    assert "another payment" in page(clerk, f"/reconciliation/matches/{match}/")
    assert f"{match}" in page(clerk, "/reconciliation/matches/")


def test_without_a_statement_the_workbench_says_what_would_appear() -> None:
    assert "Nothing is reconciled yet" in page(browser("auditor"), "/reconciliation/workbench/")


def test_a_break_says_what_to_do_with_what_is_known_filled_in() -> None:
    entry = booked("100", source=("settlement", 900_001))
    statement([])
    run()
    (row,) = live()
    clerk = browser("clerk")

    shown = page(clerk, f"/reconciliation/breaks/{row}/")
    assert f'value="Asked {row.place.name} where S-900001 of 23 Nov 2026 is."' in shown
    assert "What to do" in shown
    assert re.search(r'id="chase-on"[^>]*value="20\d\d-\d\d-\d\d"', shown)
    assert 'class="primary"' not in shown.split("<main", 1)[-1].split('id="remedies"')[0]
    assert "Что делать" in page(clerk, f"/reconciliation/breaks/{row}/", "ru")
    body = {"reason": "", "chase_on": "2020-01-01"}
    refused = clerk.post(f"/reconciliation/breaks/{row}/chase/", body)
    assert refused.status_code == 422
    assert entry


def test_what_was_decided_before_is_one_click_on_the_workbench_and_the_filled_button() -> None:
    statement([told("-15", text="Account fee, November 2026")])
    run()
    (row,) = live()
    clerk, checker = browser("clerk"), browser("checker")
    clerk.post(f"/reconciliation/breaks/{row}/propose/", {"remedy": "FEE"})
    checker.post(f"/reconciliation/breaks/{row}/accept/")
    statement([told("-16", text="Account fee, November 2027")], day=DAY + timedelta(days=1))
    run()
    (again,) = live()

    shown = page(clerk, "/reconciliation/workbench/")
    assert "As it was decided before: Book as a fee" in shown
    assert f'id="repeat-{again}"' in shown
    assert "Как решили в прошлый раз" in page(clerk, "/reconciliation/workbench/", "ru")
    filled = page(clerk, f"/reconciliation/breaks/{again}/").split('id="remedy-FEE"')[1]
    assert 'class="primary"' in filled.split("</form>")[0]
    assert f'id="repeat-{again}"' not in page(browser("auditor"), "/reconciliation/workbench/")


def test_a_break_that_points_elsewhere_leads_there() -> None:
    booked("100")
    statement([told("100")])
    run()
    match = Match.objects.get()
    statement([told("100", days=1)], day=DAY + timedelta(days=1))
    clerk, reference = browser("clerk"), str(Reconciliation.objects.get())

    clerk.post("/reconciliation/workbench/run/", {"reconciliation": reference})

    (row,) = live(kind="BANK")
    told_at = f"/reconciliation/matches/{match}/"
    assert told_at in page(clerk, f"/reconciliation/breaks/{row}/")
    assert told_at in page(clerk, "/reconciliation/breaks/")
    assert browser("auditor").post("/reconciliation/workbench/run/").status_code == 403
