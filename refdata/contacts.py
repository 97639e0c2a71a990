"""Whom at a party we write to by ourselves."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from django.db.models import Q

from refdata.models import PartyContact


def settlement_contacts(party_ids: Collection[int], *, on: date) -> dict[int, PartyContact]:
    """Who is written to about settlements, by party: of several the one known last."""
    holds = Q(withdrawn_date__isnull=True) | Q(withdrawn_date__gt=on)
    rows = PartyContact.objects.filter(holds, party__in=party_ids, settles=True)
    return {row.party_id: row for row in rows.order_by("known_since", "pk")}
