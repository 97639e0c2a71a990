"""The life of an asset in the register.

PROPOSED --accept (other eyes)--> IN_USE --ask_disposal (how, what for)--> LEAVING --dispose (other eyes)--> DISPOSED
    |--decline (other eyes)--> DECLINED  ^------------- keep (other eyes) ----|
"""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from backoffice.kernel.lifecycle import Lifecycle, Transition


class AssetKind(TextChoices):
    COMPUTERS = "COMPUTERS", _("Computers and servers")
    NETWORK = "NETWORK", _("Network and communication equipment")
    FURNITURE = "FURNITURE", _("Furniture and fittings")
    VEHICLES = "VEHICLES", _("Vehicles")
    PREMISES = "PREMISES", _("Premises and improvements to them")
    LICENCES = "LICENCES", _("Software licences")


class Method(TextChoices):
    """How a cost is spread over a life (IAS 16.62; FSBU 6/2020 p. 35, 36)."""

    STRAIGHT = "STRAIGHT", _("Straight line")
    REDUCING = "REDUCING", _("Reducing balance")
    DIGITS = "DIGITS", _("Sum of the digits of years")
    UNITS = "UNITS", _("Units of production")


class AssetState(TextChoices):
    PROPOSED = "PROPOSED", pgettext_lazy("state", "Proposed")
    IN_USE = "IN_USE", pgettext_lazy("asset", "In use")
    LEAVING = "LEAVING", _("Disposal asked for")
    DISPOSED = "DISPOSED", _("Disposed of")
    DECLINED = "DECLINED", _("Declined")


HELD = (AssetState.IN_USE, AssetState.LEAVING)

ASSET_LIFECYCLE = Lifecycle(
    subject="fixedasset",
    states=AssetState.values,
    initial=AssetState.PROPOSED,
    transitions=[
        Transition(
            name="accept", sources=(AssetState.PROPOSED,), target=AssetState.IN_USE, four_eyes=True
        ),
        Transition(
            name="decline", sources=(AssetState.PROPOSED,), target=AssetState.DECLINED,
            four_eyes=True,
        ),
        Transition(
            name="ask_disposal", sources=(AssetState.IN_USE,), target=AssetState.LEAVING, makes=True
        ),
        Transition(
            name="keep", sources=(AssetState.LEAVING,), target=AssetState.IN_USE, four_eyes=True
        ),
        Transition(
            name="dispose", sources=(AssetState.LEAVING,), target=AssetState.DISPOSED,
            four_eyes=True,
        ),
    ],
)  # fmt: skip


class Disposal(TextChoices):
    """How an asset leaves (IAS 16.67)."""

    SALE = "SALE", _("Sold")
    SCRAP = "SCRAP", _("Scrapped")
