"""What an amount under a limit says of the rates it was converted with."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from deals.exposing.exposure import described
from refdata.quotes import Rate, StoredRate

pytestmark = pytest.mark.django_db


def stored(id: int, base: str, day: date) -> StoredRate:
    return StoredRate(id, base, "RUB", Decimal("11.500"), day, "CBR", datetime.now(UTC))


def test_each_stored_rate_is_named_and_a_stale_one_said_to_be() -> None:
    old, new = stored(1, "CNY", date(2026, 6, 1)), stored(2, "USD", date(2026, 6, 4))
    assert list(described(Rate(Decimal(1), (old, new)), date(2026, 6, 5))) == [
        "CNY/RUB 11.5 of 2026-06-01 (CBR, stale)",
        "USD/RUB 11.5 of 2026-06-04 (CBR)",
    ]
    assert list(described(Rate(Decimal(1)), date(2026, 6, 5))) == []
