"""The demonstration's day is captured from the firm that was just loaded, not from what was remembered."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest
from django.utils import timezone

from backoffice.demonstration.day import STORIES, load_day
from backoffice.demonstration.firm import load_people
from deals.models import Deal, Inbound
from refdata import selectors

pytestmark = pytest.mark.usefixtures("own_database")


def test_a_process_that_remembers_an_older_firm_reads_it_anew(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(selectors, "CHECK_EVERY_SECONDS", 600.0)
    older = replace(selectors.reference_data(), parties={}, instruments={})
    monkeypatch.setattr(selectors, "_snapshot", older)
    monkeypatch.setattr(selectors, "_checked_at", time.monotonic())
    load_day(load_people(), at=timezone.now())
    told = sum(story.count for story in STORIES)
    unresolved = sum(story.count for story in STORIES if story.name == "REPAIR")
    assert (Deal.objects.count(), Inbound.objects.count()) == (told - unresolved, unresolved)
