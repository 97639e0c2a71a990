"""Which settlements a restriction stops: by asset, account, party and place, on either side."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from django.db import connection

from backoffice.kernel.errors import Conflict
from backoffice.kernel.i18n import gettext_noop
from backoffice.kernel.rows import array
from refdata.custody.sql import account_of, stopping


class Restricted(Conflict):
    """Something of it may not be delivered, or paid, as long as a restriction is in force."""

    code = "restricted"
    title = gettext_noop("A restriction forbids it")
    detail = gettext_noop("%(restriction)s: %(act)s, by %(document)s.")
    hint = gettext_noop("Two people lift the restriction with its permit, or record the permit.")


# Securities leave one side and money the other; each is looked at with the account that it leaves. Where no
# restriction is in force, which is nearly always, no settlement is read.
_RESTRICTED = f"""
WITH forbidden AS MATERIALIZED (
       SELECT r.* FROM refdata_restriction r WHERE {stopping("r", "%(day)s::date")})
SELECT DISTINCT ON (s.id) s.id, r.id, r.act, r.document
  FROM settlements_settlement s
 CROSS JOIN LATERAL (VALUES ('NO_DELIVER', s.asset_id, s.quantity, s.delivers, 'depository_account'),
                            ('NO_PAY', s.money_asset_id, s.amount, NOT s.delivers, 'cash_account'))
       AS m(act, asset_id, quantity, ours, theirs)
  JOIN forbidden r ON r.act IN (m.act, 'PERMIT_REQUIRED')
   AND (r.entity_id IS NULL OR r.entity_id = s.entity_id)
   AND (r.asset_id IS NULL OR r.asset_id = m.asset_id)
   AND (r.party_id IS NULL OR r.party_id IN (s.owner_id, s.counterparty_id))
   AND (r.place_id IS NULL OR r.place_id = s.place_id)
   AND CASE WHEN m.ours THEN {account_of("r", "s.place_id", "s.owner_id")}
            ELSE r.account IN ('', s.ssi_snapshot ->> m.theirs) END
 WHERE s.id = ANY(%(ids)s) AND m.quantity > 0 AND EXISTS (SELECT 1 FROM forbidden)
 ORDER BY s.id, r.id
"""  # noqa: S608


def restricted(ids: Sequence[int], *, on: date) -> dict[int, Restricted]:
    """Those of some settlements that may not go on that day, each with the restriction that stops it.

    One that names a party stops what it gives and what it is given.
    """
    if not ids:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(_RESTRICTED, {"ids": array(ids), "day": on})
        return {
            id: Restricted(restriction=f"RS-{key}", act=act, document=document)
            for id, key, act, document in cursor.fetchall()
        }
