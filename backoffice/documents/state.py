"""The lives of a template and of a signed copy.

Template: PROPOSED --approve (other eyes)--> APPROVED --supersede (the next one)--> SUPERSEDED
              |----- decline (other eyes), or withdraw
Signed copy: PROPOSED --accept (other eyes)--> ACCEPTED, or decline
"""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from backoffice.kernel.lifecycle import Lifecycle, Transition


class TemplateState(TextChoices):
    PROPOSED = "PROPOSED", pgettext_lazy("state", "Proposed")
    APPROVED = "APPROVED", _("Approved")
    SUPERSEDED = "SUPERSEDED", _("Superseded")
    DECLINED = "DECLINED", _("Declined")
    WITHDRAWN = "WITHDRAWN", _("Withdrawn")


_PROPOSED = (TemplateState.PROPOSED,)

TEMPLATE_LIFECYCLE = Lifecycle(
    subject="template",
    states=TemplateState.values,
    initial=TemplateState.PROPOSED,
    transitions=[
        Transition(
            name="approve", sources=_PROPOSED, target=TemplateState.APPROVED, four_eyes=True
        ),
        Transition(
            name="decline", sources=_PROPOSED, target=TemplateState.DECLINED, four_eyes=True
        ),
        Transition(name="withdraw", sources=_PROPOSED, target=TemplateState.WITHDRAWN),
        Transition(
            name="supersede",
            sources=(TemplateState.APPROVED,),
            target=TemplateState.SUPERSEDED,
            by_rule=True,
        ),
    ],
)


class CopyState(TextChoices):
    PROPOSED = "PROPOSED", pgettext_lazy("state", "Proposed")
    ACCEPTED = "ACCEPTED", _("Accepted")
    DECLINED = "DECLINED", _("Declined")


COPY_LIFECYCLE = Lifecycle(
    subject="signedcopy",
    states=CopyState.values,
    initial=CopyState.PROPOSED,
    transitions=[
        Transition(
            name="accept", sources=(CopyState.PROPOSED,), target=CopyState.ACCEPTED, four_eyes=True
        ),
        Transition(
            name="decline", sources=(CopyState.PROPOSED,), target=CopyState.DECLINED, four_eyes=True
        ),
    ],
)


class Standing(TextChoices):
    """Where a document stands, computed from what points to it."""

    ISSUED = "ISSUED", _("Issued")
    SIGNED = "SIGNED", _("Signed")
    REPLACED = "REPLACED", _("Replaced")
