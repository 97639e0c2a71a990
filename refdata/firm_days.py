"""Which day it is for the firm: its clock is not UTC, and its day begins before or after that of UTC."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.conf import settings

FIRM_ZONE = ZoneInfo(settings.FIRM_TIME_ZONE)


def firm_day(at: datetime) -> date:
    """The date on the firm's calendar at a moment: what is asked, dated or valued now carries it.

    Moments themselves are kept in UTC, and so are the months that tables are partitioned by.
    """
    return at.astimezone(FIRM_ZONE).date()
