"""Files that people brought, what they would have changed, and what they did."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q


class Upload(models.Model):
    """A file of reference data: looked at first, loaded when somebody confirmed what was shown.

    The bytes stand under their hash; what is loaded are the bytes that were looked at. `preview`
    and `outcome` count rows added, changed, unchanged and wrong, and name the first wrong ones.
    """

    name = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64)
    size = models.BigIntegerField()
    loader = models.CharField(max_length=40)
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    uploaded_at = models.DateTimeField()
    preview = models.JSONField()
    loaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    loaded_at = models.DateTimeField(null=True)
    outcome = models.JSONField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(loaded_at__isnull=True, loaded_by__isnull=True, outcome__isnull=True)
                | Q(loaded_at__isnull=False, loaded_by__isnull=False, outcome__isnull=False),
                name="upload_loaded_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return f"U-{self.pk}"
