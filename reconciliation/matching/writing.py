"""Writing what the rules found: matches with their lines and entries, copied in."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from backoffice.events.copying import copy_rows, new_ids
from reconciliation.matching.items import Found

_ITEM = "match_id, number, line_id, entry_id, account_id, line_amount, entry_amount"


def write_matches(
    found: Sequence[Found], *, entity_ids: dict[int, int], at: datetime,
    actor_id: int | None = None, facts: dict[str, Any] | None = None,
) -> list[int]:  # fmt: skip
    """Write matches that hold; return their numbers in the order given. `entity_ids` by reconciliation."""
    if not found:
        return []
    ids = new_ids("reconciliation_match", len(found))
    told, moment = json.dumps(facts or {}), at.isoformat()
    pools = [each.pool for each in found]
    copy_rows(
        "reconciliation_match",
        "id, entity_id, reconciliation_id, rule, facts, matched_by_id, matched_at",
        (
            (id, entity_ids[pool], pool, each.rule.value, told, actor_id, moment)
            for id, pool, each in zip(ids, pools, found, strict=True)
        ),
    )
    copy_rows("reconciliation_matchitem", _ITEM, _items(ids, found))
    return ids


def _items(ids: Sequence[int], found: Sequence[Found]) -> Iterator[tuple[Any, ...]]:
    """Of one line and one entry a pair; of several each by itself."""
    for id, each in zip(ids, found, strict=True):
        if len(each.lines) == len(each.entries) == 1:
            line, entry = each.lines[0], each.entries[0]
            yield id, 1, line.id, entry.id, entry.account, line.amount, entry.amount
            continue
        for number, line in enumerate(each.lines, 1):
            yield id, number, line.id, None, None, line.amount, None
        for number, entry in enumerate(each.entries, 1 + len(each.lines)):
            yield id, number, None, entry.id, entry.account, None, entry.amount
