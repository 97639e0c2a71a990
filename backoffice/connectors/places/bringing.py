"""Whether a person may bring what a message says: by the right that taking it by hand asks for, and by scope."""

from __future__ import annotations

from backoffice.access.models import User
from backoffice.kernel.errors import Forbidden
from backoffice.kernel.i18n import gettext_noop
from refdata.scopes import OutOfScope, scope_of


class MayNotBring(Forbidden):
    code = "may-not-bring"
    title = gettext_noop("You may not bring that")
    detail = gettext_noop("What the message says is taken from people with another role.")
    hint = gettext_noop(
        "Have somebody bring it who may, or let it come through the channel of its place."
    )


def require_may(
    actor: User | None, permission: str, *, entity_id: int | None = None, what: str = ""
) -> None:
    """A channel may, a person by the permission and within the scope. Raises MayNotBring, OutOfScope."""
    if actor is None:
        return
    if not actor.has_perm(permission):
        raise MayNotBring()
    if entity_id is not None and not scope_of(actor).covers(entity_id=entity_id):
        raise OutOfScope(what=what)
