"""What a simulated market is like: how much is dealt, when it settles, and how often what goes wrong.

`DEVELOPMENT` is the market that forecasting was made with; those of `UNSEEN` were never looked at while it was, and
it is judged by them alone (decision 0336).
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """Counts are of a usual day, shares of deals or of what falls due; spreads are of logarithms."""

    name: str
    deals: float
    weekdays: tuple[float, ...]  # how much of the usual, Monday first
    month_end: float  # how much more on the last two days
    persistence: float  # how much of a day's mood the next day has
    mood: float  # spread of the mood
    growth: float  # a day
    lags: tuple[float, ...]  # shares that settle today, tomorrow…; the rest on the next fixed date
    fixed: str  # which: "MONTH_END", "THIRD_WEDNESDAY" or "FRIDAY"
    cancelled: float
    repair: float
    unconfirmed: float
    mismatched: float
    failing: float
    breaks: float
    luck: float  # spread of each day's share that goes wrong
    remedies: float  # of breaks
    instructions: float  # a day: changes that wait for other eyes
    actions: float  # a day: corporate actions announced
    incomes: float  # items of one on its payment date
    elections: float  # items of one on its record date
    bills: float  # on each of the first days of a month
    night: float  # open points of a night


DEVELOPMENT = World(
    name="development", deals=120, weekdays=(0.95, 1.05, 1.0, 1.1, 0.9), month_end=1.5, persistence=0.6,
    mood=0.18, growth=0.001, lags=(0.05, 0.55, 0.15, 0.02), fixed="MONTH_END", cancelled=0.02, repair=0.03,
    unconfirmed=0.05, mismatched=0.06, failing=0.05, breaks=0.06, luck=0.2, remedies=0.6, instructions=4,
    actions=0.6, incomes=9, elections=5, bills=6, night=1.5,
)  # fmt: skip
UNSEEN = (
    # A broker of shares: many deals, nearly all settle tomorrow, moods last.
    World(
        name="broker", deals=320, weekdays=(1.1, 1.0, 0.95, 1.0, 0.8), month_end=1.15, persistence=0.75,
        mood=0.22, growth=0.0, lags=(0.02, 0.83, 0.05), fixed="FRIDAY", cancelled=0.01, repair=0.015,
        unconfirmed=0.02, mismatched=0.025, failing=0.03, breaks=0.025, luck=0.25, remedies=0.5,
        instructions=3, actions=1.0, incomes=6, elections=3, bills=4, night=1.0,
    ),
    # A house of bonds, repo and forwards: fewer deals, much on fixed dates and at the ends of months, little luck.
    World(
        name="dealer", deals=70, weekdays=(0.8, 1.0, 1.2, 1.1, 0.9), month_end=2.2, persistence=0.4, mood=0.25,
        growth=0.002, lags=(0.1, 0.25, 0.2, 0.05, 0.05), fixed="THIRD_WEDNESDAY", cancelled=0.05, repair=0.05,
        unconfirmed=0.12, mismatched=0.1, failing=0.12, breaks=0.15, luck=0.35, remedies=0.7, instructions=6,
        actions=0.4, incomes=15, elections=10, bills=9, night=2.5,
    ),
)  # fmt: skip
DEVELOPMENT_SEEDS = (1, 2, 3)
UNSEEN_SEEDS = (101, 102, 103, 104, 105)
