"""Funding proposals for a ladder: which transfers its calendars and cut-offs allow, and what rates say of the rest."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from backoffice.kernel.business_days import ONE_DAY
from deals.exposing.exposure import NoRate
from deals.exposing.valuing import Market
from refdata.selectors import reference_data
from settlements.ladder.funding import Possible, Proposal, last_value_date, proposals_of
from settlements.ladder.kinds import Whose
from settlements.ladder.rules import Key
from settlements.ladder.selectors import Ladder


def proposals(ladder: Ladder) -> list[Proposal]:
    """What to do about every lack of our own money on a ladder. Deterministic: the same ladder, the same answer."""
    own = [line for line in ladder.lines if ladder.names[line.key].whose == Whose.OWN]
    return proposals_of(own, _Allowed(ladder).possible())


class _Allowed:
    """What calendars, cut-offs, pairs and rates allow."""

    def __init__(self, ladder: Ladder) -> None:
        self.ladder, self.days, self.today = ladder, ladder.days, ladder.span.today
        self.first = max(self.today, ladder.asked.on)
        self.market = Market(reference_data(), self.today, ())

    def possible(self) -> Possible:
        return Possible(self.first, self.transfer_date, self.deadline, self.exchange, self.worth)

    def transfer_date(self, source: Key, to: Key, on: date) -> date | None:
        """The last value date of a transfer: open at both, and still to be instructed. None without an account."""
        if source.place_id is None or to.place_id is None:
            return None

        def allowed(day: date) -> bool:
            return all(
                self.days.is_open(key, day) and not self._missed(key, day) for key in (source, to)
            )

        return last_value_date(on, first=self.first, allowed=allowed)

    def _missed(self, key: Key, day: date) -> bool:
        by = self.days.instructed_by(key, day)
        return by is not None and self.ladder.span.at > by

    def deadline(self, to: Key, source: Key | None, day: date) -> datetime | None:
        """The earliest of what both places ask."""
        bounds = [self.days.instructed_by(key, day) for key in (to, source) if key is not None]
        return min((each for each in bounds if each is not None), default=None)

    def exchange(self, key: Key, on: date) -> bool:
        """Whether so many open days of its currency are left as a deal of today takes to settle."""
        reference, code = reference_data(), self.days.currencies[key.asset_id]
        days = [
            pair.spot_days
            for pair in reference.pairs
            if code in (pair.base, pair.quote) and pair.valid_from <= self.today
            and (pair.valid_until is None or self.today < pair.valid_until)
        ]  # fmt: skip
        if not days:
            return False
        day, left = self.today, min(days)
        while left:
            day = self.days.first_open(key, day + ONE_DAY)
            left -= 1
        return day <= on

    def worth(self, amount: Decimal, of: Key, into: Key) -> Decimal | None:
        """By the last stored rates; None where there is none."""
        codes = self.days.currencies
        try:
            return self.market.converted(
                amount,
                codes[of.asset_id],
                codes[into.asset_id],
                self.market.today(None, moves=False),
            )
        except NoRate:
            return None


def is_late(proposal: Proposal, at: datetime) -> bool:
    """Whether its deadline has passed already: then a person calls the bank."""
    return proposal.deadline is not None and at > proposal.deadline
