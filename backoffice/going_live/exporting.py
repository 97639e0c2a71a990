"""Writing a folder: how the books of entities stand on the evening of a day."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.db import connection, transaction

from backoffice.going_live import books, deals, lots, proofs, taxes
from backoffice.going_live.folder import write_deals, write_manifest, write_table
from backoffice.going_live.left import left_behind
from backoffice.kernel.errors import Conflict
from backoffice.kernel.i18n import gettext_noop
from deals.models import Deal
from deals.taking_on import still_of_use
from ledger.models import JournalEntry
from refdata.models import Entity

NUMBERED = {
    "deal": "deals_deal", "settlement": "settlements_settlement", "entry": "ledger_journalentry",
    "account": "ledger_ledgeraccount", "pool": "ledger_lotpool", "run": "settlements_settlementrun",
}  # fmt: skip


class LaterEntries(Conflict):
    code = "later-entries"
    title = gettext_noop("There are entries or deals after that day")
    detail = gettext_noop("%(entries)s entries and %(deals)s deals are of days after %(day)s.")
    hint = gettext_noop("Choose the last day on which anything was booked, before the next begins.")


class SomethingLeft(Conflict):
    code = "something-left"
    title = gettext_noop("Something is under way that a folder does not tell")
    detail = gettext_noop("%(what)s")
    hint = gettext_noop(
        "Finish it first, or export all the same (--leave): it is listed, and begun anew in the other system."
    )


# One knowledge for all files.
@transaction.atomic
def export_books(
    entities: Sequence[Entity], *, day: date, root: Path, leave: bool
) -> dict[str, int]:
    """Write the books of entities into a new folder; how many rows each file has.

    The folder is there whole or not at all. Raises LaterEntries and SomethingLeft.
    """
    with connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
    ids = [entity.pk for entity in entities]
    later = JournalEntry.objects.filter(entity_id__in=ids, effective_date__gt=day).count()
    dealt = Deal.objects.filter(entity_id__in=ids, trade_date__gt=day).count()
    if later or dealt:
        raise LaterEntries(entries=later, deals=dealt, day=day.isoformat())
    of_use = still_of_use(ids, day.year)
    left = left_behind(ids, of_use)
    if left and not leave:
        raise SomethingLeft(what=", ".join(f"{count} {name}" for name, count in left.items()))
    beside = root.with_name(f".{root.name}.part")
    shutil.rmtree(beside, ignore_errors=True)
    beside.mkdir(parents=True)
    counts = _write(beside, ids, day, of_use)
    write_manifest(
        beside,
        {
            "day": day.isoformat(), "system": "backoffice", "entities": [e.code for e in entities],
            "numbers": {name: _next(table) for name, table in NUMBERED.items()}, "left": left,
        },
    )  # fmt: skip
    beside.rename(root)
    return counts


def _write(root: Path, ids: Sequence[int], day: date, of_use: Sequence[int]) -> dict[str, int]:
    tables: dict[str, Iterable[Sequence[Any]]] = {
        "accounts.csv": books.told(books.ACCOUNTS, entities=list(ids)),
        "balances.csv": books.told(books.BALANCES, entities=list(ids), day=day),
        "pools.csv": books.told(lots.POOLS, entities=list(ids)),
        "lots.csv": [*lots.told_lots(ids, day.year, deal_ids=of_use), *_without_cost(ids, day)],
        "taxes.csv": taxes.told_taxes(ids, day.year),
        "incomes.csv": taxes.told_incomes(ids, day),
        "depository.csv": [(*k, v) for k, v in proofs.at_places(ids, day, "HOLDING").items()],
        "bank.csv": [(*k, v) for k, v in proofs.at_places(ids, day, "CASH").items()],
        "accruals.csv": [(e, o, a, amount, c) for e, o, a, amount, c in proofs.accruals(ids, day)],
    }
    counts = {name: write_table(root, name, rows) for name, rows in tables.items()}
    counts["deals.ndjson"] = write_deals(root, deals.told(of_use))
    return counts


def _without_cost(ids: Sequence[int], day: date) -> list[tuple[Any, ...]]:
    """What is held and was never bought through us: no lot says what it cost."""
    more = proofs.positions(ids, day)
    for key, quantity in proofs.in_lots(ids).items():
        more[key] = more.get(key, Decimal(0)) - quantity
    midnight = f"{day}T00:00:00+00:00"
    return [
        (entity, owner, "GENERAL", asset, None, quantity > 0, abs(quantity), *[None] * 3, day, midnight, 0, *[None] * 5)
        for (entity, owner, asset), quantity in more.items()
        if quantity
    ]  # fmt: skip


def _next(table: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_get_serial_sequence(%s, 'id')", [table])
        (sequence,) = cursor.fetchone()
        cursor.execute(f"SELECT last_value + is_called::int FROM {sequence}")  # noqa: S608 - of ours
        return int(cursor.fetchone()[0])
