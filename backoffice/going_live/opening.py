"""Opening books with a folder: everything in one transaction, compared before anybody sees it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import psycopg2
from django.db import DataError, IntegrityError, connection, transaction

from backoffice.access.models import User
from backoffice.events.models import Event
from backoffice.events.services import NewEvent, record_events
from backoffice.going_live.books import Books, books_in
from backoffice.going_live.deals import Deals, deals_in, placed
from backoffice.going_live.exporting import NUMBERED
from backoffice.going_live.folder import DEALS, Folder, Problems, read_folder
from backoffice.going_live.lots import Lots, lots_in
from backoffice.going_live.names import Names, unknown
from backoffice.going_live.proofs import prove
from backoffice.going_live.taxes import Taxes, taxes_in
from backoffice.kernel.errors import Conflict, Invalid
from backoffice.kernel.i18n import gettext_noop
from deals.booking.lots import keep_lots
from deals.booking.posting import post_trades
from deals.models import Deal
from deals.state import DealState
from deals.taking_on import take_on_deals
from ledger.lots.keeping import keep_changes, put_pools
from ledger.models import (
    BusinessDay,
    JournalEntry,
    LedgerAccount,
    LotPool,
    NdflIncome,
    NdflWithholding,
)
from ledger.services import prepare_months, recorded_month
from ledger.taking_on import begin_after, go_on_from, open_balances, put_accounts
from settlements.clearing.computing import net_deals
from settlements.models import Settlement
from settlements.preparing import prepare_settlements
from settlements.taking_on import take_on_settlements

OPENED = "entity.open_books"
LOCK = 7_000_071  # an advisory lock: books are opened one after the other


class OtherDay(Invalid):
    code = "other-day"
    title = gettext_noop("The folder is of another day")
    detail = gettext_noop("It says how books stood on %(told)s, not on %(day)s.")
    hint = gettext_noop("Check the folder, or give its own day.")


class NotEmpty(Conflict):
    code = "books-not-empty"
    title = gettext_noop("The books are not empty")
    detail = gettext_noop("%(entity)s has deals, entries or business days already.")
    hint = gettext_noop("Books are opened once, before anything else is done in them.")


@dataclass(frozen=True, slots=True)
class Opened:
    """What was opened; `again`: all of it was there already, from the same folder."""

    digest: str
    deals: int = 0
    settlements: int = 0
    entries: int = 0
    again: bool = False


@transaction.atomic
def open_books(root: Path, *, day: date, actor: User, at: datetime) -> Opened:
    """Open empty books with a folder, or refuse the whole of it; the same folder twice changes nothing.

    Raises FolderRefused with all that was found, OtherDay, NotEmpty.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
    problems = Problems()
    folder = read_folder(root, problems)
    if folder.day != day:
        raise OtherDay(told=folder.day.isoformat(), day=day.isoformat())
    names = Names.read(folder.entities)
    for code in folder.entities:
        if code not in names.entities:
            unknown(problems, ("books.json", 0), code)
    problems.refuse()
    entity_ids = [names.entities[code] for code in folder.entities]
    if _opened_before(entity_ids, folder):
        return Opened(folder.digest, again=True)
    told = _told(folder, names, problems, at)
    try:
        opened = _write(told, entity_ids, problems, actor, at)
    except (DataError, IntegrityError, psycopg2.DataError, psycopg2.IntegrityError) as error:
        problems.add(
            "books.json", 0, "refused-by-database", gettext_noop("The database takes none of it: %(why)s"),
            gettext_noop("Find the row that it means, and mend it."), why=str(error).partition("\n")[0],
        )  # fmt: skip
        problems.refuse()
        raise
    prove(folder, names, told.lots, entity_ids, problems)
    problems.refuse()
    for entity_id in entity_ids:
        begin_after(entity_id=entity_id, day=folder.day, at=at)
    _tell(folder, entity_ids, opened, actor, at)
    return opened


def _opened_before(entity_ids: Sequence[int], folder: Folder) -> bool:
    """Whether these books were opened with the same folder. Raises NotEmpty where anything else is in them."""
    rows = Event.objects.filter(kind=OPENED, subject_id__in=entity_ids)
    known = [facts.get("digest") for facts in rows.values_list("facts", flat=True)]
    if len(known) == len(entity_ids) and set(known) == {folder.digest}:
        return True
    for code, id in zip(folder.entities, entity_ids, strict=True):
        if any(
            model.objects.filter(entity=id).exists() for model in (Deal, JournalEntry, BusinessDay)
        ):
            raise NotEmpty(entity=code)
    return False


@dataclass(frozen=True, slots=True)
class _Told:
    """A folder that was read, with keys for its codes."""

    folder: Folder
    names: Names
    books: Books
    lots: Lots
    taxes: Taxes
    deals: Deals


def _told(folder: Folder, names: Names, problems: Problems, at: datetime) -> _Told:
    told = _Told(
        folder, names, books_in(folder, names, problems), lots_in(folder, names, problems),
        taxes_in(folder, names, problems), deals_in(folder, problems, now=at),
    )  # fmt: skip
    for file, model, numbers in (
        ("accounts.csv", LedgerAccount, [n for rows in told.books.accounts.values() for n, _ in rows]),
        ("pools.csv", LotPool, [number for number, _ in told.lots.pools]),
        (DEALS, Deal, list(told.deals.settlements)),
        (DEALS, Settlement, [s.number for rows in told.deals.settlements.values() for _, s in rows]),
    ):  # fmt: skip
        for row in model.objects.filter(pk__in=numbers).order_by("pk"):
            problems.add(
                file, 0, "number-taken", gettext_noop("%(what)s is there already, of other books."),
                gettext_noop("Give it another number."), what=str(row),
            )  # fmt: skip
    problems.refuse()
    return told


def _write(
    told: _Told, entity_ids: Sequence[int], problems: Problems, actor: User, at: datetime
) -> Opened:
    prepare_months(recorded_month(at))
    folder, taken = told.folder, [each for rows in told.deals.taken.values() for each in rows]
    for rows in told.books.accounts.values():
        put_accounts(rows)
    put_pools(told.lots.pools)
    # What is written from here on has the numbers after those of the other system; entries are our own until the end.
    _go_on(folder, without="entry")
    take_on_deals(taken, system=folder.system, actor=actor, at=at)
    ids = [each.id for each in taken]
    post_trades(deal_ids=ids, at=at)
    keep_lots(deal_ids=ids, at=at)
    keep_changes(told.lots.changes, at=at)
    NdflWithholding.objects.bulk_create(told.taxes.withheld)
    NdflIncome.objects.bulk_create(told.taxes.incomes)
    those = placed(told.deals, told.names, problems, Deal.objects.in_bulk(ids))
    problems.refuse()
    settled = take_on_settlements(those, system=folder.system, actor=actor, at=at)
    entries = 0
    for entity_id in entity_ids:
        stood = told.books.balances.get(entity_id, [])
        of_entity = [entry for entry in settled if entry.entity_id == entity_id]
        entries += open_balances(stood, of_entity, entity_id=entity_id, at=at)
    _go_on(folder)
    agreed = [each.id for each in taken if each.state == DealState.CONFIRMED]
    prepare_settlements(deal_ids=agreed, at=at)
    net_deals(deal_ids=told.deals.cleared, at=at)
    return Opened(folder.digest, len(taken), len(those), entries)


def _go_on(folder: Folder, *, without: str = "") -> None:
    for name, table in NUMBERED.items():
        go_on_from(table, 1 if name == without else folder.numbers.get(name, 1))


def _tell(
    folder: Folder, entity_ids: Sequence[int], opened: Opened, actor: User, at: datetime
) -> None:
    facts = {
        "digest": opened.digest, "day": folder.day.isoformat(), "from": folder.system,
        "deals": opened.deals, "settlements": opened.settlements, "entries": opened.entries,
    }  # fmt: skip
    record_events(
        [
            NewEvent(
                kind=OPENED, subject_type="entity", subject_id=id, entity_id=id, facts=facts
            )
            for id in entity_ids
        ],
        actor_id=actor.pk, at=at,
    )  # fmt: skip
