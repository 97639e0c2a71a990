"""Cases of processes that ask for more than the program itself: the version each began under, and what was done."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from backoffice.workflow.models import StatefulModel, known_states
from refdata.models.dated_rules import DatedRule
from refdata.processes.state import CASE_LIFECYCLE, CaseState


class ProcessCase(StatefulModel):
    """One subject on its way through a process, on the version under which it began.

    `required` are the keys of its steps in their order, by `facts`, what was known of it then; a case that
    needs no more than the program itself asks for has no row. The database refuses a step out of turn, and
    that a subject moves on while a step is missing.
    """

    lifecycles = (CASE_LIFECYCLE,)

    process = models.CharField(max_length=60)
    version = models.ForeignKey(DatedRule, models.PROTECT, related_name="+", db_index=False)
    subject_type = models.CharField(max_length=30)
    subject_id = models.BigIntegerField()
    entity_id = models.BigIntegerField(null=True)
    required = ArrayField(models.CharField(max_length=40))
    facts = models.JSONField()
    state = models.CharField(max_length=10, choices=CaseState, default=CaseState.OPEN)
    begun_at = models.DateTimeField()

    class Meta:
        default_permissions = ()
        permissions: ClassVar = [
            ("propose_process", "Can propose a version of a process"),
            ("withdraw_process", "Can take back a version of a process that is not in force"),
            (
                "take_step_process",
                "Can take a step that a process adds, where it is for one's role",
            ),
        ]
        constraints: ClassVar = [
            known_states(CASE_LIFECYCLE, "processcase_state_known"),
            models.UniqueConstraint(
                fields=["subject_type", "subject_id", "process"],
                condition=Q(state="OPEN"),
                name="processcase_open_once",
            ),
            models.CheckConstraint(
                condition=Q(required__len__gt=0), name="processcase_requires_something"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["subject_type", "subject_id", "id"], name="processcase_of_subject"),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"PC-{self.pk}"


class CaseStep(models.Model):
    """A step that was taken: who, when, and what shows it. Without an actor a rule took it. Never edited."""

    case = models.ForeignKey(ProcessCase, models.PROTECT, related_name="steps", db_index=False)
    position = models.IntegerField()
    key = models.CharField(max_length=40)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", db_index=False
    )
    evidence = models.CharField(max_length=500, blank=True, db_default="")
    taken_at = models.DateTimeField()

    class Meta:
        default_permissions = ()
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["case", "position"], name="casestep_once"),
        ]


class CaseReaction(models.Model):
    """What happened by itself about a subject: once under each key of its process. Never edited."""

    process = models.CharField(max_length=60)
    version = models.ForeignKey(DatedRule, models.PROTECT, related_name="+", db_index=False)
    subject_type = models.CharField(max_length=30)
    subject_id = models.BigIntegerField()
    key = models.CharField(max_length=40)
    begun_on = models.DateField()
    happened_at = models.DateTimeField()

    class Meta:
        default_permissions = ()
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["subject_type", "subject_id", "process", "key", "begun_on"],
                name="casereaction_once",
            ),
        ]
