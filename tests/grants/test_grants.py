"""Roles: proposed by one, approved by another, never for oneself, never what may not be together."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.utils import timezone

from backoffice.access.models import User
from backoffice.access.roles import ROLES
from backoffice.access.segregation import SEGREGATED
from backoffice.events.models import Event
from backoffice.grants.models import RoleGrant
from backoffice.grants.rules import clashes
from backoffice.grants.services import (
    GrantPeriodOver,
    GrantToOneself,
    RoleHeld,
    RolesClash,
    UnknownRole,
    approve_grants,
    decline_grants,
    end_grants,
    expire_grants,
    install_grant,
    propose_grant,
    withdraw_grants,
)
from backoffice.kernel.lifecycle import OtherEyesRequired, TransitionNotAllowed
from backoffice.workflow.models import WorkItem
from tests.access.people import browser, code_of, enrol
from tests.following import follow_events

pytestmark = pytest.mark.usefixtures("own_database")


def who(name: str) -> User:
    return User.objects.get(username=name)


@pytest.fixture
def outsider() -> User:
    """Somebody new, who holds nothing yet."""
    return User.objects.create_user("outsider", password="x")


def propose(user: User, role: str, by: str = "admin", until: datetime | None = None) -> RoleGrant:
    at = timezone.now()
    return propose_grant(
        user=user, role=role, valid_until=until, reason="joins", actor=who(by), at=at
    )


def refused(outcome: Any) -> type:
    (refusal,) = outcome.refused.values()
    return type(refusal)


def roles_of(user: User) -> list[str]:
    return sorted(user.groups.values_list("name", flat=True))


def holds(user: User, permission: str) -> bool:
    return User.objects.get(pk=user.pk).has_perm(permission)


class TestApproveGrant:
    def test_a_role_is_held_once_another_person_has_approved_it(self, outsider: User) -> None:
        row = propose(outsider, "clerk")
        assert roles_of(outsider) == []
        assert approve_grants(ids=[row.pk], actor=who("manager"), at=timezone.now()).done == [
            row.pk
        ]
        assert roles_of(outsider) == ["clerk"]
        assert holds(outsider, "deals.confirm_deal")
        kinds = Event.objects.filter(subject_type="rolegrant").order_by("id")
        told = list(kinds.values_list("kind", "actor__username"))
        assert told == [("rolegrant.propose", "admin"), ("rolegrant.approve", "manager")]

    def test_the_proposer_may_not_approve(self, outsider: User) -> None:
        row = propose(outsider, "clerk")
        outcome = approve_grants(ids=[row.pk], actor=who("admin"), at=timezone.now())
        assert refused(outcome) is OtherEyesRequired
        assert roles_of(outsider) == []

    def test_the_person_it_is_for_may_not_approve(self) -> None:
        row = propose(who("manager"), "auditor")
        outcome = approve_grants(ids=[row.pk], actor=who("manager"), at=timezone.now())
        assert refused(outcome) is GrantToOneself
        assert roles_of(who("manager")) == ["manager"]

    def test_the_database_refuses_the_same_eyes_past_python(self, outsider: User) -> None:
        row = propose(outsider, "clerk")
        for same in (who("admin"), outsider):
            with pytest.raises(IntegrityError), transaction.atomic():
                RoleGrant.objects.filter(pk=row.pk).update(approved_by=same)

    def test_an_end_that_has_passed_while_it_waited_is_refused(self, outsider: User) -> None:
        until = timezone.now() + timedelta(hours=1)
        row = propose(outsider, "clerk", until=until)
        outcome = approve_grants(ids=[row.pk], actor=who("manager"), at=until)
        assert refused(outcome) is GrantPeriodOver

    def test_two_roles_that_clash_are_not_both_granted_by_rivals(self, outsider: User) -> None:
        rows = [propose(outsider, "dealer"), propose(outsider, "checker")]
        manager, together, outcomes = who("manager"), threading.Barrier(2), []

        def approve(row: RoleGrant) -> None:
            together.wait()
            outcomes.append(approve_grants(ids=[row.pk], actor=manager, at=timezone.now()))
            connection.close()

        threads = [threading.Thread(target=approve, args=[row]) for row in rows]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(len(outcome.done) for outcome in outcomes) == [0, 1]
        assert len(roles_of(outsider)) == 1


class TestProposeGrant:
    def test_nobody_proposes_for_themselves(self) -> None:
        with pytest.raises(GrantToOneself):
            propose(who("admin"), "checker")

    def test_roles_that_nobody_may_hold_together_are_refused(self) -> None:
        with pytest.raises(RolesClash) as refusal:
            propose(who("dealer"), "checker")
        pair = (refusal.value.facts["first"], refusal.value.facts["second"])
        assert pair in SEGREGATED

    def test_a_role_is_held_once(self, outsider: User) -> None:
        propose(outsider, "clerk")
        with pytest.raises(RoleHeld):
            propose(outsider, "clerk")
        with pytest.raises(RoleHeld):
            propose(who("clerk"), "clerk")

    def test_unknown_roles_and_ends_in_the_past_are_refused(self, outsider: User) -> None:
        with pytest.raises(UnknownRole):
            propose(outsider, "emperor")
        with pytest.raises(GrantPeriodOver):
            propose(outsider, "clerk", until=timezone.now())


class TestEndGrant:
    def granted(self, user: User, role: str, until: datetime | None = None) -> RoleGrant:
        row = propose(user, role, until=until)
        approve_grants(ids=[row.pk], actor=who("manager"), at=timezone.now())
        return row

    def test_one_person_takes_a_role_away_at_once(self, outsider: User) -> None:
        row = self.granted(outsider, "clerk")
        end_grants(ids=[row.pk], reason="left", actor=who("admin"), at=timezone.now())
        assert roles_of(outsider) == []
        again = end_grants(ids=[row.pk], reason="left", actor=who("admin"), at=timezone.now())
        assert refused(again) is TransitionNotAllowed
        assert self.granted(outsider, "clerk").pk != row.pk

    def test_a_role_ends_by_date_and_not_a_moment_before(self, outsider: User) -> None:
        until = timezone.now() + timedelta(days=1)
        row = self.granted(outsider, "clerk", until=until)
        forever = self.granted(outsider, "auditor")
        assert expire_grants(at=until - timedelta(microseconds=1)) == 0
        assert roles_of(outsider) == ["auditor", "clerk"]
        assert expire_grants(at=until) == 1
        assert expire_grants(at=until) == 0
        assert roles_of(outsider) == ["auditor"]
        row.refresh_from_db()
        forever.refresh_from_db()
        assert (row.state, forever.state) == ("EXPIRED", "GRANTED")

    def test_declined_and_withdrawn_give_nothing(self, outsider: User) -> None:
        at = timezone.now()
        row = propose(outsider, "clerk")
        own = decline_grants(ids=[row.pk], reason="", actor=who("admin"), at=at)
        assert refused(own) is OtherEyesRequired
        decline_grants(ids=[row.pk], reason="no", actor=who("manager"), at=at)
        row = propose(outsider, "clerk")
        withdraw_grants(ids=[row.pk], reason="mistaken", actor=who("admin"), at=at)
        outcome = approve_grants(ids=[row.pk], actor=who("manager"), at=at)
        assert refused(outcome) is TransitionNotAllowed
        assert roles_of(outsider) == []


class TestOnPages:
    def test_proposed_by_the_administrator_and_approved_by_the_manager(
        self, outsider: User
    ) -> None:
        form = {"user": "outsider", "role": "clerk", "reason": "joins"}
        made = browser("admin").post("/roles/propose/", form)
        row = RoleGrant.objects.get()
        assert made["Location"] == f"/roles/{row}/"
        assert b"step-approve" not in browser("admin").get(f"/roles/{row}/").content
        follow_events()
        assert WorkItem.objects.get(subject_type="rolegrant").queue == "manager"
        assert b"step-approve" in browser("manager").get(f"/roles/{row}/").content
        assert browser("admin").post(f"/roles/{row}/approve/").status_code == 403
        browser("manager").post(f"/roles/{row}/approve/")
        assert roles_of(outsider) == ["clerk"]
        follow_events()
        assert WorkItem.objects.get(subject_type="rolegrant").closed_at is not None
        listed = browser("auditor").get("/roles/").content.decode()
        assert f'href="/roles/{row}/"' in listed
        assert browser("dealer").get("/roles/").status_code == 403

    def test_approval_asks_for_the_second_factor(self, outsider: User) -> None:
        row = propose(outsider, "clerk")
        enrol("manager")
        client = browser("manager")
        assert client.post(f"/roles/{row}/approve/").status_code == 403
        assert roles_of(outsider) == []
        client.post(f"/roles/{row}/approve/", {"one_time_code": code_of("manager")})
        assert roles_of(outsider) == ["clerk"]

    def test_what_was_typed_comes_back_with_the_refusal(self) -> None:
        form = {"user": "dealer", "role": "checker", "reason": "short of people"}
        page = browser("admin").post("/roles/propose/", form, follow=True).content.decode()
        assert 'role="alert"' in page
        assert 'value="short of people"' in page
        assert not RoleGrant.objects.exists()

    def test_the_administration_changes_no_role_and_makes_no_superuser(self) -> None:
        User.objects.filter(username="admin").update(is_superuser=True)
        client, clerk = browser("admin"), who("clerk")
        page = client.get(f"/admin/access/user/{clerk.pk}/change/").content.decode()
        for name in ("groups", "is_superuser", "user_permissions"):
            assert f'name="{name}"' not in page
        form = {
            "username": "clerk", "is_active": "on", "is_superuser": "on", "first_name": "Clara",
            "groups": list(who("checker").groups.values_list("pk", flat=True)),
        }  # fmt: skip
        client.post(f"/admin/access/user/{clerk.pk}/change/", form)
        clerk.refresh_from_db()
        assert clerk.first_name == "Clara"
        assert not clerk.is_superuser
        assert roles_of(clerk) == ["clerk"]
        group = clerk.groups.get()
        assert (
            client.post(f"/admin/auth/group/{group.pk}/change/", {"name": "x"}).status_code == 403
        )


def test_by_the_api(api: Any, outsider: User) -> None:
    made = api("admin").post("/role-grants/", {"user": "outsider", "role": "clerk"})
    assert (made.status_code, made.json()["status"]) == (201, "PROPOSED")
    reference = made.json()["reference"]
    own = api("manager").post("/role-grants/", {"user": "outsider", "role": "clerk"})
    assert own.status_code == 403
    approved = api("manager").post(f"/role-grants/{reference}/approve/")
    assert (approved.json()["status"], approved.json()["approved_by"]) == ("GRANTED", "manager")
    ended = api("admin").post(f"/role-grants/{reference}/end/", {"reason": "left"})
    assert ended.json()["status"] == "ENDED"
    clash = api("admin").post("/role-grants/", {"user": "dealer", "role": "checker"})
    assert (clash.status_code, clash.json()["code"]) == (409, "roles-clash")
    nobody = api("admin").post("/role-grants/", {"user": "nobody", "role": "clerk"})
    assert nobody.status_code == 404


def test_no_role_of_the_table_clashes_with_itself() -> None:
    wrong = {r: clashes([r], table=ROLES, segregated=SEGREGATED) for r in ROLES}
    assert {role: pairs for role, pairs in wrong.items() if pairs} == {}


def test_every_pair_is_held_by_somebody() -> None:
    """A pair that names a permission no role has would guard nothing."""
    held = {permission for permissions in ROLES.values() for permission in permissions}
    assert {name for pair in SEGREGATED for name in pair} - held == set()


class TestTheFirstPersons:
    def add(self, name: str, role: str, monkeypatch: pytest.MonkeyPatch, password: str) -> None:
        monkeypatch.setattr("sys.stdin", StringIO(f"{password}\n"))
        call_command("add_first_person", name, role, stdout=StringIO())

    def test_are_added_while_nobody_holds_the_role(self, monkeypatch: pytest.MonkeyPatch) -> None:
        User.objects.filter(username__in=("admin", "manager")).update(is_active=False)
        self.add("anna", "admin", monkeypatch, "long-and-unusual-7")
        assert roles_of(who("anna")) == ["admin"]
        assert who("anna").check_password("long-and-unusual-7")
        assert RoleGrant.objects.get(user__username="anna").proposed_by is None
        with pytest.raises(CommandError, match="holds the role"):
            self.add("boris", "admin", monkeypatch, "long-and-unusual-7")

    def test_need_a_password_worth_the_name(self, monkeypatch: pytest.MonkeyPatch) -> None:
        User.objects.filter(username="admin").update(is_active=False)
        with pytest.raises(CommandError):
            self.add("anna", "admin", monkeypatch, "12345678")
        assert not User.objects.filter(username="anna").exists()


def test_the_installation_gives_a_role_once() -> None:
    clerk, at = who("clerk"), timezone.now()
    assert install_grant(user=clerk, role="clerk", at=at) is not None
    assert install_grant(user=clerk, role="clerk", at=at) is None
    with pytest.raises(RolesClash):
        install_grant(user=clerk, role="checker", at=at)


def test_a_visitor_of_the_page_is_sent_to_the_door() -> None:
    assert Client().get("/roles/")["Location"].startswith("/login/")
