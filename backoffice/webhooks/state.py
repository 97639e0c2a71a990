"""The life of a webhook.

ACTIVE --pause--> PAUSED --resume--> ACTIVE
   |---- disable (by rule: nobody took anything for a day) --> DISABLED --resume--> ACTIVE
   |---- end (from every state) --> ENDED
"""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from backoffice.kernel.lifecycle import Lifecycle, Transition


class WebhookState(TextChoices):
    ACTIVE = "ACTIVE", _("Active")
    PAUSED = "PAUSED", _("Paused")
    DISABLED = "DISABLED", _("Disabled")
    ENDED = "ENDED", _("Ended")


_ACTIVE, _STOPPED = (WebhookState.ACTIVE,), (WebhookState.PAUSED, WebhookState.DISABLED)

WEBHOOK_LIFECYCLE = Lifecycle(
    subject="webhook",
    states=WebhookState.values,
    initial=WebhookState.ACTIVE,
    transitions=[
        Transition(name="pause", sources=_ACTIVE, target=WebhookState.PAUSED),
        Transition(name="resume", sources=_STOPPED, target=WebhookState.ACTIVE),
        Transition(name="end", sources=(*_ACTIVE, *_STOPPED), target=WebhookState.ENDED),
        Transition(name="disable", sources=_ACTIVE, target=WebhookState.DISABLED, by_rule=True),
    ],
)
