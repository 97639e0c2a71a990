"""Who we deal with, whose books we keep, and who may see which of them."""

from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _


class PartyKind(models.TextChoices):
    ORGANISATION = "ORGANISATION"
    INDIVIDUAL = "INDIVIDUAL"


class PartyStatus(models.TextChoices):
    ACTIVE = "ACTIVE", _("Active")
    BLOCKED = "BLOCKED", _("Blocked")
    SANCTIONED = "SANCTIONED", _("Under sanctions")


class PartyGroup(models.Model):
    """Parties that stand or fall together: what each of them may cost us counts as one risk.

    Control of one over another, or economic dependence (CRR Art. 4(1)(39)); Russia: a group of
    connected borrowers (N6).
    """

    code = models.CharField(max_length=40, unique=True)
    name = models.CharField(max_length=200)
    name_ru = models.CharField(max_length=200, blank=True, db_default="")

    def __str__(self) -> str:
        return self.name


class Party(models.Model):
    """A legal entity or person we deal with, in one or more roles; ourselves among them."""

    code = models.CharField(max_length=40, unique=True)
    name = models.CharField(max_length=200)
    name_ru = models.CharField(max_length=200, blank=True, db_default="")
    kind = models.CharField(max_length=12, choices=PartyKind, default=PartyKind.ORGANISATION)
    roles = ArrayField(models.CharField(max_length=12), db_default=[], default=list, blank=True)
    country = models.CharField(max_length=2, blank=True, db_default="")
    town = models.CharField(max_length=35, blank=True, db_default="")  # of a payment's address
    status = models.CharField(max_length=10, choices=PartyStatus, default=PartyStatus.ACTIVE)
    group = models.ForeignKey(
        PartyGroup, models.PROTECT, null=True, blank=True, related_name="members"
    )

    class Meta:
        verbose_name_plural = "parties"
        permissions: ClassVar = [
            ("view_refdata", "Can read the reference data"),
        ]

    def __str__(self) -> str:
        return self.name


class PartyIdentifier(models.Model):
    """What others know a party by; a value is unique in its scheme."""

    party = models.ForeignKey(Party, models.PROTECT, related_name="identifiers")
    scheme = models.CharField(max_length=8)
    value = models.CharField(max_length=40)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["scheme", "value"], name="partyidentifier_once"),
        ]

    def __str__(self) -> str:
        return f"{self.scheme} {self.value}"


class Entity(models.Model):
    """A legal entity whose books we keep."""

    code = models.CharField(max_length=20, unique=True)
    name = models.CharField(max_length=200)
    name_ru = models.CharField(max_length=200, blank=True, db_default="")
    own_party = models.OneToOneField(Party, models.PROTECT, related_name="own_entity")
    jurisdiction = models.CharField(max_length=2)
    base_currency = models.CharField(max_length=3)

    class Meta:
        verbose_name_plural = "entities"

    def __str__(self) -> str:
        return self.name


class Book(models.Model):
    """A portfolio of positions inside an entity, with a purpose."""

    entity = models.ForeignKey(Entity, models.PROTECT, related_name="books")
    code = models.CharField(max_length=20, unique=True)
    name = models.CharField(max_length=200)
    purpose = models.CharField(max_length=200, blank=True, db_default="")

    def __str__(self) -> str:
        return self.code


class BookScope(models.Model):
    """Which books a person may see: one book, or all books of an entity. No row: all of them."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="book_scopes")
    entity = models.ForeignKey(Entity, models.PROTECT, related_name="+")
    book = models.ForeignKey(Book, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["user", "entity", "book"], nulls_distinct=False, name="bookscope_once"
            ),
        ]
