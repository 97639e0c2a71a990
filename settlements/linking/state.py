"""How a person says what two settlements have to do with each other."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class AskedKind(TextChoices):
    """Seen from the settlement that is linked; *after* is stored as *before*, the other way round."""

    WITH = "WITH", _("Released together with")
    BEFORE = "BEFORE", _("Settles before")
    AFTER = "AFTER", _("Settles after")
