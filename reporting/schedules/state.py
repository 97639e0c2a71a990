"""What a scheduled report is of, and where it goes."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Span(TextChoices):
    """Which days it is of, told from the business day on which it is made."""

    DAY = "DAY", _("The last business day")
    MONTH = "MONTH", _("The month until the last business day")
    MONTH_BEFORE = "MONTH_BEFORE", _("The month before, on the first business day of a month")


class Way(TextChoices):
    FOLDER = "FOLDER", _("Into my folder")
    MAIL = "MAIL", _("By e-mail")
