"""Workload in words: what brings work, and what to do about too much of it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.utils.formats import number_format
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from backoffice.desk.words import ITEM_TITLES
from backoffice.workflow.workload.remedies import Proposal, Remedy

DRIVERS: dict[str, Any] = {
    "due": _("Settlements that fall due"),
    "awaited": _("Deals that await confirmation"),
    "record": _("Record dates"),
    "payment": _("Payments of corporate actions"),
    "deadline": _("Deadlines of choices"),
}
WEEKDAYS = (_("Mon"), _("Tue"), _("Wed"), _("Thu"), _("Fri"), _("Sat"), _("Sun"))


def written(number: float | Decimal, places: int = 0) -> str:
    """A number as its reader writes it."""
    return number_format(Decimal(f"{number:.{places}f}"), places, force_grouping=True)


def shown(number: float | Decimal) -> str:
    """A number of items that is expected: below ten with a tenth, because a half does not round to none."""
    return written(number, 0 if number >= 10 else 1)


def remedy_words(proposal: Proposal, *, late: Decimal) -> str:
    """What would be late, and what to do about it, in two sentences."""
    count = max(round(late), 1)
    problem = ngettext(
        "%(count)s item would be late.", "%(count)s items would be late.", count
    ) % {"count": written(count)}  # fmt: skip
    facts = {
        "people": proposal.people, "queue": proposal.queue, "kind": ITEM_TITLES.get(proposal.kind, proposal.kind),
        "hours": written(proposal.hours, 1), "cost": written(proposal.cost, 1),
    }  # fmt: skip
    return f"{problem} {_ADVICE[proposal.remedy](proposal.people) % facts}"


def _move(people: int) -> str:
    return ngettext(
        "Cheapest: move %(people)s person from %(queue)s, %(cost)s hours of work in all.",
        "Cheapest: move %(people)s people from %(queue)s, %(cost)s hours of work in all.", people,
    )  # fmt: skip


def _earlier(people: int) -> str:
    return gettext(
        "Cheapest: begin up to %(hours)s h earlier, which costs as much as %(cost)s hours of work."
    )


def _automate(people: int) -> str:
    return gettext(
        "Cheapest: let a rule do “%(kind)s”; its making comes to %(cost)s hours of work for these days."
    )


def _people(people: int) -> str:
    return ngettext(
        "Neither moving people nor an earlier start nor a rule is enough: %(people)s more person is needed.",
        "Neither moving people nor an earlier start nor a rule is enough: %(people)s more people are needed.",
        people,
    )  # fmt: skip


_ADVICE = {
    Remedy.MOVE: _move, Remedy.EARLIER: _earlier, Remedy.AUTOMATE: _automate, Remedy.PEOPLE: _people,
}  # fmt: skip
