"""What messages of a place name, as our reference data have it: accounts of ours and securities, many at a time."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from backoffice.connectors.places.told import Source
from refdata.models import DepositoryAccount, Instrument


def entities_of(numbers: Iterable[str], source: Source) -> dict[str, int]:
    """Whose accounts at the place these are, by number; what is nobody's of ours is not there."""
    rows = DepositoryAccount.objects.filter(place_id=source.speaker, number__in=set(numbers))
    return dict(rows.values_list("number", "entity_id"))


class Known(NamedTuple):
    """An account of ours: whose, at which place."""

    entity_id: int
    place_id: int


def accounts_of(numbers: Iterable[str], source: Source) -> dict[str, Known]:
    """The accounts of ours that these numbers are, at the place that speaks, or at the only one that has such.

    Of a number that is ours at several places nobody can say which is meant: it is not there.
    """
    rows = DepositoryAccount.objects.filter(number__in=set(numbers))
    if source.place_id is not None:
        rows = rows.filter(place_id=source.place_id)
    found: dict[str, set[Known]] = {}
    for number, entity_id, place_id in rows.values_list("number", "entity_id", "place_id"):
        found.setdefault(number, set()).add(Known(entity_id, place_id))
    return {number: each.pop() for number, each in found.items() if len(each) == 1}


def securities_of(isins: Iterable[str]) -> dict[str, Instrument]:
    """The securities that are known, by ISIN."""
    rows = Instrument.objects.filter(isin__in=set(isins))
    return {str(row.isin): row for row in rows}
