"""OFAC's lists as CSV, with their companions in one archive; every name here is invented."""

from __future__ import annotations

import zipfile
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from refdata.loading.reading import Unreadable
from refdata.loading.recognising import recognise
from refdata.models import SanctionsEntry, SanctionsVersion
from refdata.screening.lists import forget_lists

pytestmark = pytest.mark.django_db

SDN = (
    '36,"ORLOV, Pavel Ivanovich",individual,TEST1,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,"DOB 02 Jan 1970; POB'
    " Omsk; Tax ID No. 500100732259 (Russia); a.k.a. 'THE EAGLE'; Linked To: NORDWIND BANK.\"\r\n"
    '306,"NORDWIND BANK",-0- ,"TEST1] [TEST2",-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,"SWIFT/BIC NORDDEFF;'
    ' Legal Entity Number 529900T8BM49AURSDO55; DOB unknown."\r\n'
    '307,"POLAR STAR",vessel,TEST1,-0- ,"ABCD","Tanker","1,000","500",Panama,-0- ,-0- \r\n\x1a'
)
ALT = '36,12,"aka","ORLOW, Pawel",-0- \r\n36,13,"fka","ORLOV, Pasha",-0- \r\n306,14,"nka","NORDWIND TRADE",-0- \r\n'
ADD = '36,25,"1 Street","Omsk 644000","Russia",-0- \r\n'
COMMENTS = "307,\"IMO 1234567; a.k.a. 'OLD STAR'\"\r\n"
DAY = (2026, 11, 20)


@pytest.fixture
def load(tmp_path: Path) -> Any:
    def of(files: dict[str, str], day: tuple[int, int, int] = DAY) -> Any:
        path = tmp_path / "archive"
        with zipfile.ZipFile(path, "w") as archive:
            for name, text in files.items():
                archive.writestr(zipfile.ZipInfo(name, (*day, 12, 0, 0)), text)
        forget_lists()
        return recognise(path).run(path)

    return of


def entries() -> dict[str, SanctionsEntry]:
    return {row.key: row for row in SanctionsEntry.objects.filter(list_code="OFAC-SDN")}


def test_the_list_with_its_companions_is_read_as_one(load: Any) -> None:
    files = {"sdn.csv": SDN, "alt.csv": ALT, "add.csv": ADD, "sdn_comments.csv": COMMENTS}
    assert (
        load({"SDALL/" + name: text for name, text in files.items()} | {"SDN.PIP": "x|y"}).added
        == 3
    )

    found = entries()
    orlov, bank, star = found["36"], found["306"], found["307"]
    assert orlov.names == ["Pavel Ivanovich ORLOV", "THE EAGLE", "Pawel ORLOW", "Pasha ORLOV"]
    assert (orlov.kind, orlov.birth_date) == ("PERSON", "1970-01-02")
    assert orlov.identifiers == [["INN", "500100732259"]]
    assert orlov.reason.startswith("TEST1 DOB 02 Jan 1970")
    assert (bank.kind, bank.names) == ("ENTITY", ["NORDWIND BANK", "NORDWIND TRADE"])
    assert bank.identifiers == [["BIC", "NORDDEFF"], ["LEI", "529900T8BM49AURSDO55"]]
    assert (bank.birth_date, star.kind) == ("", "VESSEL")
    assert star.names == ["POLAR STAR", "OLD STAR"]
    assert SanctionsVersion.objects.get(list_code="OFAC-SDN").source_date == date(*DAY)


def test_remarks_are_put_together_before_they_are_read(load: Any) -> None:
    """The main file ends after 1,000 characters: in a date before a space, or in a word."""
    text, rest = SDN, ""
    for key, last in (("36", "DOB 02 Jan"), ("306", "SWIFT/BIC NORD")):
        at = text.index(last) + len(last)
        end = text.index('"\r\n', at)
        rest += f'{key},"{text[at:end]}"\r\n'
        text = text[:at] + text[end:]
    load({"sdn.csv": text, "alt.csv": ALT, "sdn_comments.csv": rest})

    found = entries()
    assert found["36"].birth_date == "1970-01-02"
    assert found["36"].identifiers == [["INN", "500100732259"]]
    assert "THE EAGLE" in found["36"].names
    assert found["306"].identifiers == [["BIC", "NORDDEFF"], ["LEI", "529900T8BM49AURSDO55"]]


@pytest.mark.parametrize("name", ["sdn.csv", "cons_prim.csv"])
@pytest.mark.parametrize("packed", ["bare", "alone in an archive", "with addresses"])
def test_a_list_without_its_other_names_is_not_loaded(
    tmp_path: Path, load: Any, name: str, packed: str
) -> None:
    path = tmp_path / name
    path.write_bytes(SDN.encode())
    files = {name: SDN} | ({"add.csv": ADD} if packed == "with addresses" else {})
    with pytest.raises(Unreadable, match=r"alt\.csv") as refused:
        recognise(path).run(path) if packed == "bare" else load(files)
    assert refused.value.code == "list-incomplete"
    assert not SanctionsVersion.objects.filter(list_code__startswith="OFAC").exists()


def test_the_list_of_those_who_are_no_sdns_is_another_list(load: Any) -> None:
    assert load({"cons_prim.csv": SDN, "cons_alt.csv": ALT}).added == 3
    assert SanctionsVersion.objects.filter(list_code="OFAC-CONS").count() == 1
    assert not SanctionsVersion.objects.filter(list_code="OFAC-SDN").exists()


@pytest.mark.parametrize(
    ("files", "code"),
    [
        ({"sdn.csv": SDN[:-60], "alt.csv": ALT}, "list-cut-short"),
        ({"sdn.csv": SDN, "alt.csv": ALT[:-7]}, "list-cut-short"),
        ({"sdn.csv": SDN, "alt.csv": '99,1,aka,"NOBODY",-0- \r\n'}, "list-unclear"),
        ({"sdn.csv": SDN, "cons_prim.csv": SDN}, "list-unclear"),
        ({"sdn.csv": SDN, "other.csv": "a,b,c\r\n"}, "list-unclear"),
        ({"list.csv": SDN, "alt.csv": ALT}, "list-unclear"),
        ({"sdn.csv": SDN, "alt.csv": '36,1,"aka,x,-0- \r\n'}, "unreadable"),
    ],
    ids=[
        "cut",
        "companion cut",
        "of another day",
        "two lists",
        "a stranger",
        "which list",
        "no CSV",
    ],
)
def test_what_is_not_whole_is_not_loaded(load: Any, files: dict[str, str], code: str) -> None:
    with pytest.raises(Unreadable) as refused:
        load(files)
    assert refused.value.code == code
    assert not SanctionsVersion.objects.filter(list_code="OFAC-SDN").exists()


def test_an_archive_without_stamps_does_not_say_its_day(load: Any) -> None:
    with pytest.raises(Unreadable) as refused:
        load({"sdn.csv": SDN, "alt.csv": ALT}, day=(1980, 1, 1))
    assert refused.value.code == "list-unclear"


def test_a_list_that_lost_its_other_names_is_not_loaded(load: Any) -> None:
    many = "".join(f'36,{n},"aka","ORLOV {n}, P",-0- \r\n' for n in range(9))
    load({"sdn.csv": SDN, "alt.csv": many})
    one = many[: many.index("\n") + 1]
    with pytest.raises(Unreadable, match="the version in use 13") as refused:
        load({"sdn.csv": SDN, "alt.csv": one}, day=(2026, 11, 21))
    assert refused.value.code == "list-incomplete"
