"""What may be supposed of a day, by codes, and what of it that names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time
from decimal import Decimal
from typing import NamedTuple

from django.db.models import Model

from backoffice.kernel.errors import FieldProblem, Invalid
from backoffice.kernel.i18n import gettext_noop
from refdata.models import Asset, Party, Place
from refdata.selectors import reference_data
from settlements.naming import key_named, not_positive_at, unknown_at

MOST_NAMED = 20  # of a kind of thing that is supposed
MOST_VOLUME = Decimal(300)
MOST_AWAY, SECONDS, MOST_SECONDS = (
    1_000,
    60,
    3_600,
)  # people; for a release, where nothing else is said
_NOTHING = Decimal(0)
Key = tuple[int, int, int]  # owner, place, asset


class BadScenario(Invalid):
    code = "bad-scenario"
    title = gettext_noop("What is supposed cannot be read")
    detail = gettext_noop("A code names nothing, or a number is out of bounds.")
    hint = gettext_noop("Mend what is named beside each field.")


class Coming(NamedTuple):
    """So much more of an asset (ISIN or currency) of an owner at a place, from a time of the day on."""

    owner: str
    place: str
    asset: str
    quantity: Decimal
    after: time | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ScenarioTerms:
    """What is supposed: all of it at once.

    `silent` bring nothing; `volume` is per cent more of what is due; what was dealt on markets named `earlier` settles
    a day earlier; `releases` is how many settlements people can still release today (None: all), and where some are
    `away` no more than the others can, at so many `seconds` each; fails cost what a `rule` says that is not in force.
    """

    silent: tuple[str, ...] = ()
    coming: tuple[Coming, ...] = ()
    volume: Decimal = _NOTHING
    earlier: tuple[str, ...] = ()
    releases: int | None = None
    away: int = 0
    seconds: int = SECONDS
    rule: str = ""


class Named(NamedTuple):
    """What a scenario names, by key; what comes at each moment in turn, and markets with their later day."""

    silent: frozenset[int] = frozenset()
    coming: Sequence[Mapping[Key, Decimal]] = ()
    earlier: Mapping[str, date] = {}


NOBODY = Named()


def named_in(scenario: ScenarioTerms, day: date) -> Named:
    """What the codes name. Raises BadScenario."""
    problems: list[FieldProblem] = []
    if not 0 <= scenario.volume <= MOST_VOLUME:
        problems.append(_out_of_bounds("/volume", scenario.volume, MOST_VOLUME))
    for name, least, most in (("away", 0, MOST_AWAY), ("seconds", 1, MOST_SECONDS)):
        if not least <= getattr(scenario, name) <= most:
            problems.append(_out_of_bounds(f"/{name}", getattr(scenario, name), most))
    for name in ("silent", "coming", "earlier"):
        if len(getattr(scenario, name)) > MOST_NAMED:
            problems.append(_out_of_bounds(f"/{name}", len(getattr(scenario, name)), MOST_NAMED))
    parties = dict(Party.objects.filter(code__in=scenario.silent).values_list("code", "pk"))
    problems += [
        unknown_at(f"/silent/{n}", code) for n, code in enumerate(scenario.silent) if code not in parties
    ]  # fmt: skip
    earlier = _later_days(scenario.earlier, day)
    problems += [
        unknown_at(f"/earlier/{n}", code) for n, code in enumerate(scenario.earlier) if code not in earlier
    ]  # fmt: skip
    coming = _coming(scenario.coming, problems)
    if problems:
        raise BadScenario(problems)
    return Named(frozenset(parties.values()), coming, earlier)


def _later_days(markets: Sequence[str], day: date) -> dict[str, date]:
    """Of each market that is known the business day after, by its calendar of settlement."""
    reference = reference_data()
    return {
        row.market: reference.calendars[row.calendar].add(day, 1)
        for row in reference.cycles if row.market in markets
    }  # fmt: skip


def _coming(rows: Sequence[Coming], problems: list[FieldProblem]) -> list[dict[Key, Decimal]]:
    """By moment in turn, what comes at once first. Adds to `problems` what names nothing."""
    found: dict[time, dict[Key, Decimal]] = {time.min: {}}
    for number, row in enumerate(rows):
        ids = [key_named(model, getattr(row, name)) for name, model in _NAMED.items()]
        problems += [
            unknown_at(f"/coming/{number}/{name}", getattr(row, name))
            for name, id in zip(_NAMED, ids, strict=True) if id is None
        ]  # fmt: skip
        if row.quantity <= 0:
            problems.append(not_positive_at(f"/coming/{number}/quantity"))
        at = found.setdefault(row.after or time.min, {})
        owner, place, asset = (id or 0 for id in ids)
        at[owner, place, asset] = at.get((owner, place, asset), _NOTHING) + row.quantity
    return [found[moment] for moment in sorted(found)]


_NAMED: dict[str, type[Model]] = {"owner": Party, "place": Place, "asset": Asset}


def _out_of_bounds(pointer: str, value: object, most: object) -> FieldProblem:
    return FieldProblem(
        pointer, "out-of-bounds", gettext_noop("%(value)s is not within 0 and %(most)s."),
        gettext_noop("Suppose less."), {"value": str(value), "most": str(most)},
    )  # fmt: skip
