"""By what a party is known on a statement and in our reference data, so that both can be compared."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection

from django.db.models import Q

from reconciliation.matching.items import NOTHING
from refdata.models import Party, PartyIdentifier, StandingInstruction

TAX, ACCOUNT, NAME = "T:", "A:", "N:"
# What surrounds a name without belonging to it: forms of companies, in both alphabets.
_FORMS = re.compile(
    r"\b(?:LLC|LTD|PLC|INC|AG|SA|GMBH|JSC|PJSC|OJSC|CJSC|OOO|AO|PAO|ZAO|NKO|"
    r"\u041e\u041e\u041e|\u0410\u041e|\u041f\u0410\u041e|\u0417\u0410\u041e|\u041d\u041a\u041e)\b"
)
_SIGNS = re.compile(r"[\W_]+")
TAX_SCHEMES = ("INN",)


def normal_name(name: str) -> str:
    return _SIGNS.sub(" ", _FORMS.sub(" ", _SIGNS.sub(" ", name.upper()))).strip()


class Parties:
    """What some parties of ours are known by."""

    def __init__(self, ids: Collection[int]) -> None:
        self.known: dict[int, frozenset[str]] = {}
        found: defaultdict[int, set[str]] = defaultdict(set)
        for id, name, name_ru in Party.objects.filter(pk__in=ids).values_list(
            "pk", "name", "name_ru"
        ):
            found[id] |= {NAME + normal_name(each) for each in (name, name_ru) if each}
        rows = PartyIdentifier.objects.filter(party_id__in=ids, scheme__in=TAX_SCHEMES)
        for id, value in rows.values_list("party_id", "value"):
            found[id].add(TAX + value)
        accounts = StandingInstruction.objects.filter(~Q(cash_account=""), party_id__in=ids)
        for id, number in accounts.values_list("party_id", "cash_account"):
            found[id].add(ACCOUNT + number.upper())
        self.known = {id: frozenset(keys) for id, keys in found.items()}

    def of(self, party_id: int | None) -> frozenset[str]:
        return self.known.get(party_id, NOTHING) if party_id else NOTHING

    @staticmethod
    def told(*, name: str, account: str, tax_number: str) -> frozenset[str]:
        """What a line says of who paid, or was paid."""
        if not (name or account or tax_number):
            return NOTHING
        found = set()
        if name:
            found.add(NAME + normal_name(name))
        if account:
            found.add(ACCOUNT + account.replace(" ", "").upper())
        if tax_number:
            found.add(TAX + tax_number)
        return frozenset(found)
