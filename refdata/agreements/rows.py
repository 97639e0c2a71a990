"""The agreements as capture looks them up: from the snapshot of reference data, without a query."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

from refdata.agreements.state import holds_on
from refdata.models import Agreement


class AgreementRow(NamedTuple):
    id: int
    entity_id: int
    party_id: int
    kind: str
    number: str
    valid_from: date
    valid_until: date | None
    products: tuple[str, ...]
    currencies: tuple[str, ...]

    def holds(self, on: date) -> bool:
        return holds_on(self.valid_from, self.valid_until, on)


@dataclass(frozen=True, slots=True)
class AgreementBook:
    """All agreements, by their number and by the other party."""

    by_number: Mapping[tuple[int, str], Sequence[AgreementRow]] = field(default_factory=dict)
    by_party: Mapping[tuple[int, int], Sequence[AgreementRow]] = field(default_factory=dict)

    def named(self, entity_id: int, number: str) -> Sequence[AgreementRow]:
        """Those of an entity that bear a number; of several parties, since each numbers its own."""
        return self.by_number.get((entity_id, number), ())

    def in_force(
        self, entity_id: int, parties: Collection[int], on: date
    ) -> Sequence[AgreementRow]:
        """Those of an entity with any of the parties that hold on a day."""
        return [
            row
            for party_id in parties
            for row in self.by_party.get((entity_id, party_id), ())
            if row.holds(on)
        ]


def book_of(rows: Sequence[AgreementRow]) -> AgreementBook:
    by_number: dict[tuple[int, str], list[AgreementRow]] = {}
    by_party: dict[tuple[int, int], list[AgreementRow]] = {}
    for row in rows:
        by_number.setdefault((row.entity_id, row.number), []).append(row)
        by_party.setdefault((row.entity_id, row.party_id), []).append(row)
    return AgreementBook(by_number, by_party)


def agreements_now() -> AgreementBook:
    names = Agreement.objects.order_by("id").values_list(*AgreementRow._fields)
    return book_of(
        [
            AgreementRow(*row)._replace(products=tuple(row[7]), currencies=tuple(row[8]))
            for row in names
        ]
    )
