"""What is there already under the references of a file's rows, in a handful of queries for a chunk."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Count, Q

from deals.importing.judging import Judged, Outcome
from deals.importing.models import DealImport, ImportRow
from deals.importing.state import ImportState
from deals.models import Deal, Inbound

MARK = "~"  # before how many times a row was imported, where earlier times were undone


def source_of(row: DealImport) -> str:
    """What waits for repair is known by its entity: the same deal of another file is the same."""
    return f"IMPORT {row.entity.code}"


def number_again(judged: Iterable[Judged], *, entity_id: int) -> None:
    """Give rows whose earlier import was undone a reference of their own: `X`, then `X~2`."""
    rows = [each for each in judged if each.reference and each.outcome != Outcome.REFUSED]
    undone = dict(
        ImportRow.objects.filter(
            Q(deal__isnull=False) | Q(inbound__isnull=False),
            base__in={each.reference for each in rows},
            deal_import__state=ImportState.UNDONE,
            deal_import__entity_id=entity_id,
        )
        .values_list("base")
        .annotate(times=Count("deal_import", distinct=True))
    )
    for each in rows:
        each.base = each.reference
        times = undone.get(each.reference, 0)
        if times:
            each.refer_as(f"{each.reference}{MARK}{times + 1}")


def known_of(references: set[str], *, row: DealImport) -> dict[str, str]:
    """The deals, and what waits for repair, under these references: by reference, as people name them."""
    found = {
        reference: f"I-{id}"
        for reference, id in Inbound.objects.filter(
            Q(received_by_id=row.brought_by_id) | Q(source=source_of(row)),
            external_ref__in=references,
        ).values_list("external_ref", "id")
    }
    deals = Deal.objects.filter(entity_id=row.entity_id, external_ref__in=references)
    return found | {
        reference: f"D-{id}" for reference, id in deals.values_list("external_ref", "id")
    }
