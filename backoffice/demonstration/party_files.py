"""The files of the demonstration: one that is dealt with, one that waits for other eyes, one that lacks a document.

Everything is invented. Taken through the real services; running again opens nothing twice.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import NamedTuple

from backoffice.access.models import User
from onboarding.deciding import approve_files, submit_files
from onboarding.keeping import (
    NewDocument,
    NewPerson,
    add_document,
    add_person,
    set_stake,
)
from onboarding.models import PartyFile
from onboarding.services import NewFile, answer_file, open_file
from refdata.firm_days import firm_day

SCAN = b"%PDF-1.4\n% invented: "
ISSUED = timedelta(days=100)
CONTACT = {"name": "Ирина Соколова", "position": "Казначейство", "phone": "+7 495 000-01-02"}
ANSWERS = {
    "supervision": "none", "accounts": "audited", "capital": "medium", "years": "ten", "record": "unknown",
    "country": "home", "business": "ordinary", "structure": "layered", "pep": "no",
}  # fmt: skip
PAPERS = ("CHARTER", "REGISTER", "SELF_CERTIFICATION", "AGREEMENT")


class Owner(NamedTuple):
    """Somebody of a file: their share, and of whom (empty: of the party)."""

    name: str
    name_ru: str
    share: str = ""
    of: str = ""
    signs_as: str = ""
    spared: str = ""
    born: date | None = None  # of a person


class Story(NamedTuple):
    """A file with its fate: how far it comes, and for how many days its extract is good."""

    code: str
    name: str
    name_ru: str
    inn: str
    ogrn: str
    owners: Sequence[Owner]
    until: str  # draft, submitted or approved
    papers: Sequence[str] = PAPERS
    extract_days: int = 180
    answers: Mapping[str, str] = ANSWERS


CHAIN = (
    Owner("Meridian Holding", "АО «Меридиан Холдинг»", "0.5"),
    Owner("Demo Listed Group", "ПАО «Демо Листинг Групп»", "0.15", spared="LISTED"),
    Owner("Stanislav Orlov-Demo", "Станислав Орлов-Демо", "0.35", signs_as="Генеральный директор",
          born=date(1971, 3, 14)),
    Owner("Larisa Vetrova-Demo", "Лариса Ветрова-Демо", "0.6", of="Meridian Holding", born=date(1980, 9, 2)),
    Owner("Gleb Tumanov-Demo", "Глеб Туманов-Демо", "0.4", of="Meridian Holding", born=date(1984, 1, 30)),
)  # fmt: skip
STORIES = (
    Story("NEW-MERIDIAN", "Meridian Trading", "ООО «Меридиан Трейдинг»", "9901000010", "1997700000010",
          CHAIN, "approved", extract_days=10),
    Story("NEW-BEREZA", "Bereza Invest", "ООО «Берёза Инвест»", "9901000027", "1997700000021",
          (Owner("Yulia Berezina-Demo", "Юлия Березина-Демо", "1", signs_as="Генеральный директор",
                 born=date(1976, 6, 6)),), "submitted"),
    Story("NEW-KVARTAL", "Kvartal Capital", "ООО «Квартал Капитал»", "9901000034", "1997700000032",
          (Owner("Kvartal Group", "АО «Группа Квартал»", "0.7"),
           Owner("Roman Lugovoy-Demo", "Роман Луговой-Демо", "0.3", signs_as="Генеральный директор",
                 born=date(1969, 11, 21))), "draft", papers=("REGISTER", "SELF_CERTIFICATION", "AGREEMENT"),
          answers={"supervision": "none", "accounts": "unaudited"}),
)  # fmt: skip


def load_party_files(*, clerk: User, checker: User, at: datetime) -> None:
    for story in STORIES:
        if not PartyFile.objects.filter(code=story.code).exists():
            _tell(story, clerk, checker, at)


def _tell(story: Story, clerk: User, checker: User, at: datetime) -> None:
    identity = {
        "legal_form": "ООО", "address": "Москва, Демонстрационная ул., 7", "town": "Москва",
        "inn": story.inn, "ogrn": story.ogrn,
    }  # fmt: skip
    new = NewFile(
        entity="RUS", role="COUNTERPARTY", code=story.code, name=story.name, name_ru=story.name_ru,
        country="RU", identity=identity, contact=CONTACT,
    )  # fmt: skip
    row = open_file(new=new, actor=clerk, at=at)
    today = firm_day(at)
    for kind in story.papers:
        paper = NewDocument(
            type=kind, issued_on=today - ISSUED, name=f"{kind.lower()}.pdf",
            expires_on=today + timedelta(days=story.extract_days) if kind == "REGISTER" else None,
            content=SCAN + f"{kind} {story.code}".encode(),
        )  # fmt: skip
        add_document(id=row.pk, new=paper, actor=clerk, at=at)
    _name_owners(row, story.owners, clerk, at)
    answer_file(id=row.pk, answers=story.answers, actor=clerk, at=at)
    if story.until != "draft":
        submit_files(ids=[row.pk], actor=clerk, at=at).raise_single()
    if story.until == "approved":
        approve_files(ids=[row.pk], actor=checker, at=at).raise_single()


def _name_owners(row: PartyFile, owners: Sequence[Owner], clerk: User, at: datetime) -> None:
    keys: dict[str, int] = {}
    for owner in owners:
        new = NewPerson(
            kind="INDIVIDUAL" if owner.born else "ORGANISATION", name=owner.name, name_ru=owner.name_ru,
            country="RU", birth_date=owner.born, signs_as=owner.signs_as, spared=owner.spared,
        )  # fmt: skip
        keys[owner.name] = add_person(id=row.pk, new=new, actor=clerk, at=at).pk
        if owner.share:
            set_stake(
                id=row.pk, owner_id=keys[owner.name], owned_id=keys[owner.of] if owner.of else None,
                share=Decimal(owner.share), actor=clerk, at=at,
            )  # fmt: skip
