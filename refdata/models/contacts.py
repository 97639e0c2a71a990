"""Whom we call when a counterparty's details are said to have changed, and what they said."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from backoffice.events.functions import TxNow
from refdata.models.accounts import StandingInstruction
from refdata.models.parties import Party
from refdata.state import Said


class Reads(models.TextChoices):
    """The languages in which we write to others."""

    EN = "en", _("English")
    RU = "ru", _("Russian")


class PartyContact(models.Model):
    """A person of a party and their number, known since a moment. Another number is another row.

    With `settles` we write to their address about settlements, by ourselves, in their language.
    Only withdrawing changes one: who could change a number could answer the call.
    """

    party = models.ForeignKey(Party, models.PROTECT, related_name="contacts")
    name = models.CharField(max_length=120)
    position = models.CharField(max_length=120, blank=True, db_default="")
    phone = models.CharField(max_length=40)
    email = models.EmailField(_("e-mail"), blank=True, db_default="", default="")
    language = models.CharField(
        _("language"), max_length=2, choices=Reads, default=Reads.EN, db_default="en"
    )
    settles = models.BooleanField(
        _("we write to them about settlements"), default=False, db_default=False
    )
    source = models.CharField(max_length=200, blank=True, db_default="")
    known_since = models.DateTimeField(db_default=Now(), editable=False)
    withdrawn_date = models.DateField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["party", "phone", "name"],
                condition=Q(withdrawn_date__isnull=True),
                name="partycontact_once",
            ),
            models.CheckConstraint(
                condition=Q(settles=False) | ~Q(email=""), name="partycontact_has_an_address"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name}, {self.phone}"


class CallBack(models.Model):
    """One call to a contact about a proposed instruction: who called which number, and the answer.

    A fact; a call that went wrong is followed by another. Who records it made it.
    """

    ssi = models.ForeignKey(StandingInstruction, models.PROTECT, related_name="call_backs")
    contact = models.ForeignKey(PartyContact, models.PROTECT, related_name="+")
    phone = models.CharField(max_length=40)
    said = models.CharField(max_length=11, choices=Said)
    note = models.CharField(max_length=500, blank=True, db_default="")
    called_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    called_at = models.DateTimeField()
    recorded_at = models.DateTimeField(db_default=Now())
    recorded_tx = models.BigIntegerField(db_default=TxNow())

    class Meta:
        default_permissions = ()
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(said__in=Said.values), name="callback_said_known"),
        ]
