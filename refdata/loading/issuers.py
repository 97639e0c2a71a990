"""Who issued an instrument, where a file tells it by tax number (INN)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from django.db import transaction

from refdata.models import Instrument, Party, PartyIdentifier

INN = "INN"
ISSUER = "ISSUER"


class Issuer(NamedTuple):
    inn: str
    name: str


@transaction.atomic
def keep_issuers(told: Mapping[str, Issuer]) -> set[str]:
    """Name the issuers of instruments (by ISIN) that have none yet; return those ISINs.

    An issuer that nobody knows becomes a party in that role alone. What people have set stays.
    """
    rows = list(Instrument.objects.filter(isin__in=told, issuer__isnull=True))
    if not rows:
        return set()
    wanted = {told[str(row.isin)] for row in rows}
    parties = _parties({issuer.inn: issuer for issuer in sorted(wanted)})
    for row in rows:
        row.issuer_id = parties[told[str(row.isin)].inn]
    Instrument.objects.bulk_update(rows, ["issuer"], batch_size=1_000)
    return {str(row.isin) for row in rows}


def _parties(issuers: Mapping[str, Issuer]) -> dict[str, int]:
    """The parties of these tax numbers, those added that are not there."""
    identifiers = PartyIdentifier.objects.filter(scheme=INN, value__in=issuers)
    found = dict(identifiers.values_list("value", "party_id"))
    new = [issuer for inn, issuer in issuers.items() if inn not in found]
    made = Party.objects.bulk_create(
        Party(
            code=f"{INN}-{issuer.inn}", name=issuer.name[:200], name_ru=issuer.name[:200],
            roles=[ISSUER],
        )
        for issuer in new
    )  # fmt: skip
    PartyIdentifier.objects.bulk_create(
        PartyIdentifier(party=party, scheme=INN, value=issuer.inn)
        for party, issuer in zip(made, new, strict=True)
    )
    return found | {issuer.inn: party.pk for party, issuer in zip(made, new, strict=True)}
