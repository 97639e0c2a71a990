"""The lists of Rosfinmonitoring as XML; every name here is invented."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from refdata.loading.reading import Unreadable
from refdata.loading.recognising import recognise
from refdata.models import SanctionsEntry, SanctionsVersion
from refdata.screening.lists import forget_lists

pytestmark = pytest.mark.django_db

PERSON = """<Субъект><ИдСубъекта>101</ИдСубъекта><ТипСубъекта><Идентификатор>4</Идентификатор>
 <Наименование>Физическое лицо</Наименование></ТипСубъекта><ФЛ><ФИО>ОРЛОВ ПАВЕЛ ИВАНОВИЧ*</ФИО>
 <ФИОЛат>ORLOV PAVEL</ФИОЛат>
 <Фамилия>ОРЛОВ</Фамилия><Имя>ПАВЕЛ</Имя><Отчество>ИВАНОВИЧ</Отчество><ДатаРождения>1970-01-02</ДатаРождения>
 <ГодРождения>1970</ГодРождения><ИНН>500100732259</ИНН><СписокДрНаименований><ДрНаименование><ФИО>БЕРКУТ</ФИО>
 </ДрНаименование></СписокДрНаименований></ФЛ><Террорист>1</Террорист><Примечание>Выдумано</Примечание></Субъект>"""
COMPANY = """<Субъект><ИдСубъекта>102</ИдСубъекта><ТипСубъекта><Идентификатор>3</Идентификатор></ТипСубъекта>
 <{tag}><Наименование>ООО СЕВЕРНЫЙ ВЕТЕР</Наименование><НаименованиеЛат>NORDWIND</НаименованиеЛат><ИНН>7701234567</ИНН>
 </{tag}></Субъект>"""
TERROR = f"""<?xml version="1.0" encoding="UTF-8"?><Перечень><ВерсияФормата>2.0</ВерсияФормата>
<ДатаПеречня>2026-11-20</ДатаПеречня><ДатаПредыдущегоПеречня>2026-11-13</ДатаПредыдущегоПеречня>
<АктуальныйПеречень>{PERSON}{COMPANY.format(tag="ЮЛ")}</АктуальныйПеречень>
<ПоследниеИсключенные><Субъект><ИдСубъекта>9</ИдСубъекта>
<ФЛ><ФИО>СНЯТ С УЧЁТА</ФИО></ФЛ></Субъект></ПоследниеИсключенные>
</Перечень>"""
MVK = f"""<СписокРешений><ДатаСписка>2026-11-20</ДатаСписка><СписокАктуальныхРешений>
<Решение><СписокСубъектов>{PERSON}</СписокСубъектов></Решение>
<Решение><СписокСубъектов>{PERSON.replace("БЕРКУТ", "СОКОЛ")}{COMPANY.format(tag="Орг")}</СписокСубъектов></Решение>
</СписокАктуальныхРешений><СписокОтмененныхРешений><Решение><СписокСубъектов>{PERSON.replace("101", "9")}
</СписокСубъектов></Решение></СписокОтмененныхРешений></СписокРешений>"""
WEAPONS = f"""<СписокЛиц><ДатаСписка>2026-11-20T00:00:00</ДатаСписка><АктуальныйСписок>
{PERSON.replace("<ДатаРождения>1970-01-02</ДатаРождения>", "")}</АктуальныйСписок></СписокЛиц>"""


@pytest.fixture
def load(tmp_path: Path) -> Any:
    def of(text: str, encoding: str = "utf-8") -> Any:
        path = tmp_path / "list"
        path.write_bytes(text.encode(encoding))
        forget_lists()
        return recognise(path).run(path)

    return of


def entries(code: str) -> dict[str, SanctionsEntry]:
    return {row.key: row for row in SanctionsEntry.objects.filter(list_code=code)}


@pytest.mark.parametrize("encoding", ["utf-8", "windows-1251"])
def test_the_list_of_terrorists(load: Any, encoding: str) -> None:
    assert load(TERROR.replace("UTF-8", encoding), encoding).added == 2

    found = entries("RFM-TERROR")
    assert found.keys() == {"101", "102"}
    orlov, company = found["101"], found["102"]
    assert orlov.names == ["ОРЛОВ ПАВЕЛ ИВАНОВИЧ", "ORLOV PAVEL", "БЕРКУТ"]
    assert (orlov.kind, orlov.birth_date) == ("PERSON", "1970-01-02")
    assert (orlov.identifiers, orlov.reason) == ([["INN", "500100732259"]], "Выдумано")
    assert (company.kind, company.names) == ("ENTITY", ["ООО СЕВЕРНЫЙ ВЕТЕР", "NORDWIND"])
    assert str(SanctionsVersion.objects.get(list_code="RFM-TERROR").source_date) == "2026-11-20"


def test_decisions_of_the_commission_name_a_subject_once(load: Any) -> None:
    assert load(MVK).added == 2
    found = entries("RFM-MVK")
    assert found["101"].names == ["ОРЛОВ ПАВЕЛ ИВАНОВИЧ", "ORLOV PAVEL", "БЕРКУТ", "СОКОЛ"]
    assert found["102"].kind == "ENTITY"


def test_the_list_of_proliferation_is_known_by_what_it_holds(load: Any) -> None:
    assert load(WEAPONS).added == 1
    assert entries("RFM-WMD")["101"].birth_date == "1970"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (TERROR.replace("АктуальныйПеречень", "Другое"), "list-unclear"),
        (TERROR.replace("2026-11-20", "20.11.2026"), "list-unclear"),
        (TERROR[:-20], "unreadable"),
        ("\x03\x1a\x0b\x14" + "\x00" * 40, "table-of-dbf"),
    ],
    ids=["no list in it", "no day", "cut short", "dBASE"],
)
def test_what_cannot_be_told_is_refused_by_name(load: Any, text: str, code: str) -> None:
    with pytest.raises(Unreadable) as refused:
        load(text)
    assert refused.value.code == code


MAGHREB = '"АЛЬ-КАИДА В СТРАНАХ ИСЛАМСКОГО МАГРИБА" (ПРЕЖНЕЕ НАЗВАНИЕ - "САЛАФИТСКАЯ ГРУППА ПРОПОВЕДИ И ДЖИХАДА")'


@pytest.mark.parametrize(
    ("told", "within"),
    [
        (MAGHREB, {"АЛЬ-КАИДА В СТРАНАХ ИСЛАМСКОГО МАГРИБА", "САЛАФИТСКАЯ ГРУППА ПРОПОВЕДИ И ДЖИХАДА"}),
        ("СЕВЕРНЫЙ ВЕТЕР (прежнее название - ЮЖНЫЙ ВЕТЕР; ЗЮЙД)*", {"СЕВЕРНЫЙ ВЕТЕР", "ЮЖНЫЙ ВЕТЕР", "ЗЮЙД"}),
        ("ООО «ВЕТЕР»; NORDWIND (бывш.: (СКОРЫЙ) БОРЕЙ", {"ООО «ВЕТЕР»", "ВЕТЕР", "NORDWIND", "СКОРЫЙ", "БОРЕЙ"}),
    ],
    ids=["in quotes", "in brackets", "not closed"],
)  # fmt: skip
def test_each_name_within_a_name_is_listed_by_itself(
    load: Any, told: str, within: set[str]
) -> None:
    load(TERROR.replace("ООО СЕВЕРНЫЙ ВЕТЕР", told))
    names = entries("RFM-TERROR")["102"].names
    assert names[0] == told.rstrip("*")
    assert within <= set(names)
    assert all(sum(c.isalpha() for c in name) >= 3 for name in names)


def test_another_name_is_read_as_text_too(load: Any) -> None:
    other = "<ДрНаименование>БЕРКУТ (КОБЧИК)</ДрНаименование><ДрНаименование><Фамилия>СОКОЛ</Фамилия><Имя>ПАША</Имя>"
    load(TERROR.replace("<ДрНаименование><ФИО>БЕРКУТ</ФИО>", other))
    names = entries("RFM-TERROR")["101"].names
    assert names[2:] == ["БЕРКУТ (КОБЧИК)", "БЕРКУТ", "КОБЧИК", "СОКОЛ ПАША"]


def test_a_name_that_is_too_long_is_a_problem_of_its_row_and_never_cut(load: Any) -> None:
    found = load(TERROR.replace("ООО СЕВЕРНЫЙ ВЕТЕР", "ВЕТЕР " * 50 + "ЮЖНЫЙ"))
    assert [(problem.row, problem.field) for problem in found.problems] == [(2, "name")]
    assert not SanctionsVersion.objects.filter(list_code="RFM-TERROR").exists()


def test_a_subject_without_a_kind_is_a_problem_of_its_row(load: Any) -> None:
    found = load(TERROR.replace("ЮЛ>", "Неведомое>"))
    assert {problem.field for problem in found.problems} == {"kind", "name"}
    assert not SanctionsVersion.objects.filter(list_code="RFM-TERROR").exists()
