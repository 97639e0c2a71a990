"""Which accounts with banks are held against which cash accounts of ours: found anew as statements come."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import date
from typing import Any

from django.db import connection
from django.db.models import Q

from ledger.services import AccountKey, account_ids
from ledger.state import AccountKind
from reconciliation.models import ReconciledAccount, ReconciledNostro, Reconciliation
from refdata.models import AccountMember, Currency, NostroAccount

LOCK = 7_000_032  # an advisory lock together with the entity's number

# Of accounts with statements: from which day on, and up to which there are any.
_TOLD = """
SELECT s.nostro_id, min(coalesce(s.from_date, s.until_date)), max(s.until_date)
  FROM reconciliation_statement s
  JOIN refdata_nostroaccount n ON n.id = s.nostro_id
 WHERE n.entity_id = ANY(%s::bigint[]) AND s.kind = 'END_OF_DAY' GROUP BY s.nostro_id
"""
# Of accounts that are not reconciled yet: the lines of the others are not looked at.
_LINES = """
SELECT n.id, min(l.day), max(l.day)
  FROM refdata_nostroaccount n JOIN reconciliation_statementline l ON l.nostro_id = n.id AND l.booked
 WHERE n.entity_id = ANY(%s::bigint[]) AND NOT EXISTS (
       SELECT FROM reconciliation_reconcilednostro r WHERE r.nostro_id = n.id)
 GROUP BY n.id
"""
# An account with several behind it is covered as far as the least of its statements.
_COVER = """
UPDATE reconciliation_reconciliation r SET until = t.until
  FROM (SELECT n.reconciliation_id AS id, min(g.until) AS until
          FROM reconciliation_reconcilednostro n
          JOIN unnest(%s::bigint[], %s::date[]) AS g(nostro_id, until) ON g.nostro_id = n.nostro_id
         GROUP BY n.reconciliation_id) t
 WHERE r.id = t.id AND r.until IS DISTINCT FROM t.until
"""


def keep_pools(entity_ids: Collection[int], *, day: date) -> None:
    """Bring the reconciliations of entities up to their accounts and statements; in the caller's transaction.

    Accounts of one owner at a place, in one currency, belong together: our books do not tell them apart.
    """
    told: dict[int, tuple[date, date | None]] = {}
    with connection.cursor() as cursor:
        for id in sorted(entity_ids):
            cursor.execute("SELECT pg_advisory_xact_lock(%s, hashint8(%s))", [LOCK, id])
        for query in (_LINES, _TOLD):
            cursor.execute(query, [sorted(entity_ids)])
            told |= {id: (since, until) for id, since, until in cursor.fetchall() if since}
    known = set(ReconciledNostro.objects.values_list("nostro_id", flat=True))
    rows = NostroAccount.objects.filter(pk__in=told.keys()).order_by("pk")
    shared = [row for row in rows if row.pk not in known or row.kind == "CLIENT_OMNIBUS"]
    assets = dict(Currency.objects.values_list("code", "asset_id"))
    owners = _owners(shared, day)
    for row in shared:
        _keep(row, owners[row.pk], assets[row.currency], told[row.pk][0])
    days = [(id, until) for id, (_, until) in told.items()]
    with connection.cursor() as cursor:
        cursor.execute(_COVER, [[id for id, _ in days], [until for _, until in days]])


def _owners(rows: Sequence[NostroAccount], day: date) -> dict[int, set[int]]:
    """Whose money is on each account: of one of several clients everybody's who is behind it."""
    members = AccountMember.objects.filter(
        Q(valid_until__isnull=True) | Q(valid_until__gt=day), valid_from__lte=day
    )
    found = {row.pk: set() if row.kind == "CLIENT_OMNIBUS" else {row.owner_id} for row in rows}
    by_account: dict[tuple[int, str], set[int]] = {}
    for place, account, owner in members.values_list("place_id", "account", "owner_id"):
        by_account.setdefault((place, account), set()).add(owner)
    for row in rows:
        found[row.pk] |= by_account.get((row.place_id, row.number), set())
    return found


def _keep(row: NostroAccount, owners: Iterable[int], asset_id: int, since: date) -> None:
    keys = [
        AccountKey(row.entity_id, AccountKind.CASH.value, owner, place_id=row.place_id)
        for owner in sorted(owners)
    ]
    accounts = set(account_ids(keys).values())
    taken = ReconciledAccount.objects.filter(account_id__in=accounts, asset_id=asset_id)
    there = ReconciledNostro.objects.filter(nostro=row).first()
    pool_id = there.reconciliation_id if there else None
    if pool_id is None:
        other = taken.order_by("pk").values_list("reconciliation_id", flat=True).first()
        pool_id = other or Reconciliation.objects.create(
            entity_id=row.entity_id, place_id=row.place_id, asset_id=asset_id,
            currency=row.currency, since=since,
        ).pk  # fmt: skip
        ReconciledNostro.objects.create(reconciliation_id=pool_id, nostro=row)
    ReconciledAccount.objects.bulk_create(
        ReconciledAccount(reconciliation_id=pool_id, account_id=id, asset_id=asset_id)
        for id in sorted(accounts - set(taken.values_list("account_id", flat=True)))
    )


def pools_of(entity_ids: Collection[int], nostro_ids: Collection[int] | None = None) -> list[int]:
    """The reconciliations of entities, or of some accounts with banks."""
    rows = Reconciliation.objects.filter(entity_id__in=entity_ids)
    if nostro_ids is not None:
        rows = rows.filter(nostros__nostro_id__in=nostro_ids)
    return sorted(set(rows.values_list("pk", flat=True)))


def locked(pool_ids: Collection[int]) -> list[Any]:
    """The reconciliations, locked in ascending id: nobody else matches them until the transaction ends."""
    rows = Reconciliation.objects.filter(pk__in=pool_ids).select_related("place")
    return list(rows.order_by("pk").select_for_update(of=("self",)))
