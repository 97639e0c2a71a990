"""What a line has in common with others of its kind, by which it is found how they were decided."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from functools import lru_cache

from django.db import connection

from backoffice.kernel.rows import array

_NUMBERS = re.compile(
    r"\S*\d\S*"
)  # what changes from one to the next: dates, documents, references
_SIGNS = re.compile(r"[\W_]+")
# Months change like numbers, and are written in words: of both languages, in any case.
_MONTHS = re.compile(
    r"\b(?:JANUARY|FEBRUARY|MARCH|APRIL|MAY|JUNE|JULY|AUGUST|SEPTEMBER|OCTOBER|NOVEMBER|DECEMBER|"
    r"(?:\u042f\u041d\u0412\u0410\u0420|\u0424\u0415\u0412\u0420\u0410\u041b|\u041c\u0410\u0420\u0422|\u0410\u041f\u0420\u0415\u041b|"
    r"\u0418\u042e\u041d|\u0418\u042e\u041b|\u0410\u0412\u0413\u0423\u0421\u0422|\u0421\u0415\u041d\u0422\u042f\u0411\u0420|\u041e\u041a\u0422\u042f\u0411\u0420|"
    r"\u041d\u041e\u042f\u0411\u0420|\u0414\u0415\u041a\u0410\u0411\u0420)[\u0410-\u042f]{0,2}|\u041c\u0410[\u0419\u042f\u0415])\b"
)

_LINES = """
SELECT id, amount > 0, type_code, counterparty_tax_number, counterparty_account, counterparty_name, text
  FROM reconciliation_statementline WHERE id = ANY(%s::bigint[])
"""


@lru_cache(maxsize=10_000)  # lines of a kind come in numbers: that is what a pattern is
def pattern_of(
    incoming: bool, type_code: str, tax_number: str, account: str, name: str, text: str
) -> str:
    """Which way, of what type, with whom, and the words of the text without numbers and months; as a short hash.

    Empty for a line that says nothing of this.
    """
    who = tax_number or account.replace(" ", "").upper() or name.upper()
    words = _SIGNS.sub(" ", _MONTHS.sub(" ", _NUMBERS.sub(" ", text.upper()))).strip()[:120]
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
