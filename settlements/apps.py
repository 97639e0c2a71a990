"""The settlements app: fulfilling what deals promised, in securities and in cash."""

from django.apps import AppConfig


class SettlementsConfig(AppConfig):
    name = "settlements"

    def ready(self) -> None:
        """Models can be named from here on."""
        from refdata.proposable import register
        from settlements.actions import models as actions  # noqa: F401 - the tables of the package
        from settlements.clearing import models as clearing  # noqa: F401 - the same
        from settlements.fails.claims import models as claims  # noqa: F401 - the same
        from settlements.fails.models import PenaltyClassOf
        from settlements.fails.statements import models as statements  # noqa: F401 - the same
        from settlements.models import PaymentDeadline
        from settlements.ndfl import models as ndfl  # noqa: F401 - the same
        from settlements.purchases import models  # noqa: F401 - the tables of the package
        from settlements.reversing import models as reversing  # noqa: F401 - the same
        from settlements.scenarios import models as scenarios  # noqa: F401 - the same
        from settlements.using import models as using  # noqa: F401 - the same
        from settlements.withdrawing import models as withdrawing  # noqa: F401 - the same

        register(PaymentDeadline)
        register(PenaltyClassOf)
