"""Lists of sanctions in the layouts of those who publish them; every name here is invented."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from refdata.loading.reading import Unreadable
from refdata.loading.recognising import recognise
from refdata.models import SanctionsEntry, SanctionsVersion
from refdata.screening.lists import forget_lists, lists_in_use

pytestmark = pytest.mark.django_db

UN = """<?xml version="1.0" encoding="UTF-8"?>
<CONSOLIDATED_LIST dateGenerated="2026-11-20T00:00:01.5+00:00"><INDIVIDUALS><INDIVIDUAL>
 <DATAID>6900001</DATAID><FIRST_NAME>PAVEL</FIRST_NAME><SECOND_NAME>MIKHAILOVICH</SECOND_NAME>
 <THIRD_NAME>ORLOV</THIRD_NAME><UN_LIST_TYPE>TEST</UN_LIST_TYPE><REFERENCE_NUMBER>TSi.001</REFERENCE_NUMBER>
 <NAME_ORIGINAL_SCRIPT>Павел Орлов</NAME_ORIGINAL_SCRIPT><COMMENTS1>Invented.
 On two lines.</COMMENTS1>
 <INDIVIDUAL_ALIAS><QUALITY>Good</QUALITY><ALIAS_NAME>Pavel the Eagle</ALIAS_NAME></INDIVIDUAL_ALIAS>
 <INDIVIDUAL_ALIAS><QUALITY/><ALIAS_NAME/></INDIVIDUAL_ALIAS>
 <INDIVIDUAL_DATE_OF_BIRTH><TYPE_OF_DATE>EXACT</TYPE_OF_DATE><DATE>1970-01-02</DATE></INDIVIDUAL_DATE_OF_BIRTH>
</INDIVIDUAL></INDIVIDUALS><ENTITIES><ENTITY><DATAID>6900002</DATAID><FIRST_NAME>NORDWIND HANDEL</FIRST_NAME>
 <REFERENCE_NUMBER>TSe.002</REFERENCE_NUMBER><ENTITY_ALIAS><QUALITY>a.k.a.</QUALITY>
 <ALIAS_NAME>Nordwind Trading</ALIAS_NAME></ENTITY_ALIAS></ENTITY></ENTITIES></CONSOLIDATED_LIST>"""
OFAC = """<?xml version="1.0" standalone="yes"?>
<sdnList xmlns="https://sanctionslistservice.ofac.treas.gov/api/PublicationPreview/exports/XML">
<publshInformation><Publish_Date>11/20/2026</Publish_Date><Record_Count>3</Record_Count></publshInformation>
<sdnEntry><uid>101</uid><firstName>Pavel</firstName><lastName>ORLOV</lastName><sdnType>Individual</sdnType>
 <programList><program>TEST1</program><program>TEST2</program></programList>
 <idList><id><uid>1</uid><idType>Tax ID No.</idType><idNumber>500100732259</idNumber><idCountry>Russia</idCountry></id>
 <id><uid>2</uid><idType>Passport</idType><idNumber>X1</idNumber></id></idList>
 <akaList><aka><uid>3</uid><type>a.k.a.</type><category>weak</category><firstName>Pasha</firstName><lastName>ORLOV</lastName></aka></akaList>
 <dateOfBirthList><dateOfBirthItem><uid>4</uid><dateOfBirth>02 Jan 1970</dateOfBirth><mainEntry>true</mainEntry></dateOfBirthItem></dateOfBirthList></sdnEntry>
<sdnEntry><uid>102</uid><lastName>NORDWIND BANK</lastName><sdnType>Entity</sdnType>
 <idList><id><uid>5</uid><idType>SWIFT/BIC</idType><idNumber>NORDDEFF</idNumber></id></idList></sdnEntry>
<sdnEntry><uid>103</uid><lastName>POLAR STAR</lastName><sdnType>Vessel</sdnType></sdnEntry></sdnList>"""  # noqa: E501
EU = """<?xml version="1.0" encoding="UTF-8"?>
<export xmlns="http://eu.europa.ec/fpi/fsd/export" generationDate="2026-11-20T10:00:00.000+01:00" globalFileId="1">
<sanctionEntity euReferenceNumber="EU.1.1" logicalId="11"><remark>Invented</remark><subjectType code="person" classificationCode="P"/>
 <nameAlias firstName="Pavel" middleName="" lastName="Orlov" wholeName="Pavel Orlov" strong="true"/>
 <nameAlias firstName="Pasha" lastName="Orlov" wholeName="" strong="false"/>
 <citizenship countryIso2Code="RU"/><citizenship countryIso2Code="00"/><birthdate birthdate="1970-01-02" year="1970"/></sanctionEntity>
<sanctionEntity euReferenceNumber="EU.1.2" logicalId="12"><subjectType code="enterprise" classificationCode="E"/>
 <nameAlias wholeName="Nordwind Bank"/><identification identificationTypeCode="swiftbic" number="NORDDEFF"/></sanctionEntity></export>"""  # noqa: E501
EU_CSV = """fileGenerationDate;Entity_LogicalId;Entity_EU_ReferenceNumber;Entity_Remark;Entity_SubjectType;NameAlias_LastName;NameAlias_WholeName;BirthDate_BirthDate;BirthDate_Year;Citizenship_CountryIso2Code;Identification_Number;Identification_TypeCode
20/11/2026;11;EU.1.1;Invented;person;Orlov;Pavel Orlov;;;;;
20/11/2026;11;EU.1.1;;person;Orlov;Pasha Orlov;;;;;
20/11/2026;11;EU.1.1;;person;;;1970-01-02;1970;RU;;
20/11/2026;12;EU.1.2;;enterprise;;Nordwind Bank;;;;NORDDEFF;swiftbic
"""  # noqa: E501


@pytest.fixture
def load(tmp_path: Path) -> Any:
    def of(text: str, name: str = "list") -> Any:
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        forget_lists()
        return recognise(path).run(path)

    return of


def entries(code: str) -> dict[str, SanctionsEntry]:
    return {row.key: row for row in SanctionsEntry.objects.filter(list_code=code)}


def test_the_list_of_the_united_nations(load: Any) -> None:
    assert load(UN).added == 2
    found = entries("UN")
    orlov, nordwind = found["6900001"], found["6900002"]
    assert orlov.names == ["PAVEL MIKHAILOVICH ORLOV", "Павел Орлов", "Pavel the Eagle"]
    assert (orlov.kind, orlov.birth_date) == ("PERSON", "1970-01-02")
    assert orlov.reason == "TSi.001 Invented. On two lines."
    assert (nordwind.kind, nordwind.names) == ("ENTITY", ["NORDWIND HANDEL", "Nordwind Trading"])
    version = SanctionsVersion.objects.get(list_code="UN")
    assert (version.source_date.isoformat(), version.entries) == ("2026-11-20", 2)
    assert load(UN).unchanged == 2


def test_the_list_of_ofac(load: Any) -> None:
    assert load(OFAC).added == 3
    found = entries("OFAC-SDN")
    orlov = found["101"]
    assert (orlov.names, orlov.birth_date) == (["Pavel ORLOV", "Pasha ORLOV"], "1970-01-02")
    assert orlov.identifiers == [["INN", "500100732259"]]
    assert orlov.reason == "TEST1 TEST2"
    assert found["102"].identifiers == [["BIC", "NORDDEFF"]]
    assert [found[key].kind for key in ("101", "102", "103")] == ["PERSON", "ENTITY", "VESSEL"]
    assert str(SanctionsVersion.objects.get(list_code="OFAC-SDN").source_date) == "2026-11-20"


@pytest.mark.parametrize("text", [EU, EU_CSV], ids=["xml", "csv"])
def test_the_list_of_the_european_union(load: Any, text: str) -> None:
    assert load(text).added == 2
    found = entries("EU")
    orlov = found["11"]
    assert orlov.names == ["Pavel Orlov", "Pasha Orlov"]
    assert (orlov.kind, orlov.country, orlov.birth_date) == ("PERSON", "RU", "1970-01-02")
    assert "Invented" in orlov.reason
    assert (found["12"].kind, found["12"].identifiers) == ("ENTITY", [["BIC", "NORDDEFF"]])
    assert str(SanctionsVersion.objects.get(list_code="EU").source_date) == "2026-11-20"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (OFAC.replace("<Record_Count>3", "<Record_Count>4"), "list-cut-short"),
        (OFAC.replace("publshInformation", "publishInformation"), "list-cut-short"),
        (UN.replace("2026-11-20T", "20.11.2026"), "list-unclear"),
        (EU.replace("generationDate", "madeOn"), "list-unclear"),
        (EU_CSV.replace("20/11/2026;12", "21/11/2026;12"), "list-unclear"),
        ("<export generationDate='2026-11-20'/>", "list-shrunk"),
    ],
)  # fmt: skip
def test_what_is_not_whole_is_not_loaded(load: Any, text: str, code: str) -> None:
    with pytest.raises(Unreadable) as refused:
        load(text)
    assert refused.value.code == code
    published = SanctionsVersion.objects.filter(list_code__in=("UN", "OFAC-SDN", "EU"))
    assert not published.exists()


def test_a_kind_that_is_not_known_is_a_problem_of_its_row(load: Any) -> None:
    found = load(OFAC.replace("<sdnType>Vessel", "<sdnType>Balloon"))
    assert [(problem.row, problem.field) for problem in found.problems] == [(3, "kind")]
    assert not SanctionsVersion.objects.filter(list_code="OFAC-SDN").exists()


def test_a_list_that_lost_half_of_itself_is_another_file(load: Any) -> None:
    load(OFAC)
    start, end = OFAC.index("<sdnEntry><uid>102"), OFAC.index("</sdnList>")
    smaller = OFAC[:start] + OFAC[end:]
    with pytest.raises(Unreadable) as refused:
        load(smaller.replace("<Record_Count>3", "<Record_Count>1"))
    assert refused.value.code == "list-shrunk"


def test_who_is_listed_is_found_by_the_screening(load: Any) -> None:
    load(UN)
    load(OFAC)
    forget_lists()
    lists = lists_in_use(date(2026, 11, 24))
    assert {version.list_code for version in lists.versions} >= {"UN", "OFAC-SDN"}
    codes = {entry.id for entry in lists.entries.values()}
    assert codes >= set(SanctionsEntry.objects.filter(list_code="UN").values_list("id", flat=True))
