"""What messages of a place name, as our reference data have it: accounts of ours and securities, many at a time."""

from __future__ import annotations

from collections.abc import Iterable

from backoffice.connectors.places.told import Source
from refdata.models import DepositoryAccount, Instrument


def entities_of(numbers: Iterable[str], source: Source) -> dict[str, int]:
    """Whose accounts at the place these are, by number; what is nobody's of ours is not there."""
    rows = DepositoryAccount.objects.filter(place_id=source.place_id, number__in=set(numbers))
    return dict(rows.values_list("number", "entity_id"))


def securities_of(isins: Iterable[str]) -> dict[str, Instrument]:
    """The securities that are known, by ISIN."""
    rows = Instrument.objects.filter(isin__in=set(isins))
    return {str(row.isin): row for row in rows}
