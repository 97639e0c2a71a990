"""By whose clock documents are dated."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

from refdata.selectors import reference_data


def zone_of_documents() -> ZoneInfo:
    return reference_data().zones.get("RU", ZoneInfo("Europe/Moscow"))


def today_of(at: datetime) -> date:
    """The date that a document issued or signed now carries: the firm's day begins before that of UTC."""
    return at.astimezone(zone_of_documents()).date()
