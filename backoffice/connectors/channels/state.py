"""What a channel is, and the lives of a channel and of a message that goes out through it.

Message: QUEUED --write--> WRITTEN --send--> SENT --acknowledge--> ACKNOWLEDGED, or refuse --> REFUSED
         QUEUED --stop--> STOPPED (something is missing) --retry--> QUEUED
         what cannot leave: mark_outside --> MARKED --confirm_outside (other eyes)--> OUTSIDE
         a letter whose subject is over before it left: drop --> DROPPED
         after a restore: doubt --> DOUBTED, until the place says that it has it, or a person that it has not
Channel: OPEN --freeze--> FROZEN --thaw (other eyes)--> OPEN
"""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from backoffice.kernel.lifecycle import Lifecycle, Transition


class Way(TextChoices):
    """Whether messages go out through it, or come in."""

    OUT = "OUT", _("To the place")
    IN = "IN", _("From the place")


class ChannelFormat(TextChoices):
    """What its messages are written in. What comes in is told by its content."""

    JSON = "JSON", _("Lines of JSON")
    MT = "MT", _("SWIFT MT54x, MT530")
    ISO20022 = "ISO20022", _("ISO 20022 sese")
    PAIN = "PAIN", _("Payment orders to a bank, pain.001")
    PACS = "PACS", _("Payments between banks, pacs.008 and pacs.009")
    ONE_C = "ONE_C", _("Payment orders in the exchange format of 1C")


OF_SECURITIES = (ChannelFormat.MT, ChannelFormat.ISO20022)
OF_PAYMENTS = (ChannelFormat.PAIN, ChannelFormat.PACS, ChannelFormat.ONE_C)


class TransportKind(TextChoices):
    DIRECTORY = "DIRECTORY", _("A folder")
    SFTP = "SFTP", _("SFTP")
    HTTP = "HTTP", _("HTTP")


class BondsCounted(TextChoices):
    """How a place counts bonds: by their face amount, or in pieces."""

    FAMT = "FAMT", _("By face amount")
    UNIT = "UNIT", _("In pieces")


class LineState(TextChoices):
    OPEN = "OPEN", _("Open")
    FROZEN = "FROZEN", _("Frozen")


LINE_LIFECYCLE = Lifecycle(
    subject="channelline",
    states=LineState.values,
    initial=LineState.OPEN,
    transitions=[
        # Whoever may, stops messages: one person is enough.
        Transition(name="freeze", sources=(LineState.OPEN,), target=LineState.FROZEN, makes=True),
        Transition(name="thaw", sources=(LineState.FROZEN,), target=LineState.OPEN, four_eyes=True),
    ],
)


class MessageState(TextChoices):
    QUEUED = "QUEUED", pgettext_lazy("message", "Queued")
    STOPPED = "STOPPED", pgettext_lazy("message", "Something is missing")
    WRITTEN = "WRITTEN", pgettext_lazy("message", "Written")
    SENT = "SENT", pgettext_lazy("message", "Sent")
    ACKNOWLEDGED = "ACKNOWLEDGED", pgettext_lazy("message", "Acknowledged")
    REFUSED = "REFUSED", pgettext_lazy("message", "Refused")
    MARKED = "MARKED", pgettext_lazy("message", "Said to be sent outside")
    OUTSIDE = "OUTSIDE", pgettext_lazy("message", "Sent outside")
    DOUBTED = "DOUBTED", pgettext_lazy("message", "In doubt after a restore")
    DROPPED = "DROPPED", pgettext_lazy("message", "Not needed any more")


UNDER_WAY = (MessageState.QUEUED, MessageState.STOPPED, MessageState.WRITTEN, MessageState.SENT)
_LEFT = (MessageState.WRITTEN, MessageState.SENT, MessageState.OUTSIDE, MessageState.DOUBTED)
MESSAGE_LIFECYCLE = Lifecycle(
    subject="message",
    states=MessageState.values,
    initial=MessageState.QUEUED,
    transitions=[
        Transition(
            name="stop", sources=(MessageState.QUEUED,), target=MessageState.STOPPED, by_rule=True
        ),
        Transition(name="retry", sources=(MessageState.STOPPED,), target=MessageState.QUEUED),
        Transition(
            name="write", sources=(MessageState.QUEUED,), target=MessageState.WRITTEN, by_rule=True
        ),
        # A line of JSON stands in its folder with the file that it is written into.
        Transition(
            name="send", sources=(MessageState.QUEUED, MessageState.WRITTEN),
            target=MessageState.SENT, by_rule=True,
        ),
        Transition(name="resend", sources=(MessageState.SENT,), target=MessageState.WRITTEN),
        Transition(
            name="acknowledge", sources=_LEFT, target=MessageState.ACKNOWLEDGED, by_rule=True
        ),
        Transition(
            name="refuse", sources=(*_LEFT, MessageState.ACKNOWLEDGED), target=MessageState.REFUSED,
            by_rule=True,
        ),
        Transition(
            name="mark_outside",
            sources=(
                MessageState.QUEUED, MessageState.STOPPED, MessageState.WRITTEN, MessageState.DOUBTED,
            ),
            target=MessageState.MARKED, makes=True,
        ),
        Transition(
            name="drop",
            sources=(MessageState.QUEUED, MessageState.STOPPED, MessageState.WRITTEN),
            target=MessageState.DROPPED, by_rule=True,
        ),
        Transition(name="doubt", sources=UNDER_WAY, target=MessageState.DOUBTED, by_rule=True),
        Transition(name="miss", sources=(MessageState.DOUBTED,), target=MessageState.QUEUED),
        Transition(name="take_back", sources=(MessageState.MARKED,), target=MessageState.QUEUED),
        Transition(
            name="confirm_outside", sources=(MessageState.MARKED,), target=MessageState.OUTSIDE,
            four_eyes=True,
        ),
    ],
)  # fmt: skip
