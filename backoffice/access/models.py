"""People and programs that may do something, and the answers we owe to repeated requests."""

from typing import ClassVar

from django.contrib.auth.models import AbstractUser
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now


class User(AbstractUser):
    """A person or a system account. What they may do comes from their roles (groups)."""

    language = models.CharField(max_length=8, blank=True, db_default="")


class ApiKey(models.Model):
    """A key for programs: shown once, stored as a hash, acting as its owner within its scopes."""

    user = models.ForeignKey(User, models.PROTECT, related_name="api_keys")
    label = models.CharField(max_length=100)
    hash = models.CharField(max_length=64, unique=True)
    scopes = ArrayField(models.CharField(max_length=100), db_default=[], blank=True)
    networks = ArrayField(models.CharField(max_length=50), db_default=[], blank=True)
    created_at = models.DateTimeField(db_default=Now())
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.label} ({self.user_id})"


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
