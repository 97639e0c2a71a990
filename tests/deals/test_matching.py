"""Many confirmations against many deals: every planted difference is found, and none that is not there."""

from __future__ import annotations

from collections import Counter

import pytest
from django.utils import timezone

from backoffice.events.models import Event
from benchmarks.confirm import PLACES
from benchmarks.confirmed import PLANTED, generate
from benchmarks.confirmed_rows import store, wrong_ones
from deals.confirming.matching import match_confirmations
from deals.models import Confirmation, Deal, ReceivedConfirmation
from tests.sizes import MANY_DEALS

pytestmark = [pytest.mark.usefixtures("own_database"), pytest.mark.slow]


def test_all_that_was_planted_is_found_and_nothing_else() -> None:
    feed = generate(max(MANY_DEALS, 3_000), places=PLACES)  # so many that every kind is planted
    store(feed)
    assert {sent.kind for sent in feed.sent} >= {*PLANTED} - {"silent"}
    ids, at = [sent.id for sent in feed.sent], timezone.now()

    counts = match_confirmations(ids=ids, at=at)

    assert wrong_ones(feed) == []
    assert counts == Counter(sent.expected.state for sent in feed.sent)
    exact = ReceivedConfirmation.objects.filter(verdict="EXACT")
    assert Deal.objects.filter(state="CONFIRMED").count() == exact.count() > 0.9 * len(feed.deals)
    assert Confirmation.objects.filter(how="matched").count() == exact.count()
    one = exact.earliest("pk")
    assert one.deal is not None
    assert one.deal.confirmations.get().evidence == str(one)
    events = Event.objects.count()
    assert match_confirmations(ids=ids, at=at) == Counter()  # a second run changes nothing
    assert Event.objects.count() == events
