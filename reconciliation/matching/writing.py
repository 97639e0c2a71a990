"""Writing what the rules found, copied in: pairs as a row each, several as a row and one for each part."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from backoffice.events.copying import copy_rows, new_ids
from reconciliation.matching.items import Found, total

_COLUMNS = (
    "id, entity_id, reconciliation_id, rule, part_of_id, line_id, entry_id, account_id, amount, facts, matched_by_id,"
    " matched_at"
)
_NO_ENTRY = (None, None)


def write_matches(
    found: Sequence[Found], *, entity_ids: dict[int, int], at: datetime,
    actor_id: int | None = None, facts: dict[str, Any] | None = None,
) -> list[int]:  # fmt: skip
    """Write matches that hold; return their numbers in the order given. `entity_ids` by reconciliation."""
    if not found:
        return []
    ids = iter(new_ids("reconciliation_match", sum(1 + _parts(each) for each in found)))
    written, rows, moment = [], list[tuple[Any, ...]](), at.isoformat()
    told = json.dumps(facts or {}), actor_id, moment
    as_part = "{}", actor_id, moment
    for each in found:
        id, same = next(ids), (entity_ids[each.pool], each.pool, each.rule.value)
        written.append(id)
        rows.append((id, *same, None, *_whole(each), *told))
        if _parts(each):
            rows += [(next(ids), *same, id, *part, *as_part) for part in _each_part(each)]
    copy_rows("reconciliation_match", _COLUMNS, rows)
    return written


def _parts(found: Found) -> int:
    """How many parts it is written as: none where it is a pair."""
    is_pair = len(found.lines) == len(found.entries) == 1
    return 0 if is_pair else len(found.items)


def _whole(found: Found) -> tuple[Any, ...]:
    """Line, entry, account and amount of a pair; of several their sum alone."""
    if _parts(found):
        return None, *_NO_ENTRY, total(found.lines or found.entries)
    (line,), (entry,) = found.lines, found.entries
    return line.id, entry.id, entry.account, line.amount


def _each_part(found: Found) -> Iterator[tuple[Any, ...]]:
    for line in found.lines:
        yield line.id, *_NO_ENTRY, line.amount
    for entry in found.entries:
        yield None, entry.id, entry.account, entry.amount
