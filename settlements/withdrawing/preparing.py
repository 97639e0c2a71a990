"""The payment of a withdrawal: one settlement, by the client's own standing instruction, from where its money is."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import connection

from backoffice.kernel.errors import Conflict
from backoffice.kernel.i18n import gettext_noop
from refdata.models import Place
from settlements.payments import BY_INSTRUCTION
from settlements.withdrawing.models import Withdrawal


class NowhereToPay(Conflict):
    code = "nowhere-to-pay"
    title = gettext_noop("We do not know where to pay")
    detail = gettext_noop("No approved instruction of %(client)s takes %(currency)s on %(day)s.")
    hint = gettext_noop("Record the client's bank account as an instruction, and have it approved.")


class NoAccountToPayFrom(Conflict):
    code = "no-account-to-pay-from"
    title = gettext_noop("We have no account there")
    detail = gettext_noop("%(entity)s has no account in %(currency)s at %(place)s.")
    hint = gettext_noop("Name the place where the client's money is.")


class NothingLeavesFromThere(Conflict):
    code = "nothing-leaves-from-there"
    title = gettext_noop("Nothing leaves from our own books")
    detail = gettext_noop("%(place)s stands in our own books: no bank pays from there.")
    hint = gettext_noop("Move the money to a bank first, and name the bank.")


_WAYS = f"""
SELECT (SELECT i.id FROM ({
    BY_INSTRUCTION.format(
        party="%(client)s", day="%(day)s::date", entity="%(entity)s", currency="%(currency)s"
    )
}) i),
       (SELECT n.number FROM refdata_nostroaccount n
         WHERE n.entity_id = %(entity)s AND n.place_id = %(place)s AND n.currency = %(currency)s
         ORDER BY n.owner_id = %(client)s DESC, n.kind DESC, n.id LIMIT 1)
"""  # noqa: S608
_PREPARE = """
WITH put AS (
  INSERT INTO settlements_settlement
         (entity_id, owner_id, counterparty_id, source_type, source_id, place_id, ssi_id, ssi_snapshot, method,
          delivers, asset_id, quantity, money_asset_id, amount, interest, due_date, makers, prepared_at)
  SELECT w.entity_id, w.client_id, w.client_id, 'withdrawal', w.id, w.place_id, s.id,
         jsonb_build_object('depository_account', s.depository_account, 'cash_account', s.cash_account,
                            'place', s.place_id, 'nostro', %(nostro)s::text),
         'PFOD', false, w.money_asset_id, 0, w.money_asset_id, %(amount)s, 0, %(due)s,
         ARRAY[w.proposed_by_id], %(at)s
    FROM settlements_withdrawal w JOIN refdata_standinginstruction s ON s.id = %(ssi)s
   WHERE w.id = %(withdrawal)s
  RETURNING id, entity_id, source_id, asset_id, amount, due_date),
     owed AS (
  INSERT INTO settlements_obligation (entity_id, settlement_id, source_type, source_id, direction, asset_id,
                                      quantity, due_date)
  SELECT p.entity_id, p.id, 'withdrawal', p.source_id, 'PAY', p.asset_id, p.amount, p.due_date FROM put p),
     told AS (
  INSERT INTO events_event (kind, subject_type, subject_id, entity_id, recorded_at, target, facts)
  SELECT 'settlement.prepare', 'settlement', p.id, p.entity_id, %(at)s, 'PREPARED',
         jsonb_build_object('withdrawal', 'WD-' || p.source_id)
    FROM put p)
SELECT id FROM put
"""


def ways_to_pay(row: Withdrawal, *, day: date) -> tuple[int, str]:
    """The client's instruction and our account.

    Raises NothingLeavesFromThere, NowhereToPay, NoAccountToPayFrom.
    """
    if row.place.finality == Place.Finality.INTERNAL:
        raise NothingLeavesFromThere(place=row.place.code)
    currency = row.money_asset.code
    asked: dict[str, Any] = {
        "client": row.client_id, "entity": row.entity_id, "place": row.place_id, "day": day,
        "currency": currency,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(_WAYS, asked)
        ssi, nostro = cursor.fetchone()
    if ssi is None:
        raise NowhereToPay(client=row.client.code, currency=currency, day=day.isoformat())
    if nostro is None:
        raise NoAccountToPayFrom(entity=row.entity.code, currency=currency, place=row.place.code)
    return ssi, nostro


def prepare_payment(row: Withdrawal, *, amount: Decimal, due: date, at: datetime) -> int:
    """Prepare the payment of so much; its number. Raises NowhereToPay, NoAccountToPayFrom."""
    ssi, nostro = ways_to_pay(row, day=due)
    asked: dict[str, Any] = {
        "withdrawal": row.pk, "ssi": ssi, "nostro": nostro, "amount": amount, "due": due, "at": at,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(_PREPARE, asked)
        return int(cursor.fetchone()[0])
