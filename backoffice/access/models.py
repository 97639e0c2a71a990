"""People and programs that may do something, and the answers we owe to repeated requests."""

from typing import ClassVar

from django.contrib.auth.models import AbstractUser
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now


class User(AbstractUser):
    """A person or a system account. What they may do comes from their roles (groups)."""

    language = models.CharField(max_length=8, blank=True, db_default="")

    class Meta(AbstractUser.Meta):
        permissions: ClassVar = [("remove_factor", "Can remove a person's second factor")]


class ApiKey(models.Model):
    """A key for programs: shown once, stored as a hash, acting as its owner within its scopes.

    `with_code` says that a one-time code was given when it was made. What its last use was is written
    at most once a minute.
    """

    user = models.ForeignKey(User, models.PROTECT, related_name="api_keys")
    label = models.CharField(max_length=100)
    hash = models.CharField(max_length=64, unique=True)
    scopes = ArrayField(models.CharField(max_length=100), db_default=[], blank=True)
    networks = ArrayField(models.CharField(max_length=50), db_default=[], blank=True)
    with_code = models.BooleanField(db_default=False)
    made_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(db_default=Now())
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True)
    last_used_from = models.GenericIPAddressField(null=True)

    def __str__(self) -> str:
        return f"{self.label} ({self.user_id})"


class FailedSignIn(models.Model):
    """Attempts to sign in that failed, by name and address: what makes the next one wait.

    The name is kept as a hash, because people type passwords into the wrong field.
    """

    name_hash = models.CharField(max_length=64)
    address = models.CharField(max_length=45)
    failures = models.IntegerField(default=0)
    last_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["name_hash", "address"], name="failedsignin_of_both"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["address", "last_at"], name="failedsignin_by_address"),
            models.Index(fields=["last_at"], name="failedsignin_by_age"),
        ]


class PersonalRead(models.Model):
    """A request that showed personal data: who, when, from where, at which address, of whom.

    A fact. Partitioned by month of recording, so that what is past its time goes month by month.
    """

    user = models.ForeignKey(User, models.PROTECT, related_name="+", db_index=False)
    key = models.ForeignKey(ApiKey, models.PROTECT, null=True, related_name="+", db_index=False)
    method = models.CharField(max_length=8)
    address = models.CharField(max_length=300)
    sender = models.CharField(max_length=45)
    subject_type = models.CharField(max_length=30)
    subject_ids = ArrayField(models.BigIntegerField())
    recorded_at = models.DateTimeField(db_default=Now())
    recorded_month = models.DateField()

    class Meta:
        managed = False
        db_table = "access_personalread"
        default_permissions = ("view",)


class IdempotencyRecord(models.Model):
    """The answer given to a request whose work was committed; repeated requests get it again."""

    caller = models.ForeignKey(User, models.PROTECT, related_name="+", db_index=False)
    key = models.CharField(max_length=255)
    request_hash = models.BinaryField(max_length=32)
    status = models.SmallIntegerField()
    location = models.CharField(max_length=200, blank=True, db_default="")
    media_type = models.CharField(max_length=80, db_default="application/json")
    body = models.TextField(blank=True, db_default="")
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["caller", "key"], name="idempotency_key_of_caller"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["created_at"], name="idempotency_by_age"),
        ]
