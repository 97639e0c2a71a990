"""Cost centres: what inside an entity a cost belongs to. Documents name one in each row; the ledger has none."""

from __future__ import annotations

from typing import ClassVar

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from refdata.models import Book, Entity


class CostCentre(models.Model):
    """A department or a desk as costs see it, on the days from `valid_from` until `valid_until`.

    `book` is that of a desk which deals. One row for all days: another name is a change of this row.
    """

    entity = models.ForeignKey(Entity, models.PROTECT, related_name="cost_centres")
    code = models.CharField(max_length=20)
    name = models.CharField(max_length=120)
    name_ru = models.CharField(max_length=120, blank=True, db_default="")
    book = models.ForeignKey(Book, models.PROTECT, null=True, blank=True, related_name="+")
    valid_from = models.DateField()
    valid_until = models.DateField(null=True, blank=True)

    class Meta:
        default_permissions = ()
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["entity", "code"], name="costcentre_once"),
            models.CheckConstraint(
                condition=Q(code__regex=r"^[A-Z0-9_-]+$"), name="costcentre_code_shape"
            ),
            models.CheckConstraint(
                condition=Q(valid_until__isnull=True) | Q(valid_until__gt=F("valid_from")),
                name="costcentre_some_days",
            ),
        ]

    def __str__(self) -> str:
        return self.code


def check_centre(row: CostCentre) -> None:
    """Refuses the desk of another entity."""
    if row.book is not None and row.book.entity_id != row.entity_id:
        raise ValidationError({"book": _("The book belongs to another entity.")})
