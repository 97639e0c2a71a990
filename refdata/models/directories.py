"""What public registers say: markets. Loaded from them, never invented here."""

from typing import ClassVar

from django.db import models


class Market(models.Model):
    """A market of ISO 10383; a segment names the market that operates it.

    The database lets an instrument name only a market that stands here.
    """

    class Status(models.TextChoices):
        ACTIVE = "ACTIVE"
        UPDATED = "UPDATED"
        EXPIRED = "EXPIRED"

    mic = models.CharField(max_length=4, unique=True)
    operating_mic = models.CharField(max_length=4)
    name = models.CharField(max_length=250)
    legal_name = models.CharField(max_length=250, blank=True, db_default="")
    lei = models.CharField(max_length=20, blank=True, db_default="")
    category = models.CharField(max_length=4, blank=True, db_default="")
    country = models.CharField(max_length=2)
    city = models.CharField(max_length=120, blank=True, db_default="")
    status = models.CharField(max_length=8, choices=Status, default=Status.ACTIVE)
    created_date = models.DateField(null=True, blank=True)
    expiry_date = models.DateField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(mic__regex=r"^[A-Z0-9]{4}$"), name="market_mic_shape"
            ),
        ]

    def __str__(self) -> str:
        return self.mic
