"""The life of an alert: OPEN --answer (the manager, with what is done about it)--> ANSWERED."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from backoffice.kernel.lifecycle import Lifecycle, Transition


class AlertState(TextChoices):
    OPEN = "OPEN", _("Open")
    ANSWERED = "ANSWERED", _("Answered")


ALERT_LIFECYCLE = Lifecycle(
    subject="expensealert",
    states=AlertState.values,
    initial=AlertState.OPEN,
    transitions=[
        Transition(name="answer", sources=(AlertState.OPEN,), target=AlertState.ANSWERED),
    ],
)
