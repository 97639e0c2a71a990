"""Screening against lists: what is a hit, who clears it, and what a new version of a list does to it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.db.utils import IntegrityError
from django.utils import timezone

from backoffice.access.models import User
from backoffice.events.models import Event
from backoffice.kernel.errors import Refusal
from backoffice.kernel.lifecycle import OtherEyesRequired
from refdata.loading.importing import Loaded
from refdata.loading.reading import Unreadable
from refdata.loading.recognising import recognise
from refdata.models import (
    Instrument,
    Party,
    PartyIdentifier,
    Place,
    Proposal,
    SanctionsEntry,
    SanctionsVersion,
    Screening,
    ScreeningHit,
    ScreeningStanding,
)
from refdata.proposals import approve_proposals, propose_change, withdraw_proposals
from refdata.screening.contents import Subject
from refdata.screening.deciding import (
    ReasonMissing,
    approve_clearing,
    confirm_hits,
    decline_clearing,
    propose_clearing,
)
from refdata.screening.selectors import (
    ScreeningHitFound,
    ScreeningOutdated,
    standing_of,
    standings,
)
from refdata.screening.services import screen_due
from refdata.screening.state import HitState, Standing
from refdata.services import approve_ssi, propose_ssi
from tests.instructing import new_ssi, person

pytestmark = pytest.mark.django_db

HEAD = "list,dated,id,kind,name,aliases,country,birth_date,identifiers,reason"
ORLOV = "T,{day},1,person,Pavel Orlov,Павел Орлов,RU,1970-01-01,INN:500100732259,test"
NORD = "T,{day},2,entity,Nordwind Handel GmbH,,DE,,LEI:529900T8BM49AURSDO55|BIC:NORDDEFF,test"


@pytest.fixture
def load(tmp_path: Path) -> Any:
    """Loads a list of these lines as of a day of November, and screens what is due by it."""

    def of(*lines: str, day: int = 21) -> Loaded:
        path = tmp_path / "list.csv"
        rows = [HEAD, *(line.format(day=f"2026-11-{day:02}") for line in lines)]
        path.write_text("\n".join(rows))
        found = recognise(path).run(path)
        screen()
        return found

    return of


def screen() -> None:
    while screen_due(at=timezone.now()):
        pass


def party(name: str = "Орлов Павел", kind: str = "INDIVIDUAL", **more: Any) -> Party:
    row = Party.objects.create(code=f"P-{Party.objects.count()}", name=name, kind=kind, **more)
    screen()
    return row


def standing(row: Party) -> Standing:
    return standing_of([row.pk])[row.pk].standing


def only_hit() -> ScreeningHit:
    return ScreeningHit.objects.exclude(state=HitState.GONE).latest("pk")


def clear(hit: ScreeningHit) -> None:
    at = timezone.now()
    propose_clearing(
        ids=[hit.pk], reason="another birth date", actor=person("risk"), at=at
    ).raise_single()
    approve_clearing(ids=[hit.pk], actor=person("manager"), at=at).raise_single()


def refusal(outcome: Any) -> Refusal:
    assert outcome.done == []
    (found,) = outcome.refused.values()
    return found


class TestLoadList:
    def test_each_load_is_a_version_and_the_one_before_stays(self, load: Any) -> None:
        first = load(ORLOV, NORD)
        again = load(ORLOV, NORD)
        later = load(ORLOV.replace("1970", "1971"), day=22)

        assert (first.added, again.added, again.unchanged) == (2, 0, 2)
        assert (later.changed, later.also) == (1, {"removed": 1})
        rows = SanctionsVersion.objects.filter(list_code="T").order_by("number")
        assert [(r.number, r.entries, r.members.count()) for r in rows] == [(1, 2, 2), (2, 1, 1)]
        assert SanctionsEntry.objects.filter(list_code="T").count() == 3

    def test_a_list_with_a_wrong_row_is_not_loaded_at_all(self, load: Any) -> None:
        found = load(ORLOV, NORD.replace("entity", "cat"), ORLOV)

        assert (found.added, [(p.row, p.field) for p in found.problems]) == (
            0,
            [(3, "kind"), (4, "id")],
        )
        assert not SanctionsVersion.objects.filter(list_code="T").exists()

    def test_an_older_list_is_refused(self, load: Any) -> None:
        load(ORLOV, day=21)
        with pytest.raises(Unreadable) as error:
            load(ORLOV, day=20)
        assert error.value.code == "list-older"

    def test_xml_says_the_same_as_csv(self, load: Any, tmp_path: Path) -> None:
        load(NORD)
        path = tmp_path / "list.xml"
        path.write_text(
            '<sanctions list="T" dated="2026-11-21"><entry id="2" kind="entity">'
            "<name>Nordwind Handel GmbH</name><country>DE</country>"
            '<identifier scheme="LEI">529900T8BM49AURSDO55</identifier>'
            '<identifier scheme="BIC">NORDDEFF</identifier><reason>test</reason></entry></sanctions>'
        )
        assert recognise(path).run(path).unchanged == 1

    def test_a_version_is_a_fact(self, load: Any) -> None:
        load(ORLOV)
        with pytest.raises(IntegrityError, match="are facts"):
            SanctionsVersion.objects.filter(list_code="T").update(entries=5)


class TestScreen:
    def test_finds_a_person_in_another_script_and_order(self, load: Any) -> None:
        load(ORLOV)
        row = party()

        hit = only_hit()
        assert (hit.subject_id, hit.listed, hit.score) == (row.pk, "Pavel Orlov", 1000)
        assert standing(row) == Standing.HIT
        assert Event.objects.filter(kind="screeninghit.open", subject_id=hit.pk).exists()

    def test_finds_by_a_number_whatever_the_name(self, load: Any) -> None:
        load(NORD)
        row = party("Something Else", "ORGANISATION")
        assert standing(row) == Standing.CLEAR
        PartyIdentifier.objects.create(party=row, scheme="LEI", value="529900T8BM49AURSDO55")
        assert standing(row) == Standing.OUTDATED
        screen()
        assert (standing(row), only_hit().scheme) == (Standing.HIT, "LEI")

    def test_a_person_is_not_like_an_organisation_by_name(self, load: Any) -> None:
        load(NORD)
        assert standing(party("Nordwind Handel")) == Standing.CLEAR
        assert standing(party("Nordwind Handel", "ORGANISATION")) == Standing.HIT

    def test_finds_places_by_bic_and_instruments_by_isin_or_issuer(self, load: Any) -> None:
        share = Instrument.objects.get(isin="RU0009029540")
        load(
            NORD,
            "T,{day},3,security,Other,,,,ISIN:RU0009029540,",
            "T,{day},4,entity,ПАО Газпром,,,,,",
        )
        Place.objects.filter(code="CORR").update(bic="NORDDEFFXXX")
        screen()

        gazprom = Instrument.objects.get(isin="RU0007661625")
        found = standings(
            [Subject("instrument", share.pk), Subject("instrument", gazprom.pk),
             Subject("place", Place.objects.get(code="CORR").pk)]
        )  # fmt: skip
        assert {each.standing for each in found.values()} == {Standing.HIT}

    def test_keeps_what_was_compared_against_which_versions(self, load: Any) -> None:
        load(ORLOV)
        row = party(name_ru="Павел Орлов")

        screening = Screening.objects.filter(subject_type="party", subject_id=row.pk).latest("pk")
        names = set(
            SanctionsVersion.objects.filter(pk__in=screening.run.versions).values_list(
                "list_code", flat=True
            )
        )
        assert names == {"T", "DEMO"}
        assert screening.content["names"] == ["Орлов Павел", "Павел Орлов"]
        assert screening.run.rule.startswith("RL-")

    def test_what_changes_is_due_again_and_running_twice_does_nothing(self) -> None:
        row = party("Nobody In Particular")
        before = Screening.objects.count()
        assert screen_due(at=timezone.now()) == 0
        Party.objects.filter(pk=row.pk).update(status="BLOCKED")
        assert standing(row) == Standing.CLEAR
        Party.objects.filter(pk=row.pk).update(name="Nobody Else")
        assert standing(row) == Standing.OUTDATED
        assert (screen_due(at=timezone.now()), Screening.objects.count()) == (1, before + 1)

    def test_nothing_is_clear_before_it_was_screened(self) -> None:
        row = Party.objects.create(code="NEW", name="N")
        assert standing(row) == Standing.NEVER

    def test_nothing_is_clear_against_no_list(self) -> None:
        row = party("Nobody In Particular")
        ScreeningStanding.objects.filter(subject_type="party", subject_id=row.pk).update(against=0)
        assert standing(row) == Standing.OUTDATED


class TestLoadNextVersion:
    def test_what_was_cleared_stays_cleared_while_the_entry_does(self, load: Any) -> None:
        load(ORLOV)
        row = party()
        clear(only_hit())
        assert standing(row) == Standing.CLEAR
        load(ORLOV, NORD, day=22)
        assert standing(row) == Standing.CLEAR

    def test_an_entry_that_changed_is_another_hit_that_follows_the_cleared_one(
        self, load: Any
    ) -> None:
        load(ORLOV)
        row = party()
        cleared = only_hit()
        clear(cleared)
        load(ORLOV.replace("test", "another decree"), day=22)

        again = only_hit()
        assert standing(row) == Standing.HIT
        assert (again.pk != cleared.pk, again.follows_id) == (True, cleared.pk)

    def test_a_party_that_is_called_otherwise_is_looked_at_again(self, load: Any) -> None:
        load(ORLOV)
        row = party()
        clear(only_hit())
        Party.objects.filter(pk=row.pk).update(name="Orlov P.")
        screen()
        assert standing(row) == Standing.CLEAR  # no longer alike
        Party.objects.filter(pk=row.pk).update(name="Pavel Orlov")
        screen()
        assert standing(row) == Standing.HIT

    def test_what_is_taken_off_the_list_vanishes_and_comes_back_with_it(self, load: Any) -> None:
        load(ORLOV, NORD)
        row = party()
        hit = only_hit()
        load(NORD, day=22)
        hit.refresh_from_db()
        assert (hit.state, standing(row)) == (HitState.GONE, Standing.CLEAR)
        load(ORLOV, NORD, day=23)
        hit.refresh_from_db()
        assert (hit.state, standing(row)) == (HitState.OPEN, Standing.HIT)

    def test_a_confirmed_one_stays_blocked_until_people_say_otherwise(self, load: Any) -> None:
        load(ORLOV, NORD)
        row = party()
        confirm_hits(
            ids=[only_hit().pk], reason="it is he", actor=person("risk"), at=timezone.now()
        )
        load(NORD, day=22)
        assert standing(row) == Standing.HIT


class TestDecideHit:
    def test_clearing_needs_a_reason_and_other_eyes(self, load: Any) -> None:
        load(ORLOV)
        row, at, risk = party(), timezone.now(), person("risk")
        hit = only_hit()
        nothing = propose_clearing(ids=[hit.pk], reason=" ", actor=risk, at=at)
        assert isinstance(refusal(nothing), ReasonMissing)
        propose_clearing(ids=[hit.pk], reason="born in 1990", actor=risk, at=at).raise_single()
        assert standing(row) == Standing.HIT
        own = approve_clearing(ids=[hit.pk], actor=risk, at=at)
        assert isinstance(refusal(own), OtherEyesRequired)
        approve_clearing(ids=[hit.pk], actor=person("manager"), at=at).raise_single()
        assert standing(row) == Standing.CLEAR

    def test_declined_it_is_open_again_and_may_be_proposed_anew(self, load: Any) -> None:
        load(ORLOV)
        row, at = party(), timezone.now()
        hit = only_hit()
        propose_clearing(ids=[hit.pk], reason="another", actor=person("risk"), at=at)
        decline_clearing(
            ids=[hit.pk], reason="no proof", actor=person("manager"), at=at
        ).raise_single()
        assert standing(row) == Standing.HIT
        clear(hit)
        assert standing(row) == Standing.CLEAR

    def test_confirmed_the_party_is_under_sanctions_by_one_person(self, load: Any) -> None:
        load(ORLOV)
        row = party()
        confirm_hits(
            ids=[only_hit().pk], reason="it is he", actor=person("risk"), at=timezone.now()
        ).raise_single()

        row.refresh_from_db()
        assert row.status == "SANCTIONED"
        told = Event.objects.get(kind="refdata.change", subject_type="party", subject_id=row.pk)
        assert told.facts["changes"] == {"status": ["ACTIVE", "SANCTIONED"]}

    def test_what_was_found_cannot_be_edited(self, load: Any) -> None:
        load(ORLOV)
        party()
        with pytest.raises(IntegrityError), connection.cursor() as cursor:
            cursor.execute("UPDATE refdata_screeninghit SET score = 1")


NEW = {"code": "ORLOV", "name": "Orlov Pavel", "kind": "INDIVIDUAL", "roles": ["CLIENT"]}


class TestProposeParty:
    def propose(self, by: str = "clerk", **more: Any) -> Proposal:
        return propose_change(
            subject_type="party", subject_id=None, changes=NEW | more, valid_from=None, reason="",
            actor=person(by), at=timezone.now(),
        )  # fmt: skip

    def approve(self, row: Proposal) -> Any:
        return approve_proposals(ids=[row.pk], actor=person("checker"), at=timezone.now())

    def test_is_not_approved_while_it_is_a_hit(self, load: Any) -> None:
        load(ORLOV)
        row = self.propose()
        assert isinstance(refusal(self.approve(row)), ScreeningHitFound)
        assert not Party.objects.filter(code="ORLOV").exists()

    def test_cleared_it_is_approved_and_the_party_is_clear_with_it(self, load: Any) -> None:
        load(ORLOV)
        row = self.propose()
        hit = only_hit()
        clear(hit)
        self.approve(row).raise_single()
        screen()

        made = Party.objects.get(code="ORLOV")
        assert standing(made) == Standing.CLEAR
        of_party = ScreeningHit.objects.get(subject_type="party", subject_id=made.pk)
        assert (of_party.state, of_party.follows_id) == (HitState.CLEARED, hit.pk)

    def test_is_not_approved_against_a_list_that_came_later(
        self, tmp_path: Path, load: Any
    ) -> None:
        row = self.propose()
        path = tmp_path / "later.csv"
        path.write_text(f"{HEAD}\n{ORLOV.format(day='2026-11-25')}")
        recognise(path).run(path)
        assert isinstance(refusal(self.approve(row)), ScreeningOutdated)
        screen()
        assert isinstance(refusal(self.approve(row)), ScreeningHitFound)

    def test_withdrawn_its_hits_are_nobodys(self, load: Any) -> None:
        load(ORLOV)
        row = self.propose()
        withdraw_proposals(ids=[row.pk], reason="", actor=person("clerk"), at=timezone.now())
        screen()
        assert ScreeningHit.objects.get(subject_type="proposal").state == HitState.GONE


class TestApproveInstruction:
    def test_is_refused_for_a_party_that_is_a_hit(self, load: Any) -> None:
        bank = Party.objects.get(code="999900DEMOBANKTWO062")
        new_ssi(bank.code, "NSD")
        load("T,{day},5,bank,Demo Bank Two,,,,,")
        with pytest.raises(ScreeningHitFound):
            new_ssi(bank.code, "NSD", currency="RUB")

    def test_of_a_new_party_is_screened_when_it_is_proposed(self, load: Any) -> None:
        load(ORLOV)
        row = Party.objects.create(code="NEW", name="Pavel Orlov", kind="INDIVIDUAL")
        clerk: User = person("clerk")
        ssi = new_instruction(row)
        (id,) = propose_ssi([ssi], actor=clerk, at=timezone.now())
        assert standing(row) == Standing.HIT
        found = approve_ssi(ids=[id], actor=person("manager"), at=timezone.now())
        assert found.refused


def new_instruction(row: Party) -> Any:
    from datetime import date

    from refdata.models import StandingInstruction

    return StandingInstruction(
        party=row, place=Place.objects.get(code="HOUSE"), depository_account="D", cash_account="C",
        valid_from=date(2026, 1, 1),
    )  # fmt: skip
