"""Who and what documents name: parties, banks, contracts and securities, as the reference data have them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from django.db.models import Q

from backoffice.connectors.formats.enterprise_data.model import (
    Account,
    Bank,
    Contract,
    Currency,
    Kind,
    Side,
)
from backoffice.connectors.formats.enterprise_data.references import reference_of
from backoffice.connectors.formats.one_c.keys import CURRENCIES
from backoffice.kernel.identifiers import problem_with
from refdata.agreements.state import AgreementKind
from refdata.models import Agreement, Asset, Entity, Party, PartyIdentifier, Place
from refdata.models.parties import PartyKind

LONGEST = 1_000  # characters of a text that a bank wrote
HOME = ("", "RU")
DIGITS = {code: digits for digits, code in reversed(CURRENCIES.items()) if digits != "810"}
# Which agreement a document is under where several are in force: the first of its kinds.
_AGREEMENTS = {
    Kind.SALE: (AgreementKind.BROKERAGE, AgreementKind.CUSTODY, AgreementKind.OTHER),
    Kind.PURCHASE: (AgreementKind.CUSTODY, AgreementKind.CCP, AgreementKind.BROKERAGE, AgreementKind.OTHER),
}  # fmt: skip
Told = Mapping[str, str | None]


def cleaned(text: str) -> str:
    """A text of a bank as XML can carry it, on one line."""
    return "".join(c if c.isprintable() else " " for c in text).strip()[:LONGEST]


class Names:
    """What the documents of a batch name, looked up at once."""

    def __init__(
        self,
        entity: Entity,
        day: date,
        documents: Sequence[Told],
        lines: Mapping[str, Sequence[Told]],
    ) -> None:
        self.entity, self.day = entity, day
        codes = _said(documents, "party")
        inns = _said(documents, "their_inn")
        own = Q(pk=entity.own_party_id)
        named = Q(code__in=codes) | Q(identifiers__scheme="INN", identifiers__value__in=inns)
        self.parties = {row.code: row for row in Party.objects.filter(own | named).distinct()}
        self.numbers: defaultdict[int, dict[str, str]] = defaultdict(dict)
        for row in PartyIdentifier.objects.filter(party__in=self.parties.values()):
            self.numbers[row.party_id][row.scheme] = row.value
        self.by_inn = {
            self.numbers[row.pk]["INN"]: row
            for row in self.parties.values()
            if "INN" in self.numbers[row.pk]
        }
        self.places = {
            row.code: row for row in Place.objects.filter(code__in=_said(documents, "place"))
        }
        self.assets = {
            row.code: row
            for row in Asset.objects.filter(code__in=_said((each for of in lines.values() for each in of), "code"))
        }  # fmt: skip
        self.organisation = self._side(entity.own_party, "entity", entity.code)

    def party(self, code: str) -> Side:
        return self._side(self.parties[code], "party", code)

    def _side(self, row: Party, of: str, code: str) -> Side:
        known, person = self.numbers[row.pk], row.kind == PartyKind.INDIVIDUAL
        name = row.name_ru or row.name
        foreign = "" if row.country in HOME else known.get("LEI", row.code)
        return Side(
            reference_of(of, code), name, name, known.get("INN", ""), known.get("KPP", ""), person,
            "" if known.get("INN") or person else foreign,
        )  # fmt: skip

    def named_by_bank(self, name: str, inn: str) -> Side:
        """Whom a bank names: a party that we know by its INN, else as the bank wrote it."""
        if inn in self.by_inn:
            row = self.by_inn[inn]
            return self._side(row, "party", row.code)
        inn = "" if problem_with("INN", inn) else inn
        name = cleaned(name) or "Не назван"
        return Side(reference_of("named", inn or name), name, name, inn, "", len(inn) == 12)

    def their_account(self, told: Told, whose: Side) -> Account | None:
        number = cleaned(told["their_account"] or "")[:34]
        if not number:
            return None
        said = (told["their_bank"] or "").strip()
        bik, swift = ("" if problem_with(scheme, said) else said for scheme in ("BIK", "BIC"))
        bank = Bank("", bik, "", swift)
        return Account(
            reference_of("account", number, bik or swift), number, bank, counterpart=whose
        )

    def place(self, code: str) -> Bank:
        row = self.places[code]
        return Bank(row.name_ru or row.name, row.bik, "", row.bic)

    def currency(self, code: str) -> Currency:
        return Currency(reference_of("currency", code), DIGITS.get(code, ""), code)

    def item(self, code: str) -> str:
        row = self.assets.get(code)
        return (row.name_ru or row.name) if row else code

    def contract(self, told: Told, kind: Kind, counterpart: Side) -> Contract | None:
        """That which the document names, else the agreement of its kind that is in force on the day."""
        number, day = told["contract"] or "", told["contract_day"]
        signed = date.fromisoformat(day) if day else None
        if not number and (row := self._agreement(told["party"] or "", kind)) is not None:
            number, signed = str(row), row.signed_on
        if not number:
            return None
        currency = self.currency(told["currency"] or "")
        return Contract(
            reference_of("contract", self.entity.code, counterpart.reference, number),
            "CUSTOMER" if kind == Kind.SALE else "SUPPLIER", number, self.organisation, counterpart, currency, signed,
        )  # fmt: skip

    def _agreement(self, party: str, kind: Kind) -> Agreement | None:
        kinds = _AGREEMENTS.get(kind, ())
        rows = Agreement.objects.filter(
            Q(valid_until__isnull=True) | Q(valid_until__gt=self.day), entity=self.entity,
            party__code=party, kind__in=kinds, valid_from__lte=self.day,
        )  # fmt: skip
        return min(
            rows, key=lambda row: (kinds.index(AgreementKind(row.kind)), -row.pk), default=None
        )


def _said(rows: Iterable[Told], name: str) -> set[str]:
    return {value for row in rows if (value := row[name])}
