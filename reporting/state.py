"""The life of a report run.

QUEUED --start--> RUNNING --complete--> COMPLETED
   |----break_off----|------------------> FAILED
"""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from backoffice.kernel.lifecycle import Lifecycle, Transition


class RunState(TextChoices):
    QUEUED = "QUEUED", _("Queued")
    RUNNING = "RUNNING", _("Running")
    COMPLETED = "COMPLETED", _("Completed")
    FAILED = "FAILED", _("Failed")


RUN_LIFECYCLE = Lifecycle(
    subject="reportrun",
    states=RunState.values,
    initial=RunState.QUEUED,
    transitions=[
        Transition(name="start", sources=(RunState.QUEUED,), target=RunState.RUNNING, by_rule=True),
        Transition(
            name="complete", sources=(RunState.RUNNING,), target=RunState.COMPLETED, by_rule=True
        ),
        Transition(
            name="break_off",
            sources=(RunState.QUEUED, RunState.RUNNING),
            target=RunState.FAILED,
            by_rule=True,
        ),
    ],
)
