"""A step is taken on what its page showed: the subject is locked, then compared with its entity tag."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext

from backoffice.events.selectors import history_of
from backoffice.kernel.errors import Conflict
from backoffice.kernel.i18n import gettext_noop
from backoffice.templatetags import desk
from backoffice.workflow.models import StatefulModel

SEEN = "seen"  # the member of a form that carries the tag


class ChangedMeanwhile(Conflict):
    code = "changed-meanwhile"
    title = gettext_noop("It has changed since you looked")
    detail = gettext_noop(
        "%(reference)s has changed since its page was shown: %(now)s, by %(who)s on %(when)s."
    )
    hint = gettext_noop("Nothing was done. Look at it as it is now, then decide again.")


def require_seen(row: StatefulModel, seen: str) -> None:
    """Raise ChangedMeanwhile where the locked row is not what was seen; no tag: anything is right."""
    if seen in ("", row.etag):
        return
    subject = row.lifecycles[0].subject
    last = history_of(subject, row.pk)[-1:]
    raise ChangedMeanwhile(
        reference=str(row), now=", ".join(now_of(row, seen)),
        who=last[0].actor.username if last and last[0].actor else gettext("by rule"),
        when=desk.moment(last[0].recorded_at) if last else "–",
    )  # fmt: skip


def now_of(row: StatefulModel, seen: str) -> Sequence[str]:
    """What it is now, in what it differs from the tag that was seen; else its version."""
    then = seen.strip('"').split("-")
    states = [str(getattr(row, lifecycle.column)) for lifecycle in row.lifecycles]
    moved = [desk.state_label(state) for state in states if state not in then]
    if moved:
        return moved
    version = getattr(row, "version", None)
    return [
        gettext("version %(number)s") % {"number": version} if version else gettext("other details")
    ]
