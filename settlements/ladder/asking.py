"""What a ladder is asked for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from backoffice.kernel.business_days import ONE_DAY
from backoffice.kernel.errors import Invalid
from backoffice.kernel.i18n import gettext_noop
from settlements.ladder.kinds import Counting, Whose

MOST_DAYS = 92
USUAL_DAYS = 7


class WrongSpan(Invalid):
    code = "wrong-span"
    title = gettext_noop("The ladder cannot cover these days")
    detail = gettext_noop("From %(on)s until %(until)s: at most %(most)s days, and not backwards.")
    hint = gettext_noop("Choose a later last day, or fewer days.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Which days, whose money, where, in which currency; empty: all. Codes, as people name them.

    `silent` are the keys of parties that bring nothing, `taken` those of settlements that are left out: a
    what-if puts something else in their place.
    """

    on: date
    until: date
    entity: str = ""
    place: str = ""
    owner: str = ""
    currency: str = ""
    whose: str = Whose.OWN
    counting: str = Counting.ALL
    silent: tuple[int, ...] = ()
    taken: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        if not ONE_DAY * 0 <= self.until - self.on < timedelta(MOST_DAYS):
            raise WrongSpan(on=self.on.isoformat(), until=self.until.isoformat(), most=MOST_DAYS)
