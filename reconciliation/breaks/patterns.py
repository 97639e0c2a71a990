"""What a line has in common with others of its kind, by which it is found how they were decided."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence

from django.db import connection

from backoffice.kernel.rows import array

_NUMBERS = re.compile(
    r"\S*\d\S*"
)  # what changes from one to the next: dates, documents, references
_SIGNS = re.compile(r"[\W_]+")

_LINES = """
SELECT id, amount > 0, type_code, counterparty_tax_number, counterparty_account, counterparty_name, text
  FROM reconciliation_statementline WHERE id = ANY(%s::bigint[])
"""


def pattern_of(
    incoming: bool, type_code: str, tax_number: str, account: str, name: str, text: str
) -> str:
    """Which way, of what type, with whom, and the words of the text without their numbers; as a short hash.

    Empty for a line that says nothing of this.
    """
    who = tax_number or account.replace(" ", "").upper() or name.upper()
    words = _SIGNS.sub(" ", _NUMBERS.sub(" ", text.upper())).strip()[:120]
    if not (who or words):
        return ""
    told = "|".join(("+" if incoming else "-", type_code, who, words))
    return hashlib.sha256(told.encode()).hexdigest()[:32]


def patterns_of(line_ids: Sequence[int]) -> dict[int, str]:
    if not line_ids:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(_LINES, [array(line_ids)])
        return {id: pattern_of(*told) for id, *told in cursor.fetchall()}
