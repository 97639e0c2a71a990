"""What dated rules of settlement say, in words: the members of their values, by kind of rule."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from backoffice.templatetags import desk
from settlements.fails.state import Scheme
from settlements.running.state import RunMode, RunObjective

AGREED_BY = {
    "zone": _("Local time of"), "by": _("Agreed until"), "days_before": _("So many business days before"),
    "calendar": _("Calendar"),
}  # fmt: skip
MEMBERS: Mapping[str, Mapping[str, Any]] = {
    "settle.objective": {
        "aim": _("What a run wants that names nothing itself"),
        "client_percent": _("A client's counts more by, %"),
        "day_percent": _("Each day of waiting raises it by, %"),
        "most_days": _("Of at most so many days"),
        "skipped_runs": _("So many runs that left it out raise it by a class"),
    },
    "settle.partials": {
        "allowed": _("May settle in parts"), "minimum_percent": _("A part is at least, % of the whole"),
        "lots": _("Parts go in"),
    },
    "settle.cut_offs": {
        "zone": _("Local time of"), "input_by": _("Instructions are taken until"),
        "input_days_before": _("So many business days before"), "dvp_by": _("Against payment settles until"),
        "fop_by": _("Free of payment settles until"), "cash_by": _("Payments settle until"),
        "currencies": _("Other times of some currencies"),
    },
    "settle.cycles": {
        "at": _("Runs are asked for at"), "zone": _("Local time of"), "mode": _("What they look at"),
        "calendar": _("On the business days of"),
    },
    "settlement.shapes": {
        "most": _("One instruction is of at most"), "kinds": _("Of some kinds of instrument at most"),
    },
    "work.order": {
        "calendar": _("On the business days of"), "zone": _("Local time of"),
        "begins": _("People work from"), "ends": _("People work until"),
        "ahead": _("Part of the work that stands before one who is passed over"),
        "oldest": _("As often as old as first in, first out, an item may become"),
        "at_least": _("At least so many working minutes old"),
        "history": _("Looked back over so many working days"),
    },
    "work.handling": {
        "days": _("Measured over the last so many days"),
        "weight": _("So many measured items weigh as much as the rule"),
        "rows": _("Minutes by kind, and their spread as a part of them"),
    },
    "work.productivity": {
        "calendar": _("On the business days of"),
        "again_days": _("What undoes it counts for so many business days"),
        "least_items": _("Handling is told of so many items at least"),
        "least_people": _("Teams are told of so many people at least"),
        "head_after_days": _("Who leads waits for the person so many business days"),
    },
    "netting.cut_offs": AGREED_BY, "clearing.cut_offs": AGREED_BY,
    "fails.scheme": {
        "scheme": _("What is settled with a counterparty"),
        "cleared": _("What is settled with a clearing house"),
    },
    "fails.terms": {
        "basis_points": _("A day, in hundredths of a percent"), "base": _("Of what"),
        "cap": _("At most that share of it"), "free_days": _("Days that cost nothing"), "days": _("Which days count"),
        "claim_from": _("The night claims from an amount of"),
    },
    "csdr.penalty_rate": {"basis_points": _("A day, in hundredths of a percent")},
    "csdr.cash_rate": {"rate": _("Rate of interest"), "divisor": _("Days of its year")},
    "csdr.collection": {
        "appeal_day": _("Appealed until, business day of the next month"),
        "due_day": _("Collected on, business day of the next month"),
    },
}  # fmt: skip
WORDS: Mapping[str, Any] = {
    **{str(value): label for value, label in (*RunObjective.choices, *RunMode.choices, *Scheme.choices)},
    "MONEY": _("the money that is owed"), "PRICE": _("the securities at the day's price"),
    "UNIT": _("units"), "INSTRUMENT": _("lots of the instrument"),
    "BUSINESS": _("business days"), "CALENDAR": _("calendar days"),
}  # fmt: skip


def told(kind: str, value: Any) -> list[tuple[Any, str]]:
    """A value as titles and words; nothing for a kind whose members have no titles."""
    titles = MEMBERS.get(kind)
    if titles is None or not isinstance(value, Mapping):
        return []
    return [
        (titles.get(name, name), _written(value[name], titles))
        for name in (*titles, *(value.keys() - titles.keys()))
        if name in value
    ]


def _written(value: Any, titles: Mapping[str, Any]) -> str:
    if value in (None, "") or value == {}:
        return "–"
    if isinstance(value, Mapping):
        return "; ".join(_named(str(name), each, titles) for name, each in value.items())
    if isinstance(value, bool):
        return gettext("yes") if value else gettext("no")
    if isinstance(value, str) and value in WORDS:
        return str(WORDS[value])
    return desk.written(value)


def _named(name: str, value: Any, titles: Mapping[str, Any]) -> str:
    """What holds for one key of a member; what it leaves unsaid is left out."""
    if not isinstance(value, Mapping):
        return f"{name} {_written(value, titles)}"
    said = (
        f"{titles.get(each, each)} {_written(found, titles)}"
        for each, found in value.items()
        if found is not None
    )
    return f"{name}: {', '.join(said)}"
