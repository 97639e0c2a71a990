"""The words of workload: why somebody is away, and what a forecast was made for."""

from __future__ import annotations

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class AbsenceKind(TextChoices):
    HOLIDAY = "HOLIDAY", _("Holiday")
    ILLNESS = "ILLNESS", _("Illness")
    TRAINING = "TRAINING", _("Training")
    OTHER = "OTHER", _("Other")


class Occasion(TextChoices):
    MORNING = "MORNING", _("Each morning")
    ASKED = "ASKED", _("Asked for")
